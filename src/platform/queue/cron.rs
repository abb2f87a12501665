//! Cron patterns in Japan Standard Time: second, minute, hour, day, month, weekday. The zone is a fixed offset, so
//! neither the server's zone nor a missing zone database can move a run (REL-018).

use chrono::{DateTime, Duration, SubsecRound, Utc};
use croner::parser::{CronParser, Seconds, Year};

use crate::platform::clock::jst;

/// A parsed pattern.
#[derive(Debug, Clone)]
pub struct Cron(croner::Cron);

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cron pattern \"{pattern}\" is wrong: {why}")]
pub struct CronFault {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl Cron {
    /// Parses six fields. When day and weekday are both given, both must hold, as in tokio-cron-scheduler.
    ///
    /// # Errors
    /// When the pattern is not six valid fields, or never comes.
    pub fn parse(pattern: &str) -> Result<Self, CronFault> {
        let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Disallowed).dom_and_dow(true).build();
        parser
            .parse(pattern)
            .map(Self)
            .map_err(|error| CronFault { pattern: pattern.to_owned(), why: error.to_string() })
    }

    /// The first due instant after `after`; `None` when the pattern never comes again.
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // From a whole second on: croner steps by seconds and would carry the fraction along.
        let from = after.trunc_subsecs(0).with_timezone(&jst());
        self.0.find_next_occurrence(&from, false).ok().map(|at| at.with_timezone(&Utc))
    }

    /// The last due instant at or before `at`.
    pub fn last(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let from = at.trunc_subsecs(0).with_timezone(&jst());
        self.0.find_previous_occurrence(&from, true).ok().map(|at| at.with_timezone(&Utc))
    }

    /// The due instants in `[from, until)`.
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let mut at = from - Duration::microseconds(1);
        std::iter::from_fn(move || {
            at = self.next(at).filter(|next| *next < until)?;
            Some(at)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn utc(y: i32, mo: u32, d: u32, h: u32, mi: u32, s: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(y, mo, d, h, mi, s).unwrap()
    }

    #[test]
    fn rel_018_nine_in_the_morning_is_nine_in_japan() {
        let cron = Cron::parse("0 0 9 * * *").unwrap();
        assert_eq!(cron.next(utc(2026, 11, 23, 23, 59, 59)), Some(utc(2026, 11, 24, 0, 0, 0)));
        assert_eq!(cron.next(utc(2026, 11, 24, 0, 0, 0)), Some(utc(2026, 11, 25, 0, 0, 0)));
        assert_eq!(cron.last(utc(2026, 11, 24, 0, 0, 0)), Some(utc(2026, 11, 24, 0, 0, 0)));
        assert_eq!(cron.last(utc(2026, 11, 23, 23, 59, 59)), Some(utc(2026, 11, 23, 0, 0, 0)));
    }

    #[test]
    fn rel_018_midnight_on_new_year_leap_day_and_the_first_of_april() {
        let cron = Cron::parse("0 0 0 * * *").unwrap();
        for day in [
            utc(2027, 12, 31, 15, 0, 0),
            utc(2028, 2, 28, 15, 0, 0),
            utc(2028, 2, 29, 15, 0, 0),
            utc(2028, 3, 31, 15, 0, 0),
        ] {
            assert_eq!(cron.next(day - Duration::microseconds(1)), Some(day));
        }
        let leap = Cron::parse("0 0 12 29 2 *").unwrap();
        assert_eq!(leap.next(utc(2026, 1, 1, 0, 0, 0)), Some(utc(2028, 2, 29, 3, 0, 0)));
    }

    #[test]
    fn a_fraction_of_a_second_moves_nothing() {
        let cron = Cron::parse("*/5 * * * * *").unwrap();
        let half = utc(2026, 11, 24, 0, 0, 4) + Duration::microseconds(999_999);
        assert_eq!(cron.next(half), Some(utc(2026, 11, 24, 0, 0, 5)));
        assert_eq!(cron.last(half), Some(utc(2026, 11, 24, 0, 0, 0)));
        assert_eq!(
            Cron::parse("* * * * * *").unwrap().between(utc(2026, 1, 1, 0, 0, 0), utc(2026, 1, 1, 0, 1, 0)).count(),
            60
        );
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_its_text() {
        for wrong in ["", "0 9 * * *", "61 * * * * *", "every day", "0 0 9 * * * 2027"] {
            assert!(Cron::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Cron::parse("0 0 9 * *").unwrap_err().to_string().contains("0 0 9 * *"));
    }
}
