//! Every kind of inquiry through HTTP on both databases, filled in by a program that knows nothing of it but its HTML.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use madoguchi::desk::inquiry::{Catalogue, InquiryKind, store as kinds};
use madoguchi::desk::period::{self, NewPeriod, PeriodKind};
use madoguchi::desk::ticket::{Ticket, TicketNumber, store};
use madoguchi::platform::db::{Db, DbError, Tx, query};

use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// A box of a form, as its HTML tells.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pub name: String,
    pub is_required: bool,
    /// `hidden`, `text`, `radio`, `select`, `textarea`, …
    pub shape: String,
    /// What stands there, or may be chosen.
    pub values: Vec<String>,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next()?.replace("&#60;", "<").replace("&#38;", "&").replace("&#34;", "\""))
}

/// The boxes of the first form of the page.
pub fn inputs(page: &str) -> Vec<Input> {
    let main = page.split("<main").nth(1).unwrap();
    let form = main.split("<form").nth(1).expect("a form").split("</form>").next().unwrap();
    let mut found: Vec<Input> = Vec::new();
    for piece in form.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        let word = tag.split([' ', '>']).next().unwrap();
        if word == "option" {
            let value = attribute(tag, "value").unwrap();
            found.last_mut().unwrap().values.extend((!value.is_empty()).then_some(value));
            continue;
        }
        if !["input", "select", "textarea"].contains(&word) {
            continue;
        }
        let shape = if word == "input" { attribute(tag, "type").unwrap_or("text".into()) } else { word.to_owned() };
        let name = attribute(tag, "name").unwrap();
        let values: Vec<_> = attribute(tag, "value").filter(|v| !v.is_empty()).into_iter().collect();
        if let Some(radio) = found.iter_mut().find(|i| shape == "radio" && i.name == name) {
            radio.values.extend(values);
            continue;
        }
        let is_required = tag.contains(" required");
        found.push(Input { name, is_required, shape, values });
    }
    found
}

/// What a program types into a box whose name the contract fixes.
const TYPED: [(&str, &str); 13] = [
    ("registration_number", "612048"),
    ("birth_era", "seireki"),
    ("birth_year", "1996"),
    ("birth_month", "2"),
    ("birth_day", "3"),
    ("family_name", "渡邉"),
    ("given_name", "一郎"),
    ("family_kana", "ワタナベ"),
    ("given_kana", "イチロウ"),
    ("email", "i.watanabe@example.jp"),
    ("phone", "03-1234-5678"),
    ("subject", "おたずね"),
    ("body", "内容です。"),
];

/// Fills in the required boxes, or all of them.
pub fn filled(inputs: &[Input], everything: bool) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for input in inputs {
        let known = TYPED.iter().find(|(name, _)| *name == input.name).map(|(_, value)| (*value).to_owned());
        let wanted = input.shape == "hidden" || input.name == "birth_era" || input.is_required || everything;
        let value = match (input.shape.as_str(), known) {
            _ if !wanted || input.name == "homepage" => continue,
            ("hidden", _) => input.values.first().cloned().unwrap_or_default(),
            (_, Some(known)) => known,
            ("radio" | "select", None) => input.values.first().cloned().unwrap_or_default(),
            (_, None) if input.name.contains("email") => "x@example.jp".to_owned(),
            _ => "テスト".to_owned(),
        };
        fields.insert(input.name.clone(), value);
    }
    fields
}

pub async fn post(browser: &mut Browser, path: &str, fields: &BTreeMap<String, String>) -> Page {
    let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post_as_is(path, &fields).await
}

/// The hidden inputs of the confirmation page.
fn hidden(page: &Page) -> BTreeMap<String, String> {
    let hidden = inputs(&page.text).into_iter().filter(|input| input.shape == "hidden");
    hidden.map(|input| (input.name, input.values.into_iter().next().unwrap_or_default())).collect()
}

pub async fn ticket(db: &Db, sent: &Page) -> Ticket {
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let number = TicketNumber::parse(sent.location().rsplit('/').next().unwrap()).unwrap();
    store::find_by_number(&mut db.read().await.unwrap(), &number).await.unwrap().unwrap()
}

/// A desk whose forms are registered in its database.
pub async fn desk(db: &Db, catalogue: &Catalogue) -> TestDesk {
    let desk = TestDesk::new(db.clone());
    let (catalogue, now) = (catalogue.clone(), desk.state.clock.now());
    let register = async move |tx: &mut Tx| kinds::register(tx, &catalogue, now).await;
    let registered = db.write::<_, DbError, _>(register).await.unwrap();
    desk.state.catalogue.set(registered).unwrap();
    desk
}

