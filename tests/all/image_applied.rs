//! What the machine does by itself about images: it follows the copy of the online system, whichever door that comes in by,
//! and makes the one-time link that a reply asks for.

use axum::http::StatusCode;
use madoguchi::desk::account::{self, ImportOptions};
use madoguchi::desk::flows::{changes, mirrored, provisional};
use madoguchi::desk::licence::{ImageState, store};
use madoguchi::desk::staff::Role;
use madoguchi::desk::staff::api_token::Scope;
use madoguchi::desk::ticket::{TicketNumber, store as tickets};
use madoguchi::platform::db::query;
use serde_json::json;

use super::api_accounts::{put, token_named};
use super::image_review::{case_of, decide, images_of, mail, mails, matched, picture};
use super::images::a_ticket_with;
use super::staff_browser::{Browser, TestDesk};
use super::support::on_each_database;

/// By which door the copy comes in.
#[derive(Debug, Clone, Copy)]
enum Door {
    File,
    Api,
}

const DOORS: [Door; 2] = [Door::File, Door::Api];

/// 山田 花子 as the online system has her now.
async fn mirror(desk: &TestDesk, door: Door, email: &str, phone: &str, image: &str) {
    match door {
        Door::File => {
            let csv = format!(
                "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana,email,phone,registered_at,licence_image\n\
                 A-1001,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,{email},{phone},2026-10-28 09:00,{image}\n"
            );
            let after = Some(mirrored::after_import(&desk.state.context()));
            let options = ImportOptions { after, ..ImportOptions::default() };
            let now = desk.state.clock.now();
            account::import_csv(&desk.state.db, csv.as_bytes(), "accounts.csv", options, now).await.unwrap();
        }
        Door::Api => {
            let name = desk.state.random.token();
            let token = token_named(desk, &desk.state.db, Scope::Accounts, name).await;
            let row = json!([{
                "account_id": "A-1001", "registration_number": "654321", "birthdate": "1996-04-21",
                "family_name": "山田", "given_name": "花子", "family_kana": "ヤマダ", "given_kana": "ハナコ",
                "email": email, "phone": phone, "registered_at": "2026-10-28T09:00:00+09:00", "licence_image": image,
            }]);
            let (status, report) = put(desk, &token, "", "application/json", row.to_string()).await;
            assert_eq!(status, StatusCode::OK, "{report}");
        }
    }
}

async fn owing(desk: &TestDesk) -> usize {
    let ctx = desk.state.context();
    provisional::register(&mut desk.state.db.read().await.unwrap(), &ctx, 10).await.unwrap().len()
}

/// A ticket whose image was approved as the licence.
async fn approved(desk: &TestDesk, agent: &mut Browser) -> TicketNumber {
    let number = a_ticket_with(desk, &picture(1)).await;
    matched(desk).await;
    let image = images_of(desk, &number).await.remove(0);
    let decided = agent.post(&format!("/staff/images/{}/decide", image.public_id), &decide("licence", &[])).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.text);
    assert_eq!(case_of(desk, &number).await, "approved");
    number
}

#[tokio::test]
async fn the_register_of_provisional_images_follows_the_mirror_at_once_by_either_door() {
    for door in DOORS {
        on_each_database(async |db| {
            let desk = TestDesk::new(db);
            mirror(&desk, door, "hanako@file.example", "", "none").await;
            assert_eq!(owing(&desk).await, 0, "{door:?}");
            mirror(&desk, door, "hanako@file.example", "", "provisional").await;
            assert_eq!(owing(&desk).await, 1, "{door:?}: entered with the import that says so");
            mirror(&desk, door, "hanako@file.example", "", "licence").await;
            assert_eq!(owing(&desk).await, 0, "{door:?}: let go with the import that says so");
        })
        .await;
    }
}

#[tokio::test]
async fn when_the_mirror_shows_the_new_image_its_sender_is_told_once_at_the_address_on_file() {
    for door in DOORS {
        on_each_database(async |db| {
            let desk = TestDesk::new(db.clone());
            mirror(&desk, door, "hanako@file.example", "", "provisional").await;
            let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
            let number = approved(&desk, &mut agent).await;
            // The mirror comes again, and still shows the old one.
            mirror(&desk, door, "hanako@file.example", "03-1234-5678", "provisional").await;
            assert_eq!(
                (case_of(&desk, &number).await, mails(&desk, "image_applied").await),
                ("approved", 0),
                "{door:?}"
            );
            mirror(&desk, door, "hanako@file.example", "03-1234-5678", "licence").await;
            assert_eq!(case_of(&desk, &number).await, "told", "{door:?}");
            let (address, body) = mail(&desk, "image_applied").await.unwrap();
            assert_eq!(address, "hanako@file.example", "SEC-085: not to the typed address");
            assert!(body.contains("ご登録に反映されました") && body.contains(number.as_str()), "{body}");
            assert_eq!(changes::store::count_waiting(&mut db.read().await.unwrap()).await.unwrap(), 0);
            for image in ["provisional", "licence"] {
                mirror(&desk, door, "hanako@file.example", "", image).await;
            }
            assert_eq!((case_of(&desk, &number).await, mails(&desk, "image_applied").await), ("told", 1), "{door:?}");
            let page = agent.get(&format!("/staff/tickets/{number}")).await;
            assert!(page.has("反映した") && page.has("通知済み"), "the timeline tells both steps");
        })
        .await;
    }
}

