//! Free text and names as people type them: kept as they are, but for what no person types.

use unicode_normalization::UnicodeNormalization;

/// One line: control characters, line and paragraph separators and direction marks become blanks, ends are trimmed, so
/// that no name or subject can add a header to a mail (SEC-016) or turn a line around.
pub fn one_line(typed: &str) -> String {
    let plain: String = typed.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    plain.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Many lines: control characters but line ends and tabs are dropped, the ends trimmed.
pub fn many_lines(typed: &str) -> String {
    typed.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect::<String>().trim().to_owned()
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
}

/// A reading in katakana: half width and hiragana are turned, all else stays.
pub fn katakana(typed: &str) -> String {
    let turn = |c: char| match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        c => c,
    };
    one_line(&typed.nfkc().map(turn).collect::<String>())
}

/// Whether a text holds Chinese characters.
pub fn has_kanji(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
}

/// Whether a line looks as if it told a password.
pub fn tells_a_password(text: &str) -> bool {
    let words = ["パスワード", "password", "passwort", "pw"];
    text.lines().any(|line| {
        let line = line.nfkc().collect::<String>().to_lowercase();
        words.iter().any(|word| {
            let after = line.split_once(word).map(|(_, rest)| rest.trim_start_matches([' ', 'は']));
            after.is_some_and(|rest| {
                rest.strip_prefix([':', '=', '「']).is_some_and(|secret| secret.trim().chars().next().is_some())
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_016_no_line_end_survives_in_one_line() {
        for typed in
            ["渡邉\r\nBcc: evil@example.com", "渡邉\u{2028}Bcc: evil@example.com", "渡邉\u{85}Bcc: evil@example.com"]
        {
            assert_eq!(one_line(typed), "渡邉 Bcc: evil@example.com");
        }
        assert_eq!(one_line(" a\0b \u{202e}c "), "a b c");
    }

    #[test]
    fn a_reading_becomes_katakana() {
        assert_eq!(katakana("わたなべ ｲﾁﾛｳ"), "ワタナベ イチロウ");
        assert_eq!(katakana("Smith"), "Smith");
    }

    #[test]
    fn a_text_keeps_its_lines_and_its_glyphs() {
        assert_eq!(many_lines("\n髙﨑です。\n\n𠮷\t葛󠄀\u{0}\n"), "髙﨑です。\n\n𠮷\t葛󠄀");
    }

    #[test]
    fn a_told_password_is_noticed() {
        assert!(tells_a_password("よろしく\nパスワード：abc123"));
        assert!(tells_a_password("my password is unknown\nPassword: x"));
        assert!(!tells_a_password("パスワードがわかりません。"));
    }
}
