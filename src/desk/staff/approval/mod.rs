//! Acts that need two people (承認). One asks and says why; another of role lead or above approves, and the act then
//! happens in the same transaction, exactly as it was asked for (`desk::flows::approvals` carries it out). A desk in
//! which nobody else could approve says so at once and refuses (design rule 10).

mod store;

use chrono::{DateTime, Duration, Utc};

use super::{Role, Staff, StaffId, store as people};
use crate::desk::Lang;
use crate::desk::audit::{self, act};
use crate::platform::db::{DbError, Tx};
use crate::{id_type, word_enum};

/// How long a request may wait. What it rests on grows old; it can be asked for again.
pub const LIFETIME: Duration = Duration::days(7);
/// The longest reason or note, in characters.
pub const LONGEST_REASON: usize = 1_000;

id_type! {
    /// Key of a request.
    ApprovalId
}

word_enum! {
    /// What is asked for.
    ApprovalKind {
        /// Making two registrations one.
        Repair = "repair",
        /// Answering to another address than the one on file.
        Disclosure = "disclosure",
        /// Correcting the address on file for somebody whose login mail never came, and telling them.
        LoginHelp = "login_help",
        /// Changing a field of the profile that only the desk may change (F35).
        Profile = "profile",
        /// An exception to a rule.
        Exception = "exception",
    }
}

impl ApprovalKind {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Repair => lang.t("二重登録の修正", "Repair of a duplicate"),
            Self::Disclosure => lang.t("別のアドレスへの回答", "Answer to another address"),
            Self::LoginHelp => lang.t("登録アドレスの訂正", "Correction of an address"),
            Self::Profile => lang.t("登録情報の変更", "Change of the profile"),
            Self::Exception => lang.t("例外の扱い", "Exception"),
        }
    }
}

word_enum! {
    /// Where a request stands.
    ApprovalState {
        /// It waits.
        Asked = "asked",
        /// Another person agreed, and it was done.
        Approved = "approved",
        /// Another person said no.
        Refused = "refused",
        /// The person who asked took it back.
        Withdrawn = "withdrawn",
    }
}

impl ApprovalState {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Asked => lang.t("承認待ち", "Waiting"),
            Self::Approved => lang.t("承認済み", "Approved"),
            Self::Refused => lang.t("承認せず", "Refused"),
            Self::Withdrawn => lang.t("取り下げ", "Withdrawn"),
        }
    }
}

/// A request.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0005_repair.sql")]
pub struct Approval {
    pub id: ApprovalId,
    pub kind: ApprovalKind,
    pub object: String,
    pub request: sqlx::types::Json<serde_json::Value>,
    pub reason: String,
    pub asked_by: StaffId,
    pub asked_by_name: String,
    pub asked_at: DateTime<Utc>,
    pub state: ApprovalState,
    pub decided_by: Option<i64>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub note: String,
    pub expires_at: DateTime<Utc>,
}

impl Approval {
    /// Whether it waits and can still be approved.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.state == ApprovalState::Asked && now < self.expires_at
    }

    /// The part of [`Approval::object`] after its kind.
    pub fn object_id(&self) -> &str {
        self.object.split_once(':').map_or("", |(_, id)| id)
    }
}

/// What to ask for.
#[derive(Debug, Clone)]
pub struct NewApproval {
    /// What.
    pub kind: ApprovalKind,
    /// About what, as `kind:id`.
    pub object: String,
    /// Everything that will be done, so that nothing else can be.
    pub request: serde_json::Value,
    /// Why.
    pub reason: String,
}

/// Why a request was not taken or not decided. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The desk has nobody else who could approve.
    #[error("nobody else at this desk has the role lead, so nobody could approve")]
    NobodyElse,
    /// The same thing has been asked for and waits.
    #[error("the same has been asked for already")]
    AlreadyAsked,
    /// No reason, or one that is too long.
    #[error("a reason of 1 to {LONGEST_REASON} characters is needed")]
    NoReason,
    /// No such request.
    #[error("there is no such request")]
    NotFound,
    /// Whoever asked cannot be the second person.
    #[error("the person who asked cannot approve")]
    OwnRequest,
    /// The role does not suffice.
    #[error("only a lead or an admin may decide")]
    NotALead,
    /// It has been decided, withdrawn, or has waited too long.
    #[error("the request no longer waits")]
    NotOpen,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ApprovalError {
    /// The sentence a person reads: what is wrong and what to do.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            Self::NobodyElse => lang.t(
                "この操作には2人の確認が必要ですが、承認できる方(責任者か管理者)がほかにいません。管理者に、職員の追加か役割の変更を頼んでください。",
                "This needs two people, and nobody else here could approve it (a lead or an admin). Ask an admin to add a person or change a role.",
            ),
            Self::AlreadyAsked => lang.t(
                "同じ内容がすでに承認を待っています。「承認」のページで確かめてください。",
                "The same is waiting for approval already. See the page “Approvals”.",
            ),
            Self::NoReason => lang.t(
                "確認したことを1,000文字以内で入力してください。承認する方が読みます。",
                "Write what you have checked, in up to 1,000 characters. The person who approves reads it.",
            ),
            Self::OwnRequest => lang.t(
                "依頼した本人は承認できません。ほかの責任者か管理者に頼んでください。",
                "You asked for this yourself, so another lead or admin has to approve it.",
            ),
            Self::NotALead => lang.t("承認できるのは責任者と管理者です。", "Only a lead or an admin may decide."),
            Self::NotFound | Self::NotOpen => lang.t(
                "この依頼はもう承認を待っていません。内容を確かめて、必要なら依頼し直してください。",
                "This request no longer waits. Look at it again and ask anew if it is still needed.",
            ),
            Self::Db(_) => lang.t(
                "いま保存できません。少し待って、もう一度お試しください。",
                "It cannot be stored at the moment. Please wait a little and try again.",
            ),
        }
    }
}

