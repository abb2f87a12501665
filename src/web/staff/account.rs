//! The account a ticket is about, on the ticket page and on a page of its own: a read-only copy with its source and the
//! time of its import, personal data masked until it is opened.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::facts::{Fact, show_born, tail};
use super::layout::{At, Nav};
use crate::desk::Lang;
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::{AccountId, Field, Mark, Reason};
use crate::desk::audit::act;
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::list::{self, Filter, Line, View};
use crate::desk::ticket::{Ticket, link};
use crate::platform::db::{DbError, Tx};
use crate::web::{PageError, Posted};

/// A registration that may be meant, compared with what the requester gave.
pub struct Candidate {
    /// The registration.
    pub account: Account,
    /// Its rank points.
    pub points: i64,
    /// Field by field.
    pub reasons: Vec<Reason>,
    /// It is the linked one.
    pub is_linked: bool,
    /// Staff said it is another person.
    pub is_rejected: bool,
}

impl Candidate {
    /// Name of the compared field.
    pub fn field(&self, reason: &Reason, lang: Lang) -> &'static str {
        match reason.field {
            Field::RegistrationNumber => lang.t("登録番号", "Number"),
            Field::Birthdate => lang.t("生年月日", "Birthdate"),
            Field::Name => lang.t("氏名", "Name"),
            Field::Kana => lang.t("フリガナ", "Reading"),
            Field::Email => lang.t("メール", "Mail"),
            Field::Phone => lang.t("電話", "Phone"),
        }
    }

    /// Class and word of the mark.
    pub fn mark(&self, reason: &Reason, lang: Lang) -> (&'static str, &'static str) {
        match reason.mark {
            Mark::Agree => ("", lang.t("一致", "agrees")),
            Mark::Near => ("near", lang.t("近い", "near")),
            Mark::Differ => ("not", lang.t("相違", "differs")),
            Mark::Missing => ("", lang.t("記入なし", "not given")),
        }
    }

    /// Whether there was something to compare.
    pub fn is_compared(&self, reason: &Reason) -> bool {
        reason.mark != Mark::Missing
    }
}

/// What the account panel of a ticket shows.
pub struct Panel {
    /// Best first; the linked one stands first even when it was no candidate.
    pub candidates: Vec<Candidate>,
}

/// Loads the panel.
///
/// # Errors
/// When the database refuses.
pub async fn panel(tx: &mut Tx, ticket: &Ticket) -> Result<Panel, DbError> {
    let mut candidates = Vec::new();
    for row in link::store::candidates(tx, ticket.id).await? {
        let Some(account) = accounts::find_account(tx, row.account_id).await? else { continue };
        candidates.push(Candidate {
            is_linked: ticket.account_id == Some(account.id.0),
            is_rejected: row.rejected_at.is_some(),
            // What an older rule wrote may read differently: the marks are then left out, not the candidate.
            reasons: serde_json::from_value(row.reasons.0).unwrap_or_default(),
            points: row.points,
            account,
        });
    }
    if let Some(id) = ticket.account_id.filter(|_| !candidates.iter().any(|c| c.is_linked))
        && let Some(account) = accounts::find_account(tx, AccountId(id)).await?
    {
        candidates.push(Candidate { account, points: 0, reasons: Vec::new(), is_linked: true, is_rejected: false });
    }
    candidates.sort_by_key(|c| (!c.is_linked, c.is_rejected));
    Ok(Panel { candidates })
}

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    at: At,
    account: Account,
    facts: Vec<Fact>,
    is_open: bool,
    tickets: Vec<Line>,
}

/// `GET /staff/accounts/{account_id}`
///
/// # Errors
/// 404, or when the database is away.
pub async fn page(desk: Desk, Path(account_id): Path<String>) -> Result<Response, PageError> {
    show(&desk, &account_id, false).await
}

/// `POST /staff/accounts/{account_id}/open`: the page with its personal data readable, and an audit line.
///
/// # Errors
/// 404, or when the audit line could not be stored.
pub async fn open(desk: Desk, Path(account_id): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = accounts::find_by_account_id(&mut desk.read().await?, &account_id).await?;
    let found = found.ok_or(PageError::NotFound)?;
    desk.audit(act::PERSONAL_DATA_OPENED, format!("account:{}", found.record.account_id), "").await?;
    show(&desk, &account_id, true).await
}

