//! Copies of the whole desk, and a desk made from one (REL-028, REL-029). A copy holds the database as it stood at one
//! instant (an SQLite file, whichever database it came from), every file that its rows name, and the master key where that
//! lies beside the database. The keys of sealed images stand in a file of their own, which is to be taken away after a short
//! time (design rule 11): without it the images of a copy are noise, and all else can still be restored. What was erased
//! stays erased: the journal of erasures goes on outside of the copies and is replayed on whatever is restored.

mod restore;
mod store;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};

pub use restore::{Restored, restore};

use super::storage;
use crate::desk::Context;
use crate::platform::archive::{Archive, ArchiveError, Writing};
use crate::platform::blob::{BlobError, Blobs};
use crate::platform::clock::jst;
use crate::platform::db::{Db, DbError, Tx};

/// The database within a copy.
const DATABASE: &str = "desk.db";
/// The wrapped keys of the sealed images.
const KEYS: &str = "keys.json";
/// The master key.
const MASTER_KEY: &str = "master.key";
/// Beside the copies: everything that was ever erased.
const ERASED: &str = "erased.json";

/// What a copy says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The version of the program.
    pub version: String,
    /// Tickets in it.
    pub tickets: i64,
    /// Accounts in it.
    pub accounts: i64,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// Where it lies.
    pub folder: PathBuf,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Tickets in it.
    pub tickets: i64,
    /// Accounts in it.
    pub accounts: i64,
    /// Files, the database among them.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A wrapped key, as it lies in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    blob: String,
    /// Hexadecimal.
    wrapped: String,
    created_at: DateTime<Utc>,
}

/// A line of the journal of erasures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Erased {
    blob: String,
    why: String,
    at: DateTime<Utc>,
}

/// Why there is no copy, or no desk made from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder of the copy.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Storage.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file beside the copies.
    #[error("{0}")]
    File(String),
    /// Not like this.
    #[error("{0}")]
    Refused(String),
}

/// Writes a copy of the desk into `target`, which must not be there or be empty, and reads it back.
///
/// # Errors
/// When anything of it cannot be read or written; then there is no folder of that name.
pub async fn backup(db: Db, blobs: Blobs, ctx: Context, target: PathBuf) -> Result<Copied, BackupError> {
    let writing = Writing::begin(&target, &ctx.random.token())?;
    let scratch = tempfile(&writing)?;
    let (writing, about, erased) = copy(db, blobs, ctx, writing, scratch.clone()).await?;
    std::fs::remove_dir_all(&scratch).map_err(file_fault(&scratch))?;
    let (files, bytes) = writing.finish(&about)?;
    remember(&target, erased)?;
    // Read back: what cannot be read is no copy.
    Archive::<About>::open(&target)?;
    let About { made_at, tickets, accounts, .. } = about;
    Ok(Copied { folder: target, made_at, tickets, accounts, files, bytes })
}

/// A place within the unfinished folder for what does not stay.
fn tempfile(writing: &Writing) -> Result<PathBuf, BackupError> {
    let scratch = writing.path("scratch");
    std::fs::create_dir_all(&scratch).map_err(file_fault(&scratch))?;
    Ok(scratch)
}

