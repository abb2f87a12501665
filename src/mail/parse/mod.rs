//! Raw bytes to a mail that people and intake understand. Pure: no database, no clock, no network.
//!
//! [`parse`] takes any bytes whatever and gives a [`ParsedMail`] or one clear [`ParseError`]. All work is linear in the
//! size of the mail within [`Limits`], so a mail within them needs no watchdog.

mod address;
mod charset;
mod encoded_word;
mod file_name;
mod flowed;
mod header;
mod ids;
mod jis;
mod json;
mod params;
mod transfer;
mod walk;

use chrono::{DateTime, FixedOffset};

pub use address::{Address, normalise as normalise_address};
pub use header::{HeaderLimits, Headers};
pub use ids::first as first_message_id;
pub use json::to_json;
pub use params::Params;

use super::classify::{self, Bounce, Kind};
use super::{html, reply_text};

/// Bounds past which a mail is not read (SEC-045). It is kept raw all the same.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the whole mail.
    pub mail_bytes: usize,
    /// Leaves and containers of the MIME tree.
    pub parts: usize,
    /// Containers inside containers.
    pub depth: usize,
    /// Header fields of the message or of one part.
    pub header_fields: usize,
    /// Bytes of one header block.
    pub header_bytes: usize,
    /// Encoded words in the header block of the message.
    pub encoded_words: usize,
    /// Bytes of text kept of the body; the rest is cut off (`text_is_cut`).
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            mail_bytes: 64 * 1024 * 1024,
            parts: 1000,
            depth: 50,
            header_fields: 2000,
            header_bytes: 512 * 1024,
            encoded_words: 10_000,
            text_bytes: 2 * 1024 * 1024,
        }
    }
}

impl Limits {
    fn header(&self) -> HeaderLimits {
        HeaderLimits { fields: self.header_fields, bytes: self.header_bytes }
    }
}

/// Why a mail was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A bound of [`Limits`] was passed.
    #[error("this mail has more than {limit} {what}, which no ordinary mail has; it was not read")]
    TooComplex {
        /// What there was too much of, in words.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// No header field was found in it.
    #[error("this is not a mail: it has no header fields")]
    NotAMail,
}

/// A file that came with the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// For display only: path parts, control characters and bidirectional overrides are removed. Never empty.
    pub name: String,
    /// The declared media type, lower-cased. A claim of the sender.
    pub mime: String,
    /// Shown within the text (an image of a signature), rather than sent along.
    pub inline: bool,
    /// Without the angle brackets.
    pub content_id: Option<String>,
    /// The decoded bytes.
    pub content: Vec<u8>,
}

/// A mail as intake sees it. Everything in it is a claim of the sender.
#[derive(Debug, Clone, Default)]
pub struct ParsedMail {
    /// The first mailbox of `From`, else of `Sender`, else the Return-Path.
    pub from: Option<Address>,
    /// More than one `From` field or mailbox: shown as unverified (SEC-014).
    pub from_is_ambiguous: bool,
    /// Where answers are wanted, when that is elsewhere.
    pub reply_to: Vec<Address>,
    /// The addressees.
    pub to: Vec<Address>,
    /// Those who got a copy.
    pub cc: Vec<Address>,
    /// Addresses of Delivered-To, X-Original-To and Envelope-To.
    pub delivered_to: Vec<String>,
    /// Decoded, one line.
    pub subject: String,
    /// The first Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// The first id of In-Reply-To.
    pub in_reply_to: Option<String>,
    in_reply_to_all: Vec<String>,
    /// References in order, oldest first.
    pub references: Vec<String>,
    /// The `Date` field with its own offset; None when missing or unreadable.
    pub date: Option<DateTime<FixedOffset>>,
    /// The body as text: the text part, or the HTML read as text.
    pub text: String,
    /// The text was longer than `Limits::text_bytes`.
    pub text_is_cut: bool,
    /// The HTML part cleaned by allowlist (SEC-021…026); None when there is none or it is too tangled to be cleaned.
    pub html_sanitized: Option<String>,
    /// Images or styles were to be loaded from elsewhere, and are not (SEC-025).
    pub has_blocked_content: bool,
    /// `text` without quotations, their attributions and what follows a signature mark.
    pub reply_text: String,
    /// Every part that is not the text.
    pub attachments: Vec<Attachment>,
    /// What sort of mail it is: bounce > auto > list > person.
    pub kind: Kind,
    /// A notice that a mail did not arrive.
    pub is_bounce: bool,
    /// Written by a program.
    pub is_auto_reply: bool,
    /// Sent through a mailing list.
    pub is_list: bool,
    /// The sender asked for no automatic answers (X-Auto-Response-Suppress, X-Loop), or it is no person's mail.
    pub suppress_auto_answer: bool,
    /// Set for every delivery report, also one that tells of a delay; `Kind::Bounce` only for failures.
    pub bounce: Option<Bounce>,
    /// The envelope sender as the last server wrote it. `Some("")` is the null sender `<>`.
    pub return_path: Option<String>,
}

