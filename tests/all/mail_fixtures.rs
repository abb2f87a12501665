//! What `mail parse` must make of mail as it really comes (references: RFC 2045–2049, 2231, 3464, 3834, 5322, and the
//! habits of clients, carriers and gateways). Each fixture is a mail built from readable text and what must stand in the
//! JSON; keys that are not named may be anything.

mod addresses;
mod bounces;
mod charsets;
mod file_names;
mod headers;
mod kinds;
mod mutations;
mod replies;
mod structure;

use base64::Engine;
use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};
use madoguchi::mail::parse;
use serde_json::Value;

/// A mail and what must be understood of it.
pub(crate) struct Case {
    what: &'static str,
    raw: Vec<u8>,
    expect: Value,
}

fn case(what: &'static str, raw: impl Into<Vec<u8>>, expect: Value) -> Case {
    Case { what, raw: raw.into(), expect }
}

/// Every fixture, for the tests that mutate them.
fn all() -> Vec<Case> {
    [
        charsets::cases(),
        headers::cases(),
        file_names::cases(),
        structure::cases(),
        replies::plain(),
        replies::html(),
        kinds::cases(),
        bounces::cases(),
        addresses::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Parses every case and tells of all that are not as expected at once.
fn check(cases: Vec<Case>) {
    let count = cases.len();
    let wrong: Vec<String> = cases.into_iter().filter_map(|case| mistakes(&case)).collect();
    assert!(wrong.is_empty(), "{} of {count} fixtures are read wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

fn mistakes(case: &Case) -> Option<String> {
    let mail = match parse::parse(&case.raw) {
        Ok(mail) => parse::to_json(&mail),
        Err(error) => return Some(format!("- {}: {error}", case.what)),
    };
    let Value::Object(expected) = &case.expect else { return Some(format!("- {}: expects no object", case.what)) };
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(key, wanted)| !fits(wanted, &mail[key.as_str()]))
        .map(|(key, wanted)| {
            format!("    {key}: wanted {wanted}\n    {:>2$} got {}", "", mail[key.as_str()], key.len())
        })
        .collect();
    (!wrong.is_empty()).then(|| format!("- {}\n{}", case.what, wrong.join("\n")))
}

/// Objects need the wanted keys, lists the wanted items in order, everything else must be equal.
fn fits(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(_)) => wanted.iter().all(|(key, value)| fits(value, &got[key.as_str()])),
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| fits(w, g))
        }
        _ => wanted == got,
    }
}

/// A mail from readable text: line ends become CRLF.
fn mail(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// Ordinary header fields, those given, and the bytes of a body.
fn body(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: taro@x.example\nTo: desk@desk.example.jp\nSubject: test\nMessage-ID: <1@x.example>\nMIME-Version: 1.0\n{fields}\n"
    );
    let mut raw = mail(&head);
    raw.extend(body);
    raw
}

/// A mail with only a subject, as raw bytes of the value.
fn subject(value: &[u8]) -> Vec<u8> {
    [b"From: taro@x.example\r\nSubject: ", value, b"\r\nMessage-ID: <1@x.example>\r\n\r\nx\r\n"].concat()
}

fn jis(text: &str) -> Vec<u8> {
    ISO_2022_JP.encode(text).0.into_owned()
}

fn sjis(text: &str) -> Vec<u8> {
    SHIFT_JIS.encode(text).0.into_owned()
}

fn euc(text: &str) -> Vec<u8> {
    EUC_JP.encode(text).0.into_owned()
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// An encoded word (RFC 2047) of the B sort.
fn word(charset: &str, bytes: &[u8]) -> String {
    format!("=?{charset}?B?{}?=", base64(bytes))
}

#[test]
fn every_charset_and_every_wrong_label_of_the_fixtures_gives_the_text() {
    check(charsets::cases());
}

#[test]
fn every_subject_of_the_fixtures_is_decoded_whole_or_broken() {
    check(headers::cases());
}

#[test]
fn sec_041_every_file_name_of_the_fixtures_is_decoded_and_harmless() {
    check(file_names::cases());
}

#[test]
fn every_structure_of_the_fixtures_gives_its_text_and_its_attachments() {
    check(structure::cases());
}

#[test]
fn the_new_words_of_a_plain_reply_are_told_from_what_it_quotes() {
    check(replies::plain());
}

#[test]
fn the_new_words_of_an_html_reply_are_told_from_what_it_quotes() {
    check(replies::html());
}

#[test]
fn sec_010_automatic_mail_lists_and_persons_are_told_apart() {
    check(kinds::cases());
}

#[test]
fn rel_035_every_bounce_of_the_fixtures_is_one_and_names_mail_and_recipient() {
    check(bounces::cases());
}

#[test]
fn addresses_ids_dates_and_keys_come_out_as_the_contract_says() {
    check(addresses::cases());
}

#[test]
fn a_fixture_that_is_read_wrongly_is_told() {
    let wrong =
        case("the subject", mail("From: a@b.example\nSubject: x\n\nx\n"), serde_json::json!({ "subject": "y" }));
    assert!(mistakes(&wrong).is_some());
    assert!(all().len() >= 120, "{}", all().len());
}
