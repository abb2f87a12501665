//! `madoguchi demo`: a desk with invented people and tickets in every state, so that every page has something to show.
//! The same seed at the same instant makes the same desk. Nothing is mailed: what the invented staff wrote counts as
//! sent. All people, numbers and addresses (example.jp, RFC 2606) are invented.

mod images;
mod people;
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
    Act(#[from] ActError),
    /// An image.
    #[error(transparent)]
    Image(#[from] crate::desk::licence::intake::IntakeError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Fills the desk.
///
/// # Errors
/// When there are tickets or accounts, or the database refuses.
pub async fn fill(db: &Db, ctx: &Context, size: Size) -> Result<Made, DemoError> {
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
    let rows = accounts.iter().cloned().map(account::ImportRow::whole).collect();
    account::import_records(db, rows, "demo", false, now).await?;
    tickets::write(db, &ctx, &staff, &accounts, size.tickets, now).await?;
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
