//! Many rows in few statements. On SQLite a statement costs a thread hop (35–60 µs), and a place named `$N` is found by
//! walking a list, so that a statement costs the square of its places; bare `?` cost nothing. PostgreSQL knows only `$N`.

use std::fmt::Write;

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{DbError, Query, Tx, Value};

/// Places in one statement: below the 32,766 of SQLite and the 65,535 of PostgreSQL's protocol.
const PLACES: usize = 16_000;

/// How many rows of so many values one statement takes.
pub const fn rows_at_once(width: usize) -> usize {
    if width == 0 || width > PLACES { 1 } else { PLACES / width }
}

/// Inserts rows of `width` values each: `head` ends in `VALUES `, `tail` follows the last row. Returns how many rows were
/// written. The values come row by row.
///
/// # Errors
/// When the database refuses a statement; what was written before it stays in the transaction.
pub async fn insert(
    tx: &mut Tx,
    head: &'static str,
    width: usize,
    values: Vec<Value>,
    tail: &'static str,
) -> Result<u64, DbError> {
    let width = width.max(1);
    let rows_at_once = rows_at_once(width);
    let mut written = 0;
    let mut values = values.into_iter();
    let mut rows_left = values.len() / width;
    let is_postgres = tx.is_postgres();
    let mut next = || {
        let rows = rows_left.min(rows_at_once);
        rows_left -= rows;
        let chunk: Vec<Value> = values.by_ref().take(rows * width).collect();
        let sql = text(head, width, rows, tail, is_postgres);
        let query = Query { sql: AssertSqlSafe(sql).into_sql_str(), values: chunk };
        (rows > 0).then(|| query.encoded(is_postgres)).transpose()
    };
    let mut ready = next()?;
    while let Some(query) = ready {
        // While the database takes these rows, the next are encoded.
        let (done, more) = futures::join!(query.execute(tx), async { next() });
        written += done?;
        ready = more?;
    }
    Ok(written)
}

fn text(head: &str, width: usize, rows: usize, tail: &str, is_postgres: bool) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * width * 6);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..width {
            if column > 0 {
                sql.push(',');
            }
            if is_postgres {
                let _ = write!(sql, "${}", row * width + column + 1);
            } else {
                sql.push('?');
            }
        }
        sql.push(')');
    }
    sql.push_str(tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn each_database_gets_its_own_places() {
        assert_eq!(text("VALUES ", 2, 2, " X", false), "VALUES (?,?),(?,?) X");
        assert_eq!(text("VALUES ", 2, 2, " X", true), "VALUES ($1,$2),($3,$4) X");
    }
}
