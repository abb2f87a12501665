//! Mail in. The bytes of a mail are durable before it is read ([`spool`]); it is registered under a key, so that the
//! same mail twice is one mail ([`store`]); then it is read, placed and settled in one transaction
//! ([`super::ingest`]). What cannot be placed is held for people with a cause ([`held`]); nothing is dropped.

pub mod held;
mod imap;
mod maildir;
mod spool;
pub(super) mod store;

use serde::Serialize;

use crate::desk::Context;
use crate::platform::blob::{BlobError, Blobs};
use crate::platform::db::{Db, DbError};
use crate::{id_type, word_enum};

pub use imap::{ImapError, ImapFolder};
pub use maildir::PollSummary;
pub(super) use spool::{Stored, clean, store as store_bytes};

id_type! {
    /// A mail as it came.
    RawMailId
}

word_enum! {
    /// What became of a mail.
    Outcome {
        /// Stored, not yet read.
        Received = "received",
        /// A new ticket.
        Opened = "opened",
        /// A message on a ticket.
        Appended = "appended",
        /// Kept for people to look at.
        Held = "held",
        /// Kept, and nothing to do: our own mail, or the same text again.
        Ignored = "ignored",
        /// The same mail was taken in before.
        Duplicate = "duplicate",
    }
}

word_enum! {
    /// Why a mail is held or ignored.
    Cause {
        /// Neither.
        Nothing = "",
        /// More bytes than `limits.mail_bytes`.
        TooLarge = "too_large",
        /// Not a mail, or one that stops the reader.
        Undecodable = "undecodable",
        /// More parts, depth or header fields than any ordinary mail has (SEC-045).
        TooComplex = "too_complex",
        /// A bounce of no mail of ours.
        BounceOfNobody = "bounce_of_nobody",
        /// Written by a program, to no ticket.
        Automatic = "automatic",
        /// From a mailing list, to no ticket.
        List = "list",
        /// Its sender opened as many tickets today as one may (SEC-011).
        TooMany = "too_many",
        /// Says it comes from the desk itself.
        OwnAddress = "own_address",
        /// Carries the Message-ID of another mail and another text.
        SameIdOtherText = "same_id_other_text",
        /// A mail of ours that came back.
        Own = "own",
        /// The same sender, subject and text as a mail of the last minutes; shown on its ticket as merged (REL-037).
        SameContent = "same_content",
        /// A member of staff had looked at it and put it away.
        Dismissed = "dismissed",
    }
}

/// What `mail ingest` says of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// What became of it.
    pub outcome: Outcome,
    /// 受付番号 of its ticket.
    pub ticket: Option<String>,
    /// Why it is held or ignored.
    pub cause: Option<Cause>,
}

/// A mail could not be taken in. Nothing is lost: it lies where it came from.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// The disk refuses.
    #[error("it cannot be stored now: {0}")]
    Disk(#[from] BlobError),
    /// The database refuses or is away.
    #[error("it cannot be stored now: {0}")]
    Db(#[from] DbError),
}

impl TakeError {
    /// Whether the same mail may be taken in later, without anyone changing it (exit 75).
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Unreadable(_))
    }
}

/// The way in for mail. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inbox {
    pub(super) db: Db,
    pub(super) blobs: Blobs,
    pub(super) ctx: Context,
}

impl Inbox {
    /// An inbox over the parts of the desk.
    pub fn new(db: Db, blobs: Blobs, ctx: Context) -> Self {
        Self { db, blobs, ctx }
    }
}
