//! Deciding what waits for a second person, and carrying it out in the same transaction: either both are stored or
//! neither (rooms: staff, ticket, flows).

use super::cases::{CaseError, second};
use super::login_help::{self, LoginHelpError};
use super::repair::{self, RepairError};
use crate::desk::staff::Staff;
use crate::desk::staff::approval::{self, Approval, ApprovalError, ApprovalId, ApprovalKind};
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::elsewhere::{self, ElsewhereError};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The request.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The repair.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// The answer elsewhere.
    #[error(transparent)]
    Elsewhere(#[from] ElsewhereError),
    /// The correction of an address.
    #[error(transparent)]
    LoginHelp(#[from] LoginHelpError),
    /// The case of a workflow.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl DecideError {
    /// The sentence a person reads: what is wrong and what to do.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Approval(error) | Self::Repair(RepairError::Approval(error)) => error.text(lang).to_owned(),
            Self::Repair(error) => error.text(lang),
            Self::LoginHelp(error) => error.text(lang),
            Self::Elsewhere(ElsewhereError::Act(ActError::Stopped(stop))) => stop.wording(lang),
            Self::Case(CaseError::Approval(error)) => error.text(lang).to_owned(),
            Self::Case(_) => lang
                .t(
                    "依頼の後に、この受付の状態か紐付け、または登録の写しが変わりました。承認せずに、依頼し直してもらってください。",
                    "The case, the link or the copy of the registration has changed since. Refuse it and have it asked anew.",
                )
                .to_owned(),
            Self::Elsewhere(_) => lang
                .t(
                    "依頼の後に、この受付の紐付けかアドレスが変わりました。承認せずに、依頼し直してもらってください。",
                    "The link or the address of the ticket has changed since. Refuse it and have it asked anew.",
                )
                .to_owned(),
            Self::Db(_) => lang
                .t(
                    "いま保存できません。少し待って、もう一度お試しください。",
                    "It cannot be stored at the moment. Please wait a little and try again.",
                )
                .to_owned(),
        }
    }

    /// Whether the database is the cause, so that another answer is due than a sentence on the page.
    pub fn db(self) -> Result<DbError, Self> {
        match self {
            Self::Db(error)
            | Self::Approval(ApprovalError::Db(error))
            | Self::Case(CaseError::Db(error) | CaseError::Approval(ApprovalError::Db(error)))
            | Self::Repair(RepairError::Db(error) | RepairError::Approval(ApprovalError::Db(error))) => Ok(error),
            other => Err(other),
        }
    }
}

/// Approves, and does what was asked for.
///
/// # Errors
/// When the person may not, or what was asked for is no longer possible; nothing is stored then.
pub async fn approve(
    tx: &mut Tx,
    ctx: &Context,
    by: &Staff,
    id: ApprovalId,
    note: &str,
) -> Result<Approval, DecideError> {
    let now = ctx.now();
    let approved = approval::approve(tx, by, id, note, now).await?;
    match approved.kind {
        ApprovalKind::Repair => repair::apply(tx, &approved, by.id, now).await?,
        ApprovalKind::Disclosure => {
            elsewhere::send(tx, ctx, &approved).await?;
        }
        ApprovalKind::LoginHelp => login_help::carry_out(tx, ctx, &approved).await?,
        ApprovalKind::Profile | ApprovalKind::Exception => second::carry_out(tx, &approved, by, now).await?,
    }
    Ok(approved)
}

/// Refuses, with the reason for whoever asked.
///
/// # Errors
/// When the person may not, or there is no reason.
pub async fn refuse(
    tx: &mut Tx,
    ctx: &Context,
    by: &Staff,
    id: ApprovalId,
    note: &str,
) -> Result<Approval, DecideError> {
    let refused = approval::refuse(tx, by, id, note, ctx.now()).await?;
    forget(tx, &refused).await?;
    Ok(refused)
}

/// The person who asked takes it back.
///
/// # Errors
/// When it is not theirs or no longer waits.
pub async fn withdraw(tx: &mut Tx, ctx: &Context, by: &Staff, id: ApprovalId) -> Result<Approval, DecideError> {
    let withdrawn = approval::withdraw(tx, by.id, id, ctx.now()).await?;
    forget(tx, &withdrawn).await?;
    Ok(withdrawn)
}

async fn forget(tx: &mut Tx, ended: &Approval) -> Result<(), DecideError> {
    match ended.kind {
        ApprovalKind::Repair => Ok(repair::drop_asked(tx, ended).await?),
        _ => Ok(()),
    }
}
