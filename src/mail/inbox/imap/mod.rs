//! An IMAP folder (`imaps://USER:PASSWORD@HOST/FOLDER`, RFC 9051). A mail is fetched without being marked, its bytes are
//! made durable and it is settled; then the place in the folder is moved on, and last of all the mail is marked as
//! read. Whatever stops in between, the next look begins before it, and the key of the mail knows it again (REL-037,
//! REL-038).
//!
//! What is new is told by UID and not by the mark: staff may read the folder with a mail program. Only the first look at
//! a folder, when there is no UID to go by, takes what is unread.

mod server;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use async_imap::error::Error as Fault;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};

use self::server::{Server, Signed};
use super::store::{self, Position};
use super::{Inbox, PollSummary, TakeError, Taken};
use crate::mail::ingest::Source;
use crate::platform::blob::BlobError;
use crate::platform::db::{DbError, Tx};

/// Mails of one look; more wait for the next, which follows at once.
const MAILS: usize = 2000;
/// Mails fetched at a time, and their bytes.
const HANDFUL: usize = 64;
const HANDFUL_BYTES: u64 = 8 * 1024 * 1024;
/// A larger mail is fetched in pieces and goes to the disk without passing through memory (SEC-045).
const PIECE: u64 = 2 * 1024 * 1024;
/// How long the server may take for one answer.
const ANSWER: Duration = Duration::from_secs(60);
/// When the UIDs were given anew: how far before the last look mails are looked at again.
const LOOK_BACK_DAYS: i64 = 3;

/// Why a look at an IMAP folder came to no end. Nothing is lost: what was not settled is fetched again.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// No way to the server.
    #[error(
        "{inbox}: the mail server cannot be reached ({why}); the mails wait there and are taken in when it answers"
    )]
    Away {
        /// The entry, without its password.
        inbox: String,
        /// What stood in the way.
        why: String,
    },
    /// Name or password.
    #[error("{inbox}: the mail server refuses the user or the password ({why}); correct mail.inbox")]
    Refused {
        /// The entry, without its password.
        inbox: String,
        /// What the server said.
        why: String,
    },
    /// No such folder, or none of ours.
    #[error("{inbox}: the folder cannot be opened ({why}); correct mail.inbox")]
    Folder {
        /// The entry, without its password.
        inbox: String,
        /// What the server said.
        why: String,
    },
    /// In the middle of the work.
    #[error("{inbox}: the connection was lost ({why}); the rest is taken in by the next look")]
    Lost {
        /// The entry, without its password.
        inbox: String,
        /// What happened.
        why: String,
    },
    /// The server lists mails and does not hand them over.
    #[error("{inbox}: {count} mails cannot be fetched (the first has UID {first}); look at them with a mail program")]
    Withheld {
        /// The entry, without its password.
        inbox: String,
        /// How many.
        count: usize,
        /// The lowest UID of them.
        first: u32,
    },
    /// The desk itself cannot store now.
    #[error(transparent)]
    Take(#[from] TakeError),
}

impl From<DbError> for ImapError {
    fn from(error: DbError) -> Self {
        Self::Take(error.into())
    }
}

/// One IMAP folder of the settings, with its connection.
#[derive(Debug)]
pub struct ImapFolder {
    inbox: Inbox,
    server: Server,
    open: tokio::sync::Mutex<Option<Open>>,
}

/// An open folder.
#[derive(Debug)]
struct Open {
    session: Signed,
    uid_validity: u32,
    /// The UID that the next new mail would have got when the folder was opened.
    uid_next: Option<u32>,
    /// Settled beyond the position: not to be fetched again over this connection.
    done: HashSet<u32>,
}

impl Inbox {
    /// The IMAP folders of the settings.
    pub fn imap_folders(&self) -> Vec<ImapFolder> {
        let servers = self.ctx.settings.mail.inbox.iter().filter_map(|entry| Server::of_entry(entry));
        servers.map(|server| ImapFolder { inbox: self.clone(), server, open: tokio::sync::Mutex::default() }).collect()
    }
}

impl ImapFolder {
    /// The entry of the settings without its password.
    pub fn name(&self) -> &str {
        &self.server.name
    }

