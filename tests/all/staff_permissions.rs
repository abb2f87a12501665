//! SEC-052, SEC-053: every route of the desk × every role, from the table that is the truth.

use axum::http::StatusCode;
use madoguchi::desk::staff::Role;
use madoguchi::platform::db::{Tx, query};
use madoguchi::web::staff::permissions::{Needs, Rule, TABLE};

use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// What the router declares, read from its own text.
const ROUTER: &str = include_str!("../../src/web/staff/mod.rs");

async fn ask(browser: &mut Browser, rule: &Rule, number: &str) -> Page {
    let path = rule
        .path
        .replace("{number}", number)
        .replace("{token}", "nothing")
        .replace("{account_id}", "nothing")
        .replace("{other_id}", "nobody")
        .replace("{id}", "999")
        .replace("{seq}", "999");
    if rule.path == "/staff/events" {
        // A stream: its head is the answer.
        let response = browser.open(&path).await;
        return Page { status: response.status(), headers: response.headers().clone(), text: String::new() };
    }
    match rule.method {
        "GET" => browser.get(&path).await,
        // A field that no form has: where the role suffices it is refused as unknown, and nothing changes.
        _ => browser.post(&path, &[("no_such_field", "1")]).await,
    }
}

#[test]
fn sec_052_the_table_and_the_router_name_the_same_routes() {
    let declared: Vec<&str> = ROUTER.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(declared.len() > 20);
    for path in &declared {
        assert!(TABLE.iter().any(|rule| rule.path == *path), "{path} is not in permissions.rs");
    }
    for rule in TABLE {
        assert!(declared.contains(&rule.path), "{} is in permissions.rs and not in the router", rule.path);
    }
}

#[tokio::test]
async fn sec_052_every_route_answers_each_role_as_the_table_says() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, number) = super::staff_tickets::a_ticket(&desk).await;
        let (mut differences, mut refusals) = (Vec::new(), 0_i64);
        for rule in TABLE {
            let page = ask(&mut desk.browser(), rule, number.as_str()).await;
            let is_refused = match rule.method {
                "GET" => page.location().starts_with("/staff/login?next="),
                _ => page.status == StatusCode::FORBIDDEN,
            };
            if is_refused != (rule.needs != Needs::Nothing) {
                differences.push(format!("nobody: {rule:?} {}", page.status));
            }
        }
        for role in Role::ALL {
            for rule in TABLE.iter().filter(|rule| rule.path != "/staff/logout") {
                let (_, mut browser) = desk.signed_in(&format!("{role}{}", place(rule)), *role).await;
                let page = ask(&mut browser, rule, number.as_str()).await;
                let may = match rule.needs {
                    Needs::Nothing => true,
                    Needs::Role(needed) => role.includes(needed),
                };
                refusals += i64::from(!may);
                if (page.status != StatusCode::FORBIDDEN) != may || page.status.is_server_error() {
                    differences.push(format!("{role}: {rule:?} {}", page.status));
                }
            }
        }
        assert!(differences.is_empty(), "{differences:#?}");
        let mut tx: Tx = db.read().await.unwrap();
        let (changed,): (i64,) = query("SELECT COUNT(*) FROM events").fetch_one(&mut tx).await.unwrap();
        assert_eq!(changed, 1, "SEC-053: nothing but the receipt of the ticket happened");
        let (refused,): (i64,) =
            query("SELECT COUNT(*) FROM audit WHERE act = 'refused'").fetch_one(&mut tx).await.unwrap();
        assert_eq!(refused, refusals, "each refusal is in the audit");
    })
    .await;
}

/// Unique addresses without a counter: the place of the rule in the table.
fn place(rule: &Rule) -> usize {
    TABLE.iter().position(|r| (r.method, r.path) == (rule.method, rule.path)).unwrap_or_default()
}
