//! Workflows of tickets: where a case stands, who holds it, what comes next. The tables are pure (`machine`, `tables`);
//! here a case is loaded and moved, in one transaction that ends in an event.

pub mod machine;
pub mod precedents;
pub mod second;
mod store;
// Each row of a table stays on its line.
#[rustfmt::skip]
pub mod tables;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::desk::inquiry::InquiryKind;
use crate::desk::staff::approval::{ApprovalError, ApprovalId};
use crate::desk::staff::{Staff, StaffId};
use crate::desk::ticket::actions::{ActError, Reply};
use crate::desk::ticket::{Actor, Status, Ticket, TicketId, store as tickets, upload_word};
use crate::platform::db::{DbError, Tx};
use machine::{Doing, Flow, Refusal, State};

/// The longest sentence that goes with an act, in characters.
pub const NOTE_CHARS: usize = 1_000;

/// Where a ticket stands in its workflow.
#[derive(Debug, Clone)]
pub struct Case {
    /// The workflow.
    pub flow: &'static Flow,
    /// The state.
    pub state: &'static State,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What was noted with the last act.
    pub note: String,
    /// Who did it; `None` while it stands where the form put it.
    pub moved_by: Option<i64>,
}

/// Why a case was not moved.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The workflow refuses.
    #[error("the workflow does not allow it: {0:?}")]
    Refused(Refusal),
    /// Somebody else moved it since the page was opened.
    #[error("the case has moved meanwhile")]
    Moved,
    /// A change of the profile whose ticket is not linked to a registration.
    #[error("the ticket is not linked to an account")]
    NotLinked,
    /// The second person could not be asked.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// No ticket, or one without a workflow.
    #[error("there is no such case")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The case of a ticket; `None` for a kind without a workflow.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Case>, DbError> {
    let Some(flow) = InquiryKind::parse(&ticket.kind).and_then(tables::of) else { return Ok(None) };
    let stored = store::find(tx, ticket.id).await?.filter(|row| row.flow == flow.word);
    Ok(Some(match stored {
        Some(row) => {
            Case { flow, state: flow.state(&row.state), since: row.since, note: row.note, moved_by: row.moved_by }
        }
        None => Case {
            flow,
            state: begins(tx, ticket, flow).await?,
            since: ticket.received_at,
            note: String::new(),
            moved_by: None,
        },
    }))
}

/// Where a case begins: where the form puts it. Who asks for linked data after their cell was linked waits for nothing: that
/// is a question for the desk.
async fn begins(tx: &mut Tx, ticket: &Ticket, flow: &'static Flow) -> Result<&'static State, DbError> {
    let state = flow.state((flow.start)(&ticket.fields.0));
    if state.word != "waiting_for_linkage" {
        return Ok(state);
    }
    let field = |name: &str| ticket.fields.0.get(name).map_or("", String::as_str);
    let year = field("entry_fiscal_year").parse().unwrap_or(0);
    let linked_at = store::linked_at(tx, field("specialty"), year).await?;
    let is_over = linked_at.is_some_and(|at| at < ticket.received_at);
    Ok(if is_over { flow.state("asked") } else { state })
}

/// Where a ticket stands by what its requester filled in: what anybody may be shown who may see their own words.
///
/// # Errors
/// When the database refuses.
pub async fn as_said(tx: &mut Tx, ticket: &Ticket) -> Result<Option<(&'static Flow, &'static State)>, DbError> {
    let Some(flow) = InquiryKind::parse(&ticket.kind).and_then(tables::of) else { return Ok(None) };
    Ok(Some((flow, begins(tx, ticket, flow).await?)))
}

/// Whether some acts of a case need two people: those about who somebody is (name, reading, birthdate and number of a
/// profile, F35, and an ID told to another address than the registered one), and an exception to a close that has passed
/// (F15, F16).
pub fn needs_two_people(ticket: &Ticket, case: &Case) -> bool {
    let item = ticket.fields.0.get("item").map_or("", String::as_str);
    let is_identity =
        ["name", "kana", "birthdate", "registration_number"].contains(&item) || case.state.word == "unreachable";
    is_identity || case.flow.word == "fault"
}

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// The case moved.
    Moved,
    /// It is about who somebody is, and waits for another person.
    Waits(ApprovalId),
}

