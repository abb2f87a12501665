//! Forgets what has ended: sessions, one-time links, failed sign-ins, runs of long ago.

use chrono::Duration;
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::staff::sign_in;
use crate::platform::db::Tx;
use crate::platform::queue;

/// How long runs are kept; failed ones stay.
const RUNS_KEPT: Duration = Duration::days(90);

/// Housekeeping.
#[derive(Debug)]
pub struct Sweep;

impl Job for Sweep {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            sign_in::sweep(tx, turn.now).await?;
            let runs = queue::store::forget(tx, turn.now - RUNS_KEPT).await?;
            Ok(Step::done(i64::try_from(runs).unwrap_or(i64::MAX)))
        })
    }
}
