//! Licence images through the router: chosen in the form, staged, sent; what is refused, and what a stranger can reach.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::Duration;
use madoguchi::desk::audit::{self, act};
use madoguchi::desk::flows::cases;
use madoguchi::desk::licence::{ImageState, store};
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{TicketNumber, store as tickets};
use madoguchi::platform::db::query;

use super::image_fixtures::{drawn, jpeg, licence, padded, png, with_exif};
use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// A form as a browser sends it with a file.
pub fn multipart(path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Request<Body> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    for (field, name, bytes) in files {
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--B--\r\n");
    Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .header(header::CONTENT_LENGTH, body.len())
        .body(in_pieces(&body))
        .unwrap()
}

/// As it comes over a network.
fn in_pieces(bytes: &[u8]) -> Body {
    let pieces: Vec<_> =
        bytes.chunks(64 << 10).map(|piece| Ok::<_, std::convert::Infallible>(piece.to_vec())).collect();
    Body::from_stream(futures::stream::iter(pieces))
}

pub const PERSON: [(&str, &str); 9] = [
    ("registration_number", "654321"),
    ("birth_era", "seireki"),
    ("birth_year", "1996"),
    ("birth_month", "4"),
    ("birth_day", "21"),
    ("family_name", "山田"),
    ("given_name", "花子"),
    ("family_kana", "ヤマダ"),
    ("given_kana", "ハナコ"),
];

/// Sends the form of images with a file and gives the answer.
pub async fn choose(browser: &mut Browser, files: &[(&str, &str, &[u8])]) -> Page {
    let form = browser.get("/inquiries/image").await;
    let (token, key) = (form.csrf(), form.value("form_key"));
    let mut fields = vec![("csrf_token", token.as_str()), ("form_key", key.as_str())];
    fields.extend(PERSON);
    fields.extend([("email", "hanako@requester.example"), ("reason", "arrived"), ("body", "免許証が届きました。")]);
    browser.request(multipart("/inquiries/image", &fields, files)).await
}

/// Sends what the confirmation page carries.
pub async fn send(browser: &mut Browser, confirmation: &Page) -> Page {
    let fields = super::support::http::hidden(&confirmation.text);
    let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post_as_is("/inquiries/image/submit", &fields).await
}

/// A ticket with an image, sent by the form.
pub async fn a_ticket_with(desk: &TestDesk, picture: &[u8]) -> TicketNumber {
    let mut browser = desk.browser();
    let confirmation = choose(&mut browser, &[("image", "licence.jpg", picture)]).await;
    assert_eq!(confirmation.status, StatusCode::OK, "{}", confirmation.text);
    let sent = send(&mut browser, &confirmation).await;
    TicketNumber::parse(sent.location().strip_prefix("/done/").unwrap()).unwrap()
}

async fn count(desk: &TestDesk, sql: &'static str) -> i64 {
    let (n,): (i64,) = query(sql).fetch_one(&mut desk.state.db.read().await.unwrap()).await.unwrap();
    n
}

#[tokio::test]
async fn an_image_is_chosen_shown_back_and_sent_with_the_form() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        // What a browser sends for a field in which nothing was chosen is no file.
        let without = choose(&mut browser, &[("image", "", b"")]).await;
        assert_eq!(without.status, StatusCode::OK, "{}", without.text);
        // Taken upside down, with the place it was taken at.
        let picture = with_exif(&jpeg(&licence(1), 85), 6);
        let page = choose(&mut browser, &[("image", "免許証.JPG", &picture)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.has("免許証.JPG") && page.has("1130×1600"), "upright: {}", page.text);
        let staged = page.value("staged_image");
        let shown = browser.get(&format!("/inquiries/image/staged/{staged}")).await;
        assert_eq!((shown.status, shown.headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/jpeg"));

        let sent = send(&mut browser, &page).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let again = send(&mut browser, &page).await;
        assert_eq!(again.location(), sent.location(), "the same form again is the same ticket");
        let number = TicketNumber::parse(sent.location().strip_prefix("/done/").unwrap()).unwrap();
        let mut tx = desk.state.db.read().await.unwrap();
        let ticket = tickets::find_by_number(&mut tx, &number).await.unwrap().unwrap();
        let images = store::of_ticket(&mut tx, ticket.id.0).await.unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!((images[0].state, images[0].width, images[0].height), (ImageState::Waiting, 1_130, 1_600));
        assert_eq!(cases::of(&mut tx, &ticket).await.unwrap().unwrap().state.word, "uploaded");
        // SEC-048: what was sent is out of the sender's reach at once.
        let gone = browser.get(&format!("/inquiries/image/staged/{staged}")).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn sec_046_nothing_of_the_file_as_it_came_is_kept() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let picture = with_exif(&jpeg(&licence(2), 85), 1);
        assert!(picture.windows(10).any(|w| w == b"GPS-SECRET"));
        a_ticket_with(&desk, &picture).await;
        for stored in desk.state.blobs.list().await.unwrap() {
            let bytes = desk.state.blobs.get(&stored.name).await.unwrap().unwrap();
            assert!(bytes.starts_with(b"MDGSEAL1"), "sealed at rest");
            assert!(!bytes.windows(10).any(|w| w == b"GPS-SECRET") && !bytes.windows(4).any(|w| w == b"JFIF"));
        }
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (id,): (String,) =
            query("SELECT public_id FROM images").fetch_one(&mut desk.state.db.read().await.unwrap()).await.unwrap();
        let shown = lead.get(&format!("/staff/images/{id}/view?for=review")).await;
        assert!(!shown.has("GPS-SECRET") && !shown.has("Exif"));
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(shown.headers[name], value, "SEC-029");
        }
        assert!(shown.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox; default-src 'none'"));
        let lines = audit::of_object(&mut desk.state.db.read().await.unwrap(), &format!("image:{id}")).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].act.as_str(), lines[0].staff_name.as_deref()), (act::IMAGE_VIEWED, Some("lead")));
        assert!(lines[0].detail.starts_with("review ticket:"), "which, who, and for what");
    })
    .await;
}

