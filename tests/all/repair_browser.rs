//! The account page, the match panel and a repair with two members of staff in Chromium, against the real binary: seen at
//! 1280 and 375 px in both languages, held to axe, asked by one person, approved by another, taken back.

use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::http;

const ACCOUNTS: &str = "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana,email,phase,temporary_password_issued_at,licence_image\n\
    A-20918,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,hanako@gmial.com,applicant,,provisional\n\
    A-20921,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,hanako@old.example.jp,applicant,2026-12-07 23:06,none\n\
    A-30000,654322,1990-01-02,佐藤,一郎,サトウ,イチロウ,sato@other.example.jp,applicant,,licence\n";
const PASSWORD: &str = "four quiet words here";

async fn sign_in(browser: &Browser, base: &str, email: &str) {
    browser.open(&format!("{base}/staff/login")).await;
    browser.fill("email", email).await;
    browser.fill("password", PASSWORD).await;
    browser.press("main form button").await;
}

async fn sign_out(browser: &Browser) {
    browser.press(".topbar form.who button").await;
}

/// Adds a member of staff with the password of the test.
fn add_staff(desk: &Desk, name: &str, role: &str) {
    let file = desk.folder().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let email = format!("{name}@desk.example.jp");
    let output =
        desk.command(&["staff", "add", name, &email, "--role", role, "--password-file", "password"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Every page of the way, in the language of the person.
async fn examine_all(browser: &mut Browser, base: &str, number: &str, lang: &str) {
    for page in [
        "accounts/A-20918",
        "accounts/A-20918?tab=tickets",
        "accounts/A-20918?tab=images",
        "accounts/A-20918?tab=applications",
        "accounts/A-20918?tab=records",
        "accounts/A-20918?tab=duplicates",
        "accounts/A-20918?tab=audit",
        "duplicates",
        "duplicates/A-20918/A-20921",
        "duplicates/A-20918/A-30000",
        "approvals",
        "changes",
        &format!("tickets/{number}"),
    ] {
        browser.open(&format!("{base}/staff/{page}")).await;
        browser.examine(&format!("{lang} {page}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_of_staff_repair_a_duplicate_in_chromium_and_take_it_back() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    std::fs::write(desk.folder().join("accounts.csv"), ACCOUNTS).unwrap();
    desk.run(&["accounts", "import", "accounts.csv"]);
    add_staff(&desk, "agent", "agent");
    add_staff(&desk, "lead", "lead");
    desk.start();
    let base = format!("http://{}", desk.address);
    let number = inquire(&desk);

    sign_in(&browser, &base, "agent@desk.example.jp").await;
    browser.open(&format!("{base}/staff/tickets/{number}")).await;
    let panel = browser.text("main").await;
    assert!(panel.contains("矛盾") && panel.contains("A-20918") && panel.contains("A-20921"), "{panel}");
    browser.examine("conflict").await;
    browser.press("button[name=act][value=hold]").await;
    assert!(browser.text("main").await.contains("保留中"));
    let open = "document.querySelectorAll('details').forEach(d => d.open = true)";
    browser.client.execute(open, vec![]).await.unwrap();
    browser.press("form:has(input[name=account][value=A-20918]) button[value=link]").await;
    assert!(browser.text("main").await.contains("ログインの状況"));

    browser.open(&format!("{base}/staff/duplicates/A-20918/A-20921")).await;
    assert!(!browser.text("main").await.contains("654321"), "masked");
    browser.press("form[action$='/open'] button").await;
    assert!(browser.text("main").await.contains("654321"));
    browser.examine("comparison, opened").await;
    browser.press("label[for=ack-temporary_password]").await;
    browser.fill("reason", "免許証の画像で生年月日を確認。応募はどちらにもなし。").await;
    browser.press("button[value=preview]").await;
    assert!(browser.text("main").await.contains("まだ何も変えていません"));
    browser.examine("dry run").await;
    browser.press("button[value=ask]").await;
    assert!(browser.text("main").await.contains("ほかの責任者か管理者の承認を待っています"));
    browser.examine("own request").await;
    sign_out(&browser).await;

    sign_in(&browser, &base, "lead@desk.example.jp").await;
    browser.open(&format!("{base}/staff/approvals")).await;
    browser.examine("to approve").await;
    browser.press("button[value=approve]").await;
    assert!(browser.text("main").await.contains("承認済み"));
    browser.open(&format!("{base}/staff/changes")).await;
    assert!(browser.text("main").await.contains("登録を取り消す"));
    browser.open(&format!("{base}/staff/accounts/A-20921")).await;
    assert!(browser.text("main").await.contains("取り消した登録です"));
    examine_all(&mut browser, &base, &number, "ja").await;
    browser.staff_language(&base, "en").await;
    examine_all(&mut browser, &base, &number, "en").await;
    browser.staff_language(&base, "ja").await;
    browser.open(&format!("{base}/staff/duplicates")).await;
    browser.press("form[action$='/undo'] button").await;
    assert!(browser.text("main").await.contains("元に戻した"));
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

/// A person asks for their ID over HTTP; waits until it is matched.
fn inquire(desk: &Desk) -> String {
    let mut client = http::Client::new(desk.address);
    let form = client.get("/inquiries/id").unwrap();
    let mut fields = http::hidden(&form.body);
    fields.extend(http::typed(1));
    // The number of another doctor, the birthdate and the name of this one.
    fields.insert("registration_number".into(), "654322".into());
    let confirm = client.post("/inquiries/id", &fields).unwrap();
    assert_eq!(confirm.status, 200, "{}", confirm.body);
    let sent = client.post("/inquiries/id/submit", &http::hidden(&confirm.body)).unwrap();
    let number = sent.location.rsplit('/').next().unwrap().to_owned();
    let begun = std::time::Instant::now();
    while desk.run(&["tickets", "show", &number]).pop().unwrap()["grade"] != "conflict" {
        assert!(begun.elapsed().as_secs() < 20, "{:?}", desk.run(&["tickets", "show", &number]));
    }
    number
}
