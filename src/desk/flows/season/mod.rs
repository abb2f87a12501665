//! A change of the season and all that hangs on it: what it would do, said before it is done; then periods, their history
//! and the edges of open tickets in one transaction (rooms: period, ticket).

mod store;

use chrono::{DateTime, Utc};

use super::reminders;
use crate::desk::Context;
use crate::desk::calendar;
use crate::desk::inquiry::kinds_touching;
use crate::desk::period::change::{self, Stood};
use crate::desk::period::check::{self, Finding, Wanted};
use crate::desk::period::{self, Counts, NewPeriod, Period, PeriodId, PeriodKind, Season, store as periods};
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::by_job;
use crate::platform::crypto::sha256_hex;
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::{CatchUp, planned};

/// What somebody wants to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Written down, in place of those of the same fiscal year, round and kind.
    pub put: Vec<NewPeriod>,
    /// Whether people see what is written.
    pub is_published: bool,
    /// Taken away.
    pub remove: Vec<PeriodId>,
}

/// A close that moves, comes or goes: the notices before it move along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replanned {
    /// What the period is called.
    pub name: String,
    /// What it is for.
    pub kind: PeriodKind,
    /// The close as people know it now; `None` when they know of none.
    pub from: Option<DateTime<Utc>>,
    /// The close as it would be; `None` when there would be none.
    pub to: Option<DateTime<Utc>>,
    /// Requesters who were told of the old close and can be sent a correction.
    pub told: i64,
    /// People with a provisional image who were reminded of it; they are reminded again by themselves.
    pub provisional: i64,
}

/// What a change would do.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Periods that would be written, as they are and as they would be.
    pub put: Vec<Wanted>,
    /// Periods that would go.
    pub removed: Vec<Period>,
    /// How many of those asked for stand there just so already.
    pub same: usize,
    /// What is wrong or worth a look.
    pub findings: Vec<Finding>,
    /// Closes whose notices are planned anew.
    pub replanned: Vec<Replanned>,
    /// Open tickets that would touch another close; those that turn late; those that turn to in time.
    pub moved: (i64, i64, i64),
    /// The season all this was worked out from: another one by now asks for another look.
    pub seen: String,
}

impl Effect {
    /// Whether it must not be done.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.refuses)
    }

    /// Whether nothing would be different.
    pub fn is_nothing(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }

    /// How many requesters could be sent a correction.
    pub fn told(&self) -> i64 {
        self.replanned.iter().map(|moved| moved.told).sum()
    }
}

/// Works out what a change would do. Writes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn effect(tx: &mut Tx, wish: &Wish, now: DateTime<Utc>) -> Result<Effect, DbError> {
    let all = periods::list(tx).await?;
    let seen = fingerprint(&all);
    let wanted = change::wanted(tx, wish.put.clone(), wish.is_published).await?;
    let removed: Vec<Period> = all.iter().filter(|period| wish.remove.contains(&period.id)).cloned().collect();
    let is_kept = |period: &&Period| {
        let is_put = |one: &Wanted| one.before.as_ref().is_some_and(|before| before.id == period.id);
        !wanted.iter().any(is_put) && !removed.iter().any(|gone| gone.id == period.id)
    };
    let rest: Vec<Period> = all.iter().filter(is_kept).cloned().collect();
    let mut findings = check::check(&wanted, &rest, calendar::ours(), now);
    for period in &removed {
        findings.extend(refers(tx, period).await?);
    }
    let season = Season::new(rest.into_iter().chain(wanted.iter().map(as_period)).collect());
    let moved = count_moved(tx, &season).await?;
    let same = wanted.iter().filter(|one| !one.is_change()).count();
    let put: Vec<Wanted> = wanted.into_iter().filter(Wanted::is_change).collect();
    let replanned = replanned(tx, &put, &removed).await?;
    Ok(Effect { put, removed, same, findings, replanned, moved, seen })
}

/// Makes a change: periods, history, edges of open tickets, and, where `correct` says so, a correction to those who were
/// told of the old date. What [`effect`] refuses must not come here.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn apply(
    tx: &mut Tx,
    ctx: &Context,
    effect: &Effect,
    by: Option<StaffId>,
    correct: bool,
) -> Result<Counts, ActError> {
    let now = ctx.now();
    let mut counts = Counts { same: effect.same, ..Counts::default() };
    for one in &effect.put {
        change::put(tx, one, by, now).await?;
        *(if one.before.is_some() { &mut counts.changed } else { &mut counts.new }) += 1;
    }
    for period in &effect.removed {
        change::remove(tx, period, by, now).await?;
    }
    replan(tx, by, now).await?;
    for moved in effect.replanned.iter().filter(|_| correct) {
        if let Some(from) = moved.from {
            for ticket in reminders::told(tx, from).await? {
                by_job::correct_edge(tx, ctx, ticket, from, moved.to).await?;
            }
        }
    }
    Ok(counts)
}

