//! `madoguchi demo`: a desk with invented people and tickets in every state, so that every page has something to show.
//! The same seed at the same instant makes the same desk. Nothing is mailed: what the invented staff wrote counts as
//! sent. All people, numbers and addresses (example.jp, RFC 2606) are invented.

mod aside;
mod images;
mod letters;
mod people;
mod replies;
mod store;
mod texts;
mod tickets;

use chrono::{DateTime, Days, Duration, NaiveTime, TimeZone, Utc};

use crate::desk::Context;
use crate::desk::account;
use crate::desk::period::{self, NewPeriod, PeriodKind};
use crate::desk::staff::people::{self as staff_people, NewPerson};
use crate::desk::staff::{Role, StaffError, StaffId};
use crate::desk::ticket::actions::ActError;
use crate::platform::clock::{Clock, fiscal_year, jst};
use crate::platform::crypto::Random;
use crate::platform::db::{Db, DbError, Tx};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Tickets, spread over the last thirty days.
    pub tickets: u32,
    /// Registrations in the mirror.
    pub accounts: u32,
    /// The same seed, the same desk.
    pub seed: u64,
}

pub use images::add as add_images;

/// What was made.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[expect(missing_docs, reason = "counts of what the name says")]
pub struct Made {
    pub tickets: u32,
    pub accounts: u32,
    pub staff: u32,
    pub periods: u32,
}