#[tokio::test]
async fn without_an_address_on_file_nobody_is_told_and_the_case_waits_for_staff() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        mirror(&desk, Door::Api, "hanako@file.example", "", "provisional").await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let number = approved(&desk, &mut agent).await;
        mirror(&desk, Door::Api, "", "", "licence").await;
        assert_eq!((case_of(&desk, &number).await, mails(&desk, "image_applied").await), ("applied", 0));
        let told = agent
            .post(&format!("/staff/tickets/{number}/step"), &[("act", "tell"), ("note", ""), ("seen", "applied")])
            .await;
        assert_eq!((told.status, case_of(&desk, &number).await), (StatusCode::SEE_OTHER, "told"), "by hand as ever");
    })
    .await;
}

#[tokio::test]
async fn a_licence_in_place_of_a_licence_says_nothing_and_is_left_to_people() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        mirror(&desk, Door::File, "hanako@file.example", "", "licence").await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let number = approved(&desk, &mut agent).await;
        mirror(&desk, Door::File, "hanako@file.example", "03-1234-5678", "licence").await;
        assert_eq!((case_of(&desk, &number).await, mails(&desk, "image_applied").await), ("approved", 0));
        for (act, seen) in [("apply", "approved"), ("tell", "applied")] {
            let fields = [("act", act), ("note", ""), ("seen", seen)];
            agent.post(&format!("/staff/tickets/{number}/step"), &fields).await;
        }
        assert_eq!(case_of(&desk, &number).await, "told");
    })
    .await;
}

#[tokio::test]
async fn a_reply_with_the_word_for_a_link_carries_one_that_works_once_and_the_thread_does_not() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        mirror(&desk, Door::File, "hanako@file.example", "", "provisional").await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let path = format!("/staff/tickets/{number}");
        let page = agent.get(&format!("{path}?canned=image_replace")).await;
        assert!(page.has("{upload_link}"), "it stays a word until it is sent");
        let ticket = tickets::find_by_number(&mut db.read().await.unwrap(), &number).await.unwrap().unwrap();
        let seen = ticket.last_seq.to_string();
        let body = "山田 花子 様\n\n次のリンクからお送りください。\n\n{upload_link}\n\n以上です。";
        let fields = [
            ("mode", "reply"),
            ("body", body),
            ("seen_seq", seen.as_str()),
            ("then", "waiting_on_requester"),
            ("to", "on_file"),
        ];
        for _ in 0..2 {
            let sent = agent.post(&format!("{path}/reply"), &fields).await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        }
        assert_eq!(mails(&desk, "staff_reply").await, 1, "SEC-119: the same form again is the same reply");
        let (address, mailed) = mail(&desk, "staff_reply").await.unwrap();
        assert_eq!(address, "hanako@file.example");
        assert!(!mailed.contains('{') && mailed.contains("まで、1回だけ使えます"), "{mailed}");
        let link = mailed.lines().find_map(|line| line.strip_prefix("http://127.0.0.1:8080/upload/")).unwrap();
        let thread = agent.get(&path).await;
        assert!(thread.has("メールに書きました") && !thread.has(&format!("upload/{link}")), "the thread opens nothing");
        let stored: Vec<(String,)> =
            query("SELECT body FROM messages").fetch_all(&mut db.read().await.unwrap()).await.unwrap();
        assert!(stored.iter().all(|(body,)| !body.contains(link)));

        let path = format!("/upload/{link}");
        let mut phone = desk.browser();
        let token = phone.get(&path).await.csrf();
        assert_eq!(phone.post_as_is(&path, &[("csrf_token", &token)]).await.location(), "/upload");
        let token = phone.get("/upload").await.csrf();
        let image = picture(2);
        let request =
            super::images::multipart("/upload", &[("csrf_token", token.as_str())], &[("image", "a.jpg", &image)]);
        assert_eq!(phone.request(request).await.status, StatusCode::OK);
        let images = images_of(&desk, &number).await;
        assert_eq!((images.len(), images[1].state), (2, ImageState::Waiting));
        let link = store::latest_link(&mut db.read().await.unwrap(), ticket.id.0).await.unwrap().unwrap();
        assert!(link.used_at.is_some() && link.sent_to == "hanako@file.example");
    })
    .await;
}

#[tokio::test]
async fn sec_084_a_link_goes_to_the_address_its_button_stood_beside_or_nowhere() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let page = agent.get(&format!("/staff/tickets/{number}")).await;
        assert!(page.has("name=\"to\" value=\"typed\"") && page.has("本人が入力したアドレス"));
        // Linked while the page was open.
        mirror(&desk, Door::File, "hanako@file.example", "", "provisional").await;
        matched(&desk).await;
        let send = format!("/staff/tickets/{number}/upload-link");
        let refused = agent.post(&send, &[("to", "typed")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.has("宛先が、この画面を開いたときから変わりました"), "{}", refused.text);
        assert!(refused.has("name=\"to\" value=\"on_file\""), "the page says where it would go now");
        assert_eq!(mails(&desk, "upload_link").await, 0);
        assert_eq!(agent.post(&send, &[("to", "on_file")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(mail(&desk, "upload_link").await.unwrap().0, "hanako@file.example");
        // And the other way round: what was meant for the address on file never goes to a typed one.
        mirror(&desk, Door::File, "", "", "provisional").await;
        assert_eq!(agent.post(&send, &[("to", "on_file")]).await.status, StatusCode::CONFLICT);
        assert_eq!(mails(&desk, "upload_link").await, 1);
    })
    .await;
}
