//! Data linkage (データ連携): a grid of 19 specialties by fiscal year of entry. When a cell becomes linked, everybody whose
//! ticket waits for it is told, once (FAQ F44 promises it). Rooms: inquiry, ticket, cases.

mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::cases;
use crate::desk::inquiry::{FIRST_FISCAL_YEAR, fiscal_year, lists};
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::by_job;
use crate::desk::ticket::{Actor, Ticket, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};
use crate::word_enum;

pub use store::{Cell, list};

word_enum! {
    /// Where the linkage of a cell stands.
    LinkageState {
        /// 未着手: the trainee enters records, or linkage has not begun.
        None = "none",
        /// 予定
        Planned = "planned",
        /// 連携中
        Linking = "linking",
        /// 連携済
        Linked = "linked",
    }
}

impl LinkageState {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::None => lang.t("なし", "none"),
            Self::Planned => lang.t("予定", "planned"),
            Self::Linking => lang.t("連携中", "linking"),
            Self::Linked => lang.t("連携済", "linked"),
        }
    }
}

/// The years of the grid: from the first of the training system to the present one.
pub fn years(today: NaiveDate) -> Vec<i64> {
    (FIRST_FISCAL_YEAR..=fiscal_year(today)).map(i64::from).collect()
}

/// Sets a cell. Whoever waits for one that became linked is told by the job, not here.
///
/// # Errors
/// When there is no such cell, or the database refuses.
pub async fn set(
    tx: &mut Tx,
    by: StaffId,
    specialty: &str,
    year: i64,
    state: LinkageState,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let is_known = lists::specialties().iter().any(|named| named.value() == specialty);
    if !is_known || year < i64::from(FIRST_FISCAL_YEAR) {
        return Err(ActError::NotFound);
    }
    store::upsert(tx, specialty, year, state, by, now).await?;
    Ok(())
}

/// The cell a ticket is about: a record ticket with specialty and year that asked about linkage, or was put to wait.
fn cell_of(ticket: &Ticket) -> Option<(String, i64)> {
    let field = |name: &str| ticket.fields.0.get(name).filter(|value| !value.is_empty());
    Some((field("specialty")?.clone(), field("entry_fiscal_year")?.parse().ok()?))
}

/// Tickets whose cell is linked and whose requester waits for it and has not been told, oldest first, each with its cell. Who
/// wrote after it was linked waits only when staff put the ticket to wait: their case does not begin so.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx) -> Result<Vec<(Ticket, String, i64)>, DbError> {
    let linked: Vec<_> = list(tx).await?.into_iter().filter(|cell| cell.state == LinkageState::Linked).collect();
    let mut waiting = Vec::new();
    if linked.is_empty() {
        return Ok(waiting);
    }
    for ticket in store::untold(tx).await? {
        let Some((specialty, year)) = cell_of(&ticket) else { continue };
        let is_linked = linked.iter().any(|cell| cell.specialty == specialty && cell.entry_fiscal_year == year);
        if is_linked && cases::of(tx, &ticket).await?.is_some_and(|case| case.state.word == "waiting_for_linkage") {
            waiting.push((ticket, specialty, year));
        }
    }
    Ok(waiting)
}

/// Tells at most `limit` people whose cell is linked; each ticket once, whatever happens to it later. Returns how many
/// tickets were settled.
///
/// # Errors
/// When the database refuses.
pub async fn tell(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, ActError> {
    let now = ctx.now();
    let mut told = 0;
    for (ticket, specialty, year) in due(tx).await?.into_iter().take(usize::try_from(limit).unwrap_or(0)) {
        // The row comes first: the same ticket is never told twice, also when there is no address to write to.
        store::insert_told(tx, ticket.id, now).await?;
        by_job::tell_linked(tx, ctx, &ticket, &specialty, year).await?;
        cases::settle_by_job(tx, &ticket, "settled", now).await?;
        let data = json!({ "specialty": specialty, "entry_fiscal_year": year });
        tickets::insert_event(tx, ticket.id, "linkage_told", Actor::Job, data, now).await?;
        told += 1;
    }
    Ok(told)
}

/// How many would be told now.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut Tx) -> Result<i64, DbError> {
    Ok(i64::try_from(due(tx).await?.len()).unwrap_or(i64::MAX))
}