/// The demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is work of people here.
    #[error("this desk already has tickets or accounts; the demo needs a desk without (use another database.url)")]
    NotEmpty,
    /// A person of the desk.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// A ticket.
    #[error(transparent)]
    Act(ActError),
    /// An image.
    #[error(transparent)]
    Image(#[from] crate::desk::licence::intake::IntakeError),
    /// An act beside the tickets.
    #[error("{what} of the demo was refused: {why}")]
    Refused {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A mail was not taken in.
    #[error("a mail of the demo could not be taken in: {0}")]
    Mail(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes the invented mails in: the inbox of the desk, which this room knows nothing of.
pub trait Letterbox {
    /// Takes a raw mail in as of the clock of `ctx`; the 受付番号 of its ticket, if it has one.
    fn take(&self, ctx: &Context, mail: Vec<u8>) -> impl Future<Output = Result<Option<String>, DemoError>> + Send;
}

/// Without an inbox what would come by mail comes by the form.
struct NoLetterbox;

impl Letterbox for NoLetterbox {
    async fn take(&self, _ctx: &Context, _mail: Vec<u8>) -> Result<Option<String>, DemoError> {
        Ok(None)
    }
}

/// Fills the desk, without mails.
///
/// # Errors
/// When there are tickets or accounts, or the database refuses.
pub async fn fill(db: &Db, ctx: &Context, size: Size) -> Result<Made, DemoError> {
    fill_by(db, ctx, size, &NoLetterbox).await
}

/// Fills the desk.
///
/// # Errors
/// When there are tickets or accounts, or the database refuses.
pub async fn fill_by(db: &Db, ctx: &Context, size: Size, letters: &impl Letterbox) -> Result<Made, DemoError> {
    if !store::is_empty(&mut db.read().await?).await? {
        return Err(DemoError::NotEmpty);
    }
    let now = ctx.now();
    // Its own randomness and its own clock, which walks through the last month; keys and settings are the desk's.
    let ctx =
        Context { random: Random::seeded(size.seed), clock: Clock::manual(now - Duration::days(30)), ..ctx.clone() };
    let periods = season(db, now).await?;
    let staff = members(db, now).await?;
    let accounts = people::registrations(size.accounts, size.seed, now.with_timezone(&jst()).date_naive());
    let today = now.with_timezone(&jst()).date_naive();
    account::import_records(db, people::rows(&accounts, now, today), "demo", false, now).await?;
    let walk = tickets::Walk { db, ctx: &ctx, staff: &staff, accounts: &accounts, letters, now };
    walk.write(size.tickets).await?;
    tickets::answer_by_mail(db, &ctx, letters, now).await?;
    ctx.clock.set(now - Duration::hours(3));
    let mail = &ctx.settings.mail.address;
    for held in letters::held(mail, ctx.now(), ctx.settings.limits.mail_bytes) {
        letters.take(&ctx, held).await?;
    }
    ctx.clock.set(now);
    let people = staff.clone();
    let beside = async move |tx: &mut Tx| {
        aside::duplicates(tx, &ctx, &people).await?;
        aside::disclosure(tx, &ctx, &people).await?;
        aside::linkage(tx, &ctx, &people).await?;
        aside::memos(tx, &ctx, &people).await?;
        store::count_as_sent(tx).await?;
        store::leave_some_unsent(tx, now).await?;
        Ok::<(), DemoError>(())
    };
    db.write(beside).await?;
    Ok(Made { tickets: size.tickets, accounts: size.accounts, staff: staff.len() as u32, periods })
}

/// Three rounds around now: the first is over, the second closes at noon in three days, the last is to come.
async fn season(db: &Db, now: DateTime<Utc>) -> Result<u32, DbError> {
    let noon = |days: i64| -> DateTime<Utc> {
        let day = now.with_timezone(&jst()).date_naive();
        let day = if days < 0 { day - Days::new(days.unsigned_abs()) } else { day + Days::new(days.unsigned_abs()) };
        let local = day.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
        jst().from_local_datetime(&local).single().map_or(now, |t| t.with_timezone(&Utc))
    };
    let year = fiscal_year(now.with_timezone(&jst()).date_naive()) + 1;
    let rounds = [
        ("1", "1次募集", [-38, -24, -23, -12, -9]),
        ("2", "2次募集", [-7, 3, 4, 11, 14]),
        ("final", "最終調整", [27, 41, 42, 50, 53]),
    ];
    let mut periods = Vec::new();
    for (round, name, [opens, closes, decide, decided, result]) in rounds {
        let mut add = |kind, opens, closes| {
            periods.push(NewPeriod {
                fiscal_year: year,
                round: round.into(),
                name: name.into(),
                kind,
                opens_at: noon(opens),
                closes_at: noon(closes),
            });
        };
        add(PeriodKind::Apply, opens, closes);
        add(PeriodKind::Decide, decide, decided);
        add(PeriodKind::Result, result, result);
    }
    let made = periods.len() as u32;
    let write = async move |tx: &mut Tx| {
        for new in &periods {
            // What somebody imported stays.
            if period::store::find(tx, new.fiscal_year, &new.round, new.kind).await?.is_none() {
                period::store::upsert(tx, new, true, now).await?;
            }
        }
        Ok::<(), DbError>(())
    };
    db.write(write).await?;
    Ok(made)
}

/// Four people of the desk, none of whom can sign in before somebody makes them a link.
async fn members(db: &Db, now: DateTime<Utc>) -> Result<Vec<StaffId>, DemoError> {
    const PEOPLE: [(&str, &str, Role); 4] = [
        ("佐藤 由美", "sato@desk.example.jp", Role::Agent),
        ("鈴木 誠", "suzuki@desk.example.jp", Role::Agent),
        ("高橋 恵", "takahashi@desk.example.jp", Role::Lead),
        ("伊藤 健", "ito@desk.example.jp", Role::Viewer),
    ];
    let write = async move |tx: &mut Tx| {
        let mut ids = Vec::new();
        for (name, email, role) in PEOPLE {
            match staff_people::find_by_email(tx, email).await? {
                Some(person) => ids.push(person.id),
                None => ids.push(
                    staff_people::add(tx, None, &NewPerson { name: name.into(), email: email.into(), role }, now)
                        .await?,
                ),
            }
        }
        Ok::<_, StaffError>(ids)
    };
    Ok(db.write(write).await?)
}
