//! "The login mail never came" (F01, F02): what staff see of the account at a glance, and the one act that settles it:
//! correct the address (two people), let mail go there again, have the login URL mailed again, answer, close (rooms:
//! account, ticket, staff, flows).

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::cases;
use super::changes::{self, ChangeAct, NewChange};
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::twins::{self, Twin};
use crate::desk::account::{AccountId, EmailAddress, EmailNote, LoginMailState};
use crate::desk::audit::{self, act};
use crate::desk::reply::disclosure::Address;
use crate::desk::staff::StaffId;
use crate::desk::staff::approval::{self, Approval, ApprovalError, ApprovalId, ApprovalKind, NewApproval};
use crate::desk::ticket::actions::{self, ActError, Reply};
use crate::desk::ticket::elsewhere::{self, ElsewhereError};
use crate::desk::ticket::{Actor, Status, Ticket, TicketId, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox::{self, Suppression};
use crate::word_enum;

/// A login mail that nobody opened for so long is called silent (domain 2.1).
const SILENT_AFTER: Duration = Duration::hours(24);

word_enum! {
    /// What became of the mail with the login URL.
    LoginMailFate {
        /// None was sent: the registration is not complete.
        NotSent = "not_sent",
        /// Sent, and not long ago.
        Sent = "sent",
        /// Sent a day ago or longer, and nothing was heard.
        Silent = "silent",
        /// It came back.
        Bounced = "bounced",
        /// It was opened.
        Opened = "opened",
    }
}

impl LoginMailFate {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::NotSent => lang.t("送信の記録なし", "never sent"),
            Self::Sent => lang.t("送信済み", "sent"),
            Self::Silent => lang.t("送信済み、1日以上反応なし", "sent, silent for a day or more"),
            Self::Bounced => lang.t("不達", "bounced"),
            Self::Opened => lang.t("開封済み", "opened"),
        }
    }
}

word_enum! {
    /// How it was made sure that whoever asks is the person.
    Verified {
        /// The licence image was compared with the registration.
        LicenceImage = "licence_image",
        /// The person was called back at the number on file.
        CallBack = "call_back",
        /// Another proof, which the reason names.
        Other = "other",
    }
}

impl Verified {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::LicenceImage => {
                lang.t("免許証の画像と登録を見比べた", "Compared the licence image with the registration")
            }
            Self::CallBack => lang.t("登録の電話番号に折り返して確かめた", "Called back at the number on file"),
            Self::Other => lang.t("その他(下に書く)", "Other (write it below)"),
        }
    }
}

/// What staff see at a glance.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The linked account.
    pub account: Account,
    /// Where its login mail is.
    pub fate: LoginMailFate,
    /// What the address on file was probably meant to be.
    pub probable_address: Option<String>,
    /// The requester wrote from another address than the one on file.
    pub wrote_from_elsewhere: bool,
    /// … which differs from it in one or two characters.
    pub nearly_the_same: bool,
    /// Second registrations of this person.
    pub twins: Vec<Twin>,
    /// Mail to the address on file came back, and nothing automatic goes there.
    pub suppression: Option<Suppression>,
    /// A correction that waits for approval.
    pub waiting: Option<Approval>,
}

/// Looks at the account of a ticket; `None` without a link.
///
/// # Errors
/// When the database refuses.
pub async fn look(tx: &mut Tx, ticket: &Ticket, now: DateTime<Utc>) -> Result<Option<Situation>, DbError> {
    let Some(id) = ticket.account_id else { return Ok(None) };
    let Some(account) = accounts::find_account(tx, AccountId(id)).await? else { return Ok(None) };
    let key = key_of(&account.record.email);
    let typed = &ticket.requester_email_key;
    let waiting = approval::latest_of(tx, ApprovalKind::LoginHelp, &elsewhere::object(ticket)).await?;
    Ok(Some(Situation {
        fate: fate(&account, now),
        probable_address: probable(&account.record.email),
        wrote_from_elsewhere: !typed.is_empty() && *typed != key,
        nearly_the_same: *typed != key && strsim::osa_distance(typed, &key) <= 2,
        twins: twins::of(tx, &account, now).await?.into_iter().filter(|twin| !twin.is_dismissed).collect(),
        suppression: outbox::find_suppression(tx, &key).await?,
        waiting: waiting.filter(|approval| approval.is_open(now)),
        account,
    }))
}

