//! Whether a text tells the result of an application (採否). FAQ F28: it never stands in a mail. The other way round would
//! be a list of ways to tell one, and there is always one more; so any word of a result stops, except in the phrases here
//! that tell none: a rule (「採用された場合は」), the name of something (「採用結果通知」), a question.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The words of a result that the text tells, and nothing when it tells none.
pub(super) fn told(text: &str) -> Option<String> {
    let folded: String = text.nfkc().filter(|c| !is_invisible(*c)).collect::<String>().to_lowercase();
    japanese(&folded).or_else(|| english(&folded))
}

/// What a reader does not see (Default_Ignorable_Code_Point): it would part a word for a program only.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Words of a result.
const WORDS: &[&str] = &[
    "採用",
    "採択",
    "合格",
    "未設定",
    "内定",
    "落選",
    "選考を通過",
    "選考に通",
    "選考に落",
    "選考に残",
    "選考に漏",
    "選考に外",
    "応募に落",
    "選ばれました",
    "選ばれません",
    "選ばれず",
    "受かり",
    "受かっ",
    "見送",
    "ご縁が",
    "御縁が",
    "おめでとう",
];

/// Whoever is meant by these is nobody in particular: with [`ABOUT_NOBODY`] behind them they state a rule.
const STATES: &[&str] = &[
    "採用",
    "採用の",
    "採用された",
    "採用されている",
    "採用されなかった",
    "採用されていない",
    "採用となった",
    "採用になった",
    "採用が決まった",
    "不採用",
    "不採用の",
    "不採用だった",
    "不採用となった",
    "不採用になった",
    "不採用と表示された",
    "未設定",
    "未設定の",
    "未設定だった",
    "未設定となった",
    "未設定のままの",
    "未設定と表示された",
    "不採用または未設定",
    "不採用または未設定の",
    "不採用または未設定だった",
    "不採用または未設定となった",
    "不採用または未設定と表示された",
    "不採用または未設定と表示されている",
    "不採用か未設定の",
    "不採用と未設定の",
    "不採用や未設定の",
    "不採用未設定の",
    "内定した",
    "内定の",
    "合格した",
    "合格の",
    "落選した",
    "落選の",
    "選ばれた",
    "受かった",
    "採択された",
];
const ABOUT_NOBODY: &[&str] = &[
    "場合",
    "とき",
    "時は",
    "時に",
    "時の",
    "際は",
    "際に",
    "際の",
    "方は",
    "方へ",
    "方も",
    "方に",
    "方の",
    "方が",
    "方を",
    "方や",
    "方、",
    "方と",
    "人は",
    "人も",
    "人の",
    "人が",
    "後は",
    "後に",
    "後の",
    "後、",
    "後も",
    "かどうか",
    "か否か",
    "かは、",
];
/// What one calls a place in a sentence that goes on with one of [`PARTICLES`]: 「採用されたプログラムの統括責任者に」.
const PLACES: &[&str] = &["プログラム", "施設", "病院", "領域", "年度"];
const PARTICLES: &[&str] = &["の", "に", "で", "を", "へ", "以外", "から", "名", "と"];

/// Phrases without a result in them.
const HARMLESS: &[&str] = &[
    "採用辞退",
    "採用結果",
    "採用調整",
    "採用試験",
    "採用担当",
    "採用面接",
    "採用情報",
    "採用説明会",
    "採用条件",
    "採用基準",
    "採用人数",
    "採用枠",
    "採用者数",
    "採用者の一覧",
    "採用の可否",
    "採用を決めるのは",
    "採用の結果は、ログイン",
    "採用の結果はログイン",
    "採用の結果を",
    "採用の結果が出",
    "採用の結果について",
    "採用か不採用か",
    "採用不採用",
    "採用、不採用、未設定",
    "採用不採用未設定",
    "採用または不採用",
    "採用や不採用",
    "採用されたら",
    "採用されたか",
    "採用されているか",
    "採用されている間",
    "採用されていない間",
    "採用されるまで",
    "採用されるか",
    "採用されると、",
    "採用されるには",
    "採用されるため",
    "採用されるとは限",
    "不採用も未設定も",
    "不採用または未設定も",
    "不採用または未設定は",
    "不採用または未設定なら",
    "不採用と未設定は",
    "不採用未設定は",
    "方式を採用",
    "形式を採用",
    "システムを採用",
    "制度を採用",
    "合格証",
    "合格番号",
    "国家試験合格おめでとう",
    "国家試験の合格おめでとう",
    "国家試験合格",
    "国家試験の合格",
    "国家試験に合格",
    "専門医試験に合格",
    "専門医試験の合格",
    "認定試験に合格",
    "認定試験の合格",
    "応募を見送",
    "見送ってください",
    "見送る場合",
    "見送る方",
    "お見送り",
    "ご結婚おめでとう",
    "御結婚おめでとう",
    "ご出産おめでとう",
    "御出産おめでとう",
    "ご誕生おめでとう",
    "ご卒業おめでとう",
    "免許取得おめでとう",
    "免許の取得おめでとう",
    "明けましておめでとう",
    "あけましておめでとう",
    "新年おめでとう",
    "内定者説明会",
];
/// What else is 未設定 on a screen.
const SETTINGS: &[&str] =
    &["パスワード", "メールアドレス", "電話番号", "住所", "フリガナ", "通知", "受信", "二段階認証"];