/// Does an act on a case, or asks another person for it. `seen` is the state the page showed.
///
/// # Errors
/// Why not; nothing has changed then.
pub async fn step(
    tx: &mut Tx,
    id: TicketId,
    by: &Staff,
    act: &str,
    note: &str,
    seen: &str,
    now: DateTime<Utc>,
) -> Result<Stepped, CaseError> {
    let ticket = tickets::find(tx, id).await?.ok_or(CaseError::NotFound)?;
    let case = of(tx, &ticket).await?.ok_or(CaseError::NotFound)?;
    if case.state.word != seen {
        return Err(CaseError::Moved);
    }
    let note: String = note.trim().chars().take(NOTE_CHARS).collect();
    let doing = Doing { act, note: &note, is_for_two: needs_two_people(&ticket, &case), is_approved: false };
    let to = match case.flow.step(case.state.word, &doing) {
        Ok(to) => to,
        Err(Refusal::SecondPerson) => {
            let step = case.flow.moves_from(case.state.word).find(|step| step.act == act);
            let step = step.ok_or(CaseError::Refused(Refusal::NotFromHere))?;
            return Ok(Stepped::Waits(second::ask(tx, (&ticket, &case), by, step, &note, now).await?));
        }
        Err(refusal) => return Err(CaseError::Refused(refusal)),
    };
    // What is approved by one person alone goes the same way as what two approve: into the change set.
    let account = second::account_of_approval(tx, &ticket, &case, act).await?;
    move_to(tx, &ticket, &case, act, to, &note, by, now).await?;
    if let Some(account) = account {
        second::ask_for_change(tx, &ticket, &account, by.id, now).await?;
    }
    Ok(Stepped::Moved)
}

#[expect(clippy::too_many_arguments, reason = "what an event tells: who did what to which case, and why")]
async fn move_to(
    tx: &mut Tx,
    ticket: &Ticket,
    case: &Case,
    act: &str,
    to: &State,
    note: &str,
    by: &Staff,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    store::upsert(tx, ticket.id, case.flow.word, to.word, note, by.id, now).await?;
    let data = json!({ "flow": case.flow.word, "act": act, "from": case.state.word, "to": to.word, "note": note });
    tickets::insert_event(tx, ticket.id, "case_moved", Actor::Staff(by.id), data, now).await
}

/// A reply went to the requester. One with a link for an image has guided whoever was asked for it. What was asked for an ID and got an answer at the address on file has been told it: nothing
/// else may be written there, and nowhere else may it be (F29, F30).
///
/// # Errors
/// When the database refuses.
pub async fn answered(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let is_final = matches!(reply.then, Status::Resolved | Status::Closed) && reply.to_on_file == Some(true);
    let has_link = upload_word::is_in(&reply.body);
    if !is_final && !has_link {
        return Ok(());
    }
    let ticket = tickets::get(tx, id).await?;
    match of(tx, &ticket).await? {
        Some(case) if has_link && case.flow.word == "image" && ["asked", "sent_back"].contains(&case.state.word) => {
            settle(tx, &ticket, Actor::Staff(by), "guided", "", now).await
        }
        _ if !is_final => Ok(()),
        Some(case) if case.flow.word == "tell_id" && ["asked", "checked"].contains(&case.state.word) => {
            settle(tx, &ticket, Actor::Staff(by), "told", "", now).await
        }
        _ => Ok(()),
    }
}

/// Moves a case by a job: no person stands behind it.
///
/// # Errors
/// When the database refuses.
pub async fn settle_by_job(tx: &mut Tx, ticket: &Ticket, to: &'static str, now: DateTime<Utc>) -> Result<(), DbError> {
    settle(tx, ticket, Actor::Job, to, "", now).await
}

/// Moves a case because of something that happened: an image came, or was decided on.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    ticket: &Ticket,
    actor: Actor,
    to: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    settle_since(tx, ticket, actor, (to, now), note, now).await
}

