//! `/staff/audit`: who did and who saw what.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::layout::{At, Nav};
use super::{Desk, words};
use crate::desk::audit::{self, Line};
use crate::web::PageError;
use crate::web::form_body::query_value;

/// Lines on a page.
const PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct AuditPage {
    at: At,
    lines: Vec<Line>,
    older: Option<i64>,
    is_first: bool,
}

impl AuditPage {
    fn act<'l>(&self, line: &'l Line) -> &'l str {
        words::act(self.at.lang(), &line.act)
    }
}

/// `GET /staff/audit?before=`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let before = query_value(desk.ctx.query(), "before").parse().ok();
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("監査", "Audit"), Nav::Audit).await?;
    let mut lines = audit::list(&mut tx, before, PAGE + 1).await?;
    let more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    let older = lines.last().filter(|_| more).map(|line| line.id);
    desk.ctx.page(StatusCode::OK, &AuditPage { at, lines, older, is_first: before.is_none() })
}
