//! Storage as a whole: which files rows name, which nobody names any more, and whether files and audit are what they were.

pub mod store;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::config::Settings;
use crate::desk::audit::seal;
use crate::desk::licence::store as images;
use crate::desk::licence::vault::{self, VaultError};
use crate::platform::blob::{BlobError, Blobs};
use crate::platform::crypto::{Keys, Random};
use crate::platform::db::{Db, DbError, dialect};

/// Why storage could not be looked after.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Storage.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The storage of the settings: a folder, or a bucket.
///
/// # Errors
/// When the folder cannot be made or the settings of the bucket are none.
pub fn open(settings: &Settings, random: &Random) -> Result<Blobs, BlobError> {
    match settings.bucket() {
        Some(bucket) => Blobs::open_bucket(&bucket, &settings.storage.scratch, random.clone()),
        None => Blobs::open(&settings.storage_folder(), random.clone()),
    }
}

/// Removes files that no row names and that were not written to for `grace`: what a crash, a form that was given up or an
/// erasure left behind. `now` is the storage's time, which is the machine's. Returns how many.
///
/// # Errors
/// When storage or the database refuse; what was removed by then stays removed.
pub async fn sweep(db: &Db, blobs: &Blobs, grace: Duration, now: DateTime<Utc>) -> Result<u64, StorageError> {
    let mut removed = blobs.sweep_temporary(grace).await?;
    let before = now - TimeDelta::from_std(grace).unwrap_or(TimeDelta::days(1));
    let erased = store::erased(&mut db.read().await?).await?;
    for stored in blobs.list().await? {
        let is_erased = erased.contains(&stored.name);
        if stored.written_at > before && !is_erased {
            continue;
        }
        if store::is_named(&mut db.read().await?, &stored.name).await? {
            continue;
        }
        // Somebody may have stored the same bytes again while we looked.
        if is_erased || !blobs.is_fresh(&stored.name, grace).await? {
            blobs.remove(&stored.name).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What: `database`, `audit`, a line of it (`audit:7`), or the name of a file.
    pub what: String,
    /// Which rows name it.
    pub named_by: String,
    /// What is wrong with it, as a sentence.
    pub problem: String,
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Files that rows name.
    pub files: u64,
    /// Of these, sealed ones.
    pub sealed: u64,
    /// Files that nobody names.
    pub unnamed: u64,
    /// Lines of the audit in its chain.
    pub audit_sealed: u64,
    /// Lines of the audit that wait for their seal.
    pub audit_unsealed: u64,
    /// What is wrong.
    pub wrong: u64,
}

/// Checks the database's own structure, the chain over the audit, every file that a row names, and every file that lies in storage; `tell` hears of
/// each fault.
///
/// # Errors
/// When it cannot be looked at all.
pub async fn verify(db: &Db, blobs: &Blobs, keys: &Keys, mut tell: impl FnMut(Fault)) -> Result<Checked, StorageError> {
    let mut checked = Checked::default();
    let mut wrong = |checked: &mut Checked, what: &str, named_by: &str, problem: String| {
        checked.wrong += 1;
        tell(Fault { what: what.to_owned(), named_by: named_by.to_owned(), problem });
    };
    for problem in dialect::integrity(&mut db.read().await?).await? {
        wrong(&mut checked, "database", "", problem);
    }
    let mut broken = Vec::new();
    let chain =
        seal::check(&mut db.read().await?, keys, |what, problem| broken.push((what.to_owned(), problem))).await?;
    (checked.audit_sealed, checked.audit_unsealed) = (chain.sealed, chain.unsealed);
    for (what, problem) in broken {
        wrong(&mut checked, &what, "", problem);
    }
    let named = store::named(&mut db.read().await?).await?;
    for file in &named {
        checked.files += 1;
        let problem = if file.is_sealed {
            checked.sealed += 1;
            let key = images::wrapped_key(&mut db.read().await?, &file.name).await?;
            match key {
                None => Some("its key is missing".to_owned()),
                Some(key) => match vault::open(blobs, keys, &file.name, Some(key)).await {
                    Ok(Some(_)) => None,
                    Ok(None) => Some("it is not there".to_owned()),
                    Err(VaultError::Blob(error)) => problem(error)?,
                    Err(VaultError::Seal(error)) => Some(error.to_string()),
                },
            }
        } else {
            plain(blobs, &file.name).await?
        };
        if let Some(problem) = problem {
            wrong(&mut checked, &file.name, &file.named_by, problem);
        }
    }
    for stored in blobs.list().await? {
        if named.binary_search_by(|file| file.name.cmp(&stored.name)).is_err() {
            checked.unnamed += 1;
            // Gone meanwhile is fine: nobody named it.
            if let Some(problem) = plain(blobs, &stored.name).await?.filter(|problem| !problem.contains("not there")) {
                wrong(&mut checked, &stored.name, "nothing", problem);
            }
        }
    }
    Ok(checked)
}

async fn plain(blobs: &Blobs, name: &str) -> Result<Option<String>, StorageError> {
    match blobs.get(name).await {
        Ok(Some(_)) => Ok(None),
        Ok(None) => Ok(Some("it is not there".to_owned())),
        Err(error) => problem(error),
    }
}

/// A damaged file is a fault that is told; storage that does not answer ends the check.
fn problem(error: BlobError) -> Result<Option<String>, StorageError> {
    match error {
        BlobError::Damaged(_) => Ok(Some("its bytes are not those that were stored".to_owned())),
        BlobError::BadName => Ok(Some("it is not the name of a stored file".to_owned())),
        BlobError::Io(error) => Ok(Some(format!("it cannot be read: {error}"))),
        other => Err(other.into()),
    }
}
