//! One transaction of uploads through either driver, over either kind of connection.

use crate::statements::world::{Way, claims};
use schema::mappers::{Change, statements};
use synctable::crud::Write;
use synctable::statement::postgres::{self as waiting, RunError};
use synctable::statement::{Caller, Outcome, tokio_postgres as not_waiting};
use tests::postgres::{CLIENT, Database};

/// Which driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    Waiting,
    NotWaiting,
}

/// How uploads are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) way: Way,
    pub(crate) driver: Driver,
    pub(crate) one_by_one: bool,
}

impl How {
    /// Every way there is.
    pub(crate) fn all() -> impl Iterator<Item = How> {
        Way::ALL.into_iter().flat_map(|way| {
            [Driver::Waiting, Driver::NotWaiting]
                .into_iter()
                .flat_map(move |driver| {
                    [false, true].map(move |one_by_one| How {
                        way,
                        driver,
                        one_by_one,
                    })
                })
        })
    }

    /// Who the connection is: a client bound by its policies, or the service, which no policy binds.
    fn begin(self, user: &str) -> String {
        match self.way {
            Way::RowSecurity => format!(
                "set local role {CLIENT}; select set_config('request.jwt.claims', '{}', true)",
                claims(user)
            ),
            Way::Guarded => "set local role service_role".to_owned(),
        }
    }
}

/// Writes uploads of a user in a transaction that begins with `first` and ends with `last`, as the superuser, and commits.
///
/// # Panics
/// Where the commit fails.
pub(crate) fn committed(
    database: &Database<'_>,
    how: How,
    user: &str,
    first: &str,
    changes: &[Change],
    last: &str,
) -> Result<Vec<Outcome>, RunError> {
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    let claims = claims(user);
    let caller = (how.way == Way::Guarded).then_some(Caller {
        subject: user,
        claims: &claims,
    });
    let last = format!("reset role; {last}");
    match how.driver {
        Driver::Waiting => {
            let mut client = database.superuser();
            let mut writer = waiting::Writer::new(statements::ALL);
            let mut transaction = client.transaction().unwrap();
            transaction.batch_execute(first).unwrap();
            transaction.batch_execute(&how.begin(user)).unwrap();
            let outcomes = match how.one_by_one {
                true => writer.apply_one_by_one(&mut transaction, caller, None, &writes)?,
                false => writer.apply(&mut transaction, caller, None, &writes)?,
            };
            transaction.batch_execute(&last).unwrap();
            transaction.commit().unwrap();
            Ok(outcomes)
        }
        Driver::NotWaiting => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let (mut client, connection) =
                    tokio_postgres::connect(&database.url(None), tokio_postgres::NoTls)
                        .await
                        .unwrap();
                let connection = tokio::spawn(connection);
                let mut writer = not_waiting::Writer::new(statements::ALL);
                let mut transaction = client.transaction().await.unwrap();
                transaction.batch_execute(first).await.unwrap();
                transaction.batch_execute(&how.begin(user)).await.unwrap();
                let outcomes = match how.one_by_one {
                    true => {
                        writer
                            .apply_one_by_one(&mut transaction, caller, None, &writes)
                            .await
                    }
                    false => writer.apply(&mut transaction, caller, None, &writes).await,
                };
                if outcomes.is_ok() {
                    transaction.batch_execute(&last).await.unwrap();
                    transaction.commit().await.unwrap();
                } else {
                    drop(transaction);
                }
                drop(writer);
                drop(client);
                connection.await.unwrap().unwrap();
                outcomes
            })
        }
    }
}
