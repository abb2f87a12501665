//! The 22 rows of domain.md §2.23, each played in Chromium against the real binary: the resident, the staff and the job.
//! Odd rows run on SQLite, even rows on PostgreSQL. A row's test is named after it.

mod access;
mod images;
mod rules;
mod season;
mod training;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fantoccini::Locator;
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::on_postgres_url;

/// A Monday morning within the first application window of [`SEASON`].
pub const NOW: &str = "2026-11-09T10:00:00+09:00";

/// The recruitment for FY2027, at the dates of the year before (domain.md §3.1).
const SEASON: &str = "fiscal_year,round,name,kind,opens_at,closes_at\n\
    2027,1,1次募集,apply,2026-11-04 12:00,2026-11-14 12:00\n\
    2027,1,1次募集,decide,2026-11-16 12:00,2026-11-24 12:00\n\
    2027,1,1次募集,result,2026-11-28 12:00,2026-11-28 12:00\n\
    2027,2,2次募集,apply,2026-12-01 12:00,2026-12-13 12:00\n\
    2027,2,2次募集,result,2026-12-25 12:00,2026-12-25 12:00\n\
    2027,final,最終調整,apply,2027-01-07 12:00,2027-01-22 12:00\n\
    2027,final,最終調整,result,2027-02-03 12:00,2027-02-03 12:00\n";

/// What the forms ask of every person.
const PERSON: [(&str, &str); 9] = [
    ("registration_number", "654321"),
    ("birth_year", "1996"),
    ("birth_month", "4"),
    ("birth_day", "21"),
    ("family_name", "山田"),
    ("given_name", "花子"),
    ("family_kana", "ヤマダ"),
    ("given_kana", "ハナコ"),
    ("email", "hanako@new.example"),
];

/// Her registration, A-1001; a row changes what it is about.
const ACCOUNT: [(&str, &str); 20] = [
    ("account_id", "A-1001"),
    ("registration_number", "654321"),
    ("birthdate", "1996-04-21"),
    ("family_name", "山田"),
    ("given_name", "花子"),
    ("family_kana", "ヤマダ"),
    ("given_kana", "ハナコ"),
    ("email", "hanako@file.example"),
    ("phase", "applicant"),
    ("entry_fiscal_year", "2027"),
    ("specialty", "内科"),
    ("program", "青葉病院 内科プログラム"),
    ("director_name", "北野 徹"),
    ("director_email", "kitano@aoba.example"),
    ("application_state", "applied"),
    ("registered_at", "2026-11-05 09:00"),
    ("login_mail_sent_at", "2026-11-05 09:01"),
    ("login_mail_state", "opened"),
    ("temporary_password_issued_at", ""),
    ("licence_image", "licence"),
];

/// What was sent, as a person reads it.
pub struct Sent {
    pub to: String,
    pub body: String,
    pub message_id: String,
}

pub struct Story {
    pub desk: Desk,
    pub browser: Browser,
    base: String,
    /// Of the last inquiry.
    pub number: String,
    pub passcode: String,
}

/// Fills in by name, as a person would choose: text, lists, radio buttons and boxes. What a field does not offer, and a
/// field that is not there, is an error unless the name begins with a question mark.
const FILL: &str = "for (let [name, value] of arguments[0]) { \
    const may = name.startsWith('?'); name = name.replace('?', ''); \
    const all = [...document.querySelectorAll('main [name=\"' + name + '\"]:not([type=hidden])')]; \
    if (!all.length) { if (may) continue; throw new Error('no field ' + name); } \
    const one = ['radio', 'checkbox'].includes(all[0].type) ? all.find(e => e.value === value) : all[0]; \
    if (!one) throw new Error(name + ' has no ' + value); \
    if (one.tagName === 'SELECT' && ![...one.options].some(o => o.value === value)) throw new Error(name + ' has no ' + value); \
    if (['radio', 'checkbox'].includes(one.type)) one.checked = true; else one.value = value; }";

impl Story {
    /// Plays a row with registrations that differ from [`ACCOUNT`] in what each names.
    pub async fn play(row: u32, accounts: &[&[(&str, &str)]], story: impl AsyncFnOnce(&mut Story)) {
        if row % 2 == 1 {
            Self::begin(None, accounts, story).await;
            return;
        }
        let story = std::cell::Cell::new(Some(story));
        on_postgres_url(async |url: String| {
            if let Some(story) = story.take() {
                Self::begin(Some(&url), accounts, story).await;
            }
        })
        .await;
    }

    async fn begin(database: Option<&str>, accounts: &[&[(&str, &str)]], story: impl AsyncFnOnce(&mut Story)) {
        let Some(browser) = Browser::start().await else { return };
        let mut desk = Desk::new(database);
        desk.set("CLOCK__NOW", NOW);
        std::fs::write(desk.folder().join("periods.csv"), SEASON).unwrap();
        desk.run(&["periods", "import", "periods.csv"]);
        let base = format!("http://{}", desk.address);
        let mut play = Self { desk, browser, base, number: String::new(), passcode: String::new() };
        play.import(accounts);
        play.desk.start();
        story(&mut play).await;
        let findings = play.browser.close().await;
        assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
        play.desk.stop();
    }

