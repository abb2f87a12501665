//! From bytes to a settled mail: store (durable), register, read, place, settle. Mails are worked on in handfuls: their
//! files are fsynced side by side, they are registered in one statement, read on all cores, and each is settled in one
//! transaction of its own. The mails of one sender stay in order.

mod read;
mod settle;

use std::collections::HashMap;
use std::path::PathBuf;

use futures::StreamExt;
use futures::future::join_all;

use super::inbox::store::{self, Standing};
use super::inbox::{Cause, Inbox, Outcome, PollSummary, RawMailId, Stored, TakeError, Taken, store_bytes};
use crate::platform::db::{DbError, Tx};

pub(super) use settle::intake_of_held;

use read::Reading;

/// Mails of a handful, and their bytes: one large mail is a handful of its own (SEC-045).
const MAILS: usize = 64;
const BYTES: u64 = 8 * 1024 * 1024;
/// Files stored side by side: the disk gathers their fsyncs. Each goes its own way to the end: writing all and then
/// naming all together was measured and took twice as long.
const WRITERS: usize = 32;
/// Mails read side by side; those with files wait for the disk in between.
const READERS: usize = 8;
/// Handfuls under way at a time.
const HANDFULS: usize = 2;
/// After this long a registered mail that is not settled has lost its reader.
const ABANDONED_MINUTES: i64 = 5;

/// Where a mail is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The standard input of this process.
    Stdin,
    /// Bytes in hand.
    Bytes(Vec<u8>),
}

/// A mail on its way: its place in the row of sources, and what is known of it.
struct OnItsWay {
    place: usize,
    reading: Reading,
}

/// A handful after reading: what is settled already, and what is to be settled.
#[derive(Default)]
struct Handful {
    done: Vec<(usize, Result<Taken, TakeError>)>,
    known: Vec<(usize, RawMailId, Outcome, Cause)>,
    to_settle: Vec<OnItsWay>,
}

impl Inbox {
    /// Takes mails in and tells of each, in their order. An error of one says nothing of the others; nothing is lost.
    pub async fn take_in(
        &self,
        mailbox: &str,
        sources: Vec<Source>,
        mut note: impl FnMut(&Source, Result<Taken, TakeError>),
    ) {
        let handfuls = handfuls(&sources);
        let mut readings = futures::stream::iter(handfuls)
            .map(|(first, handful)| {
                let (inbox, mailbox) = (self.clone(), mailbox.to_owned());
                // A task, so that the next handful is read while this one is settled.
                tokio::spawn(async move { inbox.prepare(&mailbox, first, handful).await })
            })
            .buffered(HANDFULS);
        let mut at = 0;
        while let Some(prepared) = readings.next().await {
            let Ok((count, handful)) = prepared else { continue };
            let mut results = self.finish(handful).await;
            for place in at..at + count {
                let result = results.remove(&place).unwrap_or(Err(TakeError::Db(DbError::Panicked)));
                if let Ok(taken) = &result {
                    let (outcome, cause) = (taken.outcome, taken.cause.unwrap_or(Cause::Nothing));
                    tracing::info!(%outcome, %cause, ticket = taken.ticket.as_deref().unwrap_or_default(), "a mail came in");
                }
                if let Some(source) = sources.get(place) {
                    note(source, result);
                }
            }
            at += count;
        }
    }

    /// Takes one mail in.
    ///
    /// # Errors
    /// When it cannot be stored now; it is not lost, the sender must keep it.
    pub async fn take_one(&self, mailbox: &str, bytes: Vec<u8>) -> Result<Taken, TakeError> {
        let mut taken = Err(TakeError::Db(DbError::Panicked));
        self.take_in(mailbox, vec![Source::Bytes(bytes)], |_, result| taken = result).await;
        taken
    }

