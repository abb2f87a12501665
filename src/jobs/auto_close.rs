//! Closes tickets whose requester was asked something and has not answered for long.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::waiting};
use crate::platform::db::Tx;

/// Closes in one transaction.
const AT_ONCE: i64 = 100;

/// Closes with an event; the requester can still write, which opens the ticket again. No mail is sent.
#[derive(Debug)]
pub struct AutoClose(pub Context);

impl Job for AutoClose {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            Ok(match waiting::close(tx, &self.0, AT_ONCE).await? {
                Some(closed) => Step::of_at_most(AT_ONCE, closed),
                None => Step::done(0).with_note("an edge of a recruitment period is near: nothing is closed"),
            })
        })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(waiting::count_to_close(tx, &self.0, at).await?) })
    }
}
