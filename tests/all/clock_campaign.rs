//! REL-014: three processes work the same due runs on PostgreSQL while they are killed, stopped beyond their lease and cut
//! off from the database. Nothing is missed, nothing is done twice. A few hundred runs here; `tests/campaign 10000` for more.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};

use sqlx::{Connection, PgConnection};

use crate::support::desk::Desk;
use crate::support::on_postgres_url;

/// Due runs, all schedules together.
const RUNS: &str = "MADOGUCHI_CAMPAIGN_RUNS";
const SCHEDULES: i64 = 4;

struct Campaign {
    desk: Desk,
    db: PgConnection,
    workers: Vec<Child>,
    dice: u64,
    events: BTreeMap<&'static str, u32>,
}

impl Campaign {
    /// The next number, the same in every campaign.
    fn roll(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below
    }

    fn start(&self) -> Child {
        self.desk.command(&["jobs", "drill"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn signal(child: &Child, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    async fn wait(&mut self, seconds: f64) {
        sqlx::query("SELECT pg_sleep($1)").bind(seconds).execute(&mut self.db).await.unwrap();
    }

    /// As if the lease of whoever holds a run had ended: a campaign has no minute for each.
    async fn end_leases(&mut self) {
        let end = "UPDATE runs SET lease_until = now() - interval '1 second' WHERE id IN \
                   (SELECT id FROM runs WHERE state = 'running' AND attempts < 4 FOR UPDATE SKIP LOCKED)";
        sqlx::query(end).execute(&mut self.db).await.unwrap();
        // Nor for the pause after a failure.
        let at_once = "UPDATE runs SET ready_at = due_at WHERE id IN \
                       (SELECT id FROM runs WHERE state = 'due' AND ready_at > now() FOR UPDATE SKIP LOCKED)";
        sqlx::query(at_once).execute(&mut self.db).await.unwrap();
    }

    async fn done(&mut self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM runs WHERE state = 'done'").fetch_one(&mut self.db).await.unwrap()
    }

    /// Something goes wrong.
    async fn mishap(&mut self) {
        let which = self.roll(3) as usize;
        match self.roll(3) {
            0 => {
                *self.events.entry("kill -9").or_default() += 1;
                let fresh = self.start();
                let mut killed = std::mem::replace(&mut self.workers[which], fresh);
                killed.kill().unwrap();
                killed.wait().unwrap();
                self.end_leases().await;
            }
            1 => {
                *self.events.entry("stopped beyond the lease").or_default() += 1;
                Self::signal(&self.workers[which], "-STOP");
                self.wait(0.05).await;
                self.end_leases().await;
                self.wait(0.1).await;
                Self::signal(&self.workers[which], "-CONT");
            }
            _ => {
                *self.events.entry("connections cut").or_default() += 1;
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
                sqlx::query(cut).execute(&mut self.db).await.unwrap();
                self.end_leases().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_014_three_processes_under_kills_stops_and_cuts_miss_nothing_and_double_nothing() {
    on_postgres_url(async |url: String| {
        let runs: i64 = std::env::var(RUNS).ok().and_then(|n| n.parse().ok()).unwrap_or(200);
        let mut db = PgConnection::connect(&url).await.unwrap();
        let each = (runs + SCHEDULES - 1) / SCHEDULES;
        // A pause of all workers lets seconds pass; what becomes due then is worked, too, and counted like the rest.
        for n in 1..=SCHEDULES {
            let insert = "INSERT INTO schedules (name, cron, catch_up, is_enabled, walked_to) VALUES ($1, '* * * * * *', 'each', TRUE, \
                          date_trunc('second', now()) - make_interval(secs => $2))";
            sqlx::query(insert).bind(format!("drill_{n}")).bind(each as f64).execute(&mut db).await.unwrap();
        }
        let mut campaign =
            Campaign { desk: Desk::new(Some(&url)), db, workers: Vec::new(), dice: 0x9E37_79B9, events: BTreeMap::new() };
        campaign.workers = (0..3).map(|_| campaign.start()).collect();
        let mut last_done = 0;
        let mut idle = 0;
        // Each sort of mishap comes a few times, however fast the runs are done: new ones become due every second.
        while last_done < runs || campaign.events.len() < 3 || campaign.events.values().any(|n| *n < 3) {
            campaign.wait(0.05).await;
            if campaign.roll(2) == 0 {
                campaign.mishap().await;
            }
            let done = campaign.done().await;
            idle = if done == last_done { idle + 1 } else { 0 };
            assert!(idle < 1_800, "nothing is done any more: {done} of {runs}, {:?}", campaign.events);
            last_done = done;
        }
        for mut worker in std::mem::take(&mut campaign.workers) {
            worker.kill().unwrap();
            worker.wait().unwrap();
        }
        let db = &mut campaign.db;
        let missed: i64 = sqlx::query_scalar(
            "SELECT COALESCE(SUM(gap), 0)::bigint FROM (SELECT EXTRACT(EPOCH FROM due_at - lag(due_at) OVER (PARTITION BY schedule ORDER BY due_at))::bigint - 1 AS gap FROM runs) g WHERE gap > 0",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let doubled: i64 = sqlx::query_scalar(
            "SELECT COALESCE(SUM(n - 1), 0)::bigint FROM (SELECT COUNT(*) AS n FROM audit WHERE act = 'drill' GROUP BY object HAVING COUNT(*) > 1) d",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let (lines, given_up): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM audit WHERE act = 'drill'), (SELECT COUNT(*) FROM runs WHERE state = 'failed')",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let (done, again): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COUNT(*) FILTER (WHERE attempts > 1) FROM runs WHERE state = 'done'")
                .fetch_one(&mut *db)
                .await
                .unwrap();
        eprintln!("REL-014: {done} runs done, {again} of them after another process had begun them; {:?}; missed {missed}, doubled {doubled}", campaign.events);
        assert_eq!((missed, doubled, given_up), (0, 0, 0));
        assert_eq!(lines, done, "a line for each run that is done, and for no other");
    })
    .await;
}
