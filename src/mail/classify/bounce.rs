//! Bounces: reports of RFC 3464, and the many that carry no report.

use super::auto::{self, Signs};
use super::{cloud, failure_words};
use crate::mail::parse::{Attachment, HeaderLimits, Headers, ParsedMail, first_message_id, normalise_address};

/// What a delivery report tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounce {
    /// Message-ID of the mail that was not delivered, without angle brackets. From the copy in the bounce, else its
    /// In-Reply-To.
    pub original_message_id: Option<String>,
    /// The addresses that were not reached.
    pub recipients: Vec<String>,
    /// Enhanced status (RFC 3463) such as `5.1.1`; `5.0.0` when only an SMTP code was given.
    pub status: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 §2.3.3).
    pub action: String,
    /// The address will not work next time either.
    pub permanent: bool,
    /// What the refusing server said.
    pub diagnostic: Option<String>,
}

impl Bounce {
    /// A report of delay or success is no failure.
    pub fn is_failure(&self) -> bool {
        self.action == "failed"
    }
}

/// Reads the mail as a delivery report, if it is one.
pub fn find(mail: &ParsedMail, headers: &Headers<'_>, signs: &Signs) -> Option<Bounce> {
    let mut bounce = reported(mail, headers, signs)
        .or_else(|| named_by_exim(mail, headers))
        .or_else(|| cloud::read(&mail.text))
        .or_else(|| disguised(mail, headers, signs))?;
    if bounce.original_message_id.is_none() {
        bounce.original_message_id = original_message_id(mail);
    }
    Some(bounce)
}

/// A `message/delivery-status` part, in a report or at least from a mail system. In a person's mail it is a file that
/// was passed on.
fn reported(mail: &ParsedMail, headers: &Headers<'_>, signs: &Signs) -> Option<Bounce> {
    let content_type = headers.text("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_report = content_type.starts_with("multipart/report") && !content_type.contains("disposition-notification");
    let by_machine = signs.daemon || signs.null_sender || signs.auto_submitted || auto::is_postmaster(mail);
    if !is_report && !by_machine {
        return None;
    }
    let part = mail.attachments.iter().find(|a| {
        matches!(a.mime.as_str(), "message/delivery-status" | "message/global-delivery-status")
            || is_report && a.mime == "text/plain" && contains_ascii(&a.content, b"final-recipient:")
    })?;
    read_status(&part.content).or_else(|| is_report.then(|| from_text(mail)))
}

/// The blocks of a delivery status: one about the message, then one a recipient.
fn read_status(content: &[u8]) -> Option<Bounce> {
    let mut bounce = Bounce::default();
    let mut rest = content;
    let limits = HeaderLimits { fields: 2000, bytes: 256 * 1024 };
    for _ in 0..1000 {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            break;
        }
        let Ok((block, after)) = Headers::split_part(rest, limits) else { break };
        if after.len() >= rest.len() {
            break;
        }
        rest = after;
        let recipient = block.text("final-recipient").or_else(|| block.text("original-recipient"));
        if bounce.original_message_id.is_none() {
            let id = block.first("original-message-id").or_else(|| block.first("x-original-message-id"));
            bounce.original_message_id = id.and_then(first_message_id);
        }
        let status = block.text("status").and_then(|s| enhanced_status(&s));
        let action = block.text("action").map(|a| a.split_whitespace().next().unwrap_or_default().to_ascii_lowercase());
        if recipient.is_none() && action.is_none() {
            continue;
        }
        let action = action.filter(|a| !a.is_empty()).map(known_action).unwrap_or_else(|| match status.as_deref() {
            Some(s) if s.starts_with('2') => "delivered".to_owned(),
            _ => "failed".to_owned(),
        });
        take_worse(&mut bounce, action, status, recipient, block.text("diagnostic-code"));
    }
    (!bounce.action.is_empty()).then(|| {
        bounce.permanent = is_permanent(&bounce);
        bounce
    })
}

/// The five actions of RFC 3464 §2.3.3, and what some systems write for a failure.
fn known_action(action: String) -> String {
    match action.as_str() {
        "expired" | "failure" | "fail" | "undeliverable" | "undelivered" | "error" => "failed".to_owned(),
        "delay" | "deferred" => "delayed".to_owned(),
        _ => action,
    }
}

/// Among several recipients the failed ones count; without any, what is reported of the first.
fn take_worse(
    bounce: &mut Bounce,
    action: String,
    status: Option<String>,
    recipient: Option<String>,
    diagnostic: Option<String>,
) {
    let rank = |action: &str| match action {
        "failed" => 3,
        "delayed" => 2,
        "" => 0,
        _ => 1,
    };
    let recipient = recipient.map(|r| normalise_address(r.split_once(';').map_or(r.as_str(), |(_, address)| address)));
    if rank(&action) < rank(&bounce.action) {
        return;
    }
    if rank(&action) > rank(&bounce.action) {
        bounce.recipients.clear();
        bounce.status = status;
        bounce.diagnostic = diagnostic.map(without_type);
        bounce.action = action;
    }
    bounce.recipients.extend(recipient.filter(|r| !r.is_empty()));
}

