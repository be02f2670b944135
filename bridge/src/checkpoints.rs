//! Write checkpoints: a number for a device that has sent all it had, written behind the rows of these uploads.
//!
//! PowerSync's service reads the numbers in the order of the commits; a device that is told its number has its own uploads.

use crate::app::Changes;
use crate::applied::quoted;
use crate::apply::{Bridge, Failure};
use crate::auth::Caller;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use synctable::ident::CHECKPOINTS;
use tokio_postgres::types::Type;

/// What a device asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The number of the request, where the device counts them; otherwise it is told the next one.
    #[serde(default, deserialize_with = "number")]
    request_id: Option<i64>,
}

/// What it is told: a text, because JavaScript rounds large numbers.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    checkpoint: String,
}

/// A positive number of 64 bits, as a number or as a text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "`request_id` is not a positive number of 64 bits"
    )]
    enum Number {
        Whole(i64),
        Text(String),
    }
    let number = match Option::deserialize(from)? {
        None => return Ok(None),
        Some(Number::Whole(number)) => Some(number),
        Some(Number::Text(text)) => text.parse().ok(),
    };
    match number {
        Some(1..) => Ok(number),
        _ => Err(D::Error::custom(
            "`request_id` is not a positive number of 64 bits",
        )),
    }
}

/// Reads a body; an empty one asks for the next number.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(body: &[u8]) -> Result<Asked, String> {
    match body.is_empty() {
        true => Ok(Asked::default()),
        false => serde_json::from_slice(body)
            .map_err(|error| format!("the body is not a request: {error}")),
    }
}

impl<C: Changes> Bridge<C> {
    /// The checkpoint of a caller's device: the number that it asks for, unless a greater one is known.
    pub(crate) async fn checkpoint(
        &self,
        caller: &Caller,
        client: &str,
        asked: &Asked,
    ) -> Result<Told, Failure> {
        let link = self.link().await?;
        let schema = quoted(&self.app.schema);
        let sql = format!(
            "insert into {schema}.{CHECKPOINTS} as known (user_id, client_id, checkpoint)
                values ($1, $2, coalesce($3, 1))
                on conflict (user_id, client_id) do update set
                    checkpoint = case when $3 is null
                        then least(known.checkpoint, 9223372036854775806) + 1
                        else greatest(known.checkpoint, $3) end,
                    asked_at = now()
                returning checkpoint"
        );
        let values = [
            (&caller.subject as _, Type::TEXT),
            (&client as _, Type::TEXT),
            (&asked.request_id as _, Type::INT8),
        ];
        let rows = link.client.query_typed(&sql, &values).await?;
        let checkpoint: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
        match checkpoint {
            Some(checkpoint) => Ok(Told {
                checkpoint: checkpoint.to_string(),
            }),
            None => Err(Failure::Record(
                "the database does not tell the checkpoint".to_owned(),
            )),
        }
    }
}
