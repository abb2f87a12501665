//! Invented mails, as they come over the wire. They go the way of every mail: through the inbox of whoever calls the
//! demo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

/// A mail of a person. `to` is the address of the desk or a reply address of it.
pub(super) struct Letter<'a> {
    pub(super) name: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
    /// Makes the Message-ID its own.
    pub(super) id: String,
    pub(super) at: DateTime<Utc>,
    /// Whether a picture of a screen comes with it.
    pub(super) has_picture: bool,
}

/// A small picture: a board of grey squares, in place of a screen.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAACAAAAAYCAAAAAC+OKDoAAAAHklEQVR42mN4BwVnoACdzzBCFOCSgPFHioLR9AAGABc2lx98Zu6aAAAAAElFTkSuQmCC";

impl Letter<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let head = format!(
            "From: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@mail.example.jp>\r\nMIME-Version: 1.0\r\n",
            words(self.name),
            self.from,
            self.to,
            words(self.subject),
            self.at.to_rfc2822(),
            self.id
        );
        let text = format!(
            "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines(&format!("{}\r\n\r\n-- \r\n{}\r\n", self.body, self.name))
        );
        if !self.has_picture {
            return (head + &text).into_bytes();
        }
        let picture = format!(
            "Content-Type: image/png; name=\"screen.png\"\r\nContent-Disposition: attachment; filename=\"screen.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{PICTURE}\r\n"
        );
        format!("{head}Content-Type: multipart/mixed; boundary=\"p\"\r\n\r\n--p\r\n{text}--p\r\n{picture}--p--\r\n")
            .into_bytes()
    }
}

/// A notice that a mail came back (RFC 3464). `mail_id` is the Message-ID of the mail it is about.
pub(super) fn bounce(desk: &str, to: &str, mail_id: &str, at: DateTime<Utc>) -> Vec<u8> {
    let date = at.to_rfc2822();
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.jp>\r\nTo: <{desk}>\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Date: {date}\r\nMessage-ID: <bounce-{mail_id}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered to <{to}>: the mailbox does not exist.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: <{desk}>\r\nTo: <{to}>\r\nMessage-ID: <{mail_id}>\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Mails that nobody can make an inquiry of by themselves: a notice for a mail that was never sent, a circular, an
/// answer of a machine, bytes that are no mail, and one of more than `limit` bytes.
pub(super) fn held(desk: &str, at: DateTime<Utc>, limit: u64) -> Vec<Vec<u8>> {
    let date = at.to_rfc2822();
    let plain = |from: &str, subject: &str, id: &str, more: &str, body: &str| {
        format!(
            "From: {from}\r\nTo: <{desk}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{id}@news.example.jp>\r\n{more}\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            words(subject),
            lines(body)
        )
        .into_bytes()
    };
    let mut mails = vec![
        bounce(desk, "unknown@example.com", "never-sent@desk.invalid", at),
        plain(
            "<news@news.example.jp>",
            "月刊 医療と制度 今月号のご案内",
            "circular-1",
            "List-Id: <news.example.jp>\r\nPrecedence: list\r\n",
            "今月号の目次をお知らせします。",
        ),
        plain(
            "<robot@forms.example.jp>",
            "フォームからの自動通知",
            "robot-881",
            "Auto-Submitted: auto-generated\r\n",
            "このメールは自動で送られています。",
        ),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR these bytes are no mail \x00\xff\xfe".to_vec(),
    ];
    // One that is refused unread, as long as the bound is of the usual size.
    if let Some(size) = usize::try_from(limit).ok().filter(|limit| (1..=64 << 20).contains(limit)) {
        let mut large = Letter {
            name: "田村 さくら",
            from: "s.tamura@example.jp",
            to: desk,
            subject: "医師免許証の画像です",
            body: "画像を添付します。大きくて申し訳ありません。",
            id: "large-1".to_owned(),
            at,
            has_picture: false,
        }
        .bytes();
        large.resize(size + 4_096, b'A');
        mails.push(large);
    }
    mails
}

/// A header text in encoded words (RFC 2047), each of whole characters.
fn words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let word = |part: &[char]| format!("=?UTF-8?B?{}?=", STANDARD.encode(part.iter().collect::<String>()));
    chars.chunks(13).map(word).collect::<Vec<_>>().join("\r\n ")
}

/// A body in base64, in lines of 76.
fn lines(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    let lines = encoded.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\r\n")
}
