//! What comes out: the verdict, why, where to read on, who decides.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::specialty::Specialties;
use super::table::{FactKind, Row, Table, Value, Version};
use super::topic::{Decider, Topic, Verdict};
use crate::desk::Lang;
use crate::platform::clock::fiscal_year;

/// An answer, in the shape of contracts.md, with more beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What the rules say.
    pub verdict: Verdict,
    /// Why, in Japanese; for `ask` with the names of the facts that are missing.
    pub reason: String,
    /// FAQ entries to read on.
    pub faq: Vec<String>,
    /// The row: `records@2018-04-01/linkage`.
    pub rule: String,
    /// The first day of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    /// First day of a pause before training really began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_from: Option<NaiveDate>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_to: Option<NaiveDate>,
    /// The earliest day on which training can start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_earliest_on: Option<NaiveDate>,
    /// Why, in English.
    pub reason_en: String,
    /// Who decides.
    pub decided_by: Vec<Decider>,
    /// Facts of the FAQ it rests on.
    pub cites: Vec<String>,
    /// Names of the facts that are missing, for `ask`.
    pub missing: Vec<String>,
}

/// The days a row gives beside its verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Extras {
    pub starts_on: Option<NaiveDate>,
    pub pause: Option<(NaiveDate, NaiveDate)>,
    pub starts_earliest_on: Option<NaiveDate>,
}

impl Answer {
    /// The reason in a language.
    pub fn reason(&self, lang: Lang) -> &str {
        lang.t(&self.reason, &self.reason_en)
    }

    /// The reason without the names that scripts read.
    pub fn reason_for_people(&self, lang: Lang) -> String {
        self.missing.iter().fold(self.reason(lang).to_owned(), |reason, name| {
            reason.replace(&format!(" ({name})"), "").replace(&format!("({name})"), "")
        })
    }

    /// Who decides, as one phrase.
    pub fn decided_by(&self, lang: Lang) -> String {
        let who: Vec<_> = self.decided_by.iter().map(|decider| decider.label(lang)).collect();
        who.join(lang.t("、", " and "))
    }

    /// For a topic without rules, which [`super::Policy::from_files`] does not let through.
    pub(super) fn none(topic: Topic) -> Self {
        Self {
            verdict: Verdict::Ask,
            reason: "この件の規則がありません。事務局にお尋ねください。".to_owned(),
            faq: Vec::new(),
            rule: format!("{topic}@none"),
            starts_on: None,
            pause_from: None,
            pause_to: None,
            starts_earliest_on: None,
            reason_en: "There are no rules for this; please ask the desk.".to_owned(),
            decided_by: vec![Decider::Desk],
            cites: Vec::new(),
            missing: Vec::new(),
        }
    }
}

/// What is known when an answer is written.
pub(super) struct Known<'k> {
    pub table: &'k Table,
    pub version: &'k Version,
    pub specialties: &'k Specialties,
    pub at: NaiveDate,
    pub values: &'k [Option<Value>],
}

