//! The schema: `migrations/sqlite` and `migrations/postgres` hold the same names, tables and columns.

use sqlx::migrate::Migrator;

use super::DbError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Brings an embedded database up to date.
pub(super) async fn sqlite(connection: &mut sqlx::SqliteConnection) -> Result<(), DbError> {
    SQLITE.run(connection).await?;
    Ok(())
}

/// Brings a server's database up to date; a second process waits on the migrator's lock.
pub(super) async fn postgres(pool: &sqlx::PgPool) -> Result<(), DbError> {
    POSTGRES.run(pool).await?;
    Ok(())
}

/// Whether the server's schema is the one this binary knows; says what to do when it is not.
pub(super) async fn postgres_is_current(pool: &sqlx::PgPool) -> Result<(), DbError> {
    let applied: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(pool)
        .await
        .unwrap_or_default();
    let known = POSTGRES.iter().map(|m| m.version).collect::<Vec<_>>();
    let applied = applied.into_iter().map(|(v,)| v).collect::<Vec<_>>();
    if known == applied {
        return Ok(());
    }
    Err(DbError::Unusable(if applied.len() > known.len() {
        "this database was made by a newer madoguchi; run that version".to_owned()
    } else {
        "this database has no current schema yet; run `madoguchi migrate` (or `madoguchi serve`) first".to_owned()
    }))
}

/// The names of the migrations of both folders, for the test that compares them.
pub fn schema_names() -> (Vec<String>, Vec<String>) {
    let names = |m: &Migrator| m.iter().map(|m| format!("{:04}_{}", m.version, m.description)).collect();
    (names(&SQLITE), names(&POSTGRES))
}
