//! Every page of the staff and of a requester, on a desk full of invented work, in both languages: axe without a finding,
//! no sideways scroll, at 1280 and 375 px.

use mail_parser::MessageParser;

use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::http;

const PAGES: &[&str] = &[
    "tickets",
    "tickets?status=closed",
    "tickets?q=ID",
    "tickets?q=nothing-is-called-so",
    "tickets/new",
    "mail/held",
    "mail/outbox",
    "phone",
    "linkage",
    "duplicates",
    "approvals",
    "changes",
    "periods",
    "periods/edit?year=2028",
    "periods/moment",
    "jobs",
    "schedules/remind_waiting",
    "schedules/sweep",
    "audit",
    "people",
    "settings",
];

/// A mail that nobody can read: it waits in the tray.
const UNREADABLE: &[u8] = b"\x00\x01\x02";

#[tokio::test(flavor = "multi_thread")]
async fn every_staff_page_of_a_busy_desk_passes_axe_in_both_languages() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    desk.run(&["demo", "--tickets", "60", "--accounts", "40", "--seed", "7"]);
    desk.ingest(UNREADABLE);
    desk.start();
    let base = format!("http://{}", desk.address);
    browser.sign_in_first(desk.link.as_deref().unwrap()).await;
    let pages: Vec<String> =
        PAGES.iter().map(|page| (*page).to_owned()).chain(a_ticket_of_each_status(&desk)).collect();
    for lang in ["ja", "en"] {
        browser.staff_language(&base, lang).await;
        for page in &pages {
            browser.open(&format!("{base}/staff/{page}")).await;
            browser.examine(&format!("{lang} {page}")).await;
        }
    }
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

fn a_ticket_of_each_status(desk: &Desk) -> Vec<String> {
    let statuses = ["new", "open", "waiting_on_requester", "waiting_on_third_party", "resolved", "closed"];
    let newest =
        statuses.iter().filter_map(|status| desk.run(&["tickets", "list", "--status", status]).into_iter().next());
    let pages: Vec<_> = newest.map(|ticket| format!("tickets/{}", ticket["number"].as_str().unwrap())).collect();
    assert_eq!(pages.len(), statuses.len(), "the demo has a ticket in every status");
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_mailed_link_pass_axe_in_both_languages_and_need_no_script() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    desk.start();
    for (count, lang) in ["", "/en"].into_iter().enumerate() {
        let number = inquire(&desk, lang);
        let mails = desk.outgoing(count + 1);
        let texts =
            mails.iter().map(|raw| MessageParser::default().parse(raw).unwrap().body_text(0).unwrap().into_owned());
        let text = texts.into_iter().find(|text| text.contains(&number)).expect("a receipt with the number");
        let link = text.split_whitespace().find(|word| word.contains("/t/")).expect("a link in the receipt").to_owned();
        browser.open(&link).await;
        browser.examine(&format!("{lang} link")).await;
        browser.press("main form button").await;
        assert!(browser.text("main").await.contains(&number));
        browser.examine(&format!("{lang} page of the ticket")).await;
        assert!(!browser.client.source().await.unwrap().contains("<script"));
        browser.fill("body", "もう一つ伺います。").await;
        browser.press("form:has([name=body]) button").await;
        assert!(browser.text("main").await.contains("もう一つ伺います"), "the reply stands on the page");
        browser.examine(&format!("{lang} page after a reply")).await;
    }
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

/// A person sends an inquiry over HTTP, in that language. Gives its number.
fn inquire(desk: &Desk, lang: &str) -> String {
    let mut client = http::Client::new(desk.address);
    let path = format!("{lang}/inquiries/other");
    let mut fields = http::hidden(&client.get(&path).unwrap().body);
    fields.extend(http::typed(1));
    let confirm = client.post(&path, &fields).unwrap();
    assert_eq!(confirm.status, 200, "{}", confirm.body);
    let sent = client.post(&format!("{path}/submit"), &http::hidden(&confirm.body)).unwrap();
    sent.location.rsplit('/').next().unwrap().to_owned()
}
