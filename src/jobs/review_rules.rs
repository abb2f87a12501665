//! Asks those who lead the desk to look at rules again whose time is nearly over.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::{Context, flows::rules};
use crate::platform::db::Tx;

/// See the module.
#[derive(Debug)]
pub struct ReviewRules(pub Context);

impl Job for ReviewRules {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::done(rules::ask_for_reviews(tx, &self.0).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(rules::count_due(tx, at).await?)) })
    }
}
