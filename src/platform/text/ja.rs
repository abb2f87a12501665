//! The tokenizer `ja`: bigrams of Japanese text, whole words of Latin text, no dictionary.
//!
//! Why no dictionary: on this desk's texts a morphological analyser of 46 MB finds nothing that bigrams with
//! single kanji miss, and it does not know 専攻医 or 医籍登録番号 (measured in the founding session).

use super::fold::{FoldedChar, Script, fold_chars};

/// A piece of text that is searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The folded text of the token.
    pub text: String,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
    /// Ordinal for phrases; runs are one apart, so a phrase never crosses a run.
    pub position: usize,
    /// How much a match says, 0 to 1: pairs of hiragana are mostly grammar.
    pub weight: f32,
}

// A word of katakana or kanji counts with the root of its length: its pairs share that. Else the four pairs of パスワード drown the one
// of 条件 beside it.

/// Weight of a bigram of two hiragana.
const HIRAGANA_PAIR: f32 = 0.3;
/// Weight of a bigram of which one is hiragana.
const MIXED_PAIR: f32 = 0.65;
/// Weight of a single kanji.
const KANJI_UNIGRAM: f32 = 0.3;
/// Weight of two kanji that hiragana stand between: 締め切り as 締切, 氏名を変更 as 名変.
const BRIDGED_PAIR: f32 = 0.5;
/// So many hiragana may stand between a bridged pair.
const BRIDGE: usize = 2;

/// Cuts `text` into tokens.
///
/// Latin letters and digits give a token a word (10MB is `10` and `mb`). A run of kana and kanji gives every bigram, each kanji alone, and
/// bridged pairs, so that okurigana and particles do not part words.
pub fn tokenize(text: &str) -> Vec<Token> {
    tokens_of(&normalise(text))
}

/// The tokens of text that is already normalised.
pub fn tokens_of(chars: &[FoldedChar]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(chars.len() * 2);
    let mut position = 0;
    let mut at = 0;
    while at < chars.len() {
        let run = run_length(&chars[at..]);
        let chunk = &chars[at..at + run];
        match chunk[0].script {
            Script::Other => {}
            Script::Latin => {
                tokens.push(token(chunk, position, 1.0));
                position += 2;
            }
            Script::Kana | Script::Kanji => position = japanese_run(chunk, position, &mut tokens),
        }
        at += run;
    }
    tokens
}

