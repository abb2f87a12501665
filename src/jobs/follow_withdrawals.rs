//! Withdrawals follow the copy of the online system, and silent directors are written to (FAQ F24).

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::recipients::what;
use super::{Job, JobFault, Recipient, Step, Turn};
use crate::desk::Context;
use crate::desk::flows::withdrawals::{self, Due};
use crate::platform::db::Tx;

/// Cases in one transaction.
const AT_ONCE: i64 = 50;

/// See the module.
#[derive(Debug)]
pub struct FollowWithdrawals(pub Context);

impl Job for FollowWithdrawals {
    fn step<'t>(&'t self, tx: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::of_at_most(AT_ONCE, withdrawals::follow(tx, &self.0, AT_ONCE).await?)) })
    }

    fn reach<'t>(&'t self, tx: &'t mut Tx, at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async move { Ok(Some(withdrawals::count_due(tx, at).await?)) })
    }

    fn recipients<'t>(
        &'t self,
        tx: &'t mut Tx,
        at: DateTime<Utc>,
        limit: i64,
    ) -> BoxFuture<'t, Result<Vec<Recipient>, JobFault>> {
        Box::pin(async move {
            let mut list = Vec::new();
            for (ticket, due) in withdrawals::due(tx, at, limit).await? {
                list.push(match due {
                    Due::Move(..) => Recipient::of_ticket(
                        &ticket,
                        what("段階を登録情報に合わせる(メールは送りません)", "its step follows the copy (no mail)"),
                    ),
                    Due::Nudge(to) => Recipient {
                        ticket: Some(ticket.id),
                        ..Recipient::person(
                            ticket.number,
                            to.as_str(),
                            what("統括責任者への連絡", "a letter to the director"),
                        )
                    },
                });
            }
            Ok(list)
        })
    }
}
