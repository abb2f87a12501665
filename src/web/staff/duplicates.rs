//! `/staff/duplicates`: pairs of registrations that look like one person's (二重登録), and the page that compares two of
//! them field by field, shows what a repair would do, and asks for it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::Desk;
use super::account::in_path;
use super::facts::tail;
use super::layout::{At, Nav};
use super::match_panel::{mark, marks};
use crate::desk::account::store as accounts;
use crate::desk::account::{AccountId, Mark, mirror, pairs};
use crate::desk::audit::act;
use crate::desk::flows::repair::{self, Guard, Plan, Repair, RepairError, RepairField, RepairId, Row, Side, Wish};
use crate::desk::reply::disclosure::masked;
use crate::desk::staff::Role;
use crate::desk::ticket::list::{self as tickets, Filter};
use crate::platform::db::{DbError, Tx};
use crate::web::{Form, PageError, Posted};

/// Pairs and repairs on the list.
const EACH: i64 = 200;

/// The address of the page of a pair; the first is the one that stays.
pub(super) fn href(keep: &str, close: &str) -> String {
    format!("/staff/duplicates/{}/{}", in_path(keep), in_path(close))
}

/// A pair on the list.
struct Pair {
    a: String,
    a_name: String,
    b: String,
    b_name: String,
    marks: String,
    found_at: chrono::DateTime<chrono::Utc>,
    href: String,
}

/// A repair of the journal, and whether it can be taken back.
struct Done {
    repair: Repair,
    undo_until: Option<chrono::DateTime<chrono::Utc>>,
    mail_has_left: bool,
}

#[derive(Template)]
#[template(path = "staff/duplicates.html")]
struct ListPage {
    at: At,
    pairs: Vec<Pair>,
    total: i64,
    repairs: Vec<Done>,
    may_undo: bool,
    /// When the mirror was read last, and from where.
    read: Option<(DateTime<Utc>, String)>,
    error: Option<String>,
}

/// `GET /staff/duplicates`
///
/// # Errors
/// When the database is away.
pub async fn list(desk: Desk) -> Result<Response, PageError> {
    show_list(&desk, None).await
}

async fn show_list(desk: &Desk, error: Option<String>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let mut at = At::load(&mut tx, desk, desk.t("二重登録", "Duplicates"), Nav::Duplicates).await?;
    at.is_error = error.is_some();
    let mut pairs = Vec::new();
    for row in pairs::store::list_open(&mut tx, EACH, 0).await? {
        pairs.extend(pair(&mut tx, desk, row).await?);
    }
    let mut repairs = Vec::new();
    for repair in repair::store::list(&mut tx, EACH).await? {
        let undo_until = repair.undo_until().filter(|until| *until > desk.now());
        let mail_has_left = undo_until.is_some() && repair::mail_has_left(&mut tx, &repair).await?;
        repairs.push(Done { undo_until, mail_has_left, repair });
    }
    let total = pairs::store::count_open(&mut tx).await?;
    let read = mirror::last_read(&mut tx).await?;
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    desk.ctx.page(status, &ListPage { may_undo: desk.may(Role::Lead), at, pairs, total, repairs, read, error })
}

async fn pair(tx: &mut Tx, desk: &Desk, row: pairs::Pair) -> Result<Option<Pair>, DbError> {
    let (Some(a), Some(b)) = (accounts::find_account(tx, row.a).await?, accounts::find_account(tx, row.b).await?)
    else {
        return Ok(None);
    };
    // The earlier registration is the likelier one to stay.
    let (keep, close) = if b.record.registered_at < a.record.registered_at { (b, a) } else { (a, b) };
    Ok(Some(Pair {
        href: href(&keep.record.account_id, &close.record.account_id),
        marks: marks(&row.reasons, desk.lang()),
        found_at: row.found_at,
        a_name: keep.record.full_name(),
        a: keep.record.account_id,
        b_name: close.record.full_name(),
        b: close.record.account_id,
    }))
}

/// What was chosen and written on the page of a pair.
#[derive(Debug, Clone, Default)]
struct Chosen {
    taken: Vec<RepairField>,
    acknowledged: Vec<Guard>,
    reason: String,
}

