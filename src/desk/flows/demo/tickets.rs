//! Invented tickets: they come in over the last thirty days, and are worked on as tickets are.

use chrono::{DateTime, Duration, Utc};

use super::{store, texts};
use crate::desk::account::AccountRecord;
use crate::desk::inquiry::InquiryKind;
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::{self, ActError, Addition, Reply};
use crate::desk::ticket::intake::{self, Inquiry, Intake};
use crate::desk::ticket::{Actor, Channel, Status, TicketId};
use crate::desk::{Context, Lang};
use crate::platform::db::{Db, Tx};

/// Tickets in one transaction.
const BATCH: u32 = 100;

/// Writes the tickets, oldest first; the context's clock walks from thirty days ago to now.
pub(super) async fn write(
    db: &Db,
    ctx: &Context,
    staff: &[StaffId],
    accounts: &[AccountRecord],
    count: u32,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let start = ctx.now();
    let span = (now - start).num_seconds();
    for first in (0..count).step_by(BATCH as usize) {
        let intakes: Vec<Intake> = (first..count.min(first + BATCH))
            .map(|n| {
                let at = start + Duration::seconds(span * i64::from(n) / i64::from(count.max(1)));
                intake_of(n, ctx, accounts, at)
            })
            .collect();
        let (ctx, staff) = (ctx.clone(), staff.to_vec());
        let write = async move |tx: &mut Tx| {
            for (n, intake) in (first..).zip(&intakes) {
                ctx.clock.set(intake.received_at);
                let ticket = intake::receive(tx, &ctx, intake).await?.id;
                work_on(tx, &ctx, &staff, n, ticket, now).await?;
            }
            store::count_as_sent(tx, now).await?;
            Ok::<(), ActError>(())
        };
        db.write(write).await?;
    }
    Ok(())
}

fn intake_of(n: u32, ctx: &Context, accounts: &[AccountRecord], at: DateTime<Utc>) -> Intake {
    let kinds = InquiryKind::ALL;
    let kind = kinds[ctx.random.below(kinds.len() as u64) as usize];
    let (subject, body) = texts::inquiry(kind);
    let who = accounts.get(ctx.random.below(accounts.len().max(1) as u64) as usize);
    // One in eight writes from an address the online system does not know, one in twelve mistypes a digit.
    let (odd_address, slip) = (n % 8 == 5, n % 12 == 7);
    let number = who.map(|a| a.registration_number.value() + i64::from(slip));
    let email = match who {
        Some(account) if !odd_address => account.email.clone(),
        _ => format!("private{n}@example.com"),
    };
    let born_on = who.map(|a| a.birthdate.date());
    let channel = match n % 10 {
        3 | 6 => Channel::Mail,
        9 => Channel::Phone,
        _ => Channel::Web,
    };
    Intake {
        inquiry: Inquiry {
            kind,
            lang: if n % 40 == 21 { Lang::En } else { Lang::Ja },
            subject: subject.into(),
            body: body.into(),
            name: who.map(AccountRecord::full_name).unwrap_or_default(),
            kana: who.map(AccountRecord::full_kana).unwrap_or_default(),
            email_key: email.clone(),
            email,
            phone: String::new(),
            registration_number: number,
            registration_number_raw: number.map(|n| format!("第{n}号")).unwrap_or_default(),
            born_on,
            birthdate_raw: born_on.map(|d| d.format("seireki %Y %m %d").to_string()).unwrap_or_default(),
            fields: match channel {
                Channel::Web => texts::fields(kind).iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
                _ => Default::default(),
            },
        },
        channel,
        form_key: format!("demo:{n}"),
        received_at: at,
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: channel != Channel::Phone,
        actor: Actor::Requester,
    }
}

/// What has become of a ticket: old ones are mostly done, new ones wait.
async fn work_on(
    tx: &mut Tx,
    ctx: &Context,
    staff: &[StaffId],
    n: u32,
    id: TicketId,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let (Some(&agent), Some(&other)) = (staff.get(n as usize % 2), staff.get(1)) else { return Ok(()) };
    let age = now - ctx.now();
    let turn = n as usize;
    let later = |hours: i64| (ctx.now() + Duration::hours(hours)).min(now);
    if n % 61 == 17 {
        return actions::set_spam(tx, id, agent, true, later(1)).await;
    }
    if age < Duration::days(1) && !n.is_multiple_of(3) {
        return Ok(());
    }
    actions::assign(tx, id, agent, Some(agent), later(1)).await?;
    if n % 5 == 2 {
        ctx.clock.set(later(2));
        actions::note(tx, id, other, texts::NOTES[turn % texts::NOTES.len()], ctx.now()).await?;
    }
    let then = match (age > Duration::days(10), n % 6) {
        (true, 0..=3) => Status::Closed,
        (true, 4) | (false, 0) => Status::Resolved,
        (_, 1) => Status::WaitingOnThirdParty,
        (_, 2) => Status::WaitingOnRequester,
        _ => Status::Open,
    };
    if then == Status::Open {
        return actions::set_status(tx, id, agent, then, later(2)).await;
    }
    let seen_seq = if n % 5 == 2 { 2 } else { 1 };
    let first = if then == Status::Closed { Status::Resolved } else { then };
    ctx.clock.set(later(3));
    let body = texts::REPLIES[turn % texts::REPLIES.len()].to_owned();
    actions::reply(tx, ctx, id, agent, &Reply { body, seen_seq, then: first, to_on_file: None }).await?;
    if n % 7 == 3 && then == Status::WaitingOnRequester {
        let addition = Addition { body: texts::ADDITIONS[turn % texts::ADDITIONS.len()].into(), ..Addition::default() };
        actions::append_from_requester(tx, id, Channel::Web, &addition, later(8)).await?;
    }
    if then == Status::Closed {
        actions::set_status(tx, id, agent, Status::Closed, later(30)).await?;
    }
    Ok(())
}
