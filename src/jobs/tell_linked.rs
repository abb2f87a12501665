//! Tells those whose records have been linked, as promised (FAQ F44).

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::linkage};
use crate::platform::db::Tx;

/// Mails in one transaction.
const AT_ONCE: i64 = 50;

/// See the module.
#[derive(Debug)]
pub struct TellLinked(pub Context);

impl Job for TellLinked {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, linkage::tell(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, _: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async { Ok(Some(linkage::count(tx).await?)) })
    }
}
