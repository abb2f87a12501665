//! `migrations/sqlite` and `migrations/postgres` are one schema: same files, tables, columns, keys and indexes, compared
//! in real databases that were migrated from nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use madoguchi::platform::db::Db;

use crate::support::{on_each_database, on_postgres};

/// What is compared of a column: what it can hold, whether it may be missing, its place in the primary key (0: none).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    holds: &'static str,
    may_be_null: bool,
    key: i64,
}

/// What is compared of an index: its table, its columns and whether it is unique. Names of automatic indexes differ.
type Index = (String, String, bool);

#[derive(Debug, Default, PartialEq, Eq)]
struct Schema {
    tables: BTreeMap<String, Vec<Column>>,
    indexes: BTreeSet<Index>,
}

#[test]
fn both_folders_hold_migrations_of_the_same_names() {
    let names = |folder: &str| -> BTreeSet<String> {
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
    let numbers: Vec<&str> = sqlite.iter().map(|name| name.split('_').next().unwrap()).collect();
    let expected: Vec<String> = (1..=numbers.len()).map(|n| format!("{n:04}")).collect();
    assert_eq!(numbers, expected, "migrations are numbered 0001, 0002, … without a gap or a double");
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 1).await.unwrap();
    let expected = schema_of(&sqlite).await;
    assert!(expected.tables.len() > 10 && !expected.indexes.is_empty(), "the schema was not read");
    let expected = &expected;
    on_postgres(|db| async move {
        let found = schema_of(&db).await;
        let (left, right): (BTreeSet<_>, BTreeSet<_>) =
            (expected.tables.keys().collect(), found.tables.keys().collect());
        assert_eq!(left, right, "tables");
        for (table, columns) in &expected.tables {
            assert_eq!(columns, &found.tables[table], "columns of {table}, SQLite left");
        }
        let only = |a: &Schema, b: &Schema| a.indexes.difference(&b.indexes).cloned().collect::<Vec<_>>();
        assert_eq!((only(expected, &found), only(&found, expected)), (vec![], vec![]), "indexes of one side only");
    })
    .await;
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    on_each_database(|db| async move {
        let before = schema_of(&db).await;
        let url = match &db {
            Db::Sqlite { readers, .. } => format!("sqlite://{}", readers.connect_options().get_filename().display()),
            Db::Postgres(pool) => {
                let options = pool.connect_options();
                let (host, port, name) = (options.get_host(), options.get_port(), options.get_database().unwrap());
                format!("postgres://{}@{host}:{port}/{name}", options.get_username())
            }
        };
        let again = Db::open_and_migrate(&url, 1).await.unwrap();
        assert_eq!(before, schema_of(&again).await);
        again.close().await;
    })
    .await;
}

async fn schema_of(db: &Db) -> Schema {
    match db {
        Db::Sqlite { readers, .. } => sqlite_schema(readers).await,
        Db::Postgres(pool) => postgres_schema(pool).await,
    }
}

async fn sqlite_schema(pool: &sqlx::SqlitePool) -> Schema {
    let mut schema = Schema::default();
    let columns: Vec<(String, String, String, bool, i64)> = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY t.name, c.cid",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, name, kind, not_null, key) in columns {
        let holds = match kind.as_str() {
            "INTEGER" => "number",
            "TEXT" => "text",
            "BOOLEAN" => "truth",
            "BLOB" => "bytes",
            "REAL" => "fraction",
            other => panic!("{table}.{name} has the type {other}, which the house does not use on SQLite"),
        };
        let column = Column { name, holds, may_be_null: !not_null && key == 0, key };
        schema.tables.entry(table).or_default().push(column);
    }
    // The key that is the rowid has no index of its own on SQLite; primary keys are compared by their columns above.
    let indexes: Vec<(String, String, bool, String)> = sqlx::query_as(
        "SELECT t.name, i.name, i.\"unique\", group_concat(c.name, ',') FROM sqlite_master t \
         JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c \
         WHERE t.type = 'table' AND i.origin <> 'pk' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' GROUP BY t.name, i.name",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    schema.indexes = indexes.into_iter().map(|(table, _, unique, columns)| (table, columns, unique)).collect();
    schema
}

async fn postgres_schema(pool: &sqlx::PgPool) -> Schema {
    let mut schema = Schema::default();
    let columns: Vec<(String, String, String, bool, i64)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), a.attnotnull, \
         COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)::bigint \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_sqlx%' \
         ORDER BY c.relname, a.attnum",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, name, kind, not_null, key) in columns {
        let holds = match kind.as_str() {
            "bigint" => "number",
            // Instants and days are TEXT on SQLite, which has no type for them.
            "text" | "timestamp with time zone" | "date" | "jsonb" | "json" => "text",
            "boolean" => "truth",
            "bytea" => "bytes",
            "double precision" => "fraction",
            other => panic!("{table}.{name} has the type {other}, which the house does not use on PostgreSQL"),
        };
        let column = Column { name, holds, may_be_null: !not_null, key };
        schema.tables.entry(table).or_default().push(column);
    }
    let indexes: Vec<(String, bool, String)> = sqlx::query_as(
        "SELECT t.relname::text, i.indisunique, (SELECT string_agg(a.attname::text, ',' ORDER BY k.place) \
           FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place) \
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
         WHERE NOT i.indisprimary AND t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    schema.indexes = indexes.into_iter().map(|(table, unique, columns)| (table, columns, unique)).collect();
    schema
}
