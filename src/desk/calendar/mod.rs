//! When the desk works: several intervals a day, national holidays, days off of its own. Everything that counts in
//! working time (promised answers, pauses, the forecast) asks here. Pure, but for [`ours`].

pub mod holidays;
mod load;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, TimeZone, Utc};

use crate::desk::Lang;
use crate::platform::clock::jst;

pub use load::CalendarFault;

/// Farther ahead no working day is looked for: a calendar without any would be walked for ever.
const MOST_DAYS: usize = 3_700;

/// A span of a working day, in Japan Standard Time; half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// First instant inside.
    pub from: NaiveTime,
    /// First instant outside.
    pub to: NaiveTime,
}

/// Days off that come every year: month and day, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Closed {
    from: (u32, u32),
    to: (u32, u32),
    name: [String; 2],
}

impl Closed {
    fn contains(&self, day: NaiveDate) -> bool {
        let at = (day.month(), day.day());
        if self.from <= self.to { self.from <= at && at <= self.to } else { self.from <= at || at <= self.to }
    }
}

/// A single day that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Special {
    hours: Vec<Interval>,
    name: [String; 2],
}

/// The business calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Monday first.
    week: [Vec<Interval>; 7],
    closed: Vec<Closed>,
    days: BTreeMap<NaiveDate, Special>,
}

/// The calendar that comes with the program.
static EMBEDDED: LazyLock<Calendar> =
    LazyLock::new(|| Calendar::parse(include_str!("../../../config/calendar.toml")).unwrap_or_default());
/// That of `desk.calendar`, put here once at the start.
static INSTALLED: OnceLock<Calendar> = OnceLock::new();

/// The calendar of this desk. It is part of what the process is, like the kinds of inquiry: read at the start, never
/// changed while it runs, and asked by every verb that makes a ticket wait or go on.
pub fn ours() -> &'static Calendar {
    INSTALLED.get().unwrap_or(&EMBEDDED)
}

/// Makes a calendar that of this desk, once at the start. False when there is one already.
pub fn install(calendar: Calendar) -> bool {
    INSTALLED.set(calendar).is_ok()
}

impl Calendar {
    /// The intervals in which the desk works on a day; none on a day off.
    pub fn hours(&self, day: NaiveDate) -> &[Interval] {
        if let Some(special) = self.days.get(&day) {
            return &special.hours;
        }
        if holidays::on(day).is_some() || self.closed.iter().any(|closed| closed.contains(day)) {
            return &[];
        }
        &self.week[day.weekday().num_days_from_monday() as usize]
    }

    /// Whether the desk works on a day at all.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        !self.hours(day).is_empty()
    }

    /// Why a day is off: a holiday's name, a name of the calendar's; `None` for a working day and for a plain weekend.
    pub fn why_off(&self, day: NaiveDate, lang: Lang) -> Option<String> {
        let named = |name: &[String; 2]| lang.t(&name[0], &name[1]).to_owned();
        if let Some(special) = self.days.get(&day) {
            return special.hours.is_empty().then(|| named(&special.name));
        }
        let holiday = holidays::on(day).map(|holiday| holiday.name(lang).to_owned());
        holiday.or_else(|| self.closed.iter().find(|closed| closed.contains(day)).map(|closed| named(&closed.name)))
    }

    /// Working time between two instants, in seconds; 0 when they stand the other way round.
    pub fn seconds_between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
        self.spans(from)
            .take_while(|(start, _)| *start < until)
            .map(|(start, end)| (end.min(until) - start).num_seconds())
            .sum()
    }

    /// The instant at which so much working time has passed since `from`; at once for none.
    pub fn after(&self, from: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
        if seconds <= 0 {
            return from;
        }
        let mut left = Duration::seconds(seconds);
        for (start, end) in self.spans(from) {
            if end - start >= left {
                return start + left;
            }
            left -= end - start;
        }
        // A calendar without a working day: time that passes on the wall.
        from + Duration::seconds(seconds)
    }

    /// When an answer promised "within so many working days" is due: at the end of the last of them. What comes in after
    /// the last hour of a day, or on a day off, counts as come in on the next working day.
    pub fn promised(&self, received_at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
        let today = received_at.with_timezone(&jst()).date_naive();
        let mut ends = today
            .iter_days()
            .take(MOST_DAYS)
            .filter_map(|day| Some(at(day, self.hours(day).last()?.to)))
            .filter(|end| *end > received_at);
        ends.nth(days as usize).unwrap_or(received_at + Duration::days(i64::from(days)))
    }

    /// The next instant at which the desk works, the present included.
    pub fn next_open(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.spans(from).next().map(|(start, _)| start)
    }

    /// The working spans from an instant on, the first one cut to what is left of it.
    fn spans(&self, from: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let today = from.with_timezone(&jst()).date_naive();
        today
            .iter_days()
            .take(MOST_DAYS)
            .flat_map(|day| self.hours(day).iter().map(move |hours| (at(day, hours.from), at(day, hours.to))))
            .filter(move |(_, end)| *end > from)
            .map(move |(start, end)| (start.max(from), end))
    }
}

