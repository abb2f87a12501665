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
use super::repair::{decide_path, import, registration};
use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// Sends the form of a kind with these answers beside what is required.
pub async fn inquire(desk: &TestDesk, db: &Db, kind: &str, answers: &[(&str, &str)]) -> Ticket {
    desk.state.clock.advance(Duration::minutes(1));
    let mut browser = desk.browser();
    let path = format!("/inquiries/{kind}");
    let mut typed = filled(&inputs(&browser.get(&path).await.text), false);
    typed.extend(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    ticket(db, &post(&mut browser, &format!("{path}/submit"), &typed).await).await
}

pub async fn step(browser: &mut Browser, ticket: &Ticket, seen: &str, act: &str, note: &str) -> Page {
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
async fn a_new_name_needs_proof_a_link_and_two_people_and_a_university_one() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        import(&db, vec![registration("A-20918", "渡邉", "owner@on-file.example.jp")], desk.state.clock.now()).await;
        let answers = [("item", "name"), ("proof", "licence"), ("old_value", "渡邉 一郎"), ("new_value", "佐藤 一郎")];
        let name = inquire(&desk, &db, "profile", &answers).await;
        let path = format!("/staff/tickets/{}", name.number);
        let (_, mut agent) = desk.signed_in("鈴木", Role::Agent).await;
        assert_eq!(step(&mut agent, &name, "asked", "see_proof", "免許証で確認").await.status, StatusCode::SEE_OTHER);
        let unlinked = step(&mut agent, &name, "proof_seen", "approve", "改姓後の免許証").await;
        assert_eq!(unlinked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            unlinked.has("先に紐付けてください") && unlinked.has("value=\"改姓後の免許証\""),
            "nothing typed is lost"
        );
        let linked = agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-20918")]).await;
        assert_eq!(linked.status, StatusCode::SEE_OTHER, "{}", linked.text);
        let alone = step(&mut agent, &name, "proof_seen", "approve", "改姓後の免許証").await;
        assert!(alone.status == StatusCode::UNPROCESSABLE_ENTITY && alone.has("ほかにいません"), "{}", alone.text);

        let (_, mut first) = desk.signed_in("佐藤", Role::Lead).await;
        let (_, mut second) = desk.signed_in("高橋", Role::Lead).await;
        assert!(first.get(&path).await.has("承認を頼む：承認する＊"));
        let asked = step(&mut first, &name, "proof_seen", "approve", "改姓後の免許証").await;
        assert_eq!(asked.location(), "/staff/approvals", "{}", asked.text);
        let page = agent.get(&path).await;
        assert!(page.has("別の責任者の承認を待っています") && !page.has("承認を頼む："), "{}", page.text);
        let again = step(&mut agent, &name, "proof_seen", "approve", "もう一度").await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.has("すでに承認を待っています"));
        let decide = decide_path(&mut second).await;
        let shown = second.get("/staff/approvals").await;
        assert!(shown.has("佐藤 一郎") && shown.has("改姓後の免許証") && shown.has(&name.number), "{}", shown.text);
        let own = first.post(&decide, &[("act", "approve"), ("note", "")]).await;
        assert!(own.status == StatusCode::UNPROCESSABLE_ENTITY && own.has("本人は承認できません"));
        assert!(!agent.get("/staff/changes").await.has("A-20918"), "nothing is asked of the online system yet");

        let done = second.post(&decide, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(agent.get(&path).await.has("証明を確認した → 承認した"), "the timeline tells it");
        let changes = agent.get("/staff/changes").await;
        assert!(changes.has("A-20918") && changes.has("渡邉 一郎") && changes.has("佐藤 一郎"), "{}", changes.text);

        let university = inquire(&desk, &db, "profile", &[("item", "university")]).await;
        agent
            .post(&format!("/staff/tickets/{}/link", university.number), &[("act", "link"), ("account", "A-20918")])
            .await;
        for (seen, act, note) in [("asked", "see_proof", "卒業証書"), ("proof_seen", "approve", "よい")] {
            assert_eq!(step(&mut agent, &university, seen, act, note).await.status, StatusCode::SEE_OTHER);
        }
    })
    .await;
}

