//! `/staff/periods`: the season by year, its picture and history; changes go through [`change`].

pub(super) mod change;
mod forms;
pub(super) mod moment;
mod picture;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use self::picture::Picture;
use super::Desk;
use super::layout::{At, Nav};
use crate::desk::calendar;
use crate::desk::inquiry::Spec;
use crate::desk::inquiry::moment::internal_deadline;
use crate::desk::period::change::Stood;
use crate::desk::period::store::{self, ChangeRow};
use crate::desk::period::{Period, Season};
use crate::desk::staff::Role;
use crate::platform::clock::fiscal_year;
use crate::web::PageError;
use crate::web::form_body::query_value;

/// Lines of the history shown.
const HISTORY: i64 = 100;

/// A deadline of the desk itself, before a close.
struct Internal {
    at: DateTime<Utc>,
    kind: &'static str,
    of: String,
}

#[derive(Template)]
#[template(path = "staff/periods.html")]
struct PeriodsPage {
    at: At,
    year: i64,
    years: Vec<i64>,
    periods: Vec<Period>,
    picture: Option<Picture>,
    internal: Vec<Internal>,
    history: Vec<ChangeRow>,
    may_edit: bool,
}

impl PeriodsPage {
    fn drafts(&self) -> usize {
        self.periods.iter().filter(|period| !period.is_published).count()
    }

    /// Where a period stands now: the colour and the word of its chip.
    fn state(&self, period: &Period) -> (&'static str, &'static str) {
        let now = self.at.now();
        match () {
            () if !period.is_published => ("yellow", self.at.t("下書き", "Draft")),
            () if period.contains(now) => ("green", self.at.t("受付中", "Open")),
            () if period.closes_at <= now => ("", self.at.t("終了", "Over")),
            () => ("key", self.at.t("これから", "To come")),
        }
    }

    fn off(&self, at: &DateTime<Utc>) -> Option<String> {
        let day = at.with_timezone(&crate::platform::clock::jst()).date_naive();
        calendar::ours().why_off(day, self.at.lang())
    }

    fn stood(&self, stood: &Option<sqlx::types::Json<Stood>>) -> String {
        let Some(stood) = stood else { return self.at.t("なし", "none").to_owned() };
        let draft = if stood.is_published { "" } else { self.at.t(" (下書き)", " (draft)") };
        let (from, to) = (self.at.stamp(&stood.opens_at), self.at.stamp(&stood.closes_at));
        if from == to {
            format!("{}: {to}{draft}", stood.name)
        } else {
            format!("{}: {from} – {to}{draft}", stood.name)
        }
    }
}

/// `GET /staff/periods`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("募集期間", "Recruitment periods"), Nav::Periods).await?;
    let all = store::list(&mut tx).await?;
    let mut years: Vec<i64> = all.iter().map(|period| period.fiscal_year).collect();
    years.dedup();
    let season = Season::new(all.clone());
    let year = query_value(desk.ctx.query(), "year").parse().ok();
    // Training of the next year is what is recruited for now.
    let usual = || season.running_year(desk.now()).or(years.first().copied());
    let year = year.or_else(usual).unwrap_or_else(|| i64::from(fiscal_year(desk.state().clock.today())) + 1);
    let periods: Vec<Period> = all.into_iter().filter(|period| period.fiscal_year == year).collect();
    let history = store::changes(&mut tx, year, HISTORY).await?;
    let internal = internal(&desk, &periods);
    let picture = Picture::of(&periods, desk.now(), desk.lang());
    let may_edit = desk.may(Role::Lead);
    let page = PeriodsPage { at, year, years, picture, internal, history, may_edit, periods };
    desk.ctx.page(StatusCode::OK, &page)
}

/// The desk's own deadlines before the closes of a year.
fn internal(desk: &Desk, periods: &[Period]) -> Vec<Internal> {
    let deadline_of = |spec: &'_ Spec, period: &Period| {
        let deadline = spec.deadline.as_ref().filter(|deadline| deadline.of == period.kind)?;
        // The season of this one window: its deadline, whatever has passed.
        let alone = Season::new(vec![Period { is_published: true, ..period.clone() }]);
        let due = internal_deadline(deadline, &alone, period.opens_at)?;
        Some(Internal { at: due.at, kind: spec.kind.label(desk.lang()), of: period.called(desk.lang()) })
    };
    let specs = desk.state().kinds().all().iter();
    let mut found: Vec<_> =
        specs.flat_map(|spec| periods.iter().filter_map(move |period| deadline_of(spec, period))).collect();
    found.sort_by_key(|internal| internal.at);
    found
}

/// A date and a time of the two boxes of a form.
fn boxes(at: DateTime<Utc>) -> (String, String) {
    let local = at.with_timezone(&crate::platform::clock::jst());
    (local.format("%Y-%m-%d").to_string(), local.format("%H:%M").to_string())
}
