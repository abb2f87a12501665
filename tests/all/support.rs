//! What tests share: each story runs on SQLite and, where a server is given, on PostgreSQL.

pub mod browser;
#[allow(dead_code, reason = "shared with benches/desk.rs, which uses other parts")]
pub mod desk;
#[allow(dead_code, reason = "shared with benches/desk.rs, which uses other parts")]
pub mod http;

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeZone, Utc};
use madoguchi::platform::db::Db;
use sqlx::{Connection, Executor};

/// The server that `tests/run` starts: `postgres://…/postgres`, a role that may create databases.
const POSTGRES: &str = "MADOGUCHI_TEST_POSTGRES";
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Runs the story on a fresh SQLite database, then on a fresh PostgreSQL database when a server is given.
pub async fn on_each_database<Fut: Future<Output = ()>>(story: impl Fn(Db) -> Fut) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", folder.path().display());
    let db = Db::open_and_migrate(&url, 4).await.unwrap();
    story(db.clone()).await;
    db.close().await;
    on_postgres(story).await;
}

/// Runs the story on a fresh PostgreSQL database when a server is given; says so when there is none.
pub async fn on_postgres<Fut: Future<Output = ()>>(story: impl Fn(Db) -> Fut) {
    on_postgres_url(async |url: String| {
        let db = Db::open(&url, 8).await.unwrap();
        story(db.clone()).await;
        db.close().await;
    })
    .await;
}

/// As [`on_postgres`], for stories that hand the migrated database to another process.
pub async fn on_postgres_url(story: impl AsyncFn(String)) {
    let Some(server) = std::env::var_os(POSTGRES).and_then(|url| url.into_string().ok()) else {
        eprintln!("{POSTGRES} is not set: PostgreSQL is left out");
        return;
    };
    let name = format!("t_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    let command = |text: String| sqlx::raw_sql(sqlx::AssertSqlSafe(text));
    admin.execute(command(format!("DROP DATABASE IF EXISTS {name}"))).await.unwrap();
    admin.execute(command(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    Db::open_and_migrate(url.as_str(), 1).await.unwrap().close().await;
    story(url.to_string()).await;
    let _ = admin.execute(command(format!("DROP DATABASE {name} WITH (FORCE)"))).await;
}

/// A Tuesday in the middle of the application window: 8 December 2026, 10:24 in Japan.
pub fn some_morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 8, 1, 24, 0).unwrap()
}
