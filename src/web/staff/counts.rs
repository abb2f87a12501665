//! The numbers of the rail, on every staff page.

use chrono::{DateTime, Duration, Utc};

use super::Desk;
use crate::desk::account::pairs;
use crate::desk::flows::{changes, replacement};
use crate::desk::staff::approval;
use crate::desk::ticket::store;
use crate::mail::inbox::held;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;
use crate::platform::queue;

/// The numbers beside the entries of the rail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rail {
    /// Tickets that need somebody.
    pub needs_staff: i64,
    /// Mails that could not become part of a ticket.
    pub held: i64,
    /// Mails of ours that failed, or whose fate is unknown.
    pub stuck_mails: i64,
    /// Images that wait for a decision.
    pub images: i64,
    /// Pairs of registrations that nobody has settled.
    pub duplicates: i64,
    /// Requests that this person could decide.
    pub approvals: i64,
    /// Lines for the online system that nobody has handed over.
    pub changes: i64,
    /// Jobs and services that do not go well.
    pub failures: i64,
    /// The newest event.
    pub last_event: i64,
}

/// The numbers of the rail.
///
/// # Errors
/// When the database refuses.
pub async fn rail(tx: &mut Tx, desk: &Desk) -> Result<Rail, DbError> {
    let mails = outbox::counts(tx).await?;
    Ok(Rail {
        needs_staff: desk.state().totals.counts(tx, desk.seen_by(), desk.now()).await?.needs_staff,
        held: held::count(tx).await?,
        stuck_mails: mails.failed + mails.unknown,
        images: replacement::list::count_waiting(tx, desk.seen_by()).await?,
        duplicates: pairs::store::count_open(tx).await?,
        approvals: approval::count_open(tx, desk.staff(), desk.now()).await?,
        changes: changes::store::count_waiting(tx).await?,
        failures: failures(tx, desk.now()).await?,
        last_event: store::last_event_id(tx).await?,
    })
}

/// Runs that failed within a day, and services whose last sign of life is an error.
async fn failures(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, DbError> {
    let runs = queue::store::count_failed(tx, now - Duration::days(1)).await?;
    let services = queue::services::list(tx).await?;
    Ok(runs + services.iter().filter(|service| service.is_failing()).count() as i64)
}
