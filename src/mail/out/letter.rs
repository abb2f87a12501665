//! An outbox row as the bytes that leave: our own header fields and nothing else (SEC-016), plain text (SEC-019), one
//! recipient (SEC-015). The same row always gives the same bytes, so that a repeat is the same mail.

use std::time::SystemTime;

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message};

use super::MailSettingsError;
use crate::config;
use crate::platform::outbox::Claimed;

/// What stands for the token in `mail.reply_address`.
const TOKEN: &str = "{token}";
/// Characters of a subject that leave; a line of a mail is at most 998 bytes (RFC 5322 §2.1.1).
const SUBJECT_CHARS: usize = 200;

/// Who writes: the desk's name and addresses.
#[derive(Debug, Clone)]
pub struct Sender {
    from: Mailbox,
    /// `mail.reply_address`, with `{token}`.
    reply_address: String,
}

/// A letter as it leaves.
#[derive(Debug, Clone)]
pub struct Letter {
    /// From whom (nobody for automatic mail) to the one recipient.
    pub envelope: Envelope,
    /// Header and body, CRLF line ends, 7-bit.
    pub bytes: Vec<u8>,
}

/// A mail that can never be sent as it is, and why: shown to staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsendable(pub String);

impl Sender {
    /// The sender of these settings.
    ///
    /// # Errors
    /// When an address of the desk is none, or too long once it holds a token (RFC 5321 §4.5.3.1.1: 64 before the `@`).
    pub fn new(desk_name: &str, mail: &config::Mail) -> Result<Self, MailSettingsError> {
        let wrong = |key: &str, e: &dyn std::fmt::Display| MailSettingsError(format!("{key} cannot be used: {e}"));
        let address: Address = mail.address.parse().map_err(|e| wrong("mail.address", &e))?;
        let sample = mail.reply_address.replace(TOKEN, &"x".repeat(49));
        sample.parse::<Address>().map_err(|e| wrong("mail.reply_address", &e))?;
        let from = Mailbox::new(Some(one_line(desk_name)), address);
        Ok(Self { from, reply_address: mail.reply_address.clone() })
    }

    /// Where answers to a mail with this token go; the plain address without one.
    fn reply_to(&self, token: &str) -> Result<Address, Unsendable> {
        if token.is_empty() {
            return Ok(self.from.email.clone());
        }
        let address = self.reply_address.replace(TOKEN, token);
        address.parse().map_err(|e| Unsendable(format!("the reply address cannot be made: {e}")))
    }

    /// Writes the letter of an outbox row.
    ///
    /// # Errors
    /// When the recipient is no mail address.
    pub fn letter(&self, mail: &Claimed) -> Result<Letter, Unsendable> {
        let to = recipient(&mail.to_address)?;
        let reply_to = self.reply_to(&mail.reply_token)?;
        // Automatic mail is answered by nobody, so its envelope sender is empty (RFC 3834 §3.3). A bounce of a person's
        // reply goes to the address with the token and finds its ticket.
        let return_path = (!mail.is_automatic).then(|| reply_to.clone());
        let unsendable = |e: lettre::error::Error| Unsendable(format!("the letter cannot be written: {e}"));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .reply_to(Mailbox::new(None, reply_to))
            .to(Mailbox::new(None, to.clone()))
            .subject(subject(&mail.subject))
            .date(SystemTime::from(mail.created_at))
            .message_id(Some(format!("<{}>", mail.mail_id)))
            .header(ContentType::TEXT_PLAIN);
        if let Some(id) = message_id(&mail.in_reply_to) {
            builder = builder.in_reply_to(id.clone()).references(id);
        }
        if mail.is_automatic {
            let word = if mail.kind == "acknowledgement" { "auto-replied" } else { "auto-generated" };
            builder =
                builder.raw_header(field("Auto-Submitted", word)).raw_header(field("X-Auto-Response-Suppress", "All"));
        }
        let envelope = Envelope::new(return_path, vec![to]).map_err(unsendable)?;
        let message = builder.envelope(envelope.clone()).body(body(&mail.body)).map_err(unsendable)?;
        Ok(Letter { envelope, bytes: message.formatted() })
    }
}

fn field(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The one recipient. Local parts with `..` or a dot before the `@`, which Japanese carriers once gave out, are not
/// RFC 5322 dot-atoms and travel in quotes; a domain in Unicode travels as A-labels.
fn recipient(address: &str) -> Result<Address, Unsendable> {
    let refused = || Unsendable("the address of the recipient is no mail address".to_owned());
    let (local, domain) = address.rsplit_once('@').ok_or_else(refused)?;
    let domain = match url::Host::parse(domain) {
        Ok(url::Host::Domain(domain)) => domain,
        _ => domain.to_owned(),
    };
    if !local.is_ascii() {
        return Err(Unsendable("the address of the recipient has letters outside ASCII before the @".to_owned()));
    }
    if let Ok(address) = Address::new(local, &domain) {
        return Ok(address);
    }
    let plain = local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    if local.is_empty() || local.len() > 62 || !plain || Address::new("x", &domain).is_err() {
        return Err(refused());
    }
    Ok(Address::new_dangerous(format!("\"{local}\""), domain))
}

/// A subject on one line. What looks like an encoded word is broken up, so that it reads as it was meant.
fn subject(text: &str) -> String {
    one_line(text).replace("=?", "=？").chars().take(SUBJECT_CHARS).collect()
}

/// Text without line breaks and control characters, for header fields.
fn one_line(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if blank(c) { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A Message-ID of somebody else, in angle brackets, when it is safe to repeat.
fn message_id(id: &str) -> Option<String> {
    let printable = id.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    (printable && !id.is_empty() && id.len() <= 500).then(|| format!("<{id}>"))
}

/// The text as a 7-bit body of short lines: nothing in it can end the data or pass 998 bytes (SEC-017).
fn body(text: &str) -> Body {
    let text: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect();
    let encoding =
        if text.is_ascii() { ContentTransferEncoding::QuotedPrintable } else { ContentTransferEncoding::Base64 };
    // Both encodings take any bytes; the way back is never walked.
    Body::new_with_encoding(text, encoding)
        .unwrap_or_else(|bytes| Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::Binary))
}
