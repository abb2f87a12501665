//! The search: entries taken apart once, so that a search only compares numbers.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::cards::Cards;
use super::library::Hit;
use super::query::Query;
use super::rank::{Asked, CONCEPTS, ENGLISH, FIELD_WEIGHTS, Features, Profile, Rarity, TermId, TermSet};
use super::snippet;
use super::{Entry, FaqError, Synonyms};
use crate::desk::Lang;
use crate::platform::index::{Analyzer, Clause, MemoryIndex};
use crate::platform::text::{Script, ja};

/// So many candidates are put in order.
const CANDIDATES: usize = 40;
/// At most so many words are taken for the unfinished last word of a suggestion.
const COMPLETIONS: usize = 12;
/// A completion counts so much of a whole word.
const COMPLETION_WEIGHT: f32 = 0.6;
/// A Latin word one letter away counts so much of a word typed right.
const NEAR_WEIGHT: f32 = 0.7;
/// So many different kanji and katakana are needed to find a title by its letters alone.
const LETTERS: usize = 3;
/// A token below this weight is not marked in a snippet: it is grammar.
const MARKED_FROM: f32 = 0.32;

/// The fields of the index in the order of [`FIELD_WEIGHTS`].
const FIELDS: [(&str, Analyzer); FIELD_WEIGHTS.len()] = [
    ("title_ja", Analyzer::Japanese),
    ("body_ja", Analyzer::Japanese),
    ("keywords_ja", Analyzer::Japanese),
    ("title_en", Analyzer::English),
    ("body_en", Analyzer::English),
    ("keywords_en", Analyzer::English),
    ("title_concepts", Analyzer::Words),
    ("body_concepts", Analyzer::Words),
];

/// Everything the search needs of the entries.
pub(super) struct Shelf {
    /// In the order of the index and of [`Cards::pairs`].
    titles: Vec<Title>,
    index: MemoryIndex,
    vocabulary: HashMap<String, TermId>,
    /// The vocabulary in order, for completions and words one letter away.
    sorted: Vec<String>,
    rarity: Rarity,
}

/// One id with its entries in both languages.
struct Title {
    by_lang: [Option<Text>; 2],
    profile: Profile,
}

/// What a snippet of one entry is cut from.
struct Text {
    entry: usize,
    answer: String,
    /// Term and byte range.
    terms: Vec<(TermId, u32, u32)>,
    /// Concept and byte range.
    concepts: Vec<(u32, u32, u32)>,
}

/// What is wanted of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    /// The language to show, where an entry has both.
    pub(super) lang: Lang,
    /// Hits at most.
    pub(super) limit: usize,
    /// The last word may be unfinished.
    pub(super) unfinished: bool,
    /// Only entries that hold on this day.
    pub(super) on: Option<NaiveDate>,
}

impl Shelf {
    pub(super) fn build(cards: &Cards, synonyms: &Synonyms) -> Result<Self, FaqError> {
        let mut builder = Builder { synonyms, vocabulary: HashMap::new() };
        let (titles, documents): (Vec<_>, Vec<_>) =
            cards.pairs().iter().map(|pair| builder.title(cards, *pair)).unzip();
        let vocabulary = builder.vocabulary;
        let rarity = Rarity::of(titles.iter().map(|title| &title.profile), vocabulary.len(), synonyms.groups().len());
        let mut sorted: Vec<String> = vocabulary.keys().cloned().collect();
        sorted.sort_unstable();
        let index = MemoryIndex::build(&FIELDS, documents)?;
        Ok(Self { titles, index, vocabulary, sorted, rarity })
    }

    pub(super) fn search(&self, cards: &Cards, mut query: Query, wanted: Wanted) -> Vec<Hit> {
        self.add_near_words(&mut query);
        if wanted.unfinished {
            self.add_completions(&mut query);
        }
        let Some(mut ranked) = self.rank(&query, wanted.unfinished) else { return Vec::new() };
        if ranked.is_empty() {
            ranked = self.rank_by_letters(&query);
        }
        let marked = query.tokens.iter().filter(|token| token.weight >= MARKED_FROM).chain(&query.stems);
        let asked = marked.filter_map(|token| self.vocabulary.get(&token.text).copied());
        let asked = TermSet::new(asked.collect());
        let meant = TermSet::new(query.concepts.iter().map(|c| c.group).collect());
        let public = ranked.into_iter().filter_map(|(at, score)| {
            let [ja, en] = &self.titles[at].by_lang;
            let (first, second) = if wanted.lang.is_ja() { (ja, en) } else { (en, ja) };
            let text = first.as_ref().or(second.as_ref())?;
            let entry = cards.at(text.entry)?;
            let holds = wanted.on.is_none_or(|day| entry.holds_on(day));
            (entry.is_public() && holds).then_some((entry, text, score))
        });
        public.take(wanted.limit).map(|(entry, text, score)| hit(entry, text, score, &asked, &meant)).collect()
    }

