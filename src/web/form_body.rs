//! Reading what a form sent: urlencoded or multipart alike, within a limit and a time, as UTF-8 or not at all.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use percent_encoding::percent_decode;

use super::csrf::Sender;
use super::{Ctx, Kept, PageError};

/// The most bytes a form without files may have.
pub const FORM_BYTES: usize = 256 * 1024;
/// The most fields a form may have.
const MOST_FIELDS: usize = 200;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How much of a body that is too large is still read, so that the browser gets to see the answer (axum #1703).
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// What a form sent, in the order sent. Line ends are LF.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

/// A file of a form. Empty parts (no file chosen) do not appear.
#[derive(Debug, Clone)]
pub struct File {
    /// Name of the field.
    pub field: String,
    /// The name the browser gave it: for display only.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Form {
    /// A form of these fields.
    pub fn from_fields(fields: Vec<(String, String)>) -> Self {
        Self { fields, files: Vec::new() }
    }

    /// The first value of a field; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Whether the field was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(n, _)| n == name)
    }

    /// All values of a field (checkboxes).
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All fields in the order sent.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// All files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Refuses fields that are not in the list, fields sent twice, and files (SEC-060).
    ///
    /// # Errors
    /// 422, naming the field.
    pub fn only(&self, known: &[&str]) -> Result<(), PageError> {
        let unknown = self.fields.iter().find(|(name, _)| !known.contains(&name.as_str())).map(|(name, _)| name);
        let twice =
            self.fields.iter().enumerate().find(|(at, (name, _))| self.fields[..*at].iter().any(|(n, _)| n == name));
        let wrong = unknown.or(twice.map(|(_, (name, _))| name)).or(self.files.first().map(|file| &file.field));
        match wrong {
            Some(name) => Err(PageError::UnknownField(name.chars().take(40).collect())),
            None => Ok(()),
        }
    }

    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// 413 too large, 408 too slow, 400 cut off or not UTF-8, 415 no form.
    pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Self, PageError> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let bytes = read_bytes(headers, body, limit).await?;
        if content_type.starts_with("multipart/form-data") {
            return multipart(content_type, bytes).await;
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            return urlencoded(&bytes);
        }
        // A script may post nothing at all; whatever else it is, no form of ours sends it.
        if bytes.is_empty() { Ok(Self::default()) } else { Err(PageError::NoForm) }
    }

    fn take_token(&mut self) -> String {
        let token = self.get("csrf_token").to_owned();
        self.fields.retain(|(name, _)| name != "csrf_token");
        token
    }
}

/// Reads the body up to `limit`; what is more is read and thrown away, up to a bound, so that the answer arrives.
///
/// # Errors
/// 413 too large, 408 too slow, 400 cut off.
pub async fn read_bytes(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, PageError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    let deadline = tokio::time::Instant::now() + BODY_TIME;
    let mut collected = Vec::with_capacity(declared.unwrap_or(1024).min(limit));
    let mut seen = 0usize;
    let mut is_too_large = declared.is_some_and(|length| length > limit);
    if declared.is_some_and(|length| length > DRAIN_BYTES) {
        return Err(PageError::TooLarge { limit });
    }
    let deadline_of =
        |is_too_large| if is_too_large { deadline.min(tokio::time::Instant::now() + DRAIN_TIME) } else { deadline };
    let mut until = deadline_of(is_too_large);
    loop {
        let frame = match tokio::time::timeout_at(until, body.frame()).await {
            Err(_) if is_too_large => return Err(PageError::TooLarge { limit }),
            Err(_) => return Err(PageError::SlowBody),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(PageError::CutOff),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > limit && !is_too_large {
            is_too_large = true;
            until = deadline_of(true);
        }
        if is_too_large {
            collected = Vec::new();
            if seen > DRAIN_BYTES {
                break;
            }
        } else {
            collected.extend_from_slice(&data);
        }
    }
    if is_too_large { Err(PageError::TooLarge { limit }) } else { Ok(collected.into()) }
}

fn urlencoded(bytes: &[u8]) -> Result<Form, PageError> {
    let mut form = Form::default();
    for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        form.fields.push((decode(name)?, lf(decode(value)?)));
        if form.fields.len() > MOST_FIELDS {
            return Err(PageError::TooManyFields);
        }
    }
    Ok(form)
}

