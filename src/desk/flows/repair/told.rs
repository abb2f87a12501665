//! What a repair means for the inquiries about it: their cases go where it has brought them.

use chrono::{DateTime, Utc};

use super::Repair;
use crate::desk::account::AccountId;
use crate::desk::flows::cases;
use crate::desk::staff::StaffId;
use crate::desk::ticket::{Actor, link};
use crate::platform::db::{DbError, Tx};

/// The repair was done: what is left is to tell the person.
pub(super) async fn applied(tx: &mut Tx, repair: &Repair, by: StaffId, now: DateTime<Utc>) -> Result<(), DbError> {
    let from = ["reported", "suspected", "confirmed", "chosen"];
    move_cases(tx, &[repair.survivor_id], &from, ("fixed", &note_of(repair)), by, now).await
}

/// The repair is taken back: the twins stand there as before. Call it before the tickets return.
pub(super) async fn undone(tx: &mut Tx, repair: &Repair, by: StaffId, now: DateTime<Utc>) -> Result<(), DbError> {
    move_cases(tx, &[repair.survivor_id], &["fixed"], ("confirmed", &note_of(repair)), by, now).await
}

/// They are two people.
pub(super) async fn distinct(
    tx: &mut Tx,
    pair: (AccountId, AccountId),
    by: StaffId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    move_cases(tx, &[pair.0, pair.1], &["suspected", "confirmed"], ("reported", why), by, now).await
}

fn note_of(repair: &Repair) -> String {
    format!("{} → {}", repair.retired, repair.survivor)
}

async fn move_cases(
    tx: &mut Tx,
    accounts: &[AccountId],
    from: &[&str],
    (to, note): (&'static str, &str),
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for account in accounts {
        for ticket in link::unfinished_of(tx, *account).await? {
            let Some(case) = cases::of(tx, &ticket).await? else { continue };
            if case.flow.word == "duplicate" && from.contains(&case.state.word) {
                cases::settle(tx, &ticket, Actor::Staff(by), to, note, now).await?;
            }
        }
    }
    Ok(())
}
