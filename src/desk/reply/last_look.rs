//! The last look at a text before it is sent. What is found here stops the send, whoever wrote it: a word that was to be
//! filled in, a result of an application (採否: FAQ F28 says it never stands in a mail), a password, the number of
//! another doctor.

use unicode_normalization::UnicodeNormalization;

use crate::desk::Lang;

/// Why a text may not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// `{…}` was not filled in.
    Unresolved(String),
    /// It tells the result of an application.
    TellsResult(String),
    /// It holds what looks like a password.
    TellsPassword,
    /// It names another registration number than that of the ticket.
    OtherNumber,
}

impl Stop {
    /// The sentence for the writer.
    pub fn wording(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Unresolved(word), Lang::Ja) => {
                format!("「{word}」が埋まっていないので、まだ送っていません。実際の内容に書き換えてください。")
            }
            (Self::Unresolved(word), Lang::En) => format!("{word} is not filled in; nothing was sent. Replace it."),
            (Self::TellsResult(words), Lang::Ja) => format!(
                "採否の結果にあたる言葉「{words}」があるので、まだ送っていません。結果はメールでは知らせません。ログインしてご覧いただくよう書いてください。"
            ),
            (Self::TellsResult(words), Lang::En) => format!(
                "\"{words}\" tells a result; nothing was sent. Results are never told by mail: ask the person to log in."
            ),
            (Self::TellsPassword, Lang::Ja) => {
                "パスワードにあたる文があるので、まだ送っていません。消してから送ってください。".to_owned()
            }
            (Self::TellsPassword, Lang::En) => {
                "A line looks like a password; nothing was sent. Remove it first.".to_owned()
            }
            (Self::OtherNumber, Lang::Ja) => {
                "この受付とは別の医籍登録番号が書かれているので、まだ送っていません。番号を確かめてください。"
                    .to_owned()
            }
            (Self::OtherNumber, Lang::En) => {
                "It names another registration number than this ticket; nothing was sent. Check the number.".to_owned()
            }
        }
    }
}

/// Words with 採用 and the like that tell no result, longer ones before those they hold.
const HARMLESS: [&str; 34] = [
    "採用辞退",
    "合格証",
    "合格番号",
    "国家試験の合格",
    "採用結果通知",
    "採用結果",
    "採用調整",
    "採用試験",
    "採用担当",
    "採用された場合",
    "採用されなかった場合",
    "採用されなかったとき",
    "採用されなかった方",
    "採用されていない方",
    "採用されたとき",
    "採用されたら",
    "採用された方",
    "採用された年度",
    "採用されたプログラム",
    "採用されたかどうか",
    "採用されるかどうか",
    "採用されるまで",
    "採用されると",
    "採用された後",
    "採用の可否",
    "「不採用」または「未設定」",
    "「不採用」も「未設定」も",
    "「不採用」「未設定」",
    "不採用または未設定",
    "不採用・未設定",
    "採用・不採用",
    "採用か不採用か",
    "不採用の場合",
    "不採用の方",
];

/// Ways of telling a result, as they stand in a text without blanks, in small letters. Beginnings suffice: whatever is left
/// of 「採用され…」 and 「不採用」 after [`HARMLESS`] tells one, however the sentence goes on.
const RESULTS: [&str; 30] = [
    "採用され",
    "不採用",
    "採用とな",
    "採用にな",
    "採用に至",
    "採用が決",
    "採用です",
    "採用でし",
    "採用であ",
    "採用との",
    "採用だ",
    "採用の旨",
    "採用済",
    "採用内定",
    "採用を確認",
    "採用と表示",
    "採用と登録",
    "結果は採用",
    "結果が採用",
    "結果:採用",
    "結果は「採用",
    "結果は未設定",
    "結果は「未設定",
    "合格",
    "youwereaccepted",
    "youhavebeenaccepted",
    "youwerenotaccepted",
    "youhavenotbeenaccepted",
    "youwererejected",
    "acceptedyou",
];

