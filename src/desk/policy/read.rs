//! Reading a fact from JSON or from a form: everything that has one meaning is taken, in whatever notation.

use chrono::{DateTime, NaiveDate};
use serde_json::Value as Json;

use super::specialty::Specialties;
use super::table::{FactKind, Value, WordOption};
use crate::desk::account::Era;
use crate::desk::period::parse_instant;
use crate::platform::clock::{fiscal_year, jst};
use crate::platform::text::fold;

/// What became of a value.
pub(super) enum Reading {
    /// Understood.
    Known(Value),
    /// The person does not know, or said nothing.
    Unknown,
    /// Said, and not understood: as it was given.
    Unreadable(String),
}

/// Years that a fiscal year or a day of training can lie in. Outside it is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
/// Characters of an unreadable value that are repeated.
const TOLD: usize = 40;
/// Ways to say that one does not know.
const UNKNOWN: [&str; 8] = ["", "unknown", "不明", "未定", "わからない", "分からない", "null", "?"];

/// Reads a value of a kind.
pub(super) fn value(kind: &FactKind, specialties: &Specialties, given: &Json) -> Reading {
    let text = match given {
        Json::Null => {
            return match kind {
                FactKind::Word { null: Some(option), .. } => Reading::Known(Value::Word(*option)),
                _ => Reading::Unknown,
            };
        }
        Json::String(text) => text.clone(),
        Json::Bool(yes) => return yes_or_unreadable(kind, *yes),
        // 2018.0 is 2018.
        Json::Number(number) => match number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15) {
            Some(whole) => format!("{whole:.0}"),
            None => return Reading::Unreadable(number.to_string()),
        },
        Json::Array(_) | Json::Object(_) => return unreadable(&given.to_string()),
    };
    let key = key(&text);
    let known = match kind {
        FactKind::YesNo => yes_no(&key).map(Value::YesNo),
        FactKind::Year => year(&text).map(Value::Year),
        FactKind::Date => day(&text).filter(|day| YEARS.contains(&fiscal_year(*day))).map(Value::Date),
        FactKind::Specialty => specialties.find(&text).map(Value::Specialty),
        FactKind::Word { options, .. } => word(options, &key).map(Value::Word),
    };
    match known {
        Some(value) => Reading::Known(value),
        None if UNKNOWN.iter().any(|unknown| self::key(unknown) == key) => Reading::Unknown,
        None => match kind {
            FactKind::Word { other: Some(other), .. } if given.is_string() => Reading::Known(Value::Word(*other)),
            _ => unreadable(&text),
        },
    }
}

fn yes_or_unreadable(kind: &FactKind, yes: bool) -> Reading {
    match kind {
        FactKind::YesNo => Reading::Known(Value::YesNo(yes)),
        _ => Reading::Unreadable(yes.to_string()),
    }
}

fn unreadable(text: &str) -> Reading {
    let told: String = text.trim().chars().filter(|c| !c.is_control()).take(TOLD).collect();
    Reading::Unreadable(told)
}

/// What stays of a word: no width, case, space, `_` or `-`.
fn key(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-')).collect()
}

fn yes_no(key: &str) -> Option<bool> {
    let among = |words: &[&str]| words.iter().any(|word| self::key(word) == key);
    if among(&["true", "yes", "y", "1", "はい", "有", "あり", "ある"]) {
        Some(true)
    } else if among(&["false", "no", "n", "0", "いいえ", "無", "なし", "ない"]) {
        Some(false)
    } else {
        None
    }
}

fn word(options: &[WordOption], key: &str) -> Option<usize> {
    let is = |written: &str| self::key(written) == key;
    options.iter().position(|option| is(&option.word)).or_else(|| {
        options.iter().position(|o| is(&o.label.ja) || is(&o.label.en) || o.also.iter().any(|also| is(also)))
    })
}

