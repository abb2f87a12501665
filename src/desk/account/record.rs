//! One registration of the online system, as the mirror holds it.

use super::{Birthdate, RegistrationNumber};
use crate::{id_type, word_enum};
use chrono::{DateTime, Utc};

id_type! {
    /// An account's id inside this desk.
    AccountId
}

word_enum! {
    /// 区分: before or in training.
    Phase {
        /// 応募者
        Applicant = "applicant",
        /// 研修中
        Trainee = "trainee",
    }
}

word_enum! {
    /// 応募状態 of the current recruitment.
    ApplicationState {
        /// 未応募
        Unapplied = "unapplied",
        /// 応募中
        Applied = "applied",
        /// 採用
        Accepted = "accepted",
        /// 不採用
        Rejected = "rejected",
        /// 未設定: the director entered nothing
        Unset = "unset",
        /// 辞退申請中
        WithdrawalRequested = "withdrawal_requested",
        /// 辞退
        Withdrawn = "withdrawn",
    }
}

word_enum! {
    /// What became of the mail with the login URL.
    LoginMailState {
        /// 送信済
        Sent = "sent",
        /// 不達
        Bounced = "bounced",
        /// 開封
        Opened = "opened",
    }
}

word_enum! {
    /// 免許証画像
    LicenceImage {
        /// なし
        None = "none",
        /// 仮: another proof for now (F05)
        Provisional = "provisional",
        /// 免許証
        Licence = "licence",
    }
}

impl Phase {
    /// The Japanese word of the CSV and the pages.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Applicant => "応募者",
            Self::Trainee => "研修中",
        }
    }
}

impl ApplicationState {
    /// The Japanese word of the CSV and the pages.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Unapplied => "未応募",
            Self::Applied => "応募中",
            Self::Accepted => "採用",
            Self::Rejected => "不採用",
            Self::Unset => "未設定",
            Self::WithdrawalRequested => "辞退申請中",
            Self::Withdrawn => "辞退",
        }
    }
}

impl LoginMailState {
    /// The Japanese word of the CSV and the pages.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Sent => "送信済",
            Self::Bounced => "不達",
            Self::Opened => "開封",
        }
    }
}

impl LicenceImage {
    /// The Japanese word of the CSV and the pages.
    pub fn ja(self) -> &'static str {
        match self {
            Self::None => "なし",
            Self::Provisional => "仮",
            Self::Licence => "免許証",
        }
    }
}

/// One registration, with the fields of `accounts.csv`. Texts are as the online system has them; absent ones are empty.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// アカウントID: the id in the online system.
    pub account_id: String,
    /// 医籍登録番号
    pub registration_number: RegistrationNumber,
    /// 生年月日
    pub birthdate: Birthdate,
    /// 姓
    pub family_name: String,
    /// 名
    pub given_name: String,
    /// セイ
    pub family_kana: String,
    /// メイ
    pub given_kana: String,
    /// 旧姓, and former whole names
    pub former_names: Vec<String>,
    /// メールアドレス
    pub email: String,
    /// Addresses registered before.
    pub former_emails: Vec<String>,
    /// 電話番号
    pub phone: String,
    /// 区分
    pub phase: Option<Phase>,
    /// 研修開始年度
    pub entry_fiscal_year: Option<i64>,
    /// 基本領域
    pub specialty: String,
    /// プログラム
    pub program: String,
    /// 統括責任者
    pub director_name: String,
    /// 統括責任者メール
    pub director_email: String,
    /// 応募状態
    pub application_state: Option<ApplicationState>,
    /// 登録日時
    pub registered_at: Option<DateTime<Utc>>,
    /// ログインURL送信日時
    pub login_mail_sent_at: Option<DateTime<Utc>>,
    /// ログインURL状態
    pub login_mail_state: Option<LoginMailState>,
    /// 一時パスワード発行日時
    pub temporary_password_issued_at: Option<DateTime<Utc>>,
    /// 免許証画像
    pub licence_image: Option<LicenceImage>,
}

impl AccountRecord {
    /// A registration with the five fields every row must have.
    pub fn new(account_id: &str, number: RegistrationNumber, birthdate: Birthdate, family: &str, given: &str) -> Self {
        Self {
            account_id: account_id.to_owned(),
            registration_number: number,
            birthdate,
            family_name: family.to_owned(),
            given_name: given.to_owned(),
            family_kana: String::new(),
            given_kana: String::new(),
            former_names: Vec::new(),
            email: String::new(),
            former_emails: Vec::new(),
            phone: String::new(),
            phase: None,
            entry_fiscal_year: None,
            specialty: String::new(),
            program: String::new(),
            director_name: String::new(),
            director_email: String::new(),
            application_state: None,
            registered_at: None,
            login_mail_sent_at: None,
            login_mail_state: None,
            temporary_password_issued_at: None,
            licence_image: None,
        }
    }

    /// Family and given name with a space, as shown.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.family_name, self.given_name).trim().to_owned()
    }

    /// The reading with a space, as shown.
    pub fn full_kana(&self) -> String {
        format!("{} {}", self.family_kana, self.given_kana).trim().to_owned()
    }
}

impl std::fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRecord").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}