/// All harmless phrases, the longer before those they begin with.
static PHRASES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rules = STATES.iter().flat_map(|state| ABOUT_NOBODY.iter().map(move |rest| format!("{state}{rest}")));
    let places = ["採用された", "採用されている", "採用になった"].into_iter().flat_map(|state| {
        let whole = move |place: &str, rest: &str| format!("{state}{place}{rest}");
        PLACES.iter().flat_map(move |place| PARTICLES.iter().map(move |rest| whole(place, rest)))
    });
    let settings =
        SETTINGS.iter().flat_map(|what| ["が", "は", "も", "の"].map(|particle| format!("{what}{particle}未設定")));
    let mut all: Vec<String> = HARMLESS.iter().map(|phrase| (*phrase).to_owned()).collect();
    all.extend(rules.chain(places).chain(settings));
    all.sort_by_key(|phrase| std::cmp::Reverse(phrase.chars().count()));
    all.dedup();
    all
});

/// 内定 stands within 院内定期, ご案内定刻, …
const BEFORE_INSIDE: &str = "院案国市県室社都家圏域区機構年期月日間以場校学館島";

fn japanese(folded: &str) -> Option<String> {
    let text = compact(folded);
    // Most texts hold none of the words at all.
    if !WORDS.iter().any(|word| text.contains(word)) {
        return None;
    }
    let cut = |text: String, phrase: &String| match text.contains(phrase.as_str()) {
        true => text.replace(phrase.as_str(), "＿"),
        false => text,
    };
    let plain = PHRASES.iter().fold(text, cut);
    WORDS.iter().find_map(|word| {
        let mut places = plain.match_indices(*word);
        places
            .any(|(at, _)| *word != "内定" || !plain[..at].ends_with(|c| BEFORE_INSIDE.contains(c)))
            .then(|| sentence_around(&plain, word))
    })
}

/// The word with what follows it, for the writer to find it.
fn sentence_around(plain: &str, word: &str) -> String {
    let at = plain.find(word).unwrap_or(0);
    let before = usize::from(plain[..at].ends_with('不'));
    let start = at - before * '不'.len_utf8();
    plain[start..].chars().take_while(|c| !"。、:＿".contains(*c)).take(10).collect()
}

/// The text as one reads it: without blanks and marks inside a sentence, a few marks kept as its joints, kana for 採用 and
/// the like written in kanji.
fn compact(folded: &str) -> String {
    const PARTS: [(char, char); 7] =
        [('採', '用'), ('不', '採'), ('未', '設'), ('設', '定'), ('合', '格'), ('落', '選'), ('採', '択')];
    let mut out: Vec<char> = Vec::with_capacity(folded.len());
    for c in folded.chars() {
        let c = match c {
            '\n' | '。' | '.' | '!' | '?' | '．' => '。',
            '、' | ',' => '、',
            ':' | ';' => ':',
            '采' => '採',
            c if c.is_alphanumeric() => c,
            _ => continue,
        };
        let joints = out.iter().rev().take_while(|before| !before.is_alphanumeric()).count();
        let before = out.len().checked_sub(joints + 1).and_then(|at| out.get(at)).copied();
        if joints <= 3 && before.is_some_and(|before| PARTS.contains(&(before, c))) {
            out.truncate(out.len() - joints);
        }
        out.push(c);
    }
    in_kanji(&out)
}

/// Kana, what is meant, and whether it is so only where katakana takes part: in hiragana it is part of other words.
const IN_KANA: [(&str, &str, bool); 8] = [
    ("さいよう", "採用", false),
    ("さいよー", "採用", false),
    ("さい用", "採用", false),
    ("採よう", "採用", false),
    ("みせってい", "未設定", false),
    ("ごうかく", "合格", false),
    ("らくせん", "落選", true),
    ("ないてい", "内定", true),
];
/// 小さいよう, くださいよう, うるさいよう, しなさいよう
const BEFORE_SAI: &str = "小下だるくいな臭煩";

