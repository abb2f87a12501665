//! A decision table in memory. As TOML (`config/policy/TOPIC.toml`):
//!
//! * `topic`, `title`, `lead`, `inquiry` (the kind of inquiry a guide leads to), `faq` (entries shown while facts are asked);
//! * `[[fact]]`: `name`, `kind` (`yes_no`, `year`, `date`, `specialty`, `word` with `[[fact.option]]`), the words of the
//!   question; `calendar = true` when the published periods answer it; `always = true` when no answer is given without it;
//!   `null` and `other` name the option that JSON's null, or a word that is no option, stands for;
//! * `also`: other kinds of inquiry whose tickets it speaks to; `[[form]]`: what a `field` of the inquiry's form (when it is
//!   `value`) says about a `fact` (that it `is` …);
//! * `[[never]]`: combinations that no person can be in; unknown facts are not supposed to turn out so;
//! * `[[version]]` with `from` (the first day it is in force; the first version holds for earlier days too) and, for rules that
//!   change from year to year, `holds_until` (the last day for which they were looked at), and in it
//!   `[[version.row]]`: `id`, `when`, `verdict`, `decides`, `cites` (facts of the FAQ), `faq`, `reason`.
//!
//! Conditions in `when`: `yes_no = true`, `year = 2018`, `"2018..2019"`, `"..2021"`, `"2022.."`, `word = "a"` or
//! `["a", "b"]`; and two that are derived: `records` (how the specialty's records come in) and `delay` (of the date fact
//! against 1 April of the year fact: `early`, `none`, `late`, `half_year`).

use chrono::NaiveDate;

use super::bridge::Bridge;
use super::specialty::{Records, Specialties};
use super::topic::{Decider, Topic, Verdict};
use crate::desk::Lang;
use crate::word_enum;

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in a language.
    pub fn of(&self, lang: Lang) -> &str {
        lang.t(&self.ja, &self.en)
    }
}

/// The rules about a topic.
#[derive(Debug, Clone)]
pub struct Table {
    /// What about.
    pub topic: Topic,
    /// Title of its guide.
    pub title: Text,
    /// One sentence under it.
    pub lead: Text,
    /// The kind of inquiry its guide leads to.
    pub inquiry: String,
    /// Other kinds whose tickets it has something to say about.
    pub also: Vec<String>,
    /// FAQ entries shown while facts are missing.
    pub faq: Vec<String>,
    /// The facts it asks for, in the order of the questions.
    pub facts: Vec<Fact>,
    /// The versions, the oldest first.
    pub versions: Vec<Version>,
    pub(super) never: Vec<Conditions>,
    pub(super) bridges: Vec<Bridge>,
}

/// A fact a table asks for.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its name in JSON and in forms.
    pub name: String,
    /// What its values are.
    pub kind: FactKind,
    /// Its name for people.
    pub label: Text,
    /// The question.
    pub question: Text,
    /// What helps to answer it.
    pub help: Option<Text>,
    /// No answer without it.
    pub is_always_asked: bool,
    /// The published periods answer it.
    pub is_of_calendar: bool,
    /// What it counts as while nobody says it; it is never asked for then.
    pub assumed: Option<bool>,
}

/// The values of a fact.
#[derive(Debug, Clone)]
pub enum FactKind {
    /// Yes or no.
    YesNo,
    /// A fiscal year.
    Year,
    /// A day.
    Date,
    /// One of the 19 specialties.
    Specialty,
    /// One of a few words.
    Word {
        /// The words.
        options: Vec<WordOption>,
        /// The option JSON's null stands for.
        null: Option<usize>,
        /// The option any other word stands for.
        other: Option<usize>,
    },
}

/// A word a fact may be.
#[derive(Debug, Clone)]
pub struct WordOption {
    /// The word in JSON and in forms.
    pub word: String,
    /// The word for people.
    pub label: Text,
    /// Other ways to write it.
    pub also: Vec<String>,
}

/// The rows in force from a day on.
#[derive(Debug, Clone)]
pub struct Version {
    /// First day in force.
    pub from: NaiveDate,
    /// The last day for which they are known to hold; `None` for rules without a term.
    pub holds_until: Option<NaiveDate>,
    /// The first row whose conditions hold answers.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name within the version.
    pub id: String,
    /// What it says.
    pub verdict: Verdict,
    /// Who decides.
    pub decides: Vec<Decider>,
    /// Facts of the FAQ it rests on: F42.
    pub cites: Vec<String>,
    /// FAQ entries that explain it.
    pub faq: Vec<String>,
    /// Why, with placeholders.
    pub reason: Text,
    /// The same for a mail, where the reason would tell a result (F28); without it the reason is written.
    pub reply: Option<Text>,
    /// Facts to look at again, when the verdict is `ask`.
    pub asks: Vec<String>,
    pub(super) when: Conditions,
    pub(super) starts_on: Option<StartsOn>,
    pub(super) has_pause: bool,
    pub(super) starts_earliest: Option<StartsEarliest>,
}

