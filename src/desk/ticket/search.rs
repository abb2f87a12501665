//! Finding tickets by number, name, address or word, and the follower that keeps the index up with the events. The
//! index is a cache: it may lag for a second, be rebuilt, or be away; the answer then comes from SQL, slower and
//! without the words of the thread (REL-051).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

    /// Takes everything out; the next [`Follower::catch_up`] fills the index anew from the first event.
    ///
    /// # Errors
    /// The writer has died of an earlier fault; make a new follower then.
    pub fn start_over(&mut self) -> Result<(), FollowError> {
        self.writer.clear()?;
        (self.reached, self.seen) = (0, BTreeSet::new());
        Ok(())
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

/// What a look at the index found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Tickets in the index.
    pub indexed: i64,
    /// Tickets that the events it has seen speak of.
    pub expected: i64,
    /// Whether every file of it is what was written.
    pub is_whole: bool,
}

impl Compared {
    /// Whether it is to be filled anew.
    pub fn differs(&self) -> bool {
        !self.is_whole || self.indexed != self.expected
    }
}

/// Compares the index in a folder with the database; `None` when there is none yet.
///
/// # Errors
/// When the database refuses. An index that cannot be read is one that differs.
pub async fn compare(db: &Db, folder: &Path) -> Result<Option<Compared>, DbError> {
    let broken = Compared { indexed: 0, expected: 0, is_whole: false };
    let looked = match TicketIndex::look(folder) {
        Ok(None) => return Ok(None),
        Ok(Some(index)) => index.is_whole().and_then(|whole| Ok((whole, index.last_event_id()?, index))),
        Err(error) => Err(error),
    };
    Ok(Some(match looked {
        Err(_) => broken,
        Ok((is_whole, reached, index)) => {
            let indexed = i64::try_from(index.count()).unwrap_or(i64::MAX);
            let expected = list::count_with_events(&mut db.read().await?, reached.unwrap_or(0)).await?;
            Compared { indexed, expected, is_whole }
        }
    }))
}

/// Where somebody asks whoever writes the index to fill it anew.
fn request(folder: &Path) -> PathBuf {
    folder.with_extension("rebuild")
}

/// Asks for it; whoever follows the events does it within a second or so. False when it was asked for before and nobody
/// has done it since.
///
/// # Errors
/// When the file cannot be written.
pub fn ask_to_start_over(folder: &Path) -> std::io::Result<bool> {
    let path = request(folder);
    let is_new = !path.exists();
    std::fs::write(path, b"")?;
    Ok(is_new)
}

/// Takes the request, if there is one.
pub fn is_asked_to_start_over(folder: &Path) -> bool {
    std::fs::remove_file(request(folder)).is_ok()
}