    /// Stores, registers and reads a handful. `first` is the place of its first mail.
    async fn prepare(&self, mailbox: &str, first: usize, sources: Vec<Source>) -> (usize, Handful) {
        let count = sources.len();
        let mut handful = Handful::default();
        let (mut stored, mut places) = (Vec::new(), Vec::new());
        for (n, result) in self.store_all(sources).await.into_iter().enumerate() {
            match result {
                Ok(mail) => {
                    stored.push(mail);
                    places.push(first + n);
                }
                Err(error) => handful.done.push((first + n, Err(error))),
            }
        }
        if stored.is_empty() {
            return (count, handful);
        }
        let (name, now) = (mailbox.to_owned(), self.ctx.now());
        let register = async move |tx: &mut Tx| {
            let standings = store::register(tx, &name, &stored, now).await?;
            Ok::<_, DbError>((standings, stored))
        };
        match self.db.write(register).await {
            Ok((standings, stored)) => {
                let mails = places.into_iter().zip(standings.into_iter().zip(stored));
                self.sort(mails, &mut handful).await;
            }
            Err(error) => {
                let text = error.to_string();
                handful.done.extend(places.into_iter().map(|place| (place, Err(DbError::Lost(text.clone()).into()))));
            }
        }
        (count, handful)
    }

    async fn store_all(&self, sources: Vec<Source>) -> Vec<Result<Stored, TakeError>> {
        let limit = self.ctx.settings.limits.mail_bytes;
        let tasks = futures::stream::iter(sources).map(|source| {
            let blobs = self.blobs.clone();
            async move {
                let task = tokio::task::spawn_blocking(move || match source {
                    Source::File(path) => {
                        let mut file = std::fs::File::open(path).map_err(TakeError::Unreadable)?;
                        store_bytes(&blobs, &mut file, limit)
                    }
                    Source::Stdin => store_bytes(&blobs, &mut std::io::stdin().lock(), limit),
                    Source::Bytes(bytes) => store_bytes(&blobs, &mut bytes.as_slice(), limit),
                });
                task.await.unwrap_or(Err(TakeError::Db(DbError::Panicked)))
            }
        });
        tasks.buffered(WRITERS).collect().await
    }

    /// Reads what is to be read and sorts out the rest.
    async fn sort(&self, mails: impl Iterator<Item = (usize, (Standing, Stored))>, handful: &mut Handful) {
        let mut to_read = Vec::new();
        for (place, (standing, mail)) in mails {
            match standing {
                Standing::Fresh(id) | Standing::Resumed(id) => to_read.push((place, id, mail)),
                Standing::Poisonous(id) => {
                    let reading = Reading::held(id, Cause::Undecodable);
                    handful.to_settle.push(OnItsWay { place, reading });
                }
                Standing::OtherText(id) => handful.known.push((place, id, Outcome::Held, Cause::SameIdOtherText)),
                Standing::Known(id) => handful.known.push((place, id, Outcome::Duplicate, Cause::Nothing)),
            }
        }
        let limit = self.ctx.settings.limits.mail_bytes;
        let readings = futures::stream::iter(to_read).map(|(place, id, mail)| {
            let blobs = self.blobs.clone();
            async move {
                let task = tokio::task::spawn_blocking(move || read::read(&blobs, id, mail, limit));
                (place, task.await.unwrap_or_else(|_| Ok(Reading::held(id, Cause::Undecodable))))
            }
        });
        let readings: Vec<_> = readings.buffered(READERS).collect().await;
        for (place, reading) in readings {
            match reading {
                Ok(reading) => handful.to_settle.push(OnItsWay { place, reading }),
                Err(error) => handful.done.push((place, Err(error))),
            }
        }
        handful.to_settle.sort_by_key(|mail| mail.place);
    }

    /// Settles a handful; senders side by side, the mails of one sender one after the other.
    async fn finish(&self, handful: Handful) -> HashMap<usize, Result<Taken, TakeError>> {
        let mut results: HashMap<usize, Result<Taken, TakeError>> = handful.done.into_iter().collect();
        let mut known = handful.known;
        let mut senders: HashMap<String, Vec<OnItsWay>> = HashMap::new();
        let mut order = Vec::new();
        for mail in handful.to_settle {
            let queue = senders.entry(mail.reading.sender_key().to_owned()).or_insert_with(|| {
                order.push(mail.reading.sender_key().to_owned());
                Vec::new()
            });
            queue.push(mail);
        }
        let queues = order.iter().filter_map(|key| senders.remove(key)).map(|queue| self.settle_in_order(queue));
        for (place, id, result) in join_all(queues).await.into_iter().flatten() {
            match result {
                Ok(Some(taken)) => _ = results.insert(place, Ok(taken)),
                Ok(None) => known.push((place, id, Outcome::Duplicate, Cause::Nothing)),
                Err(error) => _ = results.insert(place, Err(error.into())),
            }
        }
        match self.tickets_of(&known).await {
            Ok(mut tickets) => results.extend(known.into_iter().map(|(place, id, outcome, cause)| {
                let cause = (cause != Cause::Nothing).then_some(cause);
                (place, Ok(Taken { outcome, ticket: tickets.remove(&id), cause }))
            })),
            Err(error) => {
                let text = error.to_string();
                results.extend(known.into_iter().map(|(place, ..)| (place, Err(DbError::Lost(text.clone()).into()))));
            }
        }
        results
    }

