//! `POST /api/v1/inquiries`: another program opens a ticket, once however often it sends.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use madoguchi::desk::staff::api_token::{self, Scope};
use madoguchi::desk::ticket::{Channel, TicketNumber, store};
use madoguchi::platform::db::{Db, DbError, Tx};
use serde_json::{Value, json};

use super::staff_browser::{Page, TestDesk};
use super::support::on_each_database;

fn inquiry() -> Value {
    json!({
        "kind": "id", "registration_number": "第６１２０４８号", "birth_era": "heisei", "birth_year": 8, "birth_month": "2",
        "birth_day": "3", "family_name": "渡邉", "given_name": "一郎", "family_kana": "わたなべ", "given_kana": "いちろう",
        "email": "i.watanabe@example.jp", "body": "以前のメールが使えません。",
    })
}

async fn token(desk: &TestDesk, db: &Db, scope: Scope) -> String {
    let (random, now) = (desk.state.random.clone(), desk.state.clock.now());
    let add = async move |tx: &mut Tx| api_token::add(tx, scope.as_str(), &[scope], &random, now).await;
    db.write::<_, DbError, _>(add).await.unwrap().unwrap()
}

/// Sends with these header lines; `Content-Type` is JSON.
async fn send(desk: &TestDesk, headers: &[(&str, &str)], body: String) -> (Page, Value) {
    let mut request = Request::post("/api/v1/inquiries").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let page = desk.browser().request(request.body(Body::from(body)).unwrap()).await;
    let read = serde_json::from_str(&page.text).unwrap_or_else(|error| panic!("{error}: {}", page.text));
    (page, read)
}

#[tokio::test]
async fn a_program_opens_a_ticket_and_a_retry_with_the_same_key_is_the_same_ticket() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let bearer = format!("Bearer {}", token(&desk, &db, Scope::Inquiries).await);
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "order-17")];
        let (page, first) = send(&desk, &headers, inquiry().to_string()).await;
        assert_eq!(page.status, StatusCode::CREATED, "{first}");
        let number = TicketNumber::parse(first["ticket"].as_str().unwrap()).unwrap();
        assert_eq!(page.location(), format!("/status?number={number}"));

        let (page, again) = send(&desk, &headers, inquiry().to_string()).await;
        assert_eq!((page.status, &again["ticket"]), (StatusCode::CREATED, &first["ticket"]));
        assert_eq!((&again["passcode"], again["is_new"].as_bool()), (&first["passcode"], Some(false)));
        let mut other = inquiry();
        other["body"] = "別の内容".into();
        assert_eq!(send(&desk, &headers, other.to_string()).await.0.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (page, second) = send(&desk, &[headers[0], ("idempotency-key", "order-18")], other.to_string()).await;
        assert_eq!(page.status, StatusCode::CREATED);
        assert_ne!(second["ticket"], first["ticket"]);

        let ticket = store::find_by_number(&mut db.read().await.unwrap(), &number).await.unwrap().unwrap();
        assert_eq!((ticket.channel, ticket.registration_number), (Channel::Api, Some(612_048)));
        assert_eq!(ticket.requester_name, "渡邉 一郎");
        // The passcode opens the page of the person it was opened for.
        let mut browser = desk.browser();
        let page = browser.get(&format!("/status?number={number}")).await;
        let token = page.csrf();
        let fields = [
            ("csrf_token", token.as_str()),
            ("number", number.as_str()),
            ("passcode", first["passcode"].as_str().unwrap()),
        ];
        assert_eq!(browser.post_as_is("/status", &fields).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_token_for_it_is_refused_and_nothing_is_stored() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (good, accounts) = (token(&desk, &db, Scope::Inquiries).await, token(&desk, &db, Scope::Accounts).await);
        let bearer = |token: &str| format!("Bearer {token}");
        let (good, foreign, accounts) = (bearer(&good), bearer("mdg_unknown"), bearer(&accounts));
        let key = ("idempotency-key", "k");
        for (headers, status) in [
            (vec![key], StatusCode::UNAUTHORIZED),
            (vec![key, ("authorization", foreign.as_str())], StatusCode::UNAUTHORIZED),
            (vec![key, ("authorization", accounts.as_str())], StatusCode::FORBIDDEN),
            (vec![("authorization", good.as_str())], StatusCode::BAD_REQUEST),
        ] {
            let (page, problem) = send(&desk, &headers, inquiry().to_string()).await;
            assert_eq!(page.status, status, "{problem}");
            assert_eq!(page.headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(page.headers.contains_key(header::WWW_AUTHENTICATE), status == StatusCode::UNAUTHORIZED);
        }
        assert_eq!(store::last_event_id(&mut db.read().await.unwrap()).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field_and_nothing_is_stored() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let bearer = format!("Bearer {}", token(&desk, &db, Scope::Inquiries).await);
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let mut wrong = inquiry();
        wrong["birth_day"] = "30".into();
        wrong["email"] = "x".into();
        let (page, problem) = send(&desk, &headers, wrong.to_string()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["birth_day", "email"]);

        let mut unknown = inquiry();
        unknown["colour"] = "red".into();
        unknown["kind"] = "nonsense".into();
        let (page, problem) = send(&desk, &headers, unknown.to_string()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem.to_string().contains("colour") && problem.to_string().contains("login_mail"), "{problem}");

        for (body, status) in [
            ("{".to_owned(), StatusCode::BAD_REQUEST),
            ("[]".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
            (format!("{{\"body\":\"{}\"}}", "a".repeat(300_000)), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            assert_eq!(send(&desk, &headers, body).await.0.status, status);
        }
        assert_eq!(store::last_event_id(&mut db.read().await.unwrap()).await.unwrap(), 0);
        assert_eq!(
            send(&desk, &headers, inquiry().to_string()).await.0.status,
            StatusCode::CREATED,
            "the key is unused"
        );
    })
    .await;
}
