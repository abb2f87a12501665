//! `PUT /api/v1/accounts`: the online system brings the mirror up to date.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use madoguchi::desk::account::nested::{self, WithdrawalDecision};
use madoguchi::desk::account::{ApplicationState, Phase, store};
use madoguchi::desk::staff::api_token::{self, Scope};
use madoguchi::platform::db::{Db, DbError, Tx};
use serde_json::{Value, json};

use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn taro() -> Value {
    json!({
        "account_id": "A1", "registration_number": 512345, "birthdate": "平成8年4月9日", "family_name": "渡邉",
        "given_name": "太郎", "family_kana": "ワタナベ", "given_kana": "タロウ", "former_names": ["佐藤", "鈴木"],
        "email": "taro@example.jp", "phase": "研修中", "entry_fiscal_year": "令和6年度", "application_state": "accepted",
        "registered_at": "2026-10-01T09:30:00+09:00", "licence_image": null,
        "applications": [
            { "fiscal_year": 2026, "round": "1", "program": "青葉", "specialty": "内科", "state": "rejected", "decided_at": "2025-11-20" },
            { "fiscal_year": 2026, "round": "2", "program": "若葉", "specialty": "外科", "state": "採用" },
        ],
        "withdrawal": { "requested_at": "2026-01-10 10:00", "reason_given": "転居", "decision": "approved" },
        "records": [
            { "from": "2025/4/1", "to": null, "status": "研修中", "site": "青葉病院" },
            { "from": "令和6年4月1日", "to": "2025-03-31", "status": "中断", "interruption_reason": "育児", "note": "" },
        ],
        "former_emails": ["OLD@example.jp"],
    })
}

async fn token(desk: &TestDesk, db: &Db, scope: Scope) -> String {
    token_named(desk, db, scope, scope.as_str().to_owned()).await
}

/// A token; of a name there is one.
pub async fn token_named(desk: &TestDesk, db: &Db, scope: Scope, name: String) -> String {
    let (random, now) = (desk.state.random.clone(), desk.state.clock.now());
    let add = async move |tx: &mut Tx| api_token::add(tx, &name, &[scope], &random, now).await;
    format!("Bearer {}", db.write::<_, DbError, _>(add).await.unwrap().unwrap())
}

pub async fn put(desk: &TestDesk, token: &str, query: &str, kind: &str, body: String) -> (StatusCode, Value) {
    let request = Request::put(format!("/api/v1/accounts{query}"))
        .header(header::CONTENT_TYPE, kind)
        .header(header::AUTHORIZATION, token)
        .body(Body::from(body))
        .unwrap();
    let page = desk.browser().request(request).await;
    let read = serde_json::from_str(&page.text).unwrap_or_else(|error| panic!("{error}: {}", page.text));
    (page.status, read)
}

fn counts(report: &Value) -> [i64; 4] {
    ["new", "changed", "same", "refused"].map(|name| report[name].as_i64().unwrap())
}

