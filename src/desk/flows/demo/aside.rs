//! What a desk has beside its tickets: pairs of registrations, what waits for a second person, what the online system is
//! asked to do, the state of the data linkage, memos of calls.

use chrono::{DateTime, Datelike, Duration, Utc};

use super::{DemoError, store};
use crate::desk::Context;
use crate::desk::account::pairs::{self, Pair};
use crate::desk::flows::approvals;
use crate::desk::flows::linkage::{self, LinkageState};
use crate::desk::flows::repair::{self, RepairError, Wish};
use crate::desk::inquiry::InquiryKind;
use crate::desk::staff::StaffId;
use crate::desk::staff::approval::ApprovalId;
use crate::desk::staff::people as staff_people;
use crate::desk::ticket::elsewhere::{self, ElsewhereError};
use crate::desk::ticket::memo::{self, NewMemo};
use crate::desk::ticket::{Status, TicketId};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};

/// Finds the pairs, has one repaired by two people, leaves one waiting for the second, and says of one that they are two.
pub(super) async fn duplicates(tx: &mut Tx, ctx: &Context, staff: &[StaffId]) -> Result<(), DemoError> {
    let [agent, other, lead, ..] = *staff else { return Ok(()) };
    let now = ctx.now();
    pairs::find(tx, now - Duration::hours(9)).await?;
    let open = pairs::store::list_open(tx, 50, 0).await?;
    let mut asked: Vec<(ApprovalId, usize)> = Vec::new();
    for (at, pair) in open.iter().enumerate() {
        if asked.len() < 2
            && let Some(id) = ask_repair(tx, agent, pair, now).await?
        {
            asked.push((id, at));
        }
    }
    // The second person is another one, of role lead.
    if let (Some((id, _)), Some(lead)) = (asked.first(), staff_people::find(tx, lead).await?) {
        let approved = approvals::approve(tx, ctx, &lead, *id, "写しと応募データを確認しました。").await;
        approved.map_err(|error| refused(error.db(), "an approval"))?;
    }
    let last = open.len().checked_sub(1).filter(|last| !asked.iter().any(|(_, at)| at == last));
    if let Some(pair) = last.and_then(|last| open.get(last)) {
        pairs::dismiss(tx, pair.a, pair.b, other, "ふたごの兄弟。電話で確認済み。", now).await?;
    }
    Ok(())
}

/// Asks for a repair; `None` where something stands in the way, as it may with any pair.
async fn ask_repair(
    tx: &mut Tx,
    by: StaffId,
    pair: &Pair,
    now: DateTime<Utc>,
) -> Result<Option<ApprovalId>, DemoError> {
    let mut wish = Wish {
        survivor: pair.a,
        retired: pair.b,
        taken: Vec::new(),
        acknowledged: Vec::new(),
        reason: "氏名・生年月日・医籍登録番号が同じで、応募のデータは先の登録にあります。後の登録は誤って作ったものと、電話で確認しました。".to_owned(),
    };
    let (_, _, plan) = match repair::dry_run(tx, &wish, now).await {
        Err(RepairError::Db(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
        Ok(found) => found,
    };
    if plan.blocking().next().is_some() {
        return Ok(None);
    }
    wish.acknowledged = plan.to_acknowledge().collect();
    match repair::ask(tx, by, &wish, now).await {
        Ok(id) => Ok(Some(id)),
        Err(RepairError::Db(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// An answer to another address than the one on file waits for a second person.
pub(super) async fn disclosure(tx: &mut Tx, ctx: &Context, staff: &[StaffId]) -> Result<(), DemoError> {
    let found: Option<TicketId> = store::written_from_elsewhere(tx).await?;
    let (Some(ticket), Some(by)) = (found, staff.first()) else { return Ok(()) };
    let body = "お問い合わせありがとうございます。ご本人の登録を確認しました。登録されているアドレスが使えないとのことですので、こちらのアドレスにお答えします。";
    let reason = "退職した病院のアドレスで、本人は受け取れない。医師免許証の画像と登録を見比べた。";
    match elsewhere::ask(tx, ctx, ticket, *by, (body, Status::Resolved), reason).await {
        Ok(_) | Err(ElsewhereError::NotNeeded) => Ok(()),
        Err(error) => Err(refused(Err(error), "an answer elsewhere")),
    }
}

fn refused<E: std::fmt::Display>(error: Result<DbError, E>, what: &'static str) -> DemoError {
    match error {
        Ok(error) => error.into(),
        Err(error) => DemoError::Refused { what, why: error.to_string() },
    }
}

/// Where the linkage of a few specialties stands.
pub(super) async fn linkage(tx: &mut Tx, ctx: &Context, staff: &[StaffId]) -> Result<(), DemoError> {
    let Some(&by) = staff.first() else { return Ok(()) };
    let now = ctx.now();
    let year = i64::from(now.with_timezone(&jst()).year());
    let cells = [
        ("内科", 3, LinkageState::Linked),
        ("内科", 2, LinkageState::Linking),
        ("内科", 1, LinkageState::Planned),
        ("外科", 3, LinkageState::Linked),
        ("外科", 2, LinkageState::Linked),
        ("外科", 1, LinkageState::Linking),
        ("放射線科", 3, LinkageState::Linked),
        ("放射線科", 2, LinkageState::Planned),
        ("麻酔科", 3, LinkageState::Linking),
    ];
    for (specialty, years_ago, state) in cells {
        linkage::set(tx, by, specialty, year - years_ago, state, now).await?;
    }
    Ok(())
}

/// Memos of calls, under the numbers of people who also wrote.
pub(super) async fn memos(tx: &mut Tx, ctx: &Context, staff: &[StaffId]) -> Result<(), DemoError> {
    const CALLS: [(InquiryKind, &str); 4] = [
        (InquiryKind::LoginMail, "ログインのメールが届かないとの電話。フォームをご案内した。"),
        (InquiryKind::Id, "IDを電話で教えてほしいとのこと。電話ではお伝えできないと説明し、フォームをご案内した。"),
        (InquiryKind::Withdraw, "辞退の承認がいつになるかとのお尋ね。統括責任者に確かめるようお願いした。"),
        (InquiryKind::Result, "採否を知りたいとの電話。ログインしてご覧いただくようお伝えした。"),
    ];
    let now = ctx.now();
    let numbers = store::linked_numbers(tx, CALLS.len() as i64).await?;
    for (turn, ((kind, said), number)) in CALLS.into_iter().zip(numbers).enumerate() {
        let Some(&by) = staff.get(turn % 2) else { continue };
        let call =
            NewMemo { kind, registration_number: Some(number), subject: String::new(), memo: said.into(), email: None };
        ctx.clock.set(now - Duration::hours(2 * turn as i64 + 1));
        memo::keep(tx, ctx, by, &format!("demo:memo:{turn}"), &call).await?;
    }
    ctx.clock.set(now);
    Ok(())
}
