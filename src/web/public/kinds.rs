//! `GET /inquiries`: all kinds, by audience, each with the first sentence of its answer.

use askama::Template;
use axum::response::Response;

use super::first_sentence;
use crate::desk::faq::Entry;
use crate::desk::inquiry::moment::Moments;
use crate::desk::inquiry::{Audience, InquiryKind, Spec};
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
    /// Id, question and first sentence of the entry that answers most who come with it.
    answer: Option<(String, String, String)>,
}

/// The page.
pub async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let title = ctx.lang().t("問い合わせの種別を選ぶ", "What is it about?");
    let moments = Moments::at(&*ctx.state().season().await, ctx.now());
    let groups = Audience::ALL.into_iter().map(|a| (a, of(&ctx, &moments, a))).collect();
    let at = Layout::new(&ctx, title, Nav::Inquire, "/inquiries").with_banner().await;
    ctx.public_page(&Kinds { at, groups })
}

fn of(ctx: &Ctx, moments: &Moments, audience: Audience) -> Vec<Kind> {
    let kinds = ctx.state().kinds().of_audience(audience);
    kinds.map(|spec| Kind { kind: spec.kind, answer: main_answer(ctx, moments, spec) }).collect()
}

/// The entry the kind names, else the one its first fitting answer rests on, else any entry about the kind: what the
/// desk has taken out or what does not hold today leaves its place to the next.
fn main_answer(ctx: &Ctx, moments: &Moments, spec: &Spec) -> Option<(String, String, String)> {
    let (library, lang, today) = (&ctx.state().library, ctx.lang(), ctx.state().clock.today());
    let of_answers = spec.answers.iter().filter(|answer| moments.fit(answer)).map(|answer| answer.faq.as_str());
    let named = std::iter::once(spec.faq.as_str()).chain(of_answers).filter_map(|id| library.entry(lang, id));
    let is_shown = |entry: &&Entry| entry.is_public() && entry.holds_on(today);
    let entry = named.chain(library.by_kind(lang, spec.kind.as_str())).find(is_shown)?;
    Some((entry.id.clone(), entry.question.clone(), first_sentence(&entry.answer_text())))
}
