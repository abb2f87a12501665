//! Images behind the counter: the one-time link, the review, what becomes of the old image, and the register of
//! provisional ones.

use axum::http::StatusCode;
use chrono::Duration;
use madoguchi::desk::account;
use madoguchi::desk::audit::{self, act};
use madoguchi::desk::flows::{cases, changes, provisional, replacement, storage};
use madoguchi::desk::licence::{Image, ImageState, store};
use madoguchi::desk::period;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{TicketNumber, link, store as tickets};
use madoguchi::platform::db::{DbError, Tx, query};

use super::image_fixtures::{drawn, jpeg};
use super::images::{a_ticket_with, multipart};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

const ACCOUNTS: &str = "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana,email,phase,registered_at,licence_image\n\
    A-1001,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,hanako@file.example,applicant,2026-10-28 09:00,provisional\n\
    A-1002,123456,1990-01-02,佐藤,一郎,サトウ,イチロウ,sato@file.example,applicant,2026-12-01 09:00,licence\n";

async fn with_accounts(desk: &TestDesk) {
    let now = desk.state.clock.now();
    account::import_csv(&desk.state.db, ACCOUNTS.as_bytes(), "accounts.csv", account::ImportOptions::default(), now)
        .await
        .unwrap();
}

pub async fn matched(desk: &TestDesk) {
    while link::match_pending(&desk.state.db, desk.state.clock.now()).await.unwrap() > 0 {}
}

pub async fn images_of(desk: &TestDesk, number: &TicketNumber) -> Vec<Image> {
    let mut tx = desk.state.db.read().await.unwrap();
    let ticket = tickets::find_by_number(&mut tx, number).await.unwrap().unwrap();
    store::of_ticket(&mut tx, ticket.id.0).await.unwrap()
}

pub async fn case_of(desk: &TestDesk, number: &TicketNumber) -> &'static str {
    let mut tx = desk.state.db.read().await.unwrap();
    let ticket = tickets::find_by_number(&mut tx, number).await.unwrap().unwrap();
    cases::of(&mut tx, &ticket).await.unwrap().unwrap().state.word
}

/// The newest mail of a kind: whom it goes to, and its text.
pub async fn mail(desk: &TestDesk, kind: &'static str) -> Option<(String, String)> {
    query("SELECT to_address, body FROM outbox WHERE kind = $1 ORDER BY id DESC LIMIT 1")
        .bind(kind)
        .fetch_optional(&mut desk.state.db.read().await.unwrap())
        .await
        .unwrap()
}

pub async fn mails(desk: &TestDesk, kind: &'static str) -> i64 {
    let (n,): (i64,) = query("SELECT COUNT(*) FROM outbox WHERE kind = $1")
        .bind(kind)
        .fetch_one(&mut desk.state.db.read().await.unwrap())
        .await
        .unwrap();
    n
}

pub fn picture(who: u64) -> Vec<u8> {
    jpeg(&drawn(who, 1_200), 85)
}

const READ: [(&str, &str); 5] = [
    ("name", "山田花子"),
    ("registration_number", "第６５４３２１号"),
    ("birthdate", "平成8年4月21日"),
    ("registered_on", "令和4年4月12日"),
    ("sharp", "1"),
];

pub fn decide(what: &'static str, more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    READ.iter().chain(more).copied().chain([("decision", what)]).collect()
}

