//! The bytes of a mail, durable before anything reads them (design rule 4), and the little that is read of their header
//! to know the mail again.

use std::io::Read;

use super::TakeError;
use crate::mail::parse::{HeaderLimits, Headers, first_message_id};
use crate::platform::blob::Blobs;
use crate::platform::crypto::sha256_hex;

/// Bytes of the head that are looked at for the key of a mail.
const HEAD: HeaderLimits = HeaderLimits { fields: 2000, bytes: 512 * 1024 };
/// What is kept of a Message-ID; RFC 5322 §2.1.1 allows lines of 998 bytes.
const MESSAGE_ID_CHARS: usize = 1000;

/// A mail whose bytes are durable.
#[derive(Debug)]
pub(in crate::mail) struct Stored {
    /// Name of the blob.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// The bytes, unless there are more than the limit.
    pub bytes: Option<Vec<u8>>,
    /// Without angle brackets; empty when there is none.
    pub message_id: String,
    /// The same for the same sender, subject and body.
    pub content_key: String,
    /// For the held tray.
    pub from: String,
    /// For the held tray.
    pub subject: String,
}

impl Stored {
    /// Under which the mail is known: its Message-ID, or its bytes when it has none.
    pub(in crate::mail) fn dedupe_key(&self) -> String {
        if self.message_id.is_empty() { format!("sha256:{}", self.sha256) } else { format!("id:{}", self.message_id) }
    }
}

/// Stores a mail. Above `limit` bytes (0: no limit) it goes to the disk without passing through memory and is not read.
pub(in crate::mail) fn store(blobs: &Blobs, input: &mut dyn Read, limit: u64) -> Result<Stored, TakeError> {
    let limit = if limit == 0 { u64::from(u32::MAX) } else { limit };
    let mut bytes = Vec::new();
    (&mut *input).take(limit + 1).read_to_end(&mut bytes).map_err(TakeError::Unreadable)?;
    if bytes.len() as u64 <= limit {
        let sha256 = blobs.put_blocking(&bytes)?;
        let size = bytes.len() as u64;
        return Ok(described(sha256, size, bytes, true));
    }
    let (sha256, size) = blobs.put_reader_blocking(&mut bytes.as_slice().chain(input))?;
    bytes.truncate(HEAD.bytes);
    Ok(described(sha256, size, bytes, false))
}

fn described(sha256: String, size: u64, bytes: Vec<u8>, is_whole: bool) -> Stored {
    let Ok((headers, body)) = Headers::split(&bytes, HEAD) else {
        let (message_id, from, subject) = (String::new(), String::new(), String::new());
        let content_key = sha256.clone();
        return Stored { content_key, sha256, size, bytes: is_whole.then_some(bytes), message_id, from, subject };
    };
    let message_id = headers.first("message-id").and_then(first_message_id).unwrap_or_default();
    let mut content = Vec::with_capacity(body.len() + 256);
    for name in ["from", "subject"] {
        // Folding may change on the way; the words do not.
        let value = headers.first(name).unwrap_or_default();
        content.extend(value.iter().filter(|b| !b.is_ascii_whitespace()));
        content.push(0);
    }
    content.extend(body.trim_ascii_end().iter().filter(|b| **b != b'\r'));
    let content_key = if is_whole { sha256_hex(&content) } else { sha256.clone() };
    let from = headers.text("from").unwrap_or_default();
    let subject = headers.text("subject").unwrap_or_default();
    Stored {
        sha256,
        size,
        message_id: clean(&message_id, MESSAGE_ID_CHARS),
        content_key,
        from: clean(&from, 300),
        subject: clean(&subject, 300),
        bytes: is_whole.then_some(bytes),
    }
}

/// Text as both databases take it: no NUL, at most `chars` characters.
pub(in crate::mail) fn clean(text: &str, chars: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(chars).collect()
}
