//! `/staff/schedules/{name}`: what the next run of a job would do, line by line. Reads only.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::Desk;
use super::jobs::name;
use super::layout::{At, Nav};
use crate::desk::flows::foresight::{self, Recipient};
use crate::desk::ticket::list;
use crate::platform::db::Tx;
use crate::platform::queue::Cron;
use crate::platform::queue::store;
use crate::web::PageError;

/// Lines shown of one job.
const LISTED: usize = 200;
/// Lines looked at, so that those left out can be counted.
const LOOKED_AT: i64 = 2_000;

/// A job with what it would do.
pub(super) struct Shown {
    /// What it is called.
    pub name: String,
    /// Those whom this person may see.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub more: usize,
}

/// Somebody or something it would reach.
pub(super) struct Line {
    /// Number, registration or name.
    pub about: String,
    /// Whether `about` is the number of a ticket.
    pub is_ticket: bool,
    /// The masked address.
    pub to: String,
    /// What would happen.
    pub what: String,
}

#[derive(Template)]
#[template(path = "staff/dry_run.html")]
struct DryRunPage {
    at: At,
    next: Option<DateTime<Utc>>,
    run: Option<Shown>,
}

/// `GET /staff/schedules/{name}`
///
/// # Errors
/// 404 no such job, or when the database is away.
pub async fn page(desk: Desk, Path(word): Path<String>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let rows = store::schedules(&mut tx).await?;
    let row = rows.iter().find(|row| row.name == word).ok_or(PageError::NotFound)?;
    let title = format!("{}{}", name(&row.name, desk.lang()), desk.t(" ─ 次回の対象", ": who would be reached"));
    let at = At::load(&mut tx, &desk, title, Nav::Jobs).await?;
    let next = Cron::parse(&row.cron).ok().filter(|_| row.is_enabled).and_then(|cron| cron.next(desk.now()));
    let run = match next {
        Some(next) => Some(of(&mut tx, &desk, &row.name, next).await?),
        None => None,
    };
    desk.ctx.page(StatusCode::OK, &DryRunPage { at, next, run })
}

/// What every job would do at an instant; those that would do nothing are left out.
pub(super) async fn of_all(tx: &mut Tx, desk: &Desk, at: DateTime<Utc>) -> Result<Vec<Shown>, PageError> {
    let mut all = Vec::new();
    for row in store::schedules(tx).await? {
        let run = of(tx, desk, &row.name, at).await?;
        if !run.lines.is_empty() || run.more > 0 {
            all.push(run);
        }
    }
    Ok(all)
}

async fn of(tx: &mut Tx, desk: &Desk, job: &str, at: DateTime<Utc>) -> Result<Shown, PageError> {
    let recipients = foresight::of(tx, &desk.context(), desk.state().kinds(), job, at, LOOKED_AT).await?;
    let ids: Vec<i64> = recipients.iter().filter_map(|one| one.ticket).map(|id| id.0).collect();
    let seen = list::visible_among(tx, &ids, desk.seen_by()).await?;
    let is_seen = |one: &&Recipient| one.ticket.is_none_or(|id| seen.contains(&id.0));
    let line = |one: &Recipient| Line {
        about: one.about.clone(),
        is_ticket: one.ticket.is_some(),
        to: one.to.clone(),
        what: one.what[usize::from(!desk.lang().is_ja())].clone(),
    };
    let lines: Vec<_> = recipients.iter().filter(is_seen).take(LISTED).map(line).collect();
    Ok(Shown { name: name(job, desk.lang()), more: recipients.len() - lines.len(), lines })
}
