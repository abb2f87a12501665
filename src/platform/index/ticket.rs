//! The ticket index: a cache of the database on disk, for staff who look for a ticket by number, name or word.
//!
//! It may be deleted at any time: [`TicketIndex::open`] starts an empty one where none, a damaged one or one of
//! another make lies, and [`TicketIndex::last_event_id`] tells the caller from which event to fill it. Words are found
//! as exact substrings: every pair of neighbouring characters is a term with its position, and a word is a phrase.

use std::path::{Path, PathBuf};

use tantivy::collector::{Count, TopDocs};
use tantivy::directory::error::LockError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::Token;
use tantivy::{Index, IndexReader, IndexWriter, Order, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::IndexError;
use super::analysis::{SUBSTRING, tokenizers};
use super::query::{self, TicketQuery};
use crate::platform::text::fold_chars;

/// Memory for terms not yet written; the least that tantivy takes.
const WRITER_BYTES: usize = 15_000_000;

/// The name of the sorted, fast field.
const ID: &str = "id";

/// What the index holds of a ticket. Texts may be as long as they are; nothing is stored, only terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketDoc {
    /// The row of the ticket.
    pub id: i64,
    /// 受付番号.
    pub number: String,
    /// 医籍登録番号, of the ticket and of the linked account.
    pub registration_numbers: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// What is searched as text: subject, names, bodies of the messages, notes.
    pub texts: Vec<String>,
    /// The state, as its stored word.
    pub status: String,
    /// The inquiry kind.
    pub kind: String,
    /// The row of the person who works on it.
    pub assignee: Option<i64>,
    /// Only these staff may know of it; `None` is everyone.
    pub confidential_to: Option<Vec<i64>>,
}

/// The fields of the schema.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) key: Field,
    pub(super) text: Field,
    pub(super) status: Field,
    pub(super) kind: Field,
    pub(super) assignee: Field,
    pub(super) seen_by: Field,
}

/// The index of tickets. Cheap to clone; all clones see what [`TicketIndex::refresh`] saw.
#[derive(Clone)]
pub struct TicketIndex {
    dir: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: Fields,
}

impl std::fmt::Debug for TicketIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketIndex").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl TicketIndex {
    /// Opens the index in `dir`, or starts an empty one when there is none or what lies there cannot be read.
    ///
    /// # Errors
    /// The directory can be neither read nor made anew (no right to write, disk full): search by SQL meanwhile.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        // tantivy panics on some torn files instead of refusing them; a cache that cannot be read is made anew either way.
        let opened = std::panic::catch_unwind(|| Self::open_existing(dir));
        let cause = match opened {
            Ok(Ok(index)) => return Ok(index),
            Ok(Err(cause)) => cause.to_string(),
            Err(_) => "a file is torn".to_owned(),
        };
        if dir.join("meta.json").exists() {
            tracing::warn!(dir = %dir.display(), cause, "the search index is started anew");
        }
        Self::start_anew(dir)
    }

    /// Deletes what is in `dir` and starts an empty index.
    ///
    /// # Errors
    /// The directory cannot be removed or made, or another process is writing to it.
    pub fn start_anew(dir: &Path) -> Result<Self, IndexError> {
        let failed = |cause| IndexError::Directory { path: dir.to_owned(), cause };
        if dir.exists() {
            std::fs::remove_dir_all(dir).map_err(failed)?;
        }
        std::fs::create_dir_all(dir).map_err(failed)?;
        let (schema, _) = schema();
        Index::create_in_dir(dir, schema)?;
        Self::open_existing(dir)
    }

    fn open_existing(dir: &Path) -> Result<Self, IndexError> {
        let mut index = Index::open_in_dir(dir)?;
        let (schema, fields) = schema();
        if index.schema() != schema {
            return Err(TantivyError::SchemaError("made by another version".to_owned()).into());
        }
        index.set_tokenizers(tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { dir: dir.to_owned(), index, reader, fields })
    }

    /// The event up to which the index is filled, `None` when it is empty or new.
    ///
    /// # Errors
    /// The directory can no longer be read.
    pub fn last_event_id(&self) -> Result<Option<i64>, IndexError> {
        Ok(self.index.load_metas()?.payload.and_then(|payload| payload.parse().ok()))
    }

    /// Checks every file against its checksum: true when all are whole. Reads the whole index.
    ///
    /// # Errors
    /// The directory can no longer be read.
    pub fn is_whole(&self) -> Result<bool, IndexError> {
        Ok(self.index.validate_checksum()?.is_empty())
    }

    /// Looks at the index in `dir` without making one; `None` when there is none.
    ///
    /// # Errors
    /// What lies there cannot be read.
    pub fn look(dir: &Path) -> Result<Option<Self>, IndexError> {
        if !dir.join("meta.json").exists() {
            return Ok(None);
        }
        let torn = || IndexError::from(TantivyError::SystemError("a file is torn".to_owned()));
        std::panic::catch_unwind(|| Self::open_existing(dir)).unwrap_or_else(|_| Err(torn())).map(Some)
    }

    /// How many tickets it holds, as of the last [`TicketIndex::refresh`].
    pub fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Sees what another process has committed.
    ///
    /// # Errors
    /// The directory can no longer be read.
    pub fn refresh(&self) -> Result<(), IndexError> {
        Ok(self.reader.reload()?)
    }

    /// The one writer.
    ///
    /// # Errors
    /// [`IndexError::Busy`] while another writer lives, here or in another process.
    pub fn writer(&self) -> Result<TicketWriter, IndexError> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = self.index.writer_with_options(options).map_err(|e| match e {
            TantivyError::LockFailure(LockError::LockBusy, _) => IndexError::Busy { path: self.dir.clone() },
            other => other.into(),
        })?;
        writer.set_merge_policy(Box::new(merge_policy()));
        Ok(TicketWriter { index: self.clone(), writer })
    }

    /// The tickets that match, newest first, and how many match in all.
    ///
    /// # Errors
    /// Only when the files of the index are damaged or gone: answer by SQL and start anew.
    pub fn search(&self, wanted: &TicketQuery) -> Result<(Vec<i64>, usize), IndexError> {
        let query = query::build(wanted, &self.fields);
        let newest = TopDocs::with_limit(wanted.limit.max(1))
            .and_offset(wanted.offset)
            .order_by_fast_field::<i64>(ID, Order::Desc);
        let (total, top) = self.reader.searcher().search(&query, &(Count, newest))?;
        Ok((top.into_iter().take(wanted.limit).filter_map(|(id, _)| id).collect(), total))
    }
}

