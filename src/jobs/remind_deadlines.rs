//! Reminds requesters of a deadline that comes near, as their kind of inquiry says.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::inquiry::Catalogue;
use crate::desk::{Context, flows::reminders};
use crate::platform::db::Tx;

/// Mails in one transaction.
const AT_ONCE: i64 = 50;

/// See the module.
#[derive(Debug)]
pub struct RemindDeadlines {
    ctx: Context,
    kinds: Catalogue,
}

impl RemindDeadlines {
    /// With the kinds of this desk.
    pub fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), kinds: Catalogue::of_desk(&ctx.settings.desk.kinds).unwrap_or_default() }
    }
}

impl Job for RemindDeadlines {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, reminders::remind(tx, &self.ctx, &self.kinds, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(reminders::count_due(tx, &self.kinds, at).await?)) })
    }
}
