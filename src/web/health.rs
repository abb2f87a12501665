//! `/healthz`: the process lives. `/readyz`: it can do its work, or why not.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Ctx;
use crate::platform::db::{Db, DbError, Tx, dialect};

/// How long the database may take to answer.
const DATABASE_TIME: Duration = Duration::from_secs(2);

/// `GET /healthz`
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when the database answers and takes writes within 2 s, else 503; `{"ready","causes":[…]}`. No versions, no paths
/// (SEC-108).
pub async fn ready(ctx: Ctx) -> Response {
    let causes = match tokio::time::timeout(DATABASE_TIME, ask(&ctx.state().db)).await {
        Ok(Ok(())) => Vec::new(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            vec!["database: cannot be reached"]
        }
        Err(_) => vec!["database: no answer within 2 seconds"],
    };
    let status = if causes.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::json!({ "ready": causes.is_empty(), "causes": causes });
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

/// Reads, and opens a write that changes nothing: a database that only answers takes in no inquiry.
async fn ask(db: &Db) -> Result<(), DbError> {
    dialect::version(&mut db.read().await?).await?;
    db.write::<_, DbError, _>(async |_: &mut Tx| Ok(())).await
}
