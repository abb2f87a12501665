//! SEC-056: a confidential ticket is seen, found and counted by its readers and by leads, and by nobody else.

use axum::http::StatusCode;
use madoguchi::desk::flows::replacement;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::list::{self, Filter, View};
use madoguchi::desk::ticket::search::{self, Follower};
use madoguchi::desk::ticket::{SeenBy, TicketNumber};
use madoguchi::platform::index::TicketIndex;

use super::image_fixtures::{drawn, jpeg};
use super::images::a_ticket_with;
use super::staff_browser::{Browser, Page, TestDesk};
use super::staff_tickets::a_ticket;
use super::support::on_each_database;

fn total(page: &Page) -> &str {
    page.text.split("data-total=\"").nth(1).unwrap().split('"').next().unwrap()
}

/// Everything a member of staff can open that could tell of the ticket.
async fn sees(browser: &mut Browser, number: &TicketNumber) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        "/staff/tickets".to_owned(),
        "/staff/tickets?view=all".to_owned(),
        "/staff/tickets?view=unassigned".to_owned(),
        "/staff/tickets?status=new".to_owned(),
        format!("/staff/tickets?q={number}"),
        "/staff/tickets?q=%E6%B8%A1%E9%82%89".to_owned(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        if page.has(&format!("/staff/tickets/{number}\""))
            || total(&page) != "0"
            || page.has("<span class=\"count\">1<")
        {
            seen.push(path);
        }
    }
    for path in ["", "/files/1", "/messages/1/raw", "/messages/1/html"] {
        let path = format!("/staff/tickets/{number}{path}");
        let page = browser.get(&path).await;
        if page.status == StatusCode::OK {
            seen.push(path);
        }
    }
    seen
}

#[tokio::test]
async fn sec_056_by_role_a_confidential_ticket_is_seen_found_and_counted_only_by_those_who_may_know_of_it() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, number) = a_ticket(&desk).await;
        let path = format!("/staff/tickets/{number}");
        let (_, mut keeper) = desk.signed_in("keeper", Role::Agent).await;
        let (other_id, mut other) = desk.signed_in("other", Role::Agent).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (_, mut admin) = desk.signed_in("admin", Role::Admin).await;
        assert_eq!(sees(&mut other, &number).await.len(), 7, "open to all at first");

        let done = keeper.post(&format!("{path}/confidential"), &[("value", "1")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        for (name, browser, may) in [
            ("keeper", &mut keeper, true),
            ("another agent", &mut other, false),
            ("viewer", &mut viewer, false),
            ("lead", &mut lead, true),
            ("admin", &mut admin, true),
        ] {
            let seen = sees(browser, &number).await;
            assert_eq!(seen.len(), if may { 7 } else { 0 }, "{name}: {seen:?}");
        }
        for act in
            ["open", "reply", "note", "change", "take", "spam", "link", "elsewhere", "login-help", "confidential"]
        {
            let page = other.post(&format!("{path}/{act}"), &[]).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{act} answers like a number that is nobody's");
        }
        let nobodys = other.get("/staff/tickets/26-2222-2222").await;
        assert_eq!((nobodys.status, nobodys.text.len()), {
            let page = other.get(&path).await;
            (page.status, page.text.len())
        });

        let id = other_id.to_string();
        keeper.post(&format!("{path}/confidential"), &[("reader", &id), ("may", "1")]).await;
        assert_eq!(sees(&mut other, &number).await.len(), 7, "a reader");
        assert!(keeper.get(&path).await.has("機密") && keeper.get(&path).await.has("読める人"));
        lead.post(&format!("{path}/confidential"), &[("reader", &id), ("may", "0")]).await;
        assert!(sees(&mut other, &number).await.is_empty());
        lead.post(&format!("{path}/change"), &[("assignee", &id)]).await;
        assert_eq!(sees(&mut other, &number).await.len(), 7, "whoever works on it reads it");
        lead.post(&format!("{path}/confidential"), &[("value", "0")]).await;
        assert_eq!(sees(&mut viewer, &number).await.len(), 7, "open again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_056_the_index_counts_no_confidential_ticket_for_those_who_may_not_know_of_it() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, number) = a_ticket(&desk).await;
        let (keeper, mut browser) = desk.signed_in("keeper", Role::Agent).await;
        browser.post(&format!("/staff/tickets/{number}/confidential"), &[("value", "1")]).await;
        let folder = tempfile::tempdir().unwrap();
        let index = TicketIndex::open(folder.path()).unwrap();
        let mut follower = Follower::new(index).unwrap();
        follower.catch_up(&db).await.unwrap();
        let index = follower.index().clone();
        index.refresh().unwrap();
        let mut tx = db.read().await.unwrap();
        for (who, expected) in [
            (SeenBy::Anyone, 0),
            (SeenBy::Person(keeper.0 + 1), 0),
            (SeenBy::Person(keeper.0), 1),
            (SeenBy::Everything, 1),
        ] {
            for index in [Some(&index), None] {
                for words in ["渡邉", number.as_str()] {
                    let found = search::find(&mut tx, index, words, who, 10).await.unwrap();
                    assert_eq!(
                        (found.ids.len() as i64, found.total),
                        (expected, expected),
                        "{who:?} {words} {}",
                        index.is_some()
                    );
                }
            }
            assert_eq!(list::count(&mut tx, &View::All, &Filter::seen_by(who)).await.unwrap(), expected);
            assert_eq!(list::counts(&mut tx, who).await.unwrap().needs_staff, expected);
        }
        assert_eq!(
            list::count(&mut tx, &View::All, &Filter::default()).await.unwrap(),
            0,
            "who names nobody sees least"
        );
    })
    .await;
}

#[tokio::test]
async fn sec_056_the_numbers_that_everybody_reads_leave_confidential_tickets_out() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let number = a_ticket_with(&desk, &jpeg(&drawn(1, 1_200), 85)).await;
        let (keeper, mut browser) = desk.signed_in("keeper", Role::Agent).await;
        let waiting = async |who| replacement::list::count_waiting(&mut db.read().await.unwrap(), who).await.unwrap();
        assert_eq!(waiting(SeenBy::Anyone).await, 1);
        browser.post(&format!("/staff/tickets/{number}/confidential"), &[("value", "1")]).await;
        for (who, expected) in [
            (SeenBy::Anyone, 0),
            (SeenBy::Person(keeper.0 + 1), 0),
            (SeenBy::Person(keeper.0), 1),
            (SeenBy::Everything, 1),
        ] {
            assert_eq!(waiting(who).await, expected, "{who:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn f64_a_kind_for_a_few_makes_its_ticket_confidential_when_staff_choose_it_and_they_can_open_it_again() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, number) = a_ticket(&desk).await;
        let path = format!("/staff/tickets/{number}");
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut colleague) = desk.signed_in("colleague", Role::Agent).await;
        agent.post(&format!("{path}/change"), &[("kind", "transfer")]).await;
        assert!(agent.get(&path).await.has("機密"), "whoever sorted it goes on reading it");
        assert_eq!(colleague.get(&path).await.status, StatusCode::NOT_FOUND);
        agent.post(&format!("{path}/confidential"), &[("value", "0")]).await;
        agent.post(&format!("{path}/change"), &[("kind", "transfer"), ("status", "open")]).await;
        assert_eq!(colleague.get(&path).await.status, StatusCode::OK, "another change does not close it again");
    })
    .await;
}
