//! A refusal that a program can read (RFC 9457) and a person too.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::desk::staff::api_token::Scope;
use crate::platform::db::DbError;
use crate::web::PageError;

/// Something wrong with one field.
#[derive(Debug, Clone, Serialize)]
pub struct Wrong {
    /// Its name, with an index where there are many: `3.email`.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why a program got no answer.
#[derive(Debug)]
pub enum Problem {
    /// Said by us.
    Refused {
        /// The status.
        status: StatusCode,
        /// What happened, and what to do.
        detail: String,
        /// Field by field.
        errors: Vec<Wrong>,
    },
    /// Said as everywhere: too large, too slow, database away.
    Page(PageError),
}

impl Problem {
    /// A refusal without fields.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::Refused { status, detail: detail.into(), errors: Vec::new() }
    }

    /// 422, with what is wrong in each field.
    pub fn fields(errors: Vec<Wrong>) -> Self {
        let detail = "Nothing was stored. Put the fields under `errors` right and send it again.".to_owned();
        Self::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, detail, errors }
    }

    pub(super) fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Send `Authorization: Bearer …` with a token of `madoguchi token add`; this one is missing or not known.",
        )
    }

    pub(super) fn wrong_scope(scope: Scope) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("The token is not for this: it needs the scope `{scope}`."))
    }

    pub(super) fn not_json_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send JSON, with `Content-Type: application/json`.")
    }

    pub(super) fn not_understood(error: &serde_json::Error) -> Self {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Self::new(status, format!("The JSON was not understood: {error}."))
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::Page(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, detail, errors) = match self {
            Self::Page(error) => return error.into_response(),
            Self::Refused { status, detail, errors } => (status, detail, errors),
        };
        let title = status.canonical_reason().unwrap_or_default();
        let mut body = json!({ "status": status.as_u16(), "title": title, "detail": detail });
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, body.to_string()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
