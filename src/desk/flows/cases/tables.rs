//! The workflows (domain.md §2.1–2.22), one table each.

use std::collections::BTreeMap;

use super::machine::{Asks, Flow, Holder, Move, State};
use crate::desk::inquiry::InquiryKind;
use crate::desk::policy::{Verdict, known};

const fn state(
    word: &'static str,
    ja: &'static str,
    en: &'static str,
    holder: Holder,
    next_ja: &'static str,
    next_en: &'static str,
) -> State {
    State { word, label: (ja, en), holder, next: (next_ja, next_en) }
}

const fn act(
    act: &'static str,
    ja: &'static str,
    en: &'static str,
    from: &'static [&'static str],
    to: &'static str,
    asks: Asks,
) -> Move {
    Move { act, label: (ja, en), from, to, asks }
}

const DONE: (&str, &str) = ("することはありません。", "Nothing is left to do.");

fn said<'f>(fields: &'f BTreeMap<String, String>, name: &str) -> &'f str {
    fields.get(name).map_or("", String::as_str)
}

/// The workflow of a kind; a kind without one is simply answered.
pub fn of(kind: InquiryKind) -> Option<&'static Flow> {
    Some(match kind {
        InquiryKind::LoginMail => &LOGIN_MAIL,
        InquiryKind::Id | InquiryKind::Director => &TELL_ID,
        InquiryKind::Duplicate => &DUPLICATE,
        InquiryKind::Image => &IMAGE,
        InquiryKind::Profile => &PROFILE,
        InquiryKind::Withdraw => &WITHDRAWAL,
        InquiryKind::Record => &RECORD,
        InquiryKind::LateStart => &LATE_START,
        InquiryKind::Transfer => &TRANSFER,
        InquiryKind::Ceiling | InquiryKind::Curriculum => &ROUTING,
        InquiryKind::Trouble | InquiryKind::Apply => &FAULT,
        InquiryKind::Password | InquiryKind::Result | InquiryKind::Other => return None,
    })
}

/// Every workflow.
pub const ALL: [&Flow; 11] = [
    &LOGIN_MAIL,
    &TELL_ID,
    &DUPLICATE,
    &IMAGE,
    &PROFILE,
    &WITHDRAWAL,
    &RECORD,
    &LATE_START,
    &TRANSFER,
    &ROUTING,
    &FAULT,
];

