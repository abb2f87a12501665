//! What comes out: the verdict, why, where to read on, who decides.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::office::Office;
use super::specialty::Specialties;
use super::table::{FactKind, Row, Table, Text, Value, Version};
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
    /// Names of facts that were given and cannot be so together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contradicts: Vec<String>,
    /// The last day for which the rule is known to hold; without one it has no term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_until: Option<NaiveDate>,
    /// That day has passed: the rule of the year asked about has not been checked yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_past_term: bool,
    /// The reason as it may stand in a mail, in both languages, where it is another.
    #[serde(skip)]
    pub reply: Option<Text>,
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

    /// The answer as the text of a mail: why, who decides, whom to ask, where to read on. `links` are addresses.
    pub fn letter(&self, lang: Lang, office: Option<&Office>, links: &[String]) -> String {
        let reason = self.reply.as_ref().map_or_else(|| self.reason(lang), |reply| reply.of(lang));
        let decided_by = self.decided_by(lang);
        let mut text = match lang {
            Lang::Ja => {
                format!("{reason}\n\n決めるのは{decided_by}です。この窓口からのご案内は決定ではありません。\n")
            }
            Lang::En => format!("{reason}\n\nWho decides: {decided_by}. This is information, not a decision.\n"),
        };
        if let Some(office) = office {
            let whom = lang.t("ご相談先：", "Whom to ask: ");
            text.push_str(&format!("\n{whom}{}\n{}\n", office.label(lang), office.url));
        }
        if !links.is_empty() {
            text.push_str(&format!("\n{}\n{}\n", lang.t("くわしくは：", "Read on:"), links.join("\n")));
        }
        text
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
            contradicts: Vec::new(),
            holds_until: None,
            is_past_term: false,
            reply: None,
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
        let text = |of: &Text| {
            let in_lang = |lang: Lang| self.fill(of.of(lang), lang, extras) + &self.past_term(lang);
            Text { ja: in_lang(Lang::Ja), en: in_lang(Lang::En) }
        };
        let reason = text(&row.reason);
        Answer {
            verdict: row.verdict,
            reason: reason.ja,
            faq: row.faq.clone(),
            rule: self.rule(&row.id),
            starts_on: extras.starts_on,
            pause_from: extras.pause.map(|(from, _)| from),
            pause_to: extras.pause.map(|(_, to)| to),
            starts_earliest_on: extras.starts_earliest_on,
            reason_en: reason.en,
            decided_by: row.decides.clone(),
            cites: row.cites.clone(),
            missing: row.asks.clone(),
            contradicts: Vec::new(),
            holds_until: self.version.holds_until,
            is_past_term: self.is_past_term(),
            reply: row.reply.as_ref().map(text),
        }
    }

    fn is_past_term(&self) -> bool {
        self.version.holds_until.is_some_and(|until| until < self.at)
    }

    /// What is said of a rule whose term is over: nobody has looked yet whether it holds for the year asked about.
    fn past_term(&self, lang: Lang) -> String {
        let Some(until) = self.version.holds_until.filter(|_| self.is_past_term()) else { return String::new() };
        let (until, year) = (show(until, lang), fiscal_year(self.at) + 1);
        match lang {
            Lang::Ja => {
                format!("この規則は{until}まで確かめたものです。{year}年度の規則は、まだ確かめていません。")
            }
            Lang::En => {
                format!(" This rule has been checked until {until}. The rule for FY{year} has not been checked yet.")
            }
        }
    }

    /// The answer, with a word about facts that were given and cannot be so together.
    pub fn doubting(&self, mut answer: Answer, contradicts: &[usize]) -> Answer {
        if contradicts.is_empty() {
            return answer;
        }
        let labels = |lang: Lang| -> Vec<String> {
            let quoted = |index: &usize| {
                let label = self.table.facts[*index].label.of(lang);
                match lang {
                    Lang::Ja => format!("「{label}」"),
                    Lang::En => format!("\"{label}\""),
                }
            };
            contradicts.iter().map(quoted).collect()
        };
        let ja = labels(Lang::Ja).join("と");
        answer.reason.push_str(&format!("なお、{ja}が食い違っています。確かめてください。"));
        let en = labels(Lang::En).join(" and ");
        answer.reason_en.push_str(&format!(" However, {en} contradict each other: please check them."));
        answer.contradicts = contradicts.iter().map(|index| self.table.facts[*index].name.clone()).collect();
        answer
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
            // The recruitment that the rule was checked for.
            "recruitment_year" => {
                let checked = self.version.holds_until.map_or(self.at, |until| until.min(self.at));
                Some((fiscal_year(checked) + 1).to_string())
            }
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
