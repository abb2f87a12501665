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
        fold(&wanted.words).split_whitespace().map(|word| self::word(word, fields)).collect();
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

/// One word: a substring of the text, or a number written otherwise.
fn word(word: &str, fields: &Fields) -> Box<dyn Query> {
    let mut ways = vec![substring(word, fields)];
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