impl Chosen {
    fn read(form: &Form) -> Self {
        Self {
            taken: RepairField::ALL.iter().copied().filter(|f| form.get(&format!("take_{f}")) == "b").collect(),
            acknowledged: Guard::ALL.iter().copied().filter(|g| form.get(&format!("ack_{g}")) == "1").collect(),
            reason: form.get("reason").to_owned(),
        }
    }

    /// The fields the form may have.
    fn fields() -> Vec<String> {
        let takes = RepairField::ALL.iter().map(|f| format!("take_{f}"));
        let acks = Guard::ALL.iter().map(|g| format!("ack_{g}"));
        takes.chain(acks).chain(["act".to_owned(), "reason".to_owned()]).collect()
    }
}

#[derive(Template)]
#[template(path = "staff/repair.html")]
struct PairPage {
    at: At,
    keep: Side,
    close: Side,
    plan: Plan,
    chosen: Chosen,
    is_open: bool,
    /// The choices were looked at: what would happen is shown with the question.
    is_previewed: bool,
    tickets: i64,
    swapped: String,
    here: String,
    error: Option<String>,
}

impl PairPage {
    fn name(&self, row: &Row) -> &'static str {
        row.field.label(self.at.lang())
    }

    /// A value as it may be shown.
    fn shown(&self, row: &Row, value: &str) -> String {
        if value.is_empty() {
            return self.at.t("(空欄)", "(empty)").to_owned();
        }
        if row.field.is_personal() && !self.is_open {
            return match row.field {
                RepairField::Email => masked(value),
                RepairField::Birthdate => "••••-••-••".to_owned(),
                _ => tail(value),
            };
        }
        match chrono::DateTime::parse_from_rfc3339(value) {
            Ok(when) => self.at.stamp(&when.to_utc()),
            Err(_) => value.to_owned(),
        }
    }

    fn mark(&self, row: &Row) -> (&'static str, &'static str) {
        mark(row.mark, self.at.lang())
    }

    fn is_one_sided(&self, row: &Row) -> bool {
        row.mark == Mark::Missing
    }

    fn is_acknowledged(&self, guard: &Guard) -> bool {
        self.chosen.acknowledged.contains(guard)
    }

    fn change(&self, change: &crate::desk::flows::changes::NewChange) -> String {
        let field = RepairField::parse(change.field).map_or(change.field, |field| field.label(self.at.lang()));
        let act = change.act.label(self.at.lang());
        let what = if field.is_empty() { act.to_owned() } else { format!("{act}({field})") };
        format!("{}：{what}", change.account_id)
    }

    fn can_be_asked(&self) -> bool {
        self.at.may_work() && self.plan.blocking().next().is_none()
    }
}

/// `GET /staff/duplicates/{account_id}/{other_id}`: the first stays, the second goes.
///
/// # Errors
/// 404, or when the database is away.
pub async fn pair_page(desk: Desk, Path(pair): Path<(String, String)>) -> Result<Response, PageError> {
    let found = both(&desk, &pair).await?;
    show(&desk, found, Chosen::default(), View::default()).await
}

/// How the page is shown.
#[derive(Debug, Default)]
struct View {
    is_open: bool,
    is_previewed: bool,
    error: Option<String>,
}

async fn both(desk: &Desk, (keep, close): &(String, String)) -> Result<(AccountId, AccountId), PageError> {
    let mut tx = desk.read().await?;
    let keep = accounts::find_by_account_id(&mut tx, keep).await?.ok_or(PageError::NotFound)?;
    let close = accounts::find_by_account_id(&mut tx, close).await?.ok_or(PageError::NotFound)?;
    if keep.id == close.id { Err(PageError::NotFound) } else { Ok((keep.id, close.id)) }
}

