//! Where a season stands, as far as answers and forms care. Pure: the season and the instant come from outside.

use chrono::{DateTime, Duration, Utc};

use super::spec::{Answer, InternalDeadline, Moment, Reader, Spec};
use crate::desk::Lang;
use crate::desk::period::{Period, PeriodKind, Season};

/// What holds at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Every moment that holds.
    pub all: Vec<Moment>,
    /// The open application window.
    pub window: Option<Period>,
    /// When the next application window opens.
    pub next_opens_at: Option<DateTime<Utc>>,
}

impl Moments {
    /// What holds at an instant.
    pub fn at(season: &Season, now: DateTime<Utc>) -> Self {
        let window = season.open_window(PeriodKind::Apply, now).cloned();
        let mut ahead: Vec<_> = of_kind(season, PeriodKind::Apply).map(|p| p.opens_at).filter(|at| *at > now).collect();
        ahead.sort_unstable();
        let year = season.running_year(now);
        let has_begun = of_kind(season, PeriodKind::Apply).any(|p| p.opens_at <= now);
        let stands = if window.is_some() {
            Moment::Open
        } else if !has_begun {
            Moment::Quiet
        } else if season.all_closed(now) {
            Moment::AllClosed
        } else {
            Moment::Between
        };
        let mut all = vec![stands];
        let results = || of_kind(season, PeriodKind::Result).filter(|p| Some(p.fiscal_year) == year);
        if results().any(|p| p.closes_at <= now) {
            all.push(Moment::ResultOut);
        }
        Self { all, window, next_opens_at: ahead.first().copied() }
    }

    /// Whether an answer is meant for now.
    pub fn fit(&self, answer: &Answer) -> bool {
        answer.moments.is_empty() || answer.moments.iter().any(|moment| self.all.contains(moment))
    }
}

fn of_kind(season: &Season, kind: PeriodKind) -> impl Iterator<Item = &Period> {
    season.periods().iter().filter(move |period| period.kind == kind)
}

/// A deadline of the desk for a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The window it is for.
    pub period: Period,
}

/// The deadline for the next window that has not closed; it may have passed already.
pub fn internal_deadline(deadline: &InternalDeadline, season: &Season, now: DateTime<Utc>) -> Option<Due> {
    let next = of_kind(season, deadline.of).filter(|period| period.closes_at > now).min_by_key(|p| p.closes_at)?;
    Some(Due { at: next.closes_at - Duration::days(deadline.days_before_close), period: next.clone() })
}

/// Whether the form of a kind is taken at an instant: the comparison that is the cutoff (design rule 6).
pub fn is_taken(spec: &Spec, season: &Season, at: DateTime<Utc>) -> bool {
    spec.opening.is_none_or(|kind| season.open_window(kind, at).is_some())
}

/// When a closed form opens again, as far as is known.
pub fn next_opening(spec: &Spec, season: &Season, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    of_kind(season, spec.opening?).map(|period| period.opens_at).filter(|at| *at > now).min()
}

impl Reader {
    /// Whom it means, in words.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Applicant => lang.t("応募する方へ", "For applicants"),
            Self::Trainee => lang.t("研修中の方へ", "For doctors in training"),
            Self::Director => lang.t("統括責任者の方へ", "For programme directors"),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::desk::inquiry::{Catalogue, InquiryKind};
    use crate::desk::period::PeriodId;

    fn at(month: u32, day: u32, hour: u32) -> DateTime<Utc> {
        let year = if month < 4 { 2027 } else { 2026 };
        // Hours of Japan.
        Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).unwrap() - Duration::hours(9)
    }

    fn season() -> Season {
        let period = |round: &str, name: &str, kind, opens_at, closes_at| Period {
            id: PeriodId(0),
            fiscal_year: 2027,
            round: round.into(),
            name: name.into(),
            kind,
            opens_at,
            closes_at,
            is_published: true,
            updated_at: opens_at,
            sequence: 0,
        };
        Season::new(vec![
            period("1", "1次募集", PeriodKind::Apply, at(11, 4, 12), at(11, 14, 12)),
            period("1", "1次募集", PeriodKind::Result, at(11, 28, 12), at(11, 28, 12)),
            period("2", "2次募集", PeriodKind::Apply, at(12, 1, 12), at(12, 13, 12)),
        ])
    }

    #[test]
    fn each_part_of_a_season_is_told_from_the_next_at_its_edge() {
        let season = season();
        for (now, expected) in [
            (at(11, 4, 11), vec![Moment::Quiet]),
            (at(11, 4, 12), vec![Moment::Open]),
            (at(11, 14, 11), vec![Moment::Open]),
            (at(11, 14, 12), vec![Moment::Between]),
            (at(11, 28, 12), vec![Moment::Between, Moment::ResultOut]),
            (at(12, 1, 12), vec![Moment::Open, Moment::ResultOut]),
            (at(12, 13, 12), vec![Moment::AllClosed, Moment::ResultOut]),
        ] {
            assert_eq!(Moments::at(&season, now).all, expected, "{now}");
        }
        assert_eq!(Moments::at(&season, at(11, 20, 0)).next_opens_at, Some(at(12, 1, 12)));
        assert_eq!(Moments::at(&Season::default(), at(11, 20, 0)).all, [Moment::Quiet]);
    }

    #[test]
    fn the_internal_deadline_of_a_transfer_lies_two_weeks_before_applications_close() {
        let catalogue = Catalogue::embedded().unwrap();
        let deadline = catalogue.get(InquiryKind::Transfer).unwrap().deadline.clone().unwrap();
        let due = |now| internal_deadline(&deadline, &season(), now).map(|due| (due.at, due.period.name));
        assert_eq!(due(at(10, 1, 9)), Some((at(10, 31, 12), "1次募集".to_owned())));
        assert_eq!(due(at(11, 14, 12)), Some((at(11, 29, 12), "2次募集".to_owned())));
        assert_eq!(due(at(12, 13, 12)), None);
    }

    #[test]
    fn a_form_with_an_opening_is_taken_within_it_and_not_an_instant_longer() {
        let mut spec = Catalogue::embedded().unwrap().get(InquiryKind::Apply).unwrap().clone();
        assert!(is_taken(&spec, &season(), at(11, 20, 0)), "without an opening always");
        spec.opening = Some(PeriodKind::Apply);
        let closes = at(11, 14, 12);
        assert!(is_taken(&spec, &season(), closes - Duration::microseconds(1)));
        assert!(!is_taken(&spec, &season(), closes));
        assert_eq!(next_opening(&spec, &season(), closes), Some(at(12, 1, 12)));
    }
}
