//! A workflow as a table: its states, who holds each, what comes next, and the acts that lead from one to another. Pure:
//! nothing here knows a ticket or a database.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::desk::Lang;
use crate::word_enum;

word_enum! {
    /// Who has to do something next.
    Holder {
        /// 事務局
        Desk = "desk",
        /// ご本人
        Requester = "requester",
        /// 統括責任者
        Director = "director",
        /// 学会
        Society = "society",
        /// 都道府県
        Prefecture = "prefecture",
        /// The online system.
        System = "system",
        /// Nobody: it is settled.
        Nobody = "nobody",
    }
}

impl Holder {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Desk => lang.t("事務局", "the desk"),
            Self::Requester => lang.t("ご本人", "the requester"),
            Self::Director => lang.t("統括責任者", "the director"),
            Self::Society => lang.t("学会", "the society"),
            Self::Prefecture => lang.t("都道府県", "the prefecture"),
            Self::System => lang.t("システム", "the online system"),
            Self::Nobody => lang.t("なし(完了)", "nobody: it is settled"),
        }
    }
}

/// A text in both languages.
pub type Both = (&'static str, &'static str);

/// A state of a workflow.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// Its stored word.
    pub word: &'static str,
    /// What people read.
    pub label: Both,
    /// Who holds it.
    pub holder: Holder,
    /// What has to happen next.
    pub next: Both,
}

/// What an act asks of whoever does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// A sentence: a reason, the evidence, what was chosen.
    Note,
    /// A second person of role lead or above, when the case is about who somebody is; with a sentence.
    SecondPerson,
}

/// An act.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// Its stored word.
    pub act: &'static str,
    /// What the button says.
    pub label: Both,
    /// States it leads from.
    pub from: &'static [&'static str],
    /// The state it leads to.
    pub to: &'static str,
    /// What it asks.
    pub asks: Asks,
}

/// A workflow.
#[derive(Debug)]
pub struct Flow {
    /// Its name.
    pub word: &'static str,
    /// What people read.
    pub label: Both,
    /// The states, in the order a case usually takes them.
    pub states: &'static [State],
    /// The acts.
    pub moves: &'static [Move],
    /// Whether the requester sees where it stands: its words are written for them too.
    pub is_public: bool,
    /// Where a ticket with these fields begins.
    pub start: fn(&BTreeMap<String, String>) -> &'static str,
}

/// Who does an act, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Doing<'a> {
    /// The act.
    pub act: &'a str,
    /// The sentence that goes with it.
    pub note: &'a str,
    /// The case is about name, birthdate or number, or about an exception: some acts then need two people (F35, F16).
    pub is_for_two: bool,
    /// Whether two people have agreed to it (`desk::staff::approval`).
    pub is_approved: bool,
}

/// Why an act was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The workflow has no such act, or not from this state.
    NotFromHere,
    /// The sentence is missing.
    NoteMissing,
    /// Another person of role lead or above has to approve it first.
    SecondPerson,
}

impl Flow {
    /// A state by its word; one that is no longer known is the first.
    pub fn state(&self, word: &str) -> &State {
        self.states.iter().find(|state| state.word == word).unwrap_or(&self.states[0])
    }

    /// The acts that lead from a state.
    pub fn moves_from<'f>(&'f self, state: &'f str) -> impl Iterator<Item = &'f Move> {
        self.moves.iter().filter(move |step| step.from.contains(&state))
    }

    /// Does an act.
    ///
    /// # Errors
    /// Why not; nothing has changed then.
    pub fn step(&self, state: &str, doing: &Doing<'_>) -> Result<&State, Refusal> {
        let found = self.moves_from(state).find(|step| step.act == doing.act).ok_or(Refusal::NotFromHere)?;
        if found.asks != Asks::Nothing && doing.note.trim().is_empty() {
            return Err(Refusal::NoteMissing);
        }
        if found.asks == Asks::SecondPerson && doing.is_for_two && !doing.is_approved {
            return Err(Refusal::SecondPerson);
        }
        Ok(self.state(found.to))
    }
}

/// Something staff should see about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// The director has said nothing for this many days: write to them (F24).
    SilentDirector {
        /// Whole days.
        days: i64,
    },
    /// On file the person was not accepted: there is nothing to withdraw from, or it is somebody else.
    NotAccepted,
    /// The application window closes before the approval is likely.
    ClosesFirst {
        /// Its close.
        closes_at: DateTime<Utc>,
    },
}

/// After how long a silent director is written to.
const SILENT: Duration = Duration::days(2);
/// From how long before the close a director is written to after one day already.
const NEAR_CLOSE: Duration = Duration::days(3);
/// What an approval usually takes: two days of silence, a letter, and three days for the answer. A close before that may come
/// first.
const USUAL: Duration = Duration::days(5);

/// What is to be said about a withdrawal (domain.md §2.14): a director who is silent for two days, and a close that may
/// come before the approval.
pub fn withdrawal_alerts(
    state: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    closes_at: Option<DateTime<Utc>>,
) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let is_near = closes_at.is_some_and(|at| at > now && at - now <= NEAR_CLOSE);
    let waits = now - since;
    if state == "requested" && (waits >= SILENT || (is_near && waits >= Duration::days(1))) {
        alerts.push(Alert::SilentDirector { days: waits.num_days() });
    }
    let comes_first = |at: &DateTime<Utc>| *at > now && *at - now <= USUAL;
    if let Some(closes_at) =
        closes_at.filter(comes_first).filter(|_| ["before", "requested", "approved"].contains(&state))
    {
        alerts.push(Alert::ClosesFirst { closes_at });
    }
    alerts
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_silent_director_and_a_near_close_are_told_in_time() {
        let day = |n: i64| Utc.with_ymd_and_hms(2026, 12, 1, 3, 0, 0).unwrap() + Duration::days(n);
        let silent = |days| Alert::SilentDirector { days };
        let first = |n| Alert::ClosesFirst { closes_at: day(n) };
        for (state, since, now, closes, expected) in [
            ("requested", 0, 1, None, vec![]),
            ("requested", 0, 2, None, vec![silent(2)]),
            ("requested", 0, 9, Some(12), vec![silent(9), first(12)]),
            ("requested", 8, 9, Some(12), vec![silent(1), first(12)]),
            ("requested", 8, 9, Some(13), vec![first(13)]),
            ("approved", 8, 9, Some(14), vec![first(14)]),
            ("requested", 8, 9, Some(15), vec![]),
            ("before", 0, 9, Some(12), vec![first(12)]),
            ("mailed", 0, 9, Some(12), vec![]),
            ("denied", 0, 9, Some(12), vec![]),
            ("requested", 0, 9, Some(8), vec![silent(9)]),
        ] {
            let found = withdrawal_alerts(state, day(since), day(now), closes.map(day));
            assert_eq!(found, expected, "{state} since {since} at {now}, closes {closes:?}");
        }
    }
}