async fn show(
    desk: &Desk,
    (survivor, retired): (AccountId, AccountId),
    chosen: Chosen,
    view: View,
) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let wish = wish((survivor, retired), &chosen);
    let (keep, close, plan) = repair::dry_run(&mut tx, &wish, desk.now()).await.map_err(page_error)?;
    let (a, b) = (keep.account.record.account_id.clone(), close.account.record.account_id.clone());
    let title = format!("{} {a} ← {b}", desk.t("二重登録の修正", "Repair"));
    let mut at = At::load(&mut tx, desk, title, Nav::Duplicates).await?;
    at.is_error = view.error.is_some();
    let filter = Filter { account: Some(retired), ..Filter::seen_by(desk.seen_by()) };
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PairPage {
        tickets: tickets::count(&mut tx, &tickets::View::All, &filter).await?,
        swapped: href(&b, &a),
        here: href(&a, &b),
        is_open: view.is_open,
        is_previewed: view.is_previewed,
        error: view.error,
        at,
        keep,
        close,
        plan,
        chosen,
    };
    desk.ctx.page(status, &page)
}

fn wish((survivor, retired): (AccountId, AccountId), chosen: &Chosen) -> Wish {
    Wish {
        survivor,
        retired,
        taken: chosen.taken.clone(),
        acknowledged: chosen.acknowledged.clone(),
        reason: chosen.reason.clone(),
    }
}

fn page_error(error: RepairError) -> PageError {
    match error {
        RepairError::NotFound => PageError::NotFound,
        RepairError::Db(error) => error.into(),
        other => PageError::internal(other),
    }
}

/// `POST /staff/duplicates/{account_id}/{other_id}/open`: the comparison with personal data readable; audited for both.
///
/// # Errors
/// 404, or when an audit line could not be stored.
pub async fn open(desk: Desk, Path(pair): Path<(String, String)>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = both(&desk, &pair).await?;
    for id in [&pair.0, &pair.1] {
        desk.audit(act::PERSONAL_DATA_OPENED, format!("account:{id}"), "duplicates").await?;
    }
    show(&desk, found, Chosen::default(), View { is_open: true, ..View::default() }).await
}

/// `POST /staff/duplicates/{account_id}/{other_id}`: `act` is preview (changes nothing), ask, or distinct (別人).
///
/// # Errors
/// 404, 422 for an act that is none or for what is missing, or when the database is away.
pub async fn decide(
    desk: Desk,
    Path(pair): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, PageError> {
    let fields = Chosen::fields();
    form.only(&fields.iter().map(String::as_str).collect::<Vec<_>>())?;
    let found = both(&desk, &pair).await?;
    let chosen = Chosen::read(&form);
    let (me, now, db) = (desk.id(), desk.now(), &desk.state().db);
    let done = match form.get("act") {
        "preview" => return show(&desk, found, chosen, View { is_previewed: true, ..View::default() }).await,
        "ask" => {
            let wish = wish(found, &chosen);
            db.write(async move |tx: &mut Tx| repair::ask(tx, me, &wish, now).await).await.map(|_| "/staff/approvals")
        }
        "distinct" => {
            let why = chosen.reason.clone();
            let say = async move |tx: &mut Tx| repair::dismiss(tx, me, found, &why, now).await;
            db.write(say).await.map(|()| "/staff/duplicates")
        }
        _ => return Err(PageError::UnknownField("act".into())),
    };
    match done {
        Ok(next) => Ok(Redirect::to(next).into_response()),
        Err(error @ (RepairError::Db(_) | RepairError::NotFound)) => Err(page_error(error)),
        Err(error) => {
            let view = View { error: Some(error.text(desk.lang())), is_previewed: true, ..View::default() };
            show(&desk, found, chosen, view).await
        }
    }
}

/// `POST /staff/repairs/{id}/undo`
///
/// # Errors
/// 404, or when the database is away; what stands in the way is said on the list.
pub async fn undo(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (me, now) = (desk.staff().clone(), desk.now());
    let undo = async move |tx: &mut Tx| repair::undo(tx, &me, RepairId(id), now).await;
    match desk.state().db.write(undo).await {
        Ok(()) => Ok(Redirect::to("/staff/duplicates").into_response()),
        Err(error @ (RepairError::Db(_) | RepairError::NotFound)) => Err(page_error(error)),
        Err(error) => show_list(&desk, Some(error.text(desk.lang()))).await,
    }
}