    /// BM25 candidates in the order of the formula; `None` when no entry is about it, whatever pairs of letters it shares
    /// with some: a page of answers to another question is worse than "nothing found".
    fn rank(&self, query: &Query, is_unfinished: bool) -> Option<Vec<(usize, f32)>> {
        let concepts: Vec<(u32, String)> = query.concepts.iter().map(|c| (c.group, concept_term(c.group))).collect();
        let mut clauses: Vec<Clause<'_>> = Vec::new();
        let mut add = |fields: std::ops::Range<usize>, term, weight: f32| {
            clauses.extend(fields.map(|field| Clause { field, term, weight: weight * FIELD_WEIGHTS[field] }));
        };
        for token in query.tokens.iter().filter(|token| self.vocabulary.contains_key(&token.text)) {
            add(0..ENGLISH, &token.text, token.weight);
        }
        for stem in query.stems.iter().filter(|stem| self.vocabulary.contains_key(&stem.text)) {
            add(ENGLISH..CONCEPTS, &stem.text, stem.weight);
        }
        for (at, (group, term)) in concepts.iter().enumerate() {
            if !concepts[..at].iter().any(|(earlier, _)| earlier == group) {
                add(CONCEPTS..FIELDS.len(), term, 1.0);
            }
        }
        let candidates = match self.index.search(&clauses, CANDIDATES) {
            Ok(found) => found,
            Err(cause) => {
                // The index is in memory and was just built: this is a fault of ours, and a reader still gets the forms.
                tracing::error!(%cause, "the FAQ search failed");
                Vec::new()
            }
        };
        if candidates.is_empty() {
            return Some(Vec::new());
        }
        let asked = Asked::new(query, &self.vocabulary, &self.rarity);
        let best = candidates.first().map_or(1.0, |(_, bm25)| *bm25);
        let features: Vec<Features> = candidates
            .iter()
            .map(|(at, bm25)| Features::of(&asked, &self.titles[*at].profile, &self.rarity, bm25 / best))
            .collect();
        if !is_unfinished && !features.iter().any(Features::is_about_it) {
            return None;
        }
        let scores = candidates.iter().zip(&features).map(|((at, _), features)| (*at, features.score()));
        let mut ranked: Vec<(usize, f32)> = scores.collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(ranked)
    }

    /// When no word is known: the titles that share most of the letters, for what is typed wrongly throughout.
    fn rank_by_letters(&self, query: &Query) -> Vec<(usize, f32)> {
        // Letters of Latin words and of grammar stand in every title.
        let telling = query.letters.iter().filter(|c| !c.hiragana && c.script != Script::Latin);
        let mut letters: Vec<char> = telling.map(|c| c.ch).collect();
        letters.sort_unstable();
        letters.dedup();
        if letters.len() < LETTERS {
            return Vec::new();
        }
        let shared = |profile: &Profile| {
            let best = profile.titles.iter().map(|title| letters.iter().filter(|c| title.contains(c)).count()).max();
            best.unwrap_or(0) as f32 / letters.len() as f32
        };
        let mut ranked: Vec<(usize, f32)> =
            self.titles.iter().enumerate().map(|(at, title)| (at, shared(&title.profile))).collect();
        ranked.retain(|(_, share)| *share >= 0.5);
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(CANDIDATES);
        ranked
    }

    /// For each Latin word that no entry has: the known words one letter away.
    fn add_near_words(&self, query: &mut Query) {
        let mut near = Vec::new();
        for stem in query.stems.iter().filter(|stem| stem.text.len() >= 4 && !self.vocabulary.contains_key(&stem.text))
        {
            let known = self.sorted.iter().filter(|word| word.is_ascii() && one_letter_away(&stem.text, word));
            near.extend(known.map(|word| {
                let mut token = stem.clone();
                token.text.clone_from(word);
                token.weight *= NEAR_WEIGHT;
                token
            }));
        }
        query.stems.extend(near);
    }

    /// For the unfinished last word: the known words that begin with it.
    fn add_completions(&self, query: &mut Query) {
        let ends_latin = query.letters.last().is_some_and(|c| c.ch.is_ascii_lowercase());
        let length =
            if ends_latin { query.letters.iter().rev().take_while(|c| c.ch.is_ascii_lowercase()).count() } else { 1 };
        let from = query.letters.len().saturating_sub(length);
        let start: String = query.letters[from..].iter().map(|c| c.ch).collect();
        if start.is_empty() {
            return;
        }
        let first = self.sorted.partition_point(|word| *word < start);
        let words =
            self.sorted[first..].iter().take_while(|word| word.starts_with(&start)).filter(|word| **word != start);
        let Some(model) = query.tokens.last().cloned() else { return };
        for word in words.take(COMPLETIONS) {
            let mut token = model.clone();
            token.text.clone_from(word);
            token.weight = COMPLETION_WEIGHT / if ends_latin { 1.0 } else { COMPLETIONS as f32 / 4.0 };
            if ends_latin { query.stems.push(token) } else { query.tokens.push(token) }
        }
    }
}

