//! `madoguchi demo`.

use super::{Failure, line};
use crate::app::{App, Schema};
use crate::config::Settings;
use crate::desk::flows::demo::{self, DemoError, Size};

/// Arguments of `madoguchi demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many tickets.
    #[arg(long, default_value_t = 200)]
    tickets: u32,
    /// How many registrations in the account mirror.
    #[arg(long, default_value_t = 500)]
    accounts: u32,
    /// The same seed at the same instant makes the same desk.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::new(error.to_string())
    }
}

/// Fills a desk that has neither tickets nor accounts.
///
/// # Errors
/// When it has, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = App::open(settings, Schema::Expect).await?;
    let size = Size { tickets: args.tickets, accounts: args.accounts, seed: args.seed };
    let made = demo::fill(&app.db, &app.ctx, size).await?;
    app.match_all().await?;
    let images = demo::add_images(&app.db, &app.blobs, &app.ctx, args.seed).await?;
    eprintln!("{images} invented images wait for review");
    line(&made)
}
