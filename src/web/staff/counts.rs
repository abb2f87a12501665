//! The numbers of the rail.

use super::Desk;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// The numbers beside the entries of the rail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rail {
    /// Tickets that need somebody.
    pub needs_staff: i64,
    /// Mails that could not become part of a ticket.
    pub held: i64,
    /// Mails of ours that failed, or whose fate is unknown.
    pub stuck_mails: i64,
    /// Jobs and services that do not go well.
    pub failures: i64,
    /// The newest event.
    pub last_event: i64,
}

/// The numbers of the rail.
///
/// # Errors
/// When the database refuses.
pub async fn rail(tx: &mut Tx, _desk: &Desk) -> Result<Rail, DbError> {
    let mails = outbox::counts(tx).await?;
    Ok(Rail { stuck_mails: mails.failed + mails.unknown, ..Rail::default() })
}
