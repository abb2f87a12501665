//! Two registrations of one person made one (二重登録の修正; rooms: account, ticket, staff). One member of staff compares,
//! chooses and asks; another approves, and it is done in that moment: tickets follow the survivor, the registration that
//! goes is put away for matching, and the online system's change set gets its lines. The journal keeps what was moved, so
//! that the whole can be taken back within seven days unless a mail has left (design rule 10).

mod plan;
pub mod store;
mod told;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::changes;
use crate::desk::Lang;
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::{AccountId, nested, twins};
use crate::desk::audit::{self, act};
use crate::desk::staff::approval::{self, Approval, ApprovalError, ApprovalId, ApprovalKind, NewApproval};
use crate::desk::staff::{Staff, StaffId};
use crate::desk::ticket::TicketId;
use crate::desk::ticket::link::{self, Moved};
use crate::platform::db::{DbError, Tx};
use crate::{id_type, word_enum};

pub use plan::{Guard, Plan, RepairField, Row, Side, plan, value};

/// How long a repair can be taken back.
pub const UNDO: Duration = Duration::days(7);

id_type! {
    /// Key of a line of the journal.
    RepairId
}

word_enum! {
    /// Where a repair stands.
    RepairState {
        /// It waits for the second person.
        Asked = "asked",
        /// Done.
        Applied = "applied",
        /// Refused or withdrawn.
        Dropped = "dropped",
        /// Done and taken back.
        Undone = "undone",
    }
}

impl RepairState {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Asked => lang.t("承認待ち", "Waiting"),
            Self::Applied => lang.t("修正済み", "Done"),
            Self::Dropped => lang.t("行わず", "Not done"),
            Self::Undone => lang.t("元に戻した", "Taken back"),
        }
    }
}

/// A line of the journal.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0005_repair.sql")]
pub struct Repair {
    pub id: RepairId,
    pub survivor_id: AccountId,
    pub survivor: String,
    pub retired_id: AccountId,
    pub retired: String,
    pub taken: sqlx::types::Json<Vec<RepairField>>,
    pub reason: String,
    pub state: RepairState,
    pub asked_by_name: String,
    pub asked_at: DateTime<Utc>,
    pub applied_by_name: Option<String>,
    pub applied_at: Option<DateTime<Utc>>,
    pub inverse: sqlx::types::Json<Inverse>,
    pub undone_by_name: Option<String>,
    pub undone_at: Option<DateTime<Utc>>,
}

impl Repair {
    /// Until when it can be taken back; `None` when there is nothing to take back.
    pub fn undo_until(&self) -> Option<DateTime<Utc>> {
        (self.state == RepairState::Applied).then_some(self.applied_at? + UNDO)
    }

    /// How its lines of the change set are marked.
    pub fn cause(&self) -> String {
        format!("repair:{}", self.id)
    }
}

/// What takes a repair back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Inverse {
    /// The tickets that were moved, and who had linked each.
    pub tickets: Vec<Moved>,
    /// The registrations with which the one that went made open pairs.
    pub pairs: Vec<AccountId>,
}

/// What a member of staff decided on the page.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The registration that stays.
    pub survivor: AccountId,
    /// The one that goes.
    pub retired: AccountId,
    /// Fields whose value is taken from the one that goes.
    pub taken: Vec<RepairField>,
    /// Guards that were read and acknowledged.
    pub acknowledged: Vec<Guard>,
    /// What was checked.
    pub reason: String,
}

/// Why a repair was not asked for, done or taken back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// No such registration, pair or repair.
    #[error("there is no such registration or repair")]
    NotFound,
    /// Something stands in the way.
    #[error("the repair is blocked")]
    Blocked(Vec<Guard>),
    /// Something wants to be acknowledged.
    #[error("something has not been acknowledged")]
    Unacknowledged(Vec<Guard>),
    /// A copy has changed since the repair was asked for.
    #[error("a registration has changed since the repair was asked for")]
    Changed,
    /// It was done more than seven days ago.
    #[error("the repair is too old to be taken back")]
    TooLate,
    /// A mail has left since: what was told cannot be untold.
    #[error("a mail has left since the repair")]
    MailHasLeft,
    /// The survivor was itself put away later: that must be taken back first.
    #[error("a later repair builds on this one")]
    BuiltUpon,
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl RepairError {
    /// The sentence a person reads: what is wrong and what to do.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Approval(error) => error.text(lang).to_owned(),
            Self::Db(_) => lang.t("いま保存できません。少し待って、もう一度お試しください。", "It cannot be stored at the moment. Please wait a little and try again.").to_owned(),
            Self::Blocked(guards) => guards.iter().map(|guard| guard.text(lang)).collect(),
            Self::Unacknowledged(guards) => {
                let head = lang.t("確かめて、印を付けてください：", "Check and tick: ");
                head.to_owned() + &guards.iter().map(|g| g.acknowledgement(lang)).collect::<Vec<_>>().join("、")
            }
            Self::NotFound => lang.t("この登録または修正は見つかりません。", "There is no such registration or repair.").to_owned(),
            Self::Changed => lang
                .t(
                    "依頼の後に登録の写しが変わりました。承認せずに、比べ直して依頼し直してください。",
                    "A copy has changed since it was asked for. Refuse it, compare again and ask anew.",
                )
                .to_owned(),
            Self::TooLate => lang
                .t("修正から7日を過ぎたため、元に戻せません。", "More than seven days have passed, so it cannot be taken back.")
                .to_owned(),
            Self::MailHasLeft => lang
                .t(
                    "修正の後に本人へのメールを送っているため、元に戻せません。本人に事情を伝えて、変更依頼で直してください。",
                    "A mail to the person has left since, so it cannot be taken back. Tell the person and correct it by a change request.",
                )
                .to_owned(),
            Self::BuiltUpon => lang
                .t("この修正の後に、残した登録がさらに修正されています。後の修正を先に戻してください。", "A later repair builds on this one. Take the later one back first.")
                .to_owned(),
        }
    }
}

