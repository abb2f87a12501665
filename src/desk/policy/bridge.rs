//! From the fields of an inquiry's form to facts (a ticket that already says something), and from facts to fields (a guide
//! that hands its answers on). A field with a fact's own name needs no bridge.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde::Deserialize;
use serde_json::Value as Json;
use toml::{Spanned, Value as Toml};

use super::fault::{Source, TableFault};
use super::read::{self, Reading};
use super::specialty::Specialties;
use super::table::{FactKind, Table, Value};

/// A field, when it has the value, says that the fact is so.
#[derive(Debug, Clone)]
pub(super) struct Bridge {
    field: String,
    /// Any value when there is none: the fact then is what the field says.
    value: Option<String>,
    fact: usize,
    is: Option<(Json, Value)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBridge {
    field: String,
    value: Option<String>,
    fact: Spanned<String>,
    is: Option<Spanned<Toml>>,
}

/// Reads a bridge of a table whose facts are known.
pub(super) fn load(
    source: &Source<'_>,
    table: &Table,
    specialties: &Specialties,
    raw: Spanned<RawBridge>,
) -> Result<Bridge, TableFault> {
    let (span, raw) = (raw.span(), raw.into_inner());
    let fact = table.index(raw.fact.as_ref());
    let fact = fact.ok_or_else(|| source.fault(raw.fact.span(), "this is no fact of the table"))?;
    if raw.value.is_some() != raw.is.is_some() {
        return Err(source.fault(span, "value and is go together"));
    }
    let is = match raw.is {
        None => None,
        Some(is) => {
            let json = match is.as_ref() {
                Toml::Boolean(yes) => Json::from(*yes),
                Toml::String(word) => Json::from(word.as_str()),
                _ => return Err(source.fault(is.span(), "is: true, false or a word")),
            };
            match read::value(&table.facts[fact].kind, specialties, &json) {
                Reading::Known(value) => Some((json, value)),
                _ => return Err(source.fault(is.span(), "the fact cannot be so")),
            }
        }
    };
    Ok(Bridge { field: raw.field, value: raw.value, fact, is })
}

impl Table {
    /// What the fields of a ticket say about the facts; what they say in words of their own is left out.
    pub(super) fn facts_of_form(
        &self,
        specialties: &Specialties,
        fields: &BTreeMap<String, String>,
    ) -> Vec<(&str, Json)> {
        let mut facts = Vec::new();
        for (field, value) in fields {
            let bridges: Vec<&Bridge> = self.bridges.iter().filter(|bridge| bridge.field == *field).collect();
            for bridge in &bridges {
                let fact = self.facts[bridge.fact].name.as_str();
                match (&bridge.value, &bridge.is) {
                    (Some(wanted), Some((is, _))) if wanted == value => facts.push((fact, is.clone())),
                    (None, _) => facts.push((fact, Json::from(value.as_str()))),
                    _ => {}
                }
            }
            let own = self.facts.iter().find(|fact| fact.name == *field).filter(|_| bridges.is_empty());
            facts.extend(own.map(|fact| (fact.name.as_str(), Json::from(value.as_str()))));
        }
        facts.retain(|(name, value)| {
            let kind = self.index(name).map(|index| &self.facts[index].kind);
            kind.is_some_and(|kind| matches!(read::value(kind, specialties, value), Reading::Known(_)))
        });
        facts
    }

    /// Fields of the inquiry's form that say the same as the facts, as far as one field says it alone.
    pub(super) fn form_of_facts(&self, specialties: &Specialties, values: &[Option<Value>]) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let bridges: Vec<&Bridge> = self.bridges.iter().filter(|bridge| bridge.fact == index).collect();
            let says_so = |bridge: &&&Bridge| bridge.is.as_ref().is_none_or(|(_, is)| is == value);
            let so: Vec<&&Bridge> = bridges.iter().filter(says_so).collect();
            let (field, fixed) = match (so.as_slice(), bridges.is_empty()) {
                ([only], _) => (only.field.as_str(), only.value.as_deref()),
                (_, true) => (self.facts[index].name.as_str(), None),
                _ => continue,
            };
            let boxes = match fixed {
                Some(fixed) => vec![(field.to_owned(), fixed.to_owned())],
                None => self.boxes(specialties, index, field, *value),
            };
            if !fields.iter().any(|(name, _)| boxes.iter().any(|(new, _)| new == name)) {
                fields.extend(boxes);
            }
        }
        fields
    }

    /// The boxes of a field and what stands in them; a day has three.
    fn boxes(&self, specialties: &Specialties, index: usize, field: &str, value: Value) -> Vec<(String, String)> {
        let one = |value: String| vec![(field.to_owned(), value)];
        match (value, &self.facts[index].kind) {
            (Value::YesNo(yes), _) => one(if yes { "yes" } else { "no" }.to_owned()),
            (Value::Year(year), _) => one(year.to_string()),
            (Value::Date(day), _) => {
                let parts = [("year", day.year().to_string()), ("month", day.month().to_string())];
                let parts = parts.into_iter().chain([("day", day.day().to_string())]);
                parts.map(|(part, value)| (format!("{field}_{part}"), value)).collect()
            }
            (Value::Specialty(which), _) => {
                specialties.all().get(which).map(|s| one(s.name.clone())).unwrap_or_default()
            }
            (Value::Word(which), FactKind::Word { options, .. }) => {
                options.get(which).map(|option| one(option.word.clone())).unwrap_or_default()
            }
            (Value::Word(_), _) => Vec::new(),
        }
    }
}