/// ログインURLのメール (F01, F02)
pub static LOGIN_MAIL: Flow = Flow {
    word: "login_mail",
    is_public: false,
    label: ("ログインURLのメール", "Login mail"),
    start: |_| "reported",
    states: &[
        state("reported", "未着の連絡あり", "Reported missing", Holder::Desk, "登録の状態と送信の記録を調べます。", "Look at the registration and the record of sent mails."),
        state("incomplete", "登録が途中", "Registration incomplete", Holder::Requester, "登録を最後まで終えるよう伝えます。", "Ask the person to complete the registration."),
        state("address_wrong", "アドレスの誤り", "Address wrong", Holder::Desk, "本人を確かめ、アドレスの訂正を承認に回します。", "Check the person and ask for approval of a corrected address."),
        state("resent", "再送した", "Sent again", Holder::Requester, "届いたかどうかの返事を待ちます。", "Wait for word that it arrived."),
        state("arrived", "届いた", "Arrived", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("find_incomplete", "登録が途中だった", "Registration incomplete", &["reported"], "incomplete", Asks::Nothing),
        act("find_wrong_address", "アドレスが誤っていた", "Address wrong", &["reported", "resent"], "address_wrong", Asks::Note),
        act("resend", "再送した", "Sent again", &["reported", "incomplete", "address_wrong"], "resent", Asks::Nothing),
        act("arrive", "届いた", "Arrived", &["reported", "incomplete", "resent"], "arrived", Asks::Nothing),
    ],
};

/// ID を伝える (F29–F31; directors: domain.md §2.22)
pub static TELL_ID: Flow = Flow {
    word: "tell_id",
    is_public: false,
    label: ("IDの通知", "Telling an ID"),
    start: |_| "asked",
    states: &[
        state("asked", "照合待ち", "To be compared", Holder::Desk, "登録情報と照合します。", "Compare with the registration."),
        state("checked", "本人を確認済み", "Person checked", Holder::Desk, "登録されているアドレスにだけ、IDを送ります。", "Send the ID to the registered address only."),
        state("unreachable", "登録アドレスが使えない", "Registered address dead", Holder::Requester, "医師免許証の画像を待ち、2人で確かめます。", "Wait for an image of the licence; two people check it."),
        state("told", "通知済み", "Told", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("check", "本人を確認した", "Person checked", &["asked", "unreachable"], "checked", Asks::SecondPerson),
        act("find_unreachable", "登録アドレスが使えない", "Registered address dead", &["asked", "checked"], "unreachable", Asks::Nothing),
        act("tell", "IDを送った", "ID sent", &["checked"], "told", Asks::Nothing),
    ],
};

/// 二重登録・一時パスワード (F02, F08, F17, F18)
pub static DUPLICATE: Flow = Flow {
    word: "duplicate",
    is_public: false,
    label: ("二重登録・一時パスワード", "Duplicate, temporary password"),
    start: |fields| match (said(fields, "times_registered"), said(fields, "temporary_password")) {
        ("2" | "3", _) => "suspected",
        (_, "yes") => "temporary_password",
        _ => "reported",
    },
    states: &[
        state("reported", "連絡あり", "Reported", Holder::Desk, "二重登録と一時パスワードの有無を調べます。", "Look for a twin and a temporary password."),
        state("suspected", "二重登録の疑い", "Twin suspected", Holder::Desk, "登録を見比べ、同じ方かどうかを決めます。", "Compare the registrations and decide whether they are one person."),
        state("temporary_password", "一時パスワードが発行済み", "Temporary password issued", Holder::Desk, "一時パスワードを無効にし、ログインURLを送り直します。", "Void the temporary password and send the login URL again."),
        state("confirmed", "二重登録", "Twin confirmed", Holder::Desk, "残す登録を選びます。", "Choose which registration stays."),
        state("chosen", "残す登録を決めた", "Choice made", Holder::System, "システムへの反映を依頼します。", "Hand the change over to the online system."),
        state("fixed", "解消した", "Fixed", Holder::Desk, "本人に知らせます。", "Tell the person."),
        state("told", "通知済み", "Told", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("suspect", "二重登録の疑い", "Suspect a twin", &["reported", "temporary_password"], "suspected", Asks::Nothing),
        act("find_password", "一時パスワードが原因", "Temporary password is the cause", &["reported", "suspected"], "temporary_password", Asks::Nothing),
        act("distinct", "別人・一件だけ", "Other person, or only one", &["suspected", "confirmed"], "reported", Asks::Note),
        act("confirm", "同じ方と確認した", "Same person", &["suspected"], "confirmed", Asks::Nothing),
        act("choose", "残す登録を決めた", "Choice made", &["confirmed"], "chosen", Asks::Note),
        act("fix", "解消した", "Fixed", &["chosen", "temporary_password"], "fixed", Asks::Nothing),
        act("reopen", "元に戻した", "Undone", &["chosen", "fixed"], "confirmed", Asks::Note),
        act("tell", "本人に知らせた", "Person told", &["fixed", "reported"], "told", Asks::Nothing),
    ],
};

/// 画像の差し替え (F05, F06, F07)
pub static IMAGE: Flow = Flow {
    word: "image",
    is_public: true,
    label: ("画像の差し替え", "Replacement of the image"),
    start: |_| "asked",
    states: &[
        state("asked", "連絡あり", "Asked", Holder::Desk, "アップロード用のリンクを送ります。", "Send the upload link."),
        state("guided", "案内した", "Guided", Holder::Requester, "画像が届くのを待ちます。", "Wait for the image."),
        state("uploaded", "届いた", "Uploaded", Holder::Desk, "今の画像と見比べます。", "Compare with the present image."),
        state("sent_back", "差し戻した", "Sent back", Holder::Requester, "撮り直した画像を待ちます。", "Wait for a better image."),
        state("approved", "承認した", "Approved", Holder::System, "システムへの反映を依頼します。", "Hand it over to the online system."),
        state("applied", "反映した", "Applied", Holder::Desk, "本人に知らせます。", "Tell the person."),
        state("told", "通知済み", "Told", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("guide", "リンクを送った", "Link sent", &["asked", "sent_back"], "guided", Asks::Nothing),
        act("upload", "画像が届いた", "Image arrived", &["asked", "guided", "sent_back"], "uploaded", Asks::Nothing),
        act("approve", "承認する", "Approve", &["uploaded"], "approved", Asks::Nothing),
        act("send_back", "差し戻す", "Send back", &["uploaded"], "sent_back", Asks::Note),
        act("apply", "反映した", "Applied", &["approved"], "applied", Asks::Nothing),
        act("tell", "本人に知らせた", "Person told", &["applied"], "told", Asks::Nothing),
    ],
};

/// 登録情報の変更 (F33–F35)
pub static PROFILE: Flow = Flow {
    word: "profile",
    is_public: false,
    label: ("登録情報の変更", "Change of registered data"),
    start: |fields| match (said(fields, "item"), said(fields, "proof")) {
        ("email" | "address" | "phone", _) => "self_service",
        ("name" | "birthdate" | "registration_number", "" | "none") => "proof_wanted",
        _ => "asked",
    },
    states: &[
        state("asked", "依頼あり", "Asked", Holder::Desk, "今の内容と正しい内容、証明を確かめます。", "Check old value, new value and proof."),
        state("self_service", "本人が変えられる項目", "The person can do it", Holder::Requester, "「登録情報管理」の手順を案内します。ログインできない方は、IDの確認から始めます。", "Point to 「登録情報管理」; without a login begin with the ID."),
        state("proof_wanted", "証明を待っている", "Waiting for proof", Holder::Requester, "医師免許証などの画像を待ちます。", "Wait for an image of the licence."),
        state("proof_seen", "証明を確認した", "Proof seen", Holder::Desk, "氏名・生年月日・医籍登録番号は、別の責任者が承認します。", "For name, birthdate and number another lead approves."),
        state("approved", "承認した", "Approved", Holder::System, "システムへの反映を依頼します。", "Hand it over to the online system."),
        state("changed", "変更済み", "Changed", Holder::Desk, "本人に知らせます。", "Tell the person."),
        state("refused", "変更しない", "Not changed", Holder::Desk, "理由を添えて本人に知らせます。", "Tell the person, with the reason."),
        state("told", "通知済み", "Told", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("want_proof", "証明を求めた", "Proof asked for", &["asked", "self_service"], "proof_wanted", Asks::Nothing),
        act("see_proof", "証明を確認した", "Proof seen", &["asked", "proof_wanted", "self_service"], "proof_seen", Asks::Note),
        act("approve", "承認する", "Approve", &["proof_seen"], "approved", Asks::SecondPerson),
        act("refuse", "変更しない", "Do not change", &["asked", "proof_wanted", "proof_seen"], "refused", Asks::Note),
        act("change", "反映した", "Changed", &["approved"], "changed", Asks::Nothing),
        act("tell", "本人に知らせた", "Person told", &["changed", "refused", "self_service"], "told", Asks::Nothing),
    ],
};

/// 採用辞退 (F22–F26)
pub static WITHDRAWAL: Flow = Flow {
    word: "withdrawal",
    is_public: true,
    label: ("採用辞退", "Withdrawal"),
    start: |fields| match said(fields, "step") {
        "requested" => "requested",
        "approved" => "approved",
        "mailed" => "mailed",
        "denied" => "denied",
        _ => "before",
    },
    states: &[
        state("before", "1 申請前", "1 Not requested", Holder::Requester, "統括責任者に伝えてから、システムで申請するよう案内します。", "The person tells the director, then requests it in the system."),
        state("requested", "2 承認待ち", "2 Waiting for approval", Holder::Director, "統括責任者の承認を待ちます。2日たったら、統括責任者に連絡します。", "Wait for the director; write to them after two days."),
        state("approved", "3 承認済み・メール待ち", "3 Approved, mail to come", Holder::System, "ご本人へのメールの送信を確かめます。", "See that the mail to the person goes out."),
        state("mailed", "4 応募できる", "4 May apply", Holder::Nobody, "応募期間の間に応募できます。", "The person may apply while a window is open."),
        state("denied", "承認されなかった", "Not approved", Holder::Requester, "統括責任者と話すよう案内します。", "The person talks to the director."),
    ],
    moves: &[
        act("request", "申請された", "Requested", &["before", "denied"], "requested", Asks::Nothing),
        act("approve", "承認された", "Approved", &["requested"], "approved", Asks::Nothing),
        act("deny", "承認されなかった", "Not approved", &["requested"], "denied", Asks::Note),
        act("mail", "メールが届いた", "Mail arrived", &["approved"], "mailed", Asks::Nothing),
        act("correct", "段階を戻す", "Back to waiting", &["approved", "mailed"], "requested", Asks::Note),
    ],
};

/// 研修実績とデータ連携 (F36–F45)
pub static RECORD: Flow = Flow {
    word: "record",
    is_public: true,
    label: ("研修実績", "Training records"),
    // Only where nothing has to be entered is there something to wait for (F42, F43).
    start: |fields| match (said(fields, "topic"), known::entry_of_records(said(fields, "specialty"), said(fields, "entry_fiscal_year"))) {
        ("linkage", Verdict::NotRequired) => "waiting_for_linkage",
        _ => "asked",
    },
    states: &[
        state("asked", "連絡あり", "Asked", Holder::Desk, "領域と年度から、入力が必要かを答えます。", "Answer by specialty and year whether records must be entered."),
        state("waiting_for_linkage", "データ連携待ち", "Waiting for linkage", Holder::Society, "連携が終わると、一度だけ自動で知らせます。", "The person is told once, by itself, when linkage is done."),
        state("entering", "本人が入力中", "Being entered", Holder::Requester, "空白や重なりがなくなるのを待ちます。", "Wait until no gap and no overlap is left."),
        state("settled", "完了", "Settled", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("wait", "データ連携を待つ", "Wait for linkage", &["asked", "entering"], "waiting_for_linkage", Asks::Nothing),
        act("enter", "入力を案内した", "Guided to enter", &["asked", "waiting_for_linkage"], "entering", Asks::Nothing),
        act("settle", "完了した", "Settled", &["asked", "waiting_for_linkage", "entering"], "settled", Asks::Nothing),
    ],
};

/// 研修開始の遅れ (F51–F57)
pub static LATE_START: Flow = Flow {
    word: "late_start",
    is_public: true,
    label: ("研修開始の遅れ", "Late start"),
    start: |fields| match (said(fields, "director_approves"), said(fields, "society_told")) {
        ("yes", "yes") => "complete",
        ("yes", _) => "society_missing",
        _ => "director_missing",
    },
    states: &[
        state("director_missing", "統括責任者の承認待ち", "Director's approval missing", Holder::Director, "統括責任者の承認を得るよう案内します。", "The person gets the director's approval."),
        state("society_missing", "学会への連絡待ち", "Society to be told", Holder::Society, "学会に知らせるよう案内します。", "The person tells the society."),
        state("complete", "条件を確認中", "Conditions to be checked", Holder::Desk, "開始日・理由・年度から、あらためての応募が要るかを確かめます。", "Check by start, reason and year whether a new application is needed."),
        state("allowed", "開始を遅らせられる", "May start late", Holder::Desk, "本人に知らせます。", "Tell the person."),
        state("next_year", "次の年度に応募", "Apply next year", Holder::Desk, "本人に知らせます。", "Tell the person."),
        state("told", "通知済み", "Told", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("director", "統括責任者が承認した", "Director approved", &["director_missing"], "society_missing", Asks::Nothing),
        act("society", "学会に伝わった", "Society told", &["society_missing"], "complete", Asks::Nothing),
        act("both", "どちらも済んでいる", "Both are done", &["director_missing"], "complete", Asks::Nothing),
        act("allow", "遅らせられる", "May start late", &["complete"], "allowed", Asks::Note),
        act("refer", "次の年度に応募", "Apply next year", &["complete", "director_missing", "society_missing"], "next_year", Asks::Note),
        act("tell", "本人に知らせた", "Person told", &["allowed", "next_year"], "told", Asks::Nothing),
    ],
};

/// 転科 (F11–F14, domain.md §3.4)
pub static TRANSFER: Flow = Flow {
    word: "transfer",
    is_public: true,
    label: ("転科", "Change of specialty"),
    start: |fields| match (said(fields, "director_agreed"), said(fields, "society_agreed")) {
        ("refused", _) | (_, "refused") => "refused",
        ("yes", "yes") => "consents",
        ("yes", _) => "director_agreed",
        _ => "asked",
    },
    states: &[
        state("asked", "統括責任者の同意待ち", "Director's consent missing", Holder::Director, "統括責任者の同意を待ちます。", "Wait for the director's consent."),
        state("director_agreed", "学会の同意待ち", "Society's consent missing", Holder::Society, "学会の同意を待ちます。", "Wait for the society's consent."),
        state("consents", "同意がそろった", "Both agree", Holder::Desk, "内容を確かめ、辞退の処理を進めます。", "Check it and go on with giving up the place."),
        state("checked", "確認した", "Checked", Holder::System, "今の採用の辞退を処理します。", "The present place is given up in the system."),
        state("may_apply", "応募できる", "May apply", Holder::Requester, "募集期間に応募します。開始は早くても次の年度の4月です。", "The person applies in a window; training starts next April at the earliest."),
        state("refused", "同意が得られない", "Consent refused", Holder::Desk, "理由を確かめ、次の方法を案内します。", "Look at the reason and say what else can be done."),
        state("closed", "終了", "Ended", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("director", "統括責任者が同意した", "Director agrees", &["asked", "refused"], "director_agreed", Asks::Nothing),
        act("society", "学会が同意した", "Society agrees", &["director_agreed", "refused"], "consents", Asks::Nothing),
        act("refuse", "同意が得られない", "Consent refused", &["asked", "director_agreed"], "refused", Asks::Note),
        act("check", "内容を確認した", "Checked", &["consents"], "checked", Asks::Nothing),
        act("give_up", "辞退を処理した", "Place given up", &["checked"], "may_apply", Asks::Nothing),
        act("end", "終了する", "End", &["may_apply", "refused", "asked"], "closed", Asks::Nothing),
    ],
};

/// シーリング対象外・カリキュラム制: the desk tells whom to ask (F46–F50, F58–F63).
pub static ROUTING: Flow = Flow {
    word: "routing",
    is_public: false,
    label: ("相談先の案内", "Whom to ask"),
    start: |_| "asked",
    states: &[
        state("asked", "連絡あり", "Asked", Holder::Desk, "決めるのは都道府県の協議会や学会です。相談先を案内します。", "The council or the society decides. Say whom to ask."),
        state("to_prefecture", "都道府県を案内した", "Sent to the prefecture", Holder::Prefecture, "協議会の確認を待ちます。", "The council certifies it."),
        state("to_society", "学会を案内した", "Sent to the society", Holder::Society, "学会の判断を待ちます。", "The society decides."),
        state("settled", "完了", "Settled", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("prefecture", "都道府県を案内した", "Sent to the prefecture", &["asked", "to_society"], "to_prefecture", Asks::Nothing),
        act("society", "学会を案内した", "Sent to the society", &["asked", "to_prefecture"], "to_society", Asks::Nothing),
        act("settle", "完了した", "Settled", &["asked", "to_prefecture", "to_society"], "settled", Asks::Nothing),
    ],
};

/// 原因の調べ (F15, F16, F66): the finding with its evidence decides the answer.
pub static FAULT: Flow = Flow {
    word: "fault",
    is_public: false,
    label: ("応募・不具合", "Application or fault"),
    // Of an application only one that was missed has a cause to be found; the rest is simply answered.
    start: |fields| match said(fields, "topic") {
        "how" | "change" | "deadline" => "question",
        _ => "reported",
    },
    states: &[
        state("question", "質問", "Question", Holder::Desk, "応募の期間と手順を答えます。", "Answer about windows and steps."),
        state("reported", "連絡あり", "Reported", Holder::Desk, "時刻・画面・文言から記録を調べます。", "Look into the logs by time, page and message."),
        state("system", "システムが原因", "Caused by the system", Holder::System, "影響を受けた方の扱いを決め、対応します。", "Decide how those affected are helped, and help them."),
        state("own", "ご本人の操作が原因", "Caused by the person", Holder::Desk, "できないことと、次にできることを伝えます(F16)。", "Say what cannot be done and what comes next (F16)."),
        state("unclear", "原因不明", "Unclear", Holder::Desk, "足りない情報をたずねます。", "Ask for what is missing."),
        state("excepted", "例外として扱う", "Exception made", Holder::Desk, "二人で決めた扱いを、システム側と申し出た方に伝えます。", "Tell the system's people and the person what two of you decided."),
        state("answered", "回答済み", "Answered", Holder::Nobody, DONE.0, DONE.1),
    ],
    moves: &[
        act("look_into", "原因を調べる", "Look for the cause", &["question"], "reported", Asks::Nothing),
        act("system", "システムが原因", "Caused by the system", &["reported", "unclear", "own"], "system", Asks::Note),
        act("own", "ご本人の操作が原因", "Caused by the person", &["reported", "unclear", "system"], "own", Asks::Note),
        act("unclear", "原因不明", "Unclear", &["reported", "system", "own"], "unclear", Asks::Note),
        act("except", "例外として扱う", "Make an exception", &["system", "own"], "excepted", Asks::SecondPerson),
        act("answer", "回答した", "Answered", &["question", "system", "own", "unclear", "excepted"], "answered", Asks::Nothing),
    ],
};
