//! How text becomes terms: `ja` for Japanese, `en` for English, `words` for text that is already a list of terms.

use tantivy::tokenizer::{
    LowerCaser, RawTokenizer, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer, Token, TokenStream, Tokenizer,
    TokenizerManager, WhitespaceTokenizer,
};

use super::ticket::substring_tokens;
use crate::platform::text::ja;

/// English words that say nothing about what a question is about.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "is", "it", "its", "me", "my", "of",
    "on", "or", "our", "please", "should", "so", "tell", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "to", "us", "want", "was", "we", "were", "what", "which", "will", "with", "would", "you", "your",
];

/// The tokenizer of the ticket index ([`substring_tokens`]).
pub(super) const SUBSTRING: &str = "substring";

/// The analysis of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Analyzer {
    /// Bigrams of Japanese, whole Latin words ([`ja::tokenize`]).
    Japanese,
    /// English words without stop words, stemmed.
    English,
    /// Terms separated by spaces, taken as they are.
    Words,
}

impl Analyzer {
    /// The name the analyzer is registered under.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
            Self::Words => "words",
        }
    }

    /// The terms of `text` in order, as the index would hold them.
    pub fn pieces(self, text: &str) -> Vec<Piece> {
        if self == Self::Japanese {
            let piece = |t: ja::Token| Piece { text: t.text, start: t.start, end: t.end, weight: t.weight };
            return ja::tokenize(text).into_iter().map(piece).collect();
        }
        let mut pieces = Vec::new();
        let mut analyzer = self.build();
        analyzer.token_stream(text).process(&mut |t| {
            pieces.push(Piece { text: t.text.clone(), start: t.offset_from, end: t.offset_to, weight: 1.0 });
        });
        pieces
    }

    fn build(self) -> TextAnalyzer {
        match self {
            Self::Japanese => TextAnalyzer::from(JapaneseTokenizer::default()),
            Self::English => TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(LowerCaser)
                .filter(StopWordFilter::remove(STOP_WORDS.iter().map(|word| (*word).to_owned())))
                .filter(Stemmer::default())
                .build(),
            Self::Words => TextAnalyzer::from(WhitespaceTokenizer::default()),
        }
    }
}

/// A term and where in the text it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The term.
    pub text: String,
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// How much a match says, 0 to 1.
    pub weight: f32,
}

/// Every analyzer under its name.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for analyzer in [Analyzer::Japanese, Analyzer::English, Analyzer::Words] {
        manager.register(analyzer.name(), analyzer.build());
    }
    // What tantivy's own `STRING` fields are written with, and what it asks for beside every field of numbers.
    for name in ["raw", "default"] {
        manager.register(name, TextAnalyzer::from(RawTokenizer::default()));
    }
    manager.register(SUBSTRING, TextAnalyzer::from(SubstringTokenizer::default()));
    manager
}

/// [`ja::tokenize`] as tantivy wants it.
#[derive(Clone, Default)]
struct JapaneseTokenizer {
    tokens: Vec<Token>,
}

/// [`substring_tokens`] as tantivy wants it.
#[derive(Clone, Default)]
struct SubstringTokenizer {
    tokens: Vec<Token>,
}

impl Tokenizer for JapaneseTokenizer {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        self.tokens.clear();
        self.tokens.extend(ja::tokenize(text).into_iter().map(|t| Token {
            offset_from: t.start,
            offset_to: t.end,
            position: t.position,
            text: t.text,
            position_length: 1,
        }));
        Tokens { tokens: &mut self.tokens, next: 0 }
    }
}

impl Tokenizer for SubstringTokenizer {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        self.tokens = substring_tokens(text);
        Tokens { tokens: &mut self.tokens, next: 0 }
    }
}

/// A walk over tokens that are already cut.
struct Tokens<'a> {
    tokens: &'a mut Vec<Token>,
    next: usize,
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next.saturating_sub(1)]
    }

    fn token_mut(&mut self) -> &mut Token {
        let at = self.next.saturating_sub(1);
        &mut self.tokens[at]
    }
}
