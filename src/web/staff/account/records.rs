//! Training records as a picture: what is covered, what is a break, and where a gap is (F40).

use chrono::{Datelike, NaiveDate};

use crate::desk::account::nested::TrainingRecord;
use crate::desk::account::{Gap, gaps};

/// Width of the drawing, in its own units.
const WIDTH: i64 = 640;

/// A bar of the drawing.
pub(super) struct Bar {
    /// Left edge.
    pub x: i64,
    /// Width, at least 2 so that a single day is seen.
    pub width: i64,
    /// `s1` training, `s2` break, `gap`.
    pub class: &'static str,
}

/// A year on the axis.
pub(super) struct Year {
    /// Where.
    pub x: i64,
    /// Which.
    pub year: i32,
}

/// The records and their drawing.
#[derive(Default)]
pub(super) struct Records {
    /// Earliest first.
    pub rows: Vec<TrainingRecord>,
    /// Days without an entry.
    pub gaps: Vec<Gap>,
    /// The drawing.
    pub bars: Vec<Bar>,
    /// Its axis.
    pub years: Vec<Year>,
}

impl Records {
    /// Measures and draws, up to `today`.
    pub(super) fn draw(rows: Vec<TrainingRecord>, today: NaiveDate) -> Self {
        let gaps = gaps(&rows, today);
        let end_of = |r: &TrainingRecord| r.to.unwrap_or(today).max(r.from);
        let (Some(first), Some(last)) =
            (rows.iter().map(|r| r.from).min(), rows.iter().map(end_of).chain([today]).max())
        else {
            return Self::default();
        };
        let days = (last - first).num_days() + 1;
        let x = |day: NaiveDate| (day - first).num_days().clamp(0, days) * WIDTH / days;
        let bar = |from: NaiveDate, to: NaiveDate, class| {
            let left = x(from);
            Bar { x: left, width: (x(to.succ_opt().unwrap_or(to)) - left).max(2), class }
        };
        let mut bars: Vec<Bar> =
            rows.iter().map(|r| bar(r.from, end_of(r), if r.is_interruption() { "s2" } else { "s1" })).collect();
        bars.extend(gaps.iter().map(|gap| bar(gap.from, gap.to, "gap")));
        let step = 1 + (last.year() - first.year()) / 8;
        let years = (first.year()..=last.year())
            .step_by(usize::try_from(step).unwrap_or(1))
            .filter_map(|year| {
                let day = NaiveDate::from_ymd_opt(year, 1, 1)?.max(first);
                Some(Year { x: x(day).min(WIDTH - 40), year })
            })
            .collect();
        Self { rows, gaps, bars, years }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_of_one_day_is_drawn_and_seen() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let record = |from, to: Option<&str>| TrainingRecord {
            from: day(from),
            to: to.map(day),
            status: "研修中".into(),
            site: String::new(),
            interruption_reason: String::new(),
            note: String::new(),
        };
        let rows = vec![record("2022-04-01", Some("2024-03-31")), record("2024-04-02", None)];
        let drawn = Records::draw(rows, day("2026-11-30"));
        let gap = drawn.bars.iter().find(|bar| bar.class == "gap").unwrap();
        assert!(gap.width >= 2 && gap.x > 200 && gap.x < 350, "{} {}", gap.x, gap.width);
        assert_eq!(drawn.years.first().map(|y| y.year), Some(2022));
        assert!(drawn.bars.iter().all(|bar| bar.x >= 0 && bar.x + bar.width <= WIDTH + 2));
        assert!(Records::draw(Vec::new(), day("2026-11-30")).bars.is_empty());
    }
}