/// What became of the login mail, as of now.
pub fn fate(account: &Account, now: DateTime<Utc>) -> LoginMailFate {
    let r = &account.record;
    match (r.login_mail_state, r.login_mail_sent_at) {
        (Some(LoginMailState::Bounced), _) => LoginMailFate::Bounced,
        (Some(LoginMailState::Opened), _) => LoginMailFate::Opened,
        (_, Some(sent)) if now - sent >= SILENT_AFTER => LoginMailFate::Silent,
        (_, Some(_)) | (Some(LoginMailState::Sent), None) => LoginMailFate::Sent,
        (None, None) => LoginMailFate::NotSent,
    }
}

/// The address with its domain mended, when the domain looks like a slip of a usual one.
fn probable(email: &str) -> Option<String> {
    let read = EmailAddress::parse(email).ok()?;
    read.notes.iter().map(|EmailNote::PerhapsDomain(domain)| format!("{}@{domain}", read.value.local_part())).next()
}

fn key_of(email: &str) -> String {
    EmailAddress::parse(email).map(|email| email.value.key()).unwrap_or_default()
}

/// What staff decided.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The right address; empty when the one on file is right.
    pub new_email: String,
    /// How the person was verified; needed for a new address.
    pub verified: Option<Verified>,
    /// What was checked, for the second person; needed for a new address.
    pub reason: String,
    /// Whether a temporary password is to be voided (F17).
    pub void_password: bool,
    /// The answer.
    pub body: String,
    /// `last_seq` of the page it was written on.
    pub seen_seq: i64,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helped {
    /// Asked of the online system, answered and closed.
    Done,
    /// It waits for another person.
    Waits(ApprovalId),
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum LoginHelpError {
    /// The ticket is not linked to an account.
    #[error("the ticket is not linked to an account")]
    NotLinked,
    /// The new address is none.
    #[error("the new address is no mail address")]
    BadAddress,
    /// A new address without a word on how the person was verified.
    #[error("a new address needs a verification of the person")]
    Unverified,
    /// The account or the link has changed since.
    #[error("the account has changed since")]
    Changed,
    /// The answer.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The answer, sent elsewhere.
    #[error(transparent)]
    Elsewhere(#[from] ElsewhereError),
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl LoginHelpError {
    /// The sentence a person reads: what is wrong and what to do.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Approval(error) => error.text(lang),
            Self::Act(ActError::Stopped(stop)) | Self::Elsewhere(ElsewhereError::Act(ActError::Stopped(stop))) => {
                return stop.wording(lang);
            }
            Self::NotLinked => lang.t(
                "この受付はまだ登録情報に紐付いていません。先に紐付けてください。",
                "The ticket is not linked to an account yet. Link it first.",
            ),
            Self::BadAddress => lang.t(
                "正しいアドレスを name@example.jp のような形で入力してください。",
                "Enter the right address such as name@example.jp.",
            ),
            Self::Unverified => lang.t(
                "アドレスを直すときは、本人だと確かめた方法を選んでください。",
                "Choose how the person was verified before the address is corrected.",
            ),
            Self::Changed => lang.t(
                "登録の写しか紐付けが変わりました。もう一度確かめてください。",
                "The copy or the link has changed. Please look again.",
            ),
            Self::Act(ActError::Empty) | Self::Elsewhere(ElsewhereError::Act(ActError::Empty)) => {
                lang.t("回答の本文を入力してください。", "Write the answer.")
            }
            Self::Act(ActError::Unseen) => lang.t(
                "書いている間に新しい連絡が届きました。読んでから、もう一度送ってください。",
                "Something arrived while you were writing. Read it and send again.",
            ),
            _ => lang.t(
                "いま保存できません。少し待って、もう一度お試しください。",
                "It could not be done just now. Please wait a little and try again.",
            ),
        }
        .to_owned()
    }
}

/// Settles the inquiry in one act. With the address on file: asked, answered and closed at once. With a new address it
/// waits for another person, since whoever gives one may be anybody (SEC-085).
///
/// # Errors
/// See [`LoginHelpError`]; nothing is changed then.
pub async fn help(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    by: StaffId,
    help: &Help,
) -> Result<Helped, LoginHelpError> {
    let (ticket, account) = linked(tx, id).await?;
    if help.body.trim().is_empty() {
        return Err(ActError::Empty.into());
    }
    if !help.new_email.trim().is_empty() {
        let new = EmailAddress::parse(&help.new_email).map_err(|_| LoginHelpError::BadAddress)?.value;
        if new.key() != key_of(&account.record.email) {
            return Ok(Helped::Waits(ask(tx, ctx, &ticket, &account, by, help, &new).await?));
        }
    }
    let reply =
        Reply { body: help.body.clone(), seen_seq: help.seen_seq, then: Status::Closed, to_on_file: Some(true) };
    actions::reply(tx, ctx, id, by, &reply).await?;
    let key = key_of(&account.record.email);
    request(tx, ctx, by, (&ticket, &account), &[&key], help.void_password, None).await?;
    Ok(Helped::Done)
}

/// What waits for the second person.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Waiting {
    ticket: TicketId,
    account: AccountId,
    account_id: String,
    /// When the copy last changed, as seen.
    seen: i64,
    new_email: String,
    verified: Verified,
    void_password: bool,
    body: String,
}

