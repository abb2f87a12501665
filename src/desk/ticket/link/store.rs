//! Links and candidates in SQL.

use chrono::{DateTime, Utc};

use crate::desk::account::AccountId;
use crate::desk::reply::disclosure::Address;
use crate::desk::staff::StaffId;
use crate::desk::ticket::{Grade, Ticket, TicketId};
use crate::platform::db::{Builder, DbError, Tx, query};

/// A candidate of a ticket.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct CandidateRow {
    pub account_id: AccountId,
    pub place: i64,
    pub points: i64,
    pub reasons: sqlx::types::Json<serde_json::Value>,
    pub rejected_at: Option<DateTime<Utc>>,
}

/// The registered address of an account, unless it has none.
pub(super) async fn address_of_account(tx: &mut Tx, account: i64) -> Result<Option<Address>, DbError> {
    let sql = "SELECT email, email_key FROM accounts WHERE id = $1 AND email_key <> ''";
    let row: Option<(String, String)> = query(sql).bind(account).fetch_optional(tx).await?;
    Ok(row.map(|(address, key)| Address { address, key }))
}

/// Tickets whose match is still to be made.
pub(super) async fn unmatched(tx: &mut Tx, limit: i64) -> Result<Vec<Ticket>, DbError> {
    query("SELECT * FROM tickets WHERE grade IN ('pending', 'stale') ORDER BY id LIMIT $1")
        .bind(limit)
        .fetch_all(tx)
        .await
}

/// Marks unfinished tickets that staff have not linked as to be matched again.
pub(super) async fn mark_all_stale(tx: &mut Tx) -> Result<u64, DbError> {
    query("UPDATE tickets SET grade = 'stale' WHERE linked_by IS NULL AND status <> 'closed' AND grade <> 'pending'")
        .execute(tx)
        .await
}

/// The same for those that another rule matched.
pub(super) async fn mark_stale_under_other_rule(tx: &mut Tx, rule: &str) -> Result<u64, DbError> {
    query("UPDATE tickets SET grade = 'stale' WHERE linked_by IS NULL AND status <> 'closed' AND grade NOT IN ('pending', 'stale') AND match_rule <> $1")
        .bind(rule)
        .execute(tx)
        .await
}

/// The same for those that these accounts may be about.
pub(super) async fn mark_stale(tx: &mut Tx, changed: &[AccountId]) -> Result<u64, DbError> {
    let mut marked = 0;
    for chunk in changed.chunks(250) {
        let ids = || chunk.iter().copied();
        let update = Builder::new("UPDATE tickets SET grade = 'stale' WHERE linked_by IS NULL AND status <> 'closed' AND grade <> 'pending' AND (account_id")
            .with_list(" IN (", ids(), ")")
            .with_list(" OR id IN (SELECT ticket_id FROM ticket_candidates WHERE account_id IN (", ids(), "))")
            .with_list(" OR registration_number IN (SELECT registration_number FROM accounts WHERE id IN (", ids(), "))")
            .with_list(" OR born_on IN (SELECT born_on FROM accounts WHERE id IN (", ids(), "))")
            .with_list(" OR requester_email_key IN (SELECT email_key FROM accounts WHERE email_key <> '' AND id IN (", ids(), ")))");
        marked += update.build().execute(tx).await?;
    }
    Ok(marked)
}

/// Records what the rule found, unless the match was made meanwhile. A link by staff keeps its account.
pub(super) async fn update_match(
    tx: &mut Tx,
    id: TicketId,
    grade: Grade,
    account: Option<AccountId>,
    reasons: &serde_json::Value,
    rule: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE tickets SET grade = $1, match_reasons = $2, match_rule = $3, \
         linked_at = CASE WHEN linked_by IS NULL THEN $4 ELSE linked_at END, \
         account_id = CASE WHEN linked_by IS NULL THEN $5 ELSE account_id END \
         WHERE id = $6 AND grade IN ('pending', 'stale')",
    )
    .bind(grade)
    .bind(reasons.clone())
    .bind(rule)
    .bind(account.map(|_| now))
    .bind(account)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Puts the candidates of a match in place of those of the one before; what staff rejected stays rejected.
pub(super) async fn replace_candidates(
    tx: &mut Tx,
    id: TicketId,
    new: &[(AccountId, i64, serde_json::Value)],
) -> Result<(), DbError> {
    query("DELETE FROM ticket_candidates WHERE ticket_id = $1 AND rejected_at IS NULL").bind(id).execute(tx).await?;
    for (place, (account, points, reasons)) in (1_i64..).zip(new) {
        query(
            "INSERT INTO ticket_candidates (ticket_id, account_id, place, points, reasons) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (ticket_id, account_id) DO UPDATE SET place = excluded.place, points = excluded.points, \
             reasons = excluded.reasons",
        )
        .bind(id)
        .bind(*account)
        .bind(place)
        .bind(*points)
        .bind(reasons.clone())
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// The candidates of a ticket, best first.
///
/// # Errors
/// When the database refuses.
pub async fn candidates(tx: &mut Tx, id: TicketId) -> Result<Vec<CandidateRow>, DbError> {
    query(
        "SELECT account_id, place, points, reasons, rejected_at FROM ticket_candidates WHERE ticket_id = $1 ORDER BY place, account_id",
    )
    .bind(id)
    .fetch_all(tx)
    .await
}

/// Sets or takes away the link; false when there is no such ticket.
pub(super) async fn update_link(
    tx: &mut Tx,
    id: TicketId,
    account: Option<AccountId>,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = Builder::new("UPDATE tickets SET")
        .with(" account_id = ?", account)
        .with(", linked_by = ?", by)
        .with(", linked_at = ?", now)
        .with(", updated_at = ?", now)
        .with(" WHERE id = ?", id)
        .build()
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Marks a candidate as another person; false when it is none.
pub(super) async fn reject_candidate(
    tx: &mut Tx,
    id: TicketId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query("UPDATE ticket_candidates SET rejected_at = $1 WHERE ticket_id = $2 AND account_id = $3")
        .bind(now)
        .bind(id)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}
