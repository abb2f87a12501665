//! `/staff/approvals`: what waits for a second person. Whoever asked sees their own requests; leads see all and decide.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::facts::tail;
use super::layout::{At, Nav};
use crate::desk::flows::approvals::{self, DecideError};
use crate::desk::flows::cases::second::Waiting;
use crate::desk::flows::cases::tables;
use crate::desk::flows::repair::RepairField;
use crate::desk::reply::disclosure::masked;
use crate::desk::staff::Role;
use crate::desk::staff::approval::{self, Approval, ApprovalError, ApprovalId, ApprovalKind, ApprovalState};
use crate::platform::db::Tx;
use crate::web::{PageError, Posted};

/// Requests on the page.
const EACH: i64 = 100;

#[derive(Template)]
#[template(path = "staff/approvals.html")]
struct ApprovalsPage {
    at: At,
    open: Vec<Approval>,
    past: Vec<Approval>,
    me: crate::desk::staff::StaffId,
    may_decide: bool,
    error: Option<(ApprovalId, String)>,
}

impl ApprovalsPage {
    /// Whether this person may decide this one.
    fn may_decide(&self, approval: &Approval) -> bool {
        self.may_decide && approval.asked_by != self.me
    }

    fn is_own(&self, approval: &Approval) -> bool {
        approval.asked_by == self.me
    }

    fn error_of(&self, approval: &Approval) -> Option<&str> {
        self.error.as_ref().filter(|(id, _)| *id == approval.id).map(|(_, text)| text.as_str())
    }

    /// What will be done, line by line: name and value.
    fn lines(&self, approval: &Approval) -> Vec<(&'static str, String)> {
        let request = &approval.request.0;
        let text = |key: &str| request.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let t = |ja, en| self.at.t(ja, en);
        let then = || vec![(t("本文", "Text"), text("body"))];
        match approval.kind {
            ApprovalKind::Repair => {
                let taken = request.get("taken").cloned().and_then(|v| serde_json::from_value(v).ok());
                let taken: Vec<RepairField> = taken.unwrap_or_default();
                let names: Vec<&str> = taken.iter().map(|field| field.label(self.at.lang())).collect();
                let names = if names.is_empty() { t("なし", "none").to_owned() } else { names.join("、") };
                vec![
                    (t("残す登録", "Stays"), text("survivor")),
                    (t("取り消す登録", "Goes"), text("retired")),
                    (t("取り消す側から引き継ぐ項目", "Taken from the one that goes"), names),
                ]
            }
            ApprovalKind::Disclosure => {
                let mut lines =
                    vec![(t("宛先(登録と違うアドレス)", "To (not the address on file)"), masked(&text("to")))];
                lines.extend(then());
                lines
            }
            ApprovalKind::LoginHelp => {
                let mut lines = vec![
                    (t("登録", "Account"), text("account_id")),
                    (t("新しいアドレス", "New address"), masked(&text("new_email"))),
                ];
                lines.extend(then());
                lines
            }
            ApprovalKind::Profile | ApprovalKind::Exception => {
                let number = approval.object_id().to_owned();
                let waiting = serde_json::from_value(request.clone()).ok();
                let mut lines = vec![(t("受付番号", "Ticket"), number)];
                lines.extend(waiting.map(|waiting| self.act_of(&waiting)).unwrap_or_default());
                lines
            }
        }
    }

    /// The act of a workflow, and old → new of a profile. Number and birthdate stay masked here; the ticket has them.
    fn act_of(&self, waiting: &Waiting) -> Vec<(&'static str, String)> {
        let (t, lang) = (|ja, en| self.at.t(ja, en), self.at.lang());
        let step = tables::ALL
            .iter()
            .find(|flow| flow.word == waiting.flow)
            .and_then(|flow| flow.moves_from(&waiting.seen).find(|step| step.act == waiting.act));
        let mut lines = Vec::new();
        if let Some(step) = step {
            lines.push((t("行うこと", "Act"), lang.t(step.label.0, step.label.1).to_owned()));
        }
        if let Some(field) = RepairField::parse(&waiting.item) {
            let shown = |value: &str| match field {
                RepairField::Birthdate => "••••-••-••".to_owned(),
                RepairField::RegistrationNumber => tail(value),
                _ => value.to_owned(),
            };
            lines.push((t("項目", "Field"), field.label(lang).to_owned()));
            lines.push((t("今の内容(本人の入力)", "Now (as typed)"), shown(&waiting.old_value)));
            lines.push((t("正しい内容(本人の入力)", "New (as typed)"), shown(&waiting.new_value)));
        }
        lines
    }

    /// Where it can be looked at.
    fn href(&self, approval: &Approval) -> Option<String> {
        let text = |key: &str| approval.request.0.get(key).and_then(|v| v.as_str()).unwrap_or_default();
        match (approval.kind, approval.object.split_once(':')) {
            (ApprovalKind::Repair, _) => Some(super::duplicates::href(text("survivor"), text("retired"))),
            (_, Some(("ticket", number))) => Some(format!("/staff/tickets/{number}")),
            _ => None,
        }
    }
}

/// `GET /staff/approvals`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    show(&desk, None).await
}

async fn show(desk: &Desk, error: Option<(ApprovalId, String)>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let mut at = At::load(&mut tx, desk, desk.t("承認", "Approvals"), Nav::Approvals).await?;
    at.is_error = error.is_some();
    let may_decide = desk.may(Role::Lead);
    let all = approval::list(&mut tx, (!may_decide).then(|| desk.id()), EACH).await?;
    let (open, past): (Vec<_>, Vec<_>) = all.into_iter().partition(|a| a.is_open(desk.now()));
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.ctx.page(status, &ApprovalsPage { at, open, past, me: desk.id(), may_decide, error })
}

/// `POST /staff/approvals/{id}/decide`: `act` is approve or refuse; a refusal needs a `note`.
///
/// # Errors
/// 404, 422 with the reason on the page, or when the database is away.
pub async fn decide(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act", "note"])?;
    let (id, me, ctx, note) = (ApprovalId(id), desk.staff().clone(), desk.context(), form.get("note").to_owned());
    let db = &desk.state().db;
    let done = match form.get("act") {
        "approve" => db.write(async move |tx: &mut Tx| approvals::approve(tx, &ctx, &me, id, &note).await).await,
        "refuse" => db.write(async move |tx: &mut Tx| approvals::refuse(tx, &ctx, &me, id, &note).await).await,
        _ => return Err(PageError::UnknownField("act".into())),
    };
    answer(&desk, id, done).await
}

/// `POST /staff/approvals/{id}/withdraw`: only by whoever asked.
///
/// # Errors
/// 404, or when the database is away.
pub async fn withdraw(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (id, me, ctx) = (ApprovalId(id), desk.staff().clone(), desk.context());
    let take_back = async move |tx: &mut Tx| approvals::withdraw(tx, &ctx, &me, id).await;
    let done = desk.state().db.write(take_back).await;
    answer(&desk, id, done).await
}

async fn answer(desk: &Desk, id: ApprovalId, done: Result<Approval, DecideError>) -> Result<Response, PageError> {
    let error = match done {
        Ok(_) => {
            desk.state().wake.notify_waiters();
            return Ok(Redirect::to("/staff/approvals").into_response());
        }
        Err(error) => error,
    };
    if matches!(error, DecideError::Approval(ApprovalError::NotFound)) {
        return Err(PageError::NotFound);
    }
    match error.db() {
        Ok(error) => Err(error.into()),
        Err(error) => show(desk, Some((id, error.text(desk.lang())))).await,
    }
}