/// Takes entries apart, giving each new term a number.
struct Builder<'a> {
    synonyms: &'a Synonyms,
    vocabulary: HashMap<String, TermId>,
}

impl Builder<'_> {
    /// The title of a pair of entries and its document for the index.
    fn title(&mut self, cards: &Cards, pair: [Option<usize>; 2]) -> (Title, Vec<String>) {
        let mut document = vec![String::new(); FIELDS.len()];
        let [mut title_terms, mut keyword_terms, mut body_terms] = [const { Vec::new() }; 3];
        let [mut title_concepts, mut body_concepts] = [const { Vec::new() }; 2];
        let mut titles = Vec::new();
        let mut by_lang = [None, None];
        for at in pair.into_iter().flatten() {
            let Some(entry) = cards.at(at) else { continue };
            let (analyzer, first) = match entry.lang {
                Lang::Ja => (Analyzer::Japanese, 0),
                Lang::En => (Analyzer::English, ENGLISH),
            };
            let (answer, keywords) = (entry.answer_text(), entry.keywords.join("\n"));
            title_terms.extend(self.terms(analyzer, &entry.question).into_iter().map(|t| t.0));
            keyword_terms.extend(self.terms(analyzer, &keywords).into_iter().map(|t| t.0));
            let terms = self.terms(analyzer, &answer);
            body_terms.extend(terms.iter().map(|t| t.0));
            title_concepts
                .extend(self.concepts(&entry.question).into_iter().chain(self.concepts(&keywords)).map(|c| c.0));
            let concepts = self.concepts(&answer);
            body_concepts.extend(concepts.iter().map(|c| c.0));
            titles.push(ja::normalise(&entry.question).into_iter().map(|c| c.ch).collect());
            document[first].clone_from(&entry.question);
            document[first + 1].clone_from(&answer);
            document[first + 2] = keywords;
            by_lang[entry.lang as usize] = Some(Text { entry: at, answer, terms, concepts });
        }
        document[CONCEPTS] = concept_terms(&title_concepts);
        document[CONCEPTS + 1] = concept_terms(&body_concepts);
        let profile = Profile {
            title: TermSet::new(title_terms),
            keywords: TermSet::new(keyword_terms),
            body: TermSet::new(body_terms),
            title_concepts: TermSet::new(title_concepts),
            body_concepts: TermSet::new(body_concepts),
            titles,
        };
        (Title { by_lang, profile }, document)
    }

    fn terms(&mut self, analyzer: Analyzer, text: &str) -> Vec<(TermId, u32, u32)> {
        let pieces = analyzer.pieces(text).into_iter();
        let numbered = pieces.map(|piece| {
            let next = self.vocabulary.len() as TermId;
            (*self.vocabulary.entry(piece.text).or_insert(next), piece.start as u32, piece.end as u32)
        });
        numbered.collect()
    }

    fn concepts(&self, text: &str) -> Vec<(u32, u32, u32)> {
        let chars = ja::normalise(text);
        let found = self.synonyms.concepts(&chars).into_iter();
        found.map(|c| (c.group, chars[c.from].start as u32, chars[c.to - 1].end as u32)).collect()
    }
}

fn concept_term(group: u32) -> String {
    format!("c{group}")
}

fn concept_terms(groups: &[u32]) -> String {
    groups.iter().map(|group| concept_term(*group)).collect::<Vec<_>>().join(" ")
}

fn hit(entry: &Entry, text: &Text, score: f32, asked: &TermSet, meant: &TermSet) -> Hit {
    let range = |from: u32, to: u32| (from as usize, to as usize);
    let literal = text.terms.iter().filter(|t| asked.has(t.0)).map(|t| (range(t.1, t.2), 1.0));
    let other_words = text.concepts.iter().filter(|c| meant.has(c.0)).map(|c| (range(c.1, c.2), 0.5));
    let marks = literal.chain(other_words).map(|((from, to), weight)| (from, to, weight)).collect();
    let snippet = snippet::cut(&text.answer, marks);
    Hit {
        id: entry.id.clone(),
        score,
        title: entry.question.clone(),
        snippet_html: snippet.html,
        snippet: snippet.plain,
    }
}

/// Whether two ASCII words differ by one letter put in, left out, changed or swapped with its neighbour.
fn one_letter_away(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match a.len().abs_diff(b.len()) {
        0 if a == b => false,
        0 => {
            let swapped = same_start + same_end + 2 == a.len()
                && a[same_start] == b[same_start + 1]
                && a[same_start + 1] == b[same_start];
            same_start + same_end + 1 == a.len() || swapped
        }
        1 => same_start + same_end >= a.len().min(b.len()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::one_letter_away;

    #[test]
    fn a_word_is_near_when_one_letter_is_missing_added_changed_or_swapped() {
        for near in ["pasword", "passsword", "pessword", "apssword", "passwor"] {
            assert!(one_letter_away(near, "password"), "{near}");
        }
        for far in ["password", "passw", "drowssap", "pasbwort"] {
            assert!(!one_letter_away(far, "password"), "{far}");
        }
    }
}
