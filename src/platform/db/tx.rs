//! The handle that stores take: one connection, of whichever database.

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, SqliteConnection, Transaction};

/// A connection inside a transaction (or, for reads on SQLite, outside one). Stores are plain functions of `&mut Tx`;
/// only doors and jobs hold a [`super::Db`].
#[derive(Debug)]
pub struct Tx(pub(super) Conn);

#[derive(Debug)]
pub(super) enum Conn {
    /// The one writer of SQLite, inside `BEGIN IMMEDIATE` and a savepoint.
    Writer(SqliteConnection),
    /// A read-only connection of SQLite.
    Reader(PoolConnection<Sqlite>),
    /// A transaction on PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Whether this runs on PostgreSQL. For [`super::dialect`] only.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.0, Conn::Postgres(_))
    }
}
