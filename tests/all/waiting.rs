//! Requesters who were asked something: the reminder, the close, and the guard before an edge.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use madoguchi::config::Settings;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::{NewPeriod, PeriodKind, store as periods};
use madoguchi::desk::staff::StaffId;
use madoguchi::desk::ticket::intake::{self, Inquiry, Intake};
use madoguchi::desk::ticket::{Actor, Channel, Status, TicketId, actions, store};
use madoguchi::desk::{Context, Lang};
use madoguchi::jobs::{self, Dispatcher, Stopper, preview, stop};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, DbError, Tx, query};

use crate::support::on_each_database;

/// 09:30 in Japan, after the jobs of the morning.
fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 8, 0, 30, 0).unwrap()
}

struct Desk {
    db: Db,
    ctx: Context,
    dispatcher: Dispatcher,
    staff: StaffId,
    _stopper: Stopper,
}

impl Desk {
    async fn open(db: Db) -> Self {
        let ctx = Context {
            clock: Clock::manual(morning()),
            random: Random::seeded(7),
            keys: Keys::new([5; 32]),
            settings: Arc::new(Settings::from_parts(None, std::iter::empty()).unwrap()),
        };
        let (stopper, stop) = stop::pair();
        let schedules = jobs::schedules(&ctx).unwrap();
        let dispatcher = Dispatcher::new(db.clone(), ctx.clock.clone(), "test", schedules, stop);
        dispatcher.register().await.unwrap();
        let insert = async move |tx: &mut Tx| {
            query("INSERT INTO staff (name, email, role, created_at) VALUES ('佐藤', 's@desk.example', 'agent', $1) RETURNING id")
                .bind(morning())
                .fetch_one::<(StaffId,)>(tx)
                .await
        };
        let (staff,) = db.write(insert).await.map_err(|e: DbError| e).unwrap();
        Self { db, ctx, dispatcher, staff, _stopper: stopper }
    }

    /// A ticket whose requester is asked something now.
    async fn asked(&self, key: &str) -> TicketId {
        let (ctx, staff, key) = (self.ctx.clone(), self.staff, key.to_owned());
        self.db
            .write(async move |tx: &mut Tx| {
                let received = intake::receive(tx, &ctx, &intake_of(&key, &ctx)).await?;
                let ticket = store::find_by_number(tx, &received.number).await?.unwrap();
                actions::set_status(tx, ticket.id, staff, Status::WaitingOnRequester, ctx.now()).await.unwrap();
                Ok::<_, DbError>(ticket.id)
            })
            .await
            .unwrap()
    }

    /// Lets days pass, with the jobs of each.
    async fn days(&self, days: usize) {
        for _ in 0..days {
            self.ctx.clock.advance(Duration::days(1));
            self.dispatcher.run_due().await.unwrap();
        }
    }

    async fn status(&self, id: TicketId) -> Status {
        store::find(&mut self.db.read().await.unwrap(), id).await.unwrap().unwrap().status
    }

    async fn reminders(&self) -> i64 {
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE kind = 'waiting_reminder'";
        query(sql).fetch_one::<(i64,)>(&mut self.db.read().await.unwrap()).await.unwrap().0
    }

    async fn deadline(&self, closes_at: DateTime<Utc>) {
        let new = NewPeriod {
            fiscal_year: 2027,
            round: "1".into(),
            name: "1次募集".into(),
            kind: PeriodKind::Apply,
            opens_at: closes_at - Duration::days(30),
            closes_at,
        };
        let write = async move |tx: &mut Tx| periods::upsert(tx, &new, true, morning()).await;
        self.db.write(write).await.unwrap();
    }
}

fn intake_of(key: &str, ctx: &Context) -> Intake {
    Intake {
        inquiry: Inquiry {
            kind: InquiryKind::Other,
            lang: Lang::Ja,
            subject: "質問".into(),
            body: "教えてください。".into(),
            name: "渡邉 一郎".into(),
            kana: "ワタナベ イチロウ".into(),
            email: format!("{key}@example.jp"),
            email_key: format!("{key}@example.jp"),
            phone: String::new(),
            registration_number: None,
            registration_number_raw: String::new(),
            born_on: None,
            birthdate_raw: String::new(),
            fields: BTreeMap::new(),
        },
        terms: None,
        channel: Channel::Web,
        form_key: key.into(),
        received_at: ctx.now(),
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: false,
        actor: Actor::Requester,
    }
}

