//! Reading a stored mail: pure work, off the async threads, and the files of the mail made durable.

use std::panic::AssertUnwindSafe;

use crate::desk::ticket::intake::StoredFile;
use crate::mail::draft::Sender;
use crate::mail::inbox::{Cause, RawMailId, Stored, TakeError, clean};
use crate::mail::parse::{Limits, ParseError, ParsedMail, parse_within};
use crate::platform::blob::Blobs;

/// Characters of a file's name and of its declared type.
const NAME_CHARS: usize = 200;

/// A mail as it was read.
#[derive(Debug)]
pub(super) struct Reading {
    id: RawMailId,
    sender: Sender,
    content: Result<Content, Cause>,
}

/// What a readable mail holds.
#[derive(Debug)]
pub(super) struct Content {
    /// Without the bytes of its files.
    pub mail: ParsedMail,
    /// The files, durable.
    pub files: Vec<StoredFile>,
}

impl Reading {
    /// A mail that was not read.
    pub(super) fn held(id: RawMailId, cause: Cause) -> Self {
        Self { id, sender: Sender::default(), content: Err(cause) }
    }

    pub(super) fn id(&self) -> RawMailId {
        self.id
    }

    pub(super) fn sender_key(&self) -> &str {
        &self.sender.key
    }

    pub(super) fn into_parts(self) -> (RawMailId, Sender, Result<Content, Cause>) {
        (self.id, self.sender, self.content)
    }
}

/// Reads a mail and stores its files. A mail that cannot be read is an `Ok` with its cause; an `Err` means that the disk
/// refused.
pub(super) fn read(blobs: &Blobs, id: RawMailId, stored: Stored, limit: u64) -> Result<Reading, TakeError> {
    let Some(bytes) = stored.bytes else { return Ok(Reading::held(id, Cause::TooLarge)) };
    match parse(&bytes, limit) {
        Ok(mail) => {
            drop(bytes);
            let sender = Sender::of(&mail);
            Ok(Reading { id, sender, content: Ok(with_files(blobs, mail)?) })
        }
        Err(cause) => Ok(Reading::held(id, cause)),
    }
}

/// Parses within the limits. A reader that panics is a mail that cannot be read, not the end of the process.
pub(super) fn parse(bytes: &[u8], limit: u64) -> Result<ParsedMail, Cause> {
    let mail_bytes = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let limits = Limits { mail_bytes, ..Limits::default() };
    match std::panic::catch_unwind(AssertUnwindSafe(|| parse_within(bytes, &limits))) {
        Ok(Ok(mail)) => Ok(mail),
        Ok(Err(ParseError::TooComplex { .. })) => Err(Cause::TooComplex),
        Ok(Err(ParseError::NotAMail)) | Err(_) => Err(Cause::Undecodable),
    }
}

/// Makes the files of a mail durable and lets go of their bytes.
pub(super) fn with_files(blobs: &Blobs, mut mail: ParsedMail) -> Result<Content, TakeError> {
    let mut files = Vec::with_capacity(mail.attachments.len());
    for attachment in std::mem::take(&mut mail.attachments) {
        files.push(StoredFile {
            sha256: blobs.put_blocking(&attachment.content)?,
            name: clean(&attachment.name, NAME_CHARS),
            mime: clean(&attachment.mime, NAME_CHARS),
            size: i64::try_from(attachment.content.len()).unwrap_or(i64::MAX),
        });
    }
    Ok(Content { mail, files })
}
