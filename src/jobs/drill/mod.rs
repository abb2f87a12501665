//! A schedule that does nothing but leave a line in the audit for each due instant. The proof campaign
//! (`tests/all/clock_campaign.rs`) lets several processes work it while it kills, stops and cuts them off: what was
//! missed or done twice shows in the lines.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{Dispatcher, Job, JobFault, Schedule, Step, Stop, Turn};
use crate::desk::Context;
use crate::desk::audit;
use crate::platform::db::{Db, Tx};
use crate::platform::queue::{CatchUp, CronFault};

/// The schedules: each due every second, so that a campaign has as many runs as it wants.
const NAMES: [&str; 4] = ["drill_1", "drill_2", "drill_3", "drill_4"];
/// Between two looks; the campaign wants many turns, not an idle process.
const BREATH: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Drill(&'static str);

impl Job for Drill {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let object = format!("{}:{}", self.0, turn.due_at.timestamp());
            audit::append(tx, None, "drill", &object, "", turn.now).await?;
            Ok(Step::done(1))
        })
    }
}

/// Works the drill until the stop; what fails is tried again, as in `serve`.
///
/// # Errors
/// When a pattern is wrong, which a test rules out.
pub async fn run(db: Db, ctx: Context, owner: &str, stop: Stop) -> Result<(), CronFault> {
    let schedule = |name| Schedule::new(name, "* * * * * *", CatchUp::Each, Arc::new(Drill(name)));
    let schedules = NAMES.into_iter().map(schedule).collect::<Result<Vec<_>, _>>()?;
    let dispatcher = Dispatcher::new(db, ctx.clock, owner, schedules, stop.clone());
    while !stop.has_begun() {
        if let Err(error) = dispatcher.run_due().await {
            tracing::warn!(%error, "a turn of the drill failed; it is tried again");
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}
