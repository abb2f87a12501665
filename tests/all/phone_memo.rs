//! 電話メモ: a call is noted under the number that was named, and the caller gets a link to the form, nothing else.

use axum::http::StatusCode;
use madoguchi::desk::inquiry::Catalogue;
use madoguchi::desk::staff::Role;
use madoguchi::platform::db::query;

use super::kinds::{desk, filled, inputs, post, ticket};
use super::support::on_each_database;

#[tokio::test]
async fn a_call_is_noted_on_the_number_and_the_caller_gets_a_link_that_says_nothing_of_them() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let page = staff.get("/staff/phone").await;
        let key = page.value("form_key");
        let fields = [
            ("form_key", key.as_str()),
            ("kind", "withdraw"),
            ("registration_number", "第６１２０４８号"),
            ("subject", "辞退の手順"),
            ("memo", "渡邉さんより。承認が来ないとのこと。"),
            ("email", "caller@example.jp"),
        ];
        let empty = [("form_key", key.as_str()), ("registration_number", "六"), ("email", "caller@example.jp")];
        let wrong = staff.post("/staff/phone", &empty).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.has("聞いた内容を入力してください") && wrong.has("caller@example.jp"), "nothing typed is lost");
        for _ in 0..2 {
            let kept = staff.post("/staff/phone", &fields).await;
            assert!(
                kept.status == StatusCode::OK
                    && kept.has("c•••@example.jp")
                    && kept.has("/inquiries/withdraw?subject=")
            );
        }
        let mails: Vec<(String, String, String)> = query("SELECT to_address, subject, body FROM outbox")
            .fetch_all(&mut db.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(mails.len(), 1, "the same form is the same memo");
        let (to, subject, body) = &mails[0];
        assert_eq!(to, "caller@example.jp");
        assert!(body.contains("/inquiries/withdraw?subject="));
        for secret in ["612048", "６１２０４８", "渡邉", "承認が来ない"] {
            assert!(!body.contains(secret) && !subject.contains(secret), "{secret} left by mail");
        }

        let link = body.lines().find(|line| line.contains("/inquiries/")).unwrap();
        let path = format!("/inquiries/{}", link.split("/inquiries/").nth(1).unwrap());
        let mut browser = desk.browser();
        let form = browser.get(&path).await;
        assert!(form.has("value=\"辞退の手順\""));
        let typed = filled(&inputs(&form.text), false);
        let ticket = ticket(&db, &post(&mut browser, "/inquiries/withdraw/submit", &typed).await).await;
        let shown = staff.get(&format!("/staff/tickets/{}", ticket.number)).await;
        assert!(shown.has("電話メモ") && shown.has("承認が来ないとのこと"), "the memo stands beside the ticket");
        let (_, mut viewer) = desk.signed_in("見学", Role::Viewer).await;
        assert_eq!(viewer.get("/staff/phone").await.status, StatusCode::FORBIDDEN);
    })
    .await;
}