#[tokio::test]
async fn sec_044_a_file_of_ten_megabytes_or_more_is_refused_with_its_size_and_all_that_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", folder.path().display());
    let desk = TestDesk::new(madoguchi::platform::db::Db::open_and_migrate(&url, 4).await.unwrap());
    let picture = jpeg(&licence(3), 85);
    const LIMIT: usize = 10 << 20;
    for (bytes, is_taken, told) in [
        (LIMIT - 1, true, ""),
        (LIMIT, false, "10.5 MB あります。10 MB 未満"),
        (LIMIT + 1, false, "10.5 MB"),
        (14_239_000, false, "14.2 MB あります"),
        (40_000_000, false, "40.0 MB あります"),
    ] {
        let page = choose(&mut desk.browser(), &[("image", "a.jpg", &padded(&picture, bytes))]).await;
        let expected = if is_taken { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(page.status, expected, "{bytes}");
        assert!(page.has(told), "{bytes}: {}", page.text);
        assert!(
            page.has("免許証が届きました。") && page.has("hanako@requester.example"),
            "{bytes}: what was typed stays"
        );
    }
    // More than is read at all: the answer still comes, with what the browser said about the size.
    let page = choose(&mut desk.browser(), &[("image", "a.jpg", &vec![0; 70_000_000])]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("70.0 MB あります"), "{}", page.text);
    // The same in pieces, so that nobody knows how large the whole is.
    let mut browser = desk.browser();
    let form = browser.get("/inquiries/image").await;
    let (token, key) = (form.csrf(), form.value("form_key"));
    let fields = [("csrf_token", token.as_str()), ("form_key", key.as_str()), ("body", "免許証が届きました。")];
    let mut request = multipart("/inquiries/image", &fields, &[("image", "a.jpg", &vec![0; 70_000_000])]);
    request.headers_mut().remove(header::CONTENT_LENGTH);
    let page = browser.request(request).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("64 MB を超えていて、途中で受け取りを止めました。10 MB 未満"), "{}", page.text);
    assert!(page.has("免許証が届きました。"));
    assert_eq!(desk.state.blobs.sweep_temporary(std::time::Duration::ZERO).await.unwrap(), 0, "nothing is left behind");
}

#[tokio::test]
async fn the_page_tells_the_script_its_limit_and_the_sender_of_a_large_file_is_warned() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let form = desk.browser().get("/inquiries/image").await;
        assert!(form.has("data-limit=\"10485760\"") && form.has("data-large=\"10000000\"") && form.has("10 MB 未満"));
        let picture = jpeg(&drawn(3, 800), 85);
        for (bytes, is_warned) in [(9_999_999, false), (10_000_000, true)] {
            let page = choose(&mut desk.browser(), &[("image", "a.jpg", &padded(&picture, bytes))]).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.has("10.0 MB"), "the real size, rounded: {}", page.text);
            assert_eq!(page.has("ファイルが10 MB以上あります"), is_warned, "{bytes}");
        }
    })
    .await;
    let script = include_str!("../../templates/assets/picture.js");
    assert!(!script.contains("10485760"), "the limit comes from the page");
}

