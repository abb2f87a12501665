//! What people are told before a close: those who asked for it, and staff.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::edge_notices};
use crate::platform::db::Tx;

/// Mails in one transaction.
const AT_ONCE: i64 = 50;
/// More than will ever be due, for counting.
const ALL: i64 = 1_000_000;

/// See the module.
#[derive(Debug)]
pub struct RemindEdge(pub Context);

impl Job for RemindEdge {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let reminded = edge_notices::remind(tx, &self.0, AT_ONCE).await?;
            let told = edge_notices::digest(tx, &self.0).await?;
            Ok(Step { effects: reminded + told, more: reminded >= AT_ONCE, note: None })
        })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move {
            let reminders = edge_notices::due_reminders(tx, at, ALL).await?;
            let digests = edge_notices::due_digests(tx, &self.0, at).await?;
            Ok(Some(i64::try_from(reminders.len() + digests.len()).unwrap_or(i64::MAX)))
        })
    }
}
