//! The kind's own fields on the page of the form.

use chrono::{Datelike, NaiveDate};

use crate::desk::Lang;
use crate::desk::inquiry::spec::{Field, Input};
use crate::desk::inquiry::{FIRST_FISCAL_YEAR, FieldErrors, InquiryForm, fiscal_year, lists};
use crate::desk::period::{PeriodKind, Season};

/// One field with its label, help and error.
pub struct OwnField<'a> {
    /// Its description.
    pub field: &'a Field,
    /// What people read above it.
    pub label: &'a str,
    /// Conditions and an example; may be empty.
    pub help: &'a str,
    /// What has to be put right.
    pub error: Option<&'a str>,
    /// Its boxes.
    pub shape: Shape,
    /// A person came back to change it.
    pub has_focus: bool,
}

/// The boxes of a field.
pub enum Shape {
    /// One line.
    Line {
        /// Whether it is a mail address.
        is_email: bool,
        /// What was typed.
        value: String,
    },
    /// A text box.
    Area {
        /// Lines in sight.
        rows: usize,
        /// What was typed.
        value: String,
    },
    /// Radio buttons.
    Radios(Vec<Choice>),
    /// A list to choose from.
    Select(Vec<Choice>),
    /// Year, month and day.
    Date(Vec<DatePart>),
}

/// One value that can be chosen.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// One of the three lists of a day.
pub struct DatePart {
    /// Name of the box.
    pub name: String,
    /// 年, 月, 日
    pub label: &'static str,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Whether the error is about this one.
    pub is_wrong: bool,
}

/// What the fields of a page are made from.
pub struct Paper<'a> {
    /// Language of the page.
    pub lang: Lang,
    /// The day in Japan.
    pub today: NaiveDate,
    /// Names of rounds on offer, the open one first when there is one.
    pub rounds: Vec<String>,
    /// What was typed.
    pub typed: &'a InquiryForm,
    /// What has to be put right.
    pub errors: &'a FieldErrors,
    /// The field to come back to.
    pub focus: &'a str,
}

/// The rounds of the season by their names: those of the running year, or the usual three when none is known.
pub fn rounds(season: &Season, now: chrono::DateTime<chrono::Utc>) -> Vec<String> {
    let year = season.running_year(now);
    let mut names: Vec<(chrono::DateTime<chrono::Utc>, String)> = season
        .periods()
        .iter()
        .filter(|p| p.kind == PeriodKind::Apply && Some(p.fiscal_year) == year)
        .map(|p| (p.opens_at, p.name.clone()))
        .collect();
    names.sort();
    let mut names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    names.dedup();
    if names.is_empty() {
        names = ["1次募集", "2次募集", "最終調整"].map(str::to_owned).to_vec();
    }
    names
}

impl<'a> Paper<'a> {
    /// A field as the page shows it.
    pub fn field(&self, field: &'a Field) -> OwnField<'a> {
        let boxes = field.boxes();
        OwnField {
            field,
            label: field.label.t(self.lang),
            help: field.help.t(self.lang),
            error: boxes.iter().find_map(|name| self.errors_of(name)),
            shape: self.shape(field),
            has_focus: boxes.iter().any(|name| name == self.focus) || self.focus == field.name,
        }
    }

    fn errors_of(&self, name: &str) -> Option<&'a str> {
        self.errors.of(name)
    }

    fn shape(&self, field: &Field) -> Shape {
        let value = self.typed.own(&field.name).to_owned();
        let t = |ja: &str, en: &str| self.lang.t(ja, en).to_owned();
        match field.input {
            Input::Line => Shape::Line { is_email: false, value },
            Input::Email => Shape::Line { is_email: true, value },
            Input::Text => Shape::Area { rows: 5, value },
            Input::Spells => Shape::Area { rows: 4, value },
            Input::Radio | Input::Select => {
                let choices = field.options.iter().map(|option| Choice {
                    is_chosen: option.value == value,
                    value: option.value.clone(),
                    label: t(&option.ja, &option.en),
                });
                let choices = choices.collect();
                if field.input == Input::Radio { Shape::Radios(choices) } else { Shape::Select(choices) }
            }
            Input::Specialty => Shape::Select(self.named(lists::specialties(), &value)),
            Input::Prefecture => Shape::Select(self.named(lists::prefectures(), &value)),
            Input::FiscalYear => {
                let years = (FIRST_FISCAL_YEAR..=fiscal_year(self.today) + 1).rev();
                let label = |year: i32| field.show(&year.to_string(), self.lang);
                Shape::Select(years.map(|year| choice(year.to_string(), label(year), &value)).collect())
            }
            Input::Round => {
                let unknown = t("わからない", "I do not know");
                let known = self.rounds.iter().cloned().chain([unknown]);
                let mut choices: Vec<_> =
                    known.map(|name| choice(name.clone(), field.show(&name, self.lang), &value)).collect();
                if !value.is_empty() && !choices.iter().any(|choice| choice.is_chosen) {
                    choices.push(choice(value.clone(), value.clone(), &value));
                }
                Shape::Select(choices)
            }
            Input::Date => Shape::Date(self.date(field)),
        }
    }

    fn named(&self, list: &[lists::Named], value: &str) -> Vec<Choice> {
        list.iter().map(|named| choice(named.value().to_owned(), named.t(self.lang).to_owned(), value)).collect()
    }

    fn date(&self, field: &Field) -> Vec<DatePart> {
        let year = self.today.year();
        let parts = [
            ("year", self.lang.t("年", "year"), (year - field.years_back, year + field.years_ahead)),
            ("month", self.lang.t("月", "month"), (1, 12)),
            ("day", self.lang.t("日", "day"), (1, 31)),
        ];
        let parts = parts.into_iter().map(|(part, label, (first, last))| {
            let name = format!("{}_{part}", field.name);
            let value = self.typed.own(&name);
            let mut choices: Vec<_> =
                (first..=last).map(|n| choice(n.to_string(), n.to_string(), value.trim())).collect();
            if !value.trim().is_empty() && !choices.iter().any(|choice| choice.is_chosen) {
                choices.push(choice(value.to_owned(), value.to_owned(), value));
            }
            DatePart { label, choices, is_wrong: self.errors_of(&name).is_some(), name }
        });
        parts.collect()
    }
}

fn choice(value: String, label: String, chosen: &str) -> Choice {
    Choice { is_chosen: value == chosen, value, label }
}