#[tokio::test]
async fn what_changed_while_it_waited_is_not_done_when_it_is_approved() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        import(&db, vec![registration("A-20918", "渡邉", "owner@on-file.example.jp")], desk.state.clock.now()).await;
        let answers =
            [("item", "birthdate"), ("proof", "licence"), ("old_value", "不明"), ("new_value", "平成8年4月12日")];
        let ticket = inquire(&desk, &db, "profile", &answers).await;
        let (_, mut agent) = desk.signed_in("鈴木", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("高橋", Role::Lead).await;
        let link = format!("/staff/tickets/{}/link", ticket.number);
        agent.post(&link, &[("act", "link"), ("account", "A-20918")]).await;
        step(&mut agent, &ticket, "asked", "see_proof", "免許証で確認").await;
        step(&mut agent, &ticket, "proof_seen", "approve", "免許証のとおり").await;
        let decide = decide_path(&mut lead).await;
        assert!(!lead.get("/staff/approvals").await.has("平成8年4月12日"), "a birthdate stays masked on the list");
        agent.post(&link, &[("act", "unlink")]).await;
        let late = lead.post(&decide, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.has("依頼し直してもらってください"), "{}", late.text);
        agent.post(&link, &[("act", "link"), ("account", "A-20918")]).await;
        let done = lead.post(&decide, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "it still waited: {}", done.text);
        let mut tx = db.read().await.unwrap();
        let (field, old, new): (String, String, String) =
            query("SELECT field, old_value, new_value FROM change_requests").fetch_one(&mut tx).await.unwrap();
        assert_eq!((field.as_str(), old.as_str(), new.as_str()), ("birthdate", "1996-04-21", "1996-04-12"));
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
            ("次のリンクからお送りください。{society_url}", "{society_url}"),
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

#[tokio::test]
async fn after_the_close_an_exception_needs_a_finding_two_people_and_shows_what_was_decided_before() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let late = async |ids: Vec<i64>| {
            let write = async move |tx: &mut Tx| {
                for id in ids {
                    query("UPDATE tickets SET is_late = TRUE WHERE id = $1").bind(id).execute(tx).await?;
                }
                Ok::<_, madoguchi::platform::db::DbError>(())
            };
            db.write(write).await.unwrap();
        };
        let before = inquire(&desk, &db, "trouble", &[("kept_from_applying", "yes")]).await;
        let in_time = inquire(&desk, &db, "trouble", &[]).await;
        let hidden = inquire(&desk, &db, "trouble", &[]).await;
        let now = inquire(&desk, &db, "trouble", &[("kept_from_applying", "yes")]).await;
        late(vec![before.id.0, hidden.id.0, now.id.0]).await;
        let (_, mut agent) = desk.signed_in("鈴木", Role::Agent).await;
        let (_, mut first) = desk.signed_in("佐藤", Role::Lead).await;
        let (_, mut second) = desk.signed_in("高橋", Role::Lead).await;
        for (ticket, act, note) in [
            (&before, "own", "操作の記録は12:03"),
            (&in_time, "system", "締切前の件"),
            (&hidden, "unclear", "機密の件"),
        ] {
            assert_eq!(step(&mut agent, ticket, "reported", act, note).await.status, StatusCode::SEE_OTHER);
        }
        let (id, note) = (hidden.id.0, "UPDATE tickets SET is_confidential = TRUE WHERE id = $1");
        let hide = async move |tx: &mut Tx| query(note).bind(id).execute(tx).await;
        db.write::<_, madoguchi::platform::db::DbError, _>(hide).await.unwrap();

        // A finding first; none without its evidence.
        let path = format!("/staff/tickets/{}", now.number);
        assert!(!agent.get(&path).await.has("例外として扱う＊"));
        assert!(step(&mut agent, &now, "reported", "system", " ").await.has("理由や根拠を書いてから"));
        step(&mut agent, &now, "reported", "system", "11:58に障害の記録").await;
        let page = agent.get(&path).await;
        assert!(page.has("承認を頼む：例外として扱う＊"), "{}", page.text);
        // Like is held against like: what came late against what came late; of what is hidden nothing is said.
        assert!(
            page.has("締切の後に届いた件の、これまでの判断")
                && page.has("操作の記録は12:03")
                && page.has(&before.number)
        );
        assert!(!page.has("締切前の件") && !page.has("機密の件") && !page.has(&hidden.number), "{}", page.text);
        assert!(first.get(&path).await.has("機密の件"), "a lead sees it");

        let asked = step(&mut agent, &now, "system", "except", "11:58からの障害で応募できなかった").await;
        assert_eq!(asked.location(), "/staff/approvals", "{}", asked.text);
        let decide = decide_path(&mut second).await;
        let shown = second.get("/staff/approvals").await;
        assert!(shown.has("例外として扱う") && shown.has("11:58からの障害で応募できなかった"), "{}", shown.text);
        second.post(&decide, &[("act", "approve"), ("note", "")]).await;
        let page = agent.get(&path).await;
        assert!(page.has("例外として扱う") && page.has("二人で決めた扱いを"), "{}", page.text);
        step(&mut agent, &now, "excepted", "answer", "").await;
        // The next one sees it, also after it was answered.
        let next = inquire(&desk, &db, "trouble", &[]).await;
        late(vec![next.id.0]).await;
        let page = agent.get(&format!("/staff/tickets/{}", next.number)).await;
        assert!(page.has("11:58からの障害で応募できなかった") && page.has("11:58に障害の記録"), "{}", page.text);
    })
    .await;
}
