//! A Maildir (`maildir:PATH`): what lies in `new` is taken in and moved to `cur`, marked as seen, once it is settled, and
//! not before (REL-038). What lies in `cur` and nobody has seen is taken in too: a mail program that looks into the folder
//! moves new mail there.

use std::path::{Path, PathBuf};

use super::{Inbox, Outcome, TakeError};
use crate::mail::ingest::Source;

/// Mails of one look; more wait for the next.
const MAILS: usize = 2000;

/// What a look at the inboxes did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PollSummary {
    /// Mails that became a ticket or a message.
    pub taken: usize,
    /// Mails held for people.
    pub held: usize,
    /// Mails seen before, or our own.
    pub ignored: usize,
    /// Files that could not be read; they stay where they are.
    pub unreadable: usize,
}

impl Inbox {
    /// Looks at every inbox of the settings once, and takes up mails whose reader died. A file that cannot be read
    /// stands in the way of no other.
    ///
    /// # Errors
    /// When mail cannot be stored now; what was not settled stays in `new`.
    pub async fn poll(&self) -> Result<PollSummary, TakeError> {
        let mut summary = PollSummary::default();
        self.take_up_abandoned(&mut summary).await?;
        for inbox in &self.ctx.settings.mail.inbox {
            let Some(path) = inbox.strip_prefix("maildir:") else { continue };
            self.poll_maildir(inbox, Path::new(path), &mut summary).await?;
        }
        Ok(summary)
    }

    async fn poll_maildir(&self, name: &str, path: &Path, summary: &mut PollSummary) -> Result<(), TakeError> {
        let (new, cur) = (path.join("new"), path.join("cur"));
        let files = match waiting(&new).and_then(|mut files| {
            files.extend(unseen(&cur)?);
            Ok(files)
        }) {
            Ok(files) => files,
            Err(e) => {
                tracing::warn!(inbox = name, error = %e, "this Maildir cannot be listed");
                summary.unreadable += 1;
                return Ok(());
            }
        };
        let sources = files.into_iter().take(MAILS).map(Source::File).collect();
        let mut failed = None;
        let note = |source: &Source, result: Result<super::Taken, TakeError>| {
            let Source::File(file) = source else { return };
            match result {
                Ok(taken) => {
                    summary.note(taken.outcome);
                    if let Err(e) = settle(file, &cur) {
                        // It is known by its key, so the next look finds it taken in and moves it then.
                        tracing::warn!(error = %e, "a mail that was taken in cannot be moved to cur");
                    }
                }
                Err(error) if error.is_passing() => failed = Some(error),
                // Gone: another process has moved it.
                Err(TakeError::Unreadable(e)) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    summary.unreadable += 1;
                    tracing::warn!(inbox = name, %error, "a file of this Maildir was left where it is");
                }
            }
        };
        self.take_in(name, sources, note).await;
        failed.map_or(Ok(()), Err)
    }
}

impl PollSummary {
    /// Mails that were dealt with.
    pub fn settled(&self) -> u64 {
        (self.taken + self.held + self.ignored) as u64
    }

    pub(in crate::mail) fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Opened | Outcome::Appended => self.taken += 1,
            Outcome::Held => self.held += 1,
            Outcome::Received | Outcome::Ignored | Outcome::Duplicate => self.ignored += 1,
        }
    }
}

/// The files of a folder in the order of their names, which begin with the time of delivery.
fn waiting(new: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(new)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A link or a device is no mail: following it could read anything.
        if !hidden && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The files of `cur` without the flag S: delivered or moved there, and seen by nobody.
fn unseen(cur: &Path) -> std::io::Result<Vec<PathBuf>> {
    match waiting(cur) {
        Ok(mut files) => {
            files.retain(|file| !flags(file).is_some_and(|flags| flags.contains('S')));
            Ok(files)
        }
        // Made with the first mail that is settled.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// The letters after `:2,` in the name of a file; `None` without that part.
fn flags(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.rsplit_once(":2,").map(|(_, flags)| flags)
}

/// Moves a settled mail to `cur`, marked as seen.
fn settle(file: &Path, cur: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(cur)?;
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    match flags(file) {
        None => name.push(":2,S"),
        Some(flags) if flags.contains('S') => {}
        Some(flags) => {
            // The letters stand in the order of the alphabet.
            let mut letters: Vec<char> = flags.chars().chain(['S']).collect();
            letters.sort_unstable();
            let text = name.to_string_lossy().into_owned();
            let base = text.rsplit_once(":2,").map_or(text.as_str(), |(base, _)| base);
            name = format!("{base}:2,{}", letters.into_iter().collect::<String>()).into();
        }
    }
    std::fs::rename(file, cur.join(name))
}
