//! The published periods in memory, and every question about an instant among them. Pure: a page, a cutoff and a
//! rehearsal ask the same functions.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::Serialize;

use super::{Period, PeriodKind};
use crate::platform::clock::jst;

/// How long before its edge a period is announced on the landing page.
pub const BANNER_BEFORE: Duration = Duration::days(14);

/// All published periods, in the order of their edges.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Season(Vec<Period>);

/// An instant at which a window opens or closes (or, for an instant, happens).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'p> {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the window opens there; an instant counts as closing.
    pub opens: bool,
    /// Whose edge it is.
    pub period: &'p Period,
}

/// The close that something received at an instant is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// The first instant that is too late.
    pub edge_at: DateTime<Utc>,
    /// Whether it was received then or later.
    pub is_late: bool,
}

/// A span of time within which everything received touches the same close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First instant inside; `None` for the beginning of time.
    pub from: Option<DateTime<Utc>>,
    /// First instant outside; `None` for the end of time.
    pub until: Option<DateTime<Utc>>,
    /// The close.
    pub touched: Option<Touched>,
}

/// What the landing page announces: the nearest cutoff that residents must know.
#[derive(Debug, Clone, PartialEq)]
pub struct Banner {
    /// The period whose end is near.
    pub period: Period,
    /// Whether its window is open now.
    pub is_open: bool,
}

/// The state of the clock at an instant, as `madoguchi periods at` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct At {
    /// The windows that are open, the one that closes first in front.
    pub open: Vec<OpenWindow>,
    /// The next instant at which anything opens, closes or happens.
    pub next_edge: Option<DateTime<FixedOffset>>,
    /// Whether all application windows of the running fiscal year are over.
    pub all_closed: bool,
}

/// An open window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenWindow {
    /// The year in which training starts.
    pub fiscal_year: i64,
    /// The round.
    pub round: String,
    /// What it is for.
    pub kind: PeriodKind,
    /// First instant outside, in Japan Standard Time.
    pub closes_at: DateTime<FixedOffset>,
}

impl Season {
    /// A season of these periods; drafts among them are left out.
    pub fn new(mut periods: Vec<Period>) -> Self {
        periods.retain(|period| period.is_published);
        periods.sort_by(|a, b| {
            (a.closes_at, a.opens_at, a.fiscal_year, &a.round, a.kind).cmp(&(
                b.closes_at,
                b.opens_at,
                b.fiscal_year,
                &b.round,
                b.kind,
            ))
        });
        Self(periods)
    }

    /// The published periods, the one that closes first in front.
    pub fn periods(&self) -> &[Period] {
        &self.0
    }

    /// The windows that contain the instant, the one that closes first in front.
    pub fn open_at(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Period> {
        self.0.iter().filter(move |period| period.contains(at))
    }

    /// The open window of a kind that closes first: what a form with an opening period asks.
    pub fn open_window(&self, kind: PeriodKind, at: DateTime<Utc>) -> Option<&Period> {
        self.open_at(at).find(|period| period.kind == kind)
    }

    /// Every edge, in the order of time. At the same instant what closes comes before what opens (one window's end is
    /// the next one's start).
    pub fn edges(&self) -> Vec<Edge<'_>> {
        let mut edges: Vec<_> = self
            .0
            .iter()
            .flat_map(|period| {
                let closes = Edge { at: period.closes_at, opens: false, period };
                let opens = (!period.is_instant()).then_some(Edge { at: period.opens_at, opens: true, period });
                [Some(closes), opens].into_iter().flatten()
            })
            .collect();
        edges.sort_by_key(|edge| (edge.at, edge.opens));
        edges
    }

