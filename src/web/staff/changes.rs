//! `/staff/changes`: what the desk asks of the online system, to be downloaded and handed over.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::facts::tail;
use super::layout::{At, Nav};
use crate::desk::audit::act;
use crate::desk::flows::changes::{self, Change, ChangeId};
use crate::desk::flows::repair::RepairField;
use crate::desk::reply::disclosure::masked;
use crate::platform::db::{DbError, Tx};
use crate::web::{PageError, Posted};

/// Settled lines on the page.
const EACH: i64 = 100;

#[derive(Template)]
#[template(path = "staff/changes.html")]
struct ChangesPage {
    at: At,
    waiting: Vec<Change>,
    settled: Vec<Change>,
    /// The last line of the file that is handed over.
    last: i64,
}

impl ChangesPage {
    fn field<'c>(&self, change: &'c Change) -> &'c str {
        RepairField::parse(&change.field).map_or(change.field.as_str(), |field| field.label(self.at.lang()))
    }

    /// A value as it may stand on a page; the file has it in full.
    fn shown(&self, change: &Change, value: &str) -> String {
        match RepairField::parse(&change.field) {
            _ if value.is_empty() => String::new(),
            Some(RepairField::Email) => masked(value),
            Some(RepairField::Birthdate) => "••••-••-••".to_owned(),
            Some(RepairField::RegistrationNumber | RepairField::Phone) => tail(value),
            _ => value.to_owned(),
        }
    }
}

/// `GET /staff/changes`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("変更依頼", "Change set"), Nav::Changes).await?;
    let waiting = changes::store::waiting(&mut tx).await?;
    let settled = changes::store::settled(&mut tx, EACH).await?;
    let last = waiting.last().map_or(0, |change| change.id.0);
    desk.ctx.page(StatusCode::OK, &ChangesPage { at, waiting, settled, last })
}

/// `GET /staff/changes.csv`: the lines that wait, for a spreadsheet.
///
/// # Errors
/// When the database is away.
pub async fn csv(desk: Desk) -> Result<Response, PageError> {
    let lines = export(&desk).await?;
    let bytes = changes::as_csv(&lines).map_err(PageError::internal)?;
    Ok(file("text/csv; charset=utf-8", "changes.csv", bytes))
}

/// `GET /staff/changes.json`: the same for a program.
///
/// # Errors
/// When the database is away.
pub async fn json(desk: Desk) -> Result<Response, PageError> {
    let lines = export(&desk).await?;
    Ok(file("application/json", "changes.json", changes::as_json(&lines).to_string().into_bytes()))
}

/// The lines that wait; that they were taken out stands in the audit before the first byte leaves.
async fn export(desk: &Desk) -> Result<Vec<Change>, PageError> {
    let lines = changes::store::waiting(&mut desk.read().await?).await?;
    let last = lines.last().map_or(0, |change| change.id.0);
    desk.audit(act::CHANGES_EXPORTED, format!("changes:{last}"), &lines.len().to_string()).await?;
    Ok(lines)
}

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (StatusCode::OK, headers, bytes).into_response()
}

/// `POST /staff/changes/handed-over`: everything up to the line `last` is with the online system.
///
/// # Errors
/// 422 for a number that is none, or when the database is away.
pub async fn hand_over(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["last"])?;
    let last = form.get("last").parse().map_err(|_| PageError::UnknownField("last".into()))?;
    let (me, now) = (desk.id(), desk.now());
    let hand_over = async move |tx: &mut Tx| changes::hand_over(tx, me, ChangeId(last), now).await;
    desk.state().db.write::<_, DbError, _>(hand_over).await?;
    Ok(Redirect::to("/staff/changes").into_response())
}
