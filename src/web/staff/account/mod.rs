//! `/staff/accounts/{account_id}`: one registration as the online system knows it: a read-only copy with its source and
//! the time of its import, personal data masked until it is opened. Tabs are plain links; the page needs no script.

mod facts;
mod history;
mod records;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use super::Desk;
use super::facts::Fact;
use super::layout::{At, Nav};
use super::words;
use crate::desk::account::nested::{self, Application, Withdrawal, WithdrawalDecision};
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::twins::{self, Twin};
use crate::desk::account::{ApplicationState, LicenceImage};
use crate::desk::audit::{self, act};
use crate::desk::flows::changes::{self, Change};
use crate::desk::flows::login_help::{self, LoginMailFate};
use crate::desk::flows::repair::{self, Repair, RepairState};
use crate::desk::licence::{Image, store as images};
use crate::desk::staff::Role;
use crate::desk::ticket::list::{self, Filter, Line, View};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::web::form_body::query_value;
use crate::web::{PageError, Posted};
use crate::word_enum;

pub(super) use facts::show_state;
use history::Happening;
use records::Records;

word_enum! {
    /// The tabs of the page, by their word in the address.
    Tab {
        /// 状態の履歴
        History = "history",
        /// 問い合わせ
        Tickets = "tickets",
        /// 画像
        Images = "images",
        /// 応募
        Applications = "applications",
        /// 研修実績
        Records = "records",
        /// 重複候補
        Duplicates = "duplicates",
        /// 閲覧の記録
        Audit = "audit",
    }
}

/// A tab as a link.
struct Link {
    href: String,
    name: &'static str,
    count: Option<usize>,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    at: At,
    account: Account,
    facts: Vec<Fact>,
    is_open: bool,
    tab: Tab,
    links: Vec<Link>,
    chips: Vec<(&'static str, String)>,
    /// The registration that stands for this one, when a repair put it away.
    survivor: Option<String>,
    /// What is loaded for the tabs.
    tickets: Vec<Line>,
    history: Vec<Happening>,
    applications: Vec<Application>,
    withdrawal: Option<Withdrawal>,
    records: Records,
    twins: Vec<Twin>,
    repairs: Vec<Repair>,
    changes: Vec<Change>,
    audit: Vec<audit::Line>,
    images: Vec<Image>,
    /// Why the image that was to be taken over was not.
    image_error: Option<String>,
}

impl AccountPage {
    fn act<'l>(&self, line: &'l audit::Line) -> &'l str {
        words::act(self.at.lang(), &line.act)
    }

    fn state(&self, application: &Application) -> &'static str {
        show_state(application.state, self.at.lang())
    }

    fn decision(&self, withdrawal: &Withdrawal) -> &'static str {
        match withdrawal.decision {
            Some(WithdrawalDecision::Approved) => self.at.t("承認", "approved"),
            Some(WithdrawalDecision::Denied) => self.at.t("不承認", "denied"),
            None => self.at.t("まだ", "not yet"),
        }
    }

    fn pair_href(&self, twin: &Twin) -> String {
        super::duplicates::href(&self.account.record.account_id, &twin.account.record.account_id)
    }

    fn marks(&self, twin: &Twin) -> String {
        super::match_panel::marks(&twin.reasons, self.at.lang())
    }
}

/// `GET /staff/accounts/{account_id}?tab=`
///
/// # Errors
/// 404, or when the database is away.
pub async fn page(desk: Desk, Path(account_id): Path<String>) -> Result<Response, PageError> {
    show(&desk, &account_id, false).await
}

/// `POST /staff/accounts/{account_id}/open?tab=`: the page with its personal data readable, and an audit line.
///
/// # Errors
/// 404, or when the audit line could not be stored.
pub async fn open(desk: Desk, Path(account_id): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = accounts::find_by_account_id(&mut desk.read().await?, &account_id).await?;
    let found = found.ok_or(PageError::NotFound)?;
    desk.audit(act::PERSONAL_DATA_OPENED, object(&found), "").await?;
    show(&desk, &account_id, true).await
}

