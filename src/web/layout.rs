//! What every public page has around it: `templates/layout/public.html`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{Ctx, assets, when};
use crate::desk::Lang;
use crate::desk::period::PeriodKind;

/// Which entry of the site's navigation is current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// None of them.
    None,
    /// よくある質問
    Faq,
    /// 問い合わせる
    Inquire,
    /// 受付状況
    Status,
}

/// The frame of a public page; a page struct has it as its field `at`.
#[derive(Debug)]
pub struct Layout<'a> {
    ctx: &'a Ctx,
    /// Title of the page, without the name of the desk.
    pub title: Cow<'a, str>,
    /// Current entry of the navigation.
    pub nav: Nav,
    /// The page's own path without `/en`, from the route and never from the request (SEC-036): the other language
    /// lies there.
    pub here: Cow<'a, str>,
    /// The title then begins with エラー：.
    pub is_error: bool,
    /// The next deadline, when it is near.
    pub banner: Option<Banner>,
    /// Full width from the top, for the landing page.
    pub is_flush: bool,
}

/// A deadline within sight.
#[derive(Debug, Clone)]
pub struct Banner {
    /// What stands before the name.
    pub lead: &'static str,
    /// What closes.
    pub name: String,
    /// Whether the name is Japanese on a page that is not.
    pub is_foreign: bool,
    /// When its window closes.
    pub closes_at: DateTime<Utc>,
}

impl<'a> Layout<'a> {
    /// The frame for a page at `here` (without `/en`).
    pub fn new(ctx: &'a Ctx, title: impl Into<Cow<'a, str>>, nav: Nav, here: impl Into<Cow<'a, str>>) -> Self {
        let (title, here) = (title.into(), here.into());
        Self { ctx, title, nav, here, is_error: false, banner: None, is_flush: false }
    }

    /// The language of the page.
    pub fn lang(&self) -> Lang {
        self.ctx.lang()
    }

    /// The text in the language of the page.
    pub fn t<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        self.lang().t(ja, en)
    }

    /// What parts things in a line: a wide space in Japanese, a dot in English.
    pub fn gap(&self) -> &'static str {
        self.t("　", " · ")
    }

    /// A path of ours in the language of the page: `url("/faq")`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.lang().prefix())
    }

    /// This page in the other language.
    pub fn other_url(&self) -> String {
        format!("{}{}", self.lang().other().prefix(), self.here)
    }

    /// The hashed address of an asset.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// Name of the desk.
    pub fn desk(&self) -> &str {
        let desk = &self.ctx.state().settings.desk;
        self.t(&desk.name, &desk.name_en)
    }

    /// When answers are sent.
    pub fn hours(&self) -> &str {
        let desk = &self.ctx.state().settings.desk;
        self.t(&desk.hours, &desk.hours_en)
    }

    /// The address of the desk.
    pub fn mail_address(&self) -> &str {
        &self.ctx.state().settings.mail.address
    }

    /// The domain our mails come from.
    pub fn mail_domain(&self) -> &str {
        self.mail_address().rsplit('@').next().unwrap_or_default()
    }

    /// 「2026年12月11日(金) 正午(12:00)」
    pub fn stamp(&self, at: &DateTime<Utc>) -> String {
        when::stamp(self.lang(), *at)
    }

    /// The value of a `datetime` attribute.
    pub fn machine(&self, at: &DateTime<Utc>) -> String {
        when::machine(*at)
    }

    /// How long until `at`.
    pub fn left(&self, at: &DateTime<Utc>) -> String {
        when::span(self.lang(), *at - self.ctx.now())
    }

    /// With the banner of a near deadline.
    #[must_use]
    pub async fn with_banner(mut self) -> Self {
        let now = self.ctx.now();
        let near = self.ctx.state().season().await.banner(now);
        self.banner = near.filter(|b| b.is_open || b.period.kind == PeriodKind::Deadline).map(|b| {
            let (lang, period) = (self.lang(), b.period);
            let is_window = period.kind == PeriodKind::Apply;
            let is_foreign = !lang.is_ja() && (!is_window || period.round_in_english().is_none());
            let name = if is_window { period.called(lang) } else { period.name };
            let (lead, name) = match (is_window, lang) {
                (true, Lang::Ja) => ("", format!("{name}の応募")),
                (true, Lang::En) => ("Applying in ", name),
                (false, _) => ("", name),
            };
            Banner { lead, name, is_foreign, closes_at: period.closes_at }
        });
        self
    }

    /// Whether よくある質問 is the current entry.
    pub fn is_faq(&self) -> bool {
        self.nav == Nav::Faq
    }

    /// Whether 問い合わせる is the current entry.
    pub fn is_inquire(&self) -> bool {
        self.nav == Nav::Inquire
    }

    /// Whether 受付状況 is the current entry.
    pub fn is_status(&self) -> bool {
        self.nav == Nav::Status
    }
}