#[tokio::test]
async fn every_kind_is_filled_in_by_a_program_confirmed_sent_and_received() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        for (kind, everything, lang) in
            InquiryKind::ALL.iter().flat_map(|kind| [(kind, false, ""), (kind, true, ""), (kind, false, "/en")])
        {
            // One client may not send this many in a minute.
            desk.state.clock.advance(chrono::Duration::minutes(1));
            let mut browser = desk.browser();
            let path = format!("{lang}/inquiries/{kind}");
            let form = browser.get(&path).await;
            assert_eq!(form.status, StatusCode::OK, "{path}");
            let mut typed = filled(&inputs(&form.text), everything);
            // One address may not send this many in a day.
            typed.insert("email".into(), format!("{kind}{everything}{}@example.jp", lang.len()));
            let confirm = post(&mut browser, &path, &typed).await;
            assert_eq!(confirm.status, StatusCode::OK, "{path} {everything}: {typed:?}\n{}", confirm.text);
            let sent = post(&mut browser, &format!("{path}/submit"), &hidden(&confirm)).await;
            let ticket = ticket(&db, &sent).await;
            assert_eq!(ticket.kind, kind.as_str());
            assert!(ticket.form_version > 0 && !ticket.subject.is_empty());
            let spec = desk.state.kinds().get(*kind).unwrap();
            for field in spec.form.fields.iter().filter(|field| field.required || everything) {
                assert!(!ticket.fields.0[&field.name].is_empty(), "{kind}.{}", field.name);
            }
            let receipt = browser.get(sent.location()).await;
            assert!(receipt.has(&ticket.number) && receipt.has("class=\"no passcode\""), "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_form_that_comes_empty_is_shown_again_with_a_summary_and_keeps_what_was_typed() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        for kind in InquiryKind::ALL {
            let mut browser = desk.browser();
            let path = format!("/inquiries/{kind}");
            let boxes = inputs(&browser.get(&path).await.text);
            let mut typed = filled(&boxes, true);
            typed.insert("email".into(), "kein Zeichen".into());
            let page = post(&mut browser, &path, &typed).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
            assert!(page.has("<title>エラー：") && page.has("href=\"#email\""), "{kind}");
            let again = inputs(&page.text);
            for (name, value) in typed.iter().filter(|(_, v)| !v.is_empty()) {
                assert!(page.has(&format!("\"{value}\"")) || page.has(value), "{kind}: {name} is lost");
                assert!(again.iter().any(|input| input.name == *name), "{kind}: {name} is gone");
            }
            // Nothing filled in: every required field is named, and each link leads to a box.
            typed.retain(|name, _| ["csrf_token", "form_key", "form_version"].contains(&name.as_str()));
            let page = post(&mut browser, &path, &typed).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
            for link in page.text.split("<li><a href=\"#").skip(1) {
                let target = link.split('"').next().unwrap();
                assert!(page.has(&format!("id=\"{target}\"")), "{kind}: #{target} leads nowhere");
            }
            let stored: (i64,) =
                query("SELECT COUNT(*) FROM tickets").fetch_one(&mut db.read().await.unwrap()).await.unwrap();
            assert_eq!(stored.0, 0);
        }
    })
    .await;
}

/// The embedded kinds with a change to one file.
pub fn changed(kind: &str, change: impl Fn(String) -> String) -> Catalogue {
    let folder = tempfile::tempdir().unwrap();
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/kinds/{kind}.toml"));
    std::fs::write(folder.path().join(format!("{kind}.toml")), change(std::fs::read_to_string(file).unwrap())).unwrap();
    Catalogue::with_folder(folder.path()).unwrap()
}

#[tokio::test]
async fn a_form_that_changed_while_somebody_wrote_says_so_and_loses_nothing_and_old_tickets_keep_theirs() {
    on_each_database(async |db| {
        let before = desk(&db, &Catalogue::embedded().unwrap()).await;
        let mut browser = before.browser();
        let path = "/inquiries/trouble";
        let typed = filled(&inputs(&browser.get(path).await.text), true);
        let old = ticket(&db, &post(&mut browser, &format!("{path}/submit"), &typed).await).await;
        let mut open = filled(&inputs(&browser.get(path).await.text), true);
        open.insert("browser".into(), "窓の向こう".into());
        open.insert("screen".into(), "応募の画面".into());

        // The field `browser` goes, `happened_at` is called otherwise.
        let new = changed("trouble", |source| {
            let source = source.replace("いつ起きましたか", "起きた日時");
            source.replace("name = \"browser\"", "name = \"device\"").replace("端末とブラウザ", "お使いの端末")
        });
        let after = desk(&db, &new).await;
        let mut again = after.browser();
        again.cookies = browser.cookies.clone();
        for to in [path.to_owned(), format!("{path}/submit")] {
            let page = post(&mut again, &to, &open).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.has("この様式が変わりました") && page.has("応募の画面"), "{}", page.text);
            assert!(page.has("端末とブラウザ：窓の向こう"), "what has no field any more stands in the text");
        }
        let page = post(&mut again, path, &open).await;
        let mut fresh = filled(&inputs(&page.text), false);
        fresh.extend(open.iter().filter(|(n, _)| n.as_str() == "screen").map(|(n, v)| (n.clone(), v.clone())));
        let sent = ticket(&db, &post(&mut again, &format!("{path}/submit"), &fresh).await).await;
        assert_ne!(sent.form_version, old.form_version);

        let (_, mut staff) = after.signed_in("佐藤", madoguchi::desk::staff::Role::Agent).await;
        let page = staff.get(&format!("/staff/tickets/{}", old.number)).await;
        assert!(page.has("いつ起きましたか") && page.has("端末とブラウザ"), "the form it was sent with");
        assert!(!page.has(">happened_at<"));
        assert!(staff.get(&format!("/staff/tickets/{}", sent.number)).await.has("起きた日時"));
        // The same forms again are no new version.
        let version = after.state.kinds().get(InquiryKind::Trouble).unwrap().version;
        let third = desk(&db, &new).await;
        assert_eq!(third.state.kinds().get(InquiryKind::Trouble).unwrap().version, version);
    })
    .await;
}