impl ParsedMail {
    /// Every address the mail may have come in by: To, Cc, Delivered-To, X-Original-To and Envelope-To, once each. A
    /// reply token is looked for in these.
    pub fn recipients_for_token(&self) -> Vec<&str> {
        let addressed = self.to.iter().chain(&self.cc).map(|a| a.address.as_str());
        distinct(addressed.chain(self.delivered_to.iter().map(String::as_str)))
    }

    /// In-Reply-To and References, once each, nearest first: In-Reply-To, then References from the last to the first.
    pub fn message_ids_referenced(&self) -> Vec<&str> {
        let replied = self.in_reply_to_all.iter().map(String::as_str);
        distinct(replied.chain(self.references.iter().rev().map(String::as_str)))
    }
}

fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    items.filter(|item| !item.is_empty() && seen.insert(*item)).collect()
}

/// Reads a raw mail within the default [`Limits`].
pub fn parse(raw: &[u8]) -> Result<ParsedMail, ParseError> {
    parse_within(raw, &Limits::default())
}

/// Reads a raw mail.
pub fn parse_within(raw: &[u8], limits: &Limits) -> Result<ParsedMail, ParseError> {
    if raw.len() > limits.mail_bytes {
        return Err(ParseError::TooComplex { what: "bytes", limit: limits.mail_bytes });
    }
    if !raw.contains(&b'\n') && raw.contains(&b'\r') {
        // Line ends of the old Macintosh.
        let raw: Vec<u8> = raw.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect();
        return parse_lines(&raw, limits);
    }
    parse_lines(raw, limits)
}

fn parse_lines(raw: &[u8], limits: &Limits) -> Result<ParsedMail, ParseError> {
    let (headers, body) = Headers::split(raw, limits.header())?;
    if headers.is_empty() {
        return Err(ParseError::NotAMail);
    }
    let block = raw.get(..raw.len() - body.len()).unwrap_or_default();
    if encoded_word::count(block) > limits.encoded_words {
        return Err(ParseError::TooComplex { what: "encoded words", limit: limits.encoded_words });
    }
    let found = walk::walk(&headers, body, limits)?;
    let mut mail = from_headers(&headers);
    mail.attachments = found.attachments;
    read_body(&mut mail, &found.pieces, limits);
    classify::classify(&mut mail, &headers);
    Ok(mail)
}

fn from_headers(headers: &Headers<'_>) -> ParsedMail {
    let list = |name: &str| -> Vec<Address> { headers.all(name).flat_map(address::parse).collect() };
    let return_path = headers.first("return-path").map(|raw| normalise_address(&header::text(raw)));
    let senders = list("from");
    let from_is_ambiguous = headers.all("from").count() > 1 || senders.len() > 1;
    let envelope_sender =
        return_path.clone().filter(|p| p.contains('@')).map(|address| Address { name: None, address });
    let in_reply_to_all: Vec<String> = headers.all("in-reply-to").flat_map(ids::all).collect();
    ParsedMail {
        from: senders.into_iter().next().or_else(|| list("sender").into_iter().next()).or(envelope_sender),
        from_is_ambiguous,
        reply_to: list("reply-to"),
        to: list("to"),
        cc: list("cc"),
        delivered_to: ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to"]
            .iter()
            .flat_map(|name| list(name))
            .map(|a| a.address)
            .collect(),
        subject: headers.text("subject").unwrap_or_default(),
        message_id: headers.first("message-id").and_then(ids::first),
        in_reply_to: in_reply_to_all.first().cloned(),
        in_reply_to_all,
        references: headers.all("references").flat_map(ids::all).collect(),
        date: headers.first("date").and_then(ids::date),
        return_path,
        ..ParsedMail::default()
    }
}

/// The text, the cleaned HTML and the reply out of the pieces of the body.
fn read_body(mail: &mut ParsedMail, pieces: &[walk::Piece], limits: &Limits) {
    let mut lines: Vec<reply_text::Line> = Vec::new();
    let mut markup = String::new();
    let has_html = pieces.iter().any(|p| p.html.is_some());
    for piece in pieces {
        let plain = piece.plain.as_deref().filter(|text| !text.trim().is_empty());
        match (plain, &piece.html) {
            (Some(plain), _) => lines.extend(reply_text::lines(cut(plain, limits.text_bytes, &mut mail.text_is_cut))),
            (None, Some(markup)) => {
                lines.extend(html::to_lines(cut(markup, limits.text_bytes, &mut mail.text_is_cut)));
            }
            (None, None) => {}
        }
        if has_html {
            match (&piece.html, &piece.plain) {
                (Some(html), _) => markup.push_str(html),
                (None, Some(plain)) => markup.push_str(&walk::as_html(plain)),
                (None, None) => {}
            }
        }
    }
    let text = reply_text::join(&lines);
    mail.text = cut(text.trim_end().trim_start_matches('\n'), limits.text_bytes, &mut mail.text_is_cut).to_owned();
    mail.reply_text = reply_text::reply(&lines);
    if has_html {
        let markup = cut(&markup, limits.text_bytes, &mut mail.text_is_cut);
        mail.has_blocked_content = html::loads_from_elsewhere(markup);
        mail.html_sanitized = html::sanitize(markup);
    }
}

fn cut<'t>(text: &'t str, bytes: usize, was_cut: &mut bool) -> &'t str {
    if text.len() <= bytes {
        return text;
    }
    *was_cut = true;
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