/// Folds `text` and goes on with foldings that serve search but lose letters: numerals before a counter, ヶ月, a hyphen
/// typed for the long mark, the last long mark of a katakana word of three or more.
pub fn normalise(text: &str) -> Vec<FoldedChar> {
    let mut chars = fold_chars(text);
    for at in 0..chars.len() {
        let Some(next) = chars.get(at + 1).map(|c| c.ch) else { break };
        if let Some(digit) = numeral(chars[at].ch).filter(|_| is_counter(next)) {
            chars[at].ch = digit;
            chars[at].script = Script::Latin;
        }
        if next == '月'
            && at > 0
            && chars[at - 1].ch.is_ascii_digit()
            && matches!(chars[at].ch, 'ヶ' | 'ヵ' | 'ケ' | '箇' | '個')
        {
            chars[at].ch = 'カ';
            chars[at].script = Script::Kana;
        }
    }
    let is_katakana = |c: &FoldedChar| c.script == Script::Kana && !c.hiragana;
    for at in 1..chars.len() {
        // A hyphen or dash typed for the long mark: メ-ル.
        let dash = matches!(chars[at].ch, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        if dash && is_katakana(&chars[at - 1]) && chars.get(at + 1).is_none_or(is_katakana) {
            chars[at].ch = 'ー';
            chars[at].script = Script::Kana;
        }
    }
    let mut kept: Vec<FoldedChar> = Vec::with_capacity(chars.len());
    let mut word = 0;
    for (at, c) in chars.iter().enumerate() {
        word = if is_katakana(c) { word + 1 } else { 0 };
        let last = chars.get(at + 1).is_none_or(|next| !is_katakana(next));
        if c.ch == 'ー' && word >= 3 && last {
            continue;
        }
        kept.push(*c);
    }
    kept
}

fn numeral(ch: char) -> Option<char> {
    "一二三四五六七八九".chars().position(|n| n == ch).and_then(|n| char::from_digit(n as u32 + 1, 10))
}

fn is_counter(ch: char) -> bool {
    "ツ回度月日年個次番人件週種枚カヶヵ箇".contains(ch)
}

/// Length of the run that starts here: Japanese characters together, letters together, digits together.
fn run_length(chars: &[FoldedChar]) -> usize {
    let kind = |c: &FoldedChar| match c.script {
        Script::Other => 0,
        Script::Latin if c.ch.is_numeric() => 1,
        Script::Latin => 2,
        Script::Kana | Script::Kanji => 3,
    };
    let first = chars.first().map_or(0, kind);
    chars.iter().take_while(|c| kind(c) == first).count()
}

/// Emits the tokens of one run, gives the position of the next.
fn japanese_run(run: &[FoldedChar], start: usize, tokens: &mut Vec<Token>) -> usize {
    if let [single] = run {
        tokens.push(token(run, start, if single.hiragana { HIRAGANA_PAIR } else { 1.0 }));
        return start + 2;
    }
    for (at, c) in run.iter().enumerate() {
        let position = start + at;
        if let Some(pair) = run.get(at..at + 2) {
            let weight = match (pair[0].hiragana, pair[1].hiragana) {
                (true, true) => HIRAGANA_PAIR,
                (false, false) => 1.0 / stretch(run, at).sqrt(),
                _ => MIXED_PAIR,
            };
            tokens.push(token(pair, position, weight));
        }
        if c.script == Script::Kanji {
            tokens.push(token(&run[at..=at], position, KANJI_UNIGRAM));
            if let Some(bridged) = bridged(&run[at..], position) {
                tokens.push(bridged);
            }
        }
    }
    start + run.len() + 1
}

/// How many pairs of one script the pair at `at` is one of: the length of a katakana or kanji word, less one.
fn stretch(run: &[FoldedChar], at: usize) -> f32 {
    let same = |c: &&FoldedChar| c.script == run[at].script && !c.hiragana;
    let after = run[at + 1..].iter().take_while(same).count();
    let before = run[..at].iter().rev().take_while(same).count();
    (before + after).max(1) as f32
}

/// The pair of the kanji that starts `run` and the next one, when one or two hiragana stand between.
fn bridged(run: &[FoldedChar], position: usize) -> Option<Token> {
    let gap = run[1..].iter().take_while(|c| c.hiragana).count();
    let other = run.get(gap + 1).filter(|c| c.script == Script::Kanji)?;
    (1..=BRIDGE).contains(&gap).then(|| Token {
        text: [run[0].ch, other.ch].iter().collect(),
        start: run[0].start,
        end: other.end,
        position,
        weight: BRIDGED_PAIR,
    })
}

fn token(chars: &[FoldedChar], position: usize, weight: f32) -> Token {
    Token {
        text: chars.iter().map(|c| c.ch).collect(),
        start: chars.first().map_or(0, |c| c.start),
        end: chars.last().map_or(0, |c| c.end),
        position,
        weight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokenize(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn okurigana_and_particles_do_not_part_a_word() {
        assert!(texts("締め切り").contains(&"締切".to_owned()));
        assert!(texts("〆切").contains(&"締切".to_owned()));
        assert!(texts("氏名を変更").contains(&"名変".to_owned()));
        assert!(!texts("氏名についての変更").contains(&"名変".to_owned()));
    }

    #[test]
    fn latin_words_are_whole_and_digits_stand_apart() {
        assert_eq!(texts("ＪＰＥＧ 10MB"), ["jpeg", "10", "mb"]);
    }

    #[test]
    fn numerals_and_months_meet_however_they_are_written() {
        assert_eq!(texts("三ヶ月"), texts("3か月"));
        assert_eq!(texts("３カ月"), texts("三箇月"));
        assert_eq!(texts("二回"), texts("2回"));
        assert!(texts("二重登録").contains(&"二重".to_owned()), "a numeral inside a word stays");
    }

    #[test]
    fn the_last_long_mark_of_a_word_is_optional() {
        assert_eq!(texts("ブラウザー"), texts("ブラウザ"));
        assert_eq!(texts("メ−ル"), texts("メール"), "a minus sign typed for the long mark");
        assert_ne!(texts("メール"), texts("メル"));
    }

    #[test]
    fn offsets_cut_the_original_whatever_nfkc_makes_of_it() {
        for text in
            ["ｶﾞｿﾞｳの差し替え", "㈱①番の医師", "か\u{3099}ぞう", "ﾊﾟｽﾜｰﾄﾞー", "𠮷野さんの登録", "三ヶ月ー", "a\u{301}bc登"]
        {
            for t in tokenize(text) {
                assert!(text.get(t.start..t.end).is_some_and(|part| !part.is_empty()), "{text:?} {t:?}");
            }
        }
        let tokens = tokenize("ｶﾞｿﾞｳ");
        assert_eq!(&"ｶﾞｿﾞｳ"[tokens[0].start..tokens[0].end], "ｶﾞｿﾞ");
    }

    #[test]
    fn phrases_never_cross_a_run() {
        let tokens = tokenize("登録、変更");
        let positions: Vec<_> = tokens.iter().filter(|t| t.text.chars().count() == 2).map(|t| t.position).collect();
        assert!(positions[1] > positions[0] + 1);
    }
}
