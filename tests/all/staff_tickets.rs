//! The queue and the ticket page, through the router.

use axum::http::StatusCode;
use chrono::Duration;
use http_body_util::BodyExt;
use madoguchi::desk::account;
use madoguchi::desk::audit::{self, act};
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::actions::{self, Addition};
use madoguchi::desk::ticket::intake::{self, Inquiry, Intake, StoredFile};
use madoguchi::desk::ticket::{Actor, Channel, Status, TicketId, TicketNumber, link, store};
use madoguchi::desk::{Context, Lang};
use madoguchi::mail::inbox::Inbox;
use madoguchi::platform::db::Tx;
use madoguchi::platform::outbox;

use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn context(desk: &TestDesk) -> Context {
    let s = &desk.state;
    Context { clock: s.clock.clone(), random: s.random.clone(), keys: s.keys.clone(), settings: s.settings.clone() }
}

pub fn intake(key: &str, subject: &str) -> Intake {
    Intake {
        inquiry: Inquiry {
            kind: InquiryKind::Id,
            lang: Lang::Ja,
            subject: subject.into(),
            body: "異動でメールが変わり、<b>ID</b>がわからなくなりました。".into(),
            name: "渡邉 一郎".into(),
            kana: "ワタナベ イチロウ".into(),
            email: "ichiro@example.jp".into(),
            email_key: "ichiro@example.jp".into(),
            phone: "090-1234-5678".into(),
            registration_number: Some(612_048),
            registration_number_raw: "第６１２０４８号".into(),
            born_on: chrono::NaiveDate::from_ymd_opt(1996, 4, 21),
            birthdate_raw: "heisei 8 4 21".into(),
            fields: std::collections::BTreeMap::new(),
        },
        terms: None,
        channel: Channel::Web,
        form_key: key.into(),
        received_at: super::support::some_morning(),
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

pub async fn receive(desk: &TestDesk, intake: Intake) -> (TicketId, TicketNumber) {
    let ctx = context(desk);
    let received = desk.state.db.write(async move |tx: &mut Tx| intake::receive(tx, &ctx, &intake).await);
    let received = received.await.unwrap();
    (received.id, received.number)
}

pub async fn a_ticket(desk: &TestDesk) -> (TicketId, TicketNumber) {
    receive(desk, intake("key", "ログインIDを知りたい")).await
}

async fn status(desk: &TestDesk, id: TicketId) -> Status {
    store::get(&mut desk.state.db.read().await.unwrap(), id).await.unwrap().status
}

#[tokio::test]
async fn a_ticket_is_found_taken_and_answered_and_the_answer_waits_in_the_outbox() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, number) = a_ticket(&desk).await;
        let (me, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let queue = agent.get("/staff/tickets").await;
        assert!(
            queue.has("data-total=\"1\"") && queue.has(&format!("href=\"/staff/tickets/{number}\"")),
            "{}",
            queue.text
        );
        let path = format!("/staff/tickets/{number}");
        let page = agent.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.has("&#60;b&#62;ID&#60;/b&#62;"), "what was typed is text: {}", page.text);
        assert!(page.has("本人が入力したアドレス") && page.has("i•••@example.jp"));

        let taken = agent.post(&format!("{path}/take"), &[]).await;
        assert_eq!(taken.location(), path);
        assert!(agent.get("/staff/tickets?view=mine").await.has("data-total=\"1\""));
        let seen = agent.get(&path).await.value("seen_seq");
        let fields = [
            ("mode", "reply"),
            ("body", "お答えします。"),
            ("seen_seq", &seen),
            ("then", "waiting_on_requester"),
            ("to", "typed"),
        ];
        let sent = agent.post(&format!("{path}/reply"), &fields).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, path.as_str()), "{}", sent.text);
        assert_eq!(status(&desk, id).await, Status::WaitingOnRequester);
        let mails = outbox::states_for_ticket(&mut desk.state.db.read().await.unwrap(), id.0).await.unwrap();
        assert_eq!(mails.len(), 1);
        let page = agent.get(&path).await;
        assert!(page.has("msg out") && page.has("お答えします。") && page.has("送信待ち"));
        assert!(agent.get("/staff/tickets").await.has("data-total=\"0\""));
        assert!(agent.get("/staff/tickets?status=waiting_on_requester").await.has("data-total=\"1\""));
        // SEC-119: the same form once more, after a lost answer or a second click, has been sent already.
        let again = agent.post(&format!("{path}/reply"), &fields).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, path.as_str()));
        let mails = outbox::states_for_ticket(&mut desk.state.db.read().await.unwrap(), id.0).await.unwrap();
        assert_eq!(mails.len(), 1, "nothing is sent twice");
        let ticket = store::get(&mut desk.state.db.read().await.unwrap(), id).await.unwrap();
        assert_eq!((ticket.assignee_id, ticket.last_seq), (Some(me.0), 2));
    })
    .await;
}