async fn ask(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    account: &Account,
    by: StaffId,
    help: &Help,
    new: &EmailAddress,
) -> Result<ApprovalId, LoginHelpError> {
    let waiting = Waiting {
        ticket: ticket.id,
        account: account.id,
        account_id: account.record.account_id.clone(),
        seen: account.updated_at.timestamp_micros(),
        new_email: new.as_str().to_owned(),
        verified: help.verified.ok_or(LoginHelpError::Unverified)?,
        void_password: help.void_password,
        body: help.body.clone(),
    };
    let new = NewApproval {
        kind: ApprovalKind::LoginHelp,
        object: elsewhere::object(ticket),
        request: json!(waiting),
        reason: help.reason.clone(),
    };
    Ok(approval::ask(tx, by, &new, ctx.now()).await?)
}

/// Does what was approved, in the transaction of the approval.
///
/// # Errors
/// [`LoginHelpError::Changed`] when the account or the link is another by now.
pub async fn carry_out(tx: &mut Tx, ctx: &Context, approved: &Approval) -> Result<(), LoginHelpError> {
    let waiting: Waiting = serde_json::from_value(approved.request.0.clone()).map_err(|_| LoginHelpError::Changed)?;
    let (ticket, account) = linked(tx, waiting.ticket).await?;
    if account.id != waiting.account || account.updated_at.timestamp_micros() != waiting.seen {
        return Err(LoginHelpError::Changed);
    }
    let new = EmailAddress::parse(&waiting.new_email).map_err(|_| LoginHelpError::BadAddress)?.value;
    let to = Address { address: new.as_str().to_owned(), key: new.key() };
    elsewhere::deliver(tx, ctx, &ticket, approved, &to, (&waiting.body, Status::Closed)).await?;
    let keys = [to.key.as_str(), &key_of(&account.record.email)];
    request(tx, ctx, approved.asked_by, (&ticket, &account), &keys, waiting.void_password, Some(&to.address)).await
}

async fn linked(tx: &mut Tx, id: TicketId) -> Result<(Ticket, Account), LoginHelpError> {
    let ticket = tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    let account = ticket.account_id.ok_or(LoginHelpError::NotLinked)?;
    let account = accounts::find_account(tx, AccountId(account)).await?.ok_or(LoginHelpError::NotLinked)?;
    Ok((ticket, account))
}

/// Lets mail go to the addresses again and asks the online system for the rest.
async fn request(
    tx: &mut Tx,
    ctx: &Context,
    by: StaffId,
    (ticket, account): (&Ticket, &Account),
    keys: &[&str],
    void_password: bool,
    new_email: Option<&str>,
) -> Result<(), LoginHelpError> {
    let (now, r) = (ctx.now(), &account.record);
    for key in keys {
        if outbox::release_suppression(tx, key, by.0, now).await? {
            audit::append(tx, Some(by), act::SUPPRESSION_RELEASED, &elsewhere::object(ticket), "", now).await?;
        }
    }
    let set = new_email.map(|new| NewChange {
        account_id: r.account_id.clone(),
        act: ChangeAct::Set,
        field: "email",
        old: r.email.clone(),
        new: new.to_owned(),
    });
    let void = void_password.then(|| NewChange::of(&r.account_id, ChangeAct::VoidTemporaryPassword));
    let resend = NewChange::of(&r.account_id, ChangeAct::ResendLoginMail);
    let changes: Vec<NewChange> = set.into_iter().chain(void).chain([resend]).collect();
    changes::ask(tx, by, &elsewhere::object(ticket), &changes, now).await?;
    settle(tx, ticket, by, void_password, now).await
}

/// The case goes where the act has brought it: the mail was asked for again, the person was told.
async fn settle(
    tx: &mut Tx,
    ticket: &Ticket,
    by: StaffId,
    void_password: bool,
    now: DateTime<Utc>,
) -> Result<(), LoginHelpError> {
    let Some(case) = cases::of(tx, ticket).await? else { return Ok(()) };
    let to = match case.flow.word {
        "login_mail" => "resent",
        "duplicate" if void_password => "told",
        _ => return Ok(()),
    };
    Ok(cases::settle(tx, ticket, Actor::Staff(by), to, "", now).await?)
}
