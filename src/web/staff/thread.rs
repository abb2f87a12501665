//! The conversation of a ticket as staff see it: messages with their files and deliveries, and between them the events
//! that are no messages.

use chrono::{DateTime, Utc};

use super::{Desk, words};
use crate::desk::Lang;
use crate::desk::reply::disclosure::masked;
use crate::desk::staff::{StaffId, people};
use crate::desk::ticket::{Attachment, Channel, Message, MessageKind, Ticket, elsewhere, link, store};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox::{self, Delivery, MailState};

/// One entry.
pub enum Entry {
    /// A message.
    Message(Box<Shown>),
    /// A line of the timeline.
    Event {
        /// What happened, and who did it.
        text: String,
        /// When.
        at: DateTime<Utc>,
    },
}

impl Entry {
    fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Message(shown) => shown.message.created_at,
            Self::Event { at, .. } => *at,
        }
    }
}

/// A message, ready to be shown.
pub struct Shown {
    /// The row.
    pub message: Message,
    /// Its files.
    pub files: Vec<Attachment>,
    /// The mail that carried it, for ours.
    pub delivery: Option<Delivery>,
    /// Who wrote it, and to whom.
    pub who: String,
    /// It came after what the writer of a refused reply had seen.
    pub is_fresh: bool,
    /// A mail with a valid token from an address that is neither the requester's nor on file: anybody may have sent it
    /// (SEC-006).
    pub is_stranger: bool,
}

impl Shown {
    /// The look: `in`, `out`, `note`.
    pub fn class(&self) -> &'static str {
        match self.message.kind {
            MessageKind::Inquiry | MessageKind::RequesterReply | MessageKind::Bounce => "in",
            MessageKind::StaffReply | MessageKind::Automatic => "out",
            MessageKind::Note => "note",
        }
    }

    /// What it is, in a word.
    pub fn tag(&self, lang: Lang) -> &'static str {
        match self.message.kind {
            MessageKind::RequesterReply if self.is_stranger => {
                lang.t("別のアドレスから(本人か不明)", "From another address (not proven to be the requester)")
            }
            MessageKind::Inquiry | MessageKind::RequesterReply => lang.t("本人から", "From the requester"),
            MessageKind::StaffReply => lang.t("公開の返信", "Public reply"),
            MessageKind::Automatic => lang.t("自動のメール", "Automatic mail"),
            MessageKind::Bounce => lang.t("自動応答・不達", "Automatic answer or bounce"),
            MessageKind::Note => lang.t("内部メモ", "Internal note"),
        }
    }

    /// Whether it is an internal note.
    pub fn is_note(&self) -> bool {
        self.message.kind == MessageKind::Note
    }

    /// Whether it went out as a mail.
    pub fn is_out(&self) -> bool {
        self.class() == "out"
    }

    /// The text that stands first; for HTML-only mail the text made from it.
    pub fn text(&self) -> &str {
        self.message.body.trim_end()
    }

    /// The whole mail, when there is more than the text.
    pub fn whole(&self) -> Option<&str> {
        self.message.full_body.as_deref().filter(|full| full.trim() != self.message.body.trim())
    }

    /// Bytes as people read them.
    pub fn size(&self, file: &Attachment) -> String {
        words::size(file.size)
    }

    /// Where the mail is: chip class and words.
    pub fn state(&self, lang: Lang) -> Option<(&'static str, &'static str)> {
        self.delivery.as_ref().map(|mail| delivery_state(mail, lang))
    }

    /// Why it did not arrive.
    pub fn trouble(&self) -> Option<&str> {
        let mail = self.delivery.as_ref()?;
        [&mail.bounce_detail, &mail.last_error].into_iter().map(String::as_str).find(|text| !text.is_empty())
    }
}

/// Where a mail of ours is: chip class and words.
pub fn delivery_state(mail: &Delivery, lang: Lang) -> (&'static str, &'static str) {
    if mail.bounced_at.is_some() {
        return ("red", lang.t("不達", "Bounced"));
    }
    match mail.state {
        MailState::Queued if mail.attempts > 0 => ("yellow", lang.t("再送待ち", "To be sent again")),
        MailState::Queued => ("", lang.t("送信待ち", "Waiting to be sent")),
        MailState::Sending => ("", lang.t("送信中", "Being sent")),
        MailState::Sent => ("green", lang.t("送信済み", "Sent")),
        MailState::Unknown => ("orange", lang.t("届いたか不明", "Fate unknown")),
        MailState::Failed => ("red", lang.t("送信できません", "Not sent")),
    }
}

/// Events that are told by their message already.
const TOLD: [&str; 7] =
    ["received", "replied", "noted", "requester_replied", "bounced", "automatic_answer", "delivered"];

