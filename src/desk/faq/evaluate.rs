//! Measures the search against labelled queries, in a library of its own.

use std::io::BufRead;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{Audience, Entry, FaqError, Library, Synonyms};
use crate::desk::Lang;

/// How well the right entries were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Queries.
    pub n: usize,
    /// Mean of 1/rank of the first right entry among ten, 0 where none is.
    pub mrr_at_10: f64,
    /// Share of queries with a right entry first.
    pub recall_at_1: f64,
    /// Share of queries with a right entry among the first three.
    pub recall_at_3: f64,
    /// Share of queries that found nothing at all.
    pub zero_result_rate: f64,
    /// Half of the queries took at most so many milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 queries took at most so many milliseconds.
    pub p99_ms: f64,
}

#[derive(Deserialize)]
struct LabelledEntry {
    id: String,
    question: String,
    answer: String,
    #[serde(default)]
    keywords: String,
}

#[derive(Deserialize)]
struct LabelledQuery {
    query: String,
    relevant: Vec<String>,
}

/// Indexes `entries` (JSON Lines of id, question, answer, keywords) with the product's own pipeline and `synonyms`, asks each of
/// `queries` (JSON Lines of query, relevant) and reports.
///
/// # Errors
/// A line that is not what is expected, with its number; an unreadable stream.
pub fn evaluate(entries: impl BufRead, queries: impl BufRead, synonyms: Synonyms) -> Result<Report, FaqError> {
    let entries = lines::<LabelledEntry>("entries", entries)?.into_iter().map(LabelledEntry::into_entry).collect();
    let queries = lines::<LabelledQuery>("queries", queries)?;
    let library = Library::new(entries, synonyms)?;
    let (mut reciprocal, mut first, mut third, mut nothing) = (0.0, 0_usize, 0_usize, 0_usize);
    let mut times = Vec::with_capacity(queries.len());
    for asked in &queries {
        let start = Instant::now();
        let hits = library.search(Lang::Ja, &asked.query, 10);
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        nothing += usize::from(hits.is_empty());
        if let Some(rank) = hits.iter().position(|hit| asked.relevant.contains(&hit.id)) {
            reciprocal += 1.0 / (rank as f64 + 1.0);
            first += usize::from(rank == 0);
            third += usize::from(rank < 3);
        }
    }
    times.sort_by(f64::total_cmp);
    let n = queries.len();
    let share = |part: f64| if n == 0 { 0.0 } else { (part / n as f64 * 10_000.0).round() / 10_000.0 };
    let at = |part: f64| {
        times.get(((n as f64 * part).ceil() as usize).saturating_sub(1)).map_or(0.0, |t| (t * 1000.0).round() / 1000.0)
    };
    Ok(Report {
        n,
        mrr_at_10: share(reciprocal),
        recall_at_1: share(first as f64),
        recall_at_3: share(third as f64),
        zero_result_rate: share(nothing as f64),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
    })
}

impl LabelledEntry {
    fn into_entry(self) -> Entry {
        Entry {
            id: self.id,
            lang: Lang::Ja,
            question: self.question,
            audience: vec![Audience::Applicant],
            kinds: vec!["other".to_owned()],
            keywords: self
                .keywords
                .split([',', '、'])
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect(),
            facts: Vec::new(),
            valid_from: None,
            valid_to: None,
            needs_curation: false,
            answer: self.answer,
        }
    }
}

fn lines<T: for<'a> Deserialize<'a>>(name: &str, stream: impl BufRead) -> Result<Vec<T>, FaqError> {
    let mut read = Vec::new();
    for (at, line) in stream.lines().enumerate() {
        let line = line.map_err(|cause| FaqError::Read { path: name.to_owned(), cause })?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str(&line).map_err(|cause| FaqError::Format {
            file: name.to_owned(),
            line: at + 1,
            reason: cause.to_string(),
        })?;
        read.push(parsed);
    }
    Ok(read)
}
