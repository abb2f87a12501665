//! The first row that fits, and what to do while facts are not known: every way the unknown could turn out is tried, on
//! the values at which a rule of the version changes. One verdict in all ways needs no further question.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::answer::{Answer, Extras, Known};
use super::given::Given;
use super::specialty::Specialties;
use super::table::{Condition, Conditions, FactKind, Row, StartsEarliest, StartsOn, Table, Value, Version};
use super::topic::Verdict;
use crate::platform::clock::fiscal_year;

/// What a version of a table says about the facts on a day.
pub(super) fn explain(table: &Table, specialties: &Specialties, at: NaiveDate, given: &Given) -> Answer {
    let Some(version) = table.version(at) else { return Answer::none(table.topic) };
    let rules = Rules { table, version, specialties, at, is_whole: false };
    let ways = rules.ways(&given.values);
    let contradicts = rules.contradiction(&ways, given);
    let ways = rules.likely(ways);
    let known = Known { table, version, specialties, at, values: &given.values };
    let is_open = |index: &usize| given.values[*index].is_none() && table.facts[*index].assumed.is_none();
    let unknown: Vec<usize> = (0..table.facts.len()).filter(is_open).collect();
    let is_owed = |index: &usize| table.facts[*index].is_always_asked;
    let is_settled = given.unreadable.is_empty() && !unknown.iter().any(is_owed);
    let Some(last) = ways.iter().max_by_key(|way| way.row) else { return Answer::none(table.topic) };
    let outcome = |way: &Way| (version.rows[way.row].verdict, way.extras);
    if is_settled && ways.iter().all(|way| outcome(way) == outcome(last)) {
        // Of several rows with the same verdict the last is the most general.
        let answer = known.answer(&version.rows[last.row], last.extras);
        return if answer.verdict == Verdict::Ask { answer } else { known.doubting(answer, &contradicts) };
    }
    let is_unread = |index: &usize| given.unreadable.iter().any(|(unread, _)| unread == index);
    let mut missing: Vec<usize> = unknown
        .iter()
        .copied()
        .filter(|index| is_owed(index) || is_unread(index) || still_decides(&ways, *index))
        .collect();
    if missing.is_empty() {
        missing = unknown;
    }
    known.ask(&missing, &given.unreadable)
}

/// The same, but every fact is asked for that is not known, also one that would change nothing (contracts.md: "unknown or
/// missing facts give the verdict `ask`"): a program that leaves a fact out has probably not looked for it.
pub(super) fn explain_whole(table: &Table, specialties: &Specialties, at: NaiveDate, given: &Given) -> Answer {
    let answer = explain(table, specialties, at, given);
    let is_open = |index: &usize| given.values[*index].is_none() && table.facts[*index].assumed.is_none();
    let missing: Vec<usize> = (0..table.facts.len()).filter(is_open).collect();
    let Some(version) = table.version(at).filter(|_| !missing.is_empty() && answer.verdict != Verdict::Ask) else {
        return answer;
    };
    Known { table, version, specialties, at, values: &given.values }.ask(&missing, &given.unreadable)
}

/// What is wrong with a version as a whole: a case that meets no row, or a row that no case meets.
pub(super) fn flaw(table: &Table, version: &Version, specialties: &Specialties) -> Option<String> {
    let rules = Rules { table, version, specialties, at: version.from, is_whole: true };
    let cases = rules.cases(&vec![None; table.facts.len()]);
    let mut is_met = vec![false; version.rows.len()];
    for (case, _) in &cases {
        match rules.row(case) {
            Some(row) => is_met[row] = true,
            None => return Some(format!("no row fits {case:?}")),
        }
    }
    let dead = is_met.iter().position(|met| !met)?;
    Some(format!("the row {} is never reached", version.rows[dead].id))
}

