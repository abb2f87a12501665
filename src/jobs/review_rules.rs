//! Asks those who lead the desk to look at rules again whose time is nearly over.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::{Job, JobFault, Recipient, Step, Turn};
use crate::desk::{Context, Lang, flows::rules};
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

    fn recipients<'t>(
        &'t self,
        tx: &'t mut Tx,
        at: DateTime<Utc>,
        limit: i64,
    ) -> BoxFuture<'t, Result<Vec<Recipient>, JobFault>> {
        Box::pin(async move {
            let mut list = Vec::new();
            for (table, holds_until) in rules::due(tx, at).await? {
                let words = [
                    format!("規則「{}」の見直し({holds_until}まで)", table.title.of(Lang::Ja)),
                    format!("review of \"{}\" (until {holds_until})", table.title.of(Lang::En)),
                ];
                for lead in rules::reviewers(tx).await?.into_iter().take(usize::try_from(limit).unwrap_or(0)) {
                    list.push(Recipient::person(lead.name, &lead.email, words.clone()));
                }
            }
            Ok(list)
        })
    }
}
