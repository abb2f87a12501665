//! What `madoguchi mail parse` prints.

use serde_json::{Value, json};

use super::{Address, ParsedMail};
use crate::mail::classify::Bounce;

/// The mail as one JSON object: the keys of the contract, and beside them what helps to understand the judgement.
/// Message ids stand without angle brackets; attachment sizes are bytes after decoding.
pub fn to_json(mail: &ParsedMail) -> Value {
    let addresses = |list: &[Address]| -> Vec<Value> { list.iter().map(|a| json!(a.address)).collect() };
    let attachments: Vec<Value> = mail
        .attachments
        .iter()
        .map(|a| json!({ "name": a.name, "mime": a.mime, "size": a.content.len(), "inline": a.inline, "content_id": a.content_id }))
        .collect();
    json!({
        "from": mail.from.as_ref().map(|f| f.address.as_str()),
        "from_name": mail.from.as_ref().and_then(|f| f.name.as_deref()),
        "from_is_ambiguous": mail.from_is_ambiguous,
        "reply_to": addresses(&mail.reply_to),
        "to": addresses(&mail.to),
        "cc": addresses(&mail.cc),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "date": mail.date.map(|d| d.to_rfc3339()),
        "text": mail.text,
        "text_is_cut": mail.text_is_cut,
        "html_sanitized": mail.html_sanitized,
        "has_blocked_content": mail.has_blocked_content,
        "reply_text": mail.reply_text,
        "attachments": attachments,
        "kind": mail.kind.as_str(),
        "is_auto_reply": mail.is_auto_reply,
        "is_bounce": mail.is_bounce,
        "is_list": mail.is_list,
        "suppress_auto_answer": mail.suppress_auto_answer,
        "bounce": mail.bounce.as_ref().map(bounce),
        "return_path": mail.return_path,
    })
}

fn bounce(bounce: &Bounce) -> Value {
    json!({
        "original_message_id": bounce.original_message_id,
        "recipients": bounce.recipients,
        "status": bounce.status,
        "action": bounce.action,
        "permanent": bounce.permanent,
        "diagnostic": bounce.diagnostic,
    })
}
