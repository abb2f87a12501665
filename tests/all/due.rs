//! The queue by what is due: the nearer of the close a ticket touches and its promised answer, which stands still while
//! the requester is waited for.

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::inquiry::{self, InquiryKind, Terms};
use madoguchi::desk::period::parse_instant;
use madoguchi::desk::staff::{Role, StaffId};
use madoguchi::desk::ticket::list::{self, Filter, View};
use madoguchi::desk::ticket::{SeenBy, Status, Ticket, TicketId, actions, due, store};
use madoguchi::platform::db::{Db, DbError, Tx};

use super::edges::{import, received};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

/// Sets the status at an instant and gives the ticket as it stands then.
async fn moved(desk: &TestDesk, staff: StaffId, id: TicketId, status: Status, when: &str) -> Ticket {
    let now = at(when);
    let write = async move |tx: &mut Tx| {
        actions::set_status(tx, id, staff, status, now).await.unwrap();
        store::get(tx, id).await
    };
    desk.state.db.write::<_, DbError, _>(write).await.unwrap()
}

#[tokio::test]
async fn a_promise_stands_still_while_the_requester_is_waited_for_and_is_made_anew_after_the_end() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db);
        let (staff, _) = desk.signed_in("due", Role::Agent).await;
        // An ID is promised within two working days.
        let ticket = received(&desk, InquiryKind::Id, at("2026-12-08 10:00")).await;
        assert_eq!(ticket.answer_by, Some(at("2026-12-10 17:30")));
        assert_eq!(ticket.due_at, at("2026-12-10 17:30"));

        let waits = moved(&desk, staff, ticket.id, Status::WaitingOnRequester, "2026-12-10 16:30").await;
        assert_eq!((waits.answer_by, waits.answer_left_s, waits.due_at), (None, Some(3600), due::never()));
        let open = moved(&desk, staff, ticket.id, Status::Open, "2026-12-12 21:00").await;
        assert_eq!((open.answer_by, open.answer_left_s), (Some(at("2026-12-14 10:30")), None), "an hour of Monday");
        let third = moved(&desk, staff, ticket.id, Status::WaitingOnThirdParty, "2026-12-14 09:40").await;
        assert_eq!(third.answer_by, Some(at("2026-12-14 10:30")), "others' time is ours");

        let closed = moved(&desk, staff, ticket.id, Status::Closed, "2026-12-14 10:00").await;
        assert_eq!((closed.answer_by, closed.due_at), (None, due::never()));
        let again = moved(&desk, staff, ticket.id, Status::Open, "2026-12-15 10:00").await;
        assert_eq!(again.answer_by, Some(at("2026-12-17 17:30")));
    })
    .await;
}

#[tokio::test]
async fn another_kind_has_another_edge_and_another_promise() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        let (staff, _) = desk.signed_in("due", Role::Agent).await;
        let ticket = received(&desk, InquiryKind::Other, at("2024-11-15 11:00")).await;
        assert_eq!((ticket.edge_at, ticket.due_at), (None, at("2024-11-20 17:30")));
        let (id, now) = (ticket.id, at("2024-11-15 12:30"));
        let terms = Terms::of(inquiry::ours(), InquiryKind::Apply, &Default::default());
        let write = async move |tx: &mut Tx| {
            actions::set_kind(tx, id, staff, (InquiryKind::Apply, terms), now).await.unwrap();
            store::get(tx, id).await
        };
        let apply = desk.state.db.write::<_, DbError, _>(write).await.unwrap();
        let noon = at("2024-11-15 12:00");
        assert_eq!((apply.edge_at, apply.is_late, apply.due_at), (Some(noon), false, noon), "received in time");
        assert_eq!(apply.answer_by, Some(at("2024-11-18 17:30")));
    })
    .await;
}

#[tokio::test]
async fn what_is_due_first_stands_in_front_page_by_page_and_none_is_lost() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        let kinds = [InquiryKind::Other, InquiryKind::Apply, InquiryKind::Id, InquiryKind::Record];
        let mut expected = Vec::new();
        for n in 0..12 {
            let ticket = received(&desk, kinds[n % 4], at("2024-11-13 10:00") + Duration::minutes(n as i64)).await;
            expected.push((ticket.due_at, ticket.id.0));
        }
        expected.sort_unstable();
        let mut found = Vec::new();
        let filter = Filter::seen_by(SeenBy::Everything);
        loop {
            let mut tx = desk.state.db.read().await.unwrap();
            let page = list::page_by_due(&mut tx, &View::NeedsStaff, &filter, found.last().copied(), 5).await.unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page.iter().map(|line| (line.due_at, line.id.0)));
        }
        assert_eq!(found, expected, "equal instants, too, are walked through one by one");
    })
    .await;
}

#[tokio::test]
async fn the_queue_shows_what_is_due_first_and_the_newest_when_asked() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db);
        let slow = received(&desk, InquiryKind::Other, at("2026-12-08 10:00")).await;
        let quick = received(&desk, InquiryKind::Trouble, at("2026-12-08 10:10")).await;
        let newest = received(&desk, InquiryKind::Other, at("2026-12-08 10:20")).await;
        desk.state.clock.set(at("2026-12-09 16:30"));
        let (_, mut browser) = desk.signed_in("due", Role::Agent).await;
        let queue = browser.get("/staff/tickets").await;
        let place = |page: &super::staff_browser::Page, ticket: &Ticket| page.text.find(&ticket.number).unwrap();
        assert!(place(&queue, &quick) < place(&queue, &slow) && place(&queue, &slow) < place(&queue, &newest));
        assert!(queue.has("回答期限まで 1時間") && queue.has("新しい順にする"), "{}", queue.text);
        let by_age = browser.get("/staff/tickets?sort=new").await;
        assert!(place(&by_age, &newest) < place(&by_age, &quick) && by_age.has("期限の近い順にする"));
    })
    .await;
}

#[tokio::test]
async fn a_page_of_the_queue_is_a_range_of_one_index() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 1).await.unwrap();
    let Db::Sqlite { readers, .. } = &db else { panic!("SQLite") };
    for (view, index) in [
        ("t.needs_staff = 1 AND t.is_spam = FALSE", "tickets_due"),
        ("t.assignee_id = 3 AND t.needs_staff = 1 AND t.is_spam = FALSE", "tickets_assignee"),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT t.id FROM tickets t WHERE {view} AND (t.due_at, t.id) > ('2026', 7) \
             ORDER BY t.due_at, t.id LIMIT 51"
        );
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(readers).await.unwrap();
        let plan = plan.into_iter().map(|row| row.3).collect::<Vec<_>>().join("; ");
        assert!(plan.contains(index) && plan.contains("due_at>") && !plan.contains("TEMP B-TREE"), "{view}: {plan}");
    }
    db.close().await;
}