#[tokio::test]
async fn an_image_is_reviewed_returned_sent_again_by_its_link_and_approved() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        with_accounts(&desk).await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let first = images_of(&desk, &number).await.remove(0);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        assert!(agent.get("/staff/images").await.has(number.as_str()));
        let closed = agent.get(&format!("/staff/images/{}", first.public_id)).await;
        assert!(!closed.has("654321") && !closed.has("/view"), "nothing of a person before it is opened");
        let opened = agent.post(&format!("/staff/images/{}/open", first.public_id), &[]).await;
        assert!(opened.has("654321") && opened.has("山田 花子") && opened.has("/view?for=review"));

        let to = format!("/staff/images/{}/decide", first.public_id);
        let refused = agent.post(&to, &[("decision", "licence")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "not everything was read");
        assert_eq!(opened_lines(&desk, &first).await, 2, "what was refused showed it once more");
        let refused = agent.post(&to, &decide("return", &[])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "a return needs a reason");
        assert!(refused.has("第６５４３２１号"), "what was typed stays");
        let compared = agent.post(&to, &decide("compare", &[])).await;
        assert_eq!(compared.text.matches("一致").count(), 3, "{}", compared.text);
        assert_eq!(opened_lines(&desk, &first).await, 4, "each page with personal data has its line");
        let returned = agent.post(&to, &decide("return", &[("reason", "右上が光っていて番号が読めません。")])).await;
        assert_eq!(returned.status, StatusCode::SEE_OTHER, "{}", returned.text);
        assert_eq!(case_of(&desk, &number).await, "sent_back");
        let (address, body) = mail(&desk, "staff_reply").await.unwrap();
        assert_eq!(address, "hanako@file.example", "SEC-085: to the address on file, not to the typed one");
        assert!(body.contains("右上が光っていて番号が読めません。"));
        let second_time = agent.post(&to, &decide("licence", &[])).await;
        assert_eq!(second_time.status, StatusCode::CONFLICT, "of two people one decides");

        let (address, body) = mail(&desk, "upload_link").await.unwrap();
        assert_eq!(address, "hanako@file.example");
        let path = body.lines().find_map(|l| l.strip_prefix("http://127.0.0.1:8080")).unwrap().to_owned();
        let mut phone = desk.browser();
        for _ in 0..3 {
            let button = phone.get(&path).await;
            assert!(button.status.is_success() && button.has("<svg class=\"qr\""), "GET uses nothing up");
        }
        assert_eq!(desk.browser().get("/upload").await.status, StatusCode::NOT_FOUND);
        let token = phone.get(&path).await.csrf();
        let exchanged = phone.post_as_is(&path, &[("csrf_token", &token)]).await;
        assert_eq!(exchanged.location(), "/upload");
        let token = phone.get("/upload").await.csrf();
        let fields = [("csrf_token", token.as_str())];
        let heic = phone.request(multipart("/upload", &fields, &[("image", "a.heic", b"\0\0\0\x18ftypheic")])).await;
        assert_eq!(heic.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(heic.has("HEIC"), "a wrong file does not use the link up");
        let sent = phone.request(multipart("/upload", &fields, &[("image", "a.jpg", &picture(2))])).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
        assert_eq!(case_of(&desk, &number).await, "uploaded");
        let token = phone.get(&path).await.csrf();
        let used = phone.post_as_is(&path, &[("csrf_token", &token)]).await;
        assert_eq!(used.status, StatusCode::GONE);
        assert!(used.has("すでに画像を受け取っています"));

        let second = images_of(&desk, &number).await.remove(1);
        let approved = agent.post(&format!("/staff/images/{}/decide", second.public_id), &decide("licence", &[])).await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
        assert_eq!(case_of(&desk, &number).await, "approved");
        let mut tx = desk.state.db.read().await.unwrap();
        let asked = changes::store::of_account(&mut tx, "A-1001").await.unwrap();
        assert_eq!((asked[0].field.as_str(), asked[0].new_value.as_str()), ("licence_image", "licence"));
        let lines = audit::of_object(&mut tx, &format!("image:{}", second.public_id)).await.unwrap();
        assert!(lines.iter().any(|l| l.act == act::IMAGE_APPROVED));
    })
    .await;
}

/// The same fields, one of them otherwise.
fn with(fields: &[(&'static str, &'static str)], name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    fields.iter().map(|(n, v)| (*n, if *n == name { value } else { *v })).collect()
}

/// How often the audit says that the personal data about an image were opened.
async fn opened_lines(desk: &TestDesk, image: &Image) -> usize {
    let object = format!("image:{}", image.public_id);
    let lines = audit::of_object(&mut desk.state.db.read().await.unwrap(), &object).await.unwrap();
    lines.iter().filter(|line| line.act == act::PERSONAL_DATA_OPENED).count()
}

