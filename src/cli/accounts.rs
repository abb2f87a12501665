//! `madoguchi accounts import|match|duplicates`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, line, open};
use crate::app::App;
use crate::config::Settings;
use crate::desk::account::{self, ImportOptions, ImportReport, pairs, twins};
use crate::desk::flows::mirrored;

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

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, rows are refused, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    match args.act {
        Act::Import { file, dry_run, skip_refused } => {
            let after = Some(mirrored::after_import(&app.ctx));
            import(&app, &file, ImportOptions { dry_run, skip_refused, after }).await
        }
        Act::Match => {
            let mut tx = app.db.read().await?;
            let survivors = twins::store::survivors(&mut tx).await?;
            let accounts = account::store::all_keys(&mut tx).await?;
            drop(tx);
            let report = account::match_lines(
                accounts,
                &survivors,
                std::io::stdin().lock(),
                std::io::BufWriter::new(std::io::stdout().lock()),
                app.ctx.clock.today(),
            )?;
            match report.first_wrong {
                None => Ok(()),
                Some((line, reason)) => Err(Failure::new(format!(
                    "{} of {} line(s) are no claim, the first is line {line}: {reason}",
                    report.wrong, report.lines
                ))),
            }
        }
        Act::Duplicates => {
            for pair in pairs::look_open(&mut app.db.read().await?).await? {
                line(&json!({ "a": pair.a.account_id, "b": pair.b.account_id, "reasons": pair.reasons }))?;
            }
            Ok(())
        }
    }
}

async fn import(app: &App, file: &Path, options: ImportOptions) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::new(format!("{}: {error}", file.display()));
    let source = file.file_name().map_or_else(|| "accounts.csv".into(), |n| n.to_string_lossy().into_owned());
    let report = match account::read_bytes(std::fs::File::open(file).map_err(unreadable)?).map_err(unreadable)? {
        Ok(bytes) => account::import_csv(&app.db, &bytes, &source, options, app.ctx.now()).await?,
        Err(refusal) => ImportReport { refused: 1, errors: vec![refusal], ..ImportReport::default() },
    };
    line(&report)?;
    if report.accepted {
        Ok(())
    } else {
        Err(Failure::new(format!("{} row(s) refused, nothing was applied", report.refused)))
    }
}
