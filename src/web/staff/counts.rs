//! The numbers of the rail and of the tabs. Counting all views walks an index of every ticket, so it is done once for
//! everybody and kept until an event happens, or for a few seconds (ids can commit out of order on PostgreSQL).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::Desk;
use crate::desk::ticket::list::{self, Counts};
use crate::desk::ticket::store;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;
use crate::platform::queue;

/// How long counts are believed without a new event.
const BELIEVED: Duration = Duration::from_secs(5);

/// The kept counts; one for the process.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    event: i64,
    at: Instant,
    counts: Counts,
}

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
pub async fn rail(tx: &mut Tx, desk: &Desk) -> Result<Rail, DbError> {
    let last_event = store::last_event_id(tx).await?;
    let views = views(tx, &desk.state().queue_counts, last_event).await?;
    let mails = outbox::counts(tx).await?;
    Ok(Rail {
        needs_staff: views.needs_staff,
        held: 0,
        stuck_mails: mails.failed + mails.unknown,
        failures: failures(tx, desk.now()).await?,
        last_event,
    })
}

/// Runs that failed within a day, and services whose last sign of life is an error.
async fn failures(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, DbError> {
    let runs = queue::store::count_failed(tx, now - chrono::Duration::days(1)).await?;
    let services = queue::services::list(tx).await?;
    Ok(runs + services.iter().filter(|service| service.is_failing()).count() as i64)
}

/// The numbers of the tabs, as of the event `last_event`.
///
/// # Errors
/// When the database refuses.
pub async fn views(tx: &mut Tx, cache: &Cache, last_event: i64) -> Result<Counts, DbError> {
    let kept = cache.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(kept) = kept.filter(|k| k.event == last_event && k.at.elapsed() < BELIEVED) {
        return Ok(kept.counts);
    }
    let counts = list::counts(tx).await?;
    let fresh = Kept { event: last_event, at: Instant::now(), counts: counts.clone() };
    *cache.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
    Ok(counts)
}
