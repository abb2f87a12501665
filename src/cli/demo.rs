//! `madoguchi demo`.

use super::{Failure, line};
use crate::app::{App, Schema};
use crate::config::Settings;
use crate::desk::Context;
use crate::desk::flows::demo::{self, DemoError, Letterbox, Size};
use crate::desk::flows::provisional;
use crate::jobs::past;
use crate::mail::inbox::Inbox;
use crate::platform::db::{DbError, Tx};

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

/// The inbox takes the invented mails in.
struct ByInbox<'a>(&'a App);

impl Letterbox for ByInbox<'_> {
    async fn take(&self, ctx: &Context, mail: Vec<u8>) -> Result<Option<String>, DemoError> {
        let inbox = Inbox::new(self.0.db.clone(), self.0.blobs.clone(), ctx.clone());
        let taken = inbox.take_one("demo", mail).await.map_err(|error| DemoError::Mail(error.to_string()))?;
        Ok(taken.ticket)
    }
}

/// Fills a desk that has neither tickets nor accounts.
///
/// # Errors
/// When it has, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = App::open(settings, Schema::Expect).await?;
    let size = Size { tickets: args.tickets, accounts: args.accounts, seed: args.seed };
    // The kinds are registered first: each ticket keeps the version of its form.
    app.kinds().await?;
    let made = demo::fill_by(&app.db, &app.ctx, size, &ByInbox(&app)).await?;
    let now = app.ctx.now();
    app.db.write::<_, DbError, _>(async move |tx: &mut Tx| past::write(tx, now).await).await?;
    app.match_all().await?;
    let ctx = app.ctx.clone();
    app.db.write::<_, DbError, _>(async move |tx: &mut Tx| provisional::follow_mirror(tx, &ctx, None).await).await?;
    let images = demo::add_images(&app.db, &app.blobs, &app.ctx, args.seed).await?;
    eprintln!("{images} invented images wait for review");
    line(&made)
}
