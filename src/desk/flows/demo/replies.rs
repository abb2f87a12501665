//! What the invented staff write, and what the invented doctors add: each fits the kind it stands under.

use crate::desk::inquiry::InquiryKind;

/// The answer that settles an inquiry of a kind.
pub(super) fn answer(kind: InquiryKind) -> &'static str {
    match kind {
        InquiryKind::LoginMail => {
            "お問い合わせありがとうございます。登録は最後まで済んでいます。新しく登録し直さずに、そのままお待ちください。\nログイン用URLのメールを、登録されているアドレスにもう一度お送りしました。1日たっても届かないときは、このメールにご返信ください。"
        }
        InquiryKind::Id => {
            "お問い合わせありがとうございます。ご本人の登録を確認しました。\nログインIDは、登録されているメールアドレスにお送りしました。ほかのアドレスにはお知らせできませんので、ご了承ください。"
        }
        InquiryKind::Password => {
            "ご連絡ありがとうございます。登録されているメールアドレスを新しいものに改める手続きが済みました。\nログイン画面の「※ パスワードをお忘れの方はこちら」から、もう一度お手続きください。"
        }
        InquiryKind::Duplicate => {
            "お待たせいたしました。登録が2件あったため、応募のデータがある方の1件にまとめました。\n残した登録のログイン用メールをお使いください。一時パスワードは使えなくなっています。"
        }
        InquiryKind::Image => {
            "お問い合わせありがとうございます。お送りいただいた医師免許証の画像を確認し、登録の画像を差し替えました。\n10MBより小さい、全体が読める画像で、問題ありませんでした。"
        }
        InquiryKind::Profile => {
            "ご連絡ありがとうございます。医籍の書き換えが済んでいることを確認し、登録の氏名を改めました。\nログインIDは変わりません。次にログインしたとき、氏名をご確認ください。"
        }
        InquiryKind::Apply => {
            "お問い合わせありがとうございます。応募期間の間は、応募を取り消してから、別のプログラムに応募できます。\n応募の画面の「応募取消」を押すと、「応募」のボタンが出ます。締切は期間最終日の正午です。"
        }
        InquiryKind::Withdraw => {
            "お待たせいたしました。お手続きの順番は、①ご本人の申請、②統括責任者の承認、③承認のお知らせメール、の順です。③のあとに応募できるようになります。\n承認がまだのようですので、統括責任者の先生に一度ご連絡ください。"
        }
        InquiryKind::Result => {
            "お問い合わせありがとうございます。採否は、メールや電話ではお知らせしていません。\nオンラインシステムにログインし、「採否結果」の欄をご覧ください。"
        }
        InquiryKind::Transfer => {
            "ご相談ありがとうございます。ほかの領域に移るときは、次の専攻医募集に応募していただく形になり、研修は翌年度の4月から始まります。\nいまの統括責任者と、移りたい領域の学会の両方に、先にご相談ください。"
        }
        InquiryKind::Record => {
            "お問い合わせありがとうございます。研修実績の入力が要るかどうかは、領域と、研修を始めた年度で決まります。\n学会の登録から連携される領域では、ご自分での入力は要りません。連携が済みましたら、メールでお知らせします。"
        }
        InquiryKind::LateStart => {
            "ご連絡ありがとうございます。出産による遅れで、開始が半年より前になる見込みですので、応募し直す必要はありません。\n統括責任者から学会への連絡もお願いしてください。"
        }
        InquiryKind::Ceiling => {
            "お問い合わせありがとうございます。シーリングの対象外かどうかは、都道府県の協議会が決めます。\n修学資金の担当課と、応募するプログラムの統括責任者の両方に申し出てください。"
        }
        InquiryKind::Curriculum => {
            "ご相談ありがとうございます。介護は、カリキュラム制に移る理由として認められています。\nまず統括責任者と領域の学会にご相談のうえ、学会の様式で申請してください。"
        }
        InquiryKind::Trouble => {
            "お知らせいただきありがとうございます。画像が10MBを超えていたことが原因でした。\n小さくしたものを選び直すと、登録できることを確かめました。"
        }
        InquiryKind::Director => {
            "ご連絡ありがとうございます。学会からの交代の届けを確認しました。\nプログラムのIDは、届けにあるアドレスにお送りしました。"
        }
        InquiryKind::Other => {
            "お問い合わせありがとうございます。推薦状が要るかどうかは、プログラムによって異なります。\n応募するプログラムの募集要項をご覧いただくか、プログラムの担当者にお尋ねください。"
        }
    }
}

