//! Runs statements through `tokio-postgres`.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

super::run::writer!(
    /// Writes changes over one connection, whose statements it prepares once.
    tokio_postgres, [async], [.await]
);

/// Changes whose statements are sent at once, without a wait for an answer in between.
///
/// It finds out no more than that all is well: where Postgres refuses one of them, [`Writer::apply`] tells what came of each,
/// in another transaction.
#[derive(Debug)]
pub struct Pipeline<'w> {
    steps: Vec<Sent<'w>>,
    /// What the changes come to that no statement writes.
    outcomes: Vec<Outcome>,
    repeats: bool,
}

/// A statement of a pipeline.
#[derive(Debug)]
struct Sent<'w> {
    statement: &'w Statement,
    /// Where the session keeps it.
    prepared: Option<&'w ::tokio_postgres::Statement>,
    values: Vec<Bound>,
    /// The places of its entries among the changes.
    places: Vec<usize>,
}

impl Writer<'_> {
    /// Changes to be sent at once; `None` where a statement has to be prepared first, which [`apply`](Self::apply) does.
    ///
    /// # Errors
    /// No statements were generated for such connections, or the caller or the client id is wrong.
    pub fn pipeline<'w>(
        &'w self,
        caller: Option<Caller<'_>>,
        client: Option<&str>,
        writes: &[Write<'_>],
    ) -> Result<Option<Pipeline<'w>>, RunError> {
        admit(caller, client)?;
        let plan = plan(self.tables, writes);
        let connection = Connection::of(caller);
        let mut outcomes = vec![Outcome::Refused; writes.len()];
        for place in &plan.empty {
            outcomes[*place] = Outcome::Same;
        }
        let mut steps = Vec::with_capacity(plan.steps.len());
        for step in plan.steps {
            let set = &self.tables[step.table].set;
            let Some(statement) = statement(set, connection, step.op)? else {
                continue;
            };
            let prepared = self.prepared.get(&statement.text.as_ptr().addr());
            if self.is_session && prepared.is_none() {
                return Ok(None);
            }
            let places = step.entries.iter().enumerate();
            let entries: Vec<_> = places
                .map(|(index, place)| (index + 1, &writes[*place]))
                .collect();
            steps.push(Sent {
                statement,
                prepared,
                values: bind(&statement.params, &entries, caller),
                places: step.entries,
            });
        }
        Ok(Some(Pipeline {
            steps,
            outcomes,
            repeats: plan.repeats,
        }))
    }
}

impl Pipeline<'_> {
    /// Whether a row is changed more than once: without a client id, the caller makes one up for
    /// [`CLIENT_SETTING`](super::CLIENT_SETTING).
    pub const fn repeats(&self) -> bool {
        self.repeats
    }

    /// Sends everything, and tells what came of each change; `None` where that is not clear.
    ///
    /// A transaction is open in which the connection acts as the caller, and in which
    /// [`CLIENT_SETTING`](super::CLIENT_SETTING) names the client.
    /// All is sent when the future is first polled.
    ///
    /// # Errors
    /// The first error of Postgres: the transaction is to be rolled back.
    pub async fn run(
        mut self,
        connection: &::tokio_postgres::Client,
    ) -> Result<Option<Vec<Outcome>>, ::tokio_postgres::Error> {
        let answers = self.steps.iter().map(|step| step.run(connection));
        for (step, answer) in self.steps.iter().zip(together(answers).await) {
            let Some(told) = answer? else {
                return Ok(None);
            };
            for (place, outcome) in step.places.iter().zip(told) {
                self.outcomes[*place] = outcome;
            }
        }
        Ok(Some(self.outcomes))
    }
}

impl Sent<'_> {
    async fn run(
        &self,
        connection: &::tokio_postgres::Client,
    ) -> Result<Option<Vec<Outcome>>, ::tokio_postgres::Error> {
        let text = &self.statement.text;
        if self.statement.answer == Answer::Count {
            let written = match self.prepared {
                Some(prepared) => {
                    connection
                        .execute(prepared, &parameters(&self.values))
                        .await?
                }
                None => connection.execute_typed(text, &typed(&self.values)).await?,
            };
            let all = self.places.len();
            let is_all = usize::try_from(written).is_ok_and(|written| written == all);
            return Ok(is_all.then(|| vec![Outcome::Applied; all]));
        }
        let rows = match self.prepared {
            Some(prepared) => {
                connection
                    .query(prepared, &parameters(&self.values))
                    .await?
            }
            None => connection.query_typed(text, &typed(&self.values)).await?,
        };
        let mut outcomes = vec![None; self.places.len()];
        // An answer that is none of ours is told by whoever asks again.
        Ok(tell(&rows, &mut outcomes)
            .ok()
            .and_then(|()| outcomes.into_iter().collect()))
    }
}

/// Waits for all of them; each is polled first in its order, so that their messages are sent in that order.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut is_pending = false;
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *done = Some(output),
                    Poll::Pending => is_pending = true,
                }
            }
        }
        match is_pending {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
