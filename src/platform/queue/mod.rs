//! Recurring work, so that each due instant is worked exactly once whatever happens to the processes (design rule 6,
//! references/reliability.md §2). Truth is in two tables: `schedules` (how far each has been walked) and `runs` (one
//! row per due instant, claimed with a lease and a fencing number). Due-ness and leases are measured by the
//! database's clock. What the work *is* stands elsewhere; this only says whose turn it is.

pub mod cron;
pub mod guard;
pub mod planned;
pub mod proof;
pub mod services;
pub mod store;
mod walk;

use chrono::{DateTime, Duration, Utc};

pub use cron::{Cron, CronFault};
pub use walk::walk;

use crate::{id_type, word_enum};

/// How long a claim holds without a sign of life. A run of a killed process is free again after this (REL-012).
pub const LEASE: Duration = Duration::seconds(60);
/// Attempts before a run is parked as failed, for people to look at (REL-013).
pub const ATTEMPTS: i64 = 5;

id_type! {
    /// Key of a run.
    RunId
}

word_enum! {
    /// Which due instants are made up for after downtime.
    CatchUp {
        /// Every one, in order.
        Each = "each",
        /// Only the latest, which stands for all.
        Last = "last",
        /// None that is older than [`walk::GRACE`].
        None = "none",
    }
}

word_enum! {
    /// Where a run stands.
    RunState {
        /// To be worked.
        Due = "due",
        /// Claimed; free again when its lease ends.
        Running = "running",
        /// Worked: its effects are stored.
        Done = "done",
        /// Given up after [`ATTEMPTS`]; the note says why.
        Failed = "failed",
        /// Passed over on purpose ([`CatchUp::None`]).
        Skipped = "skipped",
    }
}

/// A run somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claim {
    /// The run.
    pub id: RunId,
    /// Its schedule.
    pub schedule: String,
    /// The instant it is for.
    pub due_at: DateTime<Utc>,
    /// Grows with every claim: a late commit under an old number is refused (REL-015).
    pub fencing: i64,
    /// 1 for the first attempt.
    pub attempts: i64,
}

/// How long to wait after the n-th failed attempt: 10 s, 1 min, 5 min, 15 min.
pub fn back_off(attempts: i64) -> Duration {
    match attempts {
        ..=1 => Duration::seconds(10),
        2 => Duration::minutes(1),
        3 => Duration::minutes(5),
        _ => Duration::minutes(15),
    }
}
