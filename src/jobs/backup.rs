//! Writes a copy of the whole desk every night, where a folder is set.

use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::Context;
use crate::desk::flows::{backup, storage};
use crate::platform::db::{Db, Tx};

/// See the module. A copy that could not be made is a run that failed, which every staff page tells.
#[derive(Debug)]
pub struct Backup(pub Context);

impl Job for Backup {
    fn step<'t>(&'t self, _: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::done(0)) })
    }

    fn outside(&self, db: &Db, _: Turn) -> Option<BoxFuture<'static, Result<Step, JobFault>>> {
        let (db, ctx) = (db.clone(), self.0.clone());
        Some(Box::pin(async move {
            let refused = |error: &dyn std::fmt::Display| JobFault::Refused(error.to_string());
            let blobs = storage::open(&ctx.settings, &ctx.random).map_err(|error| refused(&error))?;
            // Files are read and written all along: a thread of its own holds nobody up.
            let runtime = tokio::runtime::Handle::current();
            let work = move || runtime.block_on(backup::backup_by_job(db, blobs, ctx));
            let copied = tokio::task::spawn_blocking(work).await.map_err(|error| refused(&error))?;
            let copied = copied.map_err(|error| refused(&error))?;
            Ok(match copied {
                None => Step::done(0).with_note("no folder is set (backup.folder): nothing is copied"),
                Some(copied) => {
                    let files = i64::try_from(copied.files).unwrap_or(i64::MAX);
                    Step::done(files).with_note(format!("{} file(s), {} byte(s)", copied.files, copied.bytes))
                }
            })
        }))
    }
}
