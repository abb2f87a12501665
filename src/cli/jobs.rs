//! `madoguchi jobs list|preview|run`.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::periods::instant;
use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::Lang;
use crate::jobs::{self, Dispatcher, JobFault, RunNowFault, stop};
use crate::platform::clock::jst;
use crate::platform::db::dialect::db_now;
use crate::platform::queue::store::Run;
use crate::platform::queue::{CronFault, RunState};

/// Arguments of `madoguchi jobs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// A schedule a line: when it is due, how its last run went; then a service a line.
    List,
    /// A run a line that will come between two instants, with the number of recipients as things stand.
    Preview {
        /// RFC 3339, or "YYYY-MM-DD HH:MM" in Japan Standard Time
        #[arg(long, value_parser = instant)]
        from: DateTime<Utc>,
        /// The first instant no longer shown
        #[arg(long, value_parser = instant)]
        until: DateTime<Utc>,
    },
    /// Works the schedules of the proof campaign until it is killed; `tests/campaign` starts three of them. It is part of the
    /// released program, hidden: what is killed, stopped and cut off there must be the very program that people run.
    #[command(hide = true)]
    Drill,
    /// Runs a job now and waits for its end.
    Run {
        /// One of `madoguchi jobs list`
        name: String,
    },
}

impl From<JobFault> for Failure {
    fn from(fault: JobFault) -> Self {
        Self::new(fault.to_string())
    }
}
impl From<CronFault> for Failure {
    fn from(fault: CronFault) -> Self {
        Self::new(fault.to_string())
    }
}
impl From<RunNowFault> for Failure {
    fn from(fault: RunNowFault) -> Self {
        Self::new(fault.to_string())
    }
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be used, there is no such job, or the run failed.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    let schedules = jobs::schedules(&app.ctx)?;
    match args.act {
        Act::List => {
            let mut tx = app.db.read().await?;
            let now = db_now(&mut tx, &app.ctx.clock).await?;
            list(&jobs::overview(&mut tx, now).await?, now)
        }
        Act::Preview { from, until } => {
            let mut tx = app.db.read().await?;
            jobs::preview(&mut tx, &schedules, from, until).await?.iter().try_for_each(line)
        }
        Act::Drill => {
            let (_stopper, stop) = stop::pair();
            let owner = format!("drill-{}", app.ctx.random.token());
            Ok(jobs::drill::run(app.db.clone(), app.ctx.clone(), &owner, stop).await?)
        }
        Act::Run { name } => {
            let (stopper, stop) = stop::pair();
            let owner = format!("cli-{}", app.ctx.random.token());
            let dispatcher = Dispatcher::new(app.db.clone(), app.ctx.clock.clone(), &owner, schedules, stop);
            dispatcher.register().await?;
            let run = dispatcher.run_now(&name, "asked for on the command line").await?;
            drop(stopper);
            app.db.close().await;
            line(&told(&run))?;
            match run.state {
                RunState::Done => Ok(()),
                _ => Err(Failure::new(format!("{name} did not end well: {}", run.note))),
            }
        }
    }
}

fn list(overview: &jobs::Overview, now: DateTime<Utc>) -> Result<(), Failure> {
    for schedule in &overview.schedules {
        line(&json!({
            "job": schedule.schedule.name,
            "cron": schedule.schedule.cron,
            "catch_up": schedule.schedule.catch_up,
            "enabled": schedule.schedule.is_enabled,
            "next_due_at": schedule.next_due_at.map(|at| at.with_timezone(&jst())),
            "lag_seconds": schedule.lag.map(|lag| lag.num_seconds()),
            "last": schedule.last.as_ref().map(told),
            "about": schedule.entry.map(|entry| entry.about(Lang::En)),
        }))?;
    }
    for service in &overview.services {
        line(&json!({
            "service": service.name,
            "failing": jobs::is_failing(service, now),
            "last_ok_at": service.last_ok_at.map(|at| at.with_timezone(&jst())),
            "last_error_at": service.last_error_at.map(|at| at.with_timezone(&jst())),
            "last_error": service.last_error,
            "done": service.done,
        }))?;
    }
    Ok(())
}

fn told(run: &Run) -> Value {
    json!({
        "job": run.schedule,
        "due_at": run.due_at.with_timezone(&jst()),
        "state": run.state,
        "effects": run.effects,
        "attempts": run.attempts,
        "finished_at": run.finished_at.map(|at| at.with_timezone(&jst())),
        "note": run.note,
    })
}
