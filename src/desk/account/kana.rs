//! Readings: a key for kana that forgives how sounds are spelt, and one for romaji that forgives the systems of romanisation.

use super::fold::fold;

/// The key of a reading: katakana, without spaces; ヂ ヅ ヲ as ジ ズ オ, small signs as large ones, every long vowel as ー.
///
/// イトウ, ｲﾄｳ, いとう and イトー have one key; イト has another. Signs that are no kana stay as they are.
pub(super) fn kana_key(text: &str) -> String {
    kana_key_of_folded(&fold(text))
}

pub(super) fn kana_key_of_folded(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut previous = '\0';
    for c in folded.chars().map(to_katakana).filter(|c| !is_separator(*c)) {
        let c = if matches!(c, 'ヽ' | '〻') { previous } else { loosened(c) };
        if let ('ヴ', Some(voiced)) = (previous, of_vu(c)) {
            // ヴァ is バ: the reading of a foreign name is spelt either way.
            out.pop();
            out.push(voiced);
            previous = voiced;
            continue;
        }
        let c = if is_dash_or_long(c) { 'ー' } else { c };
        let long = match vowel(previous) {
            'o' => matches!(c, 'ウ' | 'オ' | 'ー'),
            'u' => matches!(c, 'ウ' | 'ー'),
            'e' => matches!(c, 'イ' | 'エ' | 'ー'),
            'a' => matches!(c, 'ア' | 'ー'),
            'i' => matches!(c, 'イ' | 'ー'),
            _ => false,
        };
        if long {
            out.push('ー');
            // A second long sign may follow (オオウチ): it prolongs the same vowel.
        } else {
            out.push(c);
            previous = c;
        }
    }
    if out.contains('ヴ') { out.replace('ヴ', "ブ") } else { out }
}

/// Whether the text is kana alone (spaces and dots between aside).
pub(super) fn is_kana(folded: &str) -> bool {
    let mut any = false;
    for c in folded.chars() {
        let kana = matches!(c, '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FE}');
        any |= kana;
        if !kana && !is_separator(c) && !is_dash_or_long(c) {
            return false;
        }
    }
    any
}

/// Whether the text is Latin letters alone (spaces, dots, commas, dashes and apostrophes aside).
pub(super) fn is_latin(folded: &str) -> bool {
    folded.chars().any(is_latin_letter)
        && folded.chars().all(|c| is_latin_letter(c) || is_separator(c) || matches!(c, '-' | '\'' | '’' | '`' | '^'))
}

fn is_latin_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{00C0}'..='\u{024F}' | '\u{0300}'..='\u{036F}')
}

/// What stands between the parts of a name.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '・' | '･' | '·' | '.' | ',' | '、' | '，' | '．' | '/' | '_' | '=' | '＝')
}

fn is_dash_or_long(c: char) -> bool {
    matches!(c, 'ー' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '〜' | '~' | '\u{FF70}')
}

pub(super) fn to_katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => c,
    }
}

fn loosened(c: char) -> char {
    match c {
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        'ヲ' => 'オ',
        'ヰ' => 'イ',
        'ヱ' => 'エ',
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        _ => c,
    }
}

fn of_vu(c: char) -> Option<char> {
    Some(match c {
        'ア' => 'バ',
        'イ' => 'ビ',
        'エ' => 'ベ',
        'オ' => 'ボ',
        _ => return None,
    })
}

fn vowel(c: char) -> char {
    match c {
        'ア' | 'カ' | 'サ' | 'タ' | 'ナ' | 'ハ' | 'マ' | 'ヤ' | 'ラ' | 'ワ' | 'ガ' | 'ザ' | 'ダ' | 'バ' | 'パ' => {
            'a'
        }
        'イ' | 'キ' | 'シ' | 'チ' | 'ニ' | 'ヒ' | 'ミ' | 'リ' | 'ギ' | 'ジ' | 'ビ' | 'ピ' => 'i',
        'ウ' | 'ク' | 'ス' | 'ツ' | 'ヌ' | 'フ' | 'ム' | 'ユ' | 'ル' | 'グ' | 'ズ' | 'ブ' | 'プ' | 'ヴ' => {
            'u'
        }
        'エ' | 'ケ' | 'セ' | 'テ' | 'ネ' | 'ヘ' | 'メ' | 'レ' | 'ゲ' | 'ゼ' | 'デ' | 'ベ' | 'ペ' => 'e',
        'オ' | 'コ' | 'ソ' | 'ト' | 'ノ' | 'ホ' | 'モ' | 'ヨ' | 'ロ' | 'ゴ' | 'ゾ' | 'ド' | 'ボ' | 'ポ' => {
            'o'
        }
        _ => '\0',
    }
}

/// The loose romaji of a reading: what [`romaji_parts`] makes of its Hepburn spelling.
pub(super) fn romaji_of_kana(folded: &str) -> String {
    folded.split(is_separator).map(|part| loosen_romaji(&hepburn(part))).collect()
}

