//! What a kind of inquiry is, as data: the shape of `config/kinds/{kind}.toml`. The part people fill in ([`Form`]) is
//! versioned and kept with the tickets that were sent with it; the rest (answers, deadlines, queue) may change freely.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Audience, InquiryKind};
use crate::desk::Lang;
use crate::desk::period::{self, PeriodKind};
use crate::word_enum;

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Texts {
    /// The text in a language.
    pub fn t(&self, lang: Lang) -> &str {
        lang.t(&self.ja, &self.en)
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }
}

word_enum! {
    /// Whether a form asks for something.
    Need {
        /// ※必須
        Required = "required",
        /// ※任意
        Optional = "optional",
        /// Not on the form.
        Absent = "absent",
    }
}

/// What the form asks of the fields that all kinds share (domain.md §4). Where answers go (`email`) is always asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carries {
    /// 医籍登録番号
    pub registration_number: Need,
    /// 生年月日
    pub birthdate: Need,
    /// 氏名
    pub name: Need,
    /// フリガナ
    pub kana: Need,
    /// 件名
    pub subject: Need,
    /// お問い合わせの内容
    pub body: Need,
}

word_enum! {
    /// How a field of a kind is asked for, and what is understood of it.
    Input {
        /// One line of text.
        Line = "line",
        /// Several lines.
        Text = "text",
        /// A mail address.
        Email = "email",
        /// One of a few, all in sight.
        Radio = "radio",
        /// One of many.
        Select = "select",
        /// A day: year, month and day are chosen each (`{name}_year`, `{name}_month`, `{name}_day`).
        Date = "date",
        /// 年度, as its four digits.
        FiscalYear = "fiscal_year",
        /// One of the 19 basic specialties (基本領域), by its Japanese name.
        Specialty = "specialty",
        /// One of the 47 prefectures, by its Japanese name.
        Prefecture = "prefecture",
        /// A round of recruitment, by its name; the rounds of the season are offered.
        Round = "round",
        /// Spells of training, one a line: from, to, and where (研修実績). Gaps and overlaps are pointed out.
        Spells = "spells",
    }
}

/// One of the values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people read.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

/// A field of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its English name: in the form, in the ticket, in the interface for programs.
    pub name: String,
    /// How it is asked for.
    pub input: Input,
    /// ※必須 or ※任意
    #[serde(default)]
    pub required: bool,
    /// Answers that set whoever gives them free from it: field and value (several with `|`). What is asked of everybody else
    /// may then follow later (F64).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub required_unless: BTreeMap<String, String>,
    /// What people read above it.
    pub label: Texts,
    /// Conditions and an example.
    #[serde(default)]
    pub help: Texts,
    /// Most characters of a line or text; 0 is the usual bound.
    #[serde(default)]
    pub max: usize,
    /// Values of a radio or select.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Years before this one that a date offers.
    #[serde(default = "ten")]
    pub years_back: i32,
    /// Years after this one that a date offers.
    #[serde(default = "three")]
    pub years_ahead: i32,
}

fn ten() -> i32 {
    10
}

fn three() -> i32 {
    3
}

impl Field {
    /// The names of its boxes in the HTML.
    pub fn boxes(&self) -> Vec<String> {
        match self.input {
            Input::Date => ["year", "month", "day"].iter().map(|part| format!("{}_{part}", self.name)).collect(),
            _ => vec![self.name.clone()],
        }
    }

    /// The box an error leads to.
    pub fn first_box(&self) -> String {
        match self.input {
            Input::Date => format!("{}_year", self.name),
            _ => self.name.clone(),
        }
    }

    /// A stored value as people read it.
    pub fn show(&self, value: &str, lang: Lang) -> String {
        match self.input {
            Input::Radio | Input::Select => {
                let choice = self.options.iter().find(|choice| choice.value == value);
                choice.map_or(value, |choice| lang.t(&choice.ja, &choice.en)).to_owned()
            }
            Input::FiscalYear if !value.is_empty() => match lang {
                Lang::Ja => format!("{value}年度"),
                Lang::En => format!("fiscal year {value}"),
            },
            Input::Round if !lang.is_ja() => period::round_in_english(value).unwrap_or_else(|| value.to_owned()),
            _ => value.to_owned(),
        }
    }
}

/// Answers that do not go together, or that need a word: when every named field has the named value, the sentence is said
/// at `field`. Several values stand with `|` between them; beside a value there are: nothing (not given), `*` (given),
/// `=other` (the same as the field `other`), `!end` (given, and not ending so), `?date` and `?number` (given, and not to be
/// read as a day of birth, as a registration number).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Where the sentence stands.
    pub field: String,
    /// Field and value.
    pub when: BTreeMap<String, String>,
    /// The sentence: what is the matter and what to do.
    pub say: Texts,
    /// A hint on the confirmation page; without it the form is shown again.
    #[serde(default)]
    pub hint: bool,
}

/// Two days of which one must not come before the other. `today` is the day of sending; a fiscal year counts as its
/// 1 April.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The day that comes first or is the same.
    pub earlier: String,
    /// The other.
    pub later: String,
    /// Where the sentence stands.
    pub field: String,
    /// What is said when they stand the other way round.
    pub say: Texts,
    /// A hint on the confirmation page; without it the form is shown again.
    #[serde(default)]
    pub hint: bool,
}