/// What the repair page needs of a registration.
///
/// # Errors
/// [`RepairError::NotFound`], or the database refuses.
pub async fn side(tx: &mut Tx, id: AccountId, now: DateTime<Utc>) -> Result<Side, RepairError> {
    let account = accounts::find_account(tx, id).await?.ok_or(RepairError::NotFound)?;
    Ok(Side {
        applications: nested::store::applications(tx, id).await?,
        withdrawal: nested::store::withdrawal(tx, id).await?,
        is_retired: twins::store::survivor_of(tx, id).await?.is_some(),
        is_survivor: !twins::store::retired_for(tx, id).await?.is_empty(),
        has_open_repair: store::has_open(tx, id, now).await?,
        account,
    })
}

/// The dry run: the two copies, and what the wish would do. Changes nothing.
///
/// # Errors
/// [`RepairError::NotFound`], or the database refuses.
pub async fn dry_run(tx: &mut Tx, wish: &Wish, now: DateTime<Utc>) -> Result<(Side, Side, Plan), RepairError> {
    if wish.survivor == wish.retired {
        return Err(RepairError::NotFound);
    }
    let (survivor, retired) = (side(tx, wish.survivor, now).await?, side(tx, wish.retired, now).await?);
    let is_one_person = twins::same_person(&survivor.account, &retired.account).is_some();
    let plan = plan(&survivor, &retired, &wish.taken, is_one_person);
    Ok((survivor, retired, plan))
}

/// Asks for the repair: it waits for another person.
///
/// # Errors
/// Whatever stands in the way, or the database refuses.
pub async fn ask(tx: &mut Tx, by: StaffId, wish: &Wish, now: DateTime<Utc>) -> Result<ApprovalId, RepairError> {
    let (survivor, retired, plan) = dry_run(tx, wish, now).await?;
    hindrances(&plan, &wish.acknowledged)?;
    // First the question that refuses a desk of one, so that no line of the journal is left behind.
    if !approval::somebody_else_could_approve(tx, by).await? {
        return Err(ApprovalError::NobodyElse.into());
    }
    let id = store::insert(tx, by, wish, now).await?;
    let request = json!({
        "repair": id,
        "survivor": survivor.account.record.account_id,
        "retired": retired.account.record.account_id,
        "taken": wish.taken,
        "acknowledged": wish.acknowledged,
        "seen": versions(&survivor.account, &retired.account),
    });
    let new = NewApproval {
        kind: ApprovalKind::Repair,
        object: format!("repair:{id}"),
        request,
        reason: wish.reason.clone(),
    };
    Ok(approval::ask(tx, by, &new, now).await?)
}

/// Refuses a plan that is blocked, or that holds guards nobody acknowledged.
fn hindrances(plan: &Plan, acknowledged: &[Guard]) -> Result<(), RepairError> {
    let blocking: Vec<Guard> = plan.blocking().collect();
    if !blocking.is_empty() {
        return Err(RepairError::Blocked(blocking));
    }
    let open: Vec<Guard> = plan.to_acknowledge().filter(|g| !acknowledged.contains(g)).collect();
    if open.is_empty() { Ok(()) } else { Err(RepairError::Unacknowledged(open)) }
}

/// When each copy last changed: what is approved is what was seen.
fn versions(survivor: &Account, retired: &Account) -> serde_json::Value {
    json!([survivor.updated_at.timestamp_micros(), retired.updated_at.timestamp_micros()])
}