fn in_kanji(text: &[char]) -> String {
    let hiragana = |c: char| match c {
        'ァ'..='ヶ' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
        _ => c,
    };
    let mut out = String::with_capacity(text.len() * 3);
    let mut at = 0;
    while at < text.len() {
        let found = IN_KANA.iter().find(|(kana, _, is_katakana)| {
            let count = kana.chars().count();
            let Some(here) = text.get(at..at + count) else { return false };
            let has_katakana = here.iter().any(|c| ('ァ'..='ヶ').contains(c));
            let is_it = here.iter().map(|c| hiragana(*c)).eq(kana.chars());
            let is_other = kana.starts_with("さい") && out.ends_with(|c| BEFORE_SAI.contains(c));
            is_it && (has_katakana || (!is_katakana && !is_other))
        });
        match found {
            Some((kana, kanji, _)) => {
                out.push_str(kanji);
                at += kana.chars().count();
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

/// Words that make a clause a rule or a question.
const CONDITIONS: &[&str] =
    &["if", "whether", "unless", "once", "until", "who", "whoever", "anyone", "those", "while", "when", "without"];
/// What else is accepted or rejected.
const THINGS: &[&str] = &[
    "file",
    "files",
    "image",
    "images",
    "photo",
    "photos",
    "picture",
    "pictures",
    "scan",
    "scans",
    "pdf",
    "png",
    "jpeg",
    "jpg",
    "heic",
    "copy",
    "copies",
    "format",
    "formats",
    "upload",
    "uploads",
    "mail",
    "mails",
    "email",
    "emails",
    "message",
    "messages",
    "address",
    "addresses",
    "password",
    "login",
    "link",
    "attachment",
    "attachments",
    "size",
    "request",
    "requests",
    "card",
    "payment",
    "inquiry",
    "inquiries",
    "applications",
    "change",
    "changes",
    "certificate",
    "certificates",
];
const TO_BE: &[&str] =
    &["is", "are", "was", "were", "been", "be", "being", "got", "re", "weren", "aren", "wasn", "isn"];
/// What may stand between: "you have, unfortunately, not been".
const BETWEEN: &[&str] = &[
    "have",
    "had",
    "ve",
    "haven",
    "hadn",
    "t",
    "not",
    "also",
    "now",
    "already",
    "unfortunately",
    "then",
    "will",
    "finally",
    "indeed",
    "actually",
    "just",
    "sadly",
    "officially",
];

fn english(folded: &str) -> Option<String> {
    folded.split(['.', ',', ';', ':', '!', '?', '(', ')', '。', '、']).find_map(|clause| {
        let words: Vec<&str> = clause.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        (0..words.len()).find(|at| tells_in_english(&words, *at)).map(|at| {
            let from = at.saturating_sub(3);
            words[from..(at + 3).min(words.len())].join(" ")
        })
    })
}

fn tells_in_english(words: &[&str], at: usize) -> bool {
    let before = &words[..at];
    let has = |list: &[&str]| before.iter().any(|word| list.contains(word));
    let next = |n: usize| words.get(at + n).copied().unwrap_or_default();
    let is_rule = before.iter().rev().take(9).any(|word| CONDITIONS.contains(word));
    // "you were", "you have not been"; not "the file you selected was".
    let you_are = before.iter().enumerate().filter(|(_, word)| **word == "you").any(|(you, _)| {
        let rest: Vec<_> = before[you + 1..].iter().filter(|word| !BETWEEN.contains(word)).collect();
        !rest.is_empty() && rest.iter().all(|word| TO_BE.contains(word))
    });
    let is_application = has(&["application", "candidate", "candidature", "applicant", "result", "status"])
        || before.windows(2).any(|pair| pair[0] == "your" && pair[1] == "applications");
    match words[at] {
        "accepted" | "rejected" => {
            let is_thing = words.iter().any(|word| THINGS.contains(word));
            !is_rule && (you_are || is_application || !is_thing)
        }
        // "Result: not selected" is a clause of two words.
        "selected" | "chosen" | "admitted" | "successful" | "unsuccessful" | "shortlisted" | "declined" | "hired" => {
            !is_rule && (you_are || is_application || (before.last() == Some(&"not") && before.len() == 1))
        }
        "acceptance" | "rejection" => !is_rule && before.last() == Some(&"your"),
        "turned" => !is_rule && next(1) == "down" && (you_are || is_application),
        "offer" | "offered" => !is_rule && words[at..].iter().take(5).any(|word| ["place", "position"].contains(word)),
        "congratulations" => !["marriage", "wedding", "birth", "graduation", "licence", "baby"]
            .iter()
            .any(|event| words[at..].contains(event)),
        "saiyou" | "saiyo" | "fusaiyou" | "fusaiyo" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_result_never_leaves_in_a_mail_however_it_is_put() {
        for text in [
            "採用されました。おめでとうございます。",
            "お問い合わせの件、結果は 不採用 でした。",
            "残念ながら採用されませんでした。",
            "第1志望に採用となりました",
            "結果は「採用」です",
            "You were NOT accepted.",
            "Your application was rejected.",
            "確認したところ、不採用とのことです。",
            "確認したところ、採用されていました。",
            "採用されておらず、次の募集にご応募ください。",
            "採用内定の状態です。",
            "画面には「不採用」と出ています。",
            "結果：採用",
            "合格していました",
            "The programme has accepted you.",
            "採否：採用",
            "採用決定です。",
            "採用が確定しました",
            "採用の結果です",
            "「採用」になっています。",
            "画面には「採用」と出ています。",
            "採用と出ています",
            "採用と判定されました",
            "採用予定です",
            "採用おめでとうございます",
            "無事に採用を得られました",
            "内定です",
            "選ばれませんでした",
            "落選でした",
            "選考を通過しました",
            "残念ながら今回は見送りとなりました",
            "未設定でした",
            "未設定のままです",
            "採否は未設定です",
            "You are accepted.",
            "You were selected for the programme.",
            "You have not been selected",
            "Result: accepted",
            "Result: not selected",
            "Your result is rejected",
            "your status is \"accepted\"",
            "採\u{200B}用されました",
            "採\u{2060}\u{FEFF}用\u{AD}です",
            "採.用されました",
            "採 用 で す",
            "採\n用です",
            "「採」「用」です",
            "さいようされました",
            "ｻｲﾖｳ ｻﾚﾏｼﾀ",
            "フサイヨウでした",
            "⽤紙の件ですが、採⽤です",
            "结果是采用",
            "採用。辞退される場合はご連絡ください。",
            "採用結果は、採用です。",
            "採用されたプログラムは青葉総合病院です。",
            "ナイテイが出ています",
            "If you log in, you will see: you were accepted.",
            "We are happy to offer you a place.",
            "Congratulations! See the page.",
            "Saiyou desu.",
            "You've been turned down this time.",
        ] {
            assert!(told(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_tells_no_result_may_leave() {
        for text in [
            "採否の結果は、ログインして「採否結果」をご覧ください。メールではお知らせできません。",
            "採用辞退の手続きは、統括責任者の承認の後に完了します。",
            "不採用または未設定の方は、未応募に戻ります。",
            "不採用と未設定の方は、結果の通知の後に未応募へ戻ります。",
            "「不採用」または「未設定」と表示されている方は、次の応募期間に応募できます。",
            "採用結果通知の時刻を過ぎると表示されます。採用された場合は手続きがあります。",
            "採用されているプログラムの統括責任者にご連絡ください。",
            "採用されている間は、ほかのプログラムには応募できません。",
            "The result is shown when you log in.",
            "「不採用」も「未設定」も、未応募に戻ります。",
            "採用された年度の4月1日から数えます。",
            "採用されたかどうかは、ログインしてご確認ください。",
            "病院の採用担当の方におたずねください。",
            "画像が小さいようです。もう一度お送りくださいようお願いします。",
            "院内定期便、ご案内定刻のとおりです。3日以内。定員は10名です。",
            "パスワードが未設定のときは、ログイン画面から設定できます。",
            "医師国家試験の合格証書、国家試験の合格番号をお送りください。",
            "ご結婚おめでとうございます。氏名の変更を承りました。",
            "応募を見送る場合、手続きは要りません。",
            "領域に「内科」が選ばれていることを確かめてください。",
            "残念ながら、締切を過ぎているため変更できません。",
            "Images as PDF are not accepted. The file you selected is too large.",
            "The mail was rejected by the server of your provider.",
            "Applications are accepted until 14 November, noon.",
            "If you were not accepted, you may apply in the next window.",
            "Who was not accepted returns to un-applied.",
            "While you are accepted you cannot apply elsewhere.",
            "Log in to see whether you have been selected.",
            "Congratulations on your marriage.",
            "Please send the accepted formats only: PNG or JPEG files.",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