async fn copy(
    db: Db,
    blobs: Blobs,
    ctx: Context,
    mut writing: Writing,
    scratch: PathBuf,
) -> Result<(Writing, About, Vec<Erased>), BackupError> {
    // All rows first, at one instant; whatever they name was durable before they were.
    let snapshot = db.copy_to_scratch(&scratch.join("copy.db")).await?;
    let mut tx = snapshot.read().await?;
    let keys = store::keys(&mut tx).await?;
    let (tickets, accounts) = store::counts(&mut tx).await?;
    let named = storage::store::named(&mut tx).await?;
    drop(tx);
    snapshot.write(async move |tx: &mut Tx| store::forget_keys(tx).await).await?;
    // Packed anew, so that no page of it still holds a key.
    snapshot.pack_into(&writing.path(DATABASE)).await?;
    snapshot.close().await;
    writing.add(DATABASE)?;
    let mut missing = Vec::new();
    for file in &named {
        match blobs.get(&file.name).await? {
            Some(bytes) => writing.put(&path_of(&file.name), &bytes)?,
            None => missing.push(file.name.clone()),
        }
    }
    // What was erased since the snapshot may be gone; anything else may not.
    let erased = store::erased(&mut db.read().await?).await?;
    if let Some(lost) = missing.iter().find(|name| !erased.iter().any(|one| one.blob == **name)) {
        return Err(BackupError::Refused(format!(
            "the stored file {lost} is missing; `madoguchi verify` says which row names it"
        )));
    }
    writing.put(KEYS, &json(&keys)?)?;
    writing.may_be_missing(KEYS);
    let key_file = ctx.settings.master_key_file();
    if ctx.settings.secrets.master_key.is_empty() {
        let key = std::fs::read(&key_file).map_err(file_fault(&key_file))?;
        writing.put(MASTER_KEY, &key)?;
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok((writing, About { made_at: ctx.now(), version, tickets, accounts }, erased))
}

/// A copy into the folder of the settings, named by its time; older ones than `backup.keep` go, and the keys of those older
/// than `backup.keep_keys_days`. `None` when no folder is set.
///
/// # Errors
/// As [`backup`].
pub async fn backup_by_job(db: Db, blobs: Blobs, ctx: Context) -> Result<Option<Copied>, BackupError> {
    let settings = ctx.settings.backup.clone();
    if settings.folder.is_empty() {
        return Ok(None);
    }
    let (folder, now) = (PathBuf::from(&settings.folder), ctx.now());
    std::fs::create_dir_all(&folder).map_err(file_fault(&folder))?;
    let name = |at: DateTime<Utc>| at.with_timezone(&jst()).format("%Y%m%d-%H%M%S").to_string();
    let copied = backup(db, blobs, ctx, folder.join(name(now))).await?;
    let mut copies: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(file_fault(&folder))? {
        let path = entry.map_err(file_fault(&folder))?.path();
        // Only what is named as we name it is ours to remove.
        let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(is_name);
        if is_ours && path.is_dir() {
            copies.push(path);
        }
    }
    copies.sort();
    let old = copies.len().saturating_sub(usize::try_from(settings.keep.max(1)).unwrap_or(usize::MAX));
    for path in copies.drain(..old) {
        std::fs::remove_dir_all(&path).map_err(file_fault(&path))?;
    }
    let keys_until = now.checked_sub_days(Days::new(u64::from(settings.keep_keys_days))).map(name).unwrap_or_default();
    for path in copies.iter().filter(|path| path.file_name().is_some_and(|name| *name < *keys_until)) {
        let keys = path.join(KEYS);
        if keys.exists() {
            std::fs::remove_file(&keys).map_err(file_fault(&keys))?;
        }
    }
    Ok(Some(copied))
}

fn is_name(name: &str) -> bool {
    name.len() == 15 && name.bytes().enumerate().all(|(n, b)| if n == 8 { b == b'-' } else { b.is_ascii_digit() })
}

/// Adds to the journal beside the copies.
fn remember(target: &Path, erased: Vec<Erased>) -> Result<(), BackupError> {
    let path = journal(target);
    let mut all = remembered(target)?;
    let known = all.len();
    all.extend(erased);
    all.sort();
    all.dedup_by(|a, b| a.blob == b.blob);
    if all.len() == known && path.exists() {
        return Ok(());
    }
    let temporary = path.with_extension("json.partial");
    std::fs::write(&temporary, json(&all)?).map_err(file_fault(&temporary))?;
    std::fs::File::open(&temporary).and_then(|file| file.sync_all()).map_err(file_fault(&temporary))?;
    std::fs::rename(&temporary, &path).map_err(file_fault(&path))
}

/// The journal beside a copy; empty when there is none.
fn remembered(target: &Path) -> Result<Vec<Erased>, BackupError> {
    let path = journal(target);
    match std::fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).map_err(|error| BackupError::File(format!("{}: {error}", path.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(file_fault(&path)(error)),
    }
}

fn journal(target: &Path) -> PathBuf {
    target.with_file_name(ERASED)
}

fn path_of(blob: &str) -> String {
    format!("files/{}/{blob}", blob.get(..2).unwrap_or_default())
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, BackupError> {
    serde_json::to_vec(value).map_err(|error| BackupError::File(error.to_string()))
}

fn file_fault(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError + '_ {
    move |error| BackupError::File(format!("{}: {error}", path.display()))
}