/// A fiscal year: `2018`, `２０１８年度`, `平成30年度`, `令和元年`, `R1`, `FY2018`.
fn year(text: &str) -> Option<i32> {
    let text: String = fold(text).chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.trim_start_matches("fy").trim_start_matches("西暦");
    let text = text.trim_end_matches('度').trim_end_matches('年');
    let (era, rest) = era(text);
    let number = if rest == "元" && era.is_some() { 1 } else { digits(rest)? };
    let year = match era {
        Some(era) if number >= 1 => era.first_year() + number - 1,
        Some(_) => return None,
        None => number,
    };
    YEARS.contains(&year).then_some(year)
}

/// A day: `2026-10-01`, `2026/10/1`, `20261001`, `2026年10月1日`, `令和8年10月1日`, `R8.10.1`; an instant (RFC 3339, or a
/// time in Japan) is the day it falls on in Japan.
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&jst()).date_naive());
    }
    if let Some(at) = parse_instant(text) {
        return Some(at.with_timezone(&jst()).date_naive());
    }
    let folded = key_of_day(text);
    let (era, rest) = era(&folded);
    let rest = rest.replacen('元', "1", 1);
    let parts: Vec<&str> = rest.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match (parts.as_slice(), era) {
        ([year, month, day], _) => (digits(year)?, digits(month)?, digits(day)?),
        ([whole], None) if whole.len() == 8 => {
            let whole = digits(whole)?;
            (whole / 10_000, whole / 100 % 100, whole % 100)
        }
        _ => return None,
    };
    let year = match era {
        Some(era) if year >= 1 => era.first_year() + year - 1,
        Some(_) => return None,
        // A year of two digits may be an era's.
        None => Some(year).filter(|year| *year >= 1000)?,
    };
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn key_of_day(text: &str) -> String {
    let dash = |c: char| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー') { '-' } else { c };
    fold(text).chars().map(dash).filter(|c| !c.is_whitespace()).collect()
}

/// An era at the front and what follows.
fn era(text: &str) -> (Option<Era>, &str) {
    let marks = [("令和", Era::Reiwa), ("平成", Era::Heisei), ("r", Era::Reiwa), ("h", Era::Heisei)];
    for (mark, era) in marks {
        if let Some(rest) = text.strip_prefix(mark) {
            return (Some(era), rest.trim_start_matches('.'));
        }
    }
    (None, text)
}

fn digits(text: &str) -> Option<i32> {
    (!text.is_empty() && text.len() <= 8 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fiscal_year_is_read_in_every_usual_notation() {
        for typed in ["2018", "２０１８", "2018年度", "平成30年度", "H30", "ｈ３０年", "FY2018", " 2018 ", "西暦2018年"]
        {
            assert_eq!(year(typed), Some(2018), "{typed}");
        }
        assert_eq!((year("令和元年度"), year("R1"), year("平成31年度")), (Some(2019), Some(2019), Some(2019)));
        for typed in ["18", "30", "1800", "2101", "20181", "R0", "元", "二千", "2018-04", "-2018", ""] {
            assert_eq!(year(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_day_is_read_in_every_usual_notation_and_in_japan() {
        let first = NaiveDate::from_ymd_opt(2026, 10, 1);
        for typed in [
            "2026-10-01",
            "2026/10/1",
            "２０２６－１０－０１",
            "20261001",
            "2026年10月1日",
            "令和8年10月1日",
            "R8.10.1",
            "2026-09-30T15:00:00Z",
            "2026-10-01T23:59:59+09:00",
            "2026-10-01 08:00",
        ] {
            assert_eq!(day(typed), first, "{typed}");
        }
        assert_eq!(day("令和元年5月1日"), NaiveDate::from_ymd_opt(2019, 5, 1));
        for typed in ["2026-02-30", "10月1日", "2026-10", "8.10.1", "", "あした", "2026-10-01T25:00:00Z"] {
            assert_eq!(day(typed), None, "{typed}");
        }
    }
}
