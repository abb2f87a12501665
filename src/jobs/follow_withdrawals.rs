//! Withdrawals follow the copy of the online system, and silent directors are written to (FAQ F24).

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::Context;
use crate::desk::flows::withdrawals;
use crate::platform::db::Tx;

/// Cases in one transaction.
const AT_ONCE: i64 = 50;

/// See the module.
#[derive(Debug)]
pub struct FollowWithdrawals(pub Context);

impl Job for FollowWithdrawals {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, withdrawals::follow(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(withdrawals::count_due(tx, at).await?)) })
    }
}