word_enum! {
    /// Which day is the first day of training (F56).
    StartsOn {
        /// The day training really began.
        ActualStart = "actual_start",
        /// 1 April of the fiscal year of entry.
        FirstOfApril = "first_of_april",
    }
}

word_enum! {
    /// Which 1 April is the earliest day training can start (F12, F13).
    StartsEarliest {
        /// That after the recruitment that runs.
        NextApril = "next_april",
        /// That after the next recruitment: the one that runs has no window left.
        NextRecruitment = "next_recruitment",
    }
}

word_enum! {
    /// A day against the fiscal year of entry.
    Delay {
        /// Before 1 April.
        Early = "early",
        /// On 1 April.
        None = "none",
        /// Later, less than half a year.
        Late = "late",
        /// Half a year or more, by the specialty's own boundary.
        HalfYear = "half_year",
    }
}

/// A fact that is known. Words and specialties are indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Value {
    YesNo(bool),
    Year(i32),
    Date(NaiveDate),
    Specialty(usize),
    Word(usize),
}

/// All must hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions(pub Vec<Condition>);

/// A condition about the fact at an index.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    YesNo(usize, bool),
    /// From and to, both inside.
    Year(usize, i32, i32),
    Specialty(usize, Vec<usize>),
    Word(usize, Vec<usize>),
    Records(usize, Records),
    Delay(Vec<Delay>),
}

impl Table {
    /// The index of a fact.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.facts.iter().position(|fact| fact.name == name)
    }

    pub(super) fn index_of_kind(&self, is: impl Fn(&FactKind) -> bool) -> Option<usize> {
        self.facts.iter().position(|fact| is(&fact.kind))
    }

    /// The version in force on a day: the last that began, or the first for days before all.
    pub fn version(&self, at: NaiveDate) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.from <= at).or(self.versions.first())
    }

    /// Where the date fact lies against the fiscal year of entry.
    pub(super) fn delay(&self, specialties: &Specialties, case: &[Value]) -> Option<Delay> {
        let year = case.iter().find_map(|value| if let Value::Year(year) = value { Some(*year) } else { None })?;
        let date = case.iter().find_map(|value| if let Value::Date(date) = value { Some(*date) } else { None })?;
        let specialty = case.iter().find_map(|v| if let Value::Specialty(index) = v { Some(*index) } else { None });
        let first = NaiveDate::from_ymd_opt(year, 4, 1)?;
        let half_year = specialties.half_year_from(specialty, year)?;
        Some(match date {
            date if date < first => Delay::Early,
            date if date == first => Delay::None,
            date if date < half_year => Delay::Late,
            _ => Delay::HalfYear,
        })
    }
}

impl Conditions {
    /// Whether all hold for a case in which every fact is known.
    pub(super) fn hold(&self, table: &Table, specialties: &Specialties, case: &[Value]) -> bool {
        self.0.iter().all(|condition| condition.holds(table, specialties, case))
    }
}

impl Condition {
    /// The facts it looks at.
    pub(super) fn facts(&self, table: &Table) -> Vec<usize> {
        match self {
            Self::YesNo(index, _) | Self::Year(index, ..) | Self::Specialty(index, _) => vec![*index],
            Self::Word(index, _) | Self::Records(index, _) => vec![*index],
            Self::Delay(_) => {
                let of = |is: fn(&FactKind) -> bool| table.index_of_kind(is);
                let year = of(|kind| matches!(kind, FactKind::Year));
                year.into_iter().chain(of(|kind| matches!(kind, FactKind::Date))).collect()
            }
        }
    }

    fn holds(&self, table: &Table, specialties: &Specialties, case: &[Value]) -> bool {
        let value = |index: &usize| case.get(*index).copied();
        match self {
            Self::YesNo(index, wanted) => value(index) == Some(Value::YesNo(*wanted)),
            Self::Year(index, from, to) => {
                matches!(value(index), Some(Value::Year(year)) if (*from..=*to).contains(&year))
            }
            Self::Specialty(index, wanted) => {
                matches!(value(index), Some(Value::Specialty(which)) if wanted.contains(&which))
            }
            Self::Word(index, wanted) => matches!(value(index), Some(Value::Word(which)) if wanted.contains(&which)),
            Self::Records(index, wanted) => {
                let Some(Value::Specialty(which)) = value(index) else { return false };
                specialties.all().get(which).is_some_and(|specialty| specialty.records == *wanted)
            }
            Self::Delay(wanted) => table.delay(specialties, case).is_some_and(|delay| wanted.contains(&delay)),
        }
    }
}
