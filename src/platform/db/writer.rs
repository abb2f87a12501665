//! The writer of SQLite: one task that runs queued closures in one `BEGIN IMMEDIATE`, a savepoint each, and answers
//! all of them after one `COMMIT` (group commit, design rule 3). Figures and traps: references/database.md.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use super::tx::Conn;
use super::{DbError, Tx};

/// Writes in one commit at most, and how long a batch may gather them.
const BATCH: usize = 128;
const GATHER: Duration = Duration::from_millis(10);
/// How long one closure may take. A closure awaits SQL only, so this is a programming error made visible.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Whether what a closure wrote is kept.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    Yes,
    No,
}

/// Delivers a closure's own result once the fate of its commit is known (`None`: committed).
pub(super) type Answer = Box<dyn FnOnce(Option<&DbError>) + Send>;
/// A queued closure. Without a transaction it does nothing but find whom to answer.
pub(super) type Job = Box<dyn for<'t> FnOnce(Option<&'t mut Tx>) -> BoxFuture<'t, (Keep, Answer)> + Send>;

/// Runs until every sender is gone, then closes the connection.
pub(super) async fn run(connection: SqliteConnection, mut queue: mpsc::Receiver<Job>) {
    let mut tx = Tx(Conn::Writer(connection));
    while let Some(first) = queue.recv().await {
        batch(&mut tx, first, &mut queue).await;
    }
    if let Conn::Writer(connection) = tx.0 {
        let _ = connection.close().await;
    }
}

async fn batch(tx: &mut Tx, first: Job, queue: &mut mpsc::Receiver<Job>) {
    let started = Instant::now();
    if let Err(error) = command(tx, "BEGIN IMMEDIATE; SAVEPOINT w").await {
        let (_, answer) = first(None).await;
        answer(Some(&error));
        return;
    }
    let mut answers: Vec<Answer> = Vec::new();
    let mut job = first;
    let lost = loop {
        let (keep, answer) = job(Some(tx)).await;
        answers.push(answer);
        let full = answers.len() >= BATCH || started.elapsed() >= GATHER;
        // The next job is taken only after this one's savepoint is settled: a job taken before a failure would be
        // dropped unanswered (trap 2).
        if full || queue.is_empty() {
            let end = if keep == Keep::Yes { "RELEASE w; COMMIT" } else { "ROLLBACK TO w; RELEASE w; COMMIT" };
            break command(tx, end).await.err();
        }
        let settle = if keep == Keep::Yes { "RELEASE w; SAVEPOINT w" } else { "ROLLBACK TO w" };
        if let Err(error) = command(tx, settle).await {
            break Some(error);
        }
        match queue.try_recv() {
            Ok(next) => job = next,
            Err(_) => break command(tx, "RELEASE w; COMMIT").await.err(),
        }
    };
    if let Some(error) = &lost {
        // SQLITE_FULL, IOERR and NOMEM may have rolled back by themselves; then this says "no transaction", which is
        // what we want (trap 1).
        let _ = command(tx, "ROLLBACK").await;
        tracing::error!(%error, writes = answers.len(), "a batch of writes was lost; everyone was told");
    }
    for answer in answers {
        answer(lost.as_ref());
    }
}

async fn command(tx: &mut Tx, sql: &'static str) -> Result<(), DbError> {
    let Conn::Writer(connection) = &mut tx.0 else { return Ok(()) };
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}

/// Wraps a write closure into a job and the receiver of its result.
pub(super) fn job<T, E, F>(write: F, patience: Duration) -> (Job, tokio::sync::oneshot::Receiver<Result<T, E>>)
where
    F: for<'t> super::Write<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (send, receive) = tokio::sync::oneshot::channel();
    let job: Job = Box::new(move |tx: Option<&mut Tx>| {
        async move {
            let result = match tx {
                None => Err(DbError::Stopping.into()),
                Some(tx) => {
                    let run = AssertUnwindSafe(async { write.write(tx).await }).catch_unwind();
                    match tokio::time::timeout(patience, run).await {
                        Ok(Ok(result)) => result,
                        Ok(Err(_panic)) => Err(DbError::Panicked.into()),
                        Err(_elapsed) => Err(DbError::TooSlow.into()),
                    }
                }
            };
            let keep = if result.is_ok() { Keep::Yes } else { Keep::No };
            let answer: Answer = Box::new(move |lost: Option<&DbError>| {
                let _ = send.send(match lost {
                    None => result,
                    Some(error) => Err(DbError::Lost(error.to_string()).into()),
                });
            });
            (keep, answer)
        }
        .boxed()
    });
    (job, receive)
}
