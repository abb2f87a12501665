//! How fast the desk answers: an honest estimate for those who ask, with how often the last one was right, and a forecast
//! for staff of what will not be answered in time. Both only from thirty answered inquiries on, in working time.

mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::desk::calendar::{self, Calendar};
use crate::platform::db::{DbError, Tx};

/// Fewer answers than this say nothing.
const ENOUGH: usize = 30;
/// Answers looked at.
const LATEST: i64 = 200;
/// Open tickets looked at: a queue longer than this is late in any case.
const MOST: i64 = 5_000;
/// How long a look is good for.
const AGE: Duration = Duration::seconds(60);

/// How fast the desk answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Working seconds within which half of the latest inquiries were answered.
    pub half_within: i64,
    /// Working seconds within which four of five were.
    pub most_within: i64,
    /// Of the newer half, the share in percent that was answered within what the older half would have promised: how
    /// right this estimate has been.
    pub kept_percent: i64,
    /// Answers in a working hour.
    pub per_hour: f64,
}

/// What staff are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Open tickets whose time is over already.
    pub overdue: i64,
    /// Open tickets that will not be answered in time at the present pace.
    pub will_be_late: i64,
}

/// Both, as one look found them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Look {
    /// `None` before there are enough answers.
    pub pace: Option<Pace>,
    /// Likewise.
    pub forecast: Option<Forecast>,
}

impl Pace {
    /// From inquiries, the one answered last in front: when each came and was answered.
    pub fn of(answered: &[(DateTime<Utc>, DateTime<Utc>)], calendar: &Calendar, now: DateTime<Utc>) -> Option<Self> {
        if answered.len() < ENOUGH {
            return None;
        }
        let took: Vec<i64> = answered.iter().map(|(from, to)| calendar.seconds_between(*from, *to)).collect();
        let (newer, older) = took.split_at(took.len() / 2);
        let promised = part(older, 80);
        let kept = newer.iter().filter(|seconds| **seconds <= promised).count();
        let since = answered.iter().map(|(_, at)| *at).min().unwrap_or(now);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred, and seconds of some weeks")]
        let per_hour = answered.len() as f64 / (calendar.seconds_between(since, now).max(3600) as f64 / 3600.0);
        Some(Self {
            half_within: part(&took, 50),
            most_within: part(&took, 80),
            kept_percent: i64::try_from(kept * 100 / newer.len().max(1)).unwrap_or(0),
            per_hour,
        })
    }

    /// What becomes of tickets that are worked in the order of what is due, at this pace.
    pub fn forecast(&self, due: &[DateTime<Utc>], calendar: &Calendar, now: DateTime<Utc>) -> Forecast {
        let mut left = HashMap::new();
        let mut forecast = Forecast { overdue: 0, will_be_late: 0 };
        for (n, due_at) in due.iter().enumerate() {
            if *due_at <= now {
                forecast.overdue += 1;
                continue;
            }
            let seconds = *left.entry(*due_at).or_insert_with(|| calendar.seconds_between(now, *due_at));
            #[expect(clippy::cast_precision_loss, reason = "thousands, and seconds of some weeks")]
            let is_late = (n + 1) as f64 / self.per_hour * 3600.0 > seconds as f64;
            forecast.will_be_late += i64::from(is_late);
        }
        forecast
    }
}

/// The value that so many percent do not exceed.
fn part(values: &[i64], percent: usize) -> i64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(0)
}

/// The looks of one process: a page of the queue must not read the whole queue.
#[derive(Debug, Default)]
pub struct Looks(Mutex<Option<(DateTime<Utc>, Arc<Look>)>>);

impl Looks {
    /// What was found at most a minute ago, or a fresh look.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<Arc<Look>, DbError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, look)) = kept.filter(|(at, _)| (now - *at).abs() < AGE) {
            let _ = at;
            return Ok(look);
        }
        let look = Arc::new(look(tx, now).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&look)));
        Ok(look)
    }
}

async fn look(tx: &mut Tx, now: DateTime<Utc>) -> Result<Look, DbError> {
    let calendar = calendar::ours();
    let Some(pace) = Pace::of(&store::answered(tx, LATEST).await?, calendar, now) else { return Ok(Look::default()) };
    let due = store::due(tx, MOST).await?;
    Ok(Look { pace: Some(pace), forecast: Some(pace.forecast(&due, calendar, now)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::period::parse_instant;

    fn at(typed: &str) -> DateTime<Utc> {
        parse_instant(typed).unwrap()
    }

    /// So many inquiries of Monday morning, answered one after the other, ten minutes each.
    fn answered(n: i64) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut list: Vec<_> = (1..=n)
            .map(|n| (at("2026-12-07 09:30"), calendar::ours().after(at("2026-12-07 09:30"), n * 600)))
            .collect();
        list.reverse();
        list
    }

    #[test]
    fn fewer_than_thirty_answers_say_nothing() {
        let now = at("2026-12-07 17:00");
        assert_eq!(Pace::of(&answered(29), calendar::ours(), now), None);
        assert!(Pace::of(&answered(30), calendar::ours(), now).is_some());
    }

    #[test]
    fn the_estimate_says_what_it_is_worth() {
        // 09:30 to 12:00 and 13:00 to 15:30: five hours for thirty answers.
        let pace = Pace::of(&answered(30), calendar::ours(), at("2026-12-07 15:30")).unwrap();
        assert_eq!((pace.half_within, pace.most_within), (15 * 600, 24 * 600));
        assert_eq!(pace.kept_percent, 0, "the newer half took longer than the older one foretold");
        assert!((pace.per_hour - 30.0 / (29.0 / 6.0)).abs() < 0.01, "{}", pace.per_hour);
    }

    #[test]
    fn what_cannot_be_answered_in_time_is_foretold_in_the_order_of_the_queue() {
        let pace = Pace { half_within: 0, most_within: 0, kept_percent: 0, per_hour: 6.0 };
        let now = at("2026-12-08 16:30");
        let due = |typed, n| std::iter::repeat_n(at(typed), n);
        // An hour is left today: six answers. One more is overdue and is answered first all the same.
        let queue: Vec<_> =
            due("2026-12-08 10:00", 1).chain(due("2026-12-08 17:30", 8)).chain(due("2026-12-09 17:30", 20)).collect();
        assert_eq!(pace.forecast(&queue, calendar::ours(), now), Forecast { overdue: 1, will_be_late: 3 });
        assert_eq!(pace.forecast(&[], calendar::ours(), now), Forecast { overdue: 0, will_be_late: 0 });
    }
}