/// How the audit names a registration.
fn object(account: &Account) -> String {
    format!("account:{}", account.record.account_id)
}

/// The page with its images, and why one was not taken.
///
/// # Errors
/// 404, or when the database is away.
pub(super) async fn show_with(desk: &Desk, account_id: &str, error: Option<String>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let account = accounts::find_by_account_id(&mut tx, account_id).await?.ok_or(PageError::NotFound)?;
    let title = format!("{} {}", desk.t("登録情報", "Account"), account.record.account_id);
    let mut at = At::load(&mut tx, desk, title, Nav::None).await?;
    at.is_error = error.is_some();
    let mut page = load(&mut tx, desk, at, account, Tab::Images, false).await?;
    page.image_error = error;
    desk.ctx.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn show(desk: &Desk, account_id: &str, is_open: bool) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let account = accounts::find_by_account_id(&mut tx, account_id).await?.ok_or(PageError::NotFound)?;
    let may_audit = desk.may(Role::Lead);
    let tab = Tab::parse(&query_value(desk.ctx.query(), "tab")).filter(|tab| *tab != Tab::Audit || may_audit);
    let title = format!("{} {}", desk.t("登録情報", "Account"), account.record.account_id);
    let at = At::load(&mut tx, desk, title, Nav::None).await?;
    let page = load(&mut tx, desk, at, account, tab.unwrap_or(Tab::History), is_open).await?;
    desk.ctx.page(StatusCode::OK, &page)
}

async fn load(
    tx: &mut Tx,
    desk: &Desk,
    at: At,
    account: Account,
    tab: Tab,
    is_open: bool,
) -> Result<AccountPage, DbError> {
    let (now, id) = (desk.now(), account.id);
    let filter = Filter { account: Some(id), ..Filter::seen_by(desk.seen_by()) };
    let today = now.with_timezone(&jst()).date_naive();
    let mut page = AccountPage {
        facts: facts::of(&at, &account, is_open),
        tickets: list::page(tx, &View::All, &filter, None, list::PAGE).await?,
        applications: newest_first(nested::store::applications(tx, id).await?),
        withdrawal: nested::store::withdrawal(tx, id).await?,
        records: Records::draw(nested::store::training_records(tx, id).await?, today),
        twins: twins::of(tx, &account, now).await?,
        repairs: repair::store::of_account(tx, id).await?,
        changes: changes::store::of_account(tx, &account.record.account_id).await?,
        audit: match tab {
            Tab::Audit => audit::of_object(tx, &object(&account)).await?,
            _ => Vec::new(),
        },
        survivor: match twins::store::survivor_of(tx, id).await? {
            Some(survivor) => accounts::find_account(tx, survivor).await?.map(|found| found.record.account_id),
            None => None,
        },
        images: images::of_account(tx, id.0).await?,
        image_error: None,
        history: Vec::new(),
        links: Vec::new(),
        chips: Vec::new(),
        at,
        account,
        is_open,
        tab,
    };
    page.history = history::of(&page);
    page.links = links(desk, &page);
    page.chips = chips(desk, &page);
    Ok(page)
}

fn newest_first(mut applications: Vec<Application>) -> Vec<Application> {
    applications.reverse();
    applications.sort_by_key(|application| std::cmp::Reverse(application.fiscal_year));
    applications
}

