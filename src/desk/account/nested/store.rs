//! SQL of applications, withdrawals and training records.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Application, Nested, PartHashes, TrainingRecord, Withdrawal, WithdrawalDecision};
use crate::desk::account::{AccountId, ApplicationState};
use crate::platform::db::{DbError, Tx, Value, bulk, query};

#[derive(sqlx::FromRow)]
struct ApplicationRow {
    fiscal_year: i64,
    round: String,
    program: String,
    specialty: String,
    state: ApplicationState,
    decided_at: Option<DateTime<Utc>>,
}

/// The applications of an account, in the order given.
///
/// # Errors
/// When the database refuses.
pub async fn applications(tx: &mut Tx, account: AccountId) -> Result<Vec<Application>, DbError> {
    let sql = "SELECT fiscal_year, round, program, specialty, state, decided_at FROM account_applications WHERE account_id = $1 ORDER BY place";
    let rows: Vec<ApplicationRow> = query(sql).bind(account).fetch_all(tx).await?;
    let of = |row: ApplicationRow| Application {
        fiscal_year: row.fiscal_year,
        round: row.round,
        program: row.program,
        specialty: row.specialty,
        state: row.state,
        decided_at: row.decided_at,
    };
    Ok(rows.into_iter().map(of).collect())
}

#[derive(sqlx::FromRow)]
struct WithdrawalRow {
    requested_at: Option<DateTime<Utc>>,
    reason_given: String,
    director_decided_at: Option<DateTime<Utc>>,
    decision: String,
    mailed_at: Option<DateTime<Utc>>,
}

/// The withdrawal of an account.
///
/// # Errors
/// When the database refuses.
pub async fn withdrawal(tx: &mut Tx, account: AccountId) -> Result<Option<Withdrawal>, DbError> {
    let sql = "SELECT requested_at, reason_given, director_decided_at, decision, mailed_at FROM account_withdrawals WHERE account_id = $1";
    let row: Option<WithdrawalRow> = query(sql).bind(account).fetch_optional(tx).await?;
    Ok(row.map(|row| Withdrawal {
        requested_at: row.requested_at,
        reason_given: row.reason_given,
        director_decided_at: row.director_decided_at,
        decision: WithdrawalDecision::parse(&row.decision),
        mailed_at: row.mailed_at,
    }))
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    status: String,
    site: String,
    interruption_reason: String,
    note: String,
}

/// The training records of an account, in the order of their beginning.
///
/// # Errors
/// When the database refuses.
pub async fn training_records(tx: &mut Tx, account: AccountId) -> Result<Vec<TrainingRecord>, DbError> {
    let sql = "SELECT from_on, to_on, status, site, interruption_reason, note FROM training_records WHERE account_id = $1 ORDER BY place";
    let rows: Vec<RecordRow> = query(sql).bind(account).fetch_all(tx).await?;
    let of = |row: RecordRow| TrainingRecord {
        from: row.from_on,
        to: row.to_on,
        status: row.status,
        site: row.site,
        interruption_reason: row.interruption_reason,
        note: row.note,
    };
    Ok(rows.into_iter().map(of).collect())
}

/// Puts each part that was given in place of what was there. Former addresses stand in the account's own row.
pub(in crate::desk::account) async fn write(
    tx: &mut Tx,
    account: AccountId,
    nested: &Nested,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let (known,): (String,) =
        query("SELECT nested_hash FROM accounts WHERE id = $1").bind(account).fetch_one(tx).await?;
    let hashes = nested.hashes(PartHashes::of_text(&known));
    if let Some(applications) = &nested.applications {
        query("DELETE FROM account_applications WHERE account_id = $1").bind(account).execute(tx).await?;
        let head = "INSERT INTO account_applications (account_id, place, fiscal_year, round, program, specialty, state, decided_at) VALUES ";
        let values = (1_i64..).zip(applications).flat_map(|(place, one)| application_values(account, place, one));
        bulk::insert(tx, head, 8, values.collect(), "").await?;
    }
    if let Some(withdrawal) = &nested.withdrawal {
        query("DELETE FROM account_withdrawals WHERE account_id = $1").bind(account).execute(tx).await?;
        if let Some(one) = withdrawal {
            insert_withdrawal(tx, account, one).await?;
        }
    }
    if let Some(records) = &nested.records {
        query("DELETE FROM training_records WHERE account_id = $1").bind(account).execute(tx).await?;
        let head = "INSERT INTO training_records (account_id, place, from_on, to_on, status, site, interruption_reason, note) VALUES ";
        let values = (1_i64..).zip(records).flat_map(|(place, one)| record_values(account, place, one));
        bulk::insert(tx, head, 8, values.collect(), "").await?;
    }
    query("UPDATE accounts SET nested_hash = $1, updated_at = $2 WHERE id = $3")
        .bind(hashes.to_text())
        .bind(now)
        .bind(account)
        .execute(tx)
        .await
        .map(|_| ())
}

fn application_values(account: AccountId, place: i64, one: &Application) -> [Value; 8] {
    [
        Value::from(account),
        Value::from(place),
        Value::from(one.fiscal_year),
        Value::from(&one.round),
        Value::from(&one.program),
        Value::from(&one.specialty),
        Value::from(one.state),
        Value::from(one.decided_at),
    ]
}

async fn insert_withdrawal(tx: &mut Tx, account: AccountId, one: &Withdrawal) -> Result<(), DbError> {
    query("INSERT INTO account_withdrawals (account_id, requested_at, reason_given, director_decided_at, decision, mailed_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(account)
        .bind(one.requested_at)
        .bind(&one.reason_given)
        .bind(one.director_decided_at)
        .bind(one.decision.map_or("", WithdrawalDecision::as_str))
        .bind(one.mailed_at)
        .execute(tx)
        .await
        .map(|_| ())
}

fn record_values(account: AccountId, place: i64, one: &TrainingRecord) -> [Value; 8] {
    [
        Value::from(account),
        Value::from(place),
        Value::from(one.from),
        Value::from(one.to),
        Value::from(&one.status),
        Value::from(&one.site),
        Value::from(&one.interruption_reason),
        Value::from(&one.note),
    ]
}
