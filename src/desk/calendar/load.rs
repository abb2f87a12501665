//! `config/calendar.toml`: the shape of the file and what is wrong with one.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::{Calendar, Closed, Interval, Special};

/// A calendar that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the business calendar cannot be used: {0}")]
pub struct CalendarFault(pub String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    week: Week,
    #[serde(default)]
    closed: Vec<ClosedLine>,
    #[serde(default)]
    days: Vec<DayLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Week {
    monday: Vec<String>,
    tuesday: Vec<String>,
    wednesday: Vec<String>,
    thursday: Vec<String>,
    friday: Vec<String>,
    saturday: Vec<String>,
    sunday: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosedLine {
    from: String,
    to: String,
    ja: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayLine {
    on: toml::value::Datetime,
    hours: Vec<String>,
    ja: String,
    en: String,
}

impl Calendar {
    /// The calendar that comes with the program, or that of a file.
    ///
    /// # Errors
    /// The file and what is wrong with it.
    pub fn read(path: &str) -> Result<Self, CalendarFault> {
        let text = std::fs::read_to_string(path).map_err(|why| CalendarFault(format!("{path}: {why}")))?;
        Self::parse(&text).map_err(|fault| CalendarFault(format!("{path}: {}", fault.0)))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CalendarFault> {
        let file: File = toml::from_str(text).map_err(|why| CalendarFault(why.to_string()))?;
        let Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday } = file.week;
        let mut week: [Vec<Interval>; 7] = Default::default();
        for (place, typed) in [monday, tuesday, wednesday, thursday, friday, saturday, sunday].iter().enumerate() {
            week[place] = hours(typed)?;
        }
        let mut closed = Vec::new();
        for line in file.closed {
            closed.push(Closed { from: month_day(&line.from)?, to: month_day(&line.to)?, name: [line.ja, line.en] });
        }
        let mut days = BTreeMap::new();
        for line in file.days {
            let on = line.on.to_string();
            let day =
                on.parse::<NaiveDate>().map_err(|_| CalendarFault(format!("\"{on}\" is no day such as 2026-11-03")))?;
            days.insert(day, Special { hours: hours(&line.hours)?, name: [line.ja, line.en] });
        }
        Ok(Self { week, closed, days })
    }
}

fn hours(typed: &[String]) -> Result<Vec<Interval>, CalendarFault> {
    let mut hours: Vec<Interval> = Vec::new();
    for text in typed {
        let wrong = || CalendarFault(format!("\"{text}\" is no interval such as \"9:30-12:00\""));
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").map_err(|_| wrong());
        let interval = Interval { from: time(from)?, to: time(to)? };
        if interval.from >= interval.to {
            return Err(CalendarFault(format!("the interval \"{text}\" ends before it starts")));
        }
        if hours.last().is_some_and(|last| last.to > interval.from) {
            return Err(CalendarFault(format!("the interval \"{text}\" begins before the one in front of it ends")));
        }
        hours.push(interval);
    }
    Ok(hours)
}

fn month_day(typed: &str) -> Result<(u32, u32), CalendarFault> {
    let wrong = || CalendarFault(format!("\"{typed}\" is no month and day such as \"12-29\""));
    let (month, day) = typed.split_once('-').ok_or_else(wrong)?;
    let (month, day) = (month.parse().map_err(|_| wrong())?, day.parse().map_err(|_| wrong())?);
    // 29 February exists in some years.
    NaiveDate::from_ymd_opt(2024, month, day).ok_or_else(wrong)?;
    Ok((month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_that_comes_with_the_program_is_good() {
        Calendar::parse(include_str!("../../../config/calendar.toml")).unwrap();
    }

    #[test]
    fn a_wrong_calendar_is_refused_with_the_words_that_are_wrong() {
        let embedded = include_str!("../../../config/calendar.toml");
        for (good, bad, said) in [
            ("9:30-12:00", "12:00-9:30", "ends before it starts"),
            ("13:00-17:30", "11:00-17:30", "begins before the one in front"),
            ("9:30-12:00", "morning", "no interval"),
            ("12-29", "13-29", "no month and day"),
            ("sunday = []", "", "sunday"),
        ] {
            let fault = Calendar::parse(&embedded.replacen(good, bad, 1)).unwrap_err().to_string();
            assert!(fault.contains(said), "{fault}");
        }
    }
}