fn links(desk: &Desk, page: &AccountPage) -> Vec<Link> {
    let open = page.twins.iter().filter(|twin| !twin.is_dismissed).count();
    let names = [
        (Tab::History, desk.t("状態の履歴", "History"), None),
        (Tab::Tickets, desk.t("問い合わせ", "Inquiries"), Some(page.tickets.len())),
        (Tab::Images, desk.t("画像", "Images"), Some(page.images.len())),
        (Tab::Applications, desk.t("応募", "Applications"), Some(page.applications.len())),
        (Tab::Records, desk.t("研修実績", "Training records"), Some(page.records.rows.len())),
        (Tab::Duplicates, desk.t("重複候補", "Duplicates"), Some(open)),
        (Tab::Audit, desk.t("閲覧の記録", "Audit"), None),
    ];
    let path = href(&page.account.record.account_id);
    names
        .into_iter()
        .filter(|(tab, ..)| *tab != Tab::Audit || desk.may(Role::Lead))
        .map(|(tab, name, count)| Link {
            href: format!("{path}?tab={tab}"),
            name,
            count: count.filter(|n| *n > 0),
            is_current: tab == page.tab,
        })
        .collect()
}

/// What needs no escape in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// An アカウントID as a part of a path.
pub(super) fn in_path(account_id: &str) -> PercentEncode<'_> {
    utf8_percent_encode(account_id, PLAIN)
}

/// The address of an account's page.
pub(super) fn href(account_id: &str) -> String {
    format!("/staff/accounts/{}", in_path(account_id))
}

/// The states that matter, as chips: colour and words.
fn chips(desk: &Desk, page: &AccountPage) -> Vec<(&'static str, String)> {
    let (r, lang, now) = (&page.account.record, desk.lang(), desk.now());
    let open_twins = page.twins.iter().filter(|twin| !twin.is_dismissed).count();
    let state = r.application_state.map(|state| {
        let class = match state {
            ApplicationState::Applied | ApplicationState::Accepted => "key",
            ApplicationState::WithdrawalRequested => "orange",
            _ => "",
        };
        (class, format!("{}：{}", desk.t("応募", "Application"), show_state(state, lang)))
    });
    let is_said = r.application_state == Some(ApplicationState::WithdrawalRequested);
    let is_withdrawing = !is_said && page.withdrawal.as_ref().is_some_and(Withdrawal::is_pending);
    let withdrawal = is_withdrawing.then(|| ("orange", desk.t("採用辞退 手続き中", "Withdrawal under way").to_owned()));
    let fate = login_help::fate(&page.account, now);
    let class = match fate {
        LoginMailFate::Bounced => "red",
        LoginMailFate::Silent => "orange",
        _ => "",
    };
    let login = (class, format!("{}：{}", desk.t("ログインURL", "Login URL"), fate.label(lang)));
    let twins = (open_twins > 0).then(|| {
        ("orange", format!("{} {open_twins}{}", desk.t("二重登録の疑い", "Possible duplicates:"), desk.t("件", "")))
    });
    let password = r
        .temporary_password_issued_at
        .map(|_| ("yellow", desk.t("一時パスワード発行済み", "Temporary password issued").to_owned()));
    let image = match r.licence_image {
        Some(LicenceImage::Provisional) => Some(("yellow", desk.t("仮の画像", "Provisional image").to_owned())),
        Some(LicenceImage::None) => Some(("", desk.t("画像なし", "No image").to_owned())),
        Some(LicenceImage::Licence) => Some(("green", desk.t("免許証画像あり", "Licence image").to_owned())),
        None => None,
    };
    let gaps = (!page.records.gaps.is_empty()).then(|| {
        (
            "red",
            format!(
                "{} {}{}",
                desk.t("研修実績の空白", "Gaps in the training:"),
                page.records.gaps.len(),
                desk.t("か所", "")
            ),
        )
    });
    let asked = page.repairs.iter().any(|repair| repair.state == RepairState::Asked);
    let asked = asked.then(|| ("yellow", desk.t("修正の承認待ち", "A repair waits for approval").to_owned()));
    let retired = page
        .survivor
        .as_ref()
        .map(|survivor| ("red", format!("{} {survivor}", desk.t("取り消し済み → ", "Put away in favour of"))));
    [retired, state, withdrawal, Some(login), twins, password, image, gaps, asked].into_iter().flatten().collect()
}
