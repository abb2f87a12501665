//! The order of the hits: BM25 finds the candidates, a small formula over what BM25 cannot see puts them in order.
//!
//! BM25 adds up evidence and so prefers a long answer that repeats one word of the question over the entry that says all of it. The
//! features below ask instead how much *of the query* an entry accounts for, and how much of its title the query accounts for.
//! The weights were fitted by five-fold cross-validation over the practice set, under the synonyms of this desk and under copies of
//! them from which 40 of 100 words had been taken out, so that they hold for queries nobody thought of.

use std::collections::HashMap;

use super::query::{Query, QueryToken};

/// Multipliers of BM25 by field, in the order of the fields of the index.
pub(super) const FIELD_WEIGHTS: [f32; FIELDS] = [1.5, 1.0, 1.2, 1.5, 1.0, 1.2, 1.0, 0.4];
/// Japanese title, body, keywords; English title, body, keywords; concepts of title and keywords, of the body.
pub(super) const FIELDS: usize = 8;
/// The first field of each analysis.
pub(super) const ENGLISH: usize = 3;
pub(super) const CONCEPTS: usize = 6;

/// A term known to the library, by number.
pub(super) type TermId = u32;

/// Terms that stand in one part of an entry, sorted, each once.
#[derive(Debug, Default)]
pub(super) struct TermSet(Vec<TermId>);

impl TermSet {
    pub(super) fn new(mut terms: Vec<TermId>) -> Self {
        terms.sort_unstable();
        terms.dedup();
        Self(terms)
    }

    pub(super) fn has(&self, term: TermId) -> bool {
        self.0.binary_search(&term).is_ok()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = TermId> + '_ {
        self.0.iter().copied()
    }
}

/// What the formula knows of an entry, both languages together.
#[derive(Debug, Default)]
pub(super) struct Profile {
    pub(super) title: TermSet,
    pub(super) keywords: TermSet,
    pub(super) body: TermSet,
    pub(super) title_concepts: TermSet,
    pub(super) body_concepts: TermSet,
    /// Letters of the title(s), folded.
    pub(super) titles: Vec<Vec<char>>,
}

/// How rare each term and each concept is among the entries, 0 to about 5.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    pub(super) terms: Vec<f32>,
    pub(super) concepts: Vec<f32>,
    /// Of a term that no entry has.
    pub(super) unknown: f32,
}

/// The query in numbers.
pub(super) struct Asked {
    /// Term (if known), weight × rarity, the concepts whose words it is part of.
    terms: Vec<(Option<TermId>, f32, Vec<u32>)>,
    /// The known ones of `terms`.
    known: TermSet,
    concepts: Vec<u32>,
}

impl Asked {
    pub(super) fn new(query: &Query, vocabulary: &HashMap<String, TermId>, rarity: &Rarity) -> Self {
        let stems_only = query.stems.iter().filter(|stem| !query.tokens.iter().any(|token| token.text == stem.text));
        // Of a Latin word that no text has as it stands, only the stem is asked for; stop words have none.
        let latin = |token: &&QueryToken| token.text.starts_with(|c: char| c.is_ascii_alphabetic());
        let tokens = query.tokens.iter().filter(|token| !latin(token) || vocabulary.contains_key(&token.text));
        let terms = tokens.chain(stems_only).map(|token| {
            let term = vocabulary.get(&token.text).copied();
            let rare = term.and_then(|id| rarity.terms.get(id as usize)).copied().unwrap_or(rarity.unknown);
            let covered =
                query.concepts.iter().filter(|c| c.from < token.to && token.from < c.to).map(|c| c.group).collect();
            (term, token.weight * rare, covered)
        });
        let terms: Vec<_> = terms.collect();
        let known = TermSet::new(terms.iter().filter_map(|(term, ..)| *term).collect());
        let mut concepts: Vec<u32> = query.concepts.iter().map(|c| c.group).collect();
        concepts.sort_unstable();
        concepts.dedup();
        Self { terms, known, concepts }
    }
}

