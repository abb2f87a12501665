//! The interface for programs (`/api/v1/…`): JSON in, JSON out, a bearer token for each program
//! (`madoguchi token add`). Refusals are problem documents (RFC 9457) that name the field and say what to do.

mod accounts;
mod inquiries;
mod problem;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::routing::{post, put};
use serde::de::DeserializeOwned;

pub use problem::Problem;

use super::{Ctx, State, form_body, in_time};
use crate::desk::staff::api_token::{self, Program, Scope};
use crate::platform::db::DbError;

/// The routes.
pub fn routes() -> Router<State> {
    Router::new().route("/api/v1/inquiries", post(inquiries::post)).route("/api/v1/accounts", put(accounts::put))
}

/// The program whose token the request carries.
///
/// # Errors
/// 401 without a good token, 403 when the token is for something else, 503 when the database is away.
pub async fn program(ctx: &Ctx, scope: Scope) -> Result<Program, Problem> {
    let token = bearer(ctx.headers()).ok_or_else(Problem::no_token)?;
    let look_up = async { api_token::find(&mut ctx.state().db.read().await?, token).await };
    let program = in_time::<_, DbError>(look_up).await?.ok_or_else(Problem::no_token)?;
    if program.may(scope) { Ok(program) } else { Err(Problem::wrong_scope(scope)) }
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1); the word may be written in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Reads a JSON body of at most `limit` bytes.
///
/// # Errors
/// 415 another type, 413 too large, 408 too slow, 400 cut off or no JSON, 422 JSON of another shape.
pub async fn json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Problem> {
    let (head, body) = request.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::not_json_type());
    }
    let bytes: Bytes = form_body::read_bytes(&head.headers, body, limit).await?;
    serde_json::from_slice(&bytes).map_err(|error| Problem::not_understood(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_however_its_scheme_is_written() {
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, line.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer mdg_x").as_deref(), Some("mdg_x"));
        assert_eq!(of("bearer  mdg_x").as_deref(), Some("mdg_x"));
        assert_eq!(of("Basic mdg_x"), None);
        assert_eq!(of("mdg_x"), None);
    }
}
