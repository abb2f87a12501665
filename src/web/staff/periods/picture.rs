//! The picture of a year: a bar for each period along the months. Drawn by the server, without style or script; the table
//! beside it says the same in words.

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Utc};

use crate::desk::Lang;
use crate::desk::period::{Period, PeriodKind};
use crate::platform::clock::jst;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 190.0;
const ROW: f64 = 26.0;
const TOP: f64 = 28.0;

/// A bar or, for an instant, a diamond.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// Which colour, a class of the style sheet.
    pub class: &'static str,
    /// Published ones are filled.
    pub is_draft: bool,
    pub name: String,
    pub x: String,
    pub y: String,
    pub text_y: String,
    pub width: String,
    /// The corners of the diamond of an instant.
    pub diamond: Option<String>,
}

/// A line between months.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Month {
    pub x: String,
    pub name: String,
}

/// The whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub height: String,
    pub bars: Vec<Bar>,
    pub months: Vec<Month>,
    /// Where the present stands, when it lies within.
    pub now: Option<String>,
}

impl Picture {
    /// The picture of these periods; `None` without any.
    pub(super) fn of(periods: &[Period], now: DateTime<Utc>, lang: Lang) -> Option<Self> {
        let first = periods.iter().map(|p| p.opens_at).min()? - Duration::days(7);
        let last = periods.iter().map(|p| p.closes_at).max()? + Duration::days(7);
        let seconds = |span: Duration| f64::from(i32::try_from(span.num_minutes()).unwrap_or(i32::MAX));
        let x = |at: DateTime<Utc>| LEFT + (WIDTH - LEFT) * seconds(at - first) / seconds(last - first).max(1.0);
        let bars = periods.iter().enumerate().map(|(n, period)| {
            let (y, from, to) =
                (TOP + ROW * f64::from(u16::try_from(n).unwrap_or(u16::MAX)), x(period.opens_at), x(period.closes_at));
            let middle = y + ROW / 2.0;
            let diamond = || {
                format!(
                    "{:.1},{:.1} {:.1},{middle:.1} {:.1},{:.1} {:.1},{middle:.1}",
                    from,
                    middle - 8.0,
                    from + 8.0,
                    from,
                    middle + 8.0,
                    from - 8.0
                )
            };
            Bar {
                class: class(period.kind),
                is_draft: !period.is_published,
                name: format!("{} {}", period.called(lang), period.kind.label(lang)),
                x: format!("{from:.1}"),
                y: format!("{:.1}", y + 4.0),
                text_y: format!("{:.1}", middle + 5.0),
                width: format!("{:.1}", (to - from).max(2.0)),
                diamond: period.is_instant().then(diamond),
            }
        });
        let bars: Vec<_> = bars.collect();
        let height = TOP + ROW * f64::from(u16::try_from(bars.len()).unwrap_or(u16::MAX)) + 6.0;
        let is_within = first <= now && now <= last;
        Some(Self {
            height: format!("{height:.0}"),
            bars,
            months: months(first, last, lang).map(|(at, name)| Month { x: format!("{:.1}", x(at)), name }).collect(),
            now: is_within.then(|| format!("{:.1}", x(now))),
        })
    }
}

fn class(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Apply => "apply",
        PeriodKind::Decide => "decide",
        PeriodKind::Confirm => "confirm",
        PeriodKind::Result => "result",
        PeriodKind::Deadline => "other",
    }
}

/// The first of each month within.
fn months(first: DateTime<Utc>, last: DateTime<Utc>, lang: Lang) -> impl Iterator<Item = (DateTime<Utc>, String)> {
    let start = first.with_timezone(&jst()).date_naive();
    start
        .iter_days()
        .filter(|day: &NaiveDate| day.day() == 1)
        .filter_map(move |day| {
            let at = jst().from_local_datetime(&day.and_hms_opt(0, 0, 0)?).single()?.with_timezone(&Utc);
            let name = if lang.is_ja() { format!("{}月", day.month()) } else { day.format("%b").to_string() };
            Some((at, name))
        })
        .take_while(move |(at, _)| *at <= last)
        .take(36)
}