    /// The online system hands its registrations over.
    pub fn import(&self, accounts: &[&[(&str, &str)]]) {
        let mut csv = ACCOUNT.map(|(name, _)| name).join(",");
        for account in accounts {
            let changed: BTreeMap<_, _> = ACCOUNT.iter().chain(*account).copied().collect();
            assert_eq!(changed.len(), ACCOUNT.len(), "no such column among {account:?}");
            csv.push('\n');
            csv.push_str(&ACCOUNT.map(|(name, _)| changed[name]).join(","));
        }
        std::fs::write(self.desk.folder().join("accounts.csv"), csv).unwrap();
        self.desk.run(&["accounts", "import", "accounts.csv"]);
    }

    /// The online system tells what does not fit a row.
    pub fn put(&self, account: Value) {
        let file = self.desk.folder().join("token");
        if !file.exists() {
            let token = self.desk.run(&["token", "add", "system", "--scope", "accounts"]).pop().unwrap();
            std::fs::write(&file, token["token"].as_str().unwrap()).unwrap();
        }
        let token = std::fs::read_to_string(&file).unwrap();
        let body = json!([account]).to_string();
        let mut stream = TcpStream::connect(self.desk.address).unwrap();
        let head = format!(
            "PUT /api/v1/accounts HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.desk.address,
            token,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Time goes on: the desk stops, and starts again at that instant, making up for what was missed.
    pub fn later(&mut self, now: &str) {
        self.desk.stop();
        self.desk.set("CLOCK__NOW", now);
        self.desk.start();
    }

    /// Runs a job now; how much it did.
    pub fn job(&self, name: &str) -> i64 {
        let run = self.desk.run(&["jobs", "run", name]).pop().unwrap();
        run["effects"].as_i64().unwrap_or_else(|| panic!("{run}"))
    }

    /// Runs a job as if it were that instant already; how much it did.
    pub fn job_at(&self, name: &str, now: &str) -> i64 {
        let ran = self.desk.command(&["jobs", "run", name]).env("MADOGUCHI__CLOCK__NOW", now).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        serde_json::from_slice::<Value>(&ran.stdout).unwrap()["effects"].as_i64().unwrap()
    }

    pub async fn open(&self, path: &str) -> String {
        self.browser.open(&format!("{}{path}", self.base)).await;
        self.text().await
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        self.browser.text("main").await
    }

    /// What stands on the page, in boxes too.
    pub async fn source(&self) -> String {
        self.browser.client.source().await.unwrap()
    }

    /// The page with everything that can be opened open.
    pub async fn unfold(&self) -> String {
        let open = "document.querySelectorAll('main details').forEach(d => d.open = true)";
        self.browser.client.execute(open, vec![]).await.unwrap();
        self.text().await
    }

    /// Whether there is such a thing on the page.
    pub async fn has(&self, selector: &str) -> bool {
        self.browser.client.find(Locator::Css(selector)).await.is_ok()
    }

    /// The page once it says something that a job or a service brings about.
    pub async fn until(&self, path: &str, says: &str) -> String {
        let wait = async {
            let mut look = tokio::time::interval(Duration::from_millis(50));
            loop {
                let page = self.open(path).await;
                if page.contains(says) {
                    return page;
                }
                look.tick().await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(20), wait).await;
        came.unwrap_or_else(|_| panic!("{path} never said {says}"))
    }

    pub async fn fill(&self, fields: &[(&str, &str)]) {
        let filled = self.browser.client.execute(FILL, vec![json!(fields)]).await;
        filled.unwrap_or_else(|error| panic!("{error}"));
    }

    pub async fn press(&self, selector: &str) -> String {
        self.browser.press(selector).await;
        self.text().await
    }

    /// The resident opens a form, fills it in and goes on: the confirmation page, or the form again.
    pub async fn write(&self, kind: &str, fields: &[(&str, &str)]) -> String {
        self.open(&format!("/inquiries/{kind}")).await;
        self.go_on(fields).await
    }

    /// The same on a form that is open already.
    pub async fn go_on(&self, fields: &[(&str, &str)]) -> String {
        let person: Vec<_> = PERSON.iter().map(|(name, value)| (format!("?{name}"), *value)).collect();
        let person: Vec<_> = person.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.fill(&person).await;
        self.fill(fields).await;
        self.press("#form .actions button").await
    }

    /// … and sends it.
    pub async fn send(&mut self) {
        self.press("#send .actions button").await;
        self.number = self.browser.text(".stub .no").await;
        self.passcode = self.browser.text(".stub .passcode").await;
    }

    pub async fn inquire(&mut self, kind: &str, fields: &[(&str, &str)]) {
        let confirm = self.write(kind, fields).await;
        assert!(self.has("#send").await, "no confirmation: {confirm}");
        self.send().await;
    }

    /// The page of number and passcode.
    pub async fn status(&self) -> String {
        self.open("/status").await;
        self.fill(&[("number", &self.number), ("passcode", &self.passcode)]).await;
        self.press("main form button").await
    }

    /// The first member of staff signs in: by the link of the first start, later by password.
    pub async fn staff(&mut self) {
        match self.desk.link.take() {
            Some(link) => {
                self.browser.open(&link).await;
                self.fill(&[
                    ("name", "伊藤"),
                    ("email", "first@desk.example"),
                    ("password", PASSWORD),
                    ("password_again", PASSWORD),
                ])
                .await;
                self.press("main form button").await;
            }
            None => self.staff_as("first@desk.example").await,
        }
    }

    pub async fn staff_as(&self, email: &str) {
        self.browser.client.delete_all_cookies().await.unwrap();
        self.open("/staff/login").await;
        self.fill(&[("email", email), ("password", PASSWORD)]).await;
        self.press("main form button").await;
    }

    /// Adds a member of staff whose address is `{role}@desk.example`; the first one must have signed in.
    pub fn colleague(&self, role: &str) {
        std::fs::write(self.desk.folder().join("password"), PASSWORD).unwrap();
        let email = format!("{role}@desk.example");
        let add = ["staff", "add", role, &email, "--role", role, "--password-file", "password"];
        let added = self.desk.command(&add).output().unwrap();
        assert!(added.status.success(), "{added:?}");
    }

    /// The ticket as staff see it.
    pub async fn ticket(&self) -> String {
        self.open(&format!("/staff/tickets/{}", self.number)).await
    }

    /// The ticket once it is linked to a registration.
    pub async fn linked(&self) -> String {
        self.until(&format!("/staff/tickets/{}", self.number), "A-1001").await
    }

    /// An act of the workflow.
    pub async fn step(&self, act: &str, note: &str) -> String {
        self.fill(&[("note", note)]).await;
        self.press(&format!("button[name=act][value={act}]")).await
    }

    /// Stands on the ticket, without loading it again where it stands already.
    async fn stand_on_ticket(&self) {
        let path = format!("/staff/tickets/{}", self.number);
        if self.browser.client.current_url().await.unwrap().path() != path {
            self.open(&path).await;
        }
    }

    /// Takes a canned reply that is offered and sends it as it is.
    pub async fn canned(&self, id: &str) -> String {
        self.stand_on_ticket().await;
        let offered = format!("a[href*='?canned={id}#']");
        if !self.has(&offered).await {
            let page = self.ticket().await;
            assert!(self.has(&offered).await, "{id} is not offered: {page}");
        }
        self.open(&format!("/staff/tickets/{}?canned={id}", self.number)).await;
        self.press("#answer button.for-reply").await
    }

    pub async fn reply(&self, body: &str, then: &str) -> String {
        self.stand_on_ticket().await;
        let write = "document.querySelector('#body').value = arguments[0]; document.querySelector('#then').value = arguments[1];";
        self.browser.client.execute(write, vec![json!(body), json!(then)]).await.unwrap();
        self.press("#answer button.for-reply").await
    }

    /// All mails that have left.
    pub fn mails(&self) -> Vec<Sent> {
        let read = |raw: &String| {
            let mail = MessageParser::default().parse(raw).unwrap();
            let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
            let body = mail.body_text(0).unwrap().into_owned();
            Sent { to, body, message_id: mail.message_id().unwrap().to_owned() }
        };
        self.desk.outgoing(0).iter().map(read).collect()
    }

    /// The mail that says something, once it has left.
    pub async fn mail(&self, says: &str) -> Sent {
        let wait = async {
            let mut look = tokio::time::interval(Duration::from_millis(50));
            loop {
                look.tick().await;
                if let Some(found) = self.mails().into_iter().find(|mail| mail.body.contains(says)) {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), wait).await;
        found.unwrap_or_else(|_| {
            panic!("no mail says {says}: {:?}", self.mails().iter().map(|m| &m.body).collect::<Vec<_>>())
        })
    }

    /// How many mails that say something have left.
    pub fn count(&self, says: &str) -> usize {
        self.mails().iter().filter(|mail| mail.body.contains(says)).count()
    }

    /// The events of the ticket, as their words.
    pub fn events(&self) -> String {
        self.desk.run(&["tickets", "show", &self.number]).pop().unwrap()["events"].to_string()
    }
}

const PASSWORD: &str = "four quiet words here";

/// Fails with the page when it does not say all of it.
#[track_caller]
pub fn says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "the page does not say {text}:\n{page}");
    }
}