fn at(day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    // A fixed offset has one instant for each local time.
    jst().from_local_datetime(&day.and_time(time)).single().map_or_else(Default::default, |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::period::parse_instant;

    fn jst_at(typed: &str) -> DateTime<Utc> {
        parse_instant(typed).unwrap()
    }

    #[test]
    fn an_answer_is_due_at_the_end_of_a_working_day_past_weekends_and_holidays() {
        let calendar = &*EMBEDDED;
        for (received, days, due) in [
            ("2026-12-08 10:24", 1, "2026-12-09 17:30"),
            ("2026-12-08 17:29", 1, "2026-12-09 17:30"),
            ("2026-12-08 17:30", 1, "2026-12-10 17:30"),
            ("2026-12-11 16:00", 1, "2026-12-14 17:30"),
            ("2026-12-12 03:00", 1, "2026-12-15 17:30"),
            ("2026-12-25 10:00", 3, "2027-01-05 17:30"),
            ("2026-09-18 10:00", 1, "2026-09-24 17:30"),
            ("2026-12-08 10:24", 0, "2026-12-08 17:30"),
        ] {
            assert_eq!(calendar.promised(jst_at(received), days), jst_at(due), "{received} + {days}");
        }
    }

    #[test]
    fn working_time_leaves_out_the_lunch_break_and_nights() {
        let calendar = &*EMBEDDED;
        let seconds = |from, until| calendar.seconds_between(jst_at(from), jst_at(until));
        assert_eq!(seconds("2026-12-08 11:00", "2026-12-08 14:00"), 2 * 3600);
        assert_eq!(seconds("2026-12-08 17:00", "2026-12-09 10:00"), 3600);
        assert_eq!(seconds("2026-12-09 10:00", "2026-12-08 10:00"), 0);
        assert_eq!(seconds("2026-12-12 10:00", "2026-12-13 10:00"), 0);
        assert_eq!(calendar.after(jst_at("2026-12-08 11:30"), 3600), jst_at("2026-12-08 13:30"));
        assert_eq!(calendar.after(jst_at("2026-12-11 17:00"), 3600), jst_at("2026-12-14 10:00"));
        assert_eq!(calendar.after(jst_at("2026-12-12 17:00"), 0), jst_at("2026-12-12 17:00"));
    }

    #[test]
    fn what_passes_while_somebody_waits_and_what_is_left_make_the_whole() {
        let calendar = &*EMBEDDED;
        let due = jst_at("2026-12-09 17:30");
        let asked = jst_at("2026-12-08 15:00");
        let left = calendar.seconds_between(asked, due);
        // Answered on Saturday: the clock goes on where it stood, on Monday.
        assert_eq!(calendar.after(jst_at("2026-12-12 20:00"), left), jst_at("2026-12-15 12:00"));
    }

    #[test]
    fn a_day_of_ones_own_is_stronger_than_a_holiday() {
        let own = "[week]\nmonday=[]\ntuesday=[\"9:00-17:00\"]\nwednesday=[]\nthursday=[]\nfriday=[]\nsaturday=[]\nsunday=[]\n\
                   [[days]]\non=2026-11-03\nhours=[\"9:30-12:00\"]\nja=\"臨時\"\nen=\"extra\"\n\
                   [[days]]\non=2026-12-08\nhours=[]\nja=\"停電\"\nen=\"power cut\"\n";
        let calendar = Calendar::parse(own).unwrap();
        let day = |typed: &str| typed.parse::<NaiveDate>().unwrap();
        assert!(calendar.is_working(day("2026-11-03")) && !calendar.is_working(day("2026-12-08")));
        assert_eq!(calendar.why_off(day("2026-12-08"), Lang::Ja).as_deref(), Some("停電"));
        assert_eq!(calendar.why_off(day("2026-11-23"), Lang::En).as_deref(), Some("Labour Thanksgiving Day"));
        assert_eq!(calendar.why_off(day("2026-11-03"), Lang::Ja), None);
        assert_eq!(EMBEDDED.why_off(day("2027-01-03"), Lang::Ja).as_deref(), Some("年末年始"));
        assert_eq!(Calendar::default().promised(jst_at("2026-12-08 10:00"), 2), jst_at("2026-12-10 10:00"));
    }
}