/// `smtp; 550 5.1.1 …` without the type.
fn without_type(diagnostic: String) -> String {
    match diagnostic.split_once(';') {
        Some((kind, rest)) if kind.len() < 20 && !kind.contains(' ') => rest.trim().to_owned(),
        _ => diagnostic,
    }
}

fn is_permanent(bounce: &Bounce) -> bool {
    bounce.is_failure() && bounce.status.as_deref().is_none_or(|s| s.starts_with('5'))
}

/// Exim, and Gmail after it, name the failed addresses in a header.
fn named_by_exim(mail: &ParsedMail, headers: &Headers<'_>) -> Option<Bounce> {
    let failed = headers.text("x-failed-recipients")?;
    let mut bounce = from_text(mail);
    bounce.action = "failed".to_owned();
    bounce.recipients =
        failed.split([',', ' ', ';']).map(str::trim).filter(|a| a.contains('@')).map(normalise_address).collect();
    bounce.permanent = is_permanent(&bounce);
    Some(bounce)
}

/// Bounces that look like nothing: known by their sender together with their words.
fn disguised(mail: &ParsedMail, headers: &Headers<'_>, signs: &Signs) -> Option<Bounce> {
    let content_type = headers.text("content-type").unwrap_or_default().to_ascii_lowercase();
    if content_type.contains("disposition-notification") || content_type.contains("feedback-report") {
        return None;
    }
    let local = mail.from.as_ref().map(|f| f.address.to_ascii_lowercase()).unwrap_or_default();
    let systemish = [
        "majordomo",
        "listserv",
        "mailman",
        "-bounces",
        "owner-",
        "-owner",
        "-request",
        "-admin",
        "fml",
        "sympa",
        "ezmlm",
        "-help@",
    ];
    let list_manager = systemish.iter().any(|s| local.contains(s));
    if !(signs.daemon
        || signs.null_sender
        || signs.auto_submitted
        || list_manager
        || auto::is_postmaster(mail)
        || is_system_name(&local))
    {
        return None;
    }
    let subject = failure_words::is_bounce_subject(&mail.subject);
    let words = failure_words::says_failure(&mail.text);
    let facts = from_text(mail);
    let code = facts.status.is_some();
    let evidence = code || !facts.recipients.is_empty();
    let is_bounce = if signs.is_responder() {
        // A vacation notice with an empty Return-Path (RFC 3834 §3.3) may tell of addresses that exist no more.
        subject && signs.daemon
    } else if signs.daemon {
        subject || words || code || signs.null_sender || !signs.auto_submitted
    } else if auto::is_postmaster(mail) {
        subject && (words || evidence) || words && evidence
    } else if signs.null_sender || signs.auto_submitted {
        subject && (words || evidence) || signs.null_sender && words && code
    } else {
        subject && words && evidence && is_system_name(&local)
    };
    let refused_by_list = list_manager && failure_words::is_list_refusal(&mail.subject, &mail.text);
    (is_bounce || refused_by_list).then_some(facts)
}

fn is_system_name(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    [
        "mail-err",
        "mailerr",
        "error",
        "bounce",
        "mail-system",
        "mailsystem",
        "delivery",
        "mta",
        "mailer",
        "system",
        "no-reply",
        "noreply",
        "mail-admin",
        "daemon",
        "postman",
    ]
    .iter()
    .any(|name| local.starts_with(name) || local.ends_with(name))
}

/// What the words of a bounce tell: addresses, status, the server's answer.
fn from_text(mail: &ParsedMail) -> Bounce {
    let end = copy_begins(&mail.text).min(mail.text.floor_char_boundary(6000));
    let head = mail.text.get(..end).unwrap_or_default();
    let delayed = failure_words::says_delay(&mail.subject, head);
    let status = head.lines().find_map(enhanced_status).or_else(|| head.lines().find_map(smtp_code));
    let status = status.or_else(|| status_from_words(head));
    let diagnostic =
        head.lines().map(str::trim).find(|l| enhanced_status(l).is_some() || smtp_code(l).is_some()).map(str::to_owned);
    let action = if delayed && !status.as_deref().is_some_and(|s| s.starts_with('5')) { "delayed" } else { "failed" };
    let mut bounce = Bounce {
        recipients: addresses_in(head, mail),
        status,
        action: action.to_owned(),
        diagnostic,
        ..Bounce::default()
    };
    bounce.permanent = is_permanent(&bounce);
    bounce
}

