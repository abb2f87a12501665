//! From what staff ask for to what tantivy looks up.

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::IndexRecordOption;

use super::ticket::{Fields, substring_tokens};
use crate::platform::text::fold;

/// In the field of the assignee: nobody works on it. Rows count from 1.
pub(super) const NOBODY: i64 = 0;
/// In the field of who may see: everyone. Rows count from 1.
pub(super) const EVERYONE: i64 = 0;

/// What staff look for. All parts must hold; an empty part asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketQuery {
    /// Words as typed, parted by spaces: each must stand somewhere in the ticket, as written but for width, case
    /// and kind of kana; a ticket, registration or telephone number also with other hyphens.
    pub words: String,
    /// One of these states.
    pub statuses: Vec<String>,
    /// One of these inquiry kinds.
    pub kinds: Vec<String>,
    /// Whose work it is.
    pub assignee: Assignee,
    /// Who asks: confidential tickets show, and are counted, only for those who may know of them.
    pub seen_by: SeenBy,
    /// So many of the newest.
    pub limit: usize,
    /// Leaving out so many first.
    pub offset: usize,
}

/// Whose work a ticket is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Assignee {
    /// Anyone's or nobody's.
    #[default]
    Any,
    /// Nobody's yet.
    Nobody,
    /// This person's.
    Person(i64),
}

/// Who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SeenBy {
    /// Someone who sees no confidential ticket.
    #[default]
    Anyone,
    /// This person: sees what is confidential to them too.
    Person(i64),
    /// The machine itself: sees all.
    Everything,
}