/// Writes to the index. One lives at a time; dropping it lets the next one in, uncommitted writes are lost.
pub struct TicketWriter {
    index: TicketIndex,
    writer: IndexWriter<TantivyDocument>,
}

impl TicketWriter {
    /// Puts a ticket in place of what the index held under its id.
    ///
    /// # Errors
    /// The writer has died of an earlier fault (disk full): drop it and ask for another.
    pub fn upsert(&self, ticket: &TicketDoc) -> Result<(), IndexError> {
        self.remove(ticket.id);
        self.writer.add_document(document(ticket, &self.index.fields))?;
        Ok(())
    }

    /// Takes a ticket out.
    pub fn remove(&self, id: i64) {
        self.writer.delete_term(Term::from_field_i64(self.index.fields.id, id));
    }

    /// Takes everything out, for filling anew.
    ///
    /// # Errors
    /// The writer has died of an earlier fault.
    pub fn clear(&self) -> Result<(), IndexError> {
        self.writer.delete_all_documents()?;
        Ok(())
    }

    /// Makes all writes durable and visible, and remembers the event they reach up to.
    ///
    /// # Errors
    /// The files cannot be written; what was written before stays readable. Drop the writer and ask for another.
    pub fn commit(&mut self, last_event_id: i64) -> Result<(), IndexError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&last_event_id.to_string());
        commit.commit()?;
        self.index.refresh()
    }
}

/// Segments of about the same size are merged, sixteen at a time. Without a floor of its own tantivy takes all segments
/// below 10,000 documents for the same size: the commits of a busy day would then merge the whole day again and again.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(16);
    policy.set_min_layer_size(64);
    policy.set_level_log_size(2.0);
    policy
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let exact = || {
        let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing.set_index_option(IndexRecordOption::Basic))
    };
    let text = TextFieldIndexing::default()
        .set_tokenizer(SUBSTRING)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        id: schema.add_i64_field(ID, INDEXED | FAST),
        key: schema.add_text_field("key", exact()),
        text: schema.add_text_field("text", TextOptions::default().set_indexing_options(text)),
        status: schema.add_text_field("status", STRING),
        kind: schema.add_text_field("kind", STRING),
        assignee: schema.add_i64_field("assignee", INDEXED),
        seen_by: schema.add_i64_field("seen_by", INDEXED),
    };
    (schema.build(), fields)
}

fn document(ticket: &TicketDoc, fields: &Fields) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_i64(fields.id, ticket.id);
    let keys = [&ticket.number].into_iter().chain(&ticket.registration_numbers).chain(&ticket.phones);
    for key in keys {
        document.add_text(fields.key, query::key(key));
        document.add_text(fields.text, key);
    }
    for text in ticket.emails.iter().chain(&ticket.texts) {
        document.add_text(fields.text, text);
    }
    document.add_text(fields.status, &ticket.status);
    document.add_text(fields.kind, &ticket.kind);
    document.add_i64(fields.assignee, ticket.assignee.unwrap_or(query::NOBODY));
    match &ticket.confidential_to {
        None => document.add_i64(fields.seen_by, query::EVERYONE),
        Some(people) => people.iter().for_each(|person| document.add_i64(fields.seen_by, *person)),
    }
    document
}

/// Every pair of neighbouring characters of folded text with its position, and the last character of each run alone.
///
/// Spaces end a run, so a phrase never crosses one; a word of one character is found as the start of a pair or as
/// the end of a run.
pub(super) fn substring_tokens(text: &str) -> Vec<Token> {
    let chars = fold_chars(text);
    let mut tokens = Vec::with_capacity(chars.len());
    for (at, c) in chars.iter().enumerate().filter(|(_, c)| !c.ch.is_whitespace()) {
        let next = chars.get(at + 1).filter(|next| !next.ch.is_whitespace());
        tokens.push(Token {
            offset_from: c.start,
            offset_to: next.map_or(c.end, |next| next.end),
            position: at,
            text: std::iter::once(c.ch).chain(next.map(|next| next.ch)).collect(),
            position_length: 1,
        });
    }
    tokens
}