#[tokio::test]
async fn sec_064_a_reply_written_while_something_arrived_is_kept_and_not_sent() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, number) = a_ticket(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let path = format!("/staff/tickets/{number}");
        let seen = agent.get(&path).await.value("seen_seq");
        let now = desk.state.clock.now() + Duration::minutes(1);
        let more = Addition { body: "追加の情報です".into(), ..Addition::default() };
        desk.state
            .db
            .write(async move |tx: &mut Tx| actions::append_from_requester(tx, id, Channel::Web, &more, now).await)
            .await
            .unwrap();
        let fields = [
            ("mode", "reply"),
            ("body", "書きかけの長い返事"),
            ("seen_seq", &*seen),
            ("then", "resolved"),
            ("to", "typed"),
        ];
        let refused = agent.post(&format!("{path}/reply"), &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.has("書きかけの長い返事") && refused.has("追加の情報です") && refused.has("新着"));
        assert_eq!(outbox::states_for_ticket(&mut desk.state.db.read().await.unwrap(), id.0).await.unwrap().len(), 0);
        let seen = refused.value("seen_seq");
        let fields = [
            ("mode", "reply"),
            ("body", "書き直した返事"),
            ("seen_seq", &*seen),
            ("then", "resolved"),
            ("to", "typed"),
        ];
        assert_eq!(agent.post(&format!("{path}/reply"), &fields).await.status, StatusCode::SEE_OTHER);
        assert_eq!(status(&desk, id).await, Status::Resolved);

        let fields = [("mode", "reply"), ("body", "x"), ("seen_seq", "3"), ("then", "resolved"), ("to", "on_file")];
        let refused = agent.post(&format!("{path}/reply"), &fields).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.has("宛先が変わった"), "SEC-085: another recipient");
    })
    .await;
}