async fn show(desk: &Desk, account_id: &str, is_open: bool) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let account = accounts::find_by_account_id(&mut tx, account_id).await?.ok_or(PageError::NotFound)?;
    let title = format!("{} {}", desk.t("登録情報", "Account"), account.record.account_id);
    let at = At::load(&mut tx, desk, title, Nav::None).await?;
    let filter = Filter { account: Some(account.id), ..Filter::default() };
    let tickets = list::page(&mut tx, &View::All, &filter, None, list::PAGE).await?;
    let facts = facts(&at, &account, is_open);
    desk.ctx.page(StatusCode::OK, &AccountPage { at, account, facts, is_open, tickets })
}

/// The fields of the copy, in the order of `accounts.csv`.
fn facts(at: &At, account: &Account, is_open: bool) -> Vec<Fact> {
    let (r, lang) = (&account.record, at.lang());
    let t = |ja, en| lang.t(ja, en);
    let plain = |label, value: String| (!value.is_empty()).then_some(Fact { label, value, typed: None });
    let secret = |label, value: String, mask: fn(&str) -> String| {
        let shown = if is_open { value.clone() } else { mask(&value) };
        (!value.is_empty()).then_some(Fact { label, value: shown, typed: None })
    };
    let stamp = |when: Option<_>| when.map(|when| at.stamp(&when)).unwrap_or_default();
    [
        plain(t("氏名", "Name"), r.full_name()),
        plain(t("フリガナ", "Reading"), r.full_kana()),
        plain(t("旧姓", "Former names"), r.former_names.join("、")),
        secret(t("医籍登録番号", "Registration no."), r.registration_number.value().to_string(), tail),
        secret(t("生年月日", "Birthdate"), show_born(r.birthdate.date(), lang), |_| "••••-••-••".to_owned()),
        secret(t("メール", "Mail"), r.email.clone(), masked),
        secret(t("電話", "Phone"), r.phone.clone(), tail),
        plain(t("区分", "Phase"), r.phase.map(|p| p.ja().to_owned()).unwrap_or_default()),
        plain(t("研修開始年度", "Entry fiscal year"), r.entry_fiscal_year.map(|y| y.to_string()).unwrap_or_default()),
        plain(t("基本領域", "Specialty"), r.specialty.clone()),
        plain(t("プログラム", "Programme"), r.program.clone()),
        plain(t("統括責任者", "Director"), r.director_name.clone()),
        secret(t("統括責任者メール", "Director's mail"), r.director_email.clone(), masked),
        plain(t("応募状態", "Application"), r.application_state.map(|s| s.ja().to_owned()).unwrap_or_default()),
        plain(t("登録日時", "Registered"), stamp(r.registered_at)),
        plain(t("ログインURL送信", "Login URL sent"), stamp(r.login_mail_sent_at)),
        plain(
            t("ログインURL状態", "Login URL state"),
            r.login_mail_state.map(|s| s.ja().to_owned()).unwrap_or_default(),
        ),
        plain(t("一時パスワード発行", "Temporary password"), stamp(r.temporary_password_issued_at)),
        plain(t("免許証画像", "Licence image"), r.licence_image.map(|i| i.ja().to_owned()).unwrap_or_default()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `POST /staff/tickets/{number}/link`: `act` is link, reject or unlink; `account` the アカウントID.
///
/// # Errors
/// 404, 422 for an act that is none, or when the database is away.
pub async fn decide(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act", "account"])?;
    let mut tx = desk.read().await?;
    let ticket = super::ticket::find(&mut tx, &number).await?;
    let account = accounts::find_by_account_id(&mut tx, form.get("account").trim()).await?;
    drop(tx);
    let (id, me, now, db) = (ticket.id, desk.id(), desk.now(), &desk.state().db);
    match (form.get("act"), account.map(|account| account.id)) {
        ("link", Some(to)) => db.write(async move |tx: &mut Tx| link::link(tx, id, me, to, now).await).await?,
        ("reject", Some(who)) => db.write(async move |tx: &mut Tx| link::reject(tx, id, me, who, now).await).await?,
        ("unlink", _) => db.write(async move |tx: &mut Tx| link::unlink(tx, id, me, now).await).await?,
        ("link" | "reject", None) => return Err(PageError::NotFound),
        _ => return Err(PageError::UnknownField("act".into())),
    }
    Ok(Redirect::to(&format!("/staff/tickets/{}", ticket.number)).into_response())
}
