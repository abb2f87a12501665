//! What an account has and a row cannot hold: applications of each round, the withdrawal, training records. They come by
//! `PUT /api/v1/accounts`.

pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::ApplicationState;
use crate::word_enum;

word_enum! {
    /// What the director said to a withdrawal.
    WithdrawalDecision {
        /// 承認
        Approved = "approved",
        /// 否認
        Denied = "denied",
    }
}

/// One application in one round.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Application {
    /// 年度
    pub fiscal_year: i64,
    /// 回: 1, 2, final, … as the board names it
    pub round: String,
    /// プログラム
    pub program: String,
    /// 基本領域
    pub specialty: String,
    /// 応募状態
    pub state: ApplicationState,
    /// When the director decided.
    pub decided_at: Option<DateTime<Utc>>,
}

/// The withdrawal after an acceptance (採用辞退), step by step (F22–F26).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Withdrawal {
    /// When the person asked.
    pub requested_at: Option<DateTime<Utc>>,
    /// The reason; the director reads it too.
    pub reason_given: String,
    /// When the director decided.
    pub director_decided_at: Option<DateTime<Utc>>,
    /// What.
    pub decision: Option<WithdrawalDecision>,
    /// When the person was told and may apply again.
    pub mailed_at: Option<DateTime<Utc>>,
}

/// One span of training, break or pause (研修実績, F36–F41).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TrainingRecord {
    /// First day.
    pub from: NaiveDate,
    /// Last day; none while it goes on.
    pub to: Option<NaiveDate>,
    /// 研修状況, in the words of the online system.
    pub status: String,
    /// 研修施設名
    pub site: String,
    /// 中断理由
    pub interruption_reason: String,
    /// その他詳細
    pub note: String,
}

/// The nested data of one account: what is `None` was not given and stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nested {
    /// All applications.
    pub applications: Option<Vec<Application>>,
    /// The withdrawal; `Some(None)` says that there is none.
    pub withdrawal: Option<Option<Withdrawal>>,
    /// All training records.
    pub records: Option<Vec<TrainingRecord>>,
    /// Addresses registered before.
    pub former_emails: Option<Vec<String>>,
}

/// A hash of each part as the mirror has it; 0 when there is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PartHashes([u64; 4]);

impl PartHashes {
    /// As stored: four numbers in hex. What is none reads as nothing there, and is then written anew.
    pub(super) fn of_text(text: &str) -> Self {
        let mut parts = text.split('-').map(|part| u64::from_str_radix(part, 16).unwrap_or(0));
        Self(std::array::from_fn(|_| parts.next().unwrap_or(0)))
    }

    pub(super) fn to_text(self) -> String {
        self.0.map(|part| format!("{part:x}")).join("-")
    }
}

impl Nested {
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a part that was given differs from what is known.
    pub(super) fn differs(&self, known: PartHashes) -> bool {
        self.hashes(known) != known
    }

    /// The hashes after this was written over `known`.
    pub(super) fn hashes(&self, known: PartHashes) -> PartHashes {
        let PartHashes([applications, withdrawal, records, former_emails]) = known;
        PartHashes([
            self.applications.as_deref().map_or(applications, hash_of),
            self.withdrawal
                .as_ref()
                .map_or(withdrawal, |one| one.as_ref().map_or(0, |one| hash_of(std::slice::from_ref(one)))),
            self.records.as_deref().map_or(records, hash_of),
            self.former_emails.as_deref().map_or(former_emails, hash_of),
        ])
    }
}

fn hash_of<T: serde::Serialize>(list: &[T]) -> u64 {
    if list.is_empty() {
        return 0;
    }
    let mut hash = Sha256::new();
    // A list of plain values always has a JSON text.
    hash.update(serde_json::to_vec(list).unwrap_or_default());
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
