//! The topics of contracts.md, their verdicts, and who decides.

use crate::desk::Lang;
use crate::word_enum;

word_enum! {
    /// What the rules are asked about.
    Topic {
        /// Who enters training records (F42, F43).
        Records = "records",
        /// A start later than April (F51–F55).
        LateStart = "late_start",
        /// The first day of training (F56).
        StartDate = "start_date",
        /// Whether one may apply (F10, F20–F25).
        Apply = "apply",
        /// Change of specialty (F11–F14).
        Transfer = "transfer",
        /// Exemption from the ceiling (F46–F50).
        Ceiling = "ceiling",
        /// The curriculum system (F58–F63).
        Curriculum = "curriculum",
        /// Change of registered data (F33–F35).
        Profile = "profile",
    }
}

word_enum! {
    /// What the rules say.
    Verdict {
        /// Facts are missing.
        Ask = "ask",
        /// The trainee enters records.
        EntryRequired = "entry_required",
        /// Records come by data linkage.
        NotRequired = "not_required",
        /// The late start is fine.
        Allowed = "allowed",
        /// The director's approval or the notice to the society is missing.
        ApprovalsMissing = "approvals_missing",
        /// One must apply within the recruitment period.
        ApplyInPeriod = "apply_in_period",
        /// One must apply in the next fiscal year.
        ApplyNextYear = "apply_next_year",
        /// The first day is known.
        StartsOn = "starts_on",
        /// One may apply now.
        MayApply = "may_apply",
        /// The next window must open first.
        WaitForWindow = "wait_for_window",
        /// The result must be out first.
        WaitForResult = "wait_for_result",
        /// One must withdraw first.
        WithdrawFirst = "withdraw_first",
        /// The director must approve the withdrawal.
        WaitForDirector = "wait_for_director",
        /// The mail about the withdrawal must arrive.
        WaitForMail = "wait_for_mail",
        /// All windows are over.
        Closed = "closed",
        /// One may apply in the window that is open.
        ApplyInRecruitment = "apply_in_recruitment",
        /// The prefecture's council decides.
        CouncilDecides = "council_decides",
        /// A condition of the exemption is missing.
        NotExempt = "not_exempt",
        /// The society is asked.
        AskSociety = "ask_society",
        /// One applies to a programme again.
        Reapply = "reapply",
        /// None of the listed grounds.
        NoListedGround = "no_listed_ground",
        /// One changes it oneself.
        SelfService = "self_service",
        /// The desk changes it.
        Desk = "desk",
    }
}

word_enum! {
    /// Who decides in the end. The desk explains; it does not rule.
    Decider {
        /// 統括責任者
        Director = "director",
        /// 領域学会
        Society = "society",
        /// 地域医療対策協議会
        Council = "council",
        /// 機構
        Board = "board",
        /// The published schedule of the recruitment.
        Calendar = "calendar",
        /// The person, in the online system.
        Resident = "resident",
        /// The staff of this desk.
        Desk = "desk",
    }
}

impl Topic {
    /// The verdicts of the topic; `ask` is one of every topic.
    pub fn verdicts(self) -> &'static [Verdict] {
        use Verdict::*;
        match self {
            Self::Records => &[EntryRequired, NotRequired],
            Self::LateStart => &[Allowed, ApprovalsMissing, ApplyInPeriod, ApplyNextYear],
            Self::StartDate => &[StartsOn],
            Self::Apply => {
                &[MayApply, WaitForWindow, WaitForResult, WithdrawFirst, WaitForDirector, WaitForMail, Closed]
            }
            Self::Transfer => &[ApplyInRecruitment, WaitForWindow],
            Self::Ceiling => &[CouncilDecides, NotExempt],
            Self::Curriculum => &[AskSociety, Reapply, NoListedGround],
            Self::Profile => &[SelfService, Desk],
        }
    }
}

impl Verdict {
    /// The verdict as a person reads it.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Ask => lang.t("答えるには、まだわからないことがあります", "Something is still missing for an answer"),
            Self::EntryRequired => lang.t("入力が必要です", "Entry is needed"),
            Self::NotRequired => lang.t("入力は要りません", "No entry is needed"),
            Self::Allowed => lang.t("その日に始められる見込みです", "A start on that day should be possible"),
            Self::ApprovalsMissing => {
                lang.t("承認や連絡がまだそろっていません", "An approval or a notice is still missing")
            }
            Self::ApplyInPeriod => {
                lang.t("募集期間の間に応募が必要です", "An application within the recruitment period is needed")
            }
            Self::ApplyNextYear => lang.t("次の年度の募集への応募になります", "Apply in the next fiscal year"),
            Self::StartsOn => lang.t("研修開始日はこの日です", "This is the first day of training"),
            Self::MayApply => lang.t("応募できます", "You may apply"),
            Self::WaitForWindow => lang.t("次の応募期間をお待ちください", "Wait for the next application window"),
            Self::WaitForResult => lang.t("採否結果をお待ちください", "Wait for the result"),
            Self::WithdrawFirst => lang.t("先に採用辞退の手続きが必要です", "Withdraw first"),
            Self::WaitForDirector => lang.t("統括責任者の承認待ちです", "The programme director has to approve first"),
            Self::WaitForMail => lang.t("完了のメールをお待ちください", "Wait for the mail that completes it"),
            Self::Closed => lang.t("今年度の募集はすべて終わりました", "All recruitment periods of the year are over"),
            Self::ApplyInRecruitment => lang.t("今の応募期間に応募します", "Apply in the window that is open"),
            Self::CouncilDecides => lang
                .t("都道府県の協議会が決めます(条件に当てはまる可能性があります)", "The prefecture's council decides"),
            Self::NotExempt => lang.t("対象外の条件に当てはまりません", "The conditions are not met"),
            Self::AskSociety => lang.t("領域の学会に相談してください", "Ask the society of the specialty"),
            Self::Reapply => lang.t("もう一度プログラムに応募します", "Apply to a programme again"),
            Self::NoListedGround => lang.t("挙げられた理由には当たりません", "None of the listed grounds applies"),
            Self::SelfService => lang.t("ご自分で変えられます", "You can change it yourself"),
            Self::Desk => lang.t("窓口で直します", "The desk changes it"),
        }
    }
}

impl Decider {
    /// Who it is, as in 「決めるのは、…です」.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Director => lang.t("プログラムの統括責任者", "the programme director"),
            Self::Society => lang.t("領域の学会", "the society of the specialty"),
            Self::Council => lang.t("都道府県の地域医療対策協議会", "the prefecture's council for regional medicine"),
            Self::Board => lang.t("機構", "the board"),
            Self::Calendar => lang.t("公表された募集の日程", "the published recruitment schedule"),
            Self::Resident => lang.t("ご本人(システムでの手続き)", "you, in the online system"),
            Self::Desk => lang.t("事務局", "the staff of the desk"),
        }
    }
}
