//! The public pages and the requester's page, through the router: the whole way of an inquiry, and what goes wrong on it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::Duration;
use madoguchi::desk::Lang;
use madoguchi::desk::faq::Library;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::ticket::{TicketNumber, mails, store};
use madoguchi::platform::db::{Db, query};

use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

const TYPED: [(&str, &str); 13] = [
    ("registration_number", "第６１２０４８号"),
    ("birth_era", "heisei"),
    ("birth_year", "８"),
    ("birth_month", "2"),
    ("birth_day", "3"),
    ("family_name", "渡邉"),
    ("given_name", "一郎"),
    ("family_kana", "わたなべ"),
    ("given_kana", "いちろう"),
    ("email", "i.watanabe@example.jp"),
    ("phone", ""),
    ("subject", "メールが変わりました"),
    ("body", "以前のメールが使えません。\n二行目 <b>"),
];

/// The form's hidden fields, what was typed, and changes to it.
fn filled<'a>(page: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let hidden = page.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let typed = TYPED.iter().map(|(n, v)| (*n, changes.iter().find(|(c, _)| c == n).map_or(*v, |(_, c)| *c)));
    let added = changes.iter().filter(|(n, _)| !TYPED.iter().any(|(t, _)| t == n)).copied();
    hidden.chain(typed).chain(added).collect()
}

fn hidden(page: &Page) -> Vec<(String, String)> {
    ["csrf_token", "form_key"].map(|name| (name.to_owned(), page.value(name))).to_vec()
}

async fn tickets(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    let (count,): (i64,) = query("SELECT COUNT(*) FROM tickets").fetch_one(&mut tx).await.unwrap();
    count
}

/// Sends an ID inquiry; number and passcode.
async fn inquire(browser: &mut Browser) -> (String, String) {
    let page = browser.get("/inquiries/id").await;
    let keys = hidden(&page);
    let sent = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    receipt(&browser.get(sent.location()).await)
}

fn receipt(page: &Page) -> (String, String) {
    let after = |mark: &str| page.text.split(mark).nth(1).unwrap().split('<').next().unwrap().to_owned();
    (after("<p class=\"no\">"), after("<p class=\"no passcode\">"))
}

#[tokio::test]
async fn an_inquiry_goes_from_the_form_over_the_confirmation_to_a_number_and_a_passcode() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let form = browser.get("/inquiries/id").await;
        assert_eq!((form.status, form.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
        let keys = hidden(&form);

        let wrong = browser.post_as_is("/inquiries/id", &filled(&keys, &[("birth_day", "30"), ("email", "x")])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.has("<title>エラー：") && wrong.has("2か所を直してください") && wrong.has("href=\"#birth_day\""));
        assert!(
            wrong.has("value=\"第６１２０４８号\"") && wrong.has("aria-invalid=\"true\""),
            "what was typed is kept"
        );

        let confirm = browser.post_as_is("/inquiries/id", &filled(&keys, &[])).await;
        assert_eq!(confirm.status, StatusCode::OK);
        assert!(confirm.has("612048") && confirm.has("ワタナベ イチロウ") && confirm.has("1996年(平成8年)2月3日"));
        assert!(confirm.has("action=\"/inquiries/id/submit\"") && !confirm.has("<b>"));
        let edit = browser.post_as_is("/inquiries/id?edit=email", &filled(&keys, &[])).await;
        assert!(edit.status == StatusCode::OK && edit.has("autofocus value=\"i.watanabe@example.jp\""));
        assert_eq!(tickets(&db).await, 0, "nothing is stored before it is sent");

        let sent = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[])).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let location = sent.location().to_owned();
        let (number, passcode) = receipt(&browser.get(&location).await);
        assert!(TicketNumber::parse(&number).is_some());

        let again = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[])).await;
        assert_eq!(again.location(), location, "REL-011: the same form is the same ticket");
        let changed = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[("body", "別の内容")])).await;
        let done = browser.get(changed.location()).await;
        assert_eq!(receipt(&done), (number, passcode));
        assert!(done.has("すでに受け付けています"));
        assert_eq!(tickets(&db).await, 1);

        let elsewhere = desk.browser().get(&location).await;
        assert_eq!(elsewhere.status, StatusCode::SEE_OTHER, "another browser sees no passcode");
    })
    .await;
}