/// Reads a query string, leniently: what is not UTF-8 becomes U+FFFD.
pub fn query_value(query: &str, name: &str) -> String {
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

fn decode(part: &[u8]) -> Result<String, PageError> {
    let spaced: Vec<u8> = part.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(bytes).map_err(|_| PageError::NotUtf8)
}

async fn multipart(content_type: &str, bytes: Bytes) -> Result<Form, PageError> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| PageError::CutOff)?;
    let body = futures::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes)));
    let mut parts = multer::Multipart::new(body, boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|_| PageError::CutOff)? {
        let Some(field) = part.name().map(str::to_owned) else { return Err(PageError::CutOff) };
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| PageError::CutOff)?;
        match file_name {
            Some(name) if !(name.is_empty() && bytes.is_empty()) => form.files.push(File { field, name, bytes }),
            Some(_) => {}
            None => {
                let value = String::from_utf8(bytes.into()).map_err(|_| PageError::NotUtf8)?;
                form.fields.push((field, lf(value)));
            }
        }
        if form.fields.len() + form.files.len() > MOST_FIELDS {
            return Err(PageError::TooManyFields);
        }
    }
    Ok(form)
}

/// Browsers send CRLF between the lines of a textarea.
pub(super) fn lf(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PageError> {
        let (head, body) = request.into_parts();
        Self::read(&head.headers, body, FORM_BYTES).await
    }
}

/// A form whose `csrf_token` (or `X-CSRF-Token` header) was issued to this browser; the token itself is taken out.
/// Anything else is 403: a request of another site plainly, a missing or old token with all that was typed, ready to be
/// sent again.
#[derive(Debug)]
pub struct Posted(pub Form);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let ctx = request
            .extensions()
            .get::<Ctx>()
            .cloned()
            .ok_or_else(|| PageError::internal("a route outside the frame"))?;
        if ctx.sender() == Sender::Foreign {
            return Err(PageError::Foreign);
        }
        Self::admit(&ctx, Form::from_request(request, state).await?)
    }
}

impl Posted {
    /// Holds a form that was read to the rules above.
    ///
    /// # Errors
    /// As for the extractor.
    pub(super) fn admit(ctx: &Ctx, mut form: Form) -> Result<Self, PageError> {
        let sender = ctx.sender();
        if sender == Sender::Foreign {
            return Err(PageError::Foreign);
        }
        let mut token = form.take_token();
        if token.is_empty()
            && let Some(given) = ctx.headers().get("x-csrf-token")
        {
            token = given.to_str().unwrap_or_default().to_owned();
        }
        ctx.remember(&form);
        if !ctx.has_visitor() {
            return Err(PageError::NoCookie(Kept::of(ctx, form)));
        }
        if sender == Sender::Hidden || !ctx.is_own_token(&token) {
            return Err(PageError::Expired(Kept::of(ctx, form)));
        }
        Ok(Self(form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(content_type: &str, body: impl Into<Body>) -> Result<Form, PageError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        Form::read(&headers, body.into(), 1000).await
    }

    #[tokio::test]
    async fn both_encodings_are_the_same_form() {
        let typed =
            read("application/x-www-form-urlencoded", "name=%E6%B8%A1%E9%82%89+x&body=a%0D%0Ab&empty=").await.unwrap();
        let parts = "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n渡邉 x\r\n\
                     --B\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\na\r\nb\r\n\
                     --B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n\
                     --B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--B--\r\n";
        let multi = read("multipart/form-data; boundary=B", parts).await.unwrap();
        assert_eq!(typed.fields(), multi.fields());
        assert_eq!(typed.get("body"), "a\nb");
        assert!(multi.files().is_empty());
        assert!(multi.only(&["name", "body", "empty"]).is_ok());
    }

    #[tokio::test]
    async fn broken_bodies_are_refused_for_what_they_are() {
        let urlencoded = "application/x-www-form-urlencoded";
        assert!(matches!(read(urlencoded, "a=%ff").await, Err(PageError::NotUtf8)));
        assert!(matches!(read(urlencoded, vec![b'a', b'=', 0xff]).await, Err(PageError::NotUtf8)));
        assert!(matches!(read(urlencoded, "a".repeat(1001)).await, Err(PageError::TooLarge { .. })));
        assert!(matches!(read(urlencoded, "a&".repeat(300)).await, Err(PageError::TooManyFields)));
        let cut = "--B\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nhalf a sent";
        assert!(matches!(read("multipart/form-data; boundary=B", cut).await, Err(PageError::CutOff)));
        assert!(matches!(read("multipart/form-data", cut).await, Err(PageError::CutOff)));
    }

    #[tokio::test]
    async fn fields_of_no_form_are_refused_by_name() {
        let form = read("application/x-www-form-urlencoded", "email=a&role=admin").await.unwrap();
        assert!(matches!(form.only(&["email"]), Err(PageError::UnknownField(name)) if name == "role"));
        let twice = read("application/x-www-form-urlencoded", "email=a&email=b").await.unwrap();
        assert!(matches!(twice.only(&["email"]), Err(PageError::UnknownField(name)) if name == "email"));
    }
}
