//! `PUT /api/v1/accounts`: the online system brings the mirror up to date, up to a thousand accounts at a time, with what
//! does not fit a row of `accounts.csv`. The same request twice leaves the same mirror. All or nothing, unless
//! `?skip_refused=true`; `?dry_run=true` only counts.

use axum::extract::{Query, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Problem, json as read_json, program};
use crate::desk::account::{self, ImportOptions, MAX_AT_ONCE, PutReport};
use crate::desk::flows::mirrored;
use crate::desk::staff::api_token::Scope;
use crate::web::Ctx;

/// The most bytes of a request: a thousand accounts with the records of a career.
const BODY_BYTES: usize = 8 * 1024 * 1024;

/// What stands after the `?`.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    dry_run: bool,
    skip_refused: bool,
}

/// The handler.
///
/// # Errors
/// 401, 403, 413, 415, 400 and 422 as problem documents, or when the database is away.
pub async fn put(
    ctx: Ctx,
    options: Result<Query<Options>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let program = program(&ctx, Scope::Accounts).await?;
    let Query(options) = options.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let objects = match read_json(request, BODY_BYTES).await? {
        Value::Array(objects) => objects,
        _ => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Send an array of accounts.")),
    };
    if objects.len() > MAX_AT_ONCE {
        let detail = format!("{} accounts in one request; send at most {MAX_AT_ONCE} at a time.", objects.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let db = &ctx.state().db;
    let Options { dry_run, skip_refused } = options;
    let options = ImportOptions { dry_run, skip_refused, after: Some(mirrored::after_import(&ctx.state().context())) };
    let report = account::put(db, &objects, &format!("api:{}", program.name), options, ctx.now()).await?;
    if report.written > 0 {
        ctx.state().wake.notify_waiters();
    }
    Ok(answer(&report))
}

/// 200 with the counts, or 422 with the same and a sentence when nothing was applied.
fn answer(report: &PutReport) -> Response {
    let errors: Vec<Value> = report
        .errors
        .iter()
        .map(|error| json!({ "index": error.index, "field": error.field, "message": error.reason }))
        .collect();
    let mut body = json!({
        "new": report.new, "changed": report.changed, "same": report.same, "refused": report.refused, "errors": errors,
    });
    let (status, kind) = if report.applied {
        (StatusCode::OK, "application/json")
    } else {
        body["status"] = json!(422);
        body["title"] = json!("Unprocessable Content");
        body["detail"] = json!(
            "Nothing was applied. Put the fields under `errors` right and send it again, or add ?skip_refused=true to take the others."
        );
        (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
    };
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}
