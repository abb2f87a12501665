//! `GET /inquiries`: all kinds, by audience, each with the first sentence of its answer.

use askama::Template;
use axum::response::Response;

use super::first_sentence;
use crate::desk::inquiry::{Audience, InquiryKind};
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError};

#[derive(Template)]
#[template(path = "public/kinds.html")]
struct Kinds<'a> {
    at: Layout<'a>,
    groups: Vec<(Audience, Vec<Kind>)>,
}

struct Kind {
    kind: InquiryKind,
    /// The question that is asked most about it, and the first sentence of its answer.
    answer: Option<(String, String, String)>,
}

/// The page.
pub async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let title = ctx.lang().t("問い合わせの種別を選ぶ", "What is it about?");
    let groups = Audience::ALL.into_iter().map(|a| (a, of(&ctx, a))).collect();
    let at = Layout::new(&ctx, title, Nav::Inquire, "/inquiries").with_banner().await;
    ctx.public_page(&Kinds { at, groups })
}

fn of(ctx: &Ctx, audience: Audience) -> Vec<Kind> {
    ctx.state().kinds().of_audience(audience).map(|spec| describe(ctx, spec.kind)).collect()
}

fn describe(ctx: &Ctx, kind: InquiryKind) -> Kind {
    let entry = ctx.state().library.by_kind(ctx.lang(), kind.as_str());
    let entry = entry.into_iter().find(|entry| entry.holds_on(ctx.state().clock.today()));
    let answer = entry.map(|e| (e.id.clone(), e.question.clone(), first_sentence(&e.answer_text())));
    Kind { kind, answer }
}