#[tokio::test]
async fn nothing_is_approved_against_the_list_without_a_second_confirmation_and_a_reason() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let image = images_of(&desk, &number).await.remove(0);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let to = format!("/staff/images/{}/decide", image.public_id);
        let licence = decide("licence", &[]);
        for (name, value) in [
            ("name", ""),
            ("name", "別人"),
            ("registration_number", "999999"),
            ("birthdate", "1950-01-01"),
            ("registered_on", ""),
            ("registered_on", "いつか"),
            ("registered_on", "2150-01-01"),
            ("sharp", ""),
        ] {
            let before = opened_lines(&desk, &image).await;
            let refused = agent.post(&to, &with(&licence, name, value)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {value}");
            assert_eq!(opened_lines(&desk, &image).await, before + 1, "{name} {value}");
        }
        let provisional = decide("provisional", &[]);
        let nothing_read = agent.post(&to, &[("decision", "provisional")]).await;
        assert!(nothing_read.status == StatusCode::UNPROCESSABLE_ENTITY && nothing_read.has("仮の画像でも"));
        let other = with(&provisional, "registration_number", "999999");
        assert_eq!(agent.post(&to, &other).await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let other = with(&licence, "name", "別人");
        let refused = agent.post(&to, &other).await;
        assert!(
            refused.has("違うまま承認する") && refused.has("name=\"despite\"") && refused.has("別人"),
            "{}",
            refused.text
        );
        for half in [&[("confirmed", "1")][..], &[("confirmed", "1"), ("despite", " ")], &[("despite", "旧字体")]] {
            let fields: Vec<_> = other.iter().chain(half).copied().collect();
            assert_eq!(agent.post(&to, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{half:?}");
        }
        assert_eq!(images_of(&desk, &number).await[0].state, ImageState::Waiting);
        let both: Vec<_> = other.iter().chain(&[("confirmed", "1"), ("despite", "旧字体の表記")]).copied().collect();
        let approved = agent.post(&to, &both).await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
        let object = format!("image:{}", image.public_id);
        let lines = audit::of_object(&mut db.read().await.unwrap(), &object).await.unwrap();
        let line = lines.iter().find(|line| line.act == act::IMAGE_APPROVED).unwrap();
        assert!(line.detail.contains("differs:name 旧字体の表記"), "{}", line.detail);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_reminded_after_the_licence_was_approved_however_far_behind_the_mirror_is() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let run = async || {
            let ctx = desk.state.context();
            db.write::<_, DbError, _>(async move |tx: &mut Tx| provisional::remind(tx, &ctx, 50).await).await.unwrap()
        };
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let image = images_of(&desk, &number).await.remove(0);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let to = format!("/staff/images/{}/decide", image.public_id);
        // The mirror calls it provisional, and the register does not know of it yet.
        assert_eq!(agent.post(&to, &decide("licence", &[])).await.status, StatusCode::SEE_OTHER);
        for _ in 0..4 {
            assert_eq!(run().await, 0);
            desk.state.clock.advance(Duration::days(30));
        }
        assert_eq!(mails(&desk, "provisional_image").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_provisional_image_approved_once_more_keeps_the_day_since_when_the_licence_is_owed() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let ctx = desk.state.context();
        db.write::<_, DbError, _>(async move |tx: &mut Tx| provisional::remind(tx, &ctx, 50).await).await.unwrap();
        let register = async || {
            let ctx = desk.state.context();
            provisional::register(&mut db.read().await.unwrap(), &ctx, 10).await.unwrap().remove(0).owing
        };
        let before = register().await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let image = images_of(&desk, &number).await.remove(0);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let to = format!("/staff/images/{}/decide", image.public_id);
        assert_eq!(agent.post(&to, &decide("provisional", &[])).await.status, StatusCode::SEE_OTHER);
        let after = register().await;
        assert_eq!((after.since, after.reminded_days), (before.since, 30));
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_by_its_days_by_staff_and_by_a_fresh_one() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        with_accounts(&desk).await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (send, revoke) =
            (format!("/staff/tickets/{number}/upload-link"), format!("/staff/tickets/{number}/upload-link/revoke"));
        let open = async |expected: StatusCode| {
            let (_, body) = mail(&desk, "upload_link").await.unwrap();
            let path = body.lines().find_map(|l| l.strip_prefix("http://127.0.0.1:8080")).unwrap().to_owned();
            let mut browser = desk.browser();
            let token = browser.get(&path).await.csrf();
            let answer = browser.post_as_is(&path, &[("csrf_token", &token)]).await;
            assert_eq!(answer.status, expected);
            path
        };
        agent.post(&send, &[]).await;
        // Not linked yet: the link goes to the typed address, where the receipt went.
        assert_eq!(mail(&desk, "upload_link").await.unwrap().0, "hanako@requester.example");
        open(StatusCode::SEE_OTHER).await;
        agent.post(&revoke, &[]).await;
        let first = open(StatusCode::GONE).await;
        agent.post(&send, &[]).await;
        let second = open(StatusCode::SEE_OTHER).await;
        assert_ne!(first, second);
        desk.state.clock.advance(Duration::days(7));
        open(StatusCode::GONE).await;
        let wrong = second.replace("/upload/", "/upload/a");
        assert_eq!(desk.browser().get(&wrong).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn sec_048_a_replaced_image_is_history_for_staff_until_it_is_erased() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let token = agent.get("/staff/settings").await.csrf();
        let fields = [("csrf_token", token.as_str()), ("kind", "provisional")];
        let path = "/staff/accounts/A-1001/image";
        let added = agent.request(multipart(path, &fields, &[("image", "old.png", &picture(8))])).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
        let number = a_ticket_with(&desk, &picture(1)).await;
        matched(&desk).await;
        let new = images_of(&desk, &number).await.remove(0);
        let opened = agent.post(&format!("/staff/images/{}/open", new.public_id), &[]).await;
        assert!(opened.has("今の画像") && opened.has("/view?for=compare"), "side by side");
        agent.post(&format!("/staff/images/{}/decide", new.public_id), &decide("licence", &[])).await;
        let account =
            account::store::find_by_account_id(&mut db.read().await.unwrap(), "A-1001").await.unwrap().unwrap();
        let all = store::of_account(&mut db.read().await.unwrap(), account.id.0).await.unwrap();
        let old = all.iter().find(|image| image.state == ImageState::Replaced).unwrap().clone();
        let view = format!("/staff/images/{}/view", old.public_id);
        assert_eq!(agent.get(&view).await.status, StatusCode::OK);
        assert_eq!(viewer.get(&view).await.status, StatusCode::NOT_FOUND);

        let ctx = desk.state.context();
        let run = async |ctx: madoguchi::desk::Context| {
            db.write::<_, DbError, _>(async move |tx: &mut Tx| replacement::erase_due(tx, &ctx, 100).await)
                .await
                .unwrap()
        };
        assert_eq!(run(ctx.clone()).await, 0, "not before its time");
        desk.state.clock.advance(Duration::days(31));
        let (_, mut agent) = desk.signed_in("later", Role::Agent).await;
        let preview = agent.get("/staff/images?tab=erasure").await;
        assert!(
            preview.has("次の回で消去する画像：1件") && preview.has("A-1001") && preview.has(&old.public_id),
            "a preview"
        );
        let files = desk.state.blobs.list().await.unwrap().len();
        assert_eq!(run(ctx.clone()).await, 1);
        assert_eq!(agent.get(&view).await.status, StatusCode::NOT_FOUND, "erased at once");
        let grace = std::time::Duration::from_secs(3_600);
        let now = madoguchi::platform::clock::Clock::system().now();
        storage::sweep(&db, &desk.state.blobs, grace, now).await.unwrap();
        assert_eq!(desk.state.blobs.list().await.unwrap().len(), files - 2, "its two files are gone, fresh or not");
        let checked = storage::verify(&db, &desk.state.blobs, &desk.state.keys, |f| panic!("{f:?}")).await.unwrap();
        assert_eq!((checked.sealed, checked.wrong), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn what_waits_in_a_closed_ticket_or_was_overtaken_is_erased_and_the_preview_counts_as_the_next_run_will() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let (closed, spam, open) = (
            a_ticket_with(&desk, &picture(1)).await,
            a_ticket_with(&desk, &picture(2)).await,
            a_ticket_with(&desk, &picture(3)).await,
        );
        let overtaken = a_ticket_with(&desk, &picture(4)).await;
        let newer = a_ticket_with(&desk, &picture(5)).await;
        let now = desk.state.clock.now();
        let of = async |number: &TicketNumber| images_of(&desk, number).await.remove(0);
        let (first, second) = (of(&overtaken).await, of(&newer).await);
        let (shut, junk) = (closed.as_str().to_owned(), spam.as_str().to_owned());
        let arrange = async move |tx: &mut Tx| {
            query("UPDATE tickets SET status = 'closed', closed_at = $2 WHERE number = $1")
                .bind(&shut)
                .bind(now)
                .execute(tx)
                .await?;
            query("UPDATE tickets SET is_spam = TRUE WHERE number = $1").bind(&junk).execute(tx).await?;
            // The newer one came to the ticket of the older one.
            query("UPDATE images SET ticket_id = $2 WHERE id = $1")
                .bind(second.id)
                .bind(first.ticket_id)
                .execute(tx)
                .await?;
            query(
                "INSERT INTO schedules (name, cron, catch_up, is_enabled, walked_to) VALUES ($1, $2, 'last', TRUE, $3)",
            )
            .bind("erase_images")
            .bind("0 20 3 * * *")
            .bind(now)
            .execute(tx)
            .await
        };
        db.write::<_, DbError, _>(arrange).await.unwrap();
        // Not due yet; by the next run at night it will be.
        desk.state.clock.set(now + Duration::days(30) - Duration::minutes(10));
        let ctx = desk.state.context();
        let count = async |at| replacement::count_due(&mut db.read().await.unwrap(), &ctx, at).await.unwrap();
        assert_eq!(count(desk.state.clock.now()).await, 0);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let preview = agent.get("/staff/images?tab=erasure").await;
        assert!(preview.has("次の回で消去する画像：3件"), "{}", preview.text);
        assert!(preview.has(closed.as_str()) && preview.has(spam.as_str()) && preview.has(overtaken.as_str()));
        desk.state.clock.advance(Duration::days(1));
        let ctx = desk.state.context();
        let erased = async move |tx: &mut Tx| replacement::erase_due(tx, &ctx, 100).await;
        assert_eq!(db.write::<_, DbError, _>(erased).await.unwrap(), 3);
        let gone = of(&closed).await;
        assert_eq!((gone.state, gone.pixels.as_str(), gone.reason.as_str()), (ImageState::Erased, "", ""));
        assert_eq!(of(&open).await.state, ImageState::Waiting, "what somebody may still decide on stays");
        let of_ticket = images_of(&desk, &overtaken).await;
        assert_eq!((of_ticket[0].state, of_ticket[1].state), (ImageState::Erased, ImageState::Waiting));
    })
    .await;
}

#[tokio::test]
async fn another_name_on_the_image_opens_a_change_of_registered_data_once() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        with_accounts(&desk).await;
        let number = a_ticket_with(&desk, &picture(1)).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let image = images_of(&desk, &number).await.remove(0);
        let to = format!("/staff/images/{}/decide", image.public_id);
        let refused = agent.post(&to, &decide("rename", &[])).await;
        assert!(refused.has("紐付いていません"), "{}", refused.text);
        matched(&desk).await;
        let same = agent.post(&to, &decide("rename", &[])).await;
        assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "it is the name on file");
        let empty = agent.post(&to, &[("decision", "rename"), ("sharp", "1")]).await;
        assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.has("画像の氏名が空か"), "{}", empty.text);
        let other = with(&decide("rename", &[]), "name", "佐藤花子");
        let first = agent.post(&to, &other).await;
        let again = agent.post(&to, &other).await;
        assert!(first.location().starts_with("/staff/tickets/") && first.location() == again.location());
        assert!(agent.get(first.location()).await.has("氏名の変更"));
        assert_eq!(images_of(&desk, &number).await[0].state, ImageState::Waiting, "the image still waits");
    })
    .await;
}

