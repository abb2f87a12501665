//! Facts that need no question: from the copy of a registration, from the published periods, from the fields of a ticket.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use super::{Given, Policy, Table, Topic, Verdict};
use crate::desk::account::nested::{Withdrawal, WithdrawalDecision};
use crate::desk::account::{AccountRecord, ApplicationState};
use crate::desk::period::{Period, PeriodKind, Season};

/// A fact by its name.
pub type Fact = (&'static str, Json);

/// What the copy of a registration says, with its withdrawal when that has come in.
pub fn of_account(record: &AccountRecord, withdrawal: Option<&Withdrawal>) -> Vec<Fact> {
    let step = match (withdrawal, record.application_state) {
        (Some(Withdrawal { mailed_at: Some(_), .. }), _) => Some("mailed"),
        (Some(Withdrawal { decision: Some(WithdrawalDecision::Approved), .. }), _) => Some("approved"),
        // The place stays as it is.
        (Some(Withdrawal { decision: Some(WithdrawalDecision::Denied), .. }), _) => Some("none"),
        (Some(Withdrawal { requested_at: Some(_), .. }), _) => Some("requested"),
        (_, Some(ApplicationState::WithdrawalRequested)) => Some("requested"),
        // Whether the mail has left is not in a row.
        (_, Some(ApplicationState::Withdrawn) | None) => None,
        (_, Some(_)) => Some("none"),
    };
    let specialty = Some(record.specialty.as_str()).filter(|specialty| !specialty.is_empty());
    let facts = [
        ("specialty", specialty.map(Json::from)),
        ("entry_fiscal_year", record.entry_fiscal_year.map(Json::from)),
        ("phase", record.phase.map(|phase| Json::from(phase.as_str()))),
        ("application_state", record.application_state.map(|state| Json::from(state.as_str()))),
        ("withdrawal_step", step.map(Json::from)),
    ];
    facts.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

/// What the published periods say at an instant; nothing while no application window is published.
pub fn of_season(season: &Season, at: DateTime<Utc>) -> Vec<Fact> {
    if season.running_year(at).is_none() {
        return Vec::new();
    }
    let mut facts = vec![
        ("window_open", Json::from(season.open_window(PeriodKind::Apply, at).is_some())),
        ("all_closed", Json::from(season.all_closed(at))),
    ];
    if let Some(published) = result_published(season, at) {
        facts.push(("result_published", Json::from(published)));
    }
    facts
}

/// Whether the results of the round whose window closed last are out; before the first has closed there are none yet.
fn result_published(season: &Season, at: DateTime<Utc>) -> Option<bool> {
    let applied = |period: &&Period| period.kind == PeriodKind::Apply && period.closes_at <= at;
    let Some(closed) = season.periods().iter().filter(applied).max_by_key(|period| period.closes_at) else {
        return Some(false);
    };
    let of_round = |period: &&Period| {
        period.kind == PeriodKind::Result && period.fiscal_year == closed.fiscal_year && period.round == closed.round
    };
    let result = season.periods().iter().find(of_round)?;
    Some(result.opens_at <= at)
}

/// Who enters training records, of a specialty and a year of entry as a form has them; `ask` where one is missing. By the
/// latest rules: what a table of cases begins with has no day.
pub fn entry_of_records(specialty: &str, entry_fiscal_year: &str) -> Verdict {
    let facts = [("specialty", Json::from(specialty)), ("entry_fiscal_year", Json::from(entry_fiscal_year))];
    let explain = |policy: &Policy| {
        let given = policy.given(Topic::Records, facts.iter().map(|(name, value)| (*name, value)));
        policy.explain(Topic::Records, NaiveDate::MAX, &given).verdict
    };
    Policy::embedded().map_or(Verdict::Ask, explain)
}

impl Policy {
    /// The tables that have something to say about a kind of inquiry.
    pub fn tables_for(&self, kind: &str) -> Vec<&Table> {
        let is_for = |table: &&Table| table.inquiry == kind || table.also.iter().any(|also| also == kind);
        self.tables.iter().filter(is_for).collect()
    }

    /// Facts about a ticket: what its form says, then what is on file, then what the calendar says; the later is surer.
    pub fn given_for_ticket(
        &self,
        topic: Topic,
        fields: &BTreeMap<String, String>,
        account: &[Fact],
        season: &[Fact],
    ) -> Given {
        let Some(table) = self.table(topic) else { return Given::default() };
        let said = table.facts_of_form(&self.specialties, fields);
        let known = account.iter().chain(season).filter(|(name, _)| table.index(name).is_some());
        self.given(topic, said.iter().map(|(n, v)| (*n, v)).chain(known.map(|(n, v)| (*n, v))))
    }

    /// Fields of the inquiry's form that say the same as the facts of a guide.
    pub fn fields_for(&self, topic: Topic, given: &Given) -> Vec<(String, String)> {
        let fields = |table: &Table| table.form_of_facts(&self.specialties, &given.values);
        self.table(topic).map(fields).unwrap_or_default()
    }
}
