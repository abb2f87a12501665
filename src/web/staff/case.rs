//! The workflow of a ticket: where it stands, who holds it, what comes next, and the acts that move it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::Desk;
use super::ticket::{self, Draft};
use crate::desk::Lang;
use crate::desk::account::store::Account;
use crate::desk::account::{AccountRecord, ApplicationState};
use crate::desk::flows::cases::machine::{Alert, Asks, Refusal, withdrawal_alerts};
use crate::desk::flows::cases::precedents::Precedent;
use crate::desk::flows::cases::{self, Case, CaseError, Stepped};
use crate::desk::flows::withdrawals::{self, NudgeError};
use crate::desk::period::{PeriodKind, Season};
use crate::desk::reply::disclosure::masked;
use crate::desk::staff::approval::{Approval, ApprovalError};
use crate::desk::ticket::Ticket;
use crate::desk::ticket::mails::outward::director_letter;
use crate::platform::db::Tx;
use crate::web::{PageError, Posted, when};

/// What the ticket page shows of a case.
pub struct CasePanel {
    /// Name of the workflow.
    pub label: &'static str,
    /// Stored word of the state: the form says what it has seen.
    pub seen: &'static str,
    /// The state.
    pub state: &'static str,
    /// Who holds it.
    pub holder: &'static str,
    /// What comes next.
    pub next: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What was noted with the last act.
    pub note: String,
    /// What should be seen at once.
    pub alerts: Vec<String>,
    /// The letter to the director, where one is offered (F24).
    pub letter: Option<Letter>,
    /// All states in their order, and which one it is.
    pub steps: Vec<(&'static str, bool)>,
    /// The acts from here.
    pub acts: Vec<Act>,
    /// A request that waits for another person: until when.
    pub waits_until: Option<DateTime<Utc>>,
    /// What was decided before under the same clause, where a case is about a finding.
    pub precedents: Option<Vec<Before>>,
}

/// A ticket of before, and what was decided on it: in words, why, and when.
pub struct Before {
    /// The ticket.
    pub number: String,
    /// Oldest first.
    pub decisions: Vec<(&'static str, String, DateTime<Utc>)>,
}

/// A letter to the director, before it leaves.
pub struct Letter {
    /// Its text.
    pub text: String,
    /// Where it goes, masked; `None` when no address is known.
    pub to: Option<String>,
    /// When the last one left.
    pub last: Option<DateTime<Utc>>,
}

/// What is known about a case beside itself.
#[derive(Default)]
pub struct Beside<'a> {
    /// A request that waits for another person.
    pub waiting: Option<&'a Approval>,
    /// Whether some acts need one.
    pub is_for_two: bool,
    /// The linked registration.
    pub account: Option<&'a Account>,
    /// When the director was last written to.
    pub last_nudge: Option<DateTime<Utc>>,
    /// What was decided before under the same clause.
    pub precedents: Vec<Precedent>,
}

/// A button.
pub struct Act {
    /// Stored word.
    pub word: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether a sentence must go with it.
    pub needs_note: bool,
    /// Whether another person approves it first.
    pub needs_approval: bool,
}

impl CasePanel {
    /// The panel of a case.
    pub fn new(case: Case, ticket: &Ticket, beside: &Beside<'_>, season: &Season, desk: &Desk) -> Self {
        let (lang, now, waiting) = (desk.lang(), desk.now(), beside.waiting);
        let t = |text: (&'static str, &'static str)| lang.t(text.0, text.1);
        let (flow, state) = (case.flow, case.state);
        let closes_at = season.open_window(PeriodKind::Apply, now).map(|window| window.closes_at);
        // Between two windows it is the next close that counts.
        let coming = season.periods().iter().filter(|p| p.kind == PeriodKind::Apply && p.opens_at > now);
        let next_close = closes_at.or_else(|| coming.map(|p| p.closes_at).min());
        let mut alerts = match flow.word {
            "withdrawal" => withdrawal_alerts(state.word, case.since, now, next_close),
            _ => Vec::new(),
        };
        let record = beside.account.map(|account| &account.record);
        if flow.word == "withdrawal" && record.is_some_and(|record| was_never_accepted(record.application_state)) {
            alerts.push(Alert::NotAccepted);
        }
        let waits_for_director = flow.word == "withdrawal" && state.word == "requested";
        Self {
            label: t(flow.label),
            seen: state.word,
            state: t(state.label),
            holder: state.holder.label(lang),
            next: t(state.next),
            since: case.since,
            note: case.note,
            alerts: alerts.iter().map(|alert| told(alert, lang)).collect(),
            letter: waits_for_director.then(|| Letter {
                text: letter(desk, ticket, record, closes_at),
                to: beside.account.and_then(withdrawals::director).map(|to| masked(to.as_str())),
                last: beside.last_nudge,
            }),
            steps: flow.states.iter().map(|step| (t(step.label), step.word == state.word)).collect(),
            acts: flow
                .moves_from(state.word)
                .map(|step| act(step, beside.is_for_two, lang))
                .filter(|act| waiting.is_none() || !act.needs_approval)
                .collect(),
            waits_until: waiting.map(|approval| approval.expires_at),
            precedents: (flow.word == "fault").then(|| beside.precedents.iter().map(|one| before(one, lang)).collect()),
        }
    }
}

fn before(one: &Precedent, lang: Lang) -> Before {
    let decisions = one.decisions.iter();
    let decisions = decisions.map(|(word, why, at)| (Precedent::label(word, lang), why.clone(), *at)).collect();
    Before { number: one.number.clone(), decisions }
}

fn letter(desk: &Desk, ticket: &Ticket, record: Option<&AccountRecord>, closes_at: Option<DateTime<Utc>>) -> String {
    let director = record.map_or("", |record| record.director_name.as_str());
    // What leaves names the resident as the registration does; without one nothing leaves.
    let resident = record.map_or_else(|| ticket.requester_name.clone(), AccountRecord::full_name);
    director_letter(&desk.context(), &ticket.number, (director, &resident), closes_at)
}

fn was_never_accepted(state: Option<ApplicationState>) -> bool {
    use ApplicationState::{Applied, Rejected, Unapplied, Unset};
    matches!(state, Some(Unapplied | Applied | Rejected | Unset))
}

fn act(step: &'static cases::machine::Move, is_for_two: bool, lang: Lang) -> Act {
    Act {
        word: step.act,
        label: lang.t(step.label.0, step.label.1),
        needs_note: step.asks != Asks::Nothing,
        needs_approval: is_for_two && step.asks == Asks::SecondPerson,
    }
}

fn told(alert: &Alert, lang: Lang) -> String {
    match (alert, lang) {
        (Alert::SilentDirector { days }, Lang::Ja) => {
            format!("統括責任者から{days}日返事がありません。統括責任者に連絡してください。")
        }
        (Alert::SilentDirector { days }, Lang::En) => {
            format!("The director has not answered for {days} days. Write to them.")
        }
        (Alert::NotAccepted, Lang::Ja) => {
            "登録情報では採用されていません。辞退の手続きが要らないか、別の方の登録に紐付いていないかを確かめてください。".to_owned()
        }
        (Alert::NotAccepted, Lang::En) => {
            "On file there is no acceptance. Check whether a withdrawal is needed at all, and whose registration it is.".to_owned()
        }
        (Alert::ClosesFirst { closes_at }, Lang::Ja) => {
            format!("応募は {} に締め切られます。承認が間に合わないおそれがあります。", when::stamp(lang, *closes_at))
        }
        (Alert::ClosesFirst { closes_at }, Lang::En) => {
            format!("Applications close on {}; the approval may come too late.", when::stamp(lang, *closes_at))
        }
    }
}

/// `POST /staff/tickets/{number}/step`
///
/// # Errors
/// 404, or when the database is away; the sentence is then on the error page.
pub async fn step(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act", "note", "seen"])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let (id, now, by) = (found.id, desk.now(), desk.staff().clone());
    let (act, note, seen) = (form.get("act").to_owned(), form.get("note").to_owned(), form.get("seen").to_owned());
    let write = async move |tx: &mut Tx| cases::step(tx, id, &by, &act, &note, &seen, now).await;
    let refusal = match desk.state().db.write(write).await {
        Ok(Stepped::Moved) => return Ok(Redirect::to(&format!("/staff/tickets/{}", found.number)).into_response()),
        Ok(Stepped::Waits(_)) => {
            desk.state().wake.notify_waiters();
            return Ok(Redirect::to("/staff/approvals").into_response());
        }
        Err(CaseError::NotFound) => return Err(PageError::NotFound),
        Err(CaseError::Db(error) | CaseError::Approval(ApprovalError::Db(error))) => return Err(error.into()),
        Err(refusal) => refusal,
    };
    let status =
        if matches!(refusal, CaseError::Moved) { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let case_fault = Some(why(&refusal, desk.lang()).to_owned());
    let draft = Draft { case_fault, case_note: form.get("note").to_owned(), ..Draft::default() };
    ticket::show(&desk, found, status, draft, false).await
}

/// `POST /staff/tickets/{number}/nudge`: the letter to the director leaves, once a day at most.
///
/// # Errors
/// 404, or when the database is away.
pub async fn nudge(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let (context, id, by) = (desk.context(), found.id, desk.id());
    let write = async move |tx: &mut Tx| withdrawals::nudge(tx, &context, id, Some(by)).await;
    match desk.state().db.write(write).await {
        Ok(()) => {
            desk.state().wake.notify_waiters();
            Ok(Redirect::to(&format!("/staff/tickets/{}", found.number)).into_response())
        }
        Err(NudgeError::Db(error)) => Err(error.into()),
        Err(NudgeError::NotFound) => Err(PageError::NotFound),
        Err(refusal) => {
            let draft = Draft { case_fault: Some(refusal.text(desk.lang()).to_owned()), ..Draft::default() };
            ticket::show(&desk, found, StatusCode::UNPROCESSABLE_ENTITY, draft, false).await
        }
    }
}

fn why(refusal: &CaseError, lang: Lang) -> &'static str {
    match refusal {
        CaseError::Refused(Refusal::NoteMissing) => lang.t(
            "理由や根拠を書いてから、もう一度押してください。",
            "Write the reason or the evidence, then press again.",
        ),
        CaseError::Approval(error) => error.text(lang),
        CaseError::NotLinked => lang.t(
            "この受付はまだ登録情報に紐付いていません。先に紐付けてください。",
            "The ticket is not linked to an account yet. Link it first.",
        ),
        CaseError::Moved => lang.t(
            "画面を開いた後に、ほかの方が先へ進めました。今の状態を確かめてください。",
            "Somebody else moved it after the page was opened. Look at where it stands now.",
        ),
        _ => lang.t("今の状態からは行えません。", "This cannot be done from the present state."),
    }
}
