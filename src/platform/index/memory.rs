//! A small index that lives in memory and is built in one go.

use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, TantivyDocument, Term};

use super::IndexError;
use super::analysis::{Analyzer, tokenizers};

/// Room for the terms while building; taken only as far as the texts need it.
const BUILD_BUDGET_BYTES: usize = 15_000_000;

/// An index over a few hundred texts, held in memory, never changed: build a new one instead.
pub struct MemoryIndex {
    reader: IndexReader,
    fields: Vec<Field>,
}

/// One weighted term of a query.
#[derive(Debug, Clone)]
pub struct Clause<'a> {
    /// Number of the field, as given to [`MemoryIndex::build`].
    pub field: usize,
    /// The term, as [`Analyzer::pieces`] gives it.
    pub term: &'a str,
    /// Multiplies the BM25 score of the term.
    pub weight: f32,
}

impl MemoryIndex {
    /// Builds an index with a field for each of `fields`. A document is one text per field (empty where it has none).
    ///
    /// # Errors
    /// Only what tantivy itself refuses, such as a text beyond its limits.
    pub fn build<D, S>(fields: &[(&str, Analyzer)], documents: D) -> Result<Self, IndexError>
    where
        D: IntoIterator<Item = Vec<S>>,
        S: AsRef<str>,
    {
        let mut schema = Schema::builder();
        let handles =
            fields.iter().map(|(name, analyzer)| schema.add_text_field(name, options(*analyzer))).collect::<Vec<_>>();
        let mut writer = Index::builder()
            .schema(schema.build())
            .tokenizers(tokenizers())
            .single_segment_index_writer::<TantivyDocument>(RamDirectory::create(), BUILD_BUDGET_BYTES)?;
        for texts in documents {
            let mut document = TantivyDocument::new();
            for (field, text) in handles.iter().zip(&texts) {
                document.add_text(*field, text.as_ref());
            }
            writer.add_document(document)?;
        }
        let reader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, fields: handles })
    }

    /// The best `limit` documents by the weighted sum of BM25, as (ordinal of the document, score), best first.
    ///
    /// # Errors
    /// A clause on a field that is not there; otherwise only a fault inside tantivy.
    pub fn search(&self, clauses: &[Clause<'_>], limit: usize) -> Result<Vec<(usize, f32)>, IndexError> {
        if clauses.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut terms: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(clauses.len());
        for clause in clauses {
            let field = *self.fields.get(clause.field).ok_or_else(|| IndexError::NoField(clause.field.to_string()))?;
            let term = TermQuery::new(Term::from_field_text(field, clause.term), IndexRecordOption::WithFreqs);
            terms.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), clause.weight))));
        }
        let searcher: Searcher = self.reader.searcher();
        let top = searcher.search(&BooleanQuery::new(terms), &TopDocs::with_limit(limit).order_by_score())?;
        // One segment, never merged: a document's number is its ordinal.
        Ok(top.into_iter().map(|(score, address)| (address.doc_id as usize, score)).collect())
    }
}

fn options(analyzer: Analyzer) -> TextOptions {
    let indexing =
        TextFieldIndexing::default().set_tokenizer(analyzer.name()).set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(indexing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_with_the_term_in_the_heavier_field_comes_first() {
        let fields = [("title", Analyzer::Japanese), ("body", Analyzer::Japanese)];
        let index = MemoryIndex::build(&fields, [vec!["氏名", "登録"], vec!["登録", "氏名"]]).unwrap();
        let clauses = [Clause { field: 0, term: "登録", weight: 2.0 }, Clause { field: 1, term: "登録", weight: 1.0 }];
        let hits = index.search(&clauses, 10).unwrap();
        assert_eq!(hits.iter().map(|(doc, _)| *doc).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn an_empty_index_finds_nothing_and_does_not_fail() {
        let index = MemoryIndex::build(&[("title", Analyzer::Japanese)], Vec::<Vec<String>>::new()).unwrap();
        assert!(index.search(&[Clause { field: 0, term: "登録", weight: 1.0 }], 5).unwrap().is_empty());
    }

    #[test]
    fn english_is_stemmed_and_stripped_of_stop_words() {
        let terms: Vec<_> =
            Analyzer::English.pieces("How do I reset my passwords?").into_iter().map(|p| p.text).collect();
        assert_eq!(terms, ["reset", "password"]);
    }
}