#[tokio::test]
async fn who_is_asked_is_reminded_once_after_a_week_and_the_ticket_closed_after_two() {
    on_each_database(|db| async move {
        let desk = Desk::open(db).await;
        let id = desk.asked("a").await;
        desk.days(6).await;
        assert_eq!(desk.reminders().await, 0, "not yet a week");
        desk.days(1).await;
        assert_eq!(desk.reminders().await, 1);
        desk.days(6).await;
        assert_eq!((desk.reminders().await, desk.status(id).await), (1, Status::WaitingOnRequester));
        desk.days(1).await;
        assert_eq!((desk.reminders().await, desk.status(id).await), (1, Status::Closed));
        let events = store::events(&mut desk.db.read().await.unwrap(), id).await.unwrap();
        assert!(events.iter().any(|e| e.kind == "reminded") && events.iter().any(|e| e.kind == "closed_by_job"));
        // A second spell of waiting has its own reminder.
        let (staff, now) = (desk.staff, desk.ctx.now());
        let wait = async move |tx: &mut Tx| actions::set_status(tx, id, staff, Status::WaitingOnRequester, now).await;
        desk.db.write(wait).await.unwrap();
        desk.days(8).await;
        assert_eq!(desk.reminders().await, 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_closed_within_48_hours_before_an_edge() {
    on_each_database(|db| async move {
        let desk = Desk::open(db).await;
        let id = desk.asked("a").await;
        // The close would come at 08:50 on day 15; the edge is at noon two days after that morning, less three hours.
        desk.deadline(morning() + Duration::days(16)).await;
        desk.days(15).await;
        assert_eq!(desk.status(id).await, Status::WaitingOnRequester);
        let run = madoguchi::platform::queue::store::last_of_each(&mut desk.db.read().await.unwrap()).await.unwrap();
        assert!(run.iter().any(|run| run.schedule == "auto_close" && run.note.contains("an edge")));
        desk.days(1).await;
        assert_eq!(desk.status(id).await, Status::WaitingOnRequester);
        desk.days(1).await;
        assert_eq!(desk.status(id).await, Status::Closed, "the edge has passed");
    })
    .await;
}

#[tokio::test]
async fn rel_016_after_three_weeks_of_downtime_nobody_is_reminded_and_closed_in_one_morning() {
    on_each_database(|db| async move {
        let desk = Desk::open(db).await;
        let (long, short) = (desk.asked("a").await, {
            desk.ctx.clock.advance(Duration::days(10));
            desk.asked("b").await
        });
        // The desk is down; 22 and 12 days after they were asked it comes back.
        desk.ctx.clock.advance(Duration::days(12));
        assert_eq!(
            desk.dispatcher.run_due().await.unwrap(),
            jobs::table::TABLE.len(),
            "each schedule once, for all it missed"
        );
        for id in [long, short] {
            assert_eq!(desk.status(id).await, Status::WaitingOnRequester, "reminded late, and so not closed yet");
        }
        assert_eq!(desk.reminders().await, 2);
        // More than 14 days after they were asked, but only two after the late reminder: there is still time to answer.
        desk.days(2).await;
        assert_eq!(
            (desk.status(long).await, desk.status(short).await),
            (Status::WaitingOnRequester, Status::WaitingOnRequester)
        );
        desk.days(2).await;
        assert_eq!((desk.status(long).await, desk.status(short).await), (Status::Closed, Status::Closed));
        assert_eq!(desk.reminders().await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_preview_counts_each_recipient_once_and_changes_nothing() {
    on_each_database(|db| async move {
        let desk = Desk::open(db).await;
        for key in ["a", "b"] {
            desk.asked(key).await;
        }
        desk.ctx.clock.advance(Duration::days(1));
        desk.asked("c").await;
        let mut tx = desk.db.read().await.unwrap();
        let (from, until) = (morning(), morning() + Duration::days(20));
        let coming = preview(&mut tx, desk.dispatcher.schedules(), from, until).await.unwrap();
        let of = |job: &str| -> Vec<i64> { coming.iter().filter(|c| c.job == job).map(|c| c.recipients).collect() };
        assert_eq!(of("remind_waiting").len(), 20);
        assert_eq!(&of("remind_waiting")[6..10], [0, 2, 1, 0]);
        assert_eq!(&of("auto_close")[13..17], [0, 2, 1, 0]);
        assert!(coming.windows(2).all(|pair| pair[0].due_at <= pair[1].due_at));
        let line = serde_json::to_value(coming.iter().find(|c| c.recipients > 0).unwrap()).unwrap();
        assert_eq!(
            line,
            serde_json::json!({ "job": "remind_waiting", "due_at": "2026-12-16T09:00:00+09:00", "recipients": 2 })
        );
        drop(tx);
        assert_eq!(desk.reminders().await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_overview_tells_lag_failures_and_what_comes_next() {
    on_each_database(|db| async move {
        let desk = Desk::open(db).await;
        let look = async || jobs::overview(&mut desk.db.read().await.unwrap(), desk.ctx.now()).await.unwrap();
        let fresh = look().await;
        assert_eq!(fresh.schedules.len(), jobs::table::TABLE.len());
        assert!(fresh.schedules.iter().all(|line| line.lag.is_none() && line.last.is_none() && line.entry.is_some()));
        desk.ctx.clock.advance(Duration::days(1));
        let late = look().await;
        assert!(late.schedules.iter().all(|line| line.lag.is_some()));
        desk.dispatcher.run_due().await.unwrap();
        let done = look().await;
        assert!(done.schedules.iter().all(|line| line.lag.is_none() && line.last.is_some() && !line.has_failed()));
        assert_eq!(done.alarms, 0);
    })
    .await;
}