/// The same for something that happened before it became known here: the case stands there since `to.1`.
///
/// # Errors
/// When the database refuses.
pub async fn settle_since(
    tx: &mut Tx,
    ticket: &Ticket,
    actor: Actor,
    to: (&'static str, DateTime<Utc>),
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let Some(case) = of(tx, ticket).await? else { return Ok(()) };
    store::upsert(tx, ticket.id, case.flow.word, to.0, note, actor.staff(), to.1).await?;
    let data = json!({ "flow": case.flow.word, "from": case.state.word, "to": to.0, "note": note });
    tickets::insert_event(tx, ticket.id, "case_moved", actor, data, now).await
}

impl From<CaseError> for ActError {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Db(error) => Self::Db(error),
            _ => Self::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::machine::Asks;
    use super::*;
    use crate::desk::inquiry::Catalogue;

    #[test]
    fn every_table_is_whole_each_state_can_be_reached_and_left_unless_it_ends() {
        for flow in tables::ALL {
            let words: BTreeSet<_> = flow.states.iter().map(|state| state.word).collect();
            assert_eq!(words.len(), flow.states.len(), "{}", flow.word);
            assert!(words.contains((flow.start)(&BTreeMap::new())), "{}", flow.word);
            for step in flow.moves {
                assert!(words.contains(step.to) && step.from.iter().all(|from| words.contains(from)), "{step:?}");
                assert!(!step.from.contains(&step.to), "{step:?} leads nowhere");
            }
            for state in flow.states {
                let acts: Vec<_> = flow.moves_from(state.word).map(|step| step.act).collect();
                let once: BTreeSet<_> = acts.iter().collect();
                assert_eq!(once.len(), acts.len(), "{} {}", flow.word, state.word);
                let ends = state.holder == machine::Holder::Nobody;
                assert!(ends || !acts.is_empty(), "{} {} cannot be left", flow.word, state.word);
            }
        }
    }

    type Pairs = &'static [(&'static str, &'static str)];

    #[test]
    fn a_case_begins_where_the_form_puts_it_and_goes_the_way_of_its_table() {
        // Workflow, what the form says, acts with their sentence, where it ends.
        let stories: [(InquiryKind, Pairs, Pairs, &str); 24] = [
            (InquiryKind::Withdraw, &[("step", "before")], &[("request", ""), ("approve", ""), ("mail", "")], "mailed"),
            (InquiryKind::Withdraw, &[("step", "requested")], &[("deny", "話し合い中"), ("request", "")], "requested"),
            (InquiryKind::Withdraw, &[("step", "mailed")], &[("correct", "見間違い")], "requested"),
            (
                InquiryKind::Duplicate,
                &[("times_registered", "2")],
                &[("confirm", ""), ("choose", "A-1"), ("fix", ""), ("tell", "")],
                "told",
            ),
            (
                InquiryKind::Duplicate,
                &[("temporary_password", "yes")],
                &[("fix", ""), ("reopen", "違った")],
                "confirmed",
            ),
            (
                InquiryKind::Image,
                &[],
                &[
                    ("guide", ""),
                    ("upload", ""),
                    ("send_back", "不鮮明"),
                    ("upload", ""),
                    ("approve", ""),
                    ("apply", ""),
                    ("tell", ""),
                ],
                "told",
            ),
            (
                InquiryKind::Profile,
                &[("item", "university"), ("proof", "none")],
                &[("refuse", "証明なし"), ("tell", "")],
                "told",
            ),
            (InquiryKind::Profile, &[("item", "email")], &[("tell", "")], "told"),
            (InquiryKind::Record, &[("topic", "linkage")], &[("settle", "")], "settled"),
            (
                InquiryKind::Record,
                &[("topic", "linkage"), ("specialty", "内科"), ("entry_fiscal_year", "2019")],
                &[],
                "waiting_for_linkage",
            ),
            (
                InquiryKind::Record,
                &[("topic", "linkage"), ("specialty", "内科"), ("entry_fiscal_year", "2018")],
                &[],
                "asked",
            ),
            (
                InquiryKind::Record,
                &[("topic", "linkage"), ("specialty", "小児科"), ("entry_fiscal_year", "2024")],
                &[],
                "asked",
            ),
            (InquiryKind::Transfer, &[("director_agreed", "refused"), ("society_agreed", "no")], &[], "refused"),
            (InquiryKind::Transfer, &[("director_agreed", "yes"), ("society_agreed", "refused")], &[], "refused"),
            (InquiryKind::Transfer, &[("director_agreed", "unknown")], &[], "asked"),
            (InquiryKind::Transfer, &[], &[("director", ""), ("society", "")], "consents"),
            (InquiryKind::Apply, &[("topic", "how")], &[("answer", "")], "answered"),
            (
                InquiryKind::Apply,
                &[("topic", "change")],
                &[("look_into", ""), ("own", "10:15の記録"), ("answer", "")],
                "answered",
            ),
            (InquiryKind::Apply, &[("topic", "missed")], &[("unclear", "記録なし")], "unclear"),
            (
                InquiryKind::LateStart,
                &[("director_approves", "yes")],
                &[("society", ""), ("allow", "出産"), ("tell", "")],
                "told",
            ),
            (
                InquiryKind::Transfer,
                &[("director_agreed", "yes"), ("society_agreed", "yes")],
                &[("check", ""), ("give_up", ""), ("end", "")],
                "closed",
            ),
            (InquiryKind::Ceiling, &[], &[("prefecture", ""), ("settle", "")], "settled"),
            (
                InquiryKind::Trouble,
                &[],
                &[("unclear", "記録なし"), ("system", "10:15の記録"), ("answer", "")],
                "answered",
            ),
            (InquiryKind::Id, &[], &[("check", "番号と生年月日"), ("tell", "")], "told"),
        ];
        for (kind, fields, acts, end) in stories {
            let fields = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let flow = tables::of(kind).unwrap();
            let mut at = flow.state((flow.start)(&fields)).word;
            for (act, note) in acts {
                let doing = Doing { act, note, is_for_two: false, is_approved: false };
                at = flow.step(at, &doing).unwrap_or_else(|why| panic!("{kind} at {at}: {act}: {why:?}")).word;
            }
            assert_eq!(at, end, "{kind}");
        }
    }

    #[test]
    fn what_a_table_does_not_know_and_a_missing_sentence_are_refused() {
        let flow = &tables::WITHDRAWAL;
        let doing = |act, note| Doing { act, note, is_for_two: false, is_approved: false };
        assert_eq!(flow.step("before", &doing("approve", "")).unwrap_err(), Refusal::NotFromHere);
        assert_eq!(flow.step("before", &doing("nonsense", "")).unwrap_err(), Refusal::NotFromHere);
        assert_eq!(flow.step("requested", &doing("deny", "  ")).unwrap_err(), Refusal::NoteMissing);
        let applying = tables::FAULT.step("reported", &doing("own", "")).unwrap_err();
        assert_eq!(applying, Refusal::NoteMissing, "a finding needs its evidence (F66)");
        for kind in [InquiryKind::Trouble, InquiryKind::Apply] {
            let answered = tables::of(kind).unwrap().step("reported", &doing("answer", "")).unwrap_err();
            assert_eq!(answered, Refusal::NotFromHere, "no answer without a finding");
        }
    }

    #[test]
    fn name_birthdate_and_number_wait_for_a_second_person() {
        let flow = &tables::PROFILE;
        let doing =
            |is_for_two, is_approved| Doing { act: "approve", note: "免許証で確認", is_for_two, is_approved };
        assert_eq!(flow.step("proof_seen", &doing(true, false)).unwrap_err(), Refusal::SecondPerson);
        assert_eq!(flow.step("proof_seen", &doing(true, true)).unwrap().word, "approved");
        assert_eq!(flow.step("proof_seen", &doing(false, false)).unwrap().word, "approved");
    }

    #[test]
    fn an_exception_to_a_close_follows_a_finding_and_takes_two_people() {
        let doing =
            |is_approved| Doing { act: "except", note: "10:15の障害の記録", is_for_two: true, is_approved };
        for (from, is_possible) in [("reported", false), ("unclear", false), ("system", true), ("own", true)] {
            let alone = tables::FAULT.step(from, &doing(false)).unwrap_err();
            assert_eq!(alone, if is_possible { Refusal::SecondPerson } else { Refusal::NotFromHere }, "{from}");
            assert_eq!(tables::FAULT.step(from, &doing(true)).is_ok_and(|to| to.word == "excepted"), is_possible);
        }
    }

    #[test]
    fn the_fields_and_values_that_begin_a_case_stand_on_the_forms() {
        let catalogue = Catalogue::embedded().unwrap();
        for (kind, field, values) in [
            (InquiryKind::Withdraw, "step", &["before", "requested", "approved", "mailed", "denied"][..]),
            (InquiryKind::Duplicate, "times_registered", &["2", "3"]),
            (InquiryKind::Duplicate, "temporary_password", &["yes"]),
            (InquiryKind::Profile, "item", &["email", "address", "phone", "name", "birthdate", "registration_number"]),
            (InquiryKind::Profile, "proof", &["none"]),
            (InquiryKind::Record, "topic", &["linkage"]),
            (InquiryKind::LateStart, "director_approves", &["yes"]),
            (InquiryKind::LateStart, "society_told", &["yes"]),
            (InquiryKind::Transfer, "director_agreed", &["yes", "refused", "unknown"]),
            (InquiryKind::Transfer, "society_agreed", &["yes", "refused", "unknown"]),
            (InquiryKind::Apply, "topic", &["how", "change", "deadline", "missed"]),
        ] {
            let form = &catalogue.get(kind).unwrap().form;
            let options = &form.field(field).unwrap().options;
            for value in values {
                assert!(options.iter().any(|choice| choice.value == *value), "{kind}.{field} has no {value}");
            }
        }
        let asks: usize =
            tables::ALL.iter().flat_map(|flow| flow.moves).filter(|m| m.asks == Asks::SecondPerson).count();
        assert_eq!(asks, 3, "each act that needs two people is known to needs_two_people");
    }
}
