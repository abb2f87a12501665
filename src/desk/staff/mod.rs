//! People of the desk (事務局): who they are, what they may do, how they sign in.

pub mod api_token;
pub mod approval;
pub mod link;
pub mod password;
pub mod people;
pub mod session;
pub mod sign_in;
mod store;

use chrono::{DateTime, Utc};

use crate::desk::Lang;
use crate::platform::db::DbError;
use crate::word_enum;

pub use crate::desk::audit::StaffId;

word_enum! {
    /// What a member of staff may do. A lattice: each role may do all that the roles before it may.
    Role {
        /// 閲覧: sees tickets, changes nothing.
        Viewer = "viewer",
        /// 担当: works tickets.
        Agent = "agent",
        /// 責任者: also reads the audit and approves.
        Lead = "lead",
        /// 管理者: also manages people.
        Admin = "admin",
    }
}

impl Role {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Viewer => lang.t("閲覧", "Viewer"),
            Self::Agent => lang.t("担当", "Agent"),
            Self::Lead => lang.t("責任者", "Lead"),
            Self::Admin => lang.t("管理者", "Admin"),
        }
    }

    /// Whether this role includes `needed`.
    pub fn includes(self, needed: Self) -> bool {
        self >= needed
    }
}

/// A member of staff, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Staff {
    /// Key.
    pub id: StaffId,
    /// As colleagues know them.
    pub name: String,
    /// Sign-in name, in its comparable form.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// The language of their pages.
    pub lang: Lang,
    /// Whether single-key shortcuts are on (WCAG 2.1.4).
    pub shortcuts: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether a password has been set.
    pub has_password: bool,
}

/// Why an act on a member of staff, a link or a password was refused.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The name is empty or too long.
    #[error("a name of 1 to 100 characters is needed")]
    BadName,
    /// The address is none.
    #[error("this is no mail address")]
    BadEmail,
    /// Somebody with this address is there already.
    #[error("somebody with this address is there already")]
    EmailTaken,
    /// Nobody has this key.
    #[error("there is no such member of staff")]
    NoSuchPerson,
    /// The desk would be left without an admin.
    #[error("this is the last admin; make somebody else an admin first")]
    LastAdmin,
    /// The password breaks a rule.
    #[error("the password cannot be used: {0}")]
    Password(#[from] password::Fault),
    /// The current password was wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The one-time link is unknown, used, replaced or too old.
    #[error("this link is no longer valid")]
    DeadLink,
    /// Too many wrong passwords; from this instant the next one is taken.
    #[error("too many attempts; try again after {0}")]
    TooSoon(DateTime<Utc>),
}

impl StaffError {
    /// The sentence a person reads: what is wrong and what to do.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Db(_) => lang.t(
                "いま保存できません。少し待って、もう一度お試しください。",
                "It cannot be stored at the moment. Please wait a little and try again.",
            ),
            Self::BadName => lang.t("名前を100文字以内で入力してください。", "Enter a name of up to 100 characters."),
            Self::BadEmail => lang.t(
                "メールアドレスを name@example.jp のような形で入力してください。",
                "Enter a mail address such as name@example.jp.",
            ),
            Self::EmailTaken => lang.t(
                "このメールアドレスの方はもう登録されています。",
                "Somebody with this mail address is registered already.",
            ),
            Self::NoSuchPerson => lang.t("この方は登録されていません。", "There is no such person."),
            Self::LastAdmin => lang.t(
                "管理者がいなくなってしまいます。先にほかの方を管理者にしてください。",
                "This is the last admin. Make somebody else an admin first.",
            ),
            Self::Password(fault) => fault.text(lang),
            Self::WrongPassword => lang.t(
                "現在のパスワードが違います。もう一度入力してください。",
                "The current password is wrong. Enter it again.",
            ),
            Self::DeadLink => lang.t(
                "このリンクは使えなくなっています。管理者に新しいリンクを頼んでください。",
                "This link is no longer valid. Ask an admin for a new one.",
            ),
            Self::TooSoon(_) => lang.t(
                "続けて間違えられたため、いまは確認できません。少し待って、もう一度お試しください。",
                "Too many wrong attempts. Please wait a little and try again.",
            ),
        }
        .to_owned()
    }
}

/// The comparable form of a sign-in address: width folded, no blanks around, lower case. `None` when it is no
/// address (one `@`, something before it, a dot after it, 254 characters at most: RFC 5321 §4.5.3.1).
pub fn email_key(typed: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    let key = typed.nfkc().collect::<String>().trim().to_lowercase();
    let (local, domain) = key.split_once('@')?;
    let sound = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains('@')
        && key.len() <= 254
        && !key.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\".contains(c));
    sound.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_includes_those_before_it() {
        for (place, role) in Role::ALL.iter().enumerate() {
            for (other, needed) in Role::ALL.iter().enumerate() {
                assert_eq!(role.includes(*needed), place >= other);
            }
        }
    }

    #[test]
    fn an_address_is_compared_without_width_and_case() {
        assert_eq!(email_key(" Ｓato@Desk.Example.JP ").as_deref(), Some("sato@desk.example.jp"));
        for wrong in ["", "sato", "@desk.jp", "sato@", "sato@desk", "sa to@desk.jp", "a@b@c.jp", "a@.jp", "<a@b.jp>"] {
            assert_eq!(email_key(wrong), None, "{wrong}");
        }
    }
}
