//! Opening a database from its URL.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::mpsc;

use super::{Db, DbError, WriterQueue, migrate, writer};

/// The oldest SQLite without the WAL-reset corruption (REL-022): 3.51.3.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

impl Db {
    /// Opens the database of `url` (`sqlite://path`, `postgres://…`) for `madoguchi serve` and `migrate`: creates and
    /// migrates it.
    ///
    /// # Errors
    /// When it cannot be opened or migrated, with a sentence that names the place.
    pub async fn open_and_migrate(url: &str, connections: u32) -> Result<Self, DbError> {
        Self::open_with(url, connections, true).await
    }

    /// Opens the database for any other command: an embedded one is created and migrated, a server must be current.
    ///
    /// # Errors
    /// As [`Db::open_and_migrate`], and when a server's schema is not the one this binary knows.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DbError> {
        Self::open_with(url, connections, false).await
    }

    async fn open_with(url: &str, connections: u32, migrate: bool) -> Result<Self, DbError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return open_sqlite(Path::new(path), connections, SqliteSynchronous::Full).await;
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| DbError::Unusable("database.url must begin with sqlite:// or postgres://".into()))?
            .application_name("madoguchi");
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(3))
            .idle_timeout(Duration::from_secs(300))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A process that stalls inside a transaction loses it after 30 s, so that the rows it holds are
                    // free for others by the time its leases end (REL-012, REL-015).
                    let settings = "SET TIME ZONE 'UTC'; SET statement_timeout = '20s'; \
                                    SET idle_in_transaction_session_timeout = '30s'";
                    connection.execute(settings).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        if migrate {
            migrate::postgres(&pool).await?;
        } else {
            migrate::postgres_is_current(&pool).await?;
        }
        Ok(Self::Postgres(pool))
    }
}

pub(super) async fn open_sqlite(path: &Path, connections: u32, synchronous: SqliteSynchronous) -> Result<Db, DbError> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| DbError::Unusable(format!("the folder {} cannot be made: {e}", folder.display())))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(200)
        // Rows on their way from SQLite's thread: with few, the two threads wake each other for every handful.
        .row_buffer_size(512)
        .pragma("cache_size", "-4000")
        .pragma("temp_store", "memory");
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(|e| DbError::Unusable(format!("the database {} cannot be opened: {e}", path.display())))?;
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut connection).await?;
    if version_of(&version) < OLDEST_SQLITE {
        return Err(DbError::Unusable(format!(
            "SQLite {version} can corrupt a write-ahead log; 3.51.3 or newer is needed"
        )));
    }
    migrate::sqlite(&mut connection).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(3))
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .connect_with(options.read_only(true).create_if_missing(false).pragma("cache_size", "-2000"))
        .await?;
    let (send, receive) = mpsc::channel(1024);
    // A thread of its own: every statement is a hop to SQLite's thread and back, and a parked thread is woken by one call
    // to the system, where a task of the shared runtime wakes that runtime's workers first.
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("sqlite-writer".into())
        .spawn(move || runtime.block_on(writer::run(connection, receive)))
        .map_err(|e| DbError::Unusable(format!("no thread can be started: {e}")))?;
    Ok(Db::Sqlite { writer: WriterQueue(send), readers })
}

fn version_of(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|p| p.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