/// What is asked before an inquiry of a kind can be settled.
pub(super) fn question(kind: InquiryKind) -> &'static str {
    match kind {
        InquiryKind::LoginMail | InquiryKind::Duplicate => {
            "ご連絡ありがとうございます。確認のため、次の点を教えてください。\n・登録をされたおおよその日時\n・そのときに使われたメールアドレス\nパスワードは書かないでください。"
        }
        InquiryKind::Id | InquiryKind::Password => {
            "ご連絡ありがとうございます。登録されているメールアドレスが使えないとのことですので、ご本人の確認のために、医師免許証の画像を1枚お送りください。\nパスワードは書かないでください。"
        }
        InquiryKind::Image => {
            "ご連絡ありがとうございます。お送りいただいた画像は、登録番号のところが光って読めませんでした。お手数ですが、撮り直したものをお送りください。"
        }
        InquiryKind::Profile => {
            "ご連絡ありがとうございます。医籍の書き換えが済んでいることがわかるもの(書き換え後の医師免許証など)の画像をお送りください。"
        }
        InquiryKind::Withdraw => {
            "ご連絡ありがとうございます。システムで申請された日と、統括責任者にお伝えになった日を教えてください。"
        }
        InquiryKind::Record => {
            "ご連絡ありがとうございます。どの期間の研修実績についてのお尋ねか、開始と終了の年月を教えてください。"
        }
        InquiryKind::Trouble | InquiryKind::Apply => {
            "ご連絡ありがとうございます。調べるために、そのときの画面の写しと、お使いの機種・ブラウザーの名前を教えてください。"
        }
        InquiryKind::Director => {
            "ご連絡ありがとうございます。学会に交代の届けを出された日と、届けに書かれたメールアドレスを教えてください。"
        }
        InquiryKind::Transfer | InquiryKind::LateStart | InquiryKind::Curriculum | InquiryKind::Ceiling => {
            "ご連絡ありがとうございます。統括責任者の先生と学会には、もうご相談になりましたか。ご相談の結果がわかりましたら、このメールへの返信でお知らせください。"
        }
        InquiryKind::Result | InquiryKind::Other => {
            "ご連絡ありがとうございます。どのプログラムについてのお尋ねか、基幹施設とプログラムの名前を教えてください。"
        }
    }
}

/// What is said while somebody else is asked.
pub(super) fn elsewhere(kind: InquiryKind) -> &'static str {
    match kind {
        InquiryKind::Withdraw | InquiryKind::Director => {
            "ご連絡ありがとうございます。統括責任者の先生に、承認の状況を確かめています。お返事があり次第、お知らせします。"
        }
        InquiryKind::LoginMail
        | InquiryKind::Id
        | InquiryKind::Password
        | InquiryKind::Duplicate
        | InquiryKind::Image
        | InquiryKind::Profile
        | InquiryKind::Trouble
        | InquiryKind::Apply => {
            "ご連絡ありがとうございます。オンラインシステムの担当に、登録の状況を問い合わせています。2営業日ほどお待ちください。"
        }
        InquiryKind::Result
        | InquiryKind::Transfer
        | InquiryKind::Record
        | InquiryKind::LateStart
        | InquiryKind::Ceiling
        | InquiryKind::Curriculum
        | InquiryKind::Other => {
            "ご質問の件は、領域の学会によって取り扱いが異なります。学会の事務局に確かめていますので、お返事をお待ちください。"
        }
    }
}

/// What a requester adds after a question.
pub(super) fn addition(kind: InquiryKind) -> &'static str {
    match kind {
        InquiryKind::LoginMail | InquiryKind::Duplicate => {
            "返信ありがとうございます。登録したのは先週の金曜日の夜9時ごろで、勤務先のアドレスを使いました。よろしくお願いいたします。"
        }
        InquiryKind::Withdraw => {
            "月曜日に申請し、統括責任者の先生には電話でお伝えしました。今週中に承認してくださるとのことです。"
        }
        InquiryKind::Record => "2024年4月から2025年3月までの分です。学会には登録してあります。",
        InquiryKind::Trouble | InquiryKind::Apply => {
            "Windows 11 の Chrome です。もう一度試したところ、今度は「システムエラー」と出ました。"
        }
        InquiryKind::Transfer | InquiryKind::LateStart | InquiryKind::Curriculum | InquiryKind::Ceiling => {
            "統括責任者には了承をいただきました。学会にはこれから連絡します。"
        }
        _ => "返信ありがとうございます。承知しました。のちほどお送りします。",
    }
}

/// Internal notes, by kind.
pub(super) fn note(kind: InquiryKind) -> &'static str {
    match kind {
        InquiryKind::Duplicate => {
            "登録が2件ある。後の登録に一時パスワードの発行記録。統合の前に応募データを確認すること。"
        }
        InquiryKind::LoginMail => "ログイン用メールは送信済み。アドレスの打ち間違いの疑い。",
        InquiryKind::Withdraw | InquiryKind::Director => {
            "統括責任者に確認中。水曜までに返事がなければもう一度連絡する。"
        }
        InquiryKind::Trouble | InquiryKind::Apply => "同じ時間帯に同様の連絡が3件。システム担当に記録を依頼した。",
        _ => "電話でも同じ内容のお問い合わせあり。フォームをご案内済み。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::reply::last_look;

    #[test]
    fn what_is_written_may_be_sent_and_differs_by_kind() {
        for kind in InquiryKind::ALL.iter().copied() {
            for text in [answer(kind), question(kind), elsewhere(kind)] {
                assert_eq!(last_look::before_sending(text, &[]), Ok(()), "{kind}: {text}");
            }
        }
        let mut answers: Vec<_> = InquiryKind::ALL.iter().map(|kind| answer(*kind)).collect();
        answers.sort_unstable();
        answers.dedup();
        assert_eq!(answers.len(), InquiryKind::ALL.len());
    }
}