    /// Looks at the folder once and takes in what is new.
    ///
    /// # Errors
    /// When the server is away or refuses, or mail cannot be stored now. Nothing is lost.
    pub async fn poll(&self) -> Result<PollSummary, ImapError> {
        let mut kept = self.open.lock().await;
        let (mut summary, mut withheld) = (PollSummary::default(), Vec::new());
        // Taken out: a connection that was left in the middle of a command is never used again.
        let mut looked = None;
        if let Some(mut open) = kept.take() {
            match self.look_again(&mut open, &mut summary, &mut withheld).await {
                Ok(()) => looked = Some(open),
                // Servers close what is idle, and are started anew: a fresh connection goes on where this one ended.
                Err(ImapError::Lost { .. }) => withheld.clear(),
                Err(error) => return Err(error),
            }
        }
        let open = match looked {
            Some(open) => open,
            None => {
                let mut open = self.open().await?;
                self.look(&mut open, &mut summary, &mut withheld).await?;
                open
            }
        };
        *kept = Some(open);
        match withheld.first() {
            None => Ok(summary),
            Some(&first) => {
                let inbox = self.name().to_owned();
                Err(ImapError::Withheld { inbox, count: withheld.len(), first })
            }
        }
    }

    async fn open(&self) -> Result<Open, ImapError> {
        let (session, folder) = self.server.open().await?;
        let uid_validity = folder.uid_validity.unwrap_or_default();
        Ok(Open { session, uid_validity, uid_next: folder.uid_next, done: HashSet::new() })
    }

    async fn look_again(
        &self,
        open: &mut Open,
        summary: &mut PollSummary,
        withheld: &mut Vec<u32>,
    ) -> Result<(), ImapError> {
        self.answer(open.session.noop()).await?;
        self.look(open, summary, withheld).await
    }

    async fn look(&self, open: &mut Open, summary: &mut PollSummary, withheld: &mut Vec<u32>) -> Result<(), ImapError> {
        let before = store::position(&mut self.inbox.db.read().await?, self.name()).await?;
        let known = before.filter(|p| p.uid_validity == i64::from(open.uid_validity));
        let mut waiting = self.waiting(open, before, known).await?;
        let is_whole = waiting.len() <= MAILS;
        waiting.truncate(MAILS);
        for uids in waiting.chunks(HANDFUL) {
            for uids in self.handfuls(open, uids).await? {
                let settled = self.take_in(open, &uids, summary, withheld).await?;
                match (known, settled.last()) {
                    (Some(_), Some(last)) if withheld.is_empty() => self.move_on(open.uid_validity, *last).await?,
                    _ => open.done.extend(&settled),
                }
                self.mark(open, &settled).await?;
            }
        }
        if known.is_none() && is_whole && withheld.is_empty() {
            // From now on the UID tells what is new. What came since the folder was opened has a higher one.
            let last = open.uid_next.map_or_else(|| waiting.last().copied().unwrap_or_default(), |next| next - 1);
            self.move_on(open.uid_validity, last).await?;
            open.done.clear();
        }
        Ok(())
    }

    /// UIDs of the mails to be taken in, oldest first.
    async fn waiting(
        &self,
        open: &mut Open,
        before: Option<Position>,
        known: Option<Position>,
    ) -> Result<Vec<u32>, ImapError> {
        let (query, above) = match (known, before) {
            // `n:*` names the last mail even when its UID is lower.
            (Some(p), _) => (format!("UID {}:* UNDELETED", p.settled_uid + 1), p.settled_uid),
            (None, None) => ("UNSEEN UNDELETED".to_owned(), 0),
            (None, Some(p)) => {
                let since = p.moved_at - chrono::Duration::days(LOOK_BACK_DAYS);
                (format!("OR UNSEEN SINCE {} UNDELETED", since.format("%-d-%b-%Y")), 0)
            }
        };
        let found = self.answer(open.session.uid_search(query)).await?;
        let mut waiting: Vec<u32> =
            found.into_iter().filter(|uid| i64::from(*uid) > above && !open.done.contains(uid)).collect();
        waiting.sort_unstable();
        Ok(waiting)
    }