#[tokio::test]
async fn every_kind_has_a_page_and_a_ticket_by_way_of_other_has_the_kind_that_led_there() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let kinds = browser.get("/inquiries").await;
        for kind in InquiryKind::ALL {
            assert!(kinds.has(&format!("href=\"/inquiries/{kind}\"")), "{kind}");
            for path in [format!("/inquiries/{kind}"), format!("/en/inquiries/{kind}")] {
                let page = browser.get(&path).await;
                assert_eq!(page.status, StatusCode::OK, "{path}");
                assert!(page.has("name=\"form_key\""), "{path}");
            }
        }
        let form = browser.get("/inquiries/other?about=duplicate").await;
        assert_eq!(form.value("about"), "duplicate");
        let keys = hidden(&form);
        let sent = browser.post_as_is("/inquiries/other/submit", &filled(&keys, &[("about", "duplicate")])).await;
        let number = TicketNumber::parse(sent.location().rsplit('/').next().unwrap()).unwrap();
        let ticket = store::find_by_number(&mut db.read().await.unwrap(), &number).await.unwrap().unwrap();
        assert_eq!(ticket.kind, "duplicate");
        assert_eq!(browser.get("/inquiries/nonsense").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_answer_under_a_kind_is_about_the_kind() {
    on_each_database(async |db| {
        let mut browser = TestDesk::new(db.clone()).browser();
        let library = Library::embedded().unwrap();
        for (lang, prefix) in [(Lang::Ja, ""), (Lang::En, "/en")] {
            let page = browser.get(&format!("{prefix}/inquiries")).await;
            let main_of = |kind: &str| {
                let link = format!("href=\"{prefix}/inquiries/{kind}\"");
                let block = page.text.split(&link).nth(1).unwrap().split("</li>").next().unwrap();
                block.split(&format!("href=\"{prefix}/faq/")).nth(1).unwrap().split('"').next().unwrap().to_owned()
            };
            for kind in InquiryKind::ALL {
                let id = main_of(kind.as_str());
                let entry = library.entry(lang, &id).unwrap();
                assert!(entry.kinds.iter().any(|k| k == kind.as_str()), "{kind}: {id} is about {:?}", entry.kinds);
            }
            for (kind, id) in [
                ("id", "login-id-forgotten"),
                ("transfer", "transfer-midyear"),
                ("withdraw", "withdraw-how"),
                ("curriculum", "curriculum-move-how"),
                ("image", "image-format-and-quality"),
            ] {
                assert_eq!(main_of(kind), id);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_search_says_how_much_it_found_and_that_it_found_nothing() {
    on_each_database(async |db| {
        let mut browser = TestDesk::new(db.clone()).browser();
        let nothing = browser.get("/faq?q=zzzqqq").await;
        assert!(nothing.has("見つかりませんでした") && !nothing.has("件見つかりました"));
        assert!(browser.get("/faq?q=%E7%99%BB%E9%8C%B2").await.has("20件以上見つかりました"), "登録");
        assert!(browser.get("/en/faq?q=registration").await.has("More than 20 found"));
    })
    .await;
}

#[tokio::test]
async fn sec_100_a_form_of_another_browser_or_of_yesterday_is_not_taken_and_loses_nothing() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let foreign = hidden(&desk.browser().get("/inquiries/id").await);
        browser.get("/inquiries/id").await;
        let page = browser.post_as_is("/inquiries/id/submit", &filled(&foreign, &[])).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("二行目 &#60;b&#62;") && page.has("渡邉"), "{}", page.text);
        // The page is a form that works.
        let fresh = hidden(&page);
        let sent = browser.post_as_is("/inquiries/id/submit", &filled(&fresh, &[])).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);

        let old = hidden(&browser.get("/inquiries/id").await);
        desk.state.clock.advance(Duration::hours(25));
        assert_eq!(browser.post_as_is("/inquiries/id", &filled(&old, &[])).await.status, StatusCode::FORBIDDEN);
        let without = browser.post_as_is("/inquiries/id/submit", &TYPED).await;
        assert_eq!(without.status, StatusCode::FORBIDDEN);
        assert_eq!(tickets(&db).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_the_reason() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        let keys = hidden(&browser.get("/inquiries/id").await);
        browser.cookies.clear();
        let page = browser.post_as_is("/inquiries/id", &filled(&keys, &[])).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("Cookie") && page.has("二行目"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn what_no_browser_sends_is_refused_with_a_page_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let mut browser = TestDesk::new(db).browser();
    let json = Request::post("/inquiries/id").header(header::CONTENT_TYPE, "application/json");
    let page = browser.request(json.body(Body::from("{}")).unwrap()).await;
    assert_eq!((page.status, page.has("フォームの形式ではない")), (StatusCode::UNSUPPORTED_MEDIA_TYPE, true));
    let page = browser.request(Request::get("/faq/%ff%fe").body(Body::empty()).unwrap()).await;
    assert_eq!((page.status, page.has("ページが見つかりません")), (StatusCode::NOT_FOUND, true));
    let many = (0..200).fold(Request::get("/"), |request, n| request.header(format!("x-{n}"), "a"));
    let long = Request::get("/").header("x-long", "a".repeat(40_000));
    for request in [many, long] {
        let page = browser.request(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert!(page.has("要求が大きすぎます") && page.headers.contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn sec_060_a_field_that_is_not_in_the_form_is_refused() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let keys = hidden(&browser.get("/inquiries/id").await);
        for extra in [("status", "closed"), ("account_id", "1"), ("a[b]", "c")] {
            let page = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[extra])).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{extra:?}");
            assert!(page.has(extra.0));
        }
        assert_eq!(tickets(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn sec_112_too_many_inquiries_are_told_to_wait_and_keep_their_text() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let limit = i64::from(desk.state.settings.limits.inquiries_per_address_per_day);
        for _ in 0..limit {
            inquire(&mut browser).await;
        }
        let keys = hidden(&browser.get("/inquiries/id").await);
        let page = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[])).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(page.headers.contains_key("retry-after") && page.has("二行目") && page.has("渡邉"));
        assert_eq!(tickets(&db).await, limit);
    })
    .await;
}

#[tokio::test]
async fn number_and_passcode_open_the_ticket_and_a_wrong_pair_says_nothing() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (number, passcode) = inquire(&mut desk.browser()).await;
        let mut browser = desk.browser();
        assert_eq!(browser.get(&format!("/status/{number}")).await.status, StatusCode::SEE_OTHER);
        let no_such = TicketNumber::fresh(desk.state.clock.today(), &desk.state.random).to_string();
        let mut answers = Vec::new();
        for (number, passcode) in [(number.as_str(), "AAAA-AAAA-AAAA"), (no_such.as_str(), passcode.as_str())] {
            let page = browser.post("/status", &[("number", number), ("passcode", passcode)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            answers.push(page.text.replace(&page.csrf(), "").replace(number, ""));
        }
        assert_eq!(answers[0], answers[1], "SEC-080");

        let typed = [("number", &*number.to_lowercase()), ("passcode", &*passcode.replace('-', " ").to_lowercase())];
        let opened = browser.post("/status", &typed).await;
        let path = format!("/status/{number}");
        assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, &*path));
        let page = browser.get(&path).await;
        assert!(page.has("以前のメールが使えません。") && page.has("担当者がまだ確認していません"));
        assert!(!page.has("<b>") && page.headers["cache-control"] == "no-store");

        for _ in 0..2 {
            let sent = browser.post(&format!("{path}/reply"), &[("body", "追加です")]).await;
            assert_eq!(sent.location(), path);
        }
        assert_eq!(
            browser.get(&path).await.text.matches("追加です").count(),
            1,
            "SEC-119: a second click adds nothing"
        );
        let empty = browser.post(&format!("{path}/reply"), &[("body", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);

        assert!(browser.get(&format!("{path}/withdraw")).await.has("取り下げる"));
        assert_eq!(browser.post(&format!("{path}/withdraw"), &[]).await.location(), path);
        assert!(browser.get(&path).await.has("完了しています"));

        desk.state.clock.advance(Duration::hours(13));
        let late = browser.post(&format!("{path}/reply"), &[("body", "長い文章")]).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN);
        assert!(late.has("長い文章"), "the browser may no longer look, and its text is kept");
    })
    .await;
}

#[tokio::test]
async fn sec_068_the_link_of_a_mail_opens_the_ticket_by_a_click_and_a_changed_one_does_not() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (number, _) = inquire(&mut desk.browser()).await;
        let parsed = TicketNumber::parse(&number).unwrap();
        let url = mails::page_link(&desk.state.context(), Lang::Ja, &parsed, 0, "i.watanabe@example.jp");
        let path = url.strip_prefix(&desk.state.settings.server.base_url).unwrap().to_owned();
        let mut browser = desk.browser();
        for _ in 0..2 {
            let page = browser.get(&path).await;
            assert_eq!(
                (page.status, &page.headers["referrer-policy"]),
                (StatusCode::OK, &"no-referrer".parse().unwrap())
            );
            assert!(!page.has("以前のメール") && !browser.cookies.contains_key("tickets"), "a scanner uses nothing up");
        }
        let opened = browser.post(&path, &[]).await;
        assert_eq!(opened.location(), format!("/status/{number}"));
        assert!(browser.get(&format!("/status/{number}")).await.has("以前のメールが使えません。"));
        let last = if path.ends_with('a') { "b" } else { "a" };
        let changed = format!("{}{last}", &path[..path.len() - 1]);
        assert_eq!(desk.browser().post(&changed, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(desk.browser().get(&format!("{path}/x.css")).await.status, StatusCode::NOT_FOUND, "SEC-105");
    })
    .await;
}

#[tokio::test]
async fn rel_006_with_the_database_away_the_text_stays_in_the_page() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let mut browser = desk.browser();
        let keys = hidden(&browser.get("/inquiries/id").await);
        db.clone().close().await;
        if !db.is_postgres() {
            // Closing only the readers leaves the writer of SQLite at work; its queue is what fails in production.
            assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
            return;
        }
        let page = browser.post_as_is("/inquiries/id/submit", &filled(&keys, &[])).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.headers.contains_key("retry-after") && page.has("二行目") && page.has("まだ受け付けていません"));
        assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
        assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(browser.get("/inquiries/id").await.status, StatusCode::OK, "the form needs no database");
    })
    .await;
}

