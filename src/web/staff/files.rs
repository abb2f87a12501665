//! What came with a message: attachments, the mail as it came, its HTML. Nothing of it runs in our name: attachments
//! are downloads, HTML is a page of its own inside a sandbox, and every answer says `nosniff` (design rule 11). A
//! download is written into the audit before its first byte leaves.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Desk, ticket};
use crate::desk::audit::act;
use crate::desk::ticket::{Message, Ticket, store};
use crate::web::PageError;

/// No script, no form, no network, no frame, no origin.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

/// `GET /staff/tickets/{number}/files/{id}`
///
/// # Errors
/// 404, or when storage or database are away.
pub async fn attachment(desk: Desk, Path((number, id)): Path<(String, i64)>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let ticket = ticket::find(&mut tx, &desk, &number).await?;
    let file = store::find_attachment(&mut tx, ticket.id, id).await?.ok_or(PageError::NotFound)?;
    drop(tx);
    let bytes = blob(&desk, &file.sha256).await?;
    desk.audit(act::FILE_DOWNLOADED, format!("ticket:{}", ticket.number), &format!("attachment:{}", file.id)).await?;
    Ok(download(bytes, &file.name))
}

/// `GET /staff/tickets/{number}/messages/{seq}/raw`: the mail as it came.
///
/// # Errors
/// As [`attachment`].
pub async fn raw(desk: Desk, Path((number, seq)): Path<(String, i64)>) -> Result<Response, PageError> {
    let (ticket, message) = message(&desk, &number, seq).await?;
    let mail = message.raw_mail_id.ok_or(PageError::NotFound)?;
    let hash = store::raw_mail_hash(&mut desk.read().await?, ticket.id, mail).await?.ok_or(PageError::NotFound)?;
    let bytes = blob(&desk, &hash).await?;
    desk.audit(act::FILE_DOWNLOADED, format!("ticket:{}", ticket.number), &format!("mail:{mail}")).await?;
    Ok(download(bytes, &format!("{}-{seq}.eml", ticket.number)))
}

/// `GET /staff/tickets/{number}/messages/{seq}/html`: the sanitised HTML of a mail without a text part.
///
/// # Errors
/// 404, or when the database is away.
pub async fn html(desk: Desk, Path((number, seq)): Path<(String, i64)>) -> Result<Response, PageError> {
    let (_, message) = message(&desk, &number, seq).await?;
    let html = message.html.ok_or(PageError::NotFound)?;
    let page = format!("<!DOCTYPE html><html lang=\"ja\"><meta charset=\"utf-8\"><title>{number}</title><body>{html}");
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

async fn message(desk: &Desk, number: &str, seq: i64) -> Result<(Ticket, Message), PageError> {
    let mut tx = desk.read().await?;
    let ticket = ticket::find(&mut tx, desk, number).await?;
    let messages = store::messages(&mut tx, ticket.id).await?;
    let message = messages.into_iter().find(|message| message.seq == seq).ok_or(PageError::NotFound)?;
    Ok((ticket, message))
}

async fn blob(desk: &Desk, hash: &str) -> Result<Vec<u8>, PageError> {
    desk.state().blobs.get(hash).await.map_err(PageError::internal)?.ok_or(PageError::NotFound)
}

/// The bytes as a download of unknown kind, whatever the sender called them.
pub(super) fn download(bytes: Vec<u8>, name: &str) -> Response {
    let mut response =
        (StatusCode::OK, [(header::CONTENT_TYPE, "application/octet-stream")], Body::from(bytes)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    response
}

/// `attachment` with the name twice: plain ASCII for old programs, and RFC 8187 for all others.
fn disposition(name: &str) -> HeaderValue {
    let shown: String = name.chars().filter(|c| !c.is_control() && !"/\\\"<>:|?*".contains(*c)).take(150).collect();
    let shown = shown.trim_matches(['.', ' ']);
    let shown = if shown.is_empty() { "file" } else { shown };
    let ascii: String = shown.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let encoded = percent_encoding::utf8_percent_encode(shown, percent_encoding::NON_ALPHANUMERIC);
    HeaderValue::from_str(&format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_041_a_name_becomes_no_path_and_no_header() {
        assert_eq!(
            disposition("免許証 1.png"),
            "attachment; filename=\"___ 1.png\"; filename*=UTF-8''%E5%85%8D%E8%A8%B1%E8%A8%BC%201%2Epng"
        );
        for (name, plain) in [("../../etc/passwd", "etcpasswd"), ("a\r\nX: y\"", "aX y"), ("", "file"), ("...", "file")]
        {
            let text = disposition(name);
            assert!(text.to_str().unwrap().contains(&format!("filename=\"{plain}\"")), "{text:?}");
        }
    }
}