/// A romanised whole, typed without a blank: what prolongs a vowel across the joint is dropped too.
pub(super) fn joined_romaji(family: &str, given: &str) -> String {
    loosen_romaji(&format!("{family}{given}"))
}

/// The parts of a name in Latin letters, each loosened: Yuuki, YUKI, Yūki and Yuki are one, so are Ohno, Ono and Oono,
/// Tsuji and Tuzi.
pub(super) fn romaji_parts(folded: &str) -> Vec<String> {
    use unicode_normalization::UnicodeNormalization;
    let plain: String =
        folded.nfd().filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')).collect::<String>().to_lowercase();
    plain.split(is_separator).filter(|part| !part.is_empty()).map(loosen_romaji).collect()
}

fn hepburn(kana: &str) -> String {
    let kana: Vec<char> = kana.chars().map(to_katakana).collect();
    let mut out = String::new();
    let mut double = false;
    for (at, &c) in kana.iter().enumerate() {
        if c == 'ッ' {
            double = true;
            continue;
        }
        let small = match c {
            'ャ' => Some("a"),
            'ュ' => Some("u"),
            'ョ' => Some("o"),
            'ァ' => Some("a"),
            'ィ' => Some("i"),
            'ゥ' => Some("u"),
            'ェ' => Some("e"),
            'ォ' => Some("o"),
            _ => None,
        };
        if let (Some(vowel), true) = (small, at > 0) {
            let glide = matches!(c, 'ャ' | 'ュ' | 'ョ')
                && !["sh", "ch", "j"].iter().any(|head| out.strip_suffix('i').is_some_and(|rest| rest.ends_with(head)));
            out.pop();
            if glide {
                out.push('y');
            }
            out.push_str(vowel);
            continue;
        }
        let syllable = syllable(c);
        if std::mem::take(&mut double)
            && let Some(first) = syllable.chars().next()
        {
            out.push(if syllable.starts_with("ch") { 't' } else { first });
        }
        out.push_str(syllable);
    }
    out
}

fn syllable(c: char) -> &'static str {
    match c {
        'ア' => "a",
        'イ' | 'ヰ' => "i",
        'ウ' => "u",
        'エ' | 'ヱ' => "e",
        'オ' | 'ヲ' => "o",
        'カ' | 'ヵ' => "ka",
        'キ' => "ki",
        'ク' => "ku",
        'ケ' | 'ヶ' => "ke",
        'コ' => "ko",
        'サ' => "sa",
        'シ' => "shi",
        'ス' => "su",
        'セ' => "se",
        'ソ' => "so",
        'タ' => "ta",
        'チ' => "chi",
        'ツ' => "tsu",
        'テ' => "te",
        'ト' => "to",
        'ナ' => "na",
        'ニ' => "ni",
        'ヌ' => "nu",
        'ネ' => "ne",
        'ノ' => "no",
        'ハ' => "ha",
        'ヒ' => "hi",
        'フ' => "fu",
        'ヘ' => "he",
        'ホ' => "ho",
        'マ' => "ma",
        'ミ' => "mi",
        'ム' => "mu",
        'メ' => "me",
        'モ' => "mo",
        'ヤ' => "ya",
        'ユ' => "yu",
        'ヨ' => "yo",
        'ラ' => "ra",
        'リ' => "ri",
        'ル' => "ru",
        'レ' => "re",
        'ロ' => "ro",
        'ワ' => "wa",
        'ン' => "n",
        'ガ' => "ga",
        'ギ' => "gi",
        'グ' => "gu",
        'ゲ' => "ge",
        'ゴ' => "go",
        'ザ' => "za",
        'ジ' | 'ヂ' => "ji",
        'ズ' | 'ヅ' => "zu",
        'ゼ' => "ze",
        'ゾ' => "zo",
        'ダ' => "da",
        'デ' => "de",
        'ド' => "do",
        'バ' => "ba",
        'ビ' => "bi",
        'ブ' => "bu",
        'ベ' => "be",
        'ボ' => "bo",
        'パ' => "pa",
        'ピ' => "pi",
        'プ' => "pu",
        'ペ' => "pe",
        'ポ' => "po",
        'ヴ' => "vu",
        _ => "",
    }
}

/// Spellings in the order they are replaced, with their letters. shu → syu would meet hu → fu: the order keeps sh and ch
/// whole before hu is looked at, and the last two mend what it took.
const SPELLINGS: &[(&str, u32, &str)] = &[
    spelling("sy", "sh"),
    spelling("ty", "ch"),
    spelling("cy", "ch"),
    spelling("zy", "j"),
    spelling("jy", "j"),
    spelling("dz", "z"),
    spelling("shi", "si"),
    spelling("chi", "ti"),
    spelling("tsu", "tu"),
    spelling("hu", "fu"),
    spelling("ji", "zi"),
    spelling("di", "zi"),
    spelling("du", "zu"),
    spelling("tch", "cch"),
    spelling("wo", "o"),
    spelling("ye", "e"),
    spelling("l", "r"),
    spelling("mb", "nb"),
    spelling("mp", "np"),
    spelling("mm", "nm"),
    spelling("sfu", "shu"),
    spelling("cfu", "chu"),
];

