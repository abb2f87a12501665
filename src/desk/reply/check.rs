//! Checks of a text before it goes out. Pure: what is known of the accounts is passed in.

use crate::desk::Lang;
use crate::platform::text::fold;
use crate::word_enum;

word_enum! {
    /// What a text holds of an account.
    Disclosed {
        /// アカウントID
        AccountId = "account_id",
        /// A registered mail address.
        Email = "email",
        /// A registered phone number that the requester did not give.
        Phone = "phone",
        /// A registration number that the requester did not give.
        RegistrationNumber = "registration_number",
        /// プログラムのID
        DirectorId = "director_id",
    }
}

impl Disclosed {
    /// What it is called.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::AccountId => lang.t("アカウントID", "an account ID"),
            Self::Phone => {
                lang.t("本人が書いていない登録電話番号", "a registered phone number the requester did not give")
            }
            Self::Email => lang.t("登録されているメールアドレス", "a registered mail address"),
            Self::RegistrationNumber => {
                lang.t("本人が書いていない医籍登録番号", "a registration number the requester did not give")
            }
            Self::DirectorId => lang.t("ログインIDにあたる文字", "what looks like a login ID"),
        }
    }
}

/// What is on file of one account that a ticket may be about.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    /// アカウントID
    pub account_id: String,
    /// The registered address; empty when there is none.
    pub email: String,
    /// The digits of the registered phone; empty when there is none or the requester gave the same.
    pub phone: String,
    /// 医籍登録番号, unless the requester gave the same one.
    pub registration_number: Option<i64>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Known(***)")
    }
}

/// What a text tells of the accounts, each kind once. Width and case do not hide anything.
pub fn discloses(text: &str, known: &[Known]) -> Vec<Disclosed> {
    let text = fold(text);
    let text = AT.iter().fold(text, |text, at| if text.contains(at) { text.replace(at, "@") } else { text });
    let digits = joined_digits(&text);
    let holds = |needle: &str| !needle.is_empty() && holds_word(&text, &fold(needle));
    let mut found = Vec::new();
    for account in known {
        if holds(&account.account_id) {
            found.push(Disclosed::AccountId);
        }
        if holds(&account.email) {
            found.push(Disclosed::Email);
        }
        if !account.phone.is_empty() && holds_word(&digits, &account.phone) {
            found.push(Disclosed::Phone);
        }
        if account.registration_number.is_some_and(|number| holds(&number.to_string())) {
            found.push(Disclosed::RegistrationNumber);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What people write for the @ of an address, folded.
const AT: [&str; 6] = ["(at)", "[at]", "(アット)", "[アット]", "アットマーク", " at "];

/// The text with nothing between digits: 090-1234-5678, (090) 1234 5678.
fn joined_digits(text: &str) -> String {
    let is_gap = |c: char| matches!(c, ' ' | '-' | 'ー' | '(' | ')' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let mut out = String::with_capacity(text.len());
    let mut gap = String::new();
    for c in text.chars() {
        if is_gap(c) && (!gap.is_empty() || out.ends_with(|c: char| c.is_ascii_digit())) {
            gap.push(c);
            continue;
        }
        if !c.is_ascii_digit() {
            out.push_str(&gap);
        }
        gap.clear();
        out.push(c);
    }
    out
}

/// Words after which an ID stands.
const ID_WORDS: [&str; 7] = ["id", "ログイン名", "アカウント名", "ユーザー名", "ユーザ名", "user name", "username"];
/// Characters between the word and the ID: 「IDは、D-00123」.
const BETWEEN: usize = 8;

/// Whether the text names an ID to log in with: one of the words, then letters and digits.
pub fn names_an_id(text: &str) -> bool {
    let text = fold(text);
    ID_WORDS.map(fold).iter().any(|word| {
        text.match_indices(word.as_str()).any(|(at, found)| {
            let is_inside = text[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
            let rest = text[at + found.len()..].trim_start();
            let rest = rest.strip_prefix("is ").or_else(|| rest.strip_prefix("was ")).unwrap_or(rest);
            let is_id = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
            let gap: usize = rest.chars().take_while(|c| !c.is_ascii_alphanumeric()).map(char::len_utf8).sum();
            let id: String = rest[gap..].chars().take_while(|c| is_id(*c)).collect();
            let is_near = rest[..gap].chars().count() <= BETWEEN && !rest[..gap].contains(['。', '\n']);
            !is_inside && is_near && id.len() >= 4 && id.bytes().any(|b| b.is_ascii_digit())
        })
    })
}

/// Whether the text holds the needle as a word of its own: 61204 does not stand in 612048.
fn holds_word(text: &str, needle: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(needle).any(|(at, found)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
        !is_part(before) && !is_part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_the_word_before_it() {
        for text in
            ["IDは D-00123 です。", "ログインＩＤ：ｐ１２３４", "Your login ID is ab1234.", "ユーザー名「prog2024」"]
        {
            assert!(names_an_id(text), "{text}");
        }
        for text in [
            "IDは、登録されているアドレスにだけお知らせします。",
            "IDをお忘れの方は、10:00以降にご連絡ください。",
            "受付番号 26-2345-6120 の件です。",
            "Your ID is told to the registered address only.",
            "IDの件です。\n2026年4月1日に交代されたとのこと。",
        ] {
            assert!(!names_an_id(text), "{text}");
        }
    }

    #[test]
    fn what_is_on_file_is_found_in_any_width_and_only_as_a_whole() {
        let known = [Known {
            account_id: "A-20918".into(),
            email: "Ichiro@example.jp".into(),
            phone: "09012345678".into(),
            registration_number: Some(612_048),
        }];
        let found = |text: &str| discloses(text, &known);
        assert_eq!(found("IDは Ａ－２０９１８ です"), [Disclosed::AccountId]);
        assert_eq!(
            found("ichiro@EXAMPLE.jp に送りました。番号は612048です。"),
            [Disclosed::Email, Disclosed::RegistrationNumber]
        );
        assert_eq!(found("登録の電話は０９０－１２３４－５６７８です"), [Disclosed::Phone]);
        assert_eq!(found("電話 (090) 1234 5678"), [Disclosed::Phone]);
        assert_eq!(found("ichiro(at)example.jp です"), [Disclosed::Email]);
        assert!(found("090-1234-56789").is_empty());
        assert!(found("受付番号 26-2345-6120 1612048 A-209180").is_empty());
        assert!(discloses("何でも", &[]).is_empty());
    }
}
