//! The typed loader of a decision table: what it lets through is right in all that can be seen in the file alone, what it
//! refuses is told with line and reason. Tests hold the tables against the FAQ (`tests/all/policy_tables.rs`).

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;
use toml::{Spanned, Value as Toml};

use super::bridge::{self, RawBridge};
use super::decide;
use super::fault::{Source, TableFault};
use super::specialty::{Records, Specialties};
use super::table::{
    Condition, Conditions, Delay, Fact, FactKind, Row, StartsEarliest, StartsOn, Table, Text, Version, WordOption,
};
use super::topic::{Decider, Topic, Verdict};

type When = BTreeMap<String, Spanned<Toml>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    topic: Spanned<String>,
    title: String,
    title_en: String,
    lead: String,
    lead_en: String,
    inquiry: String,
    #[serde(default)]
    also: Vec<String>,
    faq: Vec<Spanned<String>>,
    fact: Vec<Spanned<RawFact>>,
    #[serde(default)]
    never: Vec<When>,
    #[serde(default)]
    form: Vec<Spanned<RawBridge>>,
    version: Vec<Spanned<RawVersion>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFact {
    name: Spanned<String>,
    kind: Spanned<String>,
    label: String,
    label_en: String,
    question: String,
    question_en: String,
    #[serde(default)]
    help: String,
    #[serde(default)]
    help_en: String,
    #[serde(default)]
    always: bool,
    #[serde(default)]
    calendar: bool,
    assumed: Option<bool>,
    null: Option<Spanned<String>>,
    other: Option<Spanned<String>>,
    #[serde(default)]
    option: Vec<RawOption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOption {
    word: Spanned<String>,
    label: String,
    label_en: String,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    from: Spanned<String>,
    holds_until: Option<Spanned<String>>,
    row: Vec<Spanned<RawRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    id: Spanned<String>,
    #[serde(default)]
    when: When,
    verdict: Spanned<String>,
    decides: Vec<Spanned<String>>,
    cites: Vec<Spanned<String>>,
    faq: Vec<Spanned<String>>,
    reason: Spanned<String>,
    reason_en: Spanned<String>,
    reply: Option<Spanned<String>>,
    reply_en: Option<Spanned<String>>,
    #[serde(default)]
    asks: Vec<Spanned<String>>,
    starts_on: Option<Spanned<String>>,
    #[serde(default)]
    pause: bool,
    starts_earliest_on: Option<Spanned<String>>,
}

/// What a reason may name besides the facts of its table.
const DERIVED: [&str; 6] =
    ["half_year_from", "starts_on", "pause_from", "pause_to", "starts_earliest_on", "recruitment_year"];

/// Reads a table.
pub(super) fn table(file: &str, text: &str, specialties: &Specialties) -> Result<Table, TableFault> {
    let source = Source { file, text };
    let raw: RawTable = source.parse()?;
    let topic = Topic::parse(raw.topic.as_ref());
    let topic = topic.ok_or_else(|| source.fault(raw.topic.span(), "this is no topic of contracts.md"))?;
    let mut table = Table {
        topic,
        title: Text { ja: raw.title, en: raw.title_en },
        lead: Text { ja: raw.lead, en: raw.lead_en },
        inquiry: raw.inquiry,
        also: raw.also,
        faq: faq(&source, &raw.faq)?,
        facts: raw.fact.into_iter().map(|raw| fact(&source, raw)).collect::<Result<_, _>>()?,
        versions: Vec::new(),
        never: Vec::new(),
        bridges: Vec::new(),
    };
    unique(&source, &table)?;
    let loader = Loader { source, table: &table, specialties };
    let never = raw.never.iter().map(|when| loader.conditions(when)).collect::<Result<_, _>>()?;
    let mut versions: Vec<Version> = Vec::new();
    let mut places = Vec::new();
    for raw in raw.version {
        let span = raw.span();
        let version = loader.version(raw.into_inner())?;
        if versions.last().is_some_and(|last| last.from >= version.from) {
            return Err(source.fault(span, "a version begins after the one before it"));
        }
        versions.push(version);
        places.push(span);
    }
    if versions.is_empty() {
        return Err(TableFault::whole(file, "there is no version"));
    }
    let bridges = raw.form.into_iter().map(|raw| bridge::load(&source, &table, specialties, raw));
    let bridges = bridges.collect::<Result<_, _>>()?;
    table.bridges = bridges;
    table.never = never;
    table.versions = versions;
    for (version, place) in table.versions.iter().zip(places) {
        if let Some(fault) = decide::flaw(&table, version, specialties) {
            return Err(source.fault(place, fault));
        }
    }
    Ok(table)
}

fn unique(source: &Source<'_>, table: &Table) -> Result<(), TableFault> {
    let mut names = HashSet::new();
    match table.facts.iter().find(|fact| !names.insert(&fact.name)) {
        Some(twice) => Err(TableFault::whole(source.file, format!("the fact {} stands there twice", twice.name))),
        None => Ok(()),
    }
}

fn fact(source: &Source<'_>, raw: Spanned<RawFact>) -> Result<Fact, TableFault> {
    let raw = raw.into_inner();
    let options: Vec<WordOption> = raw
        .option
        .into_iter()
        .map(|o| WordOption { word: o.word.into_inner(), label: Text { ja: o.label, en: o.label_en }, also: o.also })
        .collect();
    let option = |wanted: Option<Spanned<String>>| match wanted {
        None => Ok(None),
        Some(wanted) => {
            let found = options.iter().position(|option| option.word == *wanted.as_ref());
            found
                .map(Some)
                .ok_or_else(|| source.fault(wanted.span(), format!("{:?} is no option of the fact", wanted.as_ref())))
        }
    };
    let (null, other) = (option(raw.null)?, option(raw.other)?);
    let kind = match raw.kind.as_ref().as_str() {
        "word" if !options.is_empty() => FactKind::Word { options, null, other },
        "word" => return Err(source.fault(raw.kind.span(), "a fact of the kind word needs options")),
        _ if !options.is_empty() => return Err(source.fault(raw.kind.span(), "only the kind word has options")),
        "yes_no" => FactKind::YesNo,
        _ if raw.assumed.is_some() => {
            return Err(source.fault(raw.kind.span(), "only a fact of the kind yes_no is assumed to be so"));
        }
        "year" => FactKind::Year,
        "date" => FactKind::Date,
        "specialty" => FactKind::Specialty,
        _ => return Err(source.fault(raw.kind.span(), "the kinds are yes_no, year, date, specialty and word")),
    };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if raw.name.as_ref().is_empty() || !raw.name.as_ref().chars().all(is_plain) {
        return Err(source.fault(raw.name.span(), "a fact's name is of small letters, digits and _"));
    }
    Ok(Fact {
        name: raw.name.into_inner(),
        kind,
        label: Text { ja: raw.label, en: raw.label_en },
        question: Text { ja: raw.question, en: raw.question_en },
        help: (!raw.help.is_empty()).then_some(Text { ja: raw.help, en: raw.help_en }),
        is_always_asked: raw.always,
        is_of_calendar: raw.calendar,
        assumed: raw.assumed,
    })
}

fn faq(source: &Source<'_>, ids: &[Spanned<String>]) -> Result<Vec<String>, TableFault> {
    let is_id =
        |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if let Some(wrong) = ids.iter().find(|id| !is_id(id.as_ref())) {
        return Err(source.fault(wrong.span(), format!("{:?} is no id of a FAQ entry", wrong.as_ref())));
    }
    if ids.is_empty() {
        return Err(TableFault::whole(source.file, "a table or a row names no FAQ entry"));
    }
    Ok(ids.iter().map(|id| id.as_ref().clone()).collect())
}

struct Loader<'l> {
    source: Source<'l>,
    table: &'l Table,
    specialties: &'l Specialties,
}

