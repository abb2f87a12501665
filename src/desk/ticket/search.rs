//! Finding tickets by number, name, address or word, and the follower that keeps the index up with the events. The
//! index is a cache: it may lag for a second, be rebuilt, or be away; the answer then comes from SQL, slower and
//! without the words of the thread (REL-051).

use std::collections::BTreeSet;

use super::{SeenBy, TicketId, TicketNumber, list, store};
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::index::{IndexError, TicketDoc, TicketIndex, TicketQuery, TicketWriter};

/// How many events the follower reads at once.
const STEP: i64 = 500;
/// How far it looks back for events that committed out of order.
const WINDOW: i64 = 200;

/// What was found: ids of tickets, newest first, and how many there are in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// At most as many as were asked for.
    pub ids: Vec<i64>,
    /// All that match.
    pub total: i64,
}

/// Finds tickets that somebody may see, and counts no others (SEC-056). A whole ticket number finds that ticket alone.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    tx: &mut Tx,
    index: Option<&TicketIndex>,
    words: &str,
    seen_by: SeenBy,
    limit: i64,
) -> Result<Found, DbError> {
    if let Some(number) = TicketNumber::parse(words) {
        let ids: Vec<i64> = store::find_by_number(tx, &number).await?.map(|t| t.id.0).into_iter().collect();
        let ids = list::visible_among(tx, &ids, seen_by).await?;
        return Ok(Found { total: ids.len() as i64, ids });
    }
    if let Some(index) = index {
        let wanted = TicketQuery {
            words: words.to_owned(),
            seen_by,
            limit: usize::try_from(limit).unwrap_or(50),
            ..TicketQuery::default()
        };
        match index.search(&wanted) {
            Ok((ids, total)) => return Ok(Found { ids, total: total as i64 }),
            Err(error) => tracing::warn!(%error, "the search index did not answer; searching by SQL"),
        }
    }
    list::find_by_words(tx, words, seen_by, limit).await.map(|(ids, total)| Found { ids, total })
}

/// The follower could not go on; it starts again with a new writer.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Keeps the index up with the events. Only `serve` holds one (design rule 9).
pub struct Follower {
    index: TicketIndex,
    writer: TicketWriter,
    reached: i64,
    /// Events of the look-back window that are in the index already.
    seen: BTreeSet<i64>,
}

impl Follower {
    /// Takes the one writer of the index.
    ///
    /// # Errors
    /// When another process holds it, or the directory is unusable.
    pub fn new(index: TicketIndex) -> Result<Self, FollowError> {
        let writer = index.writer()?;
        let reached = index.last_event_id()?.unwrap_or(0);
        Ok(Self { index, writer, reached, seen: BTreeSet::new() })
    }

    /// Brings the index up to the newest event; returns how many tickets were written.
    ///
    /// # Errors
    /// When the database or the index refuses; make a new follower then.
    pub async fn catch_up(&mut self, db: &Db) -> Result<usize, FollowError> {
        let mut written = 0;
        loop {
            let mut tx = db.read().await?;
            let from = (self.reached - WINDOW).max(0);
            let events = store::events_after(&mut tx, from, STEP + WINDOW).await?;
            let fresh: Vec<_> = events.iter().filter(|(id, _)| !self.seen.contains(id)).copied().collect();
            // After a start the window is read once more: writing a ticket again is harmless.
            if fresh.is_empty() {
                return Ok(written);
            }
            let tickets: BTreeSet<TicketId> = fresh.iter().map(|(_, ticket)| *ticket).collect();
            let docs = store::index_docs(&mut tx, &tickets.iter().map(|t| t.0).collect::<Vec<_>>()).await?;
            drop(tx);
            written += docs.len();
            let reached = events.iter().map(|(id, _)| *id).max().unwrap_or(self.reached).max(self.reached);
            self.write(docs, reached)?;
            self.seen.extend(fresh.iter().map(|(id, _)| *id));
            self.reached = reached;
            self.seen = self.seen.split_off(&(reached - WINDOW));
        }
    }

    fn write(&mut self, docs: Vec<TicketDoc>, reached: i64) -> Result<(), FollowError> {
        // Merging and fsync of the index block for some milliseconds; the runtime moves other work away meanwhile.
        tokio::task::block_in_place(|| {
            for doc in &docs {
                self.writer.upsert(doc)?;
            }
            self.writer.commit(reached)?;
            Ok::<(), IndexError>(())
        })?;
        Ok(())
    }

    /// The index it writes to.
    pub fn index(&self) -> &TicketIndex {
        &self.index
    }
}