/// Loads the conversation, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn load(tx: &mut Tx, desk: &Desk, ticket: &Ticket, seen: Option<i64>) -> Result<Vec<Entry>, DbError> {
    let lang = desk.lang();
    let mut files = store::attachments(tx, ticket.id).await?;
    let mut deliveries = outbox::states_for_ticket(tx, ticket.id.0).await?;
    let staff = people::list(tx).await?;
    let name = |id: i64| staff.iter().find(|p| p.id == StaffId(id)).map(|p| p.name.clone());
    let approved = elsewhere::store::approved_addresses(tx, ticket.id).await?;
    let on_file = link::address_on_file(tx, ticket).await?.map(|address| address.key).unwrap_or_default();
    let mut entries = Vec::new();
    for message in store::messages(tx, ticket.id).await? {
        let is_stranger = message.kind == MessageKind::RequesterReply
            && message.channel == Channel::Mail
            && message.address != ticket.requester_email_key
            && message.address != on_file;
        let delivery = deliveries
            .iter()
            .position(|mail| mail.message_id == Some(message.id.0))
            .map(|at| deliveries.swap_remove(at));
        entries.push(Entry::Message(Box::new(Shown {
            files: files.extract_if(.., |file| file.message_id == message.id).collect(),
            who: if is_stranger {
                masked(&message.address)
            } else {
                who(&message, ticket, delivery.as_ref(), approved.iter().any(|(id, _)| *id == message.id), lang)
            },
            is_stranger,
            is_fresh: seen.is_some_and(|seen| message.seq > seen),
            delivery,
            message,
        })));
    }
    for event in store::events(tx, ticket.id).await?.iter().filter(|event| !TOLD.contains(&event.kind.as_str())) {
        entries.push(Entry::Event { text: words::event(lang, event, &name), at: event.at });
    }
    entries.extend(deliveries.iter().map(|mail| mail_line(mail, lang)));
    // Stable: what happened at the same instant stays in the order above.
    entries.sort_by_key(Entry::at);
    Ok(entries)
}

/// A mail that carries no message of the thread (a receipt, a reminder), as a line.
fn mail_line(mail: &Delivery, lang: Lang) -> Entry {
    let (_, state) = delivery_state(mail, lang);
    let name = match mail.kind.as_str() {
        "acknowledgement" => lang.t("受付の控え", "Receipt"),
        "answered_elsewhere" => lang.t("回答した旨のお知らせ(中身なし)", "Notice that it was answered (nothing of it)"),
        "waiting_reminder" => lang.t("お返事のお願い", "Reminder"),
        "director_nudge" => lang.t("統括責任者への連絡", "Letter to the director"),
        "deadline_reminder" => lang.t("締切のお知らせ", "Notice of a deadline"),
        "edge_moved" => lang.t("締切の訂正", "Correction of the deadline"),
        "linkage_done" => lang.t("データ連携の完了", "Linkage done"),
        _ => lang.t("自動のメール", "Automatic mail"),
    };
    let trouble = [&mail.bounce_detail, &mail.last_error].into_iter().find(|text| !text.is_empty());
    let said = words::beside(lang, &format!("{name} → {}", masked(&mail.to_address)), state);
    Entry::Event { text: trouble.map_or(said.clone(), |why| words::beside(lang, &said, why)), at: mail.created_at }
}

fn who(message: &Message, ticket: &Ticket, delivery: Option<&Delivery>, approved: bool, lang: Lang) -> String {
    let channel = message.channel.label(lang);
    match message.kind {
        MessageKind::Inquiry | MessageKind::RequesterReply => match &message.staff_name {
            Some(entered_by) => format!("{}({channel}{}{entered_by})", ticket.requester_name, lang.t("、", ", ")),
            None if message.channel == Channel::Mail && !message.address.is_empty() => {
                format!("{}({channel} {})", ticket.requester_name, masked(&message.address))
            }
            None => format!("{}({channel})", ticket.requester_name),
        },
        MessageKind::StaffReply | MessageKind::Automatic => {
            let to = delivery.map_or(message.address.as_str(), |mail| mail.to_address.as_str());
            let place = if approved {
                lang.t("承認された別のアドレス", "another address, as approved")
            } else if message.about_account {
                lang.t("登録されているアドレス", "the address on file")
            } else {
                lang.t("入力されたアドレス", "the address typed")
            };
            format!("{} → {place} {}", message.staff_name.as_deref().unwrap_or(channel), masked(to))
        }
        MessageKind::Bounce => masked(&message.address),
        MessageKind::Note => message.staff_name.clone().unwrap_or_default(),
    }
}