/// Does what was approved, in the transaction of the approval.
///
/// # Errors
/// [`RepairError::Changed`], a guard that stands by now, or the database refuses.
pub async fn apply(tx: &mut Tx, approved: &Approval, by: StaffId, now: DateTime<Utc>) -> Result<(), RepairError> {
    let repair = of_approval(tx, approved).await?;
    let request = &approved.request.0;
    let acknowledged = serde_json::from_value(request["acknowledged"].clone()).unwrap_or_default();
    let wish = Wish {
        survivor: repair.survivor_id,
        retired: repair.retired_id,
        taken: repair.taken.0.clone(),
        acknowledged,
        reason: repair.reason.clone(),
    };
    let (survivor, retired, plan) = dry_run(tx, &wish, now).await?;
    if request["seen"] != versions(&survivor.account, &retired.account) {
        return Err(RepairError::Changed);
    }
    hindrances(&plan, &wish.acknowledged)?;
    let pairs = twins::retire(tx, wish.retired, wish.survivor, by, &repair.cause(), now).await?;
    let pairs = pairs.ok_or_else(|| RepairError::Blocked(vec![Guard::AlreadyRetired]))?;
    let tickets = link::follow(tx, wish.retired, wish.survivor, by, now).await?;
    link::match_again_for(tx, &[wish.survivor, wish.retired]).await?;
    told::applied(tx, &repair, by, now).await?;
    changes::ask(tx, by, &repair.cause(), &plan.changes, now).await?;
    store::applied(tx, repair.id, by, &Inverse { tickets, pairs }, now).await?;
    note(tx, act::REPAIR_APPLIED, &repair, by, now).await
}

/// The request was refused or withdrawn: the journal says so.
///
/// # Errors
/// When the database refuses.
pub async fn drop_asked(tx: &mut Tx, approval: &Approval) -> Result<(), RepairError> {
    let repair = of_approval(tx, approval).await?;
    Ok(store::dropped(tx, repair.id).await?)
}

async fn of_approval(tx: &mut Tx, approval: &Approval) -> Result<Repair, RepairError> {
    let id = approval.object_id().parse().map(RepairId).map_err(|_| RepairError::NotFound)?;
    store::find(tx, id).await?.ok_or(RepairError::NotFound)
}

/// Takes a repair back: tickets return, the registration is there again, and the online system is asked for the
/// opposite of what it has been given.
///
/// # Errors
/// [`RepairError::TooLate`], [`RepairError::MailHasLeft`], [`RepairError::BuiltUpon`], or the database refuses.
pub async fn undo(tx: &mut Tx, by: &Staff, id: RepairId, now: DateTime<Utc>) -> Result<(), RepairError> {
    let repair = store::find(tx, id).await?.ok_or(RepairError::NotFound)?;
    let until = repair.undo_until().ok_or(RepairError::NotFound)?;
    if now >= until {
        return Err(RepairError::TooLate);
    }
    if twins::store::survivor_of(tx, repair.survivor_id).await?.is_some() {
        return Err(RepairError::BuiltUpon);
    }
    if mail_has_left(tx, &repair).await? {
        return Err(RepairError::MailHasLeft);
    }
    told::undone(tx, &repair, by.id, now).await?;
    twins::restore(tx, repair.retired_id, &repair.inverse.0.pairs).await?;
    link::follow_back(tx, &repair.inverse.0.tickets, repair.survivor_id, repair.retired_id, by.id, now).await?;
    link::match_again_for(tx, &[repair.survivor_id, repair.retired_id]).await?;
    changes::take_back(tx, by.id, &repair.cause(), now).await?;
    store::undone(tx, id, by.id, now).await?;
    note(tx, act::REPAIR_UNDONE, &repair, by.id, now).await
}

/// Whether a reply to the person has left (or is on its way) since the repair was done.
///
/// # Errors
/// When the database refuses.
pub async fn mail_has_left(tx: &mut Tx, repair: &Repair) -> Result<bool, DbError> {
    let Some(since) = repair.applied_at else { return Ok(false) };
    let moved: Vec<TicketId> = repair.inverse.0.tickets.iter().map(|moved| moved.ticket).collect();
    Ok(link::replies_since(tx, repair.survivor_id, &moved, since).await? > 0)
}

/// Two registrations are two people: noted, and not proposed again.
///
/// # Errors
/// [`RepairError::NotFound`], a reason that is none, or the database refuses.
pub async fn dismiss(
    tx: &mut Tx,
    by: StaffId,
    pair: (AccountId, AccountId),
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), RepairError> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > approval::LONGEST_REASON {
        return Err(ApprovalError::NoReason.into());
    }
    let (a, b) = (side(tx, pair.0, now).await?, side(tx, pair.1, now).await?);
    let reasons = twins::same_person(&a.account, &b.account).unwrap_or_default();
    twins::dismiss(tx, pair, reasons, by, why, now).await?;
    told::distinct(tx, pair, by, why, now).await?;
    let object = format!("account:{}", a.account.record.account_id);
    audit::append(tx, Some(by), act::SAID_DISTINCT, &object, &b.account.record.account_id, now).await?;
    Ok(())
}

async fn note(tx: &mut Tx, act: &str, repair: &Repair, by: StaffId, now: DateTime<Utc>) -> Result<(), RepairError> {
    for (this, other) in [(&repair.survivor, &repair.retired), (&repair.retired, &repair.survivor)] {
        let detail = format!("repair:{} {other}", repair.id);
        audit::append(tx, Some(by), act, &format!("account:{this}"), &detail, now).await?;
    }
    Ok(())
}
