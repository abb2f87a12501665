//! Time, passed in. Business instants come from a [`Clock`]; nothing else may read the machine's time (a lint
//! forbids it), so that a test owns the time and a whole season can be rehearsed.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, Offset, SubsecRound, Utc};

/// Japan Standard Time, UTC+9 without daylight saving since 1951. A fixed offset needs no zone database, so a
/// missing tzdata cannot move a deadline (REL-018).
pub const JST_SECONDS: i32 = 9 * 3600;

/// The offset of Japan Standard Time.
pub fn jst() -> FixedOffset {
    // In range by definition; the fallback keeps this free of a panic.
    FixedOffset::east_opt(JST_SECONDS).unwrap_or(Utc.fix())
}

/// Where the present comes from. Cheap to clone; clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The machine's clock, moved by a fixed offset (zero unless `clock.now` is set).
    System { offset: Duration },
    /// A clock that stands still until it is told to move: tests and rehearsals.
    Manual(Mutex<DateTime<Utc>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System { offset: Duration::zero() }))
    }

    /// A clock that shows `start` now and runs on (`clock.now`).
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::System { offset: start - machine_now() }))
    }

    /// A clock that stands at `at` until [`Clock::set`] or [`Clock::advance`].
    pub fn manual(at: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Manual(Mutex::new(at.trunc_subsecs(6)))))
    }

    /// The present instant, truncated to microseconds (what both databases can store).
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Source::System { offset } => (machine_now() + *offset).trunc_subsecs(6),
            Source::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How far this clock stands ahead of the machine's; `None` for a manual clock.
    pub fn offset(&self) -> Option<Duration> {
        match &*self.0 {
            Source::System { offset } => Some(*offset),
            Source::Manual(_) => None,
        }
    }

    /// Moves a manual clock; has no effect on a running one.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Source::Manual(at) = &*self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to.trunc_subsecs(6);
        }
    }

    /// Moves a manual clock forward (or back, when negative).
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }

    /// Today's date in Japan.
    pub fn today(&self) -> NaiveDate {
        self.now().with_timezone(&jst()).date_naive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

/// The Japanese fiscal year (年度) a date lies in: 1 April to 31 March.
pub fn fiscal_year(day: NaiveDate) -> i32 {
    if day.month() >= 4 { day.year() } else { day.year() - 1 }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_fiscal_year_changes_on_the_first_of_april() {
        let day = |m, d| NaiveDate::from_ymd_opt(2027, m, d).unwrap();
        assert_eq!(fiscal_year(day(3, 31)), 2026);
        assert_eq!(fiscal_year(day(4, 1)), 2027);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let start = Utc.with_ymd_and_hms(2026, 12, 11, 2, 59, 59).unwrap();
        let clock = Clock::manual(start);
        assert_eq!(clock.now(), start);
        clock.advance(Duration::seconds(1));
        assert_eq!(clock.now(), start + Duration::seconds(1));
    }
}
