//! The one database layer. [`Db`] is SQLite or PostgreSQL; stores write one SQL text and are plain functions of
//! `&mut Tx`; writes go through [`Db::write`] (group commit on SQLite, a transaction in its own task on PostgreSQL).
//! The shape was proved by a prototype: references/database.md.

pub mod bulk;
mod copy;
pub mod dialect;
mod migrate;
mod open;
mod query;
mod tx;
mod value;
mod writer;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use sqlx::{PgPool, SqlitePool};
use tokio::sync::mpsc;

pub use migrate::schema_names;
pub use query::{Builder, Query, Row, query};
pub use tx::Tx;
pub use value::Value;

use tx::Conn;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// One writer task and a pool of read-only connections on a file.
    Sqlite {
        /// The queue of the writer task.
        writer: WriterQueue,
        /// Read-only connections.
        readers: SqlitePool,
    },
    /// A pool on a server.
    Postgres(PgPool),
}

/// The sending end of the writer's queue.
#[derive(Clone)]
pub struct WriterQueue(mpsc::Sender<writer::Job>);

impl std::fmt::Debug for WriterQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriterQueue")
    }
}

/// What can go wrong between a store and its database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database refused a statement or cannot be reached.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A commit failed: nothing of the write was stored, try again.
    #[error("nothing was stored, the commit failed: {0}")]
    Lost(String),
    /// The write closure panicked; its writes were undone.
    #[error("a write stopped by itself and was undone")]
    Panicked,
    /// The write closure took longer than it may.
    #[error("a write took too long and was undone")]
    TooSlow,
    /// The writer task has ended (the desk is stopping).
    #[error("the desk is stopping; nothing was stored")]
    Stopping,
    /// A row that cannot be.
    #[error("impossible row in {table}, id {id}: {what}")]
    Impossible {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: i64,
        /// What is wrong with it.
        what: String,
    },
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database cannot be used as configured.
    #[error("{0}")]
    Unusable(String),
}

impl DbError {
    /// Whether the same write may succeed later without anyone changing it: the database is away, full or busy.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Sql(error) => match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Tls(_)
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(e) => {
                    let code = e.code().unwrap_or_default();
                    // SQLite: BUSY 5, LOCKED 6, READONLY 8, IOERR 10, FULL 13, CANTOPEN 14. PostgreSQL: class 08, 53, 57, 40.
                    let primary = code.parse::<u32>().map(|c| c & 0xff).unwrap_or(0);
                    if code.len() == 5 {
                        ["08", "53", "57", "40", "25006"].iter().any(|class| code.starts_with(class))
                    } else {
                        matches!(primary, 5 | 6 | 8 | 10 | 13 | 14)
                    }
                }
                _ => false,
            },
            Self::Lost(_) | Self::TooSlow | Self::Stopping => true,
            Self::Unusable(_) => true,
            Self::Panicked | Self::Impossible { .. } | Self::Migrate(_) => false,
        }
    }
}

/// What `AsyncFnOnce` cannot say on stable: the closure's future is `Send`.
pub trait Write<'t, T, E>: FnOnce(&'t mut Tx) -> Self::Fut {
    /// The closure's future.
    type Fut: Future<Output = Result<T, E>> + Send + 't;
    /// Calls the closure.
    fn write(self, tx: &'t mut Tx) -> Self::Fut;
}
impl<'t, T, E, F, Fut> Write<'t, T, E> for F
where
    F: FnOnce(&'t mut Tx) -> Fut,
    Fut: Future<Output = Result<T, E>> + Send + 't,
{
    type Fut = Fut;
    fn write(self, tx: &'t mut Tx) -> Fut {
        self(tx)
    }
}

impl Db {
    /// Runs `write` in a transaction and answers after its durable commit. An `Err` from the closure undoes all it
    /// wrote. The caller may be dropped: what was queued is still finished.
    ///
    /// Write `async move |tx: &mut Tx| …` with the type in full, and await SQL only: a slow closure stops every writer.
    ///
    /// # Errors
    /// The closure's own error, or a [`DbError`] when nothing was stored.
    pub async fn write<T, E, F>(&self, write: F) -> Result<T, E>
    where
        F: for<'t> Write<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.write_within(writer::PATIENCE, write).await
    }

    /// As [`Self::write`], for a write of many rows that must stand or fall as one and may take longer than a request
    /// (the import of a mirror). Every other writer of SQLite waits for it.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_within<T, E, F>(&self, patience: Duration, write: F) -> Result<T, E>
    where
        F: for<'t> Write<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match self {
            Self::Sqlite { writer, .. } => {
                let (job, result) = writer::job(write, patience);
                writer.0.send(job).await.map_err(|_| DbError::Stopping)?;
                result.await.map_err(|_| DbError::Stopping)?
            }
            Self::Postgres(pool) => {
                let pool = pool.clone();
                // Spawned, so that a handler that is dropped cannot leave a connection inside a transaction (REL-021).
                tokio::spawn(async move { write_postgres(&pool, write).await }).await.map_err(|_| DbError::Panicked)?
            }
        }
    }

    /// A handle for reading. On PostgreSQL a read-only transaction; on SQLite a read-only connection.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> Result<Tx, DbError> {
        Ok(Tx(match self {
            Self::Sqlite { readers, .. } => Conn::Reader(readers.acquire().await?),
            Self::Postgres(pool) => Conn::Postgres(pool.begin_with("BEGIN READ ONLY").await?),
        }))
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Waits for what is queued and closes every connection.
    pub async fn close(self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                drop(writer);
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn write_postgres<T, E, F>(pool: &PgPool, write: F) -> Result<T, E>
where
    F: for<'t> Write<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let mut tx = Tx(Conn::Postgres(pool.begin().await.map_err(DbError::from)?));
    let result = AssertUnwindSafe(async { write.write(&mut tx).await }).catch_unwind().await;
    let Conn::Postgres(transaction) = tx.0 else { return Err(DbError::Stopping.into()) };
    match result {
        Ok(Ok(value)) => {
            transaction.commit().await.map_err(|error| DbError::Lost(error.to_string()))?;
            Ok(value)
        }
        Ok(Err(error)) => {
            let _ = transaction.rollback().await;
            Err(error)
        }
        Err(_panic) => {
            let _ = transaction.rollback().await;
            Err(DbError::Panicked.into())
        }
    }
}