#[tokio::test]
async fn an_internal_note_goes_nowhere_whatever_button_was_pressed() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, number) = a_ticket(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let path = format!("/staff/tickets/{number}");
        for verb in ["note", "reply"] {
            let fields =
                [("mode", "note"), ("body", "内輪の話"), ("seen_seq", "1"), ("then", "resolved"), ("to", "typed")];
            assert_eq!(agent.post(&format!("{path}/{verb}"), &fields).await.status, StatusCode::SEE_OTHER);
        }
        let page = agent.get(&path).await;
        // SEC-119: sent twice from the same page, kept once.
        assert_eq!(page.text.matches("内輪の話").count(), 1);
        assert!(page.has("msg note") && page.has("本人には見えません"));
        assert!(outbox::states_for_ticket(&mut desk.state.db.read().await.unwrap(), id.0).await.unwrap().is_empty());
        let empty = agent.post(&format!("{path}/note"), &[("body", " "), ("mode", "note")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn kind_status_and_assignee_change_together_and_spam_leaves_the_queue() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, number) = a_ticket(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (other, _) = desk.signed_in("other", Role::Agent).await;
        let (viewer, _) = desk.signed_in("viewer", Role::Viewer).await;
        let path = format!("/staff/tickets/{number}");
        let to = other.to_string();
        let fields = [("kind", "duplicate"), ("status", "waiting_on_third_party"), ("assignee", to.as_str())];
        assert_eq!(agent.post(&format!("{path}/change"), &fields).await.status, StatusCode::SEE_OTHER);
        let ticket = store::get(&mut desk.state.db.read().await.unwrap(), id).await.unwrap();
        assert_eq!(
            (ticket.kind.as_str(), ticket.status, ticket.assignee_id),
            ("duplicate", Status::WaitingOnThirdParty, Some(other.0))
        );
        let to = viewer.to_string();
        assert_eq!(
            agent.post(&format!("{path}/change"), &[("assignee", to.as_str())]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            agent.post(&format!("{path}/change"), &[("status", "gone")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        agent.post(&format!("{path}/change"), &[("status", "closed")]).await;
        assert!(agent.get(&path).await.has("再開する"));
        agent.post(&format!("{path}/change"), &[("status", "open")]).await;
        agent.post(&format!("{path}/spam"), &[("value", "1")]).await;
        assert!(agent.get("/staff/tickets").await.has("data-total=\"0\""));
        assert!(agent.get("/staff/tickets?view=spam").await.has(number.as_str()));
        agent.post(&format!("{path}/spam"), &[("value", "0")]).await;
        assert!(agent.get("/staff/tickets").await.has(number.as_str()));
    })
    .await;
}

#[tokio::test]
async fn personal_data_is_masked_until_it_is_opened_and_opening_is_recorded() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, number) = a_ticket(&desk).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let path = format!("/staff/tickets/{number}");
        let secrets = ["612048", "1996-04-21", "090-1234-5678", "ichiro@example.jp", "第６１２０４８号"];
        let page = viewer.get(&path).await;
        assert!(secrets.iter().all(|secret| !page.has(secret)), "{}", page.text);
        let mut tx = desk.state.db.read().await.unwrap();
        let object = format!("ticket:{number}");
        assert!(audit::of_object(&mut tx, &object).await.unwrap().is_empty(), "looking at the page is no opening");
        drop(tx);
        let open = viewer.post(&format!("{path}/open"), &[]).await;
        for secret in secrets {
            assert!(open.has(secret), "{secret}");
        }
        assert!(open.has("平成 8 4 21") && open.headers["cache-control"] == "no-store");
        let lines = audit::of_object(&mut desk.state.db.read().await.unwrap(), &object).await.unwrap();
        assert_eq!(
            (lines[0].act.as_str(), lines[0].staff_name.as_deref()),
            (act::PERSONAL_DATA_OPENED, Some("viewer"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_is_a_download_that_runs_nothing_and_belongs_to_its_ticket() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, other) = receive(&desk, intake("other", "別の受付")).await;
        let sha256 = desk.state.blobs.put(b"<script>alert(1)</script>".to_vec()).await.unwrap();
        let file = StoredFile { name: "../免許.html".into(), mime: "text/html".into(), size: 25, sha256 };
        let html = Some("<p>HTMLだけのメール</p>".to_owned());
        let (id, number) = receive(&desk, Intake { files: vec![file], html, ..intake("files", "画像") }).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let attachment = store::attachments(&mut desk.state.db.read().await.unwrap(), id).await.unwrap()[0].id;
        let got = viewer.get(&format!("/staff/tickets/{number}/files/{attachment}")).await;
        assert_eq!((got.status, got.text.as_str()), (StatusCode::OK, "<script>alert(1)</script>"));
        assert_eq!(got.headers["content-type"], "application/octet-stream");
        assert!(got.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"__.html\""));
        assert!(got.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox; default-src 'none'"));
        assert_eq!(got.headers["x-content-type-options"], "nosniff");
        let foreign = viewer.get(&format!("/staff/tickets/{other}/files/{attachment}")).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "SEC-038");
        let page = viewer.get(&format!("/staff/tickets/{number}/messages/1/html")).await;
        assert!(
            page.has("<p>HTMLだけのメール</p>")
                && page.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;")
        );
        assert_eq!(viewer.get(&format!("/staff/tickets/{number}/messages/1/raw")).await.status, StatusCode::NOT_FOUND);
        let lines =
            audit::of_object(&mut desk.state.db.read().await.unwrap(), &format!("ticket:{number}")).await.unwrap();
        assert_eq!(lines.len(), 1, "one download, one line");
    })
    .await;
}

#[tokio::test]
async fn pages_of_the_queue_follow_one_another_without_gaps() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut numbers = Vec::new();
        for n in 0..120 {
            numbers.push(receive(&desk, intake(&format!("key{n}"), &format!("件名 {n}"))).await.1.to_string());
        }
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        for order in ["", "&sort=new"] {
            let (mut path, mut seen) = (format!("/staff/tickets?kind=id{order}"), Vec::new());
            loop {
                let page = agent.get(&path).await;
                assert!(page.has("data-total=\"120\""));
                let rows = page.text.split("class=\"no num\">").skip(1);
                seen.extend(rows.map(|row| row.split('<').next().unwrap().to_owned()));
                let Some(next) = page.text.split("href=\"").find(|part| part.contains("rel=\"next\"")) else { break };
                path = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            }
            // All are due at the same instant: the oldest stands in front, unless the newest are wanted.
            assert_eq!(seen, numbers, "{order}");
            numbers.reverse();
        }
        assert!(agent.get("/staff/tickets?kind=image").await.has("data-total=\"0\""));
        assert!(agent.get("/staff/tickets?assignee=none").await.has("data-total=\"120\""));
    })
    .await;
}