/// The part of a kind that people fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The fields all kinds share.
    pub carries: Carries,
    /// What stands above the text box; empty for the usual words.
    #[serde(default)]
    pub body_label: Texts,
    /// What stands below that label.
    #[serde(default)]
    pub body_help: Texts,
    /// The kind's own fields, in the order of the page.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Answers that do not go together.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Days in their order.
    #[serde(default)]
    pub orders: Vec<Order>,
}

impl Form {
    /// The names of all boxes of the kind's own fields.
    pub fn boxes(&self) -> impl Iterator<Item = String> {
        self.fields.iter().flat_map(Field::boxes)
    }

    /// A field of the kind by its name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

word_enum! {
    /// Whom an answer is written for.
    Reader {
        /// 応募する方
        Applicant = "applicant",
        /// 研修中の方
        Trainee = "trainee",
        /// 統括責任者
        Director = "director",
    }
}

word_enum! {
    /// The moments of a season an answer fits.
    Moment {
        /// An application window is open.
        Open = "open",
        /// Between two windows of a year.
        Between = "between",
        /// All windows of the year are over (FAQ F10).
        AllClosed = "all_closed",
        /// Before the first window of the first year known, or nothing is known.
        Quiet = "quiet",
        /// The latest result of the year has been told (採用結果通知).
        ResultOut = "result_out",
    }
}

/// What the page says before its form: the answer, and the way to do it oneself (FAQ F32, F33, F27, …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// A word the count of helped readers is kept under.
    pub id: String,
    /// For whom; empty is everybody.
    #[serde(default)]
    pub readers: Vec<Reader>,
    /// At which moments; empty is always.
    #[serde(default)]
    pub moments: Vec<Moment>,
    /// The heading.
    pub title: Texts,
    /// The answer. `{round}`, `{closes_at}` and `{next_opens_at}` stand for the season's.
    pub text: Texts,
    /// The way in the online system, step by step.
    #[serde(default)]
    pub steps: Vec<Texts>,
    /// The entry of the FAQ that says more.
    #[serde(default)]
    pub faq: String,
}

/// A deadline of the desk itself, before an edge of the season, so that what has to happen first can still happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternalDeadline {
    /// Days before the window of this kind closes.
    pub days_before_close: i64,
    /// Whose close.
    pub of: PeriodKind,
    /// What it is for.
    pub say: Texts,
}

/// What a reminder is before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// The close of the open window of this kind: `before = { close = "apply" }`.
    Close(PeriodKind),
    /// The desk's own deadline of the kind: `before = "desk"`.
    Desk,
}

/// A mail to whoever asked, once, before a deadline (F52, domain.md §3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// A word that tells it from others of the kind.
    pub id: String,
    /// Which deadline.
    pub before: Before,
    /// How many days before it.
    pub days_before: i64,
    /// What must hold: fields of the form, `case`, or facts on file as for canned replies; several values with `|`.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// What is said. `{closes_at}` is the deadline.
    pub say: Texts,
}

/// A kind of inquiry as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Which kind; the name of the file.
    #[serde(skip, default = "other")]
    pub kind: InquiryKind,
    /// Version of the form in this database; 0 before it is registered.
    #[serde(skip)]
    pub version: i64,
    /// Under whom it is listed.
    pub audience: Audience,
    /// Who works on it: a word staff filter by.
    pub queue: String,
    /// Working days within which an answer is promised.
    pub answer_within_days: u32,
    /// Whether its tickets are for a small circle only (F64).
    #[serde(default)]
    pub is_confidential: bool,
    /// Answers that make a single ticket confidential: `field = "value"`.
    #[serde(default)]
    pub confidential_when: BTreeMap<String, String>,
    /// Whether an image of the licence may come with it.
    #[serde(default)]
    pub takes_image: bool,
    /// The heading of its page.
    pub heading: Texts,
    /// Subject of a ticket whose form asks for none.
    pub subject: Texts,
    /// What stands above the form.
    #[serde(default)]
    pub lead: Texts,
    /// What stands below 氏名; empty for the usual words about the licence.
    #[serde(default)]
    pub name_help: Texts,
    /// What the receipt says beyond the usual.
    pub thanks: Texts,
    /// The form is taken only while a window of this kind is open; without it always.
    #[serde(default)]
    pub opening: Option<PeriodKind>,
    /// A deadline of the desk.
    #[serde(default)]
    pub deadline: Option<InternalDeadline>,
    /// Mails before a deadline.
    #[serde(default)]
    pub reminders: Vec<Reminder>,
    /// The windows whose close its inquiries are in time or late for; without it none.
    #[serde(default)]
    pub edge: Option<PeriodKind>,
    /// The entry of the FAQ that the list of kinds shows under it; without it that of the first answer that fits.
    #[serde(default)]
    pub faq: String,
    /// What is said before the form.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// What people fill in.
    pub form: Form,
}

fn other() -> InquiryKind {
    InquiryKind::Other
}

impl Spec {
    /// Whether a ticket with these fields is for a small circle only.
    pub fn is_confidential(&self, fields: &BTreeMap<String, String>) -> bool {
        self.is_confidential
            || self.confidential_when.iter().any(|(name, value)| fields.get(name).is_some_and(|given| given == value))
    }
}
