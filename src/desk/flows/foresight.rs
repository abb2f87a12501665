//! The dry run of the jobs: who would get what, line by line, as the data stands now. Addresses are masked; whoever may not
//! see a ticket is not shown its line. A test holds each list against the preview's count and against what the run does.

use chrono::{DateTime, Utc};

use super::provisional::{self, Due as OwingDue};
use super::reminders::{self, Due as Reminder, digest};
use super::withdrawals::{self, Due as WithdrawalDue};
use super::{linkage, replacement, rules, waiting};
use crate::desk::inquiry::Catalogue;
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::{Ticket, TicketId, actions, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};

/// Somebody whom a run would reach, or something it would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The ticket it is about, if it is about one.
    pub ticket: Option<TicketId>,
    /// The ticket's number, else the registration or the person.
    pub about: String,
    /// Where a mail would go, masked; empty when none would leave.
    pub to: String,
    /// What would happen, in Japanese and in English.
    pub what: [String; 2],
}

impl Recipient {
    /// Somebody who is written to at a known address.
    fn person(about: impl Into<String>, address: &str, what: [String; 2]) -> Self {
        Self { ticket: None, about: about.into(), to: masked(address), what }
    }

    /// The requester of a ticket, at the address that an answer would go to.
    async fn requester(tx: &mut Tx, ticket: &Ticket, what: [String; 2]) -> Result<Self, DbError> {
        let to = actions::route(tx, ticket, None).await?.map(|route| masked(&route.to.address)).unwrap_or_default();
        Ok(Self { ticket: Some(ticket.id), about: ticket.number.clone(), to, what })
    }

    /// A ticket that changes without a mail.
    fn of_ticket(ticket: &Ticket, what: [String; 2]) -> Self {
        Self { ticket: Some(ticket.id), about: ticket.number.clone(), to: String::new(), what }
    }
}

fn what(ja: &str, en: &str) -> [String; 2] {
    [ja.to_owned(), en.to_owned()]
}

