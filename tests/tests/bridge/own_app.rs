//! The example of `docs/bridge.md`: an app's own changes, and what it does before and in a transaction.

use schema::mappers::Change;
use synctable::crud::{Edit, Entry, Refusal, Sender, Write};
use synctable_bridge::{Call, Changes, Halted, Rejected};

/// The changes of an app, and what it adds to them.
pub(crate) struct Tasks;

impl Changes for Tasks {
    type Change = Change;
    const INSIDE: bool = true;

    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Change, Refusal> {
        Change::decode_from(entry, sender)
    }

    fn write<'c>(&self, change: &'c Change) -> Write<'c> {
        change.write()
    }

    /// Amends what devices say, or refuses it.
    async fn before(&self, _: Call<'_>, change: &mut Change) -> Result<(), Rejected> {
        let Change::Lists(Edit::Put(list)) = change else {
            return Ok(());
        };
        list.name = list.name.trim().to_owned();
        match list.name.as_str() {
            "Secret" => Err(Rejected {
                code: "reserved".to_owned(),
                message: "no list may have this name".to_owned(),
                details: Some("name".to_owned()),
            }),
            _ => Ok(()),
        }
    }

    /// Writes what has to be there if, and only if, the changes are.
    async fn inside(
        &self,
        call: Call<'_>,
        changes: &[&Change],
        transaction: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), Halted> {
        let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let sql = "insert into public.journal (caller, changes) values ($1, $2)";
        transaction
            .execute(sql, &[&call.caller.subject, &count])
            .await?;
        Ok(())
    }
}
