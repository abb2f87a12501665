//! A form with a picture: the text fields as ever, the file streamed to disk, never the whole of it in memory. A file that
//! is too large is read on and thrown away, so that the browser gets to see the answer (SEC-044).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::csrf::Sender;
use super::form_body::{FORM_BYTES, lf};
use super::{Ctx, Form, PageError, Posted};
use crate::desk::licence::intake::{Incoming, TooLarge};

/// The one field of ours that is a file.
pub const FIELD: &str = "image";
/// How much of a body is read at most, and how long for one that will be refused.
const DRAIN_BYTES: u64 = 64 << 20;
/// How much of it is left for everything that is not the picture.
const ROOM_FOR_FIELDS: u64 = 1 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(30);
/// How long a body may take: 10 MB over a poor mobile connection.
const BODY_TIME: Duration = Duration::from_secs(300);
/// What is held in memory of a file before it is written.
const SPOOL_BYTES: usize = 128 << 10;
/// Text fields of a form, at most.
const MOST_FIELDS: usize = 200;

/// The file of a form.
#[derive(Debug)]
pub enum Sent {
    /// It lies on disk until this is dropped.
    Whole(Spooled),
    /// It was too large and is gone.
    TooLarge {
        /// How large.
        found: TooLarge,
        /// The limit that it does not keep to.
        limit: u64,
    },
}

/// A file on disk, removed when this is dropped.
#[derive(Debug)]
pub struct Spooled {
    path: PathBuf,
    name: String,
    bytes: u64,
}

impl Spooled {
    /// For the desk.
    pub fn incoming(&self) -> Incoming {
        Incoming { path: self.path.clone(), name: self.name.clone(), bytes: self.bytes }
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // A sweep finds what cannot be removed here.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Bytes from which on a picture is refused: `limits.image_bytes`, or what a body may have beside its text fields.
pub fn limit(ctx: &Ctx) -> u64 {
    let most = DRAIN_BYTES - ROOM_FOR_FIELDS;
    match ctx.state().settings.limits.image_bytes {
        0 => most,
        limit => limit.min(most),
    }
}

/// Reads a form that may hold a picture in its field `image`; the form is held to the rules of [`Posted`]. A file in
/// another field, and a second one, are refused with the whole form (SEC-042).
///
/// # Errors
/// As [`Posted`].
pub async fn read(ctx: &Ctx, request: Request) -> Result<(Posted, Option<Sent>), PageError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("multipart/form-data") {
        return Ok((Posted::from_request(request, ctx.state()).await?, None));
    }
    if ctx.sender() == Sender::Foreign {
        return Err(PageError::Foreign);
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| PageError::CutOff)?;
    let (head, body) = request.into_parts();
    let mut reading = Reading::new(ctx, &head.headers);
    let fields = reading.all(body, boundary).await?;
    Ok((Posted::admit(ctx, Form::from_fields(fields))?, reading.sent))
}

/// A form that is being read.
struct Reading<'c> {
    ctx: &'c Ctx,
    /// Bytes a file may have; at and above it is refused.
    limit: u64,
    /// Bytes of the whole body, as the browser says.
    declared: Option<u64>,
    seen: Arc<AtomicU64>,
    deadline: Instant,
    sent: Option<Sent>,
}

