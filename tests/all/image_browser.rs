//! An image in Chromium, against the real binary: chosen from a file with a preview, too large at first, sent; reviewed by
//! keys and buttons; returned, sent again by the one-time link, approved. Held to axe in both languages, wide and narrow.

use fantoccini::Locator;
use serde_json::Value;

use crate::image_fixtures::{jpeg, licence, on_desk, padded, with_exif};
use crate::images::PERSON;
use crate::support::browser::Browser;
use crate::support::desk::Desk;

const ACCOUNTS: &str = "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana,email,phase,licence_image\n\
    A-1001,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,hanako@file.example,applicant,provisional\n";
const PASSWORD: &str = "four quiet words here";

async fn choose(browser: &Browser, selector: &str, path: &std::path::Path) {
    let input = browser.client.find(Locator::Css(selector)).await.unwrap();
    input.send_keys(path.to_str().unwrap()).await.unwrap();
}

/// Waits until a script says so.
async fn until(browser: &Browser, script: &str) {
    let wait = async {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(20));
        while browser.client.execute(script, vec![]).await.ok() != Some(Value::Bool(true)) {
            look.tick().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("never: {script}"));
}

async fn sign_in(browser: &Browser, base: &str) {
    browser.open(&format!("{base}/staff/login")).await;
    browser.fill("email", "agent@desk.example.jp").await;
    browser.fill("password", PASSWORD).await;
    browser.press("main form button").await;
}

async fn press_keys(browser: &Browser, keys: &str) {
    let script = "for (const key of arguments[0]) document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));";
    browser.client.execute(script, vec![Value::from(keys)]).await.unwrap();
}

