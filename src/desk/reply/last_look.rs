//! The last look at a text before it is sent. What is found here stops the send, whoever wrote it: a word that was to be
//! filled in, a result of an application (採否: FAQ F28 says it never stands in a mail), a password, the number of
//! another doctor.

use unicode_normalization::UnicodeNormalization;

use super::result_words;
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
                "採否の結果にあたる言葉「{words}」があるので、まだ送っていません。結果はメールでは知らせません。「採否の結果は、ログインして「採否結果」をご覧ください。」のように、また一般の決まりなら「採用された場合は」「不採用または未設定の方は」のように書いてください。"
            ),
            (Self::TellsResult(words), Lang::En) => format!(
                "\"{words}\" tells a result; nothing was sent. Results are never told by mail: ask the person to log in, or state a rule (\"if you were not accepted\", \"whoever is accepted\")."
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

/// The longest word in braces that may have been forgotten, in characters.
const LONGEST_WORD: usize = 40;

/// Looks at a text. `numbers` are the registration numbers that belong to the ticket: what was typed, and what is on file
/// of the account it is linked to.
///
/// # Errors
/// The first thing that stops it.
pub fn before_sending(text: &str, numbers: &[i64]) -> Result<(), Stop> {
    if let Some(word) = unresolved(text) {
        return Err(Stop::Unresolved(word));
    }
    if let Some(words) = result_words::told(text) {
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

/// Braces with something in them that were to be filled in, and circles that stand for a word (○○様).
fn unresolved(text: &str) -> Option<String> {
    let braces = text.char_indices().filter(|(_, c)| "{｛".contains(*c)).find_map(|(at, c)| {
        let rest = &text[at + c.len_utf8()..];
        let end = rest.find(['}', '｝'])?;
        let word = &rest[..end];
        let is_short = word.chars().count() <= LONGEST_WORD && !word.trim().is_empty();
        // A set of things, or a line of a program, is no word.
        let is_word = is_short && !word.contains([',', '、', '，', ';', '\n', '{', '｛']);
        is_word.then(|| text[at..].chars().take(word.chars().count() + 2).collect())
    });
    braces.or_else(|| ["○○", "〇〇", "◯◯", "●●"].into_iter().find(|circles| text.contains(circles)).map(str::to_owned))
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
    fn a_word_that_was_to_be_filled_in_stops_the_send() {
        assert_eq!(before_sending("リンク：{upload_link}", &[]), Err(Stop::Unresolved("{upload_link}".into())));
        for word in ["{ upload_link }", "{UPLOAD_LINK}", "{氏名}", "｛name｝", "○○", "〇〇", "◯◯"] {
            let text = format!("{word}様\nお問い合わせありがとうございます。");
            assert_eq!(before_sending(&text, &[]), Err(Stop::Unresolved(word.into())), "{text}");
        }
        assert_eq!(before_sending("集合 {1, 2} や {} や { } は言葉ではない。○と×", &[]), Ok(()));
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