#[tokio::test]
async fn sec_027_sec_028_a_file_is_taken_for_what_it_is_and_never_for_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", folder.path().display());
    let desk = TestDesk::new(madoguchi::platform::db::Db::open_and_migrate(&url, 4).await.unwrap());
    let small = drawn(4, 800);
    let (as_jpeg, as_png) = (jpeg(&small, 80), png(&small));
    let half = &as_jpeg[..as_jpeg.len() / 2];
    let contents: [(&[u8], Result<&str, &str>); 10] = [
        (&as_jpeg, Ok("JPEG、800×565")),
        (&as_png, Ok("PNG、800×565")),
        (half, Err("途中で切れています")),
        (&as_png[..as_png.len() / 2], Err("途中で切れています")),
        (b"\0\0\0\x18ftypheic\0\0\0\0heic", Err("「互換性優先」")),
        (b"%PDF-1.7 ...", Err("PDF の書類です")),
        (b"GIF89a\x01\0\x01\0", Err("GIF 形式")),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Err("SVG 形式")),
        (b"<html><script>alert(1)</script></html>", Err("画像として読み取れない")),
        (b"MZ\x90\0", Err("画像として読み取れない")),
    ];
    // SEC-030, SEC-040: names are shown as text and lead nowhere.
    for name in ["a.jpg", "a.png", "x.svg", ".htaccess", "../../etc/passwd", "<img src=x onerror=alert(1)>.png"] {
        for (bytes, outcome) in contents {
            // So many a minute are taken from one address.
            desk.state.clock.advance(Duration::seconds(4));
            let page = choose(&mut desk.browser(), &[("image", name, bytes)]).await;
            let (status, told) = match outcome {
                Ok(told) => (StatusCode::OK, told),
                Err(told) => (StatusCode::UNPROCESSABLE_ENTITY, told),
            };
            assert_eq!(page.status, status, "{name} {told}: {}", page.text);
            assert!(page.has(told) && !page.has("<img src=x"), "{name} {told}");
        }
    }
    assert_eq!(desk.state.blobs.sweep_temporary(std::time::Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test]
async fn sec_042_a_second_file_or_one_in_another_field_is_refused_with_the_whole_form() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let picture = jpeg(&drawn(5, 900), 80);
        for files in [
            &[("image", "a.jpg", picture.as_slice()), ("image", "b.jpg", b"<svg/>".as_slice())][..],
            &[("image", "a.jpg", picture.as_slice()), ("body", "b.html", b"<html>".as_slice())][..],
            &[("other", "a.jpg", picture.as_slice())][..],
        ] {
            let page = choose(&mut desk.browser(), files).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(count(&desk, "SELECT COUNT(*) FROM images").await, 0);
        assert_eq!(desk.state.blobs.list().await.unwrap(), vec![], "no orphan");
        assert_eq!(desk.state.blobs.sweep_temporary(std::time::Duration::ZERO).await.unwrap(), 0);
        // A kind that takes no image takes none.
        let form = desk.browser().get("/inquiries/other").await;
        assert!(!form.has("type=\"file\""));
    })
    .await;
}

#[tokio::test]
async fn sec_039_what_a_browser_staged_is_nobody_elses_and_waits_for_an_hour() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (mut mine, mut other) = (desk.browser(), desk.browser());
        let picture = jpeg(&drawn(6, 900), 80);
        let page = choose(&mut mine, &[("image", "a.jpg", &picture)]).await;
        let staged = page.value("staged_image");
        let path = format!("/inquiries/image/staged/{staged}");
        other.get("/inquiries/image").await;
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(desk.browser().get(&path).await.status, StatusCode::NOT_FOUND);
        // Another browser names it in its own form: its form comes back, and the image stays where it is.
        let form = other.get("/inquiries/image").await;
        let (token, key) = (form.csrf(), form.value("form_key"));
        let mut fields = vec![("csrf_token", token.as_str()), ("form_key", key.as_str()), ("staged_image", &staged)];
        fields.extend(PERSON);
        fields.push(("email", "evil@requester.example"));
        let refused = other.post_as_is("/inquiries/image/submit", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.location());
        // Staff do not see what was not sent.
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        for path in [format!("/staff/images/{staged}"), format!("/staff/images/{staged}/view")] {
            assert_eq!(lead.get(&path).await.status, StatusCode::NOT_FOUND);
        }
        desk.state.clock.advance(Duration::minutes(61));
        assert_eq!(mine.get(&path).await.status, StatusCode::NOT_FOUND);
        let late = send(&mut mine, &page).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.has("もう一度選んでください") && late.has("免許証が届きました。"), "{}", late.text);
        assert_eq!(count(&desk, "SELECT COUNT(*) FROM tickets").await, 0);
    })
    .await;
}
