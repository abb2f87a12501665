//! The match panel of a ticket (本人照合): ranked candidates, what the requester gave beside what is on file, a mark per
//! field, and one click for each decision.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::Desk;
use super::facts::{show_born, tail};
use crate::desk::Lang;
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::{AccountId, Field, Mark, Reason, twins};
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::{Ticket, link};
use crate::platform::db::{DbError, Tx};
use crate::web::{PageError, Posted};

/// One compared field.
pub struct Compared {
    /// Its name.
    pub field: &'static str,
    /// What the requester gave.
    pub given: String,
    /// What is on file.
    pub on_file: String,
    /// Whether the two read differently and are both to be shown.
    pub is_twofold: bool,
    /// Class of the mark; `None` when there was nothing to compare.
    pub class: Option<&'static str>,
    /// ＝ ≒ ≠
    pub symbol: &'static str,
    /// The mark in a word.
    pub word: &'static str,
}

/// A registration that may be meant, compared with what the requester gave.
pub struct Candidate {
    /// The registration.
    pub account: Account,
    /// Its rank points.
    pub points: i64,
    /// Field by field.
    pub rows: Vec<Compared>,
    /// It is the linked one.
    pub is_linked: bool,
    /// Staff said it is another person.
    pub is_rejected: bool,
    /// A repair put it away since.
    pub is_retired: bool,
}

/// What the panel shows.
pub struct Panel {
    /// Best first; the linked one stands first even when it was no candidate.
    pub candidates: Vec<Candidate>,
    /// Who put the match on hold, and when.
    pub hold: Option<(String, DateTime<Utc>)>,
}

/// Loads the panel; what is personal is masked unless it was opened.
///
/// # Errors
/// When the database refuses.
pub async fn load(tx: &mut Tx, ticket: &Ticket, lang: Lang, is_open: bool) -> Result<Panel, DbError> {
    let mut candidates = Vec::new();
    for row in link::store::candidates(tx, ticket.id).await? {
        let Some(account) = accounts::find_account(tx, row.account_id).await? else { continue };
        // What an older rule wrote may read differently: the marks are then left out, not the candidate.
        let reasons: Vec<Reason> = serde_json::from_value(row.reasons.0).unwrap_or_default();
        candidates.push(Candidate {
            rows: reasons.iter().map(|reason| compared(reason, ticket, &account, lang, is_open)).collect(),
            is_linked: ticket.account_id == Some(account.id.0),
            is_rejected: row.rejected_at.is_some(),
            is_retired: twins::store::survivor_of(tx, account.id).await?.is_some(),
            points: row.points,
            account,
        });
    }
    if let Some(id) = ticket.account_id.filter(|_| !candidates.iter().any(|c| c.is_linked))
        && let Some(account) = accounts::find_account(tx, AccountId(id)).await?
    {
        let rows = Vec::new();
        candidates.push(Candidate { account, points: 0, rows, is_linked: true, is_rejected: false, is_retired: false });
    }
    candidates.sort_by_key(|c| (!c.is_linked, c.is_rejected || c.is_retired));
    Ok(Panel { candidates, hold: link::store::find_hold(tx, ticket.id).await? })
}

fn compared(reason: &Reason, ticket: &Ticket, account: &Account, lang: Lang, is_open: bool) -> Compared {
    let r = &account.record;
    let show = |value: String, mask: fn(&str) -> String| {
        if value.is_empty() || is_open { value } else { mask(&value) }
    };
    let hidden = |_: &str| "••••-••-••".to_owned();
    let (given, on_file) = match reason.field {
        Field::RegistrationNumber => {
            let given = ticket.registration_number.map(|n| n.to_string()).unwrap_or_default();
            (show(given, tail), show(r.registration_number.value().to_string(), tail))
        }
        Field::Birthdate => {
            let given = ticket.born_on.map(|day| show_born(day, lang)).unwrap_or_default();
            (show(given, hidden), show(show_born(r.birthdate.date(), lang), hidden))
        }
        Field::Name => (ticket.requester_name.clone(), r.full_name()),
        Field::Kana => (ticket.requester_kana.clone(), r.full_kana()),
        Field::Email => (show(ticket.requester_email.clone(), masked), show(r.email.clone(), masked)),
        Field::Phone => (show(ticket.requester_phone.clone(), tail), show(r.phone.clone(), tail)),
    };
    let (class, word) = mark(reason.mark, lang);
    Compared {
        field: field(reason.field, lang),
        is_twofold: given != on_file && !on_file.is_empty() && !given.is_empty(),
        given,
        on_file,
        class: (reason.mark != Mark::Missing).then_some(class),
        symbol: reason.mark.symbol(),
        word,
    }
}

/// Name of a compared field.
pub fn field(field: Field, lang: Lang) -> &'static str {
    match field {
        Field::RegistrationNumber => lang.t("登録番号", "Number"),
        Field::Birthdate => lang.t("生年月日", "Birthdate"),
        Field::Name => lang.t("氏名", "Name"),
        Field::Kana => lang.t("フリガナ", "Reading"),
        Field::Email => lang.t("メール", "Mail"),
        Field::Phone => lang.t("電話", "Phone"),
    }
}

/// Class and word of a mark.
pub fn mark(mark: Mark, lang: Lang) -> (&'static str, &'static str) {
    match mark {
        Mark::Agree => ("", lang.t("一致", "agrees")),
        Mark::Near => ("near", lang.t("近い", "near")),
        Mark::Differ => ("not", lang.t("相違", "differs")),
        Mark::Missing => ("", lang.t("記入なし", "not given")),
    }
}

/// The marks of a pair in one line: `登録番号 ＝、生年月日 ≒`.
pub fn marks(reasons: &[Reason], lang: Lang) -> String {
    let told = reasons.iter().filter(|reason| reason.mark != Mark::Missing);
    let told: Vec<String> =
        told.map(|reason| format!("{} {}", field(reason.field, lang), reason.mark.symbol())).collect();
    told.join(lang.t("、", ", "))
}

/// `POST /staff/tickets/{number}/link`: `act` is link, reject, unlink, hold or release; `account` the アカウントID.
///
/// # Errors
/// 404, 422 for an act that is none, or when the database is away.
pub async fn decide(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act", "account"])?;
    let mut tx = desk.read().await?;
    let ticket = super::ticket::find(&mut tx, &desk, &number).await?;
    let account = accounts::find_by_account_id(&mut tx, form.get("account").trim()).await?;
    drop(tx);
    let (id, me, now, db) = (ticket.id, desk.id(), desk.now(), &desk.state().db);
    match (form.get("act"), account.map(|account| account.id)) {
        ("link", Some(to)) => db.write(async move |tx: &mut Tx| link::link(tx, id, me, to, now).await).await?,
        ("reject", Some(who)) => db.write(async move |tx: &mut Tx| link::reject(tx, id, me, who, now).await).await?,
        ("unlink", _) => db.write(async move |tx: &mut Tx| link::unlink(tx, id, me, now).await).await?,
        ("hold", _) => db.write(async move |tx: &mut Tx| link::hold(tx, id, me, now).await).await?,
        ("release", _) => db.write(async move |tx: &mut Tx| link::release(tx, id, me, now).await).await?,
        ("link" | "reject", None) => return Err(PageError::NotFound),
        _ => return Err(PageError::UnknownField("act".into())),
    }
    Ok(Redirect::to(&format!("/staff/tickets/{}", ticket.number)).into_response())
}