#[tokio::test]
async fn the_same_picture_on_another_registration_is_pointed_out() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let same = drawn(1, 1_200);
        let first = a_ticket_with(&desk, &jpeg(&same, 90)).await;
        let resaved = a_ticket_with(&desk, &jpeg(&same, 60)).await;
        let another = a_ticket_with(&desk, &picture(2)).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        for (number, is_found) in [(&first, true), (&resaved, true), (&another, false)] {
            let image = images_of(&desk, number).await.remove(0);
            let page = agent.get(&format!("/staff/images/{}", image.public_id)).await;
            assert_eq!(page.has("ほとんど同じ画像が"), is_found, "{number}");
        }
        let exact = a_ticket_with(&desk, &jpeg(&same, 90)).await;
        let image = images_of(&desk, &exact).await.remove(0);
        assert!(agent.get(&format!("/staff/images/{}", image.public_id)).await.has("まったく同じ画像が"));
    })
    .await;
}

#[tokio::test]
async fn who_has_a_provisional_image_is_told_reminded_and_left_in_peace() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        with_accounts(&desk).await;
        let run = async || {
            let ctx = desk.state.context();
            db.write::<_, DbError, _>(async move |tx: &mut Tx| provisional::remind(tx, &ctx, 50).await).await.unwrap()
        };
        // 28 October to 8 December: 41 days, so that the step of 30 is due, and only that.
        assert_eq!(run().await, 1);
        assert_eq!(run().await, 0);
        let (to, body) = mail(&desk, "provisional_image").await.unwrap();
        assert_eq!(to, "hanako@file.example");
        assert!(body.contains("41日がたちました") && body.contains("/inquiries/image?reason=arrived"), "{body}");
        let start = desk.state.clock.now();
        desk.state.clock.set(start + Duration::days(18));
        assert_eq!(run().await, 0);
        desk.state.clock.set(start + Duration::days(19));
        assert_eq!(run().await, 1, "60 days");
        let ctx = desk.state.context();
        let register = provisional::register(&mut db.read().await.unwrap(), &ctx, 10).await.unwrap();
        assert!(register.len() == 1 && register[0].is_urgent, "by now somebody should call");
        // A window that closes within seven days: one more mail.
        let close = desk.state.clock.now() + Duration::days(6);
        let csv = format!(
            "fiscal_year,round,name,kind,opens_at,closes_at\n2027,2,2次応募,apply,2026-12-20 00:00,{}\n",
            close.format("%Y-%m-%dT%H:%M:%SZ")
        );
        let now = desk.state.clock.now();
        let periods = period::import::parse(csv.as_bytes()).unwrap();
        let import = async move |tx: &mut Tx| period::import::import(tx, &periods, true, now).await.map(drop);
        db.write::<_, DbError, _>(import).await.unwrap();
        desk.state.clock.advance(Duration::days(3));
        assert_eq!(run().await, 1, "before the close");
        assert_eq!(run().await, 0);
        assert!(mail(&desk, "provisional_image").await.unwrap().1.contains("に締め切られます"));
        // The licence is there: no word any more.
        let csv = ACCOUNTS.replace(",provisional", ",licence");
        let now = desk.state.clock.now();
        account::import_csv(&db, csv.as_bytes(), "accounts.csv", account::ImportOptions::default(), now).await.unwrap();
        desk.state.clock.advance(Duration::days(60));
        assert_eq!(run().await, 0);
        assert_eq!(mails(&desk, "provisional_image").await, 3);
        let ctx = desk.state.context();
        assert!(provisional::register(&mut db.read().await.unwrap(), &ctx, 10).await.unwrap().is_empty());
    })
    .await;
}
