//! The FAQ in the database: the text of each entry as its file has it. The embedded entries fill an empty table; from
//! then on the table is the truth.

use chrono::{DateTime, Utc};

use super::{Entry, FaqError, Library, Synonyms};
use crate::desk::Lang;
use crate::platform::db::{DbError, Tx, query};

/// The entries in the database, as (language, id, text of the file).
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx) -> Result<Vec<(String, String, String)>, DbError> {
    query("SELECT lang, id, source FROM faq_entries ORDER BY lang, id").fetch_all(tx).await
}

/// Puts entries in, each in place of the one with its id and language. Returns how many were new or different.
///
/// # Errors
/// When the database refuses.
pub async fn upsert(tx: &mut Tx, entries: &[Entry], now: DateTime<Utc>) -> Result<u64, DbError> {
    let mut changed = 0;
    for entry in entries {
        changed += query(
            "INSERT INTO faq_entries (id, lang, source, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (id, lang) DO UPDATE SET source = excluded.source, updated_at = excluded.updated_at \
             WHERE faq_entries.source <> excluded.source",
        )
        .bind(&entry.id)
        .bind(entry.lang.as_str())
        .bind(entry.to_file())
        .bind(now)
        .execute(tx)
        .await?;
    }
    Ok(changed)
}

/// Fills an empty table with the embedded entries.
///
/// # Errors
/// When the database refuses.
pub async fn fill_if_empty(tx: &mut Tx, embedded: &Library, now: DateTime<Utc>) -> Result<(), DbError> {
    let row: Option<(String,)> = query("SELECT id FROM faq_entries LIMIT 1").fetch_optional(tx).await?;
    if row.is_none() {
        let entries: Vec<Entry> =
            [Lang::Ja, Lang::En].into_iter().flat_map(|lang| embedded.entries(lang).cloned()).collect();
        upsert(tx, &entries, now).await?;
    }
    Ok(())
}

/// The library of the entries in the database. An entry that can no longer be read is left out and logged: one wrong
/// row must not take the FAQ away.
///
/// # Errors
/// When the database or the index refuses.
pub async fn library(tx: &mut Tx, synonyms: Synonyms) -> Result<Library, LoadError> {
    let mut entries = Vec::new();
    for (lang, id, source) in list(tx).await? {
        let name = format!("{lang}/{id}.md");
        let lang = if lang == Lang::En.as_str() { Lang::En } else { Lang::Ja };
        match Entry::parse(&name, lang, &source) {
            Ok(entry) => entries.push(entry),
            Err(error) => tracing::error!(%error, "an FAQ entry is left out"),
        }
    }
    Ok(Library::new(entries, synonyms)?)
}

/// The FAQ could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The entries or their index.
    #[error(transparent)]
    Faq(#[from] FaqError),
}
