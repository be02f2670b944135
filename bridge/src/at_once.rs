//! A transaction in two round trips: everything is sent at once and judged, and then committed.
//!
//! It is for what nearly all uploads are: new, and applied as they stand.
//! Where anything else comes of one, it is rolled back, and the careful way of [`Bridge::apply`] deals with it.

use crate::app::Changes;
use crate::applied::Number;
use crate::apply::{Bridge, Call, Failure, not_taken, told, word};
use crate::config::Pooler;
use crate::database::Link;
use crate::dead_letters::RESET;
use crate::protocol::{Answer, Transaction};
use crate::retry::seed;
use synctable::crud::Write;
use synctable::statement::tokio_postgres::{Pipeline, RunError};
use synctable::statement::{Blame, Outcome, blame};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// The types of what a transaction begins with.
const TYPES: [Type; 8] = [
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::BYTEA,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
];

/// What a transaction begins with, as its text names the values.
type Values<'v> = [&'v (dyn ToSql + Sync); 8];

/// A transaction that may be applied at once.
pub(crate) struct AtOnce<'t> {
    pub(crate) call: Call<'t>,
    pub(crate) transaction: &'t Transaction<'t>,
    pub(crate) number: Option<Number<'t>>,
    pub(crate) hash: &'t [u8],
    /// What its entries write, all of them.
    pub(crate) writes: &'t [Write<'t>],
}

impl<C: Changes> Bridge<C> {
    /// Applies a transaction; `None` where that takes the careful way, and nothing of it is kept.
    pub(crate) async fn at_once(
        &self,
        link: &mut Link,
        one: &AtOnce<'_>,
    ) -> Result<Option<Answer>, Failure> {
        let acting = self.acting(one.call.caller);
        let Link {
            client,
            writer,
            openings,
            is_open,
        } = link;
        let pipeline = writer.pipeline(acting.guarded, one.call.client, one.writes)?;
        let Some(pipeline) = pipeline else {
            return Ok(None);
        };
        let opening = match (self.config.database.pooler, &mut *openings) {
            (Pooler::Transaction, _) => None,
            (Pooler::None, Some(openings)) => Some(&openings[usize::from(one.number.is_some())]),
            (Pooler::None, missing) => {
                let unnumbered = client.prepare_typed(&self.texts.unnumbered, &TYPES).await?;
                let numbered = client.prepare_typed(&self.texts.opening, &TYPES).await?;
                let found = missing.insert([unnumbered, numbered]);
                Some(&found[usize::from(one.number.is_some())])
            }
        };
        let timeout = self.config.database.statement_timeout_ms.to_string();
        let made_up;
        let name = match (one.call.client, pipeline.repeats()) {
            (Some(name), _) => name,
            (None, false) => "",
            (None, true) => {
                made_up = format!("call {:016x}", seed());
                &made_up
            }
        };
        let values: Values<'_> = [
            &one.call.caller.subject,
            &one.call.client,
            &one.transaction.id,
            &one.hash,
            &timeout,
            &acting.claims,
            &name,
            &acting.role,
        ];
        let text = match one.number {
            Some(_) => &self.texts.opening,
            None => &self.texts.unnumbered,
        };
        // Until it has ended, nobody else may have the connection.
        *is_open = true;
        let written = written(client, (opening, text), &values, pipeline).await;
        let outcomes = match written {
            Ok(Some(outcomes)) => outcomes,
            Ok(None) => return over(client, is_open, None).await,
            Err(error) => return over(client, is_open, Some(error)).await,
        };
        if outcomes
            .iter()
            .any(|outcome| not_taken(0, outcome).is_some())
        {
            return over(client, is_open, None).await;
        }
        let answer = Answer::Success {
            outcomes: told(outcomes.iter().map(word).collect()),
        };
        if let Err(error) = self.end(client, one, &answer).await {
            return over(client, is_open, Some(error)).await;
        }
        *is_open = false;
        Ok(Some(answer))
    }

    /// Corrects what was noted, if not all was applied, and commits.
    async fn end(&self, client: &Client, one: &AtOnce<'_>, answer: &Answer) -> Result<(), Error> {
        if let (Some(number), Answer::Success { outcomes }) = (one.number, answer)
            && !outcomes.is_empty()
        {
            let answer = serde_json::to_string(answer).expect("an answer is JSON");
            let values: [(&(dyn ToSql + Sync), Type); 4] = [
                (&number.caller, Type::TEXT),
                (&number.client, Type::TEXT),
                (&number.transaction, Type::INT8),
                (&answer, Type::TEXT),
            ];
            let (reset, amended) = tokio::join!(
                biased;
                client.query_typed(RESET, &[]),
                client.execute_typed(&self.texts.amend, &values),
            );
            reset?;
            amended?;
        }
        client.batch_execute("commit").await
    }
}

/// Begins and writes, all of it sent at once; `None` where it was applied before, or has to wait.
async fn written(
    client: &Client,
    (opening, text): (Option<&tokio_postgres::Statement>, &str),
    values: &Values<'_>,
    pipeline: Pipeline<'_>,
) -> Result<Option<Vec<Outcome>>, Error> {
    let opened = async {
        match opening {
            Some(opening) => client.query(opening, values).await,
            None => {
                let typed: Vec<_> = values.iter().copied().zip(TYPES).collect();
                client.query_typed(text, &typed).await
            }
        }
    };
    let (begun, opened, outcomes) = tokio::join!(
        biased;
        client.batch_execute("begin"),
        opened,
        pipeline.run(client),
    );
    begun?;
    let opened = opened?;
    let is_new = opened.first().map(|row: &Row| row.try_get::<_, bool>(0));
    match is_new.transpose()? {
        Some(true) => outcomes,
        _ => Ok(None),
    }
}

/// Ends a transaction of which nothing is kept; the failure, where the careful way would meet it as well.
async fn over(
    client: &Client,
    is_open: &mut bool,
    error: Option<Error>,
) -> Result<Option<Answer>, Failure> {
    let rolled_back = client.batch_execute("rollback").await;
    *is_open = rolled_back.is_err();
    match error {
        None => rolled_back.map(|()| None).map_err(Failure::from),
        Some(error) => match error.as_db_error() {
            Some(said)
                if blame(said.code().code(), said.routine()) != (Blame::Call { retry: true }) =>
            {
                rolled_back.map(|()| None).map_err(Failure::from)
            }
            _ => Err(Failure::Run(RunError::Postgres(error))),
        },
    }
}
