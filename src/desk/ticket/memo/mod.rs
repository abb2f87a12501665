//! 電話メモ: what a caller said, noted under the registration number they named, and a link to the form that fits, sent
//! to an address of theirs (FAQ F31: a call leads to the form). Nothing about a person is said or proven by phone: the
//! link carries the kind and a subject, never number, name or birthdate, and the mail quotes nothing of the memo.

mod store;

use chrono::{DateTime, Utc};

use super::caller::Fault;
use super::mails;
use crate::config::Limits;
use crate::desk::account::{EmailAddress, RegistrationNumber, Wording};
use crate::desk::inquiry::InquiryKind;
use crate::desk::staff::StaffId;
use crate::desk::{Context, Lang};
use crate::id_type;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

pub use store::of_number;

id_type! {
    /// Key of a memo.
    MemoId
}

/// The fields as typed; all but `memo` may be empty.
#[derive(Clone, Copy, Default)]
#[expect(missing_docs, reason = "named as on the form")]
pub struct Typed<'t> {
    pub kind: &'t str,
    pub registration_number: &'t str,
    pub subject: &'t str,
    pub memo: &'t str,
    pub email: &'t str,
}

/// A memo to be kept. Its `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct NewMemo {
    /// What the call was about.
    pub kind: InquiryKind,
    /// The number the caller named, if any. It proves nothing.
    pub registration_number: Option<i64>,
    /// One line that stands on the form already.
    pub subject: String,
    /// What was said.
    pub memo: String,
    /// Where the link goes; without one it is read out.
    pub email: Option<EmailAddress>,
}

impl std::fmt::Debug for NewMemo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewMemo").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A kept memo.
#[derive(Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0007_kinds.sql")]
pub struct Memo {
    pub id: MemoId,
    pub kind: InquiryKind,
    pub memo: String,
    pub staff_name: String,
    pub noted_at: DateTime<Utc>,
    pub was_mailed: bool,
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Reads the form.
///
/// # Errors
/// Every fault, in the order of the form.
pub fn read(typed: &Typed<'_>, limits: &Limits, lang: Lang) -> Result<NewMemo, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |field, text: String| faults.push(Fault { field, text });
    let number = match typed.registration_number.trim() {
        "" => None,
        text => match RegistrationNumber::parse(text) {
            Ok(entered) => Some(entered.value.value()),
            Err(error) => {
                fault("registration_number", error.wording(lang));
                None
            }
        },
    };
    let subject: String = typed.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if subject.chars().count() > limits.subject_chars {
        fault("subject", lang.t("件名が長すぎます。", "The subject is too long.").to_owned());
    }
    let memo = typed.memo.trim();
    if memo.is_empty() {
        fault("memo", lang.t("聞いた内容を入力してください。", "Enter what was said.").to_owned());
    } else if memo.chars().count() > limits.body_chars {
        fault("memo", lang.t("メモが長すぎます。", "The memo is too long.").to_owned());
    }
    let email = match typed.email.trim() {
        "" => None,
        text => match EmailAddress::parse(text) {
            Ok(entered) => Some(entered.value),
            Err(error) => {
                fault("email", error.wording(lang));
                None
            }
        },
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let kind = InquiryKind::parse(typed.kind).unwrap_or(InquiryKind::Other);
    Ok(NewMemo { kind, registration_number: number, subject, memo: memo.to_owned(), email })
}

/// The address of the form for a memo: kind and subject, nothing of the person.
pub fn link(ctx: &Context, memo: &NewMemo) -> String {
    let mut url = format!("{}/inquiries/{}", ctx.settings.server.base_url.trim_end_matches('/'), memo.kind);
    if !memo.subject.is_empty() {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("subject", &memo.subject).finish();
        url = format!("{url}?{query}");
    }
    url
}

/// Keeps a memo and sends the link, in one transaction. The same form key again is the same memo.
///
/// # Errors
/// When nothing was stored.
pub async fn keep(tx: &mut Tx, ctx: &Context, by: StaffId, key: &str, memo: &NewMemo) -> Result<(), DbError> {
    let now = ctx.now();
    if !store::insert(tx, by, key, memo, now).await? {
        return Ok(());
    }
    if let Some(email) = &memo.email {
        let mail = mails::form_link(ctx, key, memo.kind, &link(ctx, memo), email);
        outbox::enqueue_automatic(tx, &mail, now, ctx.settings.limits.mails_per_address_per_day).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn reading(typed: &Typed<'_>) -> Result<NewMemo, Vec<Fault>> {
        let settings = Settings::from_parts(None, std::iter::empty()).unwrap();
        read(typed, &settings.limits, Lang::Ja)
    }

    #[test]
    fn a_memo_needs_only_what_was_said_and_reads_the_number_however_it_is_written() {
        let memo =
            reading(&Typed {
                memo: "折り返し希望", registration_number: "第６１２０４８号", ..Typed::default()
            });
        assert_eq!(memo.unwrap().registration_number, Some(612_048));
        let typed = Typed { registration_number: "なし", email: "x", ..Typed::default() };
        let fields: Vec<_> = reading(&typed).unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["registration_number", "memo", "email"]);
    }
}
