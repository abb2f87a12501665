//! What happened to a registration, newest first: from the online system's copy, from tickets, and from what the desk did.

use chrono::{DateTime, Utc};

use super::AccountPage;
use crate::desk::flows::repair::Repair;

/// One line.
pub(super) struct Happening {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: String,
    /// Where it is known from.
    pub source: &'static str,
    /// A ticket it is about.
    pub ticket: Option<String>,
}

/// Everything the page has loaded that has a time.
pub(super) fn of(page: &AccountPage) -> Vec<Happening> {
    let mut lines = Vec::new();
    copy(page, &mut lines);
    let t = |ja, en| page.at.t(ja, en);
    for ticket in &page.tickets {
        let what = format!("{}{}", t("問い合わせ：", "Inquiry: "), ticket.subject);
        let ticket_number = Some(ticket.number.clone());
        lines.push(Happening {
            at: ticket.received_at,
            what,
            source: ticket.channel.label(page.at.lang()),
            ticket: ticket_number,
        });
    }
    for repair in &page.repairs {
        desk(page, repair, &mut lines);
    }
    for change in &page.changes {
        let what = format!(
            "{}{} {}",
            t("変更依頼：", "Asked of the online system: "),
            change.act.label(page.at.lang()),
            change.field
        );
        lines.push(Happening { at: change.asked_at, what, source: t("事務局", "desk"), ticket: None });
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines
}

/// What the copy says.
fn copy(page: &AccountPage, lines: &mut Vec<Happening>) {
    let (r, t) = (&page.account.record, |ja, en| page.at.t(ja, en));
    let mut add = |at: Option<DateTime<Utc>>, what: String| {
        let source = t("システム", "online system");
        lines.extend(at.map(|at| Happening { at, what, source, ticket: None }));
    };
    add(r.registered_at, t("登録", "Registered").to_owned());
    add(r.login_mail_sent_at, t("ログイン用URLを送信", "Login URL mailed").to_owned());
    add(r.temporary_password_issued_at, t("一時パスワードを発行", "Temporary password issued").to_owned());
    for application in &page.applications {
        let what = format!(
            "{}年度 {} {}：{}",
            application.fiscal_year,
            application.round,
            application.program,
            page.state(application)
        );
        add(application.decided_at, what);
    }
    if let Some(w) = &page.withdrawal {
        add(w.requested_at, t("採用辞退を申請", "Withdrawal requested").to_owned());
        let decided = format!("{}：{}", t("統括責任者の判断", "Director's decision"), page.decision(w));
        add(w.director_decided_at, decided);
        add(w.mailed_at, t("辞退の結果を本人に通知", "The person was told").to_owned());
    }
}

/// What the desk did.
fn desk(page: &AccountPage, repair: &Repair, lines: &mut Vec<Happening>) {
    let t = |ja, en| page.at.t(ja, en);
    let mut add = |at: Option<DateTime<Utc>>, ja, en| {
        let what = format!("{}({} ← {})", t(ja, en), repair.survivor, repair.retired);
        lines.extend(at.map(|at| Happening { at, what, source: t("事務局", "desk"), ticket: None }));
    };
    add(Some(repair.asked_at), "二重登録の修正を依頼", "Repair asked for ");
    add(repair.applied_at, "二重登録を修正", "Repaired ");
    add(repair.undone_at, "修正を元に戻した", "Repair taken back ");
}