#[tokio::test]
async fn the_same_request_twice_leaves_the_same_mirror_and_nested_data_come_along() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let token = token(&desk, &db, Scope::Accounts).await;
        let send = async |query: &str, body: Value| put(&desk, &token, query, "application/json", body.to_string()).await;
        let (status, report) = send("?dry_run=true", json!([taro()])).await;
        assert_eq!((status, counts(&report)), (StatusCode::OK, [1, 0, 0, 0]), "{report}");
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 0);
        assert_eq!(counts(&send("", json!([taro()])).await.1), [1, 0, 0, 0]);
        assert_eq!(counts(&send("", json!([taro()])).await.1), [0, 0, 1, 0]);

        let mut tx = db.read().await.unwrap();
        let account = store::find_by_account_id(&mut tx, "A1").await.unwrap().unwrap();
        assert_eq!(account.record.former_names, ["佐藤", "鈴木"]);
        assert_eq!((account.record.phase, account.record.entry_fiscal_year), (Some(Phase::Trainee), Some(2024)));
        assert_eq!((account.record.former_emails.as_slice(), account.source.as_str()), (["OLD@example.jp".to_owned()].as_slice(), "api:accounts"));
        let applications = nested::store::applications(&mut tx, account.id).await.unwrap();
        assert_eq!(applications.iter().map(|a| a.state).collect::<Vec<_>>(), [ApplicationState::Rejected, ApplicationState::Accepted]);
        let withdrawal = nested::store::withdrawal(&mut tx, account.id).await.unwrap().unwrap();
        assert_eq!((withdrawal.decision, withdrawal.mailed_at), (Some(WithdrawalDecision::Approved), None));
        let records = nested::store::training_records(&mut tx, account.id).await.unwrap();
        assert_eq!(records.iter().map(|r| r.status.as_str()).collect::<Vec<_>>(), ["中断", "研修中"], "by their beginning");
        drop(tx);

        // What an object does not have stays; what it empties goes.
        let less = json!({ "account_id": "A1", "registration_number": "512345", "birthdate": "1996-04-09", "family_name": "渡邉", "given_name": "太郎", "records": [], "withdrawal": null });
        assert_eq!(counts(&send("", json!([less])).await.1), [0, 1, 0, 0]);
        let mut tx = db.read().await.unwrap();
        let account = store::find_by_account_id(&mut tx, "A1").await.unwrap().unwrap();
        assert_eq!(account.record.email, "taro@example.jp");
        assert!(nested::store::training_records(&mut tx, account.id).await.unwrap().is_empty());
        assert!(nested::store::withdrawal(&mut tx, account.id).await.unwrap().is_none());
        assert_eq!(nested::store::applications(&mut tx, account.id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn each_wrong_field_is_named_by_index_and_nothing_is_applied_unless_asked() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let token = token(&desk, &db, Scope::Accounts).await;
        let send =
            async |query: &str, body: Value| put(&desk, &token, query, "application/json", body.to_string()).await;
        let mut wrong = taro();
        wrong["account_id"] = "A2".into();
        wrong["birthdate"] = "04/05/1996".into();
        wrong["email"] = "nobody".into();
        wrong["records"][1]["to"] = "2020-01-01".into();
        wrong["applications"][0]["colour"] = "red".into();
        let body = json!([taro(), wrong, taro(), 5, { "account_id": "A3", "shoe_size": 27 }]);
        let (status, report) = send("", body.clone()).await;
        assert_eq!((status, counts(&report)), (StatusCode::UNPROCESSABLE_ENTITY, [1, 0, 0, 4]), "{report}");
        let named: Vec<(i64, &str)> = report["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["index"].as_i64().unwrap(), error["field"].as_str().unwrap()))
            .collect();
        for expected in [
            (1, "birthdate"),
            (1, "email"),
            (1, "records[1].to"),
            (1, "applications[0].colour"),
            (2, "account_id"),
            (3, ""),
            (4, "shoe_size"),
            (4, "family_name"),
        ] {
            assert!(named.contains(&expected), "{expected:?} is not in {named:?}");
        }
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 0);
        let (status, report) = send("?skip_refused=true", body).await;
        assert_eq!((status, counts(&report)), (StatusCode::OK, [1, 0, 0, 4]));
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 1);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_and_what_is_no_list_of_accounts_is_refused() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (good, other) = (token(&desk, &db, Scope::Accounts).await, token(&desk, &db, Scope::Inquiries).await);
        let one = || json!([taro()]).to_string();
        let many = json!(vec![taro(); 1001]).to_string();
        let json_type = "application/json; charset=utf-8";
        for (token, query, kind, body, status) in [
            ("Bearer mdg_unknown", "", json_type, one(), StatusCode::UNAUTHORIZED),
            ("", "", json_type, one(), StatusCode::UNAUTHORIZED),
            (other.as_str(), "", json_type, one(), StatusCode::FORBIDDEN),
            (good.as_str(), "", "text/csv", one(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (good.as_str(), "", json_type, many, StatusCode::PAYLOAD_TOO_LARGE),
            (good.as_str(), "", json_type, " ".repeat(9 * 1024 * 1024), StatusCode::PAYLOAD_TOO_LARGE),
            (good.as_str(), "", json_type, taro().to_string(), StatusCode::UNPROCESSABLE_ENTITY),
            (good.as_str(), "", json_type, "[{".to_owned(), StatusCode::BAD_REQUEST),
            (good.as_str(), "?dry-run=yes", json_type, one(), StatusCode::BAD_REQUEST),
            (good.as_str(), "", json_type, "[]".to_owned(), StatusCode::OK),
        ] {
            let (found, body) = put(&desk, token, query, kind, body).await;
            assert_eq!(found, status, "{body}");
        }
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 0);
    })
    .await;
}
