//! A scratch copy of the whole database in an SQLite file, whichever database it comes from: what a rehearsal plays on.

use std::path::Path;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteSynchronous;
use sqlx::{AssertSqlSafe, Column, PgPool, Postgres, Row as _, SqlSafeStr, Transaction, TypeInfo};

use super::{Db, DbError, Query, Tx, Value, open, query};

/// How long the rows of a server may take.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Places in one statement (SQLite allows 32,766).
const PLACES: usize = 16_000;

impl Db {
    /// Copies everything, as it stands at one instant, into a new SQLite database at `path`, and opens it. The copy is
    /// written without waiting for the disk: it is to be thrown away.
    ///
    /// # Errors
    /// When this database or the file refuses, or there is a file already.
    pub async fn copy_to_scratch(&self, path: &Path) -> Result<Self, DbError> {
        if path.exists() {
            return Err(DbError::Unusable(format!(
                "{} is there already; a copy is never written over",
                path.display()
            )));
        }
        match self {
            Self::Sqlite { readers, .. } => {
                let target =
                    path.to_str().ok_or_else(|| DbError::Unusable("the path of the copy is no text".into()))?;
                let mut reader = readers.acquire().await?;
                sqlx::query("VACUUM INTO ?1").bind(target).execute(&mut *reader).await?;
                open::open_sqlite(path, 4, SqliteSynchronous::Off).await
            }
            Self::Postgres(pool) => {
                let scratch = open::open_sqlite(path, 4, SqliteSynchronous::Off).await?;
                copy_rows(pool, &scratch).await?;
                Ok(scratch)
            }
        }
    }
}

impl Db {
    /// Packs an embedded database into one new file that needs nothing beside it and holds no page of what was deleted.
    ///
    /// # Errors
    /// When it is no embedded one, or the file refuses.
    pub async fn pack_into(&self, path: &Path) -> Result<(), DbError> {
        let Self::Sqlite { readers, .. } = self else {
            return Err(DbError::Unusable("only an embedded database is packed into a file".into()));
        };
        let target = path.to_str().ok_or_else(|| DbError::Unusable("the path of the file is no text".into()))?;
        let mut reader = readers.acquire().await?;
        sqlx::query("VACUUM INTO ?1").bind(target).execute(&mut *reader).await?;
        Ok(())
    }
}

/// Every row of every table: both schemas have the same tables and columns (a test compares them).
async fn copy_rows(pool: &PgPool, scratch: &Db) -> Result<(), DbError> {
    let mut source = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let no_limits = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
    sqlx::raw_sql(no_limits).execute(&mut *source).await?;
    let write = async move |tx: &mut Tx| {
        // A row may come before the one it refers to; what does not fit in the end is refused at the commit.
        query("PRAGMA defer_foreign_keys = ON").execute(tx).await?;
        let tables = tables(tx).await?;
        for (table, _) in &tables {
            dynamic(format!("DELETE FROM \"{table}\""), Vec::new()).execute(tx).await?;
        }
        for (table, columns) in &tables {
            copy_table(&mut source, tx, table, columns).await?;
        }
        Ok::<(), DbError>(())
    };
    scratch.write_within(PATIENCE, write).await
}

/// The tables of our migrations with their columns.
async fn tables(tx: &mut Tx) -> Result<Vec<(String, Vec<String>)>, DbError> {
    let names: Vec<(String,)> =
        query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetch_all(tx).await?;
    let mut tables = Vec::new();
    for (name,) in names.into_iter().filter(|(name,)| !name.starts_with("sqlite_") && !name.starts_with("_sqlx")) {
        let columns: Vec<(String,)> =
            query("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(&name).fetch_all(tx).await?;
        tables.push((name, columns.into_iter().map(|(column,)| column).collect()));
    }
    Ok(tables)
}

async fn copy_table(
    source: &mut Transaction<'static, Postgres>,
    tx: &mut Tx,
    table: &str,
    columns: &[String],
) -> Result<(), DbError> {
    let list = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    let head = format!("INSERT INTO \"{table}\" ({list}) VALUES ");
    let width = columns.len().max(1);
    let select = AssertSqlSafe(format!("SELECT {list} FROM \"{table}\""));
    let mut rows = sqlx::query(select).fetch(&mut **source);
    let mut values: Vec<Value> = Vec::new();
    while let Some(row) = rows.try_next().await? {
        for place in 0..columns.len() {
            values.push(value(&row, place)?);
        }
        if values.len() + width > PLACES {
            insert(tx, &head, width, std::mem::take(&mut values)).await?;
        }
    }
    insert(tx, &head, width, values).await
}

async fn insert(tx: &mut Tx, head: &str, width: usize, values: Vec<Value>) -> Result<(), DbError> {
    if values.is_empty() {
        return Ok(());
    }
    let row = format!("({})", vec!["?"; width].join(","));
    let rows = vec![row; values.len() / width].join(",");
    dynamic(format!("{head}{rows}"), values).execute(tx).await?;
    Ok(())
}

/// A statement made of the names in our own migrations; nothing from outside is in its text.
fn dynamic(sql: String, values: Vec<Value>) -> Query {
    Query { sql: AssertSqlSafe(sql).into_sql_str(), values }
}

/// A column of a server's row, as it is bound to a statement.
fn value(row: &PgRow, place: usize) -> Result<Value, DbError> {
    Ok(match row.column(place).type_info().name() {
        "BOOL" => Value::Bool(row.try_get(place)?),
        "INT2" => Value::I64(row.try_get::<Option<i16>, _>(place)?.map(i64::from)),
        "INT4" => Value::I64(row.try_get::<Option<i32>, _>(place)?.map(i64::from)),
        "INT8" => Value::I64(row.try_get(place)?),
        "FLOAT8" => Value::F64(row.try_get(place)?),
        "TEXT" | "VARCHAR" => Value::Text(row.try_get(place)?),
        "BYTEA" => Value::Bytes(row.try_get(place)?),
        "TIMESTAMPTZ" => Value::Time(row.try_get(place)?),
        "DATE" => Value::Date(row.try_get(place)?),
        "JSONB" | "JSON" => Value::Json(row.try_get(place)?),
        other => {
            let column = row.column(place).name();
            return Err(DbError::Unusable(format!("the column {column} has the type {other}, which cannot be copied")));
        }
    })
}