/// The same for English sentences about the application.
const RESULTS_EN: [&str; 8] = [
    "applicationwasaccepted",
    "applicationwasnotaccepted",
    "applicationwasrejected",
    "applicationhasbeenaccepted",
    "applicationhasnotbeenaccepted",
    "applicationhasbeenrejected",
    "applicationwassuccessful",
    "applicationwasunsuccessful",
];

/// Looks at a text. `numbers` are the registration numbers that belong to the ticket: what was typed, and what is on file
/// of the account it is linked to.
///
/// # Errors
/// The first thing that stops it.
pub fn before_sending(text: &str, numbers: &[i64]) -> Result<(), Stop> {
    if let Some(word) = unresolved(text) {
        return Err(Stop::Unresolved(word));
    }
    if let Some(words) = tells_result(text) {
        return Err(Stop::TellsResult(words));
    }
    if crate::desk::inquiry::tells_a_password(text) {
        return Err(Stop::TellsPassword);
    }
    if names_other_number(text, numbers) {
        return Err(Stop::OtherNumber);
    }
    Ok(())
}

/// The first `{word}` of letters, digits and `_`.
fn unresolved(text: &str) -> Option<String> {
    text.split('{').skip(1).find_map(|rest| {
        let (word, _) = rest.split_once('}')?;
        let is_word =
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_word.then(|| format!("{{{word}}}"))
    })
}

fn tells_result(text: &str) -> Option<String> {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let plain = HARMLESS.iter().fold(folded, |text, word| text.replace(word, "＿"));
    RESULTS.iter().chain(&RESULTS_EN).find(|words| plain.contains(*words)).map(|words| (*words).to_owned())
}

/// Whether 「第…号」 or 「登録番号…」 is followed by digits that are not the ticket's.
fn names_other_number(text: &str, numbers: &[i64]) -> bool {
    if numbers.is_empty() {
        return false;
    }
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    ["医籍登録番号", "登録番号", "第"].iter().any(|mark| {
        folded.split(mark).skip(1).any(|rest| {
            let rest = rest.trim_start_matches([':', 'は', '第', '「', '(']);
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let is_number =
                (5..=7).contains(&digits.len()) && (*mark != "第" || rest[digits.len()..].starts_with('号'));
            is_number && digits.parse::<i64>().is_ok_and(|found| !numbers.contains(&found))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert!(matches!(before_sending(text, &[]), Err(Stop::TellsResult(_))), "{text}");
        }
        for text in [
            "採否の結果は、ログインして「採否結果」をご覧ください。メールではお知らせできません。",
            "採用辞退の手続きは、統括責任者の承認の後に完了します。",
            "不採用または未設定の方は、未応募に戻ります。",
            "採用結果通知の時刻を過ぎると表示されます。採用された場合は手続きがあります。",
            "The result is shown when you log in.",
            "「不採用」も「未設定」も、未応募に戻ります。",
            "採用された年度の4月1日から数えます。",
        ] {
            assert_eq!(before_sending(text, &[]), Ok(()), "{text}");
        }
        for canned in crate::desk::reply::canned::embedded().unwrap() {
            for text in [&canned.ja, &canned.en] {
                assert_eq!(tells_result(text), None, "{}", canned.id);
            }
        }
    }

    #[test]
    fn a_word_that_was_to_be_filled_in_stops_the_send() {
        assert_eq!(before_sending("リンク：{upload_link}", &[]), Err(Stop::Unresolved("{upload_link}".into())));
        assert_eq!(before_sending("集合 {1, 2} や {} は言葉ではない", &[]), Ok(()));
    }

    #[test]
    fn a_password_and_the_number_of_another_doctor_stop_the_send() {
        assert_eq!(before_sending("パスワード：abc123", &[]), Err(Stop::TellsPassword));
        assert_eq!(before_sending("医籍登録番号は612048です", &[612_048]), Ok(()));
        assert_eq!(before_sending("医籍登録番号は６１２０４９です", &[612_048]), Err(Stop::OtherNumber));
        assert_eq!(before_sending("第612049号", &[612_048]), Err(Stop::OtherNumber));
        assert_eq!(before_sending("第2次募集、第12345回", &[612_048]), Ok(()));
    }
}
