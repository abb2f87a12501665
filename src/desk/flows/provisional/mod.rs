//! The register of provisional images (仮の資格確認画像, FAQ F05 F06): who registered with another proof still owes the
//! licence itself. They are told at once that a second step is a duty, reminded after some weeks and before an application
//! window closes, and left in peace once the licence is there.

pub mod list;
pub mod store;

use chrono::{DateTime, Duration, Utc};

use crate::desk::Context;
use crate::desk::account::{Account, AccountId, EmailAddress, store as accounts};
use crate::desk::period::{self, PeriodKind};
use crate::desk::ticket::mails;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;
use list::Owing;

/// A person who was written to within this time is not written to again for the close of a window.
const BREATH: Duration = Duration::days(3);
/// Changed accounts that are looked up one by one; of more, the whole mirror is read.
const FEW: usize = 2_000;

/// Enters a registration whose provisional image was approved, and tells its person at once.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, ctx: &Context, account: &Account, now: DateTime<Utc>) -> Result<(), DbError> {
    store::open(tx, account.id, now).await?;
    tell(tx, ctx, account, now).await
}

async fn tell(tx: &mut Tx, ctx: &Context, account: &Account, now: DateTime<Utc>) -> Result<(), DbError> {
    store::update_told(tx, account.id, now).await?;
    write_to(tx, ctx, account, "told", 0, None).await
}

/// Queues a mail to the address on file; without one there is nobody to write to.
async fn write_to(
    tx: &mut Tx,
    ctx: &Context,
    account: &Account,
    step: &str,
    days: i64,
    closes_at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let Ok(entered) = EmailAddress::parse(&account.record.email) else { return Ok(()) };
    let mail = mails::provisional_image(ctx, &account.record.account_id, step, days, closes_at, &entered.value);
    outbox::enqueue_automatic(tx, &mail, ctx.now(), ctx.settings.limits.mails_per_address_per_day).await?;
    Ok(())
}

/// Brings the register up to date with the mirror: who came with a provisional image is entered, and who has the licence
/// by now is let go. Given the accounts that have changed, only these are looked at for entering, unless they are many.
/// Returns how many were entered.
///
/// # Errors
/// When the database refuses.
pub async fn follow_mirror(tx: &mut Tx, ctx: &Context, changed: Option<&[AccountId]>) -> Result<i64, DbError> {
    store::close_those_with_licence(tx, ctx.now()).await?;
    store::enter_from_mirror(tx, changed.filter(|changed| changed.len() <= FEW)).await
}

/// What is due for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A step of the reminders, in days.
    Step(i64),
    /// The window that closes soon.
    Close(DateTime<Utc>),
    /// They were never told, and it is not long ago.
    Told,
}

/// Brings the register up to date and writes to at most `limit` people for whom something is due: one mail each. Returns how many
/// were settled.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, DbError> {
    follow_mirror(tx, ctx, None).await?;
    let now = ctx.now();
    let due = due(tx, ctx, now, limit).await?;
    for (owing, what) in &due {
        let Some(account) = accounts::find_account(tx, AccountId(owing.account_id)).await? else { continue };
        match what {
            Due::Told => tell(tx, ctx, &account, now).await?,
            Due::Step(days) => {
                store::update_reminded(tx, account.id, *days, now).await?;
                let close = soon(tx, ctx, now).await?;
                let age = (now - owing.since).num_days();
                write_to(tx, ctx, &account, &format!("{}:{days}", owing.since.timestamp()), age, close).await?;
            }
            Due::Close(at) => {
                store::update_edge(tx, account.id, *at, now).await?;
                let age = (now - owing.since).num_days().max(1);
                write_to(tx, ctx, &account, &format!("close:{}", at.timestamp()), age, Some(*at)).await?;
            }
        }
    }
    Ok(i64::try_from(due.len()).unwrap_or(i64::MAX))
}

/// How many would be written to at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn count_due(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(i64::try_from(due(tx, ctx, at, i64::from(i32::MAX)).await?.len()).unwrap_or(i64::MAX))
}

/// For whom something would be due at an instant, as things stand; the register as the last run left it.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>, limit: i64) -> Result<Vec<(Owing, Due)>, DbError> {
    let steps = steps(ctx);
    let close = soon(tx, ctx, at).await?;
    let first = steps.first().copied().unwrap_or(14);
    let rows = list::due(tx, at, &steps, close, limit).await?;
    let judged = rows.into_iter().filter_map(|owing| {
        let age = (at - owing.since).num_days();
        let reached = steps.iter().copied().filter(|days| *days <= age).max().unwrap_or(0);
        let rested = owing.reminded_at.is_none_or(|last| at - last >= BREATH);
        let what = match close {
            _ if reached > owing.reminded_days => Due::Step(reached),
            _ if owing.told_at.is_none() && age < first => Due::Told,
            Some(close) if owing.reminded_edge != Some(close) && rested => Due::Close(close),
            _ => return None,
        };
        Some((owing, what))
    });
    Ok(judged.collect())
}

/// The close of the application window that is open, when it is near.
async fn soon(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbError> {
    let ahead = Duration::days(i64::from(ctx.settings.images.remind_before_close_days));
    let season = period::season(tx).await?;
    let close = season.open_window(PeriodKind::Apply, at).map(|window| window.closes_at);
    Ok(close.filter(|close| *close - at <= ahead))
}

fn steps(ctx: &Context) -> Vec<i64> {
    let mut steps: Vec<i64> = ctx.settings.images.remind_provisional_days.iter().map(|days| i64::from(*days)).collect();
    steps.sort_unstable();
    steps
}

/// A line of the register, for staff.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The row.
    pub owing: Owing,
    /// Whole days since.
    pub age: i64,
    /// All mails have been of no use, or a window closes soon: somebody should call.
    pub is_urgent: bool,
}

/// The register, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn register(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<Vec<Entry>, DbError> {
    let now = ctx.now();
    let last = steps(ctx).last().copied().unwrap_or(60);
    let closes_soon = soon(tx, ctx, now).await?.is_some();
    let rows = list::open(tx, limit).await?;
    let entries = rows.into_iter().map(|owing| {
        let age = (now - owing.since).num_days();
        Entry { is_urgent: age >= last || closes_soon, age, owing }
    });
    Ok(entries.collect())
}
