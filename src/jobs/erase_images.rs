//! Erases images whose time is over.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::recipients::what;
use super::{Job, JobFault, Recipient, Step, Turn};
use crate::desk::licence::DueImage;
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

    fn recipients<'t>(
        &'t self,
        tx: &'t mut Tx,
        at: DateTime<Utc>,
        limit: i64,
    ) -> BoxFuture<'t, Result<Vec<Recipient>, JobFault>> {
        Box::pin(async move {
            let due = replacement::due(tx, &self.0, at, limit).await?;
            let erased = |one: DueImage| {
                let about = if one.ticket.is_empty() { one.account } else { one.ticket };
                Recipient::thing(about, what("画像を消去(メールは送りません)", "an image erased (no mail)"))
            };
            Ok(due.into_iter().map(erased).collect())
        })
    }
}
