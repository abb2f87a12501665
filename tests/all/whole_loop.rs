//! The first whole loop in Chromium, against the real binary, on both databases: search, inquire, correct, confirm,
//! send; a mail beside it; staff answer; the answer leaves by mail; its reply lands on the same ticket.

use mail_parser::MessageParser;

use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::on_postgres_url;

const ACCOUNTS: &str = "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana,email,phase\n\
    A-1001,654321,1996-04-21,山田,花子,ヤマダ,ハナコ,hanako@requester.example,applicant\n";

const MAIL: &str = "From: someone@requester.example\r\nTo: desk@desk.example.jp\r\nSubject: Question by mail\r\n\
    Message-ID: <first@requester.example>\r\n\r\nWhen is the deadline?\r\n";

/// Pages that anyone may open, held to their promises in both languages.
const PAGES: &[&str] = &[
    "/",
    "/faq",
    "/faq?q=ID",
    "/inquiries",
    "/inquiries/id",
    "/inquiries/password",
    "/status",
    "/privacy",
    "/accessibility",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_loop_in_chromium_on_sqlite() {
    let Some(browser) = Browser::start().await else { return };
    whole_loop(Desk::new(None), browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_loop_in_chromium_on_postgresql() {
    on_postgres_url(async |url: String| {
        let Some(browser) = Browser::start().await else { return };
        whole_loop(Desk::new(Some(&url)), browser).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_public_page_passes_axe_in_both_languages_and_needs_no_script() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    desk.start();
    for lang in ["", "/en"] {
        for page in PAGES {
            let path = format!("{lang}{page}");
            browser.open(&format!("http://{}{path}", desk.address)).await;
            let source = browser.client.source().await.unwrap();
            assert!(!source.contains("<script"), "{path} carries a script");
            browser.examine(&path).await;
        }
    }
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

async fn whole_loop(mut desk: Desk, mut browser: Browser) {
    std::fs::write(desk.folder().join("accounts.csv"), ACCOUNTS).unwrap();
    desk.run(&["accounts", "import", "accounts.csv"]);
    desk.start();
    let base = format!("http://{}", desk.address);
    let (number, passcode) = inquire(&mut browser, &base).await;

    let opened = desk.ingest(MAIL.as_bytes());
    assert_eq!(opened["outcome"], "opened");
    let second = opened["ticket"].as_str().unwrap().to_owned();
    assert_ne!(second, number);
    assert_eq!(desk.run(&["tickets", "list"]).len(), 2);

    answer(&mut browser, &base, desk.link.as_deref().unwrap(), &number, &second).await;
    // Two receipts and the answer.
    let mails = desk.outgoing(3);
    let answered = mails.iter().map(|raw| MessageParser::default().parse(raw).unwrap());
    let answer = answered.into_iter().find(|m| m.body_text(0).unwrap().contains("ログインIDをお知らせします")).unwrap();
    let to = answer.to().unwrap().first().unwrap().address().unwrap();
    assert_eq!(to, "hanako@requester.example");

    let reply_to = answer.reply_to().unwrap().first().unwrap().address().unwrap();
    let reply = format!(
        "From: hanako@requester.example\r\nTo: {reply_to}\r\nSubject: Re: {number}\r\nIn-Reply-To: <{}>\r\n\
         Message-ID: <reply@requester.example>\r\n\r\nThank you, it works now.\r\n",
        answer.message_id().unwrap()
    );
    let appended = desk.ingest(reply.as_bytes());
    assert_eq!((appended["outcome"].as_str(), appended["ticket"].as_str()), (Some("appended"), Some(number.as_str())));
    let shown = desk.run(&["tickets", "show", &number]).pop().unwrap();
    assert!(shown["messages"].to_string().contains("it works now"), "{shown}");

    look(&mut browser, &base, &number, &passcode).await;
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

/// Searches, opens the ID inquiry, makes mistakes and corrects them, confirms, sends. Gives number and passcode.
async fn inquire(browser: &mut Browser, base: &str) -> (String, String) {
    browser.open(base).await;
    browser.fill("q", "ログインIDを忘れた").await;
    browser.press(".searchbox button").await;
    assert!(browser.client.source().await.unwrap().contains("href=\"/faq/"), "the search found nothing");
    browser.examine("search").await;
    browser.press("ol.list a").await;
    browser.examine("FAQ entry").await;

    browser.open(&format!("{base}/inquiries/id")).await;
    browser.press("main form .actions button").await;
    assert!(browser.text(".error-summary").await.contains("直してください"));
    browser.examine("form with errors").await;
    for (name, text) in [
        ("registration_number", "第６５４３２１号"),
        ("birth_year", "平成8"),
        ("birth_month", "2"),
        ("birth_day", "31"),
        ("family_name", "山田"),
        ("given_name", "花子"),
        ("family_kana", "やまだ"),
        ("given_kana", "ﾊﾅｺ"),
        ("email", "hanako@requester.example"),
        ("body", "ログインIDがわかりません。"),
    ] {
        browser.fill(name, text).await;
    }
    browser.press("main form .actions button").await;
    assert!(browser.text(".error-summary").await.contains("1か所"), "only the day is wrong");
    browser.fill("birth_month", "4").await;
    browser.fill("birth_day", "２１").await;
    browser.press("main form .actions button").await;
    let confirm = browser.text("main").await;
    assert!(confirm.contains("654321") && confirm.contains("ヤマダ"), "{confirm}");
    browser.examine("confirmation").await;
    browser.press("#send .actions button").await;
    browser.examine("receipt").await;
    let number = browser.text(".stub .no").await;
    let passcode = browser.text(".stub .passcode").await;
    assert!(browser.client.current_url().await.unwrap().path().ends_with(&number));
    (number, passcode)
}

/// The first sign-in by the one-time link, the queue, the ticket, the answer.
async fn answer(browser: &mut Browser, base: &str, link: &str, number: &str, second: &str) {
    browser.sign_in_first(link).await;
    browser.open(&format!("{base}/staff/tickets")).await;
    let list = browser.text("#list").await;
    assert!(list.contains(number) && list.contains(second), "{list}");
    browser.examine("queue").await;
    browser.open(&format!("{base}/staff/tickets/{number}")).await;
    assert!(browser.text("main").await.contains("A-1001"), "the account it is about");
    browser.examine("ticket").await;
    browser.fill("body", "ログインIDをお知らせします。A-1001 です。").await;
    browser.press("#answer button.for-reply").await;
    assert!(browser.text(".thread").await.contains("ログインIDをお知らせします"));
    for page in ["jobs", "audit", "people", "settings", "mail/held", "mail/outbox", "tickets/new", "accounts/A-1001"] {
        browser.open(&format!("{base}/staff/{page}")).await;
        browser.examine(page).await;
    }
}

/// What number and passcode show: one's own words, and of the answer only that it went to the address on file.
async fn look(browser: &mut Browser, base: &str, number: &str, passcode: &str) {
    browser.open(&format!("{base}/status")).await;
    browser.fill("number", number).await;
    browser.fill("passcode", passcode).await;
    browser.press("main form button").await;
    let page = browser.text("main").await;
    assert!(page.contains("ログインIDがわかりません"), "{page}");
    assert!(page.contains("登録されているメールアドレスにお答えしました"), "{page}");
    assert!(!page.contains("A-1001"), "what staff wrote about the account shows to number and passcode");
    browser.examine("status").await;
}