#[tokio::test]
async fn a_kind_with_an_opening_is_refused_outside_it_with_the_way_on() {
    on_each_database(async |db| {
        let closed = changed("late_start", |source| {
            source.replace("queue = \"training\"", "queue = \"training\"\nopening = \"apply\"")
        });
        let desk = desk(&db, &closed).await;
        let mut browser = desk.browser();
        let path = "/inquiries/late_start";
        let page = browser.get(path).await;
        assert!(page.has("受付期間ではありません") && page.has("/inquiries/trouble"));
        let mut typed = filled(&inputs(&page.text), false);
        typed.insert("reason".into(), "大切な理由".into());
        let page = post(&mut browser, &format!("{path}/submit"), &typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.has("大切な理由") && page.has("/inquiries/trouble"));

        let now = desk.state.clock.now();
        let period = NewPeriod {
            fiscal_year: 2027,
            round: "1".into(),
            name: "1次募集".into(),
            kind: PeriodKind::Apply,
            opens_at: now - chrono::Duration::hours(1),
            closes_at: now + chrono::Duration::hours(1),
        };
        let import = async move |tx: &mut Tx| period::import(tx, &[period], true, now).await;
        db.write::<_, DbError, _>(import).await.unwrap();
        let sent = post(&mut browser, &format!("{path}/submit"), &typed).await;
        assert_eq!(ticket(&db, &sent).await.kind, "late_start");
        desk.state.clock.advance(chrono::Duration::hours(1));
        let again = post(&mut browser, &format!("{path}/submit"), &typed).await;
        assert_eq!(again.location(), sent.location(), "what was received stays received");
    })
    .await;
}

#[tokio::test]
async fn answers_before_the_form_follow_the_season_and_who_was_helped_is_counted_by_a_post_only() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let mut browser = desk.browser();
        let page = browser.get("/inquiries/password").await;
        assert!(page.has("それでも問い合わせる") && page.has("パスワードをお忘れの方はこちら"));
        let token = page.csrf();
        assert_eq!(browser.get("/inquiries/password/helped?answer=reset").await.status, StatusCode::OK);
        let day = desk.state.clock.today();
        let helped = async || kinds::helped_since(&mut db.read().await.unwrap(), day).await.unwrap();
        assert!(helped().await.is_empty(), "a GET counts nothing");
        for _ in 0..2 {
            let sent = browser.post_as_is("/inquiries/password/helped?answer=reset", &[("csrf_token", &token)]).await;
            assert_eq!(sent.location(), "/inquiries/password/helped");
        }
        browser.post_as_is("/inquiries/password/helped?answer=nonsense", &[("csrf_token", &token)]).await;
        assert_eq!(helped().await, [(InquiryKind::Password, "reset".to_owned(), 2)]);
        // Each answer has a button of its own, and so has an entry of the FAQ.
        let page = browser.get("/inquiries/duplicate").await;
        let spec = Catalogue::embedded().unwrap().get(InquiryKind::Duplicate).unwrap().clone();
        for answer in &spec.answers {
            assert!(page.has(&format!("/inquiries/duplicate/helped?answer={}\"", answer.id)), "{}", answer.id);
        }
        let entry = browser.get("/faq/password-forgotten").await;
        let to = "/inquiries/password/helped?entry=password-forgotten";
        assert!(entry.has(to), "{}", entry.text);
        browser.post_as_is(to, &[("csrf_token", &entry.csrf())]).await;
        browser.post_as_is("/inquiries/password/helped?entry=nonsense", &[("csrf_token", &token)]).await;
        assert!(helped().await.contains(&(InquiryKind::Password, "faq:password-forgotten".to_owned(), 1)));
        let wrong = browser.post_as_is("/inquiries/password/helped?answer=reset", &[("csrf_token", "x")]).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_link_brings_the_fields_of_the_kind_and_never_who_one_is() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let query = "specialty=%E5%86%85%E7%A7%91&entry_fiscal_year=2024&topic=linkage&registration_number=612048&email=a%40b.jp";
        let page = desk.browser().get(&format!("/inquiries/record?{query}")).await;
        assert!(page.has("<option value=\"内科\" selected>") && page.has("<option value=\"2024\" selected>"));
        assert!(page.has("value=\"linkage\" required checked"));
        assert!(!page.has("612048") && !page.has("a@b.jp"));
    })
    .await;
}
