//! What the invented doctors write.

use crate::desk::inquiry::InquiryKind;

/// Subject and text of an inquiry of a kind.
pub(super) fn inquiry(kind: InquiryKind) -> (&'static str, &'static str) {
    match kind {
        InquiryKind::LoginMail => (
            "ログイン用のメールが届きません",
            "昨夜、個人情報の登録を終えましたが、ログイン用のURLのメールが届きません。迷惑メールの中も見ましたが、ありませんでした。登録し直してもよいでしょうか。",
        ),
        InquiryKind::Id => (
            "IDがわかりません(異動でメールが変わりました)",
            "研修先が変わり、以前の病院のメールが使えなくなりました。ログインIDの控えもそのメールの中にあり、確認できません。",
        ),
        InquiryKind::Password => (
            "パスワード再設定のメールを受け取れません",
            "パスワードを忘れました。再設定のメールは、退職した病院のアドレスに届くようになっているようです。",
        ),
        InquiryKind::Duplicate => (
            "ログインできず、2回登録してしまいました",
            "メールが届かないと思い、もう一度登録してしまいました。そのあと一時パスワードも発行しましたが、どちらでもログインできません。締切が近いので、確認をお願いします。",
        ),
        InquiryKind::Image => (
            "仮の画像から医師免許証への差し替え",
            "登録のときは免許証が手元になく、合格証の画像で登録しました。免許証が届きましたので、差し替えの方法を教えてください。",
        ),
        InquiryKind::Profile => (
            "結婚による氏名の変更",
            "結婚して姓が変わりました。医籍の書き換えも終わっています。登録の氏名を変更したいのですが、何を送ればよいですか。",
        ),
        InquiryKind::Apply => (
            "応募先を変更したいのですが、ボタンが出ません",
            "2次募集の期間中に応募先のプログラムを変えたいのですが、画面に変更のボタンがありません。期間内なら変えられると思っていました。",
        ),
        InquiryKind::Withdraw => (
            "採用辞退の手続きが進みません",
            "先週、システムで採用辞退を申請しましたが、統括責任者の承認がまだのようです。2次募集の締切に間に合うでしょうか。",
        ),
        InquiryKind::Result => (
            "結果のメールに採否が書かれていません",
            "結果通知のメールが届きましたが、採否が書かれていません。どこで見られますか。",
        ),
        InquiryKind::Transfer => (
            "年度の途中で別の領域に変わりたい",
            "現在研修中ですが、事情があり別の領域への変更を考えています。年度の途中でも手続きはできますか。",
        ),
        InquiryKind::Record => (
            "研修実績の登録が必要か教えてください",
            "自分の領域と開始年度で研修実績の登録が必要なのかわかりません。画面には何も表示されていません。",
        ),
        InquiryKind::LateStart => (
            "研修の開始が6月になります",
            "出産のため、研修の開始が4月ではなく6月になる見込みです。責任者の了承は得ています。応募し直す必要はありますか。",
        ),
        InquiryKind::Ceiling => (
            "地域枠はシーリングの対象外ですか",
            "県の修学資金を受けている地域枠の出身です。シーリングの対象外になるには、どこに申し出ればよいですか。",
        ),
        InquiryKind::Curriculum => (
            "カリキュラム制に移れますか",
            "介護のため常勤で続けることが難しくなりました。カリキュラム制への移行を相談したいです。",
        ),
        InquiryKind::Trouble => (
            "「データベースエラー」と表示されます",
            "免許証の画像を登録しようとすると「データベースエラー」と表示されます。10時15分ごろ、Chrome です。画像は 11 MB ほどあります。",
        ),
        InquiryKind::Director => (
            "統括責任者のIDを引き継ぎたい",
            "前任から統括責任者を引き継ぎました。採否の登録ができるように、IDを教えてください。",
        ),
        InquiryKind::Other => {
            ("推薦状の様式について", "応募のときに推薦状は必要でしょうか。様式があれば教えてください。")
        }
    }
}

/// What an invented doctor fills in beside it, under the names of the kind's form.
pub(super) fn fields(kind: InquiryKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        InquiryKind::LoginMail => &[("registered_on", "昨夜9時ごろ"), ("temporary_password", "no")],
        InquiryKind::Password => &[("situation", "mail_unreachable")],
        InquiryKind::Duplicate => &[("temporary_password", "yes"), ("times_registered", "2")],
        InquiryKind::Image => &[("reason", "arrived"), ("provisional_since", "11月のはじめ")],
        InquiryKind::Profile => {
            &[("item", "name"), ("old_value", "旧姓"), ("new_value", "新しい姓"), ("proof", "licence")]
        }
        InquiryKind::Apply => &[("round", "2次募集"), ("topic", "change")],
        InquiryKind::Withdraw => &[
            ("result", "accepted"),
            ("program", "青葉病院 専門研修プログラム"),
            ("director_told", "yes"),
            ("step", "requested"),
        ],
        InquiryKind::Result => &[("situation", "other")],
        InquiryKind::Transfer => &[
            ("specialty", "外科"),
            ("base_hospital", "青葉病院"),
            ("program", "青葉病院 外科専門研修プログラム"),
            ("prefecture", "宮城県"),
            ("reason", "家庭の事情です。"),
            ("harassment", "no"),
            ("director_agreed", "yes"),
            ("society_agreed", "no"),
        ],
        InquiryKind::Record => &[("specialty", "内科"), ("entry_fiscal_year", "2024"), ("topic", "linkage")],
        InquiryKind::LateStart => &[
            ("specialty", "小児科"),
            ("entry_fiscal_year", "2027"),
            ("planned_start", "2027-06-01"),
            ("special_reason", "childbirth"),
            ("reason", "出産のため、6月から始める予定です。"),
            ("director_approves", "yes"),
            ("society_told", "no"),
            ("applied_in_period", "yes"),
        ],
        InquiryKind::Ceiling => {
            &[("prefecture", "長野県"), ("ground", "contract"), ("shortage_area", "yes"), ("council_consent", "yes")]
        }
        InquiryKind::Curriculum => &[("specialty", "内科"), ("ground", "family"), ("situation", "in_program")],
        InquiryKind::Trouble => &[
            ("happened_at", "昨日の10時15分ごろ"),
            ("screen", "応募の確認画面"),
            ("action", "「登録」を押したとき"),
            ("message_shown", "システムエラーが発生しました"),
        ],
        InquiryKind::Director => &[
            ("specialty", "外科"),
            ("program", "青葉病院 外科専門研修プログラム"),
            ("director_name", "青葉 太郎"),
            ("topic", "login"),
        ],
        InquiryKind::Id | InquiryKind::Other => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::inquiry::Catalogue;

    #[test]
    fn what_is_invented_stands_on_the_forms_and_leaves_out_nothing_required() {
        for spec in Catalogue::embedded().unwrap().all() {
            let invented = fields(spec.kind);
            for (name, value) in invented {
                let field = spec.form.field(name).unwrap_or_else(|| panic!("{} has no {name}", spec.kind));
                let known = field.options.is_empty() || field.options.iter().any(|choice| choice.value == *value);
                assert!(known, "{}.{name} has no {value}", spec.kind);
            }
            for field in spec.form.fields.iter().filter(|field| field.required) {
                assert!(
                    invented.iter().any(|(name, _)| *name == field.name),
                    "{}.{} is left out",
                    spec.kind,
                    field.name
                );
            }
        }
    }
}
