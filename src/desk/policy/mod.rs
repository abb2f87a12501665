//! Dated rules: facts in, verdict and reason and FAQ entry out. Never a ruling: each answer says who decides.
//!
//! The rules are data (`config/policy/*.toml`, `config/specialties.toml`), embedded, and read by a loader that refuses a
//! wrong file with line and reason. A table is a list of rows for a topic: the first row whose conditions hold answers.
//! Facts that are not known are tried in every way they could turn out ([`decide`]): when all ways lead to one verdict it
//! is given, else the verdict is `ask` and names the facts that still decide.

mod answer;
mod bridge;
mod decide;
mod fault;
mod given;
pub mod known;
mod load;
mod office;
mod read;
mod specialty;
mod table;
mod topic;

use std::sync::LazyLock;

use chrono::NaiveDate;

pub use answer::Answer;
pub use fault::TableFault;
pub use given::Given;
pub use office::Office;
pub use read::day;
pub use specialty::{Records, Specialties, Specialty};
pub use table::{Fact, FactKind, Row, Table, Text, Version, WordOption};
pub use topic::{Decider, Topic, Verdict};

use self::table::Value;
use crate::config::rules;
use crate::desk::Lang;

/// The specialties and a table a topic.
#[derive(Debug, Clone)]
pub struct Policy {
    specialties: Specialties,
    tables: Vec<Table>,
}

/// The tables that come with the program: name and text.
const FILES: [(&str, &str); 8] = [
    ("policy/records.toml", include_str!("../../../config/policy/records.toml")),
    ("policy/late_start.toml", include_str!("../../../config/policy/late_start.toml")),
    ("policy/start_date.toml", include_str!("../../../config/policy/start_date.toml")),
    ("policy/apply.toml", include_str!("../../../config/policy/apply.toml")),
    ("policy/transfer.toml", include_str!("../../../config/policy/transfer.toml")),
    ("policy/ceiling.toml", include_str!("../../../config/policy/ceiling.toml")),
    ("policy/curriculum.toml", include_str!("../../../config/policy/curriculum.toml")),
    ("policy/profile.toml", include_str!("../../../config/policy/profile.toml")),
];

static EMBEDDED: LazyLock<Result<Policy, TableFault>> = LazyLock::new(|| {
    let specialties = rules::text("specialties.toml", include_str!("../../../config/specialties.toml"));
    let tables = FILES.map(|(name, embedded)| (name, rules::text(name, embedded)));
    Policy::from_files(("specialties.toml", specialties), &tables)
});

impl Policy {
    /// The rules of this desk (`desk.rules`, or those that come with the program), read once.
    ///
    /// # Errors
    /// The first line that is wrong; never once the desk has started.
    pub fn embedded() -> Result<&'static Self, TableFault> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// The rules of these files, each with its name.
    ///
    /// # Errors
    /// The first line that is wrong, with the reason; a topic without a table or with two.
    pub fn from_files(specialties: (&str, &str), tables: &[(&str, &str)]) -> Result<Self, TableFault> {
        let specialties = Specialties::parse(specialties.0, specialties.1)?;
        let tables: Vec<Table> =
            tables.iter().map(|(file, text)| load::table(file, text, &specialties)).collect::<Result<_, _>>()?;
        for topic in Topic::ALL {
            let count = tables.iter().filter(|table| table.topic == *topic).count();
            if count != 1 {
                let reason = format!("{count} tables for the topic {topic}; there must be one");
                return Err(TableFault::whole("policy", reason));
            }
        }
        Ok(Self { specialties, tables })
    }

    /// The 19 specialties.
    pub fn specialties(&self) -> &Specialties {
        &self.specialties
    }

    /// The tables, one a topic.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table of a topic; [`Policy::from_files`] saw to it that there is one.
    pub fn table(&self, topic: Topic) -> Option<&Table> {
        self.tables.iter().find(|table| table.topic == topic)
    }

    /// The tables that rest on an entry of the FAQ: their guides end where it begins.
    pub fn tables_on(&self, entry: &str) -> Vec<&Table> {
        let cites = |ids: &[String]| ids.iter().any(|id| id == entry);
        let rests = |table: &&Table| {
            cites(&table.faq) || table.versions.iter().flat_map(|version| &version.rows).any(|row| cites(&row.faq))
        };
        self.tables.iter().filter(rests).collect()
    }

    /// Facts for a topic, from a JSON object or from the fields of a form.
    pub fn given<'v>(&self, topic: Topic, facts: impl Iterator<Item = (&'v str, &'v serde_json::Value)>) -> Given {
        Given::read(self.table(topic), &self.specialties, facts)
    }

    /// The specialty among the facts that are known.
    pub fn specialty_of(&self, given: &Given) -> Option<&Specialty> {
        let known = given.values.iter().flatten();
        let index =
            known.filter_map(|value| if let Value::Specialty(index) = value { Some(*index) } else { None }).next()?;
        self.specialties.all().get(index)
    }

    /// The facts that are known, in words: label and value.
    pub fn told(&self, topic: Topic, given: &Given, lang: Lang) -> Vec<(String, String)> {
        let Some(table) = self.table(topic) else { return Vec::new() };
        let shown = |(index, value): (usize, &Option<Value>)| {
            let fact = &table.facts[index];
            let value = answer::shown((*value)?, &fact.kind, &self.specialties, lang)?;
            Some((fact.label.of(lang).to_owned(), value))
        };
        given.values.iter().enumerate().filter_map(shown).collect()
    }

    /// As [`Policy::explain`], but all facts of the topic must be known.
    pub fn explain_whole(&self, topic: Topic, at: NaiveDate, given: &Given) -> Answer {
        match self.table(topic) {
            Some(table) => decide::explain_whole(table, &self.specialties, at, given),
            None => Answer::none(topic),
        }
    }

    /// What the rules in force on a day (in Japan) say about the facts.
    pub fn explain(&self, topic: Topic, at: NaiveDate, given: &Given) -> Answer {
        match self.table(topic) {
            Some(table) => decide::explain(table, &self.specialties, at, given),
            None => Answer::none(topic),
        }
    }
}
