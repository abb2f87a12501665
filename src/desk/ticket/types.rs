//! The words of a ticket.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::desk::Lang;
use crate::{id_type, word_enum};

id_type! {
    /// Key of a ticket inside the database; outside it is its number.
    TicketId
}
id_type! {
    /// Key of a message.
    MessageId
}

word_enum! {
    /// Where a ticket stands.
    Status {
        /// 受付: nobody has looked at it yet.
        New = "new",
        /// 対応中
        Open = "open",
        /// 本人回答待ち
        WaitingOnRequester = "waiting_on_requester",
        /// 関係者確認待ち
        WaitingOnThirdParty = "waiting_on_third_party",
        /// 回答済
        Resolved = "resolved",
        /// 完了
        Closed = "closed",
    }
}

impl Status {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::New => lang.t("受付", "New"),
            Self::Open => lang.t("対応中", "In progress"),
            Self::WaitingOnRequester => lang.t("本人回答待ち", "Waiting on requester"),
            Self::WaitingOnThirdParty => lang.t("関係者確認待ち", "Waiting on third party"),
            Self::Resolved => lang.t("回答済", "Answered"),
            Self::Closed => lang.t("完了", "Closed"),
        }
    }

    /// Whether the ticket needs somebody here.
    pub fn needs_staff(self) -> bool {
        matches!(self, Self::New | Self::Open)
    }

    /// Whether the requester may still withdraw it.
    pub fn is_unfinished(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }
}

word_enum! {
    /// How something came in.
    Channel {
        /// The form.
        Web = "web",
        /// A mail.
        Mail = "mail",
        /// Entered by staff for a caller (FAQ F31).
        Phone = "phone",
        /// The interface for programs.
        Api = "api",
        /// Written by staff in the browser.
        Staff = "staff",
        /// Written by a job.
        Job = "job",
    }
}

impl Channel {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Web => lang.t("フォーム", "form"),
            Self::Mail => lang.t("メール", "mail"),
            Self::Phone => lang.t("電話", "phone"),
            Self::Api => lang.t("連携", "API"),
            Self::Staff => lang.t("事務局", "staff"),
            Self::Job => lang.t("自動", "automatic"),
        }
    }
}

word_enum! {
    /// What a message of the thread is.
    MessageKind {
        /// The first message.
        Inquiry = "inquiry",
        /// The requester wrote again.
        RequesterReply = "requester_reply",
        /// A public reply of staff.
        StaffReply = "staff_reply",
        /// 内部メモ, never shown outside.
        Note = "note",
        /// A mail of ours without a person behind it.
        Automatic = "automatic",
        /// An automatic answer or a bounce that came in.
        Bounce = "bounce",
    }
}

impl MessageKind {
    /// Whether the requester wrote it.
    pub fn is_from_requester(self) -> bool {
        matches!(self, Self::Inquiry | Self::RequesterReply)
    }
}

word_enum! {
    /// How sure it is which account a ticket is about.
    Grade {
        /// Not matched yet.
        Pending = "pending",
        /// To be matched again.
        Stale = "stale",
        /// 確実: linked by itself.
        Exact = "exact",
        /// 有力
        Strong = "strong",
        /// 候補
        Weak = "weak",
        /// なし
        None = "none",
        /// 矛盾
        Conflict = "conflict",
    }
}

impl Grade {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Pending | Self::Stale => lang.t("照合中", "Matching"),
            Self::Exact => lang.t("確実", "Exact"),
            Self::Strong => lang.t("有力", "Strong"),
            Self::Weak => lang.t("候補", "Weak"),
            Self::None => lang.t("なし", "None"),
            Self::Conflict => lang.t("矛盾", "Conflict"),
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person who asked.
    Requester,
    /// A member of staff.
    Staff(crate::desk::staff::StaffId),
    /// A scheduled job.
    Job,
    /// The desk itself (delivery, intake).
    System,
}

impl Actor {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Staff(_) => "staff",
            Self::Job => "job",
            Self::System => "system",
        }
    }

    /// The member of staff, if one acts.
    pub fn staff(self) -> Option<crate::desk::staff::StaffId> {
        match self {
            Self::Staff(id) => Some(id),
            _ => None,
        }
    }
}

/// A whole ticket. Its `Debug` shows no personal data (design rule 14).
#[derive(Clone, sqlx::FromRow)]
#[expect(
    missing_docs,
    reason = "each column is described in migrations/*/0001_house.sql, 0008_edges.sql, 0010_due.sql and 0012_season.sql"
)]
pub struct Ticket {
    pub id: TicketId,
    pub number: String,
    pub form_key: String,
    pub kind: String,
    pub form_version: i64,
    pub status: Status,
    pub channel: Channel,
    pub lang: Lang,
    pub subject: String,
    pub requester_name: String,
    pub requester_kana: String,
    pub requester_email: String,
    pub requester_email_key: String,
    pub requester_phone: String,
    pub registration_number: Option<i64>,
    pub registration_number_raw: String,
    pub born_on: Option<NaiveDate>,
    pub birthdate_raw: String,
    pub fields: sqlx::types::Json<BTreeMap<String, String>>,
    pub account_id: Option<i64>,
    pub grade: Grade,
    pub match_reasons: sqlx::types::Json<serde_json::Value>,
    pub match_rule: String,
    pub linked_by: Option<i64>,
    pub linked_at: Option<DateTime<Utc>>,
    pub assignee_id: Option<i64>,
    pub spam_score: i64,
    pub is_spam: bool,
    pub may_belong_to: Option<i64>,
    pub last_seq: i64,
    pub token_epoch: i64,
    pub received_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub waiting_since: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub is_confidential: bool,
    pub edge_at: Option<DateTime<Utc>>,
    pub is_late: bool,
    pub answer_by: Option<DateTime<Utc>>,
    pub answer_left_s: Option<i64>,
    pub answered_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    pub wants_reminder: bool,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A message of the thread. Its `Debug` shows no text.
#[derive(Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct Message {
    pub id: MessageId,
    pub seq: i64,
    pub kind: MessageKind,
    pub channel: Channel,
    pub staff_id: Option<i64>,
    pub staff_name: Option<String>,
    pub body: String,
    pub full_body: Option<String>,
    pub html: Option<String>,
    pub address: String,
    pub about_account: bool,
    pub raw_mail_id: Option<i64>,
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A file of the thread.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct Attachment {
    pub id: i64,
    pub message_id: MessageId,
    pub name: String,
    pub mime: String,
    pub size: i64,
    pub sha256: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct Event {
    pub id: i64,
    pub kind: String,
    pub actor: String,
    pub staff_name: Option<String>,
    pub data: sqlx::types::Json<serde_json::Value>,
    pub at: DateTime<Utc>,
}
