//! `madoguchi mail parse` and `madoguchi mail ingest`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use super::{Failure, line};
use crate::app::{App, Schema};
use crate::config::Settings;
use crate::mail::inbox::{Cause, Inbox, Outcome, TakeError, Taken};
use crate::mail::ingest::Source;
use crate::mail::parse;

/// Arguments of `madoguchi mail`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prints what intake understands of the mail on standard input.
    Parse,
    /// Takes mails in: files, directories (sorted, with what lies below them), or - for standard input.
    Ingest {
        /// FILE, DIR or -; standard input when none is given.
        paths: Vec<PathBuf>,
    },
}

/// What `mail ingest` prints of a mail.
#[derive(Serialize)]
struct Line<'a> {
    file: std::borrow::Cow<'a, str>,
    outcome: Outcome,
    ticket: Option<String>,
    cause: Option<Cause>,
}

/// Reads the mail on standard input and prints one line.
///
/// # Errors
/// When it cannot be read.
pub fn parse() -> Result<(), Failure> {
    let limit = parse::Limits::default().mail_bytes as u64;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    let mail = parse::parse(&bytes).map_err(|e| Failure::new(e.to_string()))?;
    line(&parse::to_json(&mail))
}

/// Takes mails in and prints a line for each.
///
/// # Errors
/// With 75 when a mail cannot be stored now (it lies where it was), with 1 when a path cannot be read.
pub async fn ingest(paths: Vec<PathBuf>, settings: Settings) -> Result<(), Failure> {
    // A mail server that pipes mail in keeps it and tries again, whatever keeps the desk from opening.
    let app = App::open(settings, Schema::Expect).await.map_err(|e| Failure::try_again(e.to_string()))?;
    let inbox = Inbox::new(app.db.clone(), app.blobs.clone(), app.ctx.clone());
    let (sources, mut unreadable) = sources(paths);
    let (mut not_now, mut unprinted) = (0_usize, None);
    let note = |source: &Source, result: Result<Taken, TakeError>| match result {
        Ok(taken) => {
            let Taken { outcome, ticket, cause } = taken;
            if let Err(failure) = line(&Line { file: name(source), outcome, ticket, cause }) {
                unprinted = Some(failure);
            }
        }
        Err(error) => {
            eprintln!("madoguchi: {}: {error}", name(source));
            if error.is_passing() { not_now += 1 } else { unreadable += 1 }
        }
    };
    inbox.take_in("ingest", sources, note).await;
    app.wake.notify_waiters();
    app.db.close().await;
    match (not_now, unreadable, unprinted) {
        (0, 0, None) => Ok(()),
        (0, 0, Some(failure)) => Err(failure),
        (0, n, _) => Err(Failure::new(format!("{n} of the paths could not be read"))),
        (n, ..) => Err(Failure::try_again(format!("{n} mails could not be stored now; nothing is lost, try again"))),
    }
}

fn name(source: &Source) -> std::borrow::Cow<'_, str> {
    match source {
        Source::File(path) => path.to_string_lossy(),
        Source::Stdin | Source::Bytes(_) => "-".into(),
    }
}

/// The mails behind the paths, and how many paths cannot be read. Each of those is told on standard error.
fn sources(paths: Vec<PathBuf>) -> (Vec<Source>, usize) {
    if paths.is_empty() {
        return (vec![Source::Stdin], 0);
    }
    let (mut sources, mut unreadable) = (Vec::new(), 0);
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source::Stdin);
        } else if path.is_dir() {
            if let Err(error) = below(&path, &mut sources) {
                eprintln!("madoguchi: {}: {error}", path.display());
                unreadable += 1;
            }
        } else {
            sources.push(Source::File(path));
        }
    }
    (sources, unreadable)
}

/// The files below a directory in the order of their names. Hidden ones are left out; linked directories are not
/// followed, so there is no way round in a circle.
fn below(folder: &Path, sources: &mut Vec<Source>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            below(&entry.path(), sources)?;
        } else {
            sources.push(Source::File(entry.path()));
        }
    }
    Ok(())
}
