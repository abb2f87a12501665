//! What a person typed, as the search understands it.

use super::synonyms::{Concept, Synonyms};
use crate::platform::index::Analyzer;
use crate::platform::text::{FoldedChar, Script, ja};

/// So much of a query is read, in characters; more is a letter, not a query.
const LONGEST: usize = 400;

/// What every question may carry and what says nothing about its subject. Folded when compared.
const COURTESIES: &[&str] = &[
    "教えていただけますでしょうか",
    "教えていただけますか",
    "教えていただきたい",
    "教えて頂きたい",
    "教えてください",
    "教えて下さい",
    "教えてほしい",
    "教えて欲しい",
    "おしえてください",
    "教えて",
    "お願いいたします",
    "お願い致します",
    "お願い申し上げます",
    "お願いします",
    "おねがいします",
    "いただけますでしょうか",
    "いただけないでしょうか",
    "いただけますか",
    "頂けますか",
    "くださいますか",
    "よろしいでしょうか",
    "よろしいですか",
    "よいでしょうか",
    "いいでしょうか",
    "いいですか",
    "よいですか",
    "でしょうか",
    "どうすればいい",
    "どうすればよい",
    "どうしたらいい",
    "どうしたらよい",
    "どうしたら",
    "どうすれば",
    "したいのですが",
    "たいのですが",
    "たいと思います",
    "たいと考えています",
    "と思っています",
    "と考えています",
    "のですが",
    "んですが",
    "なんですけど",
    "ですけど",
    "ますけど",
    "ください",
    "下さい",
    "すみません",
    "申し訳ありません",
    "申し訳ございません",
    "お世話になっております",
    "お世話になります",
    "はじめまして",
    "ありがとうございます",
    "知りたい",
    "について",
    "に関して",
    "ございます",
];

/// A token of the query and where it stands in the normalised text.
#[derive(Debug, Clone)]
pub(super) struct QueryToken {
    pub(super) text: String,
    pub(super) weight: f32,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A query, taken apart.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Distinct Japanese tokens and Latin words, in the order of the text.
    pub(super) tokens: Vec<QueryToken>,
    /// English stems of the Latin words.
    pub(super) stems: Vec<QueryToken>,
    /// The concepts it names.
    pub(super) concepts: Vec<Concept>,
    /// The normalised characters without courtesies and without what is not a letter.
    pub(super) letters: Vec<FoldedChar>,
}

impl Query {
    /// Takes `typed` apart.
    pub(super) fn parse(typed: &str, synonyms: &Synonyms) -> Self {
        let cut = typed.char_indices().nth(LONGEST).map_or(typed.len(), |(at, _)| at);
        let mut chars = ja::normalise(&typed[..cut]);
        blank_courtesies(&mut chars);
        let concepts = synonyms.concepts(&chars);
        let position = |byte: usize, from_end: bool| {
            let found = chars.partition_point(|c| if from_end { c.start < byte } else { c.end <= byte });
            found.min(chars.len())
        };
        let mut tokens: Vec<QueryToken> = Vec::new();
        for token in ja::tokens_of(&chars) {
            if !tokens.iter().any(|known| known.text == token.text) {
                let (from, to) = (position(token.start, false), position(token.end, true));
                tokens.push(QueryToken { text: token.text, weight: token.weight, from, to });
            }
        }
        let mut stems: Vec<QueryToken> = Vec::new();
        if chars.iter().any(|c| c.ch.is_ascii_lowercase()) {
            let words: String = chars.iter().map(|c| if c.script == Script::Latin { c.ch } else { ' ' }).collect();
            for piece in Analyzer::English.pieces(&words) {
                if !stems.iter().any(|known| known.text == piece.text) {
                    // Where it stands: ASCII letters are one byte each, others only shift a highlight.
                    stems.push(QueryToken { text: piece.text, weight: 1.0, from: piece.start, to: piece.end });
                }
            }
        }
        let letters = chars.into_iter().filter(|c| c.script != Script::Other).collect();
        Self { tokens, stems, concepts, letters }
    }
}

/// Makes spaces of the courtesies, longest first, unless nothing else would be left.
fn blank_courtesies(chars: &mut [FoldedChar]) {
    let blank = FoldedChar { ch: ' ', start: 0, end: 0, script: Script::Other, hiragana: false };
    let before = chars.to_vec();
    for phrase in courtesies() {
        let mut from = 0;
        while from + phrase.len() <= chars.len() {
            if chars[from..from + phrase.len()].iter().zip(phrase).all(|(a, b)| a.ch == *b) {
                for c in &mut chars[from..from + phrase.len()] {
                    *c = FoldedChar { start: c.start, end: c.end, ..blank };
                }
            }
            from += 1;
        }
    }
    if chars.iter().all(|c| c.script == Script::Other) {
        chars.copy_from_slice(&before);
    }
}

fn courtesies() -> &'static [Vec<char>] {
    static FOLDED: std::sync::OnceLock<Vec<Vec<char>>> = std::sync::OnceLock::new();
    FOLDED.get_or_init(|| {
        let fold = |phrase: &&str| ja::normalise(phrase).into_iter().map(|c| c.ch).collect::<Vec<_>>();
        let mut folded: Vec<_> = COURTESIES.iter().map(fold).collect();
        folded.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        folded
    })
}
