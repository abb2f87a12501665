//! What every handler may reach.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Duration, Utc};
use tokio::sync::{Notify, watch};

use super::PageError;
use super::limits::PerMinute;
use crate::config::Settings;
use crate::desk::Context;
use crate::desk::faq::Library;
use crate::desk::inquiry::Catalogue;
use crate::desk::period::{self, Season};
use crate::desk::ticket::pace::Looks;
use crate::desk::ticket::totals::Totals;
use crate::platform::blob::Blobs;
use crate::platform::clock::Clock;
use crate::platform::crypto::{Keys, Random};
use crate::platform::db::{Db, DbError};
use crate::platform::index::TicketIndex;
use crate::platform::picture::Room;

/// The parts of the desk that HTTP needs, shared by all requests.
pub type State = Arc<Parts>;

/// See [`State`].
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
    /// Where pictures from outside are looked into.
    pub room: Room,
    /// The FAQ and its search.
    pub library: Library,
    /// Rung when something was written that a service waits for: outbox, matching, index.
    pub wake: Arc<Notify>,
    /// Inquiries by client address (`limits.inquiries_per_ip_per_minute`).
    pub inquiries: PerMinute,
    /// Readers who said that they were helped.
    pub helped: PerMinute,
    /// Tries of number and passcode by client address, against guessing.
    pub lookups: PerMinute,
    /// The search index of tickets, once it is open; without it SQL finds, slower.
    pub tickets: OnceLock<TicketIndex>,
    /// The kinds of inquiry with the versions of their forms, once the database has them.
    pub catalogue: OnceLock<Catalogue>,
    /// The numbers of the staff queue, counted once for everybody.
    pub totals: Totals,
    /// How fast the desk answers, looked at once a minute.
    pub looks: Looks,
    season: Mutex<Option<(DateTime<Utc>, Arc<Season>)>>,
    stopping: watch::Sender<bool>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("db", &self.db).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Tries of number and passcode a client may make in a minute.
const LOOKUPS_PER_MINUTE: u32 = 10;
/// How long the periods read last are good for.
const SEASON_AGE: Duration = Duration::seconds(10);
/// How long the database may take before a person is told to come back (REL-006).
const DATABASE_TIME: std::time::Duration = std::time::Duration::from_secs(3);

impl Parts {
    /// Puts the parts together.
    pub fn new(ctx: Context, db: Db, blobs: Blobs, library: Library, wake: Arc<Notify>) -> State {
        let Context { clock, random, keys, settings } = ctx;
        Arc::new(Self {
            db,
            clock,
            random,
            keys,
            inquiries: PerMinute::new(settings.limits.inquiries_per_ip_per_minute),
            helped: PerMinute::new(settings.limits.inquiries_per_ip_per_minute),
            lookups: PerMinute::new(LOOKUPS_PER_MINUTE),
            settings,
            blobs,
            room: Room::default(),
            library,
            wake,
            tickets: OnceLock::new(),
            catalogue: OnceLock::new(),
            totals: Totals::default(),
            looks: Looks::default(),
            season: Mutex::default(),
            stopping: watch::Sender::new(false),
        })
    }

    /// What acts of the domain need.
    pub fn context(&self) -> Context {
        Context {
            clock: self.clock.clone(),
            random: self.random.clone(),
            keys: self.keys.clone(),
            settings: self.settings.clone(),
        }
    }

    /// The kinds of inquiry; those that come with the program until the database has been asked.
    pub fn kinds(&self) -> &Catalogue {
        self.catalogue.get_or_init(|| Catalogue::embedded().unwrap_or_default())
    }

    /// The published periods, at most ten seconds old; those read last when the database is away, for a page that can
    /// do without them.
    pub async fn season(&self) -> Arc<Season> {
        let now = self.clock.now();
        let last = self.season.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, season)) = &last
            && (now - *read_at).abs() < SEASON_AGE
        {
            return season.clone();
        }
        let read = async { period::season(&mut self.db.read().await?).await };
        let season = match in_time::<_, DbError>(read).await {
            Ok(season) => Arc::new(season),
            Err(_) => last.map_or_else(|| Arc::new(Season::new(Vec::new())), |(_, season)| season),
        };
        *self.season.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, season.clone()));
        season
    }

    /// Has the periods read again at the next question: somebody here has changed them.
    pub fn forget_season(&self) {
        *self.season.lock().unwrap_or_else(PoisonError::into_inner) = None;
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

/// Does database work, within three seconds. A write that takes longer may still be stored: the same form key then
/// finds it again.
///
/// # Errors
/// The work's own error, or 503 when it takes too long.
pub async fn in_time<T, E: Into<PageError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, PageError> {
    match tokio::time::timeout(DATABASE_TIME, work).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => {
            tracing::warn!("the database gave no answer within {} s", DATABASE_TIME.as_secs());
            Err(PageError::Unavailable(None))
        }
    }
}
