//! `madoguchi rehearse`.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::periods::instant;
use super::{Failure, line, open};
use crate::app::App;
use crate::config::Settings;
use crate::desk::Context;
use crate::jobs::rehearsal::{self, RehearsalError, Report, Span};
use crate::mail::out::Mailer;
use crate::platform::clock::Clock;

/// Arguments of `madoguchi rehearse`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// RFC 3339, or "YYYY-MM-DD HH:MM" in Japan Standard Time
    #[arg(long, value_parser = instant)]
    from: DateTime<Utc>,
    /// The first instant no longer played
    #[arg(long, value_parser = instant)]
    until: DateTime<Utc>,
    /// Seconds of the span in a second; without it as fast as the machine can
    #[arg(long, value_parser = speed)]
    speed: Option<f64>,
}

fn speed(typed: &str) -> Result<f64, String> {
    let speed = typed.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| "write a number above 0: 3600 plays an hour in a second".to_owned())
}

impl From<RehearsalError> for Failure {
    fn from(error: RehearsalError) -> Self {
        Self::new(error.to_string())
    }
}

/// Plays the span on a copy in a temporary folder: the desk itself is only read, and no mail leaves. A run a line, the
/// counts at the end.
///
/// # Errors
/// When the span is none, or the copy cannot be made.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    if args.until <= args.from {
        return Err(Failure { exit: 2, sentence: "--until must be later than --from".into() });
    }
    let app = open(settings).await?;
    let folder = tempfile::tempdir()?;
    // The copy holds what the desk holds: it goes when the command ends, also when somebody stops it.
    let report = tokio::select! {
        report = play(&app, folder.path(), &args) => report?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::new("stopped; the copy was thrown away")),
    };
    app.db.close().await;
    line(&report)
}

async fn play(app: &App, folder: &std::path::Path, args: &Args) -> Result<Report, Failure> {
    let copy = app.db.copy_to_scratch(&folder.join("copy.db")).await?;
    let mut settings = (*app.ctx.settings).clone();
    settings.mail.outbound_url = format!("dir:{}", folder.join("mail").display());
    let ctx = Context { clock: Clock::manual(args.from), settings: Arc::new(settings), ..app.ctx.clone() };
    let mailer = Mailer::new(&ctx.settings).map_err(crate::app::AppError::from)?;
    let span = Span { speed: args.speed, ..Span::still(args.from, args.until) };
    let mut unsaid = None;
    let report = rehearsal::play(&copy, &ctx, &mailer, &span, |played| {
        if unsaid.is_none() {
            unsaid = line(&played).err();
        }
    })
    .await?;
    copy.close().await;
    unsaid.map_or(Ok(report), Err)
}