struct Rules<'r> {
    table: &'r Table,
    version: &'r Version,
    specialties: &'r Specialties,
    at: NaiveDate,
    /// Facts that are assumed to be so are tried both ways.
    is_whole: bool,
}

/// One way the unknown could turn out.
struct Way {
    case: Vec<Value>,
    /// Which of its possible values each fact has.
    picks: Vec<usize>,
    row: usize,
    extras: Extras,
}

/// Whether two ways that differ only in this fact meet different rows, or say different days.
fn still_decides(ways: &[Way], index: usize) -> bool {
    let mut seen: HashMap<Vec<usize>, (usize, Extras)> = HashMap::new();
    ways.iter().any(|way| {
        let mut picks = way.picks.clone();
        picks[index] = 0;
        let here = (way.row, way.extras);
        *seen.entry(picks).or_insert(here) != here
    })
}

impl Rules<'_> {
    fn ways(&self, values: &[Option<Value>]) -> Vec<Way> {
        let ways = self.cases(values).into_iter().filter_map(|(case, picks)| {
            let row = self.row(&case)?;
            let extras = self.extras(&self.version.rows[row], &case);
            Some(Way { case, picks, row, extras })
        });
        ways.collect()
    }

    /// Without the ways nobody can be in, unless what was given leaves no other.
    fn likely(&self, ways: Vec<Way>) -> Vec<Way> {
        let is_likely = |way: &Way| !self.table.never.iter().any(|never| self.holds(never, &way.case));
        if ways.iter().any(is_likely) { ways.into_iter().filter(is_likely).collect() } else { ways }
    }

    /// The facts among those given that nobody can have together; empty when they go together.
    fn contradiction(&self, ways: &[Way], given: &Given) -> Vec<usize> {
        let always = |never: &&Conditions| !ways.is_empty() && ways.iter().all(|way| self.holds(never, &way.case));
        let names = |never: &Conditions| -> Vec<usize> {
            let facts = never.0.iter().flat_map(|condition| condition.facts(self.table));
            facts.filter(|index| given.values[*index].is_some()).collect()
        };
        self.table.never.iter().find(always).map(names).unwrap_or_default()
    }

    fn holds(&self, conditions: &Conditions, case: &[Value]) -> bool {
        conditions.hold(self.table, self.specialties, case)
    }

    fn row(&self, case: &[Value]) -> Option<usize> {
        self.version.rows.iter().position(|row| self.holds(&row.when, case))
    }

    /// Every complete case: known facts as they are, each unknown one in turn.
    fn cases(&self, values: &[Option<Value>]) -> Vec<(Vec<Value>, Vec<usize>)> {
        let mut cases = vec![(Vec::new(), Vec::new())];
        for (index, value) in values.iter().enumerate() {
            let longer = cases.into_iter().flat_map(|(case, picks)| {
                let possible = value.map_or_else(|| self.possible(index, &case, values), |value| vec![value]);
                possible.into_iter().enumerate().map(move |(pick, value)| {
                    let (mut case, mut picks): (Vec<Value>, Vec<usize>) = (case.clone(), picks.clone());
                    case.push(value);
                    picks.push(pick);
                    (case, picks)
                })
            });
            cases = longer.collect();
        }
        cases
    }

    /// The values of an unknown fact between which a rule may change.
    fn possible(&self, index: usize, case: &[Value], values: &[Option<Value>]) -> Vec<Value> {
        if let Some(assumed) = self.table.facts[index].assumed.filter(|_| !self.is_whole) {
            return vec![Value::YesNo(assumed)];
        }
        match &self.table.facts[index].kind {
            FactKind::YesNo => vec![Value::YesNo(true), Value::YesNo(false)],
            FactKind::Word { options, .. } => (0..options.len()).map(Value::Word).collect(),
            FactKind::Specialty => self.possible_specialties().into_iter().map(Value::Specialty).collect(),
            FactKind::Year => self.possible_years(values).into_iter().map(Value::Year).collect(),
            FactKind::Date => self.possible_days(case).into_iter().map(Value::Date).collect(),
        }
    }

    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.version.rows.iter().flat_map(|row| &row.when.0)
    }

    /// One specialty of each sort that the rules tell apart.
    fn possible_specialties(&self) -> Vec<usize> {
        let is_named = |index: &usize| {
            self.conditions().any(|c| matches!(c, Condition::Specialty(_, named) if named.contains(index)))
        };
        let mut sorts = HashMap::new();
        for (index, specialty) in self.specialties.all().iter().enumerate() {
            let name = is_named(&index).then_some(index);
            sorts.entry((name, specialty.records, specialty.half_year_from)).or_insert(index);
        }
        let mut specialties: Vec<usize> = sorts.into_values().collect();
        specialties.sort_unstable();
        specialties
    }

    /// The years around every boundary of the version, and around a known day.
    fn possible_years(&self, values: &[Option<Value>]) -> Vec<i32> {
        let mut years = vec![fiscal_year(self.at)];
        for condition in self.conditions() {
            if let Condition::Year(_, from, to) = condition {
                years.extend(if *from == i32::MIN { None } else { Some([*from - 1, *from]) }.into_iter().flatten());
                years.extend(if *to == i32::MAX { None } else { Some([*to, *to + 1]) }.into_iter().flatten());
            }
        }
        for value in values.iter().flatten() {
            if let Value::Date(day) = value {
                years.extend([fiscal_year(*day) - 1, fiscal_year(*day)]);
            }
        }
        years.sort_unstable();
        years.dedup();
        years
    }

    /// The days around every boundary of the fiscal year of entry. Their order is the same for every year.
    fn possible_days(&self, case: &[Value]) -> Vec<NaiveDate> {
        let year = case.iter().find_map(|value| if let Value::Year(year) = value { Some(*year) } else { None });
        let year = year.unwrap_or_else(|| fiscal_year(self.at));
        let specialties = (0..self.specialties.all().len()).map(Some).chain([None]);
        let mut boundaries: Vec<NaiveDate> =
            specialties.filter_map(|specialty| self.specialties.half_year_from(specialty, year)).collect();
        boundaries.sort_unstable();
        boundaries.dedup();
        let first = NaiveDate::from_ymd_opt(year, 4, 1);
        let around = boundaries.iter().flat_map(|day| [day.pred_opt(), Some(*day)]);
        let days = [first.and_then(|day| day.pred_opt()), first, first.and_then(|day| day.succ_opt())];
        days.into_iter().chain(around).flatten().collect()
    }

    fn extras(&self, row: &Row, case: &[Value]) -> Extras {
        let year = case.iter().find_map(|value| if let Value::Year(year) = value { Some(*year) } else { None });
        let day = case.iter().find_map(|value| if let Value::Date(day) = value { Some(*day) } else { None });
        let first_of_april = year.and_then(|year| NaiveDate::from_ymd_opt(year, 4, 1));
        let starts_on = row.starts_on.and_then(|which| match which {
            StartsOn::ActualStart => day,
            StartsOn::FirstOfApril => first_of_april,
        });
        // From the first day to the eve of the real start (F56).
        let pause = if row.has_pause { first_of_april.zip(day.and_then(|day| day.pred_opt())) } else { None };
        // The windows of a year close by its end; what is closed from April on is the recruitment of the year before, and
        // the next one is still for next April.
        let is_next_year = |which| which == StartsEarliest::NextRecruitment && !(4..=8).contains(&self.at.month());
        let april = |which| NaiveDate::from_ymd_opt(fiscal_year(self.at) + 1 + i32::from(is_next_year(which)), 4, 1);
        debug_assert!(row.verdict != Verdict::StartsOn || starts_on.is_some(), "{} gives no day", row.id);
        Extras { starts_on, pause, starts_earliest_on: row.starts_earliest.and_then(april) }
    }
}