#[tokio::test]
async fn one_box_finds_by_number_name_address_and_registration_number_without_the_index() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, number) = a_ticket(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let closed = async move |tx: &mut Tx| {
            let me = madoguchi::desk::staff::StaffId(1);
            actions::set_status(tx, id, me, Status::Closed, super::support::some_morning()).await
        };
        desk.state.db.write(closed).await.unwrap();
        let compact = number.compact();
        for q in [number.as_str(), &compact, "渡邉", "ichiro@example.jp", "ログインID"] {
            let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
            let page = agent.get(&format!("/staff/tickets?q={query}")).await;
            assert!(page.has("data-total=\"1\"") && page.has(number.as_str()), "{q}");
        }
        assert!(agent.get("/staff/tickets?q=nothing").await.has("data-total=\"0\""));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_for_a_caller_goes_through_the_same_intake() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let key = agent.get("/staff/tickets/new").await.value("form_key");
        let bad =
            agent.post("/staff/tickets/new", &[("form_key", &key), ("birthdate", "春"), ("name", "田中 花")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.has("田中 花") && bad.has("聞いた内容を入力してください。") && bad.has("id=\"errors\""));
        let fields = [
            ("form_key", key.as_str()),
            ("kind", "password"),
            ("name", "田中 花"),
            ("birthdate", "S63.1.7"),
            ("body", "電話で相談"),
            ("receipt", "1"),
        ];
        let made = agent.post("/staff/tickets/new", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
        let again = agent.post("/staff/tickets/new", &fields).await;
        assert_eq!(made.location(), again.location(), "the same form is the same ticket");
        let page = agent.get(made.location()).await;
        assert!(page.has("電話、agent") && page.has("返信先のメールアドレスがありません"), "{}", page.text);
        let number = TicketNumber::parse(made.location().rsplit('/').next().unwrap()).unwrap();
        let ticket = store::find_by_number(&mut desk.state.db.read().await.unwrap(), &number).await.unwrap().unwrap();
        assert_eq!((ticket.channel, ticket.born_on), (Channel::Phone, chrono::NaiveDate::from_ymd_opt(1988, 1, 7)));
        let path = format!("{}/reply", made.location());
        let reply = agent
            .post(&path, &[("mode", "reply"), ("body", "返事"), ("seen_seq", "1"), ("then", "resolved"), ("to", "")])
            .await;
        assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.has("返事") && reply.has("電話などでお伝え"));
    })
    .await;
}

#[tokio::test]
async fn the_live_stream_tells_of_changes_and_ends_with_the_session() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (id, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let response = viewer.open("/staff/events").await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body();
        let hello = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(hello.starts_with(b"retry:"));
        let (ticket, _) = a_ticket(&desk).await;
        let told = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let told = String::from_utf8(told.to_vec()).unwrap();
        assert!(told.starts_with("event: ticket\nid: ") && told.contains(&format!("[{ticket}]")), "{told}");
        let now = desk.state.clock.now();
        let disable = async move |tx: &mut Tx| madoguchi::desk::staff::people::disable(tx, None, id, now).await;
        desk.state.db.write(disable).await.unwrap();
        assert!(body.frame().await.is_none(), "SEC-054: the stream ends with the access");
    })
    .await;
}