impl Loader<'_> {
    fn version(&self, raw: RawVersion) -> Result<Version, TableFault> {
        let from = NaiveDate::parse_from_str(raw.from.as_ref(), "%Y-%m-%d");
        let from = from.map_err(|_| self.source.fault(raw.from.span(), "from is a date such as 2018-04-01"))?;
        let until = |until: &Spanned<String>| {
            let day = NaiveDate::parse_from_str(until.as_ref(), "%Y-%m-%d").ok().filter(|until| *until >= from);
            day.ok_or_else(|| {
                self.source.fault(until.span(), "holds_until is a date such as 2027-03-31, not before from")
            })
        };
        let holds_until = raw.holds_until.as_ref().map(until).transpose()?;
        let mut ids = HashSet::new();
        let mut rows = Vec::new();
        for row in raw.row {
            let span = row.span();
            let row = self.row(row.into_inner())?;
            if !ids.insert(row.id.clone()) {
                return Err(self.source.fault(span, format!("the row {} stands there twice", row.id)));
            }
            rows.push(row);
        }
        Ok(Version { from, holds_until, rows })
    }

    fn row(&self, raw: RawRow) -> Result<Row, TableFault> {
        let verdict = Verdict::parse(raw.verdict.as_ref())
            .filter(|verdict| *verdict == Verdict::Ask || self.table.topic.verdicts().contains(verdict))
            .ok_or_else(|| {
                let reason = format!("{:?} is no verdict of the topic {}", raw.verdict.as_ref(), self.table.topic);
                self.source.fault(raw.verdict.span(), reason)
            })?;
        let word =
            |wanted: &Spanned<String>| self.source.fault(wanted.span(), format!("{:?} is unknown", wanted.as_ref()));
        let decides = raw.decides.iter().map(|d| Decider::parse(d.as_ref()).ok_or_else(|| word(d)));
        let decides: Vec<Decider> = decides.collect::<Result<_, _>>()?;
        if decides.is_empty() || raw.cites.is_empty() {
            return Err(self.source.fault(raw.id.span(), "a row says who decides, and cites a fact of the FAQ"));
        }
        if let Some(wrong) = raw.cites.iter().find(|cited| !is_fact(cited.as_ref())) {
            return Err(self.source.fault(wrong.span(), format!("{:?} is no fact from F01 to F66", wrong.as_ref())));
        }
        let is_ask = verdict == Verdict::Ask;
        if is_ask == raw.asks.is_empty() {
            return Err(self.source.fault(raw.verdict.span(), "a row that asks, and only that, names facts in asks"));
        }
        for asked in &raw.asks {
            self.index(asked.as_ref(), asked.span())?;
        }
        for reason in [&raw.reason, &raw.reason_en].into_iter().chain(&raw.reply).chain(&raw.reply_en) {
            self.placeholders(reason)?;
        }
        let reply = match (raw.reply, raw.reply_en) {
            (Some(ja), Some(en)) => Some(Text { ja: ja.into_inner(), en: en.into_inner() }),
            (None, None) => None,
            (one, other) => {
                let span = one.or(other).map_or_else(|| raw.id.span(), |text| text.span());
                return Err(self.source.fault(span, "reply and reply_en go together"));
            }
        };
        let starts_on = match &raw.starts_on {
            Some(which) => Some(StartsOn::parse(which.as_ref()).ok_or_else(|| word(which))?),
            None => None,
        };
        let starts_earliest = match &raw.starts_earliest_on {
            Some(which) => Some(StartsEarliest::parse(which.as_ref()).ok_or_else(|| word(which))?),
            None => None,
        };
        Ok(Row {
            when: self.conditions(&raw.when)?,
            verdict,
            decides,
            cites: raw.cites.into_iter().map(Spanned::into_inner).collect(),
            faq: faq(&self.source, &raw.faq)?,
            reason: Text { ja: raw.reason.into_inner(), en: raw.reason_en.into_inner() },
            reply,
            asks: raw.asks.into_iter().map(Spanned::into_inner).collect(),
            id: raw.id.into_inner(),
            starts_on,
            has_pause: raw.pause,
            starts_earliest,
        })
    }

    fn index(&self, name: &str, span: std::ops::Range<usize>) -> Result<usize, TableFault> {
        self.table.index(name).ok_or_else(|| self.source.fault(span, format!("{name} is no fact of this table")))
    }

    fn placeholders(&self, reason: &Spanned<String>) -> Result<(), TableFault> {
        let refuse = |why: String| Err(self.source.fault(reason.span(), why));
        if reason.as_ref().trim().is_empty() {
            return refuse("a reason is empty".to_owned());
        }
        for piece in reason.as_ref().split('{').skip(1) {
            match piece.split_once('}') {
                Some((name, _)) if DERIVED.contains(&name) || self.table.index(name).is_some() => {}
                Some((name, _)) => return refuse(format!("nothing is known as {{{name}}}")),
                None => return refuse("a { without }".to_owned()),
            }
        }
        Ok(())
    }

    fn conditions(&self, when: &When) -> Result<Conditions, TableFault> {
        when.iter().map(|(name, value)| self.condition(name, value)).collect::<Result<_, _>>().map(Conditions)
    }

    fn condition(&self, name: &str, value: &Spanned<Toml>) -> Result<Condition, TableFault> {
        let refuse = |why: &str| self.source.fault(value.span(), format!("{name}: {why}"));
        let words = || {
            let words: Option<Vec<&str>> = match value.as_ref() {
                Toml::String(word) => Some(vec![word.as_str()]),
                Toml::Array(words) if !words.is_empty() => words.iter().map(Toml::as_str).collect(),
                _ => None,
            };
            words.ok_or_else(|| refuse("a word or a list of words is expected"))
        };
        let all = |read: &dyn Fn(&str) -> Option<usize>| {
            let found = words()?.into_iter().map(|w| read(w).ok_or_else(|| refuse(&format!("{w:?} is unknown"))));
            found.collect::<Result<Vec<_>, _>>()
        };
        match name {
            "records" => {
                let Some(of) = self.table.index_of_kind(|kind| matches!(kind, FactKind::Specialty)) else {
                    return Err(refuse("the table has no specialty"));
                };
                let wanted = words()?.first().and_then(|word| Records::parse(word));
                return wanted.map(|wanted| Condition::Records(of, wanted)).ok_or_else(|| refuse("entry or linkage"));
            }
            "delay" => {
                let year = self.table.index_of_kind(|kind| matches!(kind, FactKind::Year));
                let date = self.table.index_of_kind(|kind| matches!(kind, FactKind::Date));
                // Unknown days are tried around the year's own boundaries, so the year comes first.
                if year.zip(date).is_none_or(|(year, date)| year > date) {
                    return Err(refuse("the table needs a year and, after it, a date"));
                }
                let wanted =
                    words()?.into_iter().map(|w| Delay::parse(w).ok_or_else(|| refuse(&format!("{w:?} is unknown"))));
                return Ok(Condition::Delay(wanted.collect::<Result<_, _>>()?));
            }
            _ => {}
        }
        let index = self.index(name, value.span())?;
        match (&self.table.facts[index].kind, value.as_ref()) {
            (FactKind::YesNo, Toml::Boolean(wanted)) => Ok(Condition::YesNo(index, *wanted)),
            (FactKind::YesNo, _) => Err(refuse("true or false is expected")),
            (FactKind::Year, Toml::Integer(year)) => {
                let year = i32::try_from(*year).map_err(|_| refuse("this is no year"))?;
                Ok(Condition::Year(index, year, year))
            }
            (FactKind::Year, Toml::String(range)) => {
                let (from, to) =
                    years(range).ok_or_else(|| refuse("2018, \"2018..2019\", \"..2021\" or \"2022..\""))?;
                Ok(Condition::Year(index, from, to))
            }
            (FactKind::Year, _) => Err(refuse("a year or a range of years is expected")),
            (FactKind::Specialty, _) => Ok(Condition::Specialty(index, all(&|word| self.specialties.find(word))?)),
            (FactKind::Word { options, .. }, _) => {
                let find = |word: &str| options.iter().position(|option| option.word == word);
                Ok(Condition::Word(index, all(&find)?))
            }
            (FactKind::Date, _) => Err(refuse("a date is looked at through delay")),
        }
    }
}

/// `2018..2019`, `..2021`, `2022..`: from and to, both inside.
fn years(range: &str) -> Option<(i32, i32)> {
    let (from, to) = range.split_once("..")?;
    let end = |text: &str, open: i32| if text.is_empty() { Some(open) } else { text.parse().ok() };
    let (from, to) = (end(from, i32::MIN)?, end(to, i32::MAX)?);
    (from <= to && (from, to) != (i32::MIN, i32::MAX)).then_some((from, to))
}

fn is_fact(word: &str) -> bool {
    let number = word.strip_prefix('F').filter(|digits| digits.len() == 2).and_then(|digits| digits.parse::<u8>().ok());
    number.is_some_and(|number| (1..=66).contains(&number))
}
