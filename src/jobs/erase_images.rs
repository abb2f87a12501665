//! Erases images whose time is over.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::replacement};
use crate::platform::db::Tx;

/// Images in one transaction.
const AT_ONCE: i64 = 100;

/// See the module. What a run would erase is shown beforehand on the staff page of images.
#[derive(Debug)]
pub struct EraseImages(pub Context);

impl Job for EraseImages {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, replacement::erase_due(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(replacement::count_due(tx, &self.0, at).await?)) })
    }
}