#[tokio::test]
async fn a_number_typed_in_another_way_leads_to_the_one_address() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, number) = a_ticket(&desk).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let page = viewer.get(&format!("/staff/tickets/{}", number.compact())).await;
        assert_eq!(page.location(), format!("/staff/tickets/{number}"));
        for wrong in ["26-2222-2222", "x", "1", "%00"] {
            assert_eq!(viewer.get(&format!("/staff/tickets/{wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn staff_decide_which_account_a_ticket_is_about_and_the_recipient_follows() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let now = desk.state.clock.now();
        let csv = "account_id,registration_number,birthdate,family_name,given_name,email\n\
                   A-1,612048,1996-04-21,渡辺,太郎,taro@hospital.example.jp\n\
                   A-2,612048,1996-02-04,渡邉,一郎,ichiro@hospital.example.jp\n";
        let options = account::ImportOptions::default();
        let report = account::import_csv(&desk.state.db, csv.as_bytes(), "accounts.csv", options, now).await.unwrap();
        assert_eq!((report.new, report.refused), (2, 0), "{report:?}");
        let (id, number) = a_ticket(&desk).await;
        link::match_pending(&desk.state.db, now).await.unwrap();
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let path = format!("/staff/tickets/{number}");
        let page = agent.get(&path).await;
        assert!(page.has("A-1") && page.has("A-2") && page.has("≠"), "{}", page.text);
        assert!(page.has("本人が入力したアドレス"));
        let linked = agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-2")]).await;
        assert_eq!(linked.status, StatusCode::SEE_OTHER);
        let page = agent.get(&path).await;
        assert!(page.has("登録されているアドレス") && page.has("i•••@hospital.example.jp"));
        let copy = agent.get("/staff/accounts/A-2").await;
        assert!(copy.has("accounts.csv") && copy.has(number.as_str()) && !copy.has("612048"));
        assert!(agent.post("/staff/accounts/A-2/open", &[]).await.has("612048"));
        assert_eq!(agent.get("/staff/accounts/A-9").await.status, StatusCode::NOT_FOUND);
        agent.post(&format!("{path}/link"), &[("act", "reject"), ("account", "A-2")]).await;
        let ticket = store::get(&mut desk.state.db.read().await.unwrap(), id).await.unwrap();
        assert_eq!(ticket.account_id, None, "another person: the link went too");
        assert!(agent.get(&path).await.has("別人"));
        let nobody = agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-9")]).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_held_mail_is_seen_taken_out_and_made_an_inquiry_or_put_away() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let inbox = Inbox::new(db, desk.state.blobs.clone(), context(&desk));
        for n in [1, 2] {
            let mail = format!(
                "From: robot{n}@example.jp\r\nTo: desk@desk.example.jp\r\nSubject: report {n}\r\nMessage-ID: <{n}@x>\r\n\
                 Auto-Submitted: auto-generated\r\nDate: Tue, 08 Dec 2026 10:00:00 +0900\r\n\r\nnumber {n}\r\n"
            );
            let taken = inbox.take_one("test", mail.into_bytes()).await.unwrap();
            assert_eq!(taken.outcome.as_str(), "held", "{taken:?}");
        }
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let page = agent.get("/staff/mail/held").await;
        assert!(page.has("report 1") && page.has("report 2") && page.has("自動送信のメール"), "{}", page.text);
        let ids: Vec<_> = page.text.split("/staff/mail/held/").filter_map(|part| part.split_once("/raw\"")).map(|(id, _)| id.to_owned()).collect();
        assert_eq!(ids.len(), 2);
        let raw = agent.get(&format!("/staff/mail/held/{}/raw", ids[0])).await;
        assert!(raw.text.starts_with("From: robot") && raw.headers["content-type"] == "application/octet-stream");
        let opened = agent.post(&format!("/staff/mail/held/{}/open", ids[0]), &[]).await;
        assert!(opened.location().starts_with("/staff/tickets/26-"), "{}", opened.text);
        assert!(agent.get(opened.location()).await.has("届いたままのメール"));
        assert_eq!(agent.post(&format!("/staff/mail/held/{}/dismiss", ids[1]), &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(agent.post(&format!("/staff/mail/held/{}/dismiss", ids[1]), &[]).await.status, StatusCode::NOT_FOUND);
        assert!(agent.get("/staff/mail/held").await.has("保留しているメールはありません"));
    })
    .await;
}