/// Where the copy of the original mail begins in the text.
fn copy_begins(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let marked = [
        "--- below this line is a copy",
        "------ this is a copy",
        "--- the header of the original",
        "original message follows",
        "----- original message",
        "-----original message",
        "return-path:",
        "received: from",
        "message-id:",
        "--- 元のメッセージ",
        "----- 元の",
        "元のメッセージ",
    ]
    .iter()
    .filter_map(|mark| lower.find(mark))
    .min()
    .unwrap_or(text.len());
    if marked == text.len() {
        return marked;
    }
    // A mark may stand in the middle of the header that was copied: the lines above it belong to the copy too.
    let head = lower.get(..marked).unwrap_or_default().trim_end_matches('\n');
    let (mut begins, mut end) = (marked, head.len());
    for line in head.rsplit('\n') {
        let name = line.split_once(':').map_or("", |(name, _)| name.trim_start_matches(['>', ' ', '\t']));
        if !matches!(name, "from" | "to" | "cc" | "subject" | "date" | "reply-to" | "sender" | "mime-version") {
            break;
        }
        begins = end - line.len();
        end = begins.saturating_sub(1);
    }
    begins
}

/// Addresses named, without the bounce's own sender and recipients.
fn addresses_in(text: &str, mail: &ParsedMail) -> Vec<String> {
    let own = |address: &str| {
        mail.from.iter().chain(&mail.to).any(|a| a.address.eq_ignore_ascii_case(address))
            || ["mailer-daemon@", "postmaster@"].iter().any(|d| address.to_ascii_lowercase().starts_with(d))
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&*+-/=?^_`{|}~.@".contains(c);
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| !is_part(c)) {
        let word = word.trim_matches(['.', '-', '/', '*', '=']);
        let Some((local, domain)) = word.split_once('@') else { continue };
        let is_address = !local.is_empty() && domain.contains('.') && !domain.contains('@') && domain.len() >= 4;
        let address = normalise_address(word);
        if is_address && !own(&address) && !found.contains(&address) && found.len() < 50 {
            found.push(address);
        }
    }
    found
}

/// The first `5.1.1`-like status in the text, not part of a longer number such as an IP address.
fn enhanced_status(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let word = word.trim_end_matches('.');
        let mut parts = word.split('.');
        let class = parts.next()?;
        let (subject, detail) = (parts.next()?, parts.next()?);
        let fits = matches!(class, "2" | "4" | "5") && parts.next().is_none();
        let sizes = (1..=3).contains(&subject.len()) && (1..=3).contains(&detail.len());
        (fits && sizes).then(|| word.to_owned())
    })
}

/// An SMTP code as status: `550 …`, `(551)`, `error 554`.
fn smtp_code(line: &str) -> Option<String> {
    const CODES: &[&str] = &[
        "421", "450", "451", "452", "500", "501", "502", "503", "504", "510", "511", "550", "551", "552", "553", "554",
    ];
    let code =
        line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '@' && c != ':').find_map(|word| {
            let word = word.trim_end_matches([':', '.']);
            CODES.iter().find(|code| **code == word)
        })?;
    Some(format!("{}.0.0", code.get(..1)?))
}

fn status_from_words(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let unknown = [
        "user unknown",
        "unknown user",
        "no such user",
        "user not found",
        "address not found",
        "宛先が見つかりません",
        "存在しません",
        "宛先不明",
        "does not exist",
        "not listed in",
    ];
    let full = ["mailbox full", "mailbox is full", "over quota", "quota exceeded", "容量", "いっぱい"];
    if unknown.iter().any(|w| text.contains(w)) {
        return Some("5.1.1".to_owned());
    }
    full.iter().any(|w| text.contains(w)).then(|| "4.2.2".to_owned())
}

/// The Message-ID of the copy that came along: as a part, in the text, else what the bounce says it answers.
fn original_message_id(mail: &ParsedMail) -> Option<String> {
    let is_copy = |a: &&Attachment| {
        matches!(
            a.mime.as_str(),
            "message/rfc822"
                | "text/rfc822-headers"
                | "message/global"
                | "message/global-headers"
                | "message/rfc822-headers"
        ) || a.mime == "text/plain" && contains_ascii(&a.content, b"message-id:")
    };
    let from_copy = mail.attachments.iter().filter(is_copy).find_map(|a| {
        let limits = HeaderLimits { fields: 2000, bytes: 512 * 1024 };
        let (headers, _) = Headers::split(&a.content, limits).ok()?;
        headers.first("message-id").and_then(first_message_id)
    });
    from_copy
        .or_else(|| id_in_text(&mail.text))
        .or_else(|| mail.in_reply_to.clone())
        .or_else(|| mail.references.last().cloned())
}

/// A `Message-ID:` line in the text, where the copy was pasted.
fn id_in_text(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:"))
    })?;
    let mut field = lines.get(at)?.split_once(':')?.1.to_owned();
    if !field.contains('>') {
        field.push_str(lines.get(at + 1).copied().unwrap_or_default());
    }
    first_message_id(field.as_bytes()).filter(|id| id.contains('@'))
}

fn contains_ascii(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle))
}
