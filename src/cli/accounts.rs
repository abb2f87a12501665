//! `madoguchi accounts import|match|duplicates`.

use std::io::BufRead;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::account::{self, AccountIndex, AccountKeys, Claim, ClaimKeys, ImportOptions};
use crate::desk::ticket::link;
use crate::platform::db::{DbError, Tx};

/// Arguments of `madoguchi accounts`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Brings the mirror up to date from a CSV file of the online system.
    Import {
        /// UTF-8 (with or without BOM) or CP932, Japanese or English header.
        file: PathBuf,
        /// Only count.
        #[arg(long)]
        dry_run: bool,
        /// Take the good rows although some are refused.
        #[arg(long)]
        skip_refused: bool,
    },
    /// Grades claims from standard input, a JSON object a line, against the mirror.
    Match,
    /// Pairs of registrations that are one person's.
    Duplicates,
}

/// A claim with the caller's own id, whatever that is.
#[derive(serde::Deserialize)]
struct ClaimLine {
    #[serde(default)]
    id: Value,
    #[serde(flatten)]
    claim: Claim,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, rows are refused, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    match args.act {
        Act::Import { file, dry_run, skip_refused } => {
            let bytes = std::fs::read(&file).map_err(|e| Failure::new(format!("{}: {e}", file.display())))?;
            let source = file.file_name().map_or_else(|| "accounts.csv".into(), |n| n.to_string_lossy().into_owned());
            let options = ImportOptions { dry_run, skip_refused };
            let now = app.ctx.now();
            let report = account::import_csv(&app.db, &bytes, &source, options, now).await?;
            if !report.written.is_empty() {
                app.db.write(async move |tx: &mut Tx| link::match_again(tx).await).await?;
            }
            line(&report)?;
            if report.accepted {
                Ok(())
            } else {
                Err(Failure::new(format!("{} row(s) refused, nothing was applied", report.refused)))
            }
        }
        Act::Match => {
            let (index, ids) = mirror(&mut app.db.read().await?).await?;
            let today = app.ctx.clock.today();
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            for (n, text) in std::io::stdin().lock().lines().enumerate() {
                let text = text?;
                if text.trim().is_empty() {
                    continue;
                }
                let read: ClaimLine =
                    serde_json::from_str(&text).map_err(|e| Failure::new(format!("line {}: {e}", n + 1)))?;
                let outcome = index.match_claim(&ClaimKeys::read(&read.claim, today));
                let name = |at: &u32| usize::try_from(*at).ok().and_then(|at| ids.get(at));
                let candidates: Vec<Value> = outcome
                    .candidates
                    .iter()
                    .map(|c| json!({ "account": name(&c.id), "points": c.points, "reasons": c.reasons }))
                    .collect();
                let account = outcome.linked.as_ref().and_then(name);
                let result =
                    json!({ "id": read.id, "grade": outcome.grade, "account": account, "candidates": candidates });
                use std::io::Write;
                writeln!(out, "{result}")?;
            }
            Ok(())
        }
        Act::Duplicates => {
            let (index, ids) = mirror(&mut app.db.read().await?).await?;
            for pair in account::find_duplicates(&index) {
                line(
                    &json!({ "a": ids.get(pair.a as usize), "b": ids.get(pair.b as usize), "reasons": pair.reasons }),
                )?;
            }
            Ok(())
        }
    }
}

/// The whole mirror in memory, and the ids of the online system by place.
async fn mirror(tx: &mut Tx) -> Result<(AccountIndex, Vec<String>), DbError> {
    let accounts = account::store::list_all(tx).await?;
    let ids = accounts.iter().map(|a| a.record.account_id.clone()).collect();
    Ok((AccountIndex::new(accounts.iter().map(|a| AccountKeys::of(&a.record))), ids))
}
