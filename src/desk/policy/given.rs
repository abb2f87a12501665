//! The facts a person or a script gave, as they were understood.

use serde_json::Value as Json;

use super::read::{self, Reading};
use super::specialty::Specialties;
use super::table::{Table, Value};

/// Facts for one topic.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// In the order of the table's facts.
    pub(super) values: Vec<Option<Value>>,
    /// What could not be understood: index of the fact and what was given.
    pub(super) unreadable: Vec<(usize, String)>,
    /// Names that are no fact of the topic; they change nothing.
    pub foreign: Vec<String>,
}

impl Given {
    pub(super) fn read<'v>(
        table: Option<&Table>,
        specialties: &Specialties,
        facts: impl Iterator<Item = (&'v str, &'v Json)>,
    ) -> Self {
        let Some(table) = table else { return Self::default() };
        let mut given = Self { values: vec![None; table.facts.len()], ..Self::default() };
        for (name, value) in facts {
            let Some(index) = table.index(name.trim()) else {
                given.foreign.push(name.to_owned());
                continue;
            };
            match read::value(&table.facts[index].kind, specialties, value) {
                Reading::Known(value) => given.values[index] = Some(value),
                Reading::Unknown => {}
                Reading::Unreadable(typed) => given.unreadable.push((index, typed)),
            }
        }
        given
    }

    /// What was given for a fact and not understood.
    pub fn unreadable(&self, table: &Table, name: &str) -> Option<&str> {
        let index = table.index(name)?;
        self.unreadable.iter().find(|(unread, _)| *unread == index).map(|(_, typed)| typed.as_str())
    }

    /// Whether a fact is known.
    pub fn knows(&self, table: &Table, name: &str) -> bool {
        table.index(name).is_some_and(|index| self.values.get(index).is_some_and(Option::is_some))
    }

    /// Whether anything was said at all.
    pub fn is_empty(&self) -> bool {
        self.unreadable.is_empty() && self.values.iter().all(Option::is_none)
    }
}
