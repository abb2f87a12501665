//! What people are told before a deadline: requesters who asked for it or whose kind of inquiry promises it, and staff.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::Context;
use crate::desk::flows::reminders::{self, digest};
use crate::desk::inquiry::{self, Catalogue};
use crate::platform::db::Tx;

/// Mails in one transaction.
const AT_ONCE: i64 = 50;
/// More than will ever be due, for counting.
const ALL: i64 = 1_000_000;

/// See the module.
#[derive(Debug)]
pub struct RemindDeadlines {
    ctx: Context,
    kinds: Catalogue,
}

impl RemindDeadlines {
    /// With the kinds of this desk.
    pub fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), kinds: inquiry::ours().clone() }
    }
}

impl Job for RemindDeadlines {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let reminded = reminders::remind(tx, &self.ctx, &self.kinds, AT_ONCE).await?;
            let told = digest::send(tx, &self.ctx).await?;
            Ok(Step { effects: reminded + told, more: reminded >= AT_ONCE, note: None })
        })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move {
            let reminders = reminders::due(tx, &self.kinds, at, ALL).await?.len();
            let digests = digest::due(tx, &self.ctx, at).await?.len();
            Ok(Some(i64::try_from(reminders + digests).unwrap_or(i64::MAX)))
        })
    }
}
