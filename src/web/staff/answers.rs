//! `/staff/answers`: what people find out for themselves. How often the answer before a form settled it, beside how many
//! wrote all the same; and the tables of rules behind guides and suggestions, with the day until which each is known to hold.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Days, NaiveDate};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::inquiry::{InquiryKind, store};
use crate::desk::policy::{Policy, Table};
use crate::desk::ticket::list;
use crate::web::{PageError, when};

/// Days that are counted, today included.
const DAYS: u64 = 30;

/// One answer of a kind.
struct Helped {
    title: String,
    count: i64,
}

/// A kind with its answers.
struct Line {
    kind: InquiryKind,
    answers: Vec<Helped>,
    /// Readers whom its answers helped.
    helped: i64,
    /// Inquiries that came all the same.
    asked: i64,
}

impl Line {
    /// Of all who read and told, or wrote, how many were helped; `None` while nobody did either.
    fn share(&self) -> Option<i64> {
        let all = self.helped + self.asked;
        (all > 0).then(|| self.helped * 100 / all)
    }
}

/// A table of rules.
struct Rules {
    table: &'static Table,
    /// First day of each version.
    versions: Vec<String>,
    rows: usize,
    until: Option<String>,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "staff/answers.html")]
struct AnswersPage {
    at: At,
    since: String,
    lines: Vec<Line>,
    rules: Vec<Rules>,
}

/// `GET /staff/answers`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("自己解決と規則", "Self-service and rules"), Nav::Answers).await?;
    let today = desk.state().clock.today();
    let since = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let helped = store::helped_since(&mut tx, since).await?;
    let asked = list::count_by_kind_since(&mut tx, when::begin_of(since), desk.seen_by()).await?;
    let lang = desk.lang();
    let library = &desk.state().library;
    let lines = desk.state().kinds().all().iter().map(|spec| {
        let of_kind = |(kind, id, count): &(InquiryKind, String, i64)| {
            let answer = spec.answers.iter().find(|answer| answer.id == *id).map(|answer| answer.title.t(lang));
            let entry = || library.entry(lang, id.strip_prefix(store::OF_FAQ)?).map(|entry| entry.question.as_str());
            // An answer that is no longer there still counts.
            let title = answer.or_else(entry).unwrap_or(id).to_owned();
            (*kind == spec.kind).then_some(Helped { title, count: *count })
        };
        let answers: Vec<Helped> = helped.iter().filter_map(of_kind).collect();
        Line {
            kind: spec.kind,
            helped: answers.iter().map(|answer| answer.count).sum(),
            answers,
            asked: asked.iter().find(|(kind, _)| kind == spec.kind.as_str()).map_or(0, |(_, count)| *count),
        }
    });
    let lines = lines.collect();
    let tables = Policy::embedded().map(Policy::tables).unwrap_or_default();
    let rules = tables.iter().map(|table| rules(table, today, &desk)).collect();
    desk.ctx.page(StatusCode::OK, &AnswersPage { at, since: when::day(lang, since), lines, rules })
}

fn rules(table: &'static Table, today: NaiveDate, desk: &Desk) -> Rules {
    let last = table.versions.last();
    let until = last.and_then(|version| version.holds_until);
    Rules {
        versions: table.versions.iter().map(|version| version.from.to_string()).collect(),
        rows: last.map_or(0, |version| version.rows.len()),
        is_over: until.is_some_and(|until| until < today),
        until: until.map(|until| when::day(desk.lang(), until)),
        table,
    }
}