    /// Cuts the mails into handfuls that fit into memory; a large mail is one of its own. UID and size of each.
    async fn handfuls(&self, open: &mut Open, uids: &[u32]) -> Result<Vec<Vec<(u32, u64)>>, ImapError> {
        let sizes = self.answer(open.session.uid_fetch(set(uids), "(UID RFC822.SIZE)")).await?;
        let sizes: BTreeMap<u32, u64> = self
            .collect(sizes, |fetch| fetch.uid.map(|uid| (uid, fetch.size.map_or(0, u64::from))))
            .await?
            .into_iter()
            .collect();
        let mut handfuls: Vec<Vec<(u32, u64)>> = Vec::new();
        let mut bytes = 0;
        for &uid in uids {
            // Without a size it is gone or withheld; asking for its bytes will tell.
            let size = sizes.get(&uid).copied().unwrap_or_default();
            bytes += size;
            match handfuls.last_mut() {
                Some(handful) if bytes <= HANDFUL_BYTES => handful.push((uid, size)),
                _ => {
                    bytes = size;
                    handfuls.push(vec![(uid, size)]);
                }
            }
        }
        Ok(handfuls)
    }

    /// Fetches a handful and takes it in. Returns the UIDs that are dealt with, in order.
    async fn take_in(
        &self,
        open: &mut Open,
        mails: &[(u32, u64)],
        summary: &mut PollSummary,
        withheld: &mut Vec<u32>,
    ) -> Result<Vec<u32>, ImapError> {
        let uids: Vec<u32> = mails.iter().map(|(uid, _)| *uid).collect();
        let (mut sources, large) = match mails {
            [(uid, size)] if *size > HANDFUL_BYTES => {
                let file = self.inbox.blobs.temporary();
                let fetched = self.fetch_in_pieces(open, *uid, *size, &file).await;
                (fetched.map(|whole| if whole { vec![(*uid, Source::File(file.clone()))] } else { vec![] }), Some(file))
            }
            _ => (self.fetch(open, &uids).await, None),
        };
        let result = match &mut sources {
            Ok(sources) => self.hand_over(std::mem::take(sources), summary).await,
            Err(_) => Ok(Vec::new()),
        };
        if let Some(file) = large {
            let _ = tokio::fs::remove_file(file).await;
        }
        sources?;
        let mut settled = result?;
        let mut missing: Vec<u32> = uids.into_iter().filter(|uid| !settled.contains(uid)).collect();
        if !missing.is_empty() {
            // Expunged by somebody else meanwhile, or listed and not handed over.
            let there = self.answer(open.session.uid_search(format!("UID {}", set(&missing)))).await?;
            missing.retain(|uid| !there.contains(uid));
            settled.extend(missing);
            settled.sort_unstable();
            let mut there: Vec<u32> = there.into_iter().filter(|uid| !settled.contains(uid)).collect();
            there.sort_unstable();
            withheld.extend(there);
        }
        Ok(settled)
    }

    /// Stores, reads and settles what was fetched. Returns the UIDs of what is settled.
    async fn hand_over(&self, mails: Vec<(u32, Source)>, summary: &mut PollSummary) -> Result<Vec<u32>, ImapError> {
        let (uids, sources): (Vec<u32>, Vec<Source>) = mails.into_iter().unzip();
        let mut results: Vec<Result<Taken, TakeError>> = Vec::with_capacity(uids.len());
        self.inbox.take_in(self.name(), sources, |_, result| results.push(result)).await;
        let mut settled = Vec::with_capacity(uids.len());
        for (uid, result) in uids.into_iter().zip(results) {
            match result {
                Ok(taken) => {
                    summary.note(taken.outcome);
                    settled.push(uid);
                }
                // The mails after it may be settled; they are known again by their keys.
                Err(error) => return Err(error.into()),
            }
        }
        Ok(settled)
    }

    async fn fetch(&self, open: &mut Open, uids: &[u32]) -> Result<Vec<(u32, Source)>, ImapError> {
        let fetched = self.answer(open.session.uid_fetch(set(uids), "(UID BODY.PEEK[])")).await?;
        let mails = self.collect(fetched, |f| f.uid.zip(f.body().map(<[u8]>::to_vec))).await?;
        let mut mails: BTreeMap<u32, Vec<u8>> = mails.into_iter().collect();
        Ok(uids.iter().filter_map(|uid| Some((*uid, Source::Bytes(mails.remove(uid)?)))).collect())
    }

