//! Workflows of tickets, data linkage and suggested answers, played by the resident, the staff and the job.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::Duration;
use madoguchi::desk::flows::linkage;
use madoguchi::desk::inquiry::Catalogue;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::Ticket;
use madoguchi::desk::ticket::actions::ActError;
use madoguchi::platform::db::{Db, Tx, query};

use super::kinds::{desk, filled, inputs, post, ticket};
use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// Sends the form of a kind with these answers beside what is required.
async fn inquire(desk: &TestDesk, db: &Db, kind: &str, answers: &[(&str, &str)]) -> Ticket {
    desk.state.clock.advance(Duration::minutes(1));
    let mut browser = desk.browser();
    let path = format!("/inquiries/{kind}");
    let mut typed = filled(&inputs(&browser.get(&path).await.text), false);
    typed.extend(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    ticket(db, &post(&mut browser, &format!("{path}/submit"), &typed).await).await
}

async fn step(browser: &mut Browser, ticket: &Ticket, seen: &str, act: &str, note: &str) -> Page {
    let path = format!("/staff/tickets/{}/step", ticket.number);
    browser.post(&path, &[("seen", seen), ("act", act), ("note", note)]).await
}

async fn mails(db: &Db, kind: &str) -> i64 {
    let mut tx = db.read().await.unwrap();
    let (count,): (i64,) =
        query("SELECT COUNT(*) FROM outbox WHERE kind = $1").bind(kind).fetch_one(&mut tx).await.unwrap();
    count
}

#[tokio::test]
async fn a_withdrawal_goes_its_four_steps_and_a_silent_director_is_seen() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let ticket = inquire(&desk, &db, "withdraw", &[("step", "requested")]).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let path = format!("/staff/tickets/{}", ticket.number);
        let page = staff.get(&path).await;
        assert!(page.has("2 承認待ち") && page.has("統括責任者の承認を待ちます"), "{}", page.text);
        assert!(!page.has("日返事がありません"));
        desk.state.clock.advance(Duration::days(2));
        let (_, mut staff) = desk.signed_in("田中", Role::Agent).await;
        assert!(staff.get(&path).await.has("統括責任者から2日返事がありません"));

        let refused = step(&mut staff, &ticket, "requested", "deny", " ").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.has("理由や根拠を書いてから"));
        assert_eq!(step(&mut staff, &ticket, "requested", "approve", "").await.location(), path);
        let late = step(&mut staff, &ticket, "requested", "deny", "話し合い中です").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.has("ほかの方が先へ進めました") && late.has("value=\"話し合い中です\""), "nothing typed is lost");
        assert_eq!(step(&mut staff, &ticket, "approved", "mail", "").await.location(), path);
        let page = staff.get(&path).await;
        assert!(page.has("4 応募できる") && page.has("2 承認待ち → 3 承認済み・メール待ち"), "the timeline tells it");
        assert_eq!(step(&mut staff, &ticket, "mailed", "approve", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let (_, mut viewer) = desk.signed_in("見学", Role::Viewer).await;
        assert!(!viewer.get(&path).await.has("name=\"seen\""));
        assert_eq!(step(&mut viewer, &ticket, "mailed", "correct", "x").await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_new_name_needs_proof_and_two_people_and_a_university_one() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let name = inquire(&desk, &db, "profile", &[("item", "name"), ("proof", "licence")]).await;
        let (_, mut first) = desk.signed_in("佐藤", Role::Lead).await;
        let (_, mut agent) = desk.signed_in("鈴木", Role::Agent).await;
        let (_, mut second) = desk.signed_in("高橋", Role::Lead).await;
        let ok = StatusCode::SEE_OTHER;
        assert_eq!(step(&mut first, &name, "asked", "see_proof", "免許証で確認").await.status, ok);
        for browser in [&mut first, &mut agent] {
            let refused = step(browser, &name, "proof_seen", "approve", "よい").await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.has("別の、責任者以上の方"));
        }
        assert_eq!(step(&mut second, &name, "proof_seen", "approve", "よい").await.status, ok);

        let university = inquire(&desk, &db, "profile", &[("item", "university")]).await;
        assert_eq!(step(&mut agent, &university, "asked", "see_proof", "卒業証書").await.status, ok);
        assert_eq!(step(&mut agent, &university, "proof_seen", "approve", "よい").await.status, ok);
    })
    .await;
}

