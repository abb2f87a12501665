//! The edges of the season: a run at each instant at which a window opens or closes or a result is told, which leaves a
//! line in the log, once, also after downtime; and every night a look whether runs and open tickets still fit the season.
//! Nothing waits for it: forms, verdicts and answers turn on the edge by comparison (design rule 6).

use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::Lang;
use crate::desk::flows::season;
use crate::desk::period;
use crate::platform::db::Tx;

/// See the module.
#[derive(Debug)]
pub struct Edges;

impl Job for Edges {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let season = period::season(tx).await?;
            let reached: Vec<String> = season
                .edges()
                .iter()
                .filter(|edge| edge.at == turn.due_at)
                .map(|edge| {
                    let turns = if edge.opens {
                        "opens"
                    } else if edge.period.is_instant() {
                        "is reached"
                    } else {
                        "closes"
                    };
                    format!("{} {} {turns}", edge.period.name, edge.period.kind.label(Lang::Ja))
                })
                .collect();
            let moved = season::replan(tx, None, turn.now).await?;
            let effects = i64::try_from(moved).unwrap_or(i64::MAX);
            Ok(if reached.is_empty() { Step::done(effects) } else { Step::done(effects).with_note(reached.join("; ")) })
        })
    }
}
