//! Reminds requesters who were asked something and have not answered.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::waiting};
use crate::platform::db::Tx;

/// Reminders in one transaction.
const AT_ONCE: i64 = 50;

/// One reminder in each spell of waiting.
#[derive(Debug)]
pub struct RemindWaiting(pub Context);

impl Job for RemindWaiting {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move { Ok(Step::of_at_most(AT_ONCE, waiting::remind(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(waiting::count_to_remind(tx, &self.0, at).await?)) })
    }
}
