//! What the desk asks of the online system (変更依頼). The mirror is never edited here: whatever a repair or a correction
//! decides becomes a line of the change set, which is handed over as CSV or JSON and comes back with the next import.

pub mod store;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::desk::Lang;
use crate::desk::audit::{self, act};
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx};
use crate::platform::text::sheet;
use crate::{id_type, word_enum};

id_type! {
    /// Key of a line of the change set.
    ChangeId
}

word_enum! {
    /// What the online system is asked to do.
    ChangeAct {
        /// Set a field.
        Set = "set",
        /// Take the licence image of another registration.
        TakeImage = "take_image",
        /// Close the registration: it is a second one.
        Retire = "retire",
        /// Open it again.
        Restore = "restore",
        /// Make the temporary password worthless.
        VoidTemporaryPassword = "void_temporary_password",
        /// Mail the login URL again.
        ResendLoginMail = "resend_login_mail",
    }
}

impl ChangeAct {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Set => lang.t("項目を直す", "Set a field"),
            Self::TakeImage => lang.t("免許証画像を引き継ぐ", "Take over the licence image"),
            Self::Retire => lang.t("登録を取り消す", "Close the registration"),
            Self::Restore => lang.t("登録を元に戻す", "Open the registration again"),
            Self::VoidTemporaryPassword => lang.t("一時パスワードを取り消す", "Void the temporary password"),
            Self::ResendLoginMail => lang.t("ログイン用URLを再送する", "Mail the login URL again"),
        }
    }
}

word_enum! {
    /// Where a line stands.
    ChangeState {
        /// Not handed over yet.
        Waiting = "waiting",
        /// The online system has it.
        HandedOver = "handed_over",
        /// Taken back before it was handed over.
        Withdrawn = "withdrawn",
    }
}

impl ChangeState {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Waiting => lang.t("引き渡し待ち", "Waiting"),
            Self::HandedOver => lang.t("引き渡し済み", "Handed over"),
            Self::Withdrawn => lang.t("取り下げ", "Withdrawn"),
        }
    }
}

/// A line to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// アカウントID of the online system.
    pub account_id: String,
    /// What to do.
    pub act: ChangeAct,
    /// The field, under its name in `accounts.csv`; empty unless something is set.
    pub field: &'static str,
    /// What stands there now.
    pub old: String,
    /// What shall stand there.
    pub new: String,
}

impl NewChange {
    /// An act without a field.
    pub fn of(account_id: &str, act: ChangeAct) -> Self {
        Self { account_id: account_id.to_owned(), act, field: "", old: String::new(), new: String::new() }
    }
}

/// A line of the change set.
#[derive(Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0005_repair.sql")]
pub struct Change {
    pub id: ChangeId,
    pub account_id: String,
    pub act: ChangeAct,
    pub field: String,
    pub old_value: String,
    pub new_value: String,
    pub cause: String,
    pub asked_by_name: String,
    pub asked_at: DateTime<Utc>,
    pub state: ChangeState,
    pub settled_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("id", &self.id).field("act", &self.act).finish_non_exhaustive()
    }
}

/// Adds lines with one cause (`repair:7`, `ticket:…`).
///
/// # Errors
/// When the database refuses.
pub async fn ask(
    tx: &mut Tx,
    by: StaffId,
    cause: &str,
    changes: &[NewChange],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for change in changes {
        store::insert(tx, by, cause, change, now).await?;
    }
    Ok(())
}

/// Takes everything back that one cause asked for: what still waits is withdrawn, what was handed over is answered by
/// lines that do the opposite.
///
/// # Errors
/// When the database refuses.
pub async fn take_back(tx: &mut Tx, by: StaffId, cause: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    store::settle(tx, cause, ChangeState::Withdrawn, now).await?;
    let done: Vec<Change> = store::of_cause(tx, cause).await?;
    let undo = format!("undo:{cause}");
    for change in done.iter().rev().filter(|change| change.state == ChangeState::HandedOver) {
        if let Some(opposite) = opposite(change) {
            store::insert_opposite(tx, by, &undo, change, opposite, now).await?;
        }
    }
    Ok(())
}

/// What undoes a line; `None` where nothing can: a voided password and a mail that went out stay.
fn opposite(change: &Change) -> Option<ChangeAct> {
    match change.act {
        ChangeAct::Set => Some(ChangeAct::Set),
        ChangeAct::TakeImage => Some(ChangeAct::TakeImage),
        ChangeAct::Retire => Some(ChangeAct::Restore),
        ChangeAct::Restore => Some(ChangeAct::Retire),
        ChangeAct::VoidTemporaryPassword | ChangeAct::ResendLoginMail => None,
    }
}

/// Notes that all lines up to `last` were handed over: exactly those of the file, not what came after it.
///
/// # Errors
/// When the database refuses.
pub async fn hand_over(tx: &mut Tx, by: StaffId, last: ChangeId, now: DateTime<Utc>) -> Result<u64, DbError> {
    let count = store::hand_over(tx, last, now).await?;
    if count > 0 {
        let object = format!("changes:{last}");
        audit::append(tx, Some(by), act::CHANGES_HANDED_OVER, &object, &count.to_string(), now).await?;
    }
    Ok(count)
}

/// What one cause asked for is so by now, whoever saw to it: nothing of it is left to be handed over.
///
/// # Errors
/// When the database refuses.
pub async fn has_come_true(tx: &mut Tx, cause: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    store::settle(tx, cause, ChangeState::HandedOver, now).await
}

/// The change set as CSV, with Japanese headers.
///
/// # Errors
/// When memory is out.
pub fn as_csv(changes: &[Change]) -> Result<Vec<u8>, csv::Error> {
    let stamps: Vec<[String; 2]> = changes.iter().map(|c| [c.id.to_string(), c.asked_at.to_rfc3339()]).collect();
    let rows = changes.iter().zip(&stamps).map(|(c, [id, at])| {
        vec![id.as_str(), &c.account_id, c.act.as_str(), &c.field, &c.old_value, &c.new_value, &c.cause, at]
    });
    sheet::csv_file(&["番号", "アカウントID", "依頼", "項目", "現在の値", "新しい値", "もと", "依頼日時"], rows)
}

/// The change set as JSON, its values as they are.
pub fn as_json(changes: &[Change]) -> Value {
    let line = |c: &Change| {
        json!({
            "id": c.id, "account_id": c.account_id, "act": c.act, "field": c.field, "old": c.old_value,
            "new": c.new_value, "cause": c.cause, "asked_at": c.asked_at,
        })
    };
    json!({ "changes": changes.iter().map(line).collect::<Vec<_>>() })
}