/// What is measured of one candidate, all between 0 and 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Features {
    /// The weighted sum over the fields, by that of the best candidate.
    pub(super) bm25: f32,
    /// How much of the query, by rarity, stands in the entry, or is said there in other words.
    pub(super) coverage: f32,
    /// How much of the title, by rarity, stands in the query.
    pub(super) title_share: f32,
    /// How much of the query's concepts, by rarity, the title or keywords name.
    pub(super) concepts: f32,
}

impl Features {
    pub(super) fn of(asked: &Asked, profile: &Profile, rarity: &Rarity, bm25: f32) -> Self {
        let (mut all, mut anywhere) = (0.0_f32, 0.0_f32);
        for (term, weight, concepts) in &asked.terms {
            all += weight;
            let literal = |set: &TermSet| term.is_some_and(|id| set.has(id));
            let meant = |set: &TermSet| concepts.iter().any(|c| set.has(*c));
            let title = if literal(&profile.title) || literal(&profile.keywords) {
                1.0
            } else if meant(&profile.title_concepts) {
                MEANT
            } else {
                0.0
            };
            let body = if literal(&profile.body) {
                IN_BODY
            } else if meant(&profile.body_concepts) {
                IN_BODY * MEANT
            } else {
                0.0
            };
            anywhere += weight * title.max(body);
        }
        let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
        let rare_concept = |c: u32| rarity.concepts.get(c as usize).copied().unwrap_or(0.0);
        let named: f32 =
            asked.concepts.iter().filter(|c| profile.title_concepts.has(**c)).map(|c| rare_concept(*c)).sum();
        let asked_concepts: f32 = asked.concepts.iter().map(|c| rare_concept(*c)).sum();
        let rare = |id: TermId| rarity.terms.get(id as usize).copied().unwrap_or(0.0);
        let title_all: f32 = profile.title.iter().map(rare).sum();
        let title_said: f32 = profile.title.iter().filter(|id| asked.known.has(*id)).map(rare).sum();
        Self {
            bm25,
            coverage: share(anywhere, all),
            title_share: share(title_said, title_all),
            concepts: share(named, asked_concepts),
        }
    }

    /// Whether the entry can be meant: it names a concept of the query, or accounts for a good part of its words.
    pub(super) fn is_about_it(&self) -> bool {
        self.concepts > 0.0 || self.coverage >= ABOUT_FROM
    }

    /// The score that orders the hits, 0 to 1.
    pub(super) fn score(&self) -> f32 {
        let Self { bm25, coverage, title_share, concepts } = *self;
        (bm25 * (3.5 + 2.0 * coverage) + 3.5 * coverage + title_share + 1.5 * concepts) / 11.5
    }
}

/// Below this share of its words, and without a common concept, an entry is not about a query. In the practice set each
/// query shares a concept with some entry or is accounted for to .36; of gibberish and of questions about pizza, pay and
/// the weather pairs of letters make up .00 to .30.
const ABOUT_FROM: f32 = 0.3;
/// A match in other words counts so much of a literal one.
const MEANT: f32 = 0.7;
/// A match in the answer counts so much of one in the title.
const IN_BODY: f32 = 0.8;

impl Rarity {
    /// Counts over all profiles.
    pub(super) fn of<'a>(profiles: impl Iterator<Item = &'a Profile>, terms: usize, concepts: usize) -> Self {
        let (mut with_term, mut with_concept, mut all) = (vec![0_u32; terms], vec![0_u32; concepts], 0_u32);
        for profile in profiles {
            all += 1;
            count(&mut with_term, [&profile.title, &profile.keywords, &profile.body]);
            count(&mut with_concept, [&profile.title_concepts, &profile.body_concepts, &TermSet::default()]);
        }
        let rare = |with: &u32| (1.0 + (all as f32 - *with as f32 + 0.5) / (*with as f32 + 0.5)).ln();
        Self {
            terms: with_term.iter().map(rare).collect(),
            concepts: with_concept.iter().map(rare).collect(),
            unknown: rare(&1),
        }
    }
}

/// Adds one for each term that stands in any of the sets.
fn count(with: &mut [u32], sets: [&TermSet; 3]) {
    let mut together: Vec<TermId> = sets.iter().flat_map(|set| set.iter()).collect();
    together.sort_unstable();
    together.dedup();
    for term in together {
        if let Some(n) = with.get_mut(term as usize) {
            *n += 1;
        }
    }
}