#[tokio::test]
async fn every_public_page_exists_in_both_languages_with_the_security_headers_and_no_inline_code() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        let pages = ["/", "/faq", "/faq?q=login", "/faq/login-mail-missing", "/inquiries", "/inquiries/id", "/status"];
        for path in pages.iter().chain(&["/privacy", "/accessibility", "/nothing-here"]) {
            for (prefix, lang) in [("", "ja"), ("/en", "en")] {
                let page = browser.get(&format!("{prefix}{path}")).await;
                let is_there = if *path == "/nothing-here" { StatusCode::NOT_FOUND } else { StatusCode::OK };
                assert_eq!(page.status, is_there, "{prefix}{path}");
                assert!(page.has(&format!("<html lang=\"{lang}\">")), "{prefix}{path}");
                assert!(!page.has("style=") && !page.has("<script>") && !page.has("onclick"), "{prefix}{path}");
                for header in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"]
                {
                    assert!(page.headers.contains_key(header), "{header} of {prefix}{path}");
                }
            }
        }
        let hits = browser.get("/faq?q=%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3").await;
        assert!(hits.has("href=\"/faq/login-mail-missing\"") && hits.has("<mark>"));
        let attack = browser.get("/faq?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E").await;
        assert!(!attack.has("<img"), "SEC-034");
    })
    .await;
}
