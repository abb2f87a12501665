//! `GET /faq` and `GET /faq/{id}`: search, the whole list, one answer.

use askama::Template;
use askama::filters::HtmlSafeOutput;
use axum::extract::Path;
use axum::response::Response;

use crate::desk::faq::Entry;
use crate::desk::inquiry::{Audience, InquiryKind};
use crate::desk::policy::{Policy, Table};
use crate::web::form_body::query_value;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError};

/// Hits on a page: more are not shown, and the heading says that there are more.
const HITS: usize = 20;
/// Characters of a query that are looked at.
const QUERY_CHARS: usize = 200;

#[derive(Template)]
#[template(path = "public/faq_results.html")]
struct Results<'a> {
    at: Layout<'a>,
    query: String,
    hits: Vec<Found>,
    /// Whether more than these were found.
    are_more: bool,
}

struct Found {
    id: String,
    title: String,
    /// Escaped by the search, with `<mark>`.
    snippet: HtmlSafeOutput<String>,
    audience: &'static str,
}

#[derive(Template)]
#[template(path = "public/faq_all.html")]
struct All<'a> {
    at: Layout<'a>,
    groups: Vec<Group<'a>>,
}

struct Group<'a> {
    audience: Audience,
    kinds: Vec<(InquiryKind, Vec<&'a Entry>)>,
}

#[derive(Template)]
#[template(path = "public/faq_entry.html")]
struct One<'a> {
    at: Layout<'a>,
    entry: &'a Entry,
    /// Escaped and built by the library's own renderer.
    answer: HtmlSafeOutput<String>,
    kind: InquiryKind,
    audience: &'static str,
    related: Vec<&'a Entry>,
    /// Questions that end in an answer resting on this entry.
    guides: Vec<&'static Table>,
    csrf_token: String,
}

/// `GET /faq?q=`; without a query the whole list.
pub async fn list(ctx: Ctx) -> Result<Response, PageError> {
    let query: String = query_value(ctx.query(), "q").trim().chars().take(QUERY_CHARS).collect();
    let title = ctx.lang().t("よくある質問", "Questions and answers");
    let at = Layout::new(&ctx, title, Nav::Faq, "/faq").with_banner().await;
    if query.is_empty() {
        let groups = Audience::ALL.into_iter().map(|audience| group(&ctx, audience)).collect();
        return ctx.public_page(&All { at, groups });
    }
    let library = &ctx.state().library;
    let found = library.search_on(ctx.state().clock.today(), ctx.lang(), &query, HITS + 1);
    let are_more = found.len() > HITS;
    let hits = found.into_iter().take(HITS).map(|hit| Found {
        audience: library
            .entry(ctx.lang(), &hit.id)
            .map_or("", |entry| ctx.state().kinds().audience(nearest(entry)).label(ctx.lang())),
        id: hit.id,
        title: hit.title,
        snippet: HtmlSafeOutput(hit.snippet_html),
    });
    ctx.public_page(&Results { at, query, hits: hits.collect(), are_more })
}

/// `GET /faq/{id}`
pub async fn entry(ctx: Ctx, Path(id): Path<String>) -> Result<Response, PageError> {
    let (library, lang) = (&ctx.state().library, ctx.lang());
    let today = ctx.state().clock.today();
    let is_shown = |entry: &&Entry| entry.is_public() && entry.holds_on(today);
    let entry = library.entry(lang, &id).filter(is_shown).ok_or(PageError::NotFound)?;
    let kind = nearest(entry);
    let related = library.by_kind(lang, kind.as_str()).into_iter().filter(is_shown);
    let related = related.filter(|other| other.id != entry.id).take(4).collect();
    let here = format!("/faq/{}", entry.id);
    let page = One {
        at: Layout::new(&ctx, &entry.question, Nav::Faq, here).with_banner().await,
        answer: HtmlSafeOutput(entry.answer_html()),
        entry,
        audience: ctx.state().kinds().audience(kind).label(ctx.lang()),
        kind,
        related,
        csrf_token: ctx.csrf_token(),
        guides: Policy::embedded().map(|policy| policy.tables_on(&entry.id)).unwrap_or_default(),
    };
    ctx.public_page(&page)
}

/// The kind an entry is listed under and leads to.
fn nearest(entry: &Entry) -> InquiryKind {
    entry.kinds.first().and_then(|word| InquiryKind::parse(word)).unwrap_or(InquiryKind::Other)
}

fn group(ctx: &Ctx, audience: Audience) -> Group<'_> {
    let today = ctx.state().clock.today();
    let entries = |kind: InquiryKind| {
        let all = ctx.state().library.entries(ctx.lang());
        all.filter(|entry| entry.is_public() && entry.holds_on(today) && nearest(entry) == kind).collect::<Vec<_>>()
    };
    let kinds = ctx
        .state()
        .kinds()
        .of_audience(audience)
        .map(|spec| (spec.kind, entries(spec.kind)))
        .filter(|(_, entries)| !entries.is_empty());
    Group { audience, kinds: kinds.collect() }
}
