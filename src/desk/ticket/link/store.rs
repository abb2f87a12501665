//! Links and candidates in SQL.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Moved;
use crate::desk::account::AccountId;
use crate::desk::reply::check::Known;
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

/// A director as the registrations of a programme name them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct DirectorRow {
    pub program: String,
    pub director_name: String,
    pub director_email: String,
}

/// The directors of a specialty who have an address.
pub(super) async fn directors(tx: &mut Tx, specialty: &str) -> Result<Vec<DirectorRow>, DbError> {
    query("SELECT DISTINCT program, director_name, director_email FROM accounts WHERE specialty = $1 AND director_email <> ''")
        .bind(specialty)
        .fetch_all(tx)
        .await
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
    by: Option<i64>,
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

/// The tickets linked to an account, and who linked each.
pub(super) async fn linked_to(tx: &mut Tx, account: AccountId) -> Result<Vec<Moved>, DbError> {
    let rows: Vec<(TicketId, Option<i64>)> =
        query("SELECT id, linked_by FROM tickets WHERE account_id = $1 ORDER BY id")
            .bind(account)
            .fetch_all(tx)
            .await?;
    Ok(rows.into_iter().map(|(ticket, linked_by)| Moved { ticket, linked_by }).collect())
}

/// Marks unfinished tickets that have one of these accounts as a candidate, and that staff have not linked, as to be
/// matched again.
pub(super) async fn mark_stale_of(tx: &mut Tx, accounts: &[AccountId]) -> Result<u64, DbError> {
    Builder::new(
        "UPDATE tickets SET grade = 'stale' WHERE linked_by IS NULL AND status <> 'closed' AND grade <> 'pending' \
         AND id IN (SELECT ticket_id FROM ticket_candidates",
    )
    .with_list(" WHERE account_id IN (", accounts.iter().copied(), "))")
    .build()
    .execute(tx)
    .await
}

/// Marks one ticket as to be matched again, unless staff have linked it.
pub(super) async fn mark_one_stale(tx: &mut Tx, id: TicketId) -> Result<(), DbError> {
    query("UPDATE tickets SET grade = 'stale' WHERE id = $1 AND linked_by IS NULL AND grade <> 'pending'")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Replies of staff queued since an instant and not given up, on tickets of an account and on these.
pub(super) async fn count_replies_since(
    tx: &mut Tx,
    account: AccountId,
    tickets: &[TicketId],
    since: DateTime<Utc>,
) -> Result<i64, DbError> {
    let count = Builder::new("SELECT COUNT(*) FROM outbox o JOIN tickets t ON t.id = o.ticket_id")
        .with(" WHERE o.kind = 'staff_reply' AND o.state <> 'failed' AND o.created_at >= ?", since)
        .with(" AND ((t.kind = 'duplicate' AND t.account_id = ?)", account)
        .with_list(" OR t.id IN (", tickets.iter().map(|id| id.0).chain([0]), "))");
    let (n,): (i64,) = count.build().fetch_one(tx).await?;
    Ok(n)
}

/// The tickets of an account that are not closed.
pub(super) async fn unfinished_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Ticket>, DbError> {
    query("SELECT * FROM tickets WHERE account_id = $1 AND status <> 'closed' ORDER BY id")
        .bind(account)
        .fetch_all(tx)
        .await
}

/// Puts a match on hold; false when it was already.
pub(super) async fn insert_hold(tx: &mut Tx, id: TicketId, by: StaffId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed =
        query("INSERT INTO match_holds (ticket_id, held_by, held_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(id)
            .bind(by)
            .bind(now)
            .execute(tx)
            .await?;
    Ok(changed == 1)
}

/// Ends a hold; false when there was none.
pub(super) async fn delete_hold(tx: &mut Tx, id: TicketId) -> Result<bool, DbError> {
    Ok(query("DELETE FROM match_holds WHERE ticket_id = $1").bind(id).execute(tx).await? == 1)
}

/// Who put the match on hold, and when.
///
/// # Errors
/// When the database refuses.
pub async fn find_hold(tx: &mut Tx, id: TicketId) -> Result<Option<(String, DateTime<Utc>)>, DbError> {
    query("SELECT s.name, h.held_at FROM match_holds h JOIN staff s ON s.id = h.held_by WHERE h.ticket_id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await
}

/// Which of these tickets are on hold.
pub(super) async fn held_among(
    tx: &mut Tx,
    tickets: impl IntoIterator<Item = TicketId>,
) -> Result<BTreeSet<TicketId>, DbError> {
    let held = Builder::new("SELECT ticket_id FROM match_holds WHERE ticket_id").with_list(" IN (", tickets, ")");
    let rows: Vec<(TicketId,)> = held.build().fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(ticket,)| ticket).collect())
}

/// What is on file of the linked account and of the candidates.
pub(super) async fn known_of_candidates(tx: &mut Tx, id: TicketId, linked: Option<i64>) -> Result<Vec<Known>, DbError> {
    let rows: Vec<(String, String, String, Option<i64>)> = query(
        "SELECT account_id, email, phone, registration_number FROM accounts WHERE id = $1 \
         OR id IN (SELECT account_id FROM ticket_candidates WHERE ticket_id = $2)",
    )
    .bind(linked)
    .bind(id)
    .fetch_all(tx)
    .await?;
    let known =
        |(account_id, email, phone, registration_number)| Known { account_id, email, phone, registration_number };
    Ok(rows.into_iter().map(known).collect())
}
