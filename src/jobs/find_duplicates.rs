//! Looks every night for registrations of one person (二重登録) and keeps the list that staff work.

use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::account::pairs;
use crate::platform::db::Tx;

/// One look through the mirror; a pair that staff dismissed is not proposed again.
#[derive(Debug)]
pub struct FindDuplicates;

impl Job for FindDuplicates {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let found = pairs::find(tx, turn.now).await?;
            Ok(Step::done(found.new)
                .with_note(format!("{} pair(s) wait for staff, {} new, {} gone", found.open, found.new, found.gone)))
        })
    }
}
