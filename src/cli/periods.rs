//! `madoguchi periods import|at`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::flows::season;
use crate::desk::period;
use crate::platform::db::{DbError, Tx};

/// Arguments of `madoguchi periods`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Writes the recruitment periods of a CSV file down; the same fiscal year, round and kind is replaced.
    Import {
        /// The file: fiscal_year 年度, round 回, name 名称, kind 種別, opens_at 開始, closes_at 終了
        file: PathBuf,
        /// Keep them to the staff: nothing is announced and nothing closes by them.
        #[arg(long)]
        draft: bool,
    },
    /// What is open at an instant, the next edge, and whether all application windows are over.
    At {
        /// RFC 3339, or "YYYY-MM-DD HH:MM" in Japan Standard Time
        #[arg(value_parser = instant, num_args = 1)]
        time: DateTime<Utc>,
    },
}

/// An instant as a person types it on the command line.
pub(super) fn instant(typed: &str) -> Result<DateTime<Utc>, String> {
    period::parse_instant(typed)
        .ok_or_else(|| "write 2024-11-15T12:00:00+09:00, or \"2024-11-15 12:00\" in Japan Standard Time".to_owned())
}

/// Runs the command.
///
/// # Errors
/// When the file is refused, every wrong line with its reason, or the database cannot be used.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    match args.act {
        Act::Import { file, draft } => import(file, draft, settings).await,
        Act::At { time } => {
            let app = open(settings).await?;
            let season = period::season(&mut app.db.read().await?).await?;
            line(&season.at(time))
        }
    }
}

async fn import(file: PathBuf, draft: bool, settings: Settings) -> Result<(), Failure> {
    let bytes = std::fs::read(&file).map_err(|e| Failure::new(format!("{} cannot be read: {e}", file.display())))?;
    let periods = period::import::parse(&bytes).map_err(|e| Failure::new(format!("{}: {e}", file.display())))?;
    let app = open(settings).await?;
    let now = app.ctx.now();
    let counts = app
        .db
        .write(async move |tx: &mut Tx| {
            // A file is a record, also of years that are over: it is taken as it is, and the editor's hints are for people.
            let counts = period::import(tx, &periods, !draft, now).await?;
            season::replan(tx, None, now).await?;
            Ok(counts)
        })
        .await
        .map_err(|error: DbError| Failure::from(error))?;
    app.db.close().await;
    line(&json!({ "new": counts.new, "changed": counts.changed, "same": counts.same, "published": !draft }))
}