    /// Writes a large mail to a file. `false` when the server does not hand it over whole.
    async fn fetch_in_pieces(
        &self,
        open: &mut Open,
        uid: u32,
        size: u64,
        file: &std::path::Path,
    ) -> Result<bool, ImapError> {
        use tokio::io::AsyncWriteExt;
        let disk = |e: std::io::Error| ImapError::Take(BlobError::from(e).into());
        let mut out = tokio::fs::File::create(file).await.map_err(disk)?;
        let mut at = 0;
        // Servers count line ends as they like: the end is where nothing more comes, not where the size says.
        loop {
            let piece = format!("(UID BODY.PEEK[]<{at}.{PIECE}>)");
            let fetched = self.answer(open.session.uid_fetch(uid.to_string(), piece)).await?;
            let pieces = self.collect(fetched, |f| f.body().map(<[u8]>::to_vec)).await?;
            let Some(bytes) = pieces.into_iter().next() else { return Ok(at > 0 && at >= size) };
            out.write_all(&bytes).await.map_err(disk)?;
            at += bytes.len() as u64;
            if (bytes.len() as u64) < PIECE {
                out.flush().await.map_err(disk)?;
                return Ok(at > 0);
            }
        }
    }

    async fn move_on(&self, uid_validity: u32, settled_uid: u32) -> Result<(), ImapError> {
        let (name, now): (String, DateTime<Utc>) = (self.name().to_owned(), self.inbox.ctx.now());
        let position =
            Position { uid_validity: i64::from(uid_validity), settled_uid: i64::from(settled_uid), moved_at: now };
        let write = async move |tx: &mut Tx| store::move_on(tx, &name, position).await;
        Ok(self.inbox.db.write::<(), DbError, _>(write).await?)
    }

    /// Marks mails as read, for people who look into the folder. A folder that cannot be changed is taken in all the
    /// same.
    async fn mark(&self, open: &mut Open, uids: &[u32]) -> Result<(), ImapError> {
        if uids.is_empty() {
            return Ok(());
        }
        let marked = self.answer(open.session.uid_store(set(uids), "+FLAGS.SILENT (\\Seen)")).await?;
        self.collect(Box::pin(marked), |_| Some(())).await?;
        Ok(())
    }

    /// Everything a stream of answers holds.
    async fn collect<T>(
        &self,
        mut answers: impl Stream<Item = Result<async_imap::types::Fetch, Fault>> + Unpin,
        take: impl Fn(&async_imap::types::Fetch) -> Option<T>,
    ) -> Result<Vec<T>, ImapError> {
        let mut taken = Vec::new();
        while let Some(fetch) = self.within(answers.next()).await? {
            taken.extend(take(&fetch.map_err(|e| self.lost(e))?));
        }
        Ok(taken)
    }

    async fn answer<T>(&self, command: impl Future<Output = Result<T, Fault>>) -> Result<T, ImapError> {
        self.within(command).await?.map_err(|e| self.lost(e))
    }

    async fn within<T>(&self, answer: impl Future<Output = T>) -> Result<T, ImapError> {
        let late = |_| self.lost(format!("no answer within {} s", ANSWER.as_secs()));
        tokio::time::timeout(ANSWER, answer).await.map_err(late)
    }

    fn lost(&self, why: impl std::fmt::Display) -> ImapError {
        // A fault of the parser quotes what it could not read, and that may be a mail (rule 14).
        let why: String = why.to_string().chars().take(60).collect();
        ImapError::Lost { inbox: self.name().to_owned(), why }
    }
}

/// UIDs as a sequence set: `3:7,9` (RFC 9051 §9, sequence-set).
fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == uid => *end = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let text = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}:{to}") };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn neighbouring_uids_are_asked_for_as_ranges() {
        assert_eq!(set(&[3, 4, 5, 9, 11, 12]), "3:5,9,11:12");
        assert_eq!(set(&[7]), "7");
    }
}