const fn spelling(from: &'static str, to: &'static str) -> (&'static str, u32, &'static str) {
    (from, letters_of(from), to)
}

/// A bit for each letter that stands in the word, which is in lower case.
const fn letters_of(word: &str) -> u32 {
    let bytes = word.as_bytes();
    let (mut letters, mut at) = (0, 0);
    while at < bytes.len() {
        letters |= 1 << (bytes[at].wrapping_sub(b'a') & 31);
        at += 1;
    }
    letters
}

/// One spelling for the systems in use (Hepburn, Kunrei, passport) and without length of vowels.
fn loosen_romaji(word: &str) -> String {
    let mut s: String = word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    let mut letters = letters_of(&s);
    for &(from, wanted, to) in SPELLINGS {
        // Most spellings are ruled out by a letter that the word does not have.
        if letters & wanted == wanted && s.contains(from) {
            s = s.replace(from, to);
            letters = letters_of(&s);
        }
    }
    let bytes = s.as_bytes();
    let mut out = String::with_capacity(s.len());
    let is_vowel = |b: u8| matches!(b, b'a' | b'i' | b'u' | b'e' | b'o');
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        out.push(char::from(b));
        at += 1;
        if !is_vowel(b) {
            continue;
        }
        // o and u swallow what prolongs them; h prolongs only when no vowel follows (Ohno, not Kohei).
        while let Some(&next) = bytes.get(at) {
            let prolongs = match b {
                b'o' => matches!(next, b'o' | b'u'),
                b'u' => next == b'u',
                b'a' => next == b'a',
                b'i' => next == b'i',
                b'e' => next == b'e',
                _ => false,
            } || (next == b'h'
                && matches!(b, b'o' | b'u')
                && !bytes.get(at + 1).is_some_and(|after| is_vowel(*after)));
            if !prolongs {
                break;
            }
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn romaji_key(text: &str) -> String {
        romaji_parts(text).concat()
    }

    #[test]
    fn one_reading_has_one_key_however_it_is_spelt() {
        for (a, b) in [
            ("イトウ", "ｲﾄｳ"),
            ("いとう", "イトー"),
            ("オオノ", "オーノ"),
            ("ミズホ", "ミヅホ"),
            ("ショウジ", "シヨウヂ"),
            ("さとう はなこ", "サトウ・ハナコ"),
            ("ケイコ", "ケーコ"),
            ("カヲル", "カオル"),
            ("ユウキ", "ユーキ"),
            ("ｼﾞｭﾝｲﾁ", "ジュンイチ"),
            ("オオウチ", "オーウチ"),
            ("サトウ−", "サトウー"),
            ("ヴィクトル", "ビクトル"),
            ("ヤマタ゛", "やまだ"),
        ] {
            assert_eq!(kana_key(a), kana_key(b), "{a} {b}");
        }
        for (a, b) in [("ユキ", "ユウキ"), ("イト", "イトウ"), ("タカダ", "タカタ"), ("ハナ", "ハナコ")]
        {
            assert_ne!(kana_key(a), kana_key(b), "{a} {b}");
        }
    }

    #[test]
    fn romaji_meets_the_reading_in_every_system() {
        for (latin, kana) in [
            ("Yuuki", "ユウキ"),
            ("YUKI", "ユウキ"),
            ("Yūki", "ユウキ"),
            ("Yuhki", "ユウキ"),
            ("Inouye", "イノウエ"),
            ("Ohno", "オオノ"),
            ("Ono", "オオノ"),
            ("Ito", "イトウ"),
            ("Itoh", "イトウ"),
            ("Satou", "サトウ"),
            ("Tsuji", "ツジ"),
            ("Tuzi", "ツジ"),
            ("Shoichi", "ショウイチ"),
            ("Syouiti", "ショウイチ"),
            ("Jun'ichi", "ジュンイチ"),
            ("Junko", "ジュンコ"),
            ("Jyunko", "ジュンコ"),
            ("Kohei", "コウヘイ"),
            ("Homma", "ホンマ"),
            ("Honma", "ホンマ"),
            ("Hattori", "ハットリ"),
            ("Fujiwara", "フジワラ"),
            ("Huziwara", "フジワラ"),
            ("Shunsuke", "シュンスケ"),
            ("Syunsuke", "シュンスケ"),
            ("Chuji", "チュウジ"),
            ("Tyuuzi", "チュウジ"),
            ("Kyoko", "キョウコ"),
            ("Shimpei", "シンペイ"),
            ("Shinpei", "シンペイ"),
            ("Matsuo", "マツオ"),
            ("Inoue", "イノウエ"),
            ("Mitsuru", "ミツル"),
            ("Chihiro", "チヒロ"),
            ("Hotchi", "ホッチ"),
            ("Kazuo", "カズオ"),
            ("Masuzoe", "マスゾエ"),
        ] {
            assert_eq!(romaji_key(latin), romaji_of_kana(kana), "{latin} {kana}");
        }
        assert_ne!(romaji_key("Yuka"), romaji_of_kana("ユウキ"));
    }
}