async fn state(browser: &Browser) -> String {
    browser.text("[data-compare-state]").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_its_way_in_chromium() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    let folder = desk.folder().to_owned();
    std::fs::write(folder.join("accounts.csv"), ACCOUNTS).unwrap();
    desk.run(&["accounts", "import", "accounts.csv"]);
    std::fs::write(folder.join("password"), PASSWORD).unwrap();
    let added = desk
        .command(&["staff", "add", "agent", "agent@desk.example.jp", "--role", "agent", "--password-file", "password"])
        .output()
        .unwrap();
    assert!(added.status.success());
    let page = on_desk(&licence(1), 1);
    let camera = with_exif(&jpeg(&image::imageops::rotate270(&page), 88), 6);
    std::fs::write(folder.join("camera.jpg"), &camera).unwrap();
    std::fs::write(folder.join("large.jpg"), padded(&camera, 14_239_000)).unwrap();
    std::fs::write(folder.join("second.jpg"), jpeg(&licence(2), 90)).unwrap();
    desk.start();
    let base = format!("http://{}", desk.address);

    for lang in ["/en", ""] {
        browser.open(&format!("{base}{lang}/inquiries/image")).await;
        browser.examine(&format!("form {lang}")).await;
    }
    for (name, value) in PERSON.iter().filter(|(name, _)| *name != "birth_era") {
        browser.fill(name, value).await;
    }
    browser.fill("email", "hanako@requester.example").await;
    choose(&browser, "#image", &folder.join("large.jpg")).await;
    until(&browser, "return !document.querySelector('canvas.preview').hidden").await;
    assert!(browser.text("main").await.contains("14.2 MB"), "the size is told before it is sent");
    browser.press("#form .actions button").await;
    let refused = browser.text(".error-summary").await;
    assert!(refused.contains("14.2 MB あります"), "the answer is shown although the file is too large: {refused}");
    browser.examine("too large").await;
    choose(&browser, "#image", &folder.join("camera.jpg")).await;
    until(&browser, "const c = document.querySelector('canvas.preview'); return !c.hidden && c.width > c.height").await;
    browser.press("#form .actions button").await;
    assert!(browser.text("main").await.contains("1900×1400"), "upright");
    until(&browser, "const i = document.querySelector('.picture img'); return i.complete && i.naturalWidth === 480")
        .await;
    browser.examine("confirmation").await;
    browser.press("#send .actions button").await;
    assert!(browser.client.current_url().await.unwrap().path().starts_with("/done/"));

    sign_in(&browser, &base).await;
    let (mut number, begun) = (String::new(), std::time::Instant::now());
    while number.is_empty() && begun.elapsed().as_secs() < 20 {
        browser.open(&format!("{base}/staff/images")).await;
        let text = browser.text("main").await;
        if text.contains("A-1001") {
            number = browser.text("tbody th a").await;
        }
    }
    browser.examine("list").await;
    let begun = std::time::Instant::now();
    browser.press("tbody form button").await;
    until(&browser, "return [...document.images].every(i => i.complete && i.naturalWidth > 0)").await;
    eprintln!("the review page stood after {} ms", begun.elapsed().as_millis());
    browser.examine("review").await;
    assert_eq!(state(&browser).await, "100%");
    press_keys(&browser, "r").await;
    // All of the turned picture lies in what can be scrolled to, and nothing of the page below is covered.
    let lies = "const p = document.querySelector('[data-pane=new]'), i = p.querySelector('img').getBoundingClientRect(), \
        b = p.getBoundingClientRect(); return i.height > i.width && i.left >= b.left && i.top >= b.top - p.scrollTop && \
        i.right <= b.left + p.scrollWidth + 1 && i.bottom <= b.top - p.scrollTop + p.scrollHeight + 1";
    for expected in ["100% 90°", "150% 90°", "200% 90°"] {
        assert_eq!(state(&browser).await, expected);
        assert_eq!(browser.client.execute(lies, vec![]).await.unwrap(), Value::Bool(true), "{expected}");
        press_keys(&browser, "+").await;
    }
    press_keys(&browser, "-").await;
    browser.examine("turned").await;
    browser.press("[data-tool=out]").await;
    browser.press("[data-tool=rotate]").await;
    assert_eq!(state(&browser).await, "150% 180°");
    browser.press("[data-tool=reset]").await;
    assert_eq!(state(&browser).await, "100%");
    browser.fill("reason", "番号の上が光っています。").await;
    let returned_at = chrono::Utc::now();
    browser.press("button[value=return]").await;
    let mails = desk.outgoing(4);
    let link = mails.iter().find_map(|mail| {
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes())?;
        let body = mail.body_text(0)?.into_owned();
        body.lines().find(|line| line.contains("/upload/")).map(str::to_owned)
    });
    let link = link.unwrap();

    browser.open(&link).await;
    browser.examine("link").await;
    browser.press("main form button").await;
    browser.examine("upload").await;
    choose(&browser, "#image", &folder.join("second.jpg")).await;
    browser.press("main form .actions button").await;
    assert!(browser.text("main").await.contains("ありがとうございました"));
    browser.examine("received").await;
    browser.open(&link.replace("/upload/", "/en/upload/")).await;
    browser.examine("link en").await;
    browser.press("main form button").await;
    assert!(browser.text("main").await.contains("has arrived by this link already"));

    browser.open(&format!("{base}/staff/tickets/{number}")).await;
    assert!(browser.text("main").await.contains("使用済み"));
    browser.examine("ticket").await;
    browser.open(&format!("{base}/staff/images")).await;
    browser.press("tbody form button").await;
    for (name, value) in [
        ("name", "山田花子"),
        ("registration_number", "654321"),
        ("birthdate", "平成8年4月21日"),
        ("registered_on", "令和4年4月12日"),
    ] {
        browser.fill(name, value).await;
    }
    browser.press("label[for=sharp]").await;
    browser.press("button[value=compare]").await;
    assert_eq!(browser.text(".compare").await.matches("一致").count(), 3);
    browser.press("button[value=licence]").await;
    for page in ["images", "images?tab=provisional", "images?tab=erasure", "accounts/A-1001?tab=images"] {
        browser.open(&format!("{base}/staff/{page}")).await;
        browser.examine(page).await;
    }
    assert!(browser.text("main").await.contains("承認"));
    // Thirty days later, but for two minutes, the returned image is due to go that night.
    desk.stop();
    let due = returned_at + chrono::Duration::days(30);
    let (soon, night) =
        (due - chrono::Duration::minutes(2), due.date_naive().and_hms_opt(18, 20, 0).unwrap().and_utc());
    let later = if soon < night && night <= due { night + chrono::Duration::seconds(1) } else { soon };
    desk.set("CLOCK__NOW", &later.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    desk.start();
    sign_in(&browser, &base).await;
    browser.open(&format!("{base}/staff/images?tab=erasure")).await;
    assert!(browser.text("tbody").await.contains("差し戻し"), "what goes next is listed");
    browser.examine("erasure due").await;
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}