/// A number as it is compared: folded letters and digits, nothing else.
pub(super) fn key(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The query for what is wanted.
pub(super) fn build(wanted: &TicketQuery, fields: &Fields) -> BooleanQuery {
    let basic = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
    let any_of = |field, words: &[String]| -> Box<dyn Query> {
        Box::new(BooleanQuery::union(words.iter().map(|word| basic(Term::from_field_text(field, word))).collect()))
    };
    let mut parts: Vec<Box<dyn Query>> =
        plain_numbers(&wanted.words).split_whitespace().map(|word| self::word(word, fields)).collect();
    if !wanted.statuses.is_empty() {
        parts.push(any_of(fields.status, &wanted.statuses));
    }
    if !wanted.kinds.is_empty() {
        parts.push(any_of(fields.kind, &wanted.kinds));
    }
    match wanted.assignee {
        Assignee::Any => {}
        Assignee::Nobody => parts.push(basic(Term::from_field_i64(fields.assignee, NOBODY))),
        Assignee::Person(id) => parts.push(basic(Term::from_field_i64(fields.assignee, id))),
    }
    let visible = |person| basic(Term::from_field_i64(fields.seen_by, person));
    match wanted.seen_by {
        SeenBy::Everything => {}
        SeenBy::Anyone => parts.push(visible(EVERYONE)),
        SeenBy::Person(id) => parts.push(Box::new(BooleanQuery::union(vec![visible(EVERYONE), visible(id)]))),
    }
    if parts.is_empty() {
        parts.push(Box::new(AllQuery));
    }
    BooleanQuery::new(parts.into_iter().map(|part| (Occur::Must, part)).collect())
}

/// Digits of a number from which on the words around it are no part of it: 第2回 is a word, 第612048号 is a number.
const NUMBER_FROM: usize = 4;

/// The words folded, with 第 and 号 (also 番, No.) taken from around a long number: 第６１２０４８号 is 612048.
pub(crate) fn plain_numbers(words: &str) -> String {
    let folded = fold(words);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let is_number = |word: &&str| bare(word).chars().filter(char::is_ascii_digit).count() >= NUMBER_FROM;
    let kept = words.iter().enumerate().filter(|(at, word)| {
        let leads = BEFORE.contains(word) && words.get(at + 1).is_some_and(is_number);
        let trails = AFTER.contains(word) && at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(is_number);
        !leads && !trails
    });
    let plain = kept.map(|(_, word)| if is_number(word) { bare(word) } else { word });
    plain.collect::<Vec<_>>().join(" ")
}

/// What people write before a number, longest first.
const BEFORE: [&str; 5] = ["医籍登録番号", "医籍", "no.", "no", "第"];
/// What they write after it.
const AFTER: [&str; 2] = ["号", "番"];

/// A word without what people write around a number, if a number is all that remains.
fn bare(word: &str) -> &str {
    let mut inner = word;
    for before in BEFORE {
        inner = inner.strip_prefix(before).unwrap_or(inner).trim_start_matches([':', '.']);
    }
    for after in AFTER {
        inner = inner.strip_suffix(after).unwrap_or(inner);
    }
    if inner.chars().all(|c| c.is_ascii_digit() || c == '-') { inner } else { "" }
}

/// How a verb is said not to happen; each stands for the others.
const NEGATIVES: [&str; 6] = ["ませんでした", "ません", "なかった", "ない", "ずに", "ず"];

/// The same verb with the other ways to say no, as starts of them: ログインできない is also ログインできません and
/// ログインできず, 届かない also 届きません. Empty for what ends otherwise, and for a stem too short to mean something.
fn other_negatives(word: &str) -> Vec<String> {
    let endings = NEGATIVES.map(fold);
    let Some((ending, stem)) = endings.iter().find_map(|e| Some((e, word.strip_suffix(e.as_str())?))) else {
        return Vec::new();
    };
    let Some(last) = stem.chars().last().filter(|_| stem.chars().count() >= 2) else {
        return Vec::new();
    };
    let before = &stem[..stem.len() - last.len_utf8()];
    let [masen, nai, zu] = ["マセ", "ナ", "ズ"];
    // 五段 verbs stand in the a-row before ない and in the i-row before ません; 一段 verbs do not change.
    let polite = ending.starts_with(masen);
    let row = |from: &str, to: &str| from.chars().position(|c| c == last).and_then(|at| to.chars().nth(at));
    let changed = if polite { row(I_ROW, A_ROW) } else { row(A_ROW, I_ROW) };
    let mut ways = Vec::new();
    for end in [masen, nai, zu].into_iter().filter(|end| !ending.starts_with(end)) {
        ways.push(format!("{stem}{end}"));
        if let Some(changed) = changed.filter(|_| polite || end == masen) {
            ways.push(format!("{before}{changed}{end}"));
        }
    }
    ways
}

const A_ROW: &str = "カガサタナバマラワ";
const I_ROW: &str = "キギシチニビミリイ";

/// One word: a substring of the text, or a number written otherwise.
fn word(word: &str, fields: &Fields) -> Box<dyn Query> {
    let mut ways = vec![substring(word, fields)];
    ways.extend(other_negatives(word).iter().map(|other| substring(other, fields)));
    let key = key(word);
    // Only what looks like a number, so that a word costs one lookup.
    if key.chars().any(|c| c.is_ascii_digit()) {
        ways.push(Box::new(TermQuery::new(Term::from_field_text(fields.key, &key), IndexRecordOption::Basic)));
    }
    if ways.len() == 1 { ways.remove(0) } else { Box::new(BooleanQuery::union(ways)) }
}

fn substring(word: &str, fields: &Fields) -> Box<dyn Query> {
    let mut pairs: Vec<(usize, String)> = substring_tokens(word).into_iter().map(|t| (t.position, t.text)).collect();
    let term = |text: &str| Term::from_field_text(fields.text, text);
    // The last token is the last character alone, which is only there at the end of a run.
    let last = pairs.pop();
    if pairs.is_empty() {
        return match last {
            None => Box::new(EmptyQuery),
            // One character: every pair that begins with it, and it alone at the end of a run.
            Some((_, text)) => {
                Box::new(ConstScoreQuery::new(Box::new(FuzzyTermQuery::new_prefix(term(&text), 0, false)), 1.0))
            }
        };
    }
    // Every second pair and the last one cover all characters with half the lookups.
    let end = pairs.len() - 1;
    let mut cover: Vec<(usize, Term)> = pairs
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 2 == 0 || *at == end)
        .map(|(_, (position, text))| (*position, term(text)))
        .collect();
    match cover.len() {
        1 => Box::new(TermQuery::new(cover.remove(0).1, IndexRecordOption::Basic)),
        _ => Box::new(PhraseQuery::new_with_offset(cover)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_asked_for_without_the_words_people_write_around_it() {
        for typed in [
            "612048",
            "６１２０４８",
            "第612048号",
            "第６１２０４８号",
            "第 612048 号",
            "医籍登録番号:612048",
            "No. 612048",
        ] {
            assert_eq!(plain_numbers(typed), "612048", "{typed}");
        }
        for (typed, plain) in
            [("第2回", "第2回"), ("令和8年", "令和8年"), ("号", "号"), ("第612048号 山田", "612048 山田")]
        {
            assert_eq!(plain_numbers(typed), plain, "{typed}");
        }
    }

    #[test]
    fn a_verb_that_does_not_happen_is_found_however_that_is_said() {
        let finds = |typed: &str, text: &str| {
            let text = fold(text);
            let typed = fold(typed);
            text.contains(&typed) || other_negatives(&typed).iter().any(|way| text.contains(way))
        };
        for (typed, text) in [
            ("ログインできない", "ログインできません。"),
            ("ログインできない", "ログインできず困っています"),
            ("ログインできません", "ログインできないのですが"),
            ("ログインできず", "ログインできませんでした"),
            ("届かない", "メールが届きません"),
            ("届きません", "メールが届かない"),
        ] {
            assert!(finds(typed, text), "{typed}: {text}");
        }
        for (typed, text) in
            [("ログインできない", "ログインできました"), ("できました", "できません"), ("ない", "ません")]
        {
            assert!(!finds(typed, text), "{typed}: {text}");
        }
    }
}
