//! `/staff/schedules/{name}`: what the next run of a job would do, line by line. Reads only.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::Desk;
use super::jobs::name;
use super::layout::{At, Nav};
use crate::desk::ticket::list;
use crate::jobs::table::{self, TABLE};
use crate::jobs::{JobFault, Recipient, dry_run, next_turn};
use crate::platform::db::Tx;
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
    about: &'static str,
    next: Option<DateTime<Utc>>,
    run: Option<Shown>,
}

/// `GET /staff/schedules/{name}`
///
/// # Errors
/// 404 no such job, or when the database is away.
pub async fn page(desk: Desk, Path(word): Path<String>) -> Result<Response, PageError> {
    let entry = TABLE.iter().find(|entry| entry.name == word).ok_or(PageError::NotFound)?;
    let lang = desk.lang();
    let mut tx = desk.read().await?;
    let title = format!("{}{}", name(entry.name, lang), desk.t(" ─ 次回の対象", ": who would be reached"));
    let at = At::load(&mut tx, &desk, title, Nav::Jobs).await?;
    let mut schedules = table::schedules(&desk.context()).map_err(|error| PageError::internal(&error))?;
    schedules.retain(|schedule| schedule.name == entry.name);
    let next = schedules.first().and_then(|schedule| next_turn(schedule, desk.now()));
    let run = match next {
        Some(next) => shown(&mut tx, &desk, &schedules, next).await?.pop(),
        None => None,
    };
    desk.ctx.page(StatusCode::OK, &DryRunPage { at, about: entry.about(lang), next, run })
}

/// What every job would do at an instant; those that would do nothing are left out.
pub(super) async fn of_all(tx: &mut Tx, desk: &Desk, at: DateTime<Utc>) -> Result<Vec<Shown>, PageError> {
    let schedules = table::schedules(&desk.context()).map_err(|error| PageError::internal(&error))?;
    let mut all = shown(tx, desk, &schedules, at).await?;
    all.retain(|run| !run.lines.is_empty() || run.more > 0);
    Ok(all)
}

async fn shown(
    tx: &mut Tx,
    desk: &Desk,
    schedules: &[crate::jobs::Schedule],
    at: DateTime<Utc>,
) -> Result<Vec<Shown>, PageError> {
    let runs = dry_run(tx, schedules, at, LOOKED_AT).await.map_err(|fault| match fault {
        JobFault::Db(error) => PageError::from(error),
        other => PageError::internal(&other),
    })?;
    let mut all = Vec::with_capacity(runs.len());
    for (word, recipients) in runs {
        let ids: Vec<i64> = recipients.iter().filter_map(|one| one.ticket).map(|id| id.0).collect();
        let seen = list::visible_among(tx, &ids, desk.seen_by()).await?;
        let is_seen = |one: &&Recipient| one.ticket.is_none_or(|id| seen.contains(&id.0));
        let [ja, en] = [0, 1];
        let words = if desk.lang().is_ja() { ja } else { en };
        let line = |one: &Recipient| Line {
            about: one.about.clone(),
            is_ticket: one.ticket.is_some(),
            to: one.to.clone(),
            what: one.what[words].clone(),
        };
        let lines: Vec<_> = recipients.iter().filter(is_seen).take(LISTED).map(line).collect();
        all.push(Shown { name: name(word, desk.lang()), more: recipients.len() - lines.len(), lines });
    }
    Ok(all)
}