/// Asks for a second person. One that waited too long makes room for a new one of the same thing.
///
/// # Errors
/// [`ApprovalError::NobodyElse`], [`ApprovalError::AlreadyAsked`], [`ApprovalError::NoReason`], or the database refuses.
pub async fn ask(tx: &mut Tx, by: StaffId, new: &NewApproval, now: DateTime<Utc>) -> Result<ApprovalId, ApprovalError> {
    let reason = sound(&new.reason)?;
    if !somebody_else_could_approve(tx, by).await? {
        return Err(ApprovalError::NobodyElse);
    }
    store::withdraw_expired(tx, new.kind, &new.object, now).await?;
    let id = store::insert(tx, by, new, reason, now, now + LIFETIME).await?.ok_or(ApprovalError::AlreadyAsked)?;
    audit::append(tx, Some(by), act::APPROVAL_ASKED, &object(id), &format!("{} {}", new.kind, new.object), now).await?;
    Ok(id)
}

/// Whether anybody but `by` could approve.
///
/// # Errors
/// When the database refuses.
pub async fn somebody_else_could_approve(tx: &mut Tx, by: StaffId) -> Result<bool, DbError> {
    let everyone = people::list(tx).await?;
    Ok(everyone.iter().any(|p| p.id != by && p.disabled_at.is_none() && p.role.includes(Role::Lead)))
}

/// Notes that `by` agrees. The caller carries the act out in the same transaction; when that fails, nothing of this
/// stays either.
///
/// # Errors
/// [`ApprovalError::OwnRequest`], [`ApprovalError::NotALead`], [`ApprovalError::NotOpen`], or the database refuses.
pub async fn approve(
    tx: &mut Tx,
    by: &Staff,
    id: ApprovalId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Approval, ApprovalError> {
    decide(tx, by, id, ApprovalState::Approved, note, now).await
}

/// Notes that `by` does not agree, and why.
///
/// # Errors
/// As [`approve`], and [`ApprovalError::NoReason`]: a refusal needs one.
pub async fn refuse(
    tx: &mut Tx,
    by: &Staff,
    id: ApprovalId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Approval, ApprovalError> {
    decide(tx, by, id, ApprovalState::Refused, sound(note)?, now).await
}

async fn decide(
    tx: &mut Tx,
    by: &Staff,
    id: ApprovalId,
    state: ApprovalState,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Approval, ApprovalError> {
    let found = store::find(tx, id).await?.ok_or(ApprovalError::NotFound)?;
    if found.asked_by == by.id {
        return Err(ApprovalError::OwnRequest);
    }
    if !by.role.includes(Role::Lead) || by.disabled_at.is_some() {
        return Err(ApprovalError::NotALead);
    }
    settle(tx, found, by.id, state, note, now).await
}

/// The person who asked takes the request back.
///
/// # Errors
/// [`ApprovalError::NotFound`] also for a request of somebody else.
pub async fn withdraw(tx: &mut Tx, by: StaffId, id: ApprovalId, now: DateTime<Utc>) -> Result<Approval, ApprovalError> {
    let found = store::find(tx, id).await?.filter(|a| a.asked_by == by).ok_or(ApprovalError::NotFound)?;
    settle(tx, found, by, ApprovalState::Withdrawn, "", now).await
}

async fn settle(
    tx: &mut Tx,
    found: Approval,
    by: StaffId,
    state: ApprovalState,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Approval, ApprovalError> {
    let note: String = note.trim().chars().take(LONGEST_REASON).collect();
    let lapsed = state != ApprovalState::Withdrawn && !found.is_open(now);
    if lapsed || !store::settle(tx, found.id, state, by, &note, now).await? {
        return Err(ApprovalError::NotOpen);
    }
    let act = match state {
        ApprovalState::Approved => act::APPROVED,
        ApprovalState::Refused => act::APPROVAL_REFUSED,
        _ => act::APPROVAL_WITHDRAWN,
    };
    audit::append(tx, Some(by), act, &object(found.id), &format!("{} {}", found.kind, found.object), now).await?;
    Ok(store::find(tx, found.id).await?.unwrap_or(found))
}

/// One request.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: ApprovalId) -> Result<Option<Approval>, DbError> {
    store::find(tx, id).await
}

/// The newest requests; with `asked_by` only those of one person.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx, asked_by: Option<StaffId>, limit: i64) -> Result<Vec<Approval>, DbError> {
    store::list(tx, asked_by, limit).await
}

/// The newest request about one thing.
///
/// # Errors
/// When the database refuses.
pub async fn latest_of(tx: &mut Tx, kind: ApprovalKind, object: &str) -> Result<Option<Approval>, DbError> {
    store::latest_of(tx, kind, object).await
}

/// How many wait that `by` could decide.
///
/// # Errors
/// When the database refuses.
pub async fn count_open(tx: &mut Tx, by: &Staff, now: DateTime<Utc>) -> Result<i64, DbError> {
    if by.role.includes(Role::Lead) { store::count_open(tx, by.id, now).await } else { Ok(0) }
}

fn object(id: ApprovalId) -> String {
    format!("approval:{id}")
}

fn sound(reason: &str) -> Result<&str, ApprovalError> {
    let reason = reason.trim();
    let fits = !reason.is_empty() && reason.chars().count() <= LONGEST_REASON;
    if fits { Ok(reason) } else { Err(ApprovalError::NoReason) }
}