    /// The first edge after the instant (an edge at the instant itself has happened).
    pub fn next_edge(&self, after: DateTime<Utc>) -> Option<Edge<'_>> {
        self.edges().into_iter().find(|edge| edge.at > after)
    }

    /// The first edge from `at` on that is at most `span` away: while there is one, no ticket is closed by itself.
    pub fn edge_within(&self, at: DateTime<Utc>, span: Duration) -> Option<Edge<'_>> {
        self.edges().into_iter().find(|edge| edge.at >= at && edge.at <= at + span)
    }

    /// The fiscal year whose recruitment runs: the latest one whose first application window has opened, or the first
    /// of all before any has.
    pub fn running_year(&self, at: DateTime<Utc>) -> Option<i64> {
        let apply = || self.0.iter().filter(|period| period.kind == PeriodKind::Apply);
        let begun = apply().filter(|period| period.opens_at <= at).map(|period| period.fiscal_year).max();
        begun.or_else(|| apply().map(|period| period.fiscal_year).min())
    }

    /// Whether no published application window of the running year is open or to come (FAQ F10), until the next
    /// year's first opens. False while no application window is published at all: nothing known is nothing closed.
    pub fn all_closed(&self, at: DateTime<Utc>) -> bool {
        self.running_year(at).is_some_and(|year| {
            !self.0.iter().any(|p| p.kind == PeriodKind::Apply && p.fiscal_year == year && p.closes_at > at)
        })
    }

    /// The nearest end of an application window or other deadline within [`BANNER_BEFORE`].
    pub fn banner(&self, at: DateTime<Utc>) -> Option<Banner> {
        let told = |period: &&Period| matches!(period.kind, PeriodKind::Apply | PeriodKind::Deadline);
        let near = |period: &&Period| period.closes_at > at && period.closes_at <= at + BANNER_BEFORE;
        let period = self.0.iter().filter(told).find(near)?;
        Some(Banner { is_open: period.contains(at), period: period.clone() })
    }

    /// The close of a window of this kind that something received at the instant is in time or late for: that of the
    /// open window; between two windows that of the nearer one, the one that has closed when both are as near.
    pub fn touched(&self, kind: PeriodKind, at: DateTime<Utc>) -> Option<Touched> {
        if let Some(open) = self.open_window(kind, at) {
            return Some(Touched { edge_at: open.closes_at, is_late: false });
        }
        let windows = || self.0.iter().filter(|period| period.kind == kind && !period.is_instant());
        let closed = windows().map(|period| period.closes_at).filter(|closes_at| *closes_at <= at).max();
        let ahead = windows().filter(|period| period.opens_at > at).min_by_key(|period| period.opens_at);
        let late = |edge_at| Touched { edge_at, is_late: true };
        match (closed, ahead) {
            (Some(closed), Some(ahead)) if ahead.opens_at - at >= at - closed => Some(late(closed)),
            (_, Some(ahead)) => Some(Touched { edge_at: ahead.closes_at, is_late: false }),
            (Some(closed), None) => Some(late(closed)),
            (None, None) => None,
        }
    }

    /// The spans of time within which everything received touches the same close ([`Season::touched`]), in their order:
    /// first instant inside (`None` for the beginning of time), first outside (`None` for its end), and the close.
    pub fn spans(&self, kind: PeriodKind) -> Vec<Span> {
        let windows = || self.0.iter().filter(|period| period.kind == kind && !period.is_instant());
        let mut marks: Vec<_> = windows().flat_map(|period| [period.opens_at, period.closes_at]).collect();
        for closed in windows() {
            // Between two windows the verdict turns just after the middle.
            let ahead = windows().map(|period| period.opens_at).filter(|opens| *opens > closed.closes_at).min();
            marks.extend(
                ahead.map(|opens| closed.closes_at + (opens - closed.closes_at) / 2 + Duration::microseconds(1)),
            );
        }
        marks.sort_unstable();
        marks.dedup();
        let Some(first) = marks.first() else { return Vec::new() };
        let mut spans =
            vec![Span { from: None, until: None, touched: self.touched(kind, *first - Duration::microseconds(1)) }];
        for mark in marks {
            let touched = self.touched(kind, mark);
            match spans.last_mut() {
                Some(last) if last.touched == touched => {}
                last => {
                    if let Some(last) = last {
                        last.until = Some(mark);
                    }
                    spans.push(Span { from: Some(mark), until: None, touched });
                }
            }
        }
        spans
    }

    /// The state at an instant, in the shape of contracts.md.
    pub fn at(&self, at: DateTime<Utc>) -> At {
        let open = self
            .open_at(at)
            .map(|period| OpenWindow {
                fiscal_year: period.fiscal_year,
                round: period.round.clone(),
                kind: period.kind,
                closes_at: period.closes_at.with_timezone(&jst()),
            })
            .collect();
        At {
            open,
            next_edge: self.next_edge(at).map(|edge| edge.at.with_timezone(&jst())),
            all_closed: self.all_closed(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::period::{PeriodId, import};

    #[test]
    fn the_spans_say_of_every_instant_what_the_question_says() {
        let new = import::parse(include_bytes!("../../../config/periods_example.csv")).unwrap();
        let periods = new.into_iter().map(|new| Period {
            id: PeriodId(0),
            fiscal_year: i64::from(new.fiscal_year),
            round: new.round,
            name: new.name,
            kind: new.kind,
            opens_at: new.opens_at,
            closes_at: new.closes_at,
            is_published: true,
            updated_at: new.opens_at,
            sequence: 0,
        });
        let season = Season::new(periods.collect());
        for kind in [PeriodKind::Apply, PeriodKind::Decide] {
            let spans = season.spans(kind);
            let (first, last) = (season.periods()[0].opens_at, season.periods().last().unwrap().closes_at);
            assert!(spans.len() > 5, "{kind}");
            let marks = spans
                .iter()
                .filter_map(|span| span.from)
                .flat_map(|at| [-1, 0, 1].map(|n| at + Duration::microseconds(n)));
            let steps = (0..4000).map(|n| first - Duration::days(30) + (last - first + Duration::days(60)) / 4000 * n);
            for at in marks.chain(steps) {
                let within =
                    |span: &&Span| span.from.is_none_or(|from| from <= at) && span.until.is_none_or(|until| at < until);
                let found: Vec<_> = spans.iter().filter(within).collect();
                assert_eq!(found.len(), 1, "{at}");
                assert_eq!(found[0].touched, season.touched(kind, at), "{kind} {at}");
            }
        }
        assert!(Season::default().spans(PeriodKind::Apply).is_empty());
    }
}
