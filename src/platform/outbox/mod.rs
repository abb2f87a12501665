//! Mail waiting to leave (送信待ち): queued in the transaction of its cause, claimed with a lease, sent outside any
//! transaction, finished with the fencing number of the claim (design rules 3 and 5).
//!
//! States: `queued → sending → sent`, or back to `queued` with a later due time (a passing refusal), or `failed` (a
//! lasting refusal, or refused for five days), or `unknown` (the answer after the final dot was lost: sent once more
//! under the same Message-ID, then left to people). A sender that died is noticed when its lease has passed.

mod store;
mod suppression;

use chrono::{DateTime, Duration, Utc};

use crate::{id_type, word_enum};

pub use store::{
    claim_due, counts, enqueue, enqueue_automatic, find_by_mail_id, find_by_reply_token, finish, give_back, list,
    mark_bounced, next_due, retry, states_for_ticket,
};
pub use suppression::{Suppression, find_suppression, release_suppression, suppress};

id_type! {
    /// A mail of the outbox.
    OutboxId
}

word_enum! {
    /// Where a mail stands.
    MailState {
        /// Waits for its due time.
        Queued = "queued",
        /// Somebody is sending it until the lease passes.
        Sending = "sending",
        /// Taken over by the next mail server.
        Sent = "sent",
        /// Handed over, but the answer was lost: it may or may not have arrived (RFC 1047).
        Unknown = "unknown",
        /// Refused for good, or for too long.
        Failed = "failed",
    }
}

/// A mail to be queued.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// What sort of mail: `acknowledgement`, `staff_reply`, `waiting_reminder`, …
    pub kind: &'static str,
    /// A second mail of the same cause is the same mail: `staff_reply:17`, `acknowledgement:ticket:5`.
    pub dedupe_key: String,
    /// The ticket it is about.
    pub ticket_id: Option<i64>,
    /// The message of the thread that it carries.
    pub message_id: Option<i64>,
    /// Its Message-ID without angle brackets, fixed here and for ever.
    pub mail_id: String,
    /// The Message-ID it answers, without angle brackets; empty for none.
    pub in_reply_to: String,
    /// The one recipient.
    pub to_address: String,
    /// The comparable form of the recipient: caps are counted on it.
    pub to_key: String,
    /// The token of the reply address; empty for the plain address.
    pub reply_token: String,
    /// Subject, plain text.
    pub subject: String,
    /// Body, plain text.
    pub body: String,
    /// Sent by no person: carries Auto-Submitted and an empty envelope sender (RFC 3834), and counts for the cap.
    pub is_automatic: bool,
}

/// A claimed mail: yours to send until the lease passes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claimed {
    /// The row.
    pub id: OutboxId,
    /// Counts the claims of this row; a late finish with an old number is refused (REL-015).
    pub fencing: i64,
    /// As in [`NewMail`].
    pub kind: String,
    /// As in [`NewMail`].
    pub ticket_id: Option<i64>,
    /// As in [`NewMail`].
    pub message_id: Option<i64>,
    /// As in [`NewMail`].
    pub mail_id: String,
    /// As in [`NewMail`].
    pub in_reply_to: String,
    /// As in [`NewMail`].
    pub to_address: String,
    /// As in [`NewMail`].
    pub reply_token: String,
    /// As in [`NewMail`].
    pub subject: String,
    /// As in [`NewMail`].
    pub body: String,
    /// As in [`NewMail`].
    pub is_automatic: bool,
    /// Attempts including this one.
    pub attempts: i64,
    /// Earlier attempts whose answer was lost after the final dot.
    pub lost_answers: i64,
    /// When it was queued: its Date.
    pub created_at: DateTime<Utc>,
}

/// How an attempt ended. The sentences are shown to staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The next server has it.
    Sent,
    /// A passing refusal (4xx, no connection): tried again later.
    Passing(String),
    /// A lasting refusal (5xx, an address that is none): never tried again.
    Permanent(String),
    /// The answer after the final dot was lost: tried once more, then left to people (REL-034).
    Unknown(String),
}

/// A mail as pages show it: beside its message on the ticket, and on the delivery page.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    /// The row.
    pub id: OutboxId,
    /// What sort of mail.
    pub kind: String,
    /// The ticket it is about.
    pub ticket_id: Option<i64>,
    /// The message of the thread that it carries.
    pub message_id: Option<i64>,
    /// Its Message-ID.
    pub mail_id: String,
    /// The recipient.
    pub to_address: String,
    /// The comparable form of the recipient.
    pub to_key: String,
    /// Subject.
    pub subject: String,
    /// Sent by no person.
    pub is_automatic: bool,
    /// Where it stands.
    pub state: MailState,
    /// Attempts so far.
    pub attempts: i64,
    /// The last refusal, empty for none.
    pub last_error: String,
    /// When it is tried next (queued and unknown).
    pub due_at: DateTime<Utc>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When the next server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When its bounce came in (不達).
    pub bounced_at: Option<DateTime<Utc>>,
    /// What the bounce said.
    pub bounce_detail: String,
}

/// How many mails stand where; sent ones are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their due time.
    pub queued: i64,
    /// Being sent.
    pub sending: i64,
    /// Answer lost.
    pub unknown: i64,
    /// Given up.
    pub failed: i64,
}

/// Waits between attempts, in minutes; the last one repeats. Quick at first for greylisting, then slower than the 30
/// minutes of RFC 5321 §4.5.4.1.
const WAITS: [i64; 5] = [1, 5, 15, 60, 180];
/// Attempts after which a refused mail is given up: about five days of [`WAITS`] (RFC 5321 §4.5.4.1). Counted in
/// attempts, not days, so that downtime of our own uses none of it up.
const ATTEMPTS: i64 = 44;
/// Attempts that may end in a lost answer before the mail is left to people: the first and one repeat (REL-034).
const LOST_ANSWERS: i64 = 2;
/// How long after a lost answer the one repeat waits.
const REPEAT_AFTER_MINUTES: i64 = 5;

/// The wait after attempt number `attempts` (1 first); `None` when it was the last.
fn wait_after(attempts: i64) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let place = usize::try_from(attempts - 1).unwrap_or(0).min(WAITS.len() - 1);
    Some(Duration::minutes(WAITS[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rel_031_a_refused_mail_is_tried_for_about_five_days_and_then_given_up() {
        let waits: Vec<_> = (1..).map_while(wait_after).collect();
        assert_eq!(waits[..6].iter().map(Duration::num_minutes).collect::<Vec<_>>(), [1, 5, 15, 60, 180, 180]);
        let total: Duration = waits.iter().sum();
        assert!((4..=5).contains(&total.num_days()), "{total}");
    }
}
