//! Reminds those whose image is provisional that the licence itself is wanted.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::provisional};
use crate::platform::db::Tx;

/// Mails in one transaction.
const AT_ONCE: i64 = 50;

/// See the module.
#[derive(Debug)]
pub struct RemindProvisional(pub Context);

impl Job for RemindProvisional {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, provisional::remind(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(provisional::count_due(tx, &self.0, at).await?)) })
    }
}
