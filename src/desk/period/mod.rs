//! Recruitment rounds (募集期間) and their edges: half-open windows `[opens_at, closes_at)`, data and not code, since
//! number, names and dates of rounds change from year to year (domain.md §3.1). A cutoff is a comparison with these
//! rows at the instant of full receipt, never a job (design rule 6).

pub mod change;
pub mod check;
pub mod import;
pub mod paste;
mod season;
pub mod store;
mod types;

pub use import::{Counts, LineFault, Refused, import};
pub use season::{At, Banner, Edge, OpenWindow, Season, Span, Touched};
pub use store::season;
pub use types::{NewPeriod, Period, PeriodId, PeriodKind, parse_instant, round_in_english};
