//! 生年月日: a birthdate, shown in both calendars, and what can be wrong with one. How it is read stands in `birthdate_parse`.

use super::era::{Era, EraChoice};
use super::text::Wording;
use crate::desk::Lang;
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// A birthdate. Prints masked; [`Birthdate::date`] is the deliberate way to the day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Birthdate(NaiveDate);

impl Birthdate {
    /// From a date already known to be one (a database row, a test).
    pub fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The day itself, for storing, comparing and showing to those who may see it.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Both calendars: 「1996年(平成8年)4月9日」.
    pub fn ja(self) -> String {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        match self.era_year() {
            Some((era, 1)) => format!("{year}年({}元年){month}月{day}日", era.ja()),
            Some((era, n)) => format!("{year}年({}{n}年){month}月{day}日", era.ja()),
            None => format!("{year}年{month}月{day}日"),
        }
    }

    /// Both calendars in English: "9 April 1996 (Heisei 8)".
    pub fn en(self) -> String {
        let western = self.0.format("%-d %B %Y");
        match self.era_year() {
            Some((era, n)) => format!("{western} ({} {n})", era.en()),
            None => western.to_string(),
        }
    }

    /// [`Self::ja`] or [`Self::en`].
    pub fn show(self, lang: Lang) -> String {
        match lang {
            Lang::Ja => self.ja(),
            Lang::En => self.en(),
        }
    }

    /// The era and its year.
    pub fn era_year(self) -> Option<(Era, i32)> {
        Era::of(self.0).map(|era| (era, self.0.year() - era.first_year() + 1))
    }

    /// Completed years on the given day; negative when the birth lies ahead.
    pub fn age_on(self, today: NaiveDate) -> i32 {
        let before_birthday = (today.month(), today.day()) < (self.0.month(), self.0.day());
        today.year() - self.0.year() - i32::from(before_birthday)
    }

    /// Whether the two are one slip apart: month and day swapped, one year off, the same era year of another era,
    /// or one digit of the date wrong or swapped with its neighbour. Equal dates are not.
    pub fn is_one_slip_from(self, other: Self) -> bool {
        let (a, b) = (self.0, other.0);
        if a == b {
            return false;
        }
        let same_day = (a.month(), a.day()) == (b.month(), b.day());
        let swapped = a.year() == b.year() && a.month() == b.day() && a.day() == b.month();
        let years = (a.year() - b.year()).abs();
        swapped || (same_day && (years == 1 || is_era_gap(years))) || one_digit_slip(a, b)
    }
}

/// 63 years lie between 昭和n and 平成n, 30 between 平成n and 令和n, 14 between 大正n and 昭和n, 93 between 昭和n and 令和n.
fn is_era_gap(years: i32) -> bool {
    matches!(years, 63 | 30 | 14 | 93)
}

/// The eight digits differ in one place, or two neighbours are swapped.
fn one_digit_slip(a: NaiveDate, b: NaiveDate) -> bool {
    let digits = |date: NaiveDate| {
        let mut rest = date.year().unsigned_abs() * 10_000 + date.month() * 100 + date.day();
        let mut out = [0u32; 8];
        for place in out.iter_mut().rev() {
            *place = rest % 10;
            rest /= 10;
        }
        out
    };
    let (x, y) = (digits(a), digits(b));
    let mut wrong = (0..8).filter(|&i| x[i] != y[i]);
    match (wrong.next(), wrong.next(), wrong.next()) {
        (Some(_), None, _) => true,
        (Some(i), Some(j), None) => j == i + 1 && x[i] == y[j] && x[j] == y[i],
        _ => false,
    }
}

impl fmt::Debug for Birthdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Birthdate(****-**-**)")
    }
}

impl fmt::Display for Birthdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****-**-**")
    }
}

/// One of the three boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    /// 年.
    Year,
    /// 月.
    Month,
    /// 日.
    Day,
}

/// Why a text is not (yet) a birthdate. Each is a question to the person, never a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BirthdateError {
    /// Nothing was typed.
    #[error("no birthdate was given")]
    Empty,
    /// One of year, month and day is not there.
    #[error("the {0:?} of the birthdate is missing")]
    Missing(DatePart),
    /// Not a date in any notation known here.
    #[error("the birthdate is not a date in any known notation")]
    Unreadable,
    /// 2月30日.
    #[error("there is no such day in the calendar")]
    NoSuchDay,
    /// 平成95年.
    #[error("the era has no such year")]
    NoSuchEraYear(Era),
    /// 04/05/1996: month and day, or the place of the year, can be read in several ways.
    #[error("the birthdate reads in {} ways", .0.len())]
    Ambiguous(Vec<Birthdate>),
    /// A short year that fits no age from 20 to 90: the era or the century is missing.
    #[error("the year needs its era or its century")]
    NeedsEra,
    /// Two years that do not agree: 1996年(平成9年).
    #[error("the two calendars of the birthdate do not agree")]
    CalendarsDisagree,
    /// Later than today.
    #[error("the birthdate lies in the future")]
    InFuture,
    /// Before 1868.
    #[error("the birthdate lies too far back")]
    TooEarly,
}