/// What a run of the job of this name at an instant would do; empty for work that reaches nobody (copies, checks, sweeping,
/// the nightly look for duplicates). At most about `limit` lines.
///
/// # Errors
/// When the database refuses.
pub async fn of(
    tx: &mut Tx,
    ctx: &Context,
    kinds: &Catalogue,
    job: &str,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Recipient>, DbError> {
    match job {
        "remind_deadlines" => deadlines(tx, ctx, kinds, at, limit).await,
        "remind_waiting" => {
            let due = waiting::to_remind(tx, ctx, at, limit).await?;
            let mut list = Vec::with_capacity(due.len());
            for ticket in all_of(tx, &due).await? {
                let words = what("お返事をお願いする督促のメール", "a mail that asks for the answer");
                list.push(Recipient::requester(tx, &ticket, words).await?);
            }
            Ok(list)
        }
        "auto_close" => {
            let due = waiting::to_close(tx, ctx, at, limit).await?;
            let closed = what("完了にする(メールは送りません)", "closed (no mail)");
            Ok(all_of(tx, &due).await?.iter().map(|ticket| Recipient::of_ticket(ticket, closed.clone())).collect())
        }
        "remind_provisional" => provisional(tx, ctx, at, limit).await,
        "follow_withdrawals" => withdrawals(tx, at, limit).await,
        "tell_linked" => {
            let mut list = Vec::new();
            for (ticket, specialty, year) in
                linkage::due(tx).await?.into_iter().take(usize::try_from(limit).unwrap_or(0))
            {
                let words = [
                    format!("データ連携が終わったこと({specialty}、{year}年度)"),
                    format!("that the linkage is done ({specialty}, {year})"),
                ];
                list.push(Recipient::requester(tx, &ticket, words).await?);
            }
            Ok(list)
        }
        "review_rules" => reviews(tx, at).await,
        "erase_images" => {
            let erased = what("画像を消去(メールは送りません)", "an image erased (no mail)");
            let due = replacement::due(tx, ctx, at, limit).await?;
            let line = |one: crate::desk::licence::DueImage| Recipient {
                ticket: None,
                about: if one.ticket.is_empty() { one.account } else { one.ticket },
                to: String::new(),
                what: erased.clone(),
            };
            Ok(due.into_iter().map(line).collect())
        }
        _ => Ok(Vec::new()),
    }
}

async fn deadlines(
    tx: &mut Tx,
    ctx: &Context,
    kinds: &Catalogue,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Recipient>, DbError> {
    let mut list = Vec::new();
    for one in reminders::due(tx, kinds, at, limit).await? {
        let words = notice(&one);
        list.push(Recipient::requester(tx, &one.ticket, words).await?);
    }
    for one in digest::due(tx, ctx, at).await? {
        let period = |lang| one.period.called(lang);
        let words = [
            format!("{}の締切({}時間前)のまとめ", period(Lang::Ja), one.hours),
            format!("digest for {}, {} hours before", period(Lang::En), one.hours),
        ];
        list.push(Recipient::person(one.staff.name.clone(), &one.staff.email, words));
    }
    Ok(list)
}

fn notice(due: &Reminder<'_>) -> [String; 2] {
    let why = match (due.is_asked, due.reminder) {
        (true, None) => ["希望による", "asked for"],
        (false, _) => ["種別による", "promised by its kind"],
        (true, Some(_)) => ["希望と種別による", "asked for, and promised by its kind"],
    };
    [
        format!("締切のお知らせ({}時間前、{})", due.hours, why[0]),
        format!("notice of the deadline ({} hours before, {})", due.hours, why[1]),
    ]
}

async fn provisional(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>, limit: i64) -> Result<Vec<Recipient>, DbError> {
    let due = provisional::due(tx, ctx, at, limit).await?;
    let line = |(owing, due): (provisional::list::Owing, OwingDue)| {
        let words = match due {
            OwingDue::Told => what("差し替えが要ることの案内", "that the licence is owed"),
            OwingDue::Step(days) => [format!("差し替えのお願い({days}日)"), format!("the reminder of {days} days")],
            OwingDue::Close(_) => what("応募の締切前の、差し替えのお願い", "the reminder before a window closes"),
        };
        Recipient::person(owing.account, &owing.email, words)
    };
    Ok(due.into_iter().map(line).collect())
}

async fn withdrawals(tx: &mut Tx, at: DateTime<Utc>, limit: i64) -> Result<Vec<Recipient>, DbError> {
    let due = withdrawals::due(tx, at, limit).await?;
    let line = |(ticket, due): (Ticket, WithdrawalDue)| match due {
        WithdrawalDue::Move(..) => Recipient::of_ticket(
            &ticket,
            what("段階を登録情報に合わせる(メールは送りません)", "its step follows the copy (no mail)"),
        ),
        WithdrawalDue::Nudge(to) => Recipient {
            ticket: Some(ticket.id),
            ..Recipient::person(ticket.number, to.as_str(), what("統括責任者への連絡", "a letter to the director"))
        },
    };
    Ok(due.into_iter().map(line).collect())
}

async fn reviews(tx: &mut Tx, at: DateTime<Utc>) -> Result<Vec<Recipient>, DbError> {
    let mut list = Vec::new();
    let due = rules::due(tx, at).await?;
    let leads = if due.is_empty() { Vec::new() } else { rules::reviewers(tx).await? };
    for (table, holds_until) in due {
        let words = [
            format!("規則「{}」の見直し({holds_until}まで)", table.title.of(Lang::Ja)),
            format!("review of \"{}\" (until {holds_until})", table.title.of(Lang::En)),
        ];
        list.extend(leads.iter().map(|lead| Recipient::person(lead.name.clone(), &lead.email, words.clone())));
    }
    Ok(list)
}

/// These tickets, in this order; those that are no more are left out.
async fn all_of(tx: &mut Tx, ids: &[TicketId]) -> Result<Vec<Ticket>, DbError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(tickets::find(tx, *id).await?);
    }
    Ok(found)
}
