//! Totals of the lists, remembered until something happens: counting a hundred thousand rows at every page view would
//! be most of its time. Every change appends an event, so the newest event's id tells whether a total still holds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use super::list::{self, Counts, Filter, View};
use super::{SeenBy, store};
use crate::platform::db::{DbError, Tx};

/// Totals remembered at a time; more are few people's odd filters.
const MOST: usize = 256;
/// Ids of events can commit out of order on PostgreSQL, so nothing is remembered for longer.
const LONGEST_SECONDS: i64 = 30;

#[derive(Debug, Default)]
struct Memory {
    event: i64,
    until: Option<DateTime<Utc>>,
    counts: HashMap<SeenBy, Counts>,
    totals: HashMap<(View, Filter), i64>,
}

/// The totals of one process.
#[derive(Debug, Default)]
pub struct Totals(Mutex<Memory>);

impl Totals {
    /// The numbers beside the names of the views.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn counts(&self, tx: &mut Tx, seen_by: SeenBy, now: DateTime<Utc>) -> Result<Counts, DbError> {
        let event = self.fresh(tx, now).await?;
        if let Some(counts) = self.memory(|m| m.counts.get(&seen_by).cloned()) {
            return Ok(counts);
        }
        let counts = list::counts(tx, seen_by).await?;
        self.remember(event, |m| {
            if m.counts.len() < MOST {
                m.counts.insert(seen_by, counts.clone());
            }
        });
        Ok(counts)
    }

    /// How many tickets a view holds.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn total(&self, tx: &mut Tx, view: &View, filter: &Filter, now: DateTime<Utc>) -> Result<i64, DbError> {
        let event = self.fresh(tx, now).await?;
        let key = (view.clone(), filter.clone());
        if let Some(total) = self.memory(|m| m.totals.get(&key).copied()) {
            return Ok(total);
        }
        let total = list::count(tx, view, filter).await?;
        self.remember(event, |m| {
            if m.totals.len() < MOST {
                m.totals.insert(key, total);
            }
        });
        Ok(total)
    }

    /// Forgets everything when something has happened since; the id of the newest event.
    async fn fresh(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, DbError> {
        let event = store::last_event_id(tx).await?;
        self.memory(|m| {
            if m.event != event || m.until.is_none_or(|until| now >= until) {
                *m = Memory { event, until: Some(now + Duration::seconds(LONGEST_SECONDS)), ..Memory::default() };
            }
        });
        Ok(event)
    }

    /// Remembers what was counted, unless something happened while it was counted.
    fn remember(&self, event: i64, keep: impl FnOnce(&mut Memory)) {
        self.memory(|m| {
            if m.event == event {
                keep(m);
            }
        });
    }

    fn memory<T>(&self, f: impl FnOnce(&mut Memory) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
