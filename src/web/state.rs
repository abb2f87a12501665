//! What every handler may reach.

use std::sync::{Arc, OnceLock};

use tokio::sync::{Notify, watch};

use super::limits::PerMinute;
use crate::config::Settings;
use crate::desk::ticket::totals::Totals;
use crate::platform::blob::Blobs;
use crate::platform::clock::Clock;
use crate::platform::crypto::{Keys, Random};
use crate::platform::db::Db;
use crate::platform::index::TicketIndex;

/// The parts of the desk that HTTP needs, shared by all requests.
pub type State = Arc<Parts>;

/// See [`State`].
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// Fresh bytes.
    pub random: Random,
    /// MACs of tokens and cookies.
    pub keys: Keys,
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Attachments and raw mails.
    pub blobs: Blobs,
    /// Rung when something was written that a service waits for: outbox, matching, index.
    pub wake: Arc<Notify>,
    /// Inquiries by client address (`limits.inquiries_per_ip_per_minute`).
    pub inquiries: PerMinute,
    /// Tries of number and passcode by client address, against guessing.
    pub lookups: PerMinute,
    /// The search index of tickets, once it is open; without it SQL finds, slower.
    pub tickets: OnceLock<TicketIndex>,
    /// The numbers of the staff queue, counted once for everybody.
    pub totals: Totals,
    stopping: watch::Sender<bool>,
}

/// Tries of number and passcode a client may make in a minute.
const LOOKUPS_PER_MINUTE: u32 = 10;

impl Parts {
    /// Puts the parts together.
    pub fn new(
        db: Db,
        clock: Clock,
        random: Random,
        keys: Keys,
        settings: Arc<Settings>,
        blobs: Blobs,
        wake: Arc<Notify>,
    ) -> State {
        Arc::new(Self {
            db,
            clock,
            random,
            keys,
            inquiries: PerMinute::new(settings.limits.inquiries_per_ip_per_minute),
            lookups: PerMinute::new(LOOKUPS_PER_MINUTE),
            settings,
            blobs,
            wake,
            tickets: OnceLock::new(),
            totals: Totals::default(),
            stopping: watch::Sender::new(false),
        })
    }

    /// Returns when the desk begins to stop: what streams for long (SSE) ends then, so that the stop is quick.
    pub async fn stopped(&self) {
        // The sender lives in self, so waiting cannot fail while we wait.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// Begins the stop; called by [`super::server::serve`].
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }
}