impl Wording for BirthdateError {
    fn wording(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::Empty => ("生年月日を入力してください。", "Enter your birthdate."),
            Self::Missing(DatePart::Year) => ("生年月日の年を入力してください。", "Enter the year of your birthdate."),
            Self::Missing(DatePart::Month) => {
                ("生年月日の月を入力してください。", "Enter the month of your birthdate.")
            }
            Self::Missing(DatePart::Day) => ("生年月日の日を入力してください。", "Enter the day of your birthdate."),
            Self::Unreadable => (
                "生年月日を読み取れませんでした。例: 1996年4月9日、平成8年4月9日",
                "The birthdate could not be read. Example: 1996-04-09",
            ),
            Self::NoSuchDay => (
                "この日付は暦にありません。月と日をご確認ください。",
                "There is no such day. Check the month and the day.",
            ),
            Self::NoSuchEraYear(era) => {
                return match lang {
                    Lang::Ja => format!("{}にこの年はありません。元号と年をご確認ください。", era.ja()),
                    Lang::En => format!("{} has no such year. Check the era and the year.", era.en()),
                };
            }
            Self::Ambiguous(readings) => {
                let shown: Vec<String> = readings.iter().map(|reading| reading.show(lang)).collect();
                return match lang {
                    Lang::Ja => format!("{}のどちらでしょうか。年・月・日の順で入力してください。", shown.join("、")),
                    Lang::En => format!("Is this {}? Enter year, month and day in this order.", shown.join(" or ")),
                };
            }
            Self::NeedsEra => (
                "年を西暦4桁で入力するか、元号を選んでください。",
                "Enter the year with four digits, or choose an era.",
            ),
            Self::CalendarsDisagree => (
                "西暦と元号の年が一致しません。どちらかをご確認ください。",
                "The western year and the era year do not agree. Check them.",
            ),
            Self::InFuture => (
                "生年月日が今日より後になっています。年をご確認ください。",
                "The birthdate lies in the future. Check the year.",
            ),
            Self::TooEarly => ("生年月日の年をご確認ください。", "Check the year of the birthdate."),
        };
        lang.t(ja, en).to_owned()
    }
}

/// What the confirmation page should point at, though the date was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthdateNote {
    /// 平成31年6月 was read as 令和元年6月.
    EraTailCorrected(Era),
    /// A two-digit year was given its century.
    CenturyAdded,
    /// A western year stood in the box of an era year.
    EraIgnored(Era),
    /// The age is below 20 or above 90.
    UnusualAge,
}

impl Wording for BirthdateNote {
    fn wording(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::EraTailCorrected(era), Lang::Ja) => {
                format!("{}の年を西暦に直して読み取りました。生年月日をご確認ください。", era.ja())
            }
            (Self::EraTailCorrected(era), Lang::En) => {
                format!("The {} year runs past its era; check the date.", era.en())
            }
            (Self::CenturyAdded, Lang::Ja) => {
                "2桁の年を西暦として読み取りました。生年月日をご確認ください。".to_owned()
            }
            (Self::CenturyAdded, Lang::En) => "A two-digit year was read as a western one; check the date.".to_owned(),
            (Self::EraIgnored(_), Lang::Ja) => "年を西暦として読み取りました。生年月日をご確認ください。".to_owned(),
            (Self::EraIgnored(_), Lang::En) => "The year was read as a western one; check the date.".to_owned(),
            (Self::UnusualAge, Lang::Ja) => {
                "年齢が20歳から90歳の範囲にありません。生年月日をご確認ください。".to_owned()
            }
            (Self::UnusualAge, Lang::En) => "The age is not between 20 and 90; check the date.".to_owned(),
        }
    }
}

/// The three boxes of the form with its era select, as typed.
#[derive(Clone, Default)]
pub struct BirthdateBoxes<'a> {
    /// The era select.
    pub era: EraChoice,
    /// 年.
    pub year: &'a str,
    /// 月.
    pub month: &'a str,
    /// 日.
    pub day: &'a str,
}

impl fmt::Debug for BirthdateBoxes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthdateBoxes(***)")
    }
}
