//! Pictures as they leave: only what we drew ourselves, in a sandbox, never kept by a browser, never sniffed (SEC-028,
//! SEC-029).

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{PageError, State};
use crate::desk::licence::{store, vault};
use crate::platform::db::DbError;

/// No script, no form, no network, no frame, no origin.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

/// Reads the bytes of one of our copies; `None` when it is erased.
///
/// # Errors
/// When database or storage are away, or the bytes are damaged.
pub async fn load(state: &State, blob: &str) -> Result<Option<Vec<u8>>, PageError> {
    let key = async { store::wrapped_key(&mut state.db.read().await?, blob).await };
    let wrapped = super::in_time::<_, DbError>(key).await?;
    vault::open(&state.blobs, &state.keys, blob, wrapped).await.map_err(PageError::internal)
}

/// A JPEG that we drew, to be shown inside a page of ours.
pub fn inline(bytes: Vec<u8>) -> Response {
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, "image/jpeg")], Body::from(bytes)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"image.jpg\""),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
