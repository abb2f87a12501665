//! `/staff/periods/moment`: 「この時刻だったら」, what the desk would say and do at another instant. Reads only.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};

use super::boxes;
use crate::desk::inquiry::InquiryKind;
use crate::desk::inquiry::moment::{Moments, is_taken, next_opening};
use crate::desk::period::{self, PeriodKind, Season};
use crate::platform::clock::jst;
use crate::web::PageError;
use crate::web::form_body::query_value;
use crate::web::staff::Desk;
use crate::web::staff::dry_run::{self, Shown};
use crate::web::staff::layout::{At, Nav};

/// What a kind of inquiry would be at the instant.
struct KindThen {
    name: &'static str,
    answers: Vec<String>,
    is_taken: bool,
    opens_at: Option<DateTime<Utc>>,
    edge: Option<(DateTime<Utc>, bool)>,
}

#[derive(Template)]
#[template(path = "staff/moment.html")]
struct MomentPage {
    at: At,
    then: DateTime<Utc>,
    day: String,
    time: String,
    is_wrong: bool,
    season: Season,
    kinds: Vec<KindThen>,
    runs: Vec<Shown>,
}

impl MomentPage {
    fn open(&self) -> Vec<String> {
        let lang = self.at.lang();
        self.season.open_at(self.then).map(|p| format!("{} {}", p.called(lang), p.kind.label(lang))).collect()
    }

    fn banner(&self) -> Option<String> {
        let lang = self.at.lang();
        let banner = self.season.banner(self.then)?;
        let left = crate::web::when::span(lang, banner.period.closes_at - self.then);
        let (name, close) = (banner.period.called(lang), self.at.stamp(&banner.period.closes_at));
        Some(match lang.is_ja() {
            true => format!("{name} {close} (あと {left})"),
            false => format!("{name}: {close} ({left} left)"),
        })
    }

    fn next_edge(&self) -> Option<DateTime<Utc>> {
        self.season.next_edge(self.then).map(|edge| edge.at)
    }

    fn is_all_closed(&self) -> bool {
        self.season.all_closed(self.then)
    }
}

/// `GET /staff/periods/moment?day=&time=`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let (query, now) = (desk.ctx.query(), desk.now());
    let (day, time) = (query_value(query, "day"), query_value(query, "time"));
    let asked = read(&day, &time);
    let then = asked.unwrap_or(now);
    let mut tx = desk.read().await?;
    let title = desk.t("この時刻だったら", "If it were this time");
    let mut at = At::load(&mut tx, &desk, title, Nav::Periods).await?;
    at.is_error = asked.is_none() && !day.is_empty();
    let season = period::season(&mut tx).await?;
    let runs = dry_run::of_all(&mut tx, &desk, then).await?;
    let is_wrong = at.is_error;
    let page = MomentPage {
        day: if is_wrong { day } else { boxes(then).0 },
        time: if is_wrong { time } else { boxes(then).1 },
        kinds: kinds(&desk, &season, then),
        at,
        then,
        is_wrong,
        season,
        runs,
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.ctx.page(status, &page)
}

fn kinds(desk: &Desk, season: &Season, then: DateTime<Utc>) -> Vec<KindThen> {
    let (lang, moments) = (desk.lang(), Moments::at(season, then));
    let specs = desk.state().kinds().all().iter();
    specs
        .map(|spec| KindThen {
            name: InquiryKind::label(spec.kind, lang),
            answers: spec
                .answers
                .iter()
                .filter(|answer| moments.fit(answer))
                .map(|answer| answer.title.t(lang).to_owned())
                .collect(),
            is_taken: is_taken(spec, season, then),
            opens_at: next_opening(spec, season, then),
            edge: spec
                .edge
                .and_then(|edge: PeriodKind| season.touched(edge, then))
                .map(|touched| (touched.edge_at, touched.is_late)),
        })
        .collect()
}

fn read(day: &str, time: &str) -> Option<DateTime<Utc>> {
    let time = if time.is_empty() { "12:00" } else { time };
    let typed = format!("{day} {time}");
    let notations = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"];
    let local = notations.iter().find_map(|notation| NaiveDateTime::parse_from_str(&typed, notation).ok())?;
    Some(jst().from_local_datetime(&local).single()?.with_timezone(&Utc))
}
