//! The tray of held mails (保留メール): what the desk kept and did not act on. Staff read it, open a ticket from it, or
//! put it away.

use chrono::{DateTime, Utc};

use super::{Cause, Inbox, RawMailId, TakeError, store};
use crate::desk::audit::{self, StaffId};
use crate::desk::ticket::TicketNumber;
use crate::desk::ticket::intake;
use crate::mail::ingest;
use crate::platform::db::{DbError, Tx};

/// A held mail in the tray.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeldMail {
    /// Key.
    pub id: RawMailId,
    /// Why it is held.
    pub cause: Cause,
    /// What it says it is from.
    pub from_address: String,
    /// What it says it is about.
    pub subject: String,
    /// Bytes.
    pub size: i64,
    /// Name of the blob with its bytes.
    pub sha256: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// The tray, newest first, before `before` (the last id of the page above).
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx, before: Option<RawMailId>, limit: i64) -> Result<Vec<HeldMail>, DbError> {
    store::list_held(tx, before, limit).await
}

/// One held mail; `None` when there is none or somebody has dealt with it.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: RawMailId) -> Result<Option<HeldMail>, DbError> {
    store::find_held(tx, id).await
}

/// How many wait in the tray.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut Tx) -> Result<i64, DbError> {
    store::count_held(tx).await
}

/// Puts a held mail away. It stays stored. `false` when somebody else has dealt with it.
///
/// # Errors
/// When the database refuses.
pub async fn dismiss(tx: &mut Tx, id: RawMailId, staff: StaffId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let done = store::release(tx, id, None, now).await?;
    if done {
        audit::append(tx, Some(staff), "held_mail_dismissed", &format!("mail:{id}"), "", now).await?;
    }
    Ok(done)
}

impl Inbox {
    /// The bytes of a mail as it came. Serve them as a download only (design rule 11).
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn raw(&self, mail: &HeldMail) -> Result<Vec<u8>, TakeError> {
        let missing = || DbError::Impossible { table: "raw_mails", id: mail.id.0, what: "its file is missing".into() };
        Ok(self.blobs.get(&mail.sha256).await?.ok_or_else(missing)?)
    }

    /// Opens a ticket from a held mail; nobody is sent a receipt. What cannot be read becomes a ticket with the mail as
    /// a file. `None` when somebody else has dealt with it.
    ///
    /// # Errors
    /// When nothing was stored.
    pub async fn release(&self, mail: &HeldMail, staff: StaffId) -> Result<Option<TicketNumber>, TakeError> {
        let bytes = self.raw(mail).await?;
        let intake = ingest::intake_of_held(self, mail, bytes).await?;
        let (ctx, id) = (self.ctx.clone(), mail.id);
        let write = async move |tx: &mut Tx| {
            let now = ctx.now();
            let received = intake::receive(tx, &ctx, &intake).await?;
            if !received.is_new || !store::release(tx, id, Some(received.id), now).await? {
                return Ok::<_, DbError>(None);
            }
            audit::append(tx, Some(staff), "held_mail_released", &format!("mail:{id}"), "", now).await?;
            Ok(Some(received.number))
        };
        Ok(self.db.write(write).await?)
    }
}