impl<'c> Reading<'c> {
    fn new(ctx: &'c Ctx, headers: &HeaderMap) -> Self {
        Self {
            ctx,
            limit: limit(ctx),
            declared: headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok()),
            seen: Arc::default(),
            deadline: Instant::now() + BODY_TIME,
            sent: None,
        }
    }

    async fn all(&mut self, body: Body, boundary: String) -> Result<Vec<(String, String)>, PageError> {
        let seen = Arc::clone(&self.seen);
        let counted = body.into_data_stream().map(move |frame| {
            let frame = frame.map_err(|_| Cut)?;
            let sum = seen.fetch_add(frame.len() as u64, Ordering::Relaxed) + frame.len() as u64;
            if sum > DRAIN_BYTES { Err(Cut) } else { Ok(frame) }
        });
        // multer takes whatever is ready into its buffer, without a bound: it is given one piece at a time. The pause comes
        // after a piece and never before the first, for which multer looks twice and takes an end it then sees for all.
        let one_by_one = futures::stream::unfold((Box::pin(counted), false), async |(mut pieces, is_later)| {
            if is_later {
                tokio::task::yield_now().await;
            }
            let piece = pieces.next().await?;
            Some((piece, (pieces, true)))
        });
        let mut parts = multer::Multipart::new(one_by_one, boundary);
        let (mut fields, mut text_bytes) = (Vec::new(), 0);
        loop {
            let part = match tokio::time::timeout_at(self.deadline, parts.next_field()).await {
                Ok(Ok(Some(part))) => part,
                Ok(Ok(None)) => break,
                // Of a body that is refused anyway the rest need not be seen.
                _ if matches!(self.sent, Some(Sent::TooLarge { .. })) => break,
                Ok(Err(_)) => return Err(PageError::CutOff),
                Err(_) => return Err(PageError::SlowBody),
            };
            let field = part.name().map(str::to_owned).ok_or(PageError::CutOff)?;
            match part.file_name().map(str::to_owned) {
                Some(name) => self.file(part, field, name).await?,
                None => {
                    let bytes = self.in_time(part.bytes()).await?;
                    text_bytes += bytes.len();
                    if text_bytes > FORM_BYTES {
                        return Err(PageError::TooLarge { limit: FORM_BYTES });
                    }
                    fields.push((field, lf(String::from_utf8(bytes.into()).map_err(|_| PageError::NotUtf8)?)));
                }
            }
            if fields.len() > MOST_FIELDS {
                return Err(PageError::TooManyFields);
            }
        }
        Ok(fields)
    }

    /// One file part. An empty one without a name is a field in which nothing was chosen.
    async fn file(&mut self, mut part: multer::Field<'_>, field: String, name: String) -> Result<(), PageError> {
        let mut spooled: Option<(tokio::fs::File, Spooled)> = None;
        let (mut bytes, mut is_cut) = (0_u64, false);
        loop {
            let chunk = match tokio::time::timeout_at(self.deadline, part.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                _ if bytes >= self.limit => {
                    is_cut = true;
                    break;
                }
                Ok(Err(_)) => return Err(PageError::CutOff),
                Err(_) => return Err(PageError::SlowBody),
            };
            // A field in which nothing was chosen comes as one chunk without a byte.
            if chunk.is_empty() {
                continue;
            }
            if bytes == 0 && (field != FIELD || self.sent.is_some()) {
                return Err(PageError::UnknownField(field.chars().take(40).collect()));
            }
            bytes += chunk.len() as u64;
            if bytes >= self.limit {
                if spooled.take().is_some() || bytes == chunk.len() as u64 {
                    self.deadline = self.deadline.min(Instant::now() + DRAIN_TIME);
                }
                continue;
            }
            if spooled.is_none() {
                spooled = Some(self.open(&name).await?);
            }
            if let Some((file, whole)) = &mut spooled {
                file.write_all(&chunk).await.map_err(PageError::internal)?;
                whole.bytes = bytes;
            }
        }
        match spooled {
            Some((mut file, whole)) => {
                file.flush().await.map_err(PageError::internal)?;
                self.sent = Some(Sent::Whole(whole));
            }
            None if bytes > 0 => {
                let found = match self.declared {
                    _ if !is_cut => TooLarge::Bytes(bytes),
                    // Cut off by us: the browser's own word for the size is the best there is.
                    Some(declared) => TooLarge::Bytes(declared.max(bytes)),
                    None if self.seen.load(Ordering::Relaxed) > DRAIN_BYTES => TooLarge::MoreThan(DRAIN_BYTES),
                    None => TooLarge::MoreThan(bytes),
                };
                self.sent = Some(Sent::TooLarge { found, limit: self.limit });
            }
            // A file without a byte, chosen by its name.
            None if !name.is_empty() && field == FIELD => {
                let (_, whole) = self.open(&name).await?;
                self.sent = Some(Sent::Whole(whole));
            }
            None => {}
        }
        Ok(())
    }

    async fn open(&self, name: &str) -> Result<(tokio::fs::File, Spooled), PageError> {
        let path = self.ctx.state().blobs.temporary();
        let mut file = tokio::fs::File::create_new(&path).await.map_err(PageError::internal)?;
        file.set_max_buf_size(SPOOL_BYTES);
        Ok((file, Spooled { path, name: name.to_owned(), bytes: 0 }))
    }

    async fn in_time<T>(&self, read: impl Future<Output = Result<T, multer::Error>>) -> Result<T, PageError> {
        match tokio::time::timeout_at(self.deadline, read).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(_)) => Err(PageError::CutOff),
            Err(_) => Err(PageError::SlowBody),
        }
    }
}

/// The body ended before its end, or was more than is read.
#[derive(Debug, thiserror::Error)]
#[error("the body was cut off")]
struct Cut;