#[tokio::test]
async fn when_a_cell_is_linked_everybody_who_waits_for_it_is_told_once() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let waits = [("specialty", "内科"), ("entry_fiscal_year", "2024"), ("topic", "linkage")];
        let first = inquire(&desk, &db, "record", &waits).await;
        inquire(&desk, &db, "record", &[waits[0], waits[1], waits[2], ("email", "other@example.jp")]).await;
        inquire(&desk, &db, "record", &[("specialty", "内科"), ("entry_fiscal_year", "2023"), waits[2]]).await;
        inquire(&desk, &db, "record", &[waits[0], waits[1], ("topic", "how")]).await;

        let tell = async || {
            let context = desk.state.context();
            db.write::<_, ActError, _>(async move |tx: &mut Tx| linkage::tell(tx, &context, 50).await).await.unwrap()
        };
        assert_eq!(tell().await, 0, "nothing is linked yet");
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let cell = |state| [("specialty", "内科"), ("year", "2024"), ("state", state)];
        for state in ["linking", "linked", "linked"] {
            assert_eq!(staff.post("/staff/linkage", &cell(state)).await.location(), "/staff/linkage");
        }
        let grid = staff.get("/staff/linkage").await;
        assert!(grid.has("連携済") && grid.has("2件"), "{}", grid.text);
        assert_eq!(tell().await, 2);
        assert_eq!((tell().await, mails(&db, "linkage_done").await), (0, 2), "once");
        staff.post("/staff/linkage", &cell("planned")).await;
        staff.post("/staff/linkage", &cell("linked")).await;
        assert_eq!(tell().await, 0, "also when the cell is set again");
        assert!(staff.get(&format!("/staff/tickets/{}", first.number)).await.has("データ連携の完了を知らせました"));
        let wrong = [("specialty", "魔法科"), ("year", "2024"), ("state", "linked")];
        assert_eq!(staff.post("/staff/linkage", &wrong).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_suggested_answer_is_filled_in_and_what_may_not_leave_is_stopped_with_the_text_kept() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let ticket = inquire(&desk, &db, "result", &[]).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let path = format!("/staff/tickets/{}", ticket.number);
        let page = staff.get(&path).await;
        assert!(page.has("おすすめの定型文") && page.has("?canned=result_login#answer") && page.has("種別：採否結果"));
        let page = staff.get(&format!("{path}?canned=result_login")).await;
        let body = page.text.split("name=\"body\"").nth(1).unwrap();
        assert!(body.split("</textarea>").next().unwrap().contains("渡邉 一郎 様"), "the words are filled in");

        let mut reply = async |body: &str| {
            let seen = ticket.last_seq.to_string();
            let fields =
                [("mode", "reply"), ("body", body), ("seen_seq", &seen), ("then", "resolved"), ("to", "typed")];
            staff.post(&format!("{path}/reply"), &fields).await
        };
        for (text, why) in [
            ("確認しました。採用されました。", "採否の結果にあたる言葉"),
            ("次のリンクからお送りください。{upload_link}", "{upload_link}"),
            ("パスワード：abc123", "パスワードにあたる文"),
            ("医籍登録番号 612049 の件です。", "別の医籍登録番号"),
        ] {
            let page = reply(text).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
            assert!(page.has(why) && page.has(text), "{text}");
        }
        assert_eq!(mails(&db, "staff_reply").await, 0);
        let sent = reply("結果は、ログインして「採否結果」をご覧ください。").await;
        assert_eq!((sent.status, mails(&db, "staff_reply").await), (StatusCode::SEE_OTHER, 1));
    })
    .await;
}

#[tokio::test]
async fn every_kind_shows_its_answers_to_staff_under_their_names() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Lead).await;
        for spec in desk.state.kinds().clone().all() {
            desk.state.clock.advance(Duration::minutes(1));
            let mut browser = desk.browser();
            let path = format!("/inquiries/{}", spec.kind);
            let mut typed: BTreeMap<_, _> = filled(&inputs(&browser.get(&path).await.text), true);
            typed.insert("email".into(), format!("{}@example.jp", spec.kind));
            let ticket = ticket(&db, &post(&mut browser, &format!("{path}/submit"), &typed).await).await;
            let page = staff.get(&format!("/staff/tickets/{}", ticket.number)).await;
            assert_eq!(page.status, StatusCode::OK);
            for field in &spec.form.fields {
                assert!(page.has(&format!("<dt>{}</dt>", field.label.ja)), "{}: {}", spec.kind, field.label.ja);
                assert!(!page.has(&format!("<dt>{}</dt>", field.name)), "{}: {}", spec.kind, field.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_transfer_and_a_ticket_that_speaks_of_harassment_are_for_a_small_circle() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let transfer = inquire(&desk, &db, "transfer", &[]).await;
        let spoken = inquire(&desk, &db, "curriculum", &[("harassment", "yes")]).await;
        let open = inquire(&desk, &db, "curriculum", &[("harassment", "no")]).await;
        let (_, mut agent) = desk.signed_in("佐藤", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("高橋", Role::Lead).await;
        let list = agent.get("/staff/tickets").await;
        for ticket in [&transfer, &spoken] {
            assert!(ticket.is_confidential && !list.has(&ticket.number));
            let path = format!("/staff/tickets/{}", ticket.number);
            assert_eq!(agent.get(&path).await.status, StatusCode::NOT_FOUND);
            assert_eq!(lead.get(&path).await.status, StatusCode::OK);
        }
        assert!(!open.is_confidential && list.has(&open.number));
    })
    .await;
}
