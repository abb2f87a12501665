//! Reminds those whose image is provisional that the licence itself is wanted.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::recipients::what;
use super::{Job, JobFault, Recipient, Step, Turn};
use crate::desk::Context;
use crate::desk::flows::provisional::list::Owing;
use crate::desk::flows::provisional::{self, Due};
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

    fn recipients<'t>(
        &'t self,
        tx: &'t mut Tx,
        at: DateTime<Utc>,
        limit: i64,
    ) -> BoxFuture<'t, Result<Vec<Recipient>, JobFault>> {
        Box::pin(async move {
            let due = provisional::due(tx, &self.0, at, limit).await?;
            let told = |(owing, due): (Owing, Due)| {
                let words = match due {
                    Due::Told => what("差し替えが要ることの案内", "that the licence is owed"),
                    Due::Step(days) => [format!("差し替えのお願い({days}日)"), format!("the reminder of {days} days")],
                    Due::Close(_) => what("応募の締切前の、差し替えのお願い", "the reminder before a window closes"),
                };
                Recipient::person(owing.account, &owing.email, words)
            };
            Ok(due.into_iter().map(told).collect())
        })
    }
}
