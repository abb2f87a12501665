//! `GET /`: search first, then the five questions of the season, who you are, how to ask.

use askama::Template;
use axum::response::Response;

use super::first_sentence;
use crate::desk::inquiry::Audience;
use crate::desk::period::{PeriodKind, Season};
use crate::platform::db::DbError;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, in_time, when};

#[derive(Template)]
#[template(path = "public/landing.html")]
struct Landing<'a> {
    at: Layout<'a>,
    questions: Vec<Question>,
    audiences: Vec<Door>,
    has_periods: bool,
    /// How long answers take; from 30 answered inquiries on, and while the database answers.
    pace: Option<Estimate>,
}

/// An estimate in words.
struct Estimate {
    half: String,
    most: String,
    kept_percent: i64,
}

struct Question {
    id: String,
    title: String,
    answer: String,
}

struct Door {
    audience: Audience,
    kinds: String,
}

/// While applications are open.
const OPEN: [&str; 5] =
    ["login-mail-missing", "cannot-log-in", "image-too-large", "deadline-noon", "licence-not-at-hand"];
/// Between two windows of a year.
const BETWEEN: [&str; 5] =
    ["result-where", "result-not-in-mail", "not-accepted-apply-again", "withdraw-how", "cannot-log-in"];
/// Outside the season.
const QUIET: [&str; 5] =
    ["login-id-forgotten", "password-forgotten", "change-mail-address-phone", "record-enter", "after-all-closed"];

/// The page.
pub async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let mut at =
        Layout::new(&ctx, ctx.lang().t("よくある質問とお問い合わせ", "Questions and inquiries"), Nav::None, "/");
    at.is_flush = true;
    let at = at.with_banner().await;
    let season = ctx.state().season().await;
    let has_periods = !season.periods().is_empty();
    let pace = estimate(&ctx).await;
    let page = Landing { questions: questions(&ctx, &season), audiences: audiences(&ctx), has_periods, pace, at };
    ctx.public_page(&page)
}

/// How long answers take. A page that people search on does without it rather than wait for the database.
async fn estimate(ctx: &Ctx) -> Option<Estimate> {
    let state = ctx.state();
    let read = async { state.looks.look(&mut state.db.read().await?, ctx.now()).await };
    let pace = in_time::<_, DbError>(read).await.ok()?.pace?;
    let hours = |seconds: i64| when::working(ctx.lang(), seconds);
    Some(Estimate { half: hours(pace.half_within), most: hours(pace.most_within), kept_percent: pace.kept_percent })
}

fn questions(ctx: &Ctx, season: &Season) -> Vec<Question> {
    let (now, library, lang) = (ctx.now(), &ctx.state().library, ctx.lang());
    let ids = if season.open_window(PeriodKind::Apply, now).is_some() {
        OPEN
    } else if season.running_year(now).is_some() && !season.all_closed(now) {
        BETWEEN
    } else {
        QUIET
    };
    // An entry that the desk has taken out leaves its place to one of the other lists.
    let today = ctx.state().clock.today();
    let known = ids.iter().chain(&OPEN).chain(&QUIET).filter_map(|id| library.entry(lang, id));
    let known = known.filter(|entry| entry.is_public() && entry.holds_on(today));
    let mut questions: Vec<Question> = Vec::new();
    for entry in known {
        if questions.len() < 5 && !questions.iter().any(|q| q.id == entry.id) {
            let answer = first_sentence(&entry.answer_text());
            questions.push(Question { id: entry.id.clone(), title: entry.question.clone(), answer });
        }
    }
    questions
}

fn audiences(ctx: &Ctx) -> Vec<Door> {
    let lang = ctx.lang();
    let door = |audience: Audience| {
        let kinds: Vec<_> = ctx.state().kinds().of_audience(audience).map(|spec| spec.kind.label(lang)).collect();
        Door { audience, kinds: kinds.join(lang.t("、", "; ")) }
    };
    Audience::ALL.into_iter().filter(|a| *a != Audience::Everyone).map(door).collect()
}
