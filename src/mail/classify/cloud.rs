//! Bounces as the cloud senders put them into mail: JSON of SES (also wrapped by SNS), SendGrid, Mailgun, Postmark,
//! Mandrill, SparkPost, Mailjet and Resend.

use serde_json::Value;

use super::bounce::Bounce;
use crate::mail::parse::{first_message_id, normalise_address};

/// Reads a text that begins with such JSON.
pub fn read(text: &str) -> Option<Bounce> {
    let start = text.find(['{', '['])?;
    // Before it at most a line of introduction.
    if start > 300
        || !text.get(..start)?.trim_end_matches([' ', '\t']).ends_with(['\n']) && !text.get(..start)?.trim().is_empty()
    {
        return None;
    }
    let json = text.get(start..)?;
    let value = serde_json::Deserializer::from_str(json).into_iter::<Value>().next()?.ok()?;
    notice(&value, 0)
}

fn notice(value: &Value, depth: usize) -> Option<Bounce> {
    if depth > 5 {
        return None;
    }
    match value {
        Value::Array(items) => items.iter().take(100).find_map(|item| notice(item, depth + 1)),
        // SNS carries the notice as a string within.
        Value::String(inner) if inner.trim_start().starts_with('{') => {
            serde_json::from_str::<Value>(inner).ok().and_then(|inner| notice(&inner, depth + 1))
        }
        Value::Object(fields) => event(value).or_else(|| {
            ["Message", "event-data", "msys", "message_event", "data", "payload", "Records", "detail", "body"]
                .iter()
                .find_map(|key| fields.get(*key).and_then(|inner| notice(inner, depth + 1)))
        }),
        _ => None,
    }
}

/// An object that says of itself that it is a bounce.
fn event(value: &Value) -> Option<Bounce> {
    let name = ["notificationType", "eventType", "event", "RecordType", "record_type", "type", "detail-type"]
        .iter()
        .find_map(|key| value.get(key).and_then(Value::as_str))?
        .to_ascii_lowercase();
    let delayed = name.contains("delay") || name == "deferred";
    let failed = name.contains("bounce")
        || matches!(
            name.as_str(),
            "failed"
                | "dropped"
                | "blocked"
                | "reject"
                | "permanent_fail"
                | "undelivered"
                | "out_of_band"
                | "policy_rejection"
                | "generation_failure"
        );
    if !failed && !delayed {
        return None;
    }
    let recipients = strings(
        value,
        &["emailAddress", "email", "recipient", "Email", "rcpt_to", "raw_rcpt_to", "rcptTo", "address", "to"],
    );
    let status = strings(value, &["status", "code", "error_code", "error-code", "bounceSubType", "enhanced-code"]);
    let diagnostic = strings(
        value,
        &[
            "diagnosticCode",
            "reason",
            "raw_reason",
            "Description",
            "description",
            "message",
            "diag",
            "error",
            "Details",
        ],
    );
    let status = status.iter().chain(&diagnostic).find_map(|text| status_in(text));
    let severity = strings(
        value,
        &[
            "bounceType",
            "severity",
            "Type",
            "bounce_type",
            "bounce_class",
            "bounceClass",
            "type",
            "event",
            "hard_bounce",
        ],
    )
    .join(" ")
    .to_ascii_lowercase();
    let temporary = ["transient", "temporary", "soft", "undetermined"].iter().any(|w| severity.contains(w))
        || value.get("hard_bounce") == Some(&Value::Bool(false));
    let mut seen = Vec::new();
    for recipient in recipients.iter().filter(|r| r.contains('@')).map(|r| normalise_address(r)) {
        if !seen.contains(&recipient) {
            seen.push(recipient);
        }
    }
    Some(Bounce {
        original_message_id: message_id(value),
        recipients: seen,
        permanent: failed && !temporary && status.as_deref().is_none_or(|s| s.starts_with('5')),
        status,
        action: if failed { "failed" } else { "delayed" }.to_owned(),
        diagnostic: diagnostic.into_iter().next(),
    })
}

/// The id of our own header before the sender's internal one.
fn message_id(value: &Value) -> Option<String> {
    let own = strings(
        value,
        &[
            "message-id",
            "Message-ID",
            "Message-Id",
            "messageId",
            "smtp-id",
            "smtp_id",
            "message_id",
            "MessageID",
            "internetMessageId",
        ],
    );
    let header = headers(value, 0);
    let id =
        header.into_iter().chain(own.iter().find(|id| id.contains('@')).cloned()).chain(own.first().cloned()).next()?;
    first_message_id(id.as_bytes())
}

/// `{"name": "Message-ID", "value": "<…>"}` anywhere within.
fn headers(value: &Value, depth: usize) -> Option<String> {
    if depth > 8 {
        return None;
    }
    match value {
        Value::Object(fields) => {
            let is_id =
                fields.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case("message-id"));
            let id = fields.get("value").and_then(Value::as_str).filter(|_| is_id).map(str::to_owned);
            id.or_else(|| fields.values().find_map(|inner| headers(inner, depth + 1)))
        }
        Value::Array(items) => items.iter().find_map(|inner| headers(inner, depth + 1)),
        _ => None,
    }
}

/// Every string under one of the keys, at any depth, in the order of the keys.
fn strings(value: &Value, keys: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for key in keys {
        collect(value, key, 0, &mut out);
    }
    out
}

fn collect(value: &Value, key: &str, depth: usize, out: &mut Vec<String>) {
    if depth > 8 || out.len() > 100 {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match inner {
                    Value::String(text) if name == key => out.push(text.clone()),
                    Value::Number(number) if name == key => out.push(number.to_string()),
                    Value::Array(items) if name == key => {
                        out.extend(items.iter().filter_map(Value::as_str).map(str::to_owned))
                    }
                    _ => {}
                }
                collect(inner, key, depth + 1, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, key, depth + 1, out)),
        _ => {}
    }
}

fn status_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let parts: Vec<&str> = word.trim_end_matches('.').split('.').collect();
        match parts.as_slice() {
            [class @ ("2" | "4" | "5"), subject, detail] if !subject.is_empty() && !detail.is_empty() => {
                Some(format!("{class}.{subject}.{detail}"))
            }
            [code] if code.len() == 3 && code.starts_with(['4', '5']) => Some(format!("{}.0.0", code.get(..1)?)),
            _ => None,
        }
    })
}
