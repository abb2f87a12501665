//! The 17 kinds of inquiry (種別) of contracts.md.

use crate::desk::Lang;
use crate::word_enum;

word_enum! {
    /// What an inquiry is about.
    InquiryKind {
        /// K01 ログイン用メールが届かない
        LoginMail = "login_mail",
        /// K02 ID 問い合わせ
        Id = "id",
        /// K03 パスワード
        Password = "password",
        /// K04 二重登録・一時パスワード
        Duplicate = "duplicate",
        /// K05 医師免許証画像
        Image = "image",
        /// K06 登録情報の変更
        Profile = "profile",
        /// K07 応募・応募先変更・締切
        Apply = "apply",
        /// K08 採用辞退
        Withdraw = "withdraw",
        /// K09 採否結果
        Result = "result",
        /// K10 転科
        Transfer = "transfer",
        /// K11 研修実績・中断・データ連携
        Record = "record",
        /// K12 研修開始の遅れ
        LateStart = "late_start",
        /// K13 シーリング対象外
        Ceiling = "ceiling",
        /// K14 カリキュラム制
        Curriculum = "curriculum",
        /// K15 システムの不具合
        Trouble = "trouble",
        /// K16 統括責任者・施設
        Director = "director",
        /// K17 その他
        Other = "other",
    }
}

impl InquiryKind {
    /// The name people see in lists and headings.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::LoginMail => lang.t("ログイン用メールが届かない", "The login mail does not arrive"),
            Self::Id => lang.t("ログインIDがわからない", "I do not know my login ID"),
            Self::Password => lang.t("パスワードがわからない", "I do not know my password"),
            Self::Duplicate => lang
                .t("ログインできない・二重登録・一時パスワード", "Cannot log in, registered twice, temporary password"),
            Self::Image => lang.t("医師免許証の画像", "Image of the medical licence"),
            Self::Profile => lang.t("登録情報の変更", "Change of registered data"),
            Self::Apply => lang.t("応募・応募先の変更・締切", "Applying, changing the programme, deadlines"),
            Self::Withdraw => lang.t("採用辞退", "Withdrawing from an accepted place"),
            Self::Result => lang.t("採否結果", "Result of an application"),
            Self::Transfer => lang.t("転科", "Change of specialty"),
            Self::Record => lang.t("研修実績・中断・データ連携", "Training records, interruption, data linkage"),
            Self::LateStart => lang.t("研修開始の遅れ", "Late start of training"),
            Self::Ceiling => lang.t("シーリング対象外(地域枠など)", "Exemption from the ceiling"),
            Self::Curriculum => lang.t("カリキュラム制", "Curriculum system"),
            Self::Trouble => lang.t("システムの不具合", "Trouble with the system"),
            Self::Director => lang.t("統括責任者・施設からのお問い合わせ", "From programme directors and hospitals"),
            Self::Other => lang.t("その他", "Something else"),
        }
    }

    /// The short name for narrow columns.
    pub fn short(self, lang: Lang) -> &'static str {
        match self {
            Self::LoginMail => lang.t("メール不着", "Login mail"),
            Self::Id => lang.t("ID", "ID"),
            Self::Password => lang.t("パスワード", "Password"),
            Self::Duplicate => lang.t("二重登録", "Duplicate"),
            Self::Image => lang.t("画像", "Image"),
            Self::Profile => lang.t("登録変更", "Profile"),
            Self::Apply => lang.t("応募", "Apply"),
            Self::Withdraw => lang.t("辞退", "Withdraw"),
            Self::Result => lang.t("採否", "Result"),
            Self::Transfer => lang.t("転科", "Transfer"),
            Self::Record => lang.t("研修実績", "Record"),
            Self::LateStart => lang.t("開始の遅れ", "Late start"),
            Self::Ceiling => lang.t("シーリング", "Ceiling"),
            Self::Curriculum => lang.t("カリキュラム", "Curriculum"),
            Self::Trouble => lang.t("不具合", "Trouble"),
            Self::Director => lang.t("統括責任者", "Director"),
            Self::Other => lang.t("その他", "Other"),
        }
    }
}