impl Known<'_> {
    /// The answer of a row.
    pub fn answer(&self, row: &Row, extras: Extras) -> Answer {
        Answer {
            verdict: row.verdict,
            reason: self.fill(&row.reason.ja, Lang::Ja, extras),
            faq: row.faq.clone(),
            rule: self.rule(&row.id),
            starts_on: extras.starts_on,
            pause_from: extras.pause.map(|(from, _)| from),
            pause_to: extras.pause.map(|(_, to)| to),
            starts_earliest_on: extras.starts_earliest_on,
            reason_en: self.fill(&row.reason.en, Lang::En, extras),
            decided_by: row.decides.clone(),
            cites: row.cites.clone(),
            missing: row.asks.clone(),
        }
    }

    /// The question for what is missing, and what was not understood.
    pub fn ask(&self, missing: &[usize], unreadable: &[(usize, String)]) -> Answer {
        let reason = |lang: Lang| {
            let list = |index: &usize| {
                let fact = &self.table.facts[*index];
                format!("{}({})", fact.label.of(lang), fact.name)
            };
            let names: Vec<_> = missing.iter().map(list).collect();
            let mut reason = String::new();
            for (index, typed) in unreadable {
                reason.push_str(&self.not_understood(*index, typed, lang));
            }
            if !missing.is_empty() {
                let names = names.join(lang.t("、", ", "));
                reason.push_str(&match lang {
                    Lang::Ja => format!("答えるには、次のことを確かめる必要があります：{names}。"),
                    Lang::En => format!("Needed for an answer: {names}."),
                });
            }
            reason.trim_end().to_owned()
        };
        Answer {
            reason: reason(Lang::Ja),
            reason_en: reason(Lang::En),
            faq: self.table.faq.clone(),
            rule: self.rule("ask"),
            decided_by: vec![Decider::Resident],
            missing: missing.iter().map(|index| self.table.facts[*index].name.clone()).collect(),
            ..Answer::none(self.table.topic)
        }
    }

    fn not_understood(&self, index: usize, typed: &str, lang: Lang) -> String {
        let fact = &self.table.facts[index];
        let label = fact.label.of(lang);
        match (&fact.kind, lang) {
            (FactKind::Specialty, Lang::Ja) => {
                format!("「{typed}」は19の基本領域のどれでもありません({})。", fact.name)
            }
            (FactKind::Specialty, Lang::En) => {
                format!("\"{typed}\" is none of the 19 basic specialties ({}). ", fact.name)
            }
            (_, Lang::Ja) => format!("{label}({})の「{typed}」が読み取れません。", fact.name),
            (_, Lang::En) => format!("{label} ({}): \"{typed}\" is not understood. ", fact.name),
        }
    }

    fn rule(&self, row: &str) -> String {
        format!("{}@{}/{row}", self.table.topic, self.version.from)
    }

    /// The reason with its placeholders filled in; the loader knows them all.
    fn fill(&self, reason: &str, lang: Lang, extras: Extras) -> String {
        let mut filled = String::with_capacity(reason.len() + 64);
        let mut pieces = reason.split('{');
        filled.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
            let value = self.derived(name, lang, extras).or_else(|| self.given(name, lang));
            filled.push_str(&value.unwrap_or_else(|| lang.t("(未確認)", "(not given)").to_owned()));
            filled.push_str(rest);
        }
        filled
    }

    fn derived(&self, name: &str, lang: Lang, extras: Extras) -> Option<String> {
        let date = |day: Option<NaiveDate>| day.map(|day| show(day, lang));
        match name {
            "starts_on" => date(extras.starts_on),
            "pause_from" => date(extras.pause.map(|(from, _)| from)),
            "pause_to" => date(extras.pause.map(|(_, to)| to)),
            "starts_earliest_on" => date(extras.starts_earliest_on),
            "recruitment_year" => Some((fiscal_year(self.at) + 1).to_string()),
            "half_year_from" => {
                let known = self.values.iter().flatten();
                let year = known.clone().find_map(|v| if let Value::Year(year) = v { Some(*year) } else { None })?;
                let specialty = known.clone().find_map(|v| if let Value::Specialty(s) = v { Some(*s) } else { None });
                date(self.specialties.half_year_from(specialty, year))
            }
            _ => None,
        }
    }

    fn given(&self, name: &str, lang: Lang) -> Option<String> {
        let index = self.table.index(name)?;
        let value = self.values.get(index).copied().flatten()?;
        shown(value, &self.table.facts[index].kind, self.specialties, lang)
    }
}

/// A value in words.
pub(super) fn shown(value: Value, kind: &FactKind, specialties: &Specialties, lang: Lang) -> Option<String> {
    Some(match (value, kind) {
        (Value::YesNo(yes), _) => if yes { lang.t("はい", "yes") } else { lang.t("いいえ", "no") }.to_owned(),
        (Value::Year(year), _) => year.to_string(),
        (Value::Date(day), _) => show(day, lang),
        (Value::Specialty(which), _) => specialties.all().get(which)?.label(lang).to_owned(),
        (Value::Word(which), FactKind::Word { options, .. }) => options.get(which)?.label.of(lang).to_owned(),
        (Value::Word(_), _) => return None,
    })
}

/// 「2026年10月1日」, "1 October 2026".
pub(super) fn show(day: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Lang::En => day.format("%-d %B %Y").to_string(),
    }
}
