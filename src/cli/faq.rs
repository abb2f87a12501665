//! `madoguchi faq import|export|check|search|evaluate`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::Lang;
use crate::desk::faq::{FaqError, Library, evaluate, store};
use crate::platform::db::{DbError, Tx};

/// Arguments of `madoguchi faq`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Takes in a folder laid out like faq/ (ja/*.md, en/*.md).
    Import {
        /// The folder.
        dir: PathBuf,
    },
    /// Writes all entries into such a folder.
    Export {
        /// The folder; made when it is missing.
        dir: PathBuf,
    },
    /// Names every fault of such a folder.
    Check {
        /// The folder.
        dir: PathBuf,
    },
    /// Searches as the public page does.
    Search {
        /// What a person typed.
        query: String,
        /// How many hits at most.
        #[arg(long, default_value_t = 10)]
        limit: usize,
        /// Search the English entries.
        #[arg(long)]
        en: bool,
    },
    /// Measures the search against labelled queries, in a throw-away index.
    Evaluate {
        /// JSON Lines of `{"id","question","answer","keywords"}`.
        #[arg(long)]
        entries: PathBuf,
        /// JSON Lines of `{"query","relevant":[ids]}`.
        #[arg(long)]
        queries: PathBuf,
    },
}

impl From<FaqError> for Failure {
    fn from(error: FaqError) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or breaks the format, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    match args.act {
        Act::Check { dir } => check(&dir),
        Act::Evaluate { entries, queries } => {
            let synonyms = Library::embedded()?.synonyms().clone();
            line(&evaluate(read(&entries)?, read(&queries)?, synonyms)?)
        }
        Act::Search { query, limit, en } => {
            let app = open(settings).await?;
            let lang = if en { Lang::En } else { Lang::Ja };
            for hit in app.library().await?.search_on(app.ctx.clock.today(), lang, &query, limit) {
                line(&hit)?;
            }
            Ok(())
        }
        Act::Import { dir } => {
            let app = open(settings).await?;
            let library = Library::from_dir(&dir)?;
            let entries: Vec<_> = [Lang::Ja, Lang::En].into_iter().flat_map(|l| library.entries(l).cloned()).collect();
            let (n, now) = (entries.len(), app.ctx.now());
            let changed: Result<u64, DbError> =
                app.db.write(async move |tx: &mut Tx| store::upsert(tx, &entries, now).await).await;
            line(&json!({ "entries": n, "changed": changed? }))
        }
        Act::Export { dir } => {
            let app = open(settings).await?;
            let entries = store::list(&mut app.db.read().await?).await?;
            for (lang, id, source) in &entries {
                std::fs::create_dir_all(dir.join(lang))?;
                std::fs::write(dir.join(lang).join(format!("{id}.md")), source)?;
            }
            line(&json!({ "entries": entries.len() }))
        }
    }
}

fn check(dir: &Path) -> Result<(), Failure> {
    let faults = Library::check(dir)?;
    for fault in &faults {
        line(&json!({ "fault": fault.to_string() }))?;
    }
    if faults.is_empty() {
        line(&json!({ "ok": true }))
    } else {
        Err(Failure::new(format!("{} fault(s)", faults.len())))
    }
}

fn read(path: &Path) -> Result<BufReader<File>, Failure> {
    Ok(BufReader::new(File::open(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?))
}