    async fn settle_in_order(&self, queue: Vec<OnItsWay>) -> Vec<(usize, RawMailId, Result<Option<Taken>, DbError>)> {
        let mut results = Vec::with_capacity(queue.len());
        for OnItsWay { place, reading } in queue {
            let (ctx, id) = (self.ctx.clone(), reading.id());
            let result = self.db.write(async move |tx: &mut Tx| settle::settle(tx, &ctx, reading).await).await;
            results.push((place, id, settle::unless_settled(result)));
        }
        results
    }

    async fn tickets_of(
        &self,
        known: &[(usize, RawMailId, Outcome, Cause)],
    ) -> Result<HashMap<RawMailId, String>, DbError> {
        if known.is_empty() {
            return Ok(HashMap::new());
        }
        let mut tx = self.db.read().await?;
        store::tickets_of(&mut tx, known.iter().map(|(_, id, ..)| *id).collect()).await
    }

    /// Takes up mails that were registered and whose reader died before it settled them.
    ///
    /// # Errors
    /// When the database or the disk refuses.
    pub(super) async fn take_up_abandoned(&self, summary: &mut PollSummary) -> Result<(), TakeError> {
        let now = self.ctx.now();
        let before = now - chrono::Duration::minutes(ABANDONED_MINUTES);
        let mut tx = self.db.read().await?;
        let abandoned = store::abandoned(&mut tx, before, 100).await?;
        drop(tx);
        for (id, sha256) in abandoned {
            let standing = self.db.write(async move |tx: &mut Tx| store::begin_again(tx, id, now).await).await?;
            let reading = match standing {
                Standing::Resumed(_) => self.read_again(id, &sha256).await?,
                Standing::Poisonous(_) => Reading::held(id, Cause::Undecodable),
                _ => continue,
            };
            let ctx = self.ctx.clone();
            let settled = self.db.write(async move |tx: &mut Tx| settle::settle(tx, &ctx, reading).await).await;
            if let Some(taken) = settle::unless_settled(settled)? {
                summary.note(taken.outcome);
            }
        }
        Ok(())
    }

    async fn read_again(&self, id: RawMailId, sha256: &str) -> Result<Reading, TakeError> {
        let missing = || DbError::Impossible { table: "raw_mails", id: id.0, what: "its file is missing".into() };
        let bytes = self.blobs.get(sha256).await?.ok_or_else(missing)?;
        let (blobs, limit) = (self.blobs.clone(), self.ctx.settings.limits.mail_bytes);
        let task = tokio::task::spawn_blocking(move || {
            let mail = store_bytes(&blobs, &mut bytes.as_slice(), limit)?;
            read::read(&blobs, id, mail, limit)
        });
        task.await.unwrap_or_else(|_| Ok(Reading::held(id, Cause::Undecodable)))
    }
}

/// Cuts the sources into handfuls of few mails and few bytes.
fn handfuls(sources: &[Source]) -> Vec<(usize, Vec<Source>)> {
    let mut handfuls: Vec<(usize, Vec<Source>)> = Vec::new();
    let mut bytes = 0;
    for (place, source) in sources.iter().enumerate() {
        let size = match source {
            Source::File(path) => std::fs::metadata(path).map_or(0, |m| m.len()),
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Stdin => BYTES,
        };
        bytes += size;
        match handfuls.last_mut() {
            Some((_, handful)) if handful.len() < MAILS && bytes <= BYTES => handful.push(source.clone()),
            _ => {
                bytes = size;
                handfuls.push((place, vec![source.clone()]));
            }
        }
    }
    handfuls
}
