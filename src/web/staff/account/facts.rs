//! The fields of the copy, in the order of `accounts.csv`.

use super::super::facts::{Fact, show_born, tail};
use super::super::layout::At;
use crate::desk::Lang;
use crate::desk::account::store::Account;
use crate::desk::account::{ApplicationState, LicenceImage, LoginMailState, Phase};
use crate::desk::reply::disclosure::masked;

/// The fields; personal ones are masked unless they were opened.
pub(super) fn of(at: &At, account: &Account, is_open: bool) -> Vec<Fact> {
    let (r, lang) = (&account.record, at.lang());
    let t = |ja, en| lang.t(ja, en);
    let plain = |label, value: String| (!value.is_empty()).then_some(Fact { label, value, typed: None });
    let secret = |label, value: String, mask: fn(&str) -> String| {
        let shown = if is_open { value.clone() } else { mask(&value) };
        (!value.is_empty()).then_some(Fact { label, value: shown, typed: None })
    };
    let stamp = |when: Option<_>| when.map(|when| at.stamp(&when)).unwrap_or_default();
    [
        plain(t("旧姓", "Former names"), r.former_names.join("、")),
        secret(t("医籍登録番号", "Registration no."), r.registration_number.value().to_string(), tail),
        secret(t("生年月日", "Birthdate"), show_born(r.birthdate.date(), lang), |_| "••••-••-••".to_owned()),
        secret(t("メール", "Mail"), r.email.clone(), masked),
        secret(t("以前のメール", "Former mail"), r.former_emails.join(" "), |_| "•••".to_owned()),
        secret(t("電話", "Phone"), r.phone.clone(), tail),
        plain(t("区分", "Phase"), r.phase.map(|p| show_phase(p, lang).to_owned()).unwrap_or_default()),
        plain(t("研修開始年度", "Entry fiscal year"), r.entry_fiscal_year.map(|y| y.to_string()).unwrap_or_default()),
        plain(t("基本領域", "Specialty"), r.specialty.clone()),
        plain(t("プログラム", "Programme"), r.program.clone()),
        plain(t("統括責任者", "Director"), r.director_name.clone()),
        secret(t("統括責任者メール", "Director's mail"), r.director_email.clone(), masked),
        plain(
            t("応募状態", "Application"),
            r.application_state.map(|s| show_state(s, lang).to_owned()).unwrap_or_default(),
        ),
        plain(t("登録日時", "Registered"), stamp(r.registered_at)),
        plain(t("ログインURL送信", "Login URL sent"), stamp(r.login_mail_sent_at)),
        plain(
            t("ログインURL状態", "Login URL state"),
            r.login_mail_state.map(|s| show_mail(s, lang).to_owned()).unwrap_or_default(),
        ),
        plain(t("一時パスワード発行", "Temporary password"), stamp(r.temporary_password_issued_at)),
        plain(
            t("免許証画像", "Licence image"),
            r.licence_image.map(|i| show_image(i, lang).to_owned()).unwrap_or_default(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// 応募状態 in the language of the page.
pub fn show_state(state: ApplicationState, lang: Lang) -> &'static str {
    let en = match state {
        ApplicationState::Unapplied => "not applied",
        ApplicationState::Applied => "applied",
        ApplicationState::Accepted => "accepted",
        ApplicationState::Rejected => "rejected",
        ApplicationState::Unset => "no decision entered",
        ApplicationState::WithdrawalRequested => "withdrawal requested",
        ApplicationState::Withdrawn => "withdrawn",
    };
    lang.t(state.ja(), en)
}

fn show_phase(phase: Phase, lang: Lang) -> &'static str {
    let en = match phase {
        Phase::Applicant => "applicant",
        Phase::Trainee => "in training",
    };
    lang.t(phase.ja(), en)
}

fn show_mail(state: LoginMailState, lang: Lang) -> &'static str {
    let en = match state {
        LoginMailState::Sent => "sent",
        LoginMailState::Bounced => "bounced",
        LoginMailState::Opened => "opened",
    };
    lang.t(state.ja(), en)
}

fn show_image(image: LicenceImage, lang: Lang) -> &'static str {
    let en = match image {
        LicenceImage::None => "none",
        LicenceImage::Provisional => "provisional",
        LicenceImage::Licence => "licence",
    };
    lang.t(image.ja(), en)
}
