//! One SQL text for both databases: `query(SQL).bind(v).fetch_optional::<Row>(tx)`, and a [`Builder`] for list pages.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite};

use super::{DbError, Tx, Value, tx::Conn};

/// A row type that reads on both databases; `derive(sqlx::FromRow)` and tuples satisfy it.
pub trait Row: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}
impl<T> Row for T where T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

/// A statement and what is bound to it.
#[derive(Debug)]
pub struct Query {
    pub(super) sql: SqlStr,
    pub(super) values: Vec<Value>,
}

/// A statement with `$1…` placeholders.
pub fn query(sql: &'static str) -> Query {
    Query { sql: sql.into_sql_str(), values: Vec::new() }
}

macro_rules! dispatch {
    ($query:expr, $tx:expr, |$stmt:ident, $conn:ident| $run:expr) => {{
        let Query { sql, values } = $query;
        match &mut $tx.0 {
            Conn::Writer(c) => {
                let $conn = c;
                let $stmt = sqlx::query_with(sql, sqlite(values)?);
                $run
            }
            Conn::Reader(c) => {
                let $conn = &mut **c;
                let $stmt = sqlx::query_with(sql, sqlite(values)?);
                $run
            }
            Conn::Postgres(c) => {
                let $conn = &mut **c;
                let $stmt = sqlx::query_with(sql, postgres(values)?);
                $run
            }
        }
    }};
}

macro_rules! dispatch_as {
    ($query:expr, $tx:expr, $row:ty, |$stmt:ident, $conn:ident| $run:expr) => {{
        let Query { sql, values } = $query;
        match &mut $tx.0 {
            Conn::Writer(c) => {
                let $conn = c;
                let $stmt = sqlx::query_as_with::<Sqlite, $row, _>(sql, sqlite(values)?);
                $run
            }
            Conn::Reader(c) => {
                let $conn = &mut **c;
                let $stmt = sqlx::query_as_with::<Sqlite, $row, _>(sql, sqlite(values)?);
                $run
            }
            Conn::Postgres(c) => {
                let $conn = &mut **c;
                let $stmt = sqlx::query_as_with::<Postgres, $row, _>(sql, postgres(values)?);
                $run
            }
        }
    }};
}

impl Query {
    /// A statement made of names that the database itself gave.
    pub(super) fn asserted(sql: AssertSqlSafe<String>) -> Self {
        Self { sql: sql.into_sql_str(), values: Vec::new() }
    }

    /// Binds the next value (`$1` first).
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs the statement and returns the number of rows it changed.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        Ok(dispatch!(self, tx, |stmt, conn| stmt.execute(conn).await?.rows_affected()))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// When the database refuses the statement or a column does not fit the row type.
    pub async fn fetch_optional<R: Row>(self, tx: &mut Tx) -> Result<Option<R>, DbError> {
        Ok(dispatch_as!(self, tx, R, |stmt, conn| stmt.fetch_optional(conn).await?))
    }

    /// The row that must be there (a COUNT, a RETURNING).
    ///
    /// # Errors
    /// As [`Query::fetch_optional`], and when there is no row.
    pub async fn fetch_one<R: Row>(self, tx: &mut Tx) -> Result<R, DbError> {
        Ok(dispatch_as!(self, tx, R, |stmt, conn| stmt.fetch_one(conn).await?))
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Query::fetch_optional`].
    pub async fn fetch_all<R: Row>(self, tx: &mut Tx) -> Result<Vec<R>, DbError> {
        Ok(dispatch_as!(self, tx, R, |stmt, conn| stmt.fetch_all(conn).await?))
    }
}

/// A statement whose values are in the form of its database already.
pub(super) enum Encoded {
    Sqlite(SqlStr, SqliteArguments),
    Postgres(SqlStr, PgArguments),
}

impl Query {
    /// Encodes the values ahead of time, for statements with many.
    pub(super) fn encoded(self, is_postgres: bool) -> Result<Encoded, DbError> {
        let Self { sql, values } = self;
        Ok(if is_postgres { Encoded::Postgres(sql, postgres(values)?) } else { Encoded::Sqlite(sql, sqlite(values)?) })
    }
}

impl Encoded {
    /// Runs the statement and returns the number of rows it changed.
    pub(super) async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        match (self, &mut tx.0) {
            (Self::Sqlite(sql, values), Conn::Writer(c)) => {
                Ok(sqlx::query_with::<Sqlite, _>(sql, values).execute(c).await?.rows_affected())
            }
            (Self::Sqlite(sql, values), Conn::Reader(c)) => {
                Ok(sqlx::query_with::<Sqlite, _>(sql, values).execute(&mut **c).await?.rows_affected())
            }
            (Self::Postgres(sql, values), Conn::Postgres(c)) => {
                Ok(sqlx::query_with::<Postgres, _>(sql, values).execute(&mut **c).await?.rows_affected())
            }
            _ => Err(DbError::Unusable("a statement was encoded for the other database".into())),
        }
    }
}

macro_rules! arguments {
    ($name:ident, $arguments:ty) => {
        fn $name(values: Vec<Value>) -> Result<$arguments, DbError> {
            let mut arguments = <$arguments>::default();
            for value in values {
                match value {
                    Value::I64(v) => arguments.add(v),
                    Value::F64(v) => arguments.add(v),
                    Value::Bool(v) => arguments.add(v),
                    Value::Text(v) => arguments.add(v),
                    Value::Bytes(v) => arguments.add(v),
                    Value::Time(v) => arguments.add(v),
                    Value::Date(v) => arguments.add(v),
                    Value::Json(v) => arguments.add(v.map(sqlx::types::Json)),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}
arguments!(sqlite, SqliteArguments);
arguments!(postgres, PgArguments);

/// Builds the text of a list page from static parts: each `?` becomes the next `$N`. Text from outside cannot get in,
/// since every part is `&'static str`.
#[derive(Debug, Default)]
pub struct Builder {
    sql: String,
    values: Vec<Value>,
}

impl Builder {
    /// Starts with a part without values.
    pub fn new(part: &'static str) -> Self {
        Self { sql: part.to_owned(), values: Vec::new() }
    }

    /// Appends a part without values.
    #[must_use]
    pub fn push(mut self, part: &'static str) -> Self {
        self.sql.push_str(part);
        self
    }

    /// Appends a part; its `?` stands for the value.
    #[must_use]
    pub fn with(mut self, part: &'static str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.sql.push_str(&part.replacen('?', &place, 1));
        self
    }

    /// Appends a part only when there is a value.
    #[must_use]
    pub fn with_opt<V: Into<Value>>(self, part: &'static str, value: Option<V>) -> Self {
        match value {
            Some(value) => self.with(part, value),
            None => self,
        }
    }

    /// Appends `open`, then a place for each value with commas between, then `close`: `IN (…)` or a row of VALUES.
    #[must_use]
    pub fn with_list<V: Into<Value>>(
        mut self,
        open: &'static str,
        values: impl IntoIterator<Item = V>,
        close: &'static str,
    ) -> Self {
        use std::fmt::Write;
        self.sql.push_str(open);
        for (n, value) in values.into_iter().enumerate() {
            self.values.push(value.into());
            let comma = if n == 0 { "" } else { "," };
            let _ = write!(self.sql, "{comma}${}", self.values.len());
        }
        self.sql.push_str(close);
        self
    }

    /// The finished query.
    pub fn build(self) -> Query {
        Query { sql: AssertSqlSafe(self.sql).into_sql_str(), values: self.values }
    }
}
