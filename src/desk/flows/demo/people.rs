//! The invented doctors of the demo: those of `account::synth`, a third of them already in training.

use chrono::{Datelike, NaiveDate};

use crate::desk::account::synth::Synth;
use crate::desk::account::{AccountRecord, ApplicationState, Phase};

/// Exactly `count` registrations; some doctors have registered twice.
pub(super) fn registrations(count: u32, seed: u64, today: NaiveDate) -> Vec<AccountRecord> {
    let count = count as usize;
    let mut accounts = Synth::new(seed).population(count, today).accounts;
    accounts.truncate(count);
    for (n, account) in accounts.iter_mut().enumerate().step_by(3) {
        account.phase = Some(Phase::Trainee);
        account.entry_fiscal_year = Some(i64::from(today.year()) - 1 - (n % 7) as i64);
        account.application_state = Some(ApplicationState::Accepted);
    }
    accounts
}
