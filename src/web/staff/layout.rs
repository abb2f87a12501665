//! What every staff page has around it: `templates/staff/layout.html`.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Utc};

use super::Desk;
use super::{counts, words};
use crate::desk::Lang;
use crate::desk::staff::Role;
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::web::{assets, when};

/// Which entry of the rail is current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// None of them.
    None,
    /// 受信
    Tickets,
    /// 新規
    New,
    /// 保留メール
    Held,
    /// 送信待ち
    Outbox,
    /// 画像
    Images,
    /// 二重登録
    Duplicates,
    /// 承認
    Approvals,
    /// 変更依頼
    Changes,
    /// データ連携
    Linkage,
    /// 自己解決と規則
    Answers,
    /// 募集期間
    Periods,
    /// ジョブ
    Jobs,
    /// 職員
    People,
    /// 監査
    Audit,
    /// 設定
    Settings,
}

/// One entry of the rail.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it leads.
    pub href: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many things wait there.
    pub count: Option<i64>,
    /// Whether it is this page.
    pub is_current: bool,
}

/// The frame of a staff page; a page struct has it as its field `at`.
#[derive(Debug)]
pub struct At {
    desk: Desk,
    /// Title of the page.
    pub title: Cow<'static, str>,
    nav: Nav,
    /// The title then begins with エラー：.
    pub is_error: bool,
    /// What was typed into the search box.
    pub q: String,
    /// Things that are not going well: a red chip on every page.
    pub failures: i64,
    /// The newest event when the page was made: the live page counts from here.
    pub last_event: i64,
    counts: counts::Rail,
    csrf: String,
}

impl At {
    /// The frame; reads the numbers of the rail.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(
        tx: &mut Tx,
        desk: &Desk,
        title: impl Into<Cow<'static, str>>,
        nav: Nav,
    ) -> Result<Self, DbError> {
        let counts = counts::rail(tx, desk).await?;
        Ok(Self {
            title: title.into(),
            nav,
            is_error: false,
            q: String::new(),
            failures: counts.failures,
            last_event: counts.last_event,
            counts,
            csrf: desk.ctx.csrf_token(),
            desk: desk.clone(),
        })
    }

    /// The language of the page.
    pub fn lang(&self) -> Lang {
        self.desk.lang()
    }

    /// The text in the language of the page.
    pub fn t<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        self.lang().t(ja, en)
    }

    /// What parts things in a line.
    pub fn gap(&self) -> &'static str {
        words::gap(self.lang())
    }

    /// What stands between a name and what it names.
    pub fn colon(&self) -> &'static str {
        self.t("：", ": ")
    }

    /// The hashed address of an asset.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// Name of the desk.
    pub fn desk_name(&self) -> &str {
        let desk = &self.desk.state().settings.desk;
        self.t(&desk.name, &desk.name_en)
    }

    /// Name of the person signed in.
    pub fn who(&self) -> &str {
        &self.desk.staff().name
    }

    /// Their role, as a word.
    pub fn role(&self) -> &'static str {
        self.desk.staff().role.label(self.lang())
    }

    /// The token of every form on the page.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether the person may work tickets.
    pub fn may_work(&self) -> bool {
        self.desk.may(Role::Agent)
    }

    /// Whether single-key shortcuts are on.
    pub fn shortcuts(&self) -> bool {
        self.desk.staff().shortcuts
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.desk.now()
    }

    /// 「2026年12月11日(金) 正午(12:00)」
    pub fn stamp(&self, at: &DateTime<Utc>) -> String {
        when::stamp(self.lang(), *at)
    }

    /// The value of a `datetime` attribute.
    pub fn machine(&self, at: &DateTime<Utc>) -> String {
        when::machine(*at)
    }

    /// Short: 「今日 10:02」, 「12/7 9:41」, with the year when it is another one.
    pub fn short(&self, at: &DateTime<Utc>) -> String {
        let local = at.with_timezone(&jst());
        let today = self.desk.now().with_timezone(&jst()).date_naive();
        let day = local.date_naive();
        if day == today {
            return format!("{} {}", self.t("今日", "Today"), local.format("%-H:%M"));
        }
        let date = if day.year() == today.year() { "%-m/%-d %-H:%M" } else { "%Y/%-m/%-d" };
        local.format(date).to_string()
    }

    /// The rail, without what this person may not open.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |nav, href, name, count| Entry { href, name, count, is_current: nav == self.nav };
        let mut entries =
            vec![entry(Nav::Tickets, "/staff/tickets", self.t("受信", "Inbox"), Some(self.counts.needs_staff))];
        if self.may_work() {
            entries.push(entry(Nav::New, "/staff/tickets/new", self.t("新規", "New"), None));
        }
        let held = Some(self.counts.held).filter(|n| *n > 0);
        let stuck = Some(self.counts.stuck_mails).filter(|n| *n > 0);
        let failures = Some(self.failures).filter(|n| *n > 0);
        entries.push(entry(Nav::Held, "/staff/mail/held", self.t("保留メール", "Held mail"), held));
        entries.push(entry(Nav::Outbox, "/staff/mail/outbox", self.t("送信待ち", "Outbox"), stuck));
        let count = |n: i64| Some(n).filter(|n| *n > 0);
        let images = count(self.counts.images);
        entries.push(entry(Nav::Images, "/staff/images", self.t("画像", "Images"), images));
        let duplicates = count(self.counts.duplicates);
        entries.push(entry(Nav::Duplicates, "/staff/duplicates", self.t("二重登録", "Duplicates"), duplicates));
        if self.may_work() {
            let approvals = count(self.counts.approvals);
            entries.push(entry(Nav::Approvals, "/staff/approvals", self.t("承認", "Approvals"), approvals));
        }
        let changes = count(self.counts.changes);
        entries.push(entry(Nav::Changes, "/staff/changes", self.t("変更依頼", "Change set"), changes));
        entries.push(entry(Nav::Linkage, "/staff/linkage", self.t("データ連携", "Linkage"), None));
        entries.push(entry(Nav::Answers, "/staff/answers", self.t("自己解決", "Self-service"), None));
        entries.push(entry(Nav::Periods, "/staff/periods", self.t("募集期間", "Periods"), None));
        entries.push(entry(Nav::Jobs, "/staff/jobs", self.t("ジョブ", "Jobs"), failures));
        if self.desk.may(Role::Lead) {
            entries.push(entry(Nav::Audit, "/staff/audit", self.t("監査", "Audit"), None));
        }
        if self.desk.may(Role::Admin) {
            entries.push(entry(Nav::People, "/staff/people", self.t("職員", "People"), None));
        }
        entries.push(entry(Nav::Settings, "/staff/settings", self.t("設定", "Settings"), None));
        entries
    }
}
