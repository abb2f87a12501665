//! The only place that knows which database it talks to.

use chrono::{DateTime, Utc};

use super::{DbError, Tx, query};
use crate::platform::clock::Clock;

/// The instant that leases and due-ness are measured by. On PostgreSQL the server's clock, so that several processes
/// agree (REL-017), moved by the offset of `clock.now` when that is set; on SQLite, and under a manual clock, the
/// process clock.
///
/// # Errors
/// When the server does not answer.
pub async fn db_now(tx: &mut Tx, clock: &Clock) -> Result<DateTime<Utc>, DbError> {
    match clock.offset() {
        Some(offset) if tx.is_postgres() => {
            let (now,): (DateTime<Utc>,) = query("SELECT clock_timestamp()").fetch_one(tx).await?;
            Ok(now + offset)
        }
        _ => Ok(clock.now()),
    }
}

/// Takes rows for work: `head` is an UPDATE … WHERE id IN (SELECT … LIMIT), and on PostgreSQL the inner SELECT skips
/// rows that another process is taking at this moment. SQLite has one writer, so there is nothing to skip.
pub fn skip_locked(tx: &Tx) -> &'static str {
    if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" }
}

/// ` IN (…)` over a list of numbers that is bound as one JSON value: a place for each would make a statement of its own for
/// each length of the list, and SQLite looks named places up one by one.
pub fn in_numbers(tx: &Tx) -> &'static str {
    if tx.is_postgres() {
        " IN (SELECT CAST(number AS BIGINT) FROM jsonb_array_elements_text(?) AS list (number))"
    } else {
        " IN (SELECT value FROM json_each(?))"
    }
}

/// The name and version of the database, for `doctor` and the settings page.
///
/// # Errors
/// When the database refuses.
pub async fn version(tx: &mut Tx) -> Result<String, DbError> {
    let sql = if tx.is_postgres() { "SELECT version()" } else { "SELECT 'SQLite ' || sqlite_version()" };
    let (text,): (String,) = query(sql).fetch_one(tx).await?;
    Ok(text)
}

/// Lets transactions that are about the same thing go one after the other, until their commit: what a cap counts is
/// then complete. Nothing to do on SQLite, which has one writer.
///
/// # Errors
/// When the database refuses.
pub async fn wait_in_line(tx: &mut Tx, room: &'static str, about: &str) -> Result<(), DbError> {
    if tx.is_postgres() {
        query("SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))").bind(room).bind(about).execute(tx).await?;
    }
    Ok(())
}

/// Gives the writer of SQLite a larger page cache for a write of many rows, or its usual one back: pages of indexes that do
/// not fit are written and read again and again. Nothing to do on PostgreSQL.
///
/// # Errors
/// When the database refuses.
pub async fn large_cache(tx: &mut Tx, is_large: bool) -> Result<(), DbError> {
    if !tx.is_postgres() {
        query(if is_large { "PRAGMA cache_size = -65536" } else { "PRAGMA cache_size = -4000" }).execute(tx).await?;
    }
    Ok(())
}

/// Gives out `count` ids of a table whose ids count upwards by themselves, and returns the first. The caller sees to it that
/// nobody else does the same at the same time ([`wait_in_line`]).
///
/// # Errors
/// When the database refuses.
pub async fn reserve_ids(tx: &mut Tx, table: &'static str, count: i64) -> Result<i64, DbError> {
    let sql = if tx.is_postgres() {
        "SELECT CAST(setval(pg_get_serial_sequence($1, 'id'), nextval(pg_get_serial_sequence($1, 'id')) + $2 - 1) - $2 + 1 AS BIGINT)"
    } else {
        // Inserting a larger id than `seq` moves it.
        "SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence WHERE name = $1 AND $2 > 0"
    };
    let (first,): (i64,) = query(sql).bind(table).bind(count).fetch_one(tx).await?;
    Ok(first)
}

/// What the database finds wrong with its own structure, a sentence each. SQLite reads every page; PostgreSQL checks its pages as
/// it reads them, so every table is read once.
///
/// # Errors
/// When the database refuses.
pub async fn integrity(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    if tx.is_postgres() {
        let tables: Vec<(String,)> =
            query("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
                .fetch_all(tx)
                .await?;
        let mut faults = Vec::new();
        for (table,) in tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*), SUM(LENGTH(t::text)) IS NULL FROM \"{table}\" t"));
            let read: Result<(i64, bool), DbError> = super::query::Query::asserted(sql).fetch_one(tx).await;
            if let Err(error) = read {
                faults.push(format!("the table {table} cannot be read: {error}"));
                break;
            }
        }
        return Ok(faults);
    }
    let rows: Vec<(String,)> = query("PRAGMA integrity_check(20)").fetch_all(tx).await?;
    let mut faults: Vec<String> = rows.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect();
    let orphans: Vec<(String,)> =
        query("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check() LIMIT 20").fetch_all(tx).await?;
    faults.extend(orphans.into_iter().map(|(table,)| format!("rows of {table} name rows that are not there")));
    Ok(faults)
}