/// Brings every open ticket to the close that the season as it stands says; returns how many moved. Harmless to repeat.
///
/// # Errors
/// When the database refuses.
pub async fn replan(tx: &mut Tx, by: Option<StaffId>, now: DateTime<Utc>) -> Result<u64, DbError> {
    let season = period::season(tx).await?;
    let mut moved = 0;
    for edge in PeriodKind::ALL {
        let kinds: Vec<_> = kinds_touching(*edge).collect();
        for span in spans(&season, *edge).iter().filter(|_| !kinds.is_empty()) {
            moved += store::move_wrong(tx, &kinds, span, by, now).await?;
        }
    }
    plan(tx, &season, now).await?;
    Ok(moved)
}

/// The schedule of the edges: every night, and at each edge of the season.
pub const EDGES: (&str, &str, CatchUp) = ("edges", "0 50 3 * * *", CatchUp::Last);

/// A run for each edge that is to come; those of dates that have moved go.
async fn plan(tx: &mut Tx, season: &Season, now: DateTime<Utc>) -> Result<(), DbError> {
    let mut instants: Vec<_> = season.edges().iter().map(|edge| edge.at).collect();
    instants.dedup();
    planned::plan(tx, EDGES, &instants, now).await
}

async fn count_moved(tx: &mut Tx, season: &Season) -> Result<(i64, i64, i64), DbError> {
    let mut sum = (0, 0, 0);
    for edge in PeriodKind::ALL {
        let kinds: Vec<_> = kinds_touching(*edge).collect();
        for span in spans(season, *edge).iter().filter(|_| !kinds.is_empty()) {
            let (all, late, in_time) = store::count_wrong(tx, &kinds, span).await?;
            sum = (sum.0 + all, sum.1 + late, sum.2 + in_time);
        }
    }
    Ok(sum)
}

/// The spans of a season; without any window of the kind the whole of time, touching nothing.
fn spans(season: &Season, kind: PeriodKind) -> Vec<period::Span> {
    let spans = season.spans(kind);
    if spans.is_empty() { vec![period::Span { from: None, until: None, touched: None }] } else { spans }
}

/// A close that tickets refer to may be moved and not taken away.
async fn refers(tx: &mut Tx, period: &Period) -> Result<Option<Finding>, DbError> {
    let kinds: Vec<_> = kinds_touching(period.kind).collect();
    let n = store::count_touching(tx, &kinds, period.closes_at).await?;
    Ok((n > 0).then(|| {
        Finding::refusal(
            format!("{}には、この締切に関わる受付が{n}件あるため削除できません。日時を直すか、下書きに戻してください。", period.name),
            format!("{n} tickets refer to the close of {}, so it cannot be removed. Correct its dates, or take it back into draft.", period.name),
        )
    }))
}

async fn replanned(tx: &mut Tx, put: &[Wanted], removed: &[Period]) -> Result<Vec<Replanned>, DbError> {
    let known = |stood: &Stood| stood.is_published.then_some(stood.closes_at);
    let moves = put.iter().map(|one| {
        let from = one.before.as_ref().map(Stood::from).and_then(|stood| known(&stood));
        (one.after.name.clone(), one.after.kind, from, known(&Stood::from(one)))
    });
    let gone = removed.iter().map(|period| (period.name.clone(), period.kind, known(&Stood::from(period)), None));
    let mut replanned = Vec::new();
    for (name, kind, from, to) in moves.chain(gone).filter(|(_, _, from, to)| from != to) {
        let (mut told, mut provisional) = (0, 0);
        if let Some(from) = from {
            told = i64::try_from(reminders::told(tx, from).await?.len()).unwrap_or(i64::MAX);
            if kind == PeriodKind::Apply {
                provisional = store::count_provisional_told(tx, from).await?;
            }
        }
        replanned.push(Replanned { name, kind, from, to, told, provisional });
    }
    Ok(replanned)
}

fn as_period(one: &Wanted) -> Period {
    Period {
        id: one.before.as_ref().map_or(PeriodId(0), |before| before.id),
        fiscal_year: i64::from(one.after.fiscal_year),
        round: one.after.round.clone(),
        name: one.after.name.clone(),
        kind: one.after.kind,
        opens_at: one.after.opens_at,
        closes_at: one.after.closes_at,
        is_published: one.is_published,
        updated_at: one.after.opens_at,
        sequence: 0,
    }
}

/// What tells one state of the season from another.
fn fingerprint(all: &[Period]) -> String {
    let text: String =
        all.iter().map(|p| format!("{}.{}.{};", p.id, p.sequence, p.updated_at.timestamp_micros())).collect();
    sha256_hex(text.as_bytes()).chars().take(16).collect()
}
