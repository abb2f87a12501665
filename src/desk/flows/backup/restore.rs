//! A desk made from a copy.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{About, BackupError, DATABASE, Erased, KEYS, Key, MASTER_KEY, file_fault, path_of, remembered, store};
use crate::config::Settings;
use crate::desk::licence::{store as images, vault};
use crate::platform::archive::Archive;
use crate::platform::blob::Blobs;
use crate::platform::crypto::Random;
use crate::platform::db::{Db, DbError, Tx};

/// What is there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// When the copy was made.
    pub made_at: chrono::DateTime<chrono::Utc>,
    /// Tickets.
    pub tickets: i64,
    /// Accounts.
    pub accounts: i64,
    /// Files.
    pub files: u64,
    /// Files of the copy that were erased since, and stay so.
    pub erased: u64,
    /// Mails that wait for people: they may have left since the copy was made.
    pub held_mails: u64,
    /// Whether the keys of the images were there; without them no image opens.
    pub keys: bool,
}

/// Makes the desk of these settings from a copy, after every file of it was checked. `more` are further journals of
/// erasures, such as that of the desk that was lost.
///
/// # Errors
/// When the copy is damaged, the desk is not empty or not embedded, or the disk refuses; a desk that was there is as it was.
pub async fn restore(
    settings: &Settings,
    random: &Random,
    folder: &Path,
    more: &[PathBuf],
) -> Result<Restored, BackupError> {
    let archive = Archive::<About>::open(folder)?;
    let target = embedded(settings)?;
    must_be_empty(settings, &target).await?;
    let mut erased = remembered(folder)?;
    for path in more {
        let text = std::fs::read(path).map_err(file_fault(path))?;
        let read: Result<Vec<Erased>, _> = serde_json::from_slice(&text);
        erased.extend(read.map_err(|error| BackupError::File(format!("{}: {error}", path.display())))?);
    }
    let keys = keys_of(&archive)?;
    put_master_key(settings, &archive)?;
    if let Some(parent) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(file_fault(parent))?;
    }
    let unfinished = target.with_extension("restoring");
    clear(&unfinished)?;
    let packed = target.with_extension("restored");
    clear(&packed)?;
    let from = archive.path(DATABASE).ok_or_else(|| BackupError::File(format!("{DATABASE} is missing")))?;
    std::fs::copy(&from, &unfinished).map_err(file_fault(&unfinished))?;
    // Opening brings the schema of an older version up to date.
    let db = Db::open(&format!("sqlite://{}", unfinished.display()), 2).await?;
    let (has_keys, names) = (keys.is_some(), erased.clone());
    let write = async move |tx: &mut Tx| settle(tx, keys.unwrap_or_default(), erased).await;
    let held_mails = db.write(write).await?;
    let mut tx = db.read().await?;
    let all_erased = store::erased(&mut tx).await?;
    let (tickets, accounts) = store::counts(&mut tx).await?;
    drop(tx);
    let is_erased = |name: &str| all_erased.iter().chain(&names).any(|one| one.blob == name);
    let (mut files, mut gone) = (0, 0);
    let blobs = blobs_of(settings, random)?;
    for item in &archive.files {
        let Some(name) = item.path.strip_prefix("files/").and_then(|rest| rest.get(3..)) else { continue };
        if is_erased(name) {
            gone += 1;
            continue;
        }
        let path = archive.path(&path_of(name)).ok_or_else(|| BackupError::File(format!("{name} is missing")))?;
        let bytes = std::fs::read(&path).map_err(file_fault(&path))?;
        blobs.put(bytes).await?;
        files += 1;
    }
    db.pack_into(&packed).await?;
    db.close().await;
    std::fs::File::open(&packed).and_then(|file| file.sync_all()).map_err(file_fault(&packed))?;
    clear(&target)?;
    std::fs::rename(&packed, &target).map_err(file_fault(&target))?;
    clear(&unfinished)?;
    if let Some(parent) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::File::open(parent).and_then(|folder| folder.sync_all()).map_err(file_fault(parent))?;
    }
    // A search index of another desk says nothing about this one.
    let _ = std::fs::remove_dir_all(&settings.index.path);
    Ok(Restored { made_at: archive.about.made_at, tickets, accounts, files, erased: gone, held_mails, keys: has_keys })
}

/// The file of an embedded database.
fn embedded(settings: &Settings) -> Result<PathBuf, BackupError> {
    settings.database.url.strip_prefix("sqlite://").map(PathBuf::from).ok_or_else(|| {
        BackupError::Refused(
            "a backup is restored into an SQLite desk; on PostgreSQL restore the database with pg_restore and copy the \
             folder files/ of the backup into storage.url"
                .into(),
        )
    })
}

async fn must_be_empty(settings: &Settings, target: &Path) -> Result<(), BackupError> {
    if !target.exists() {
        return Ok(());
    }
    let db = Db::open(&settings.database.url, 1).await?;
    let is_empty = store::is_empty(&mut db.read().await?).await?;
    db.close().await;
    match is_empty {
        true => Ok(()),
        false => Err(BackupError::Refused(format!(
            "{} holds a desk with tickets, accounts or mail; a backup is restored into an empty one only",
            target.display()
        ))),
    }
}

/// Puts keys in, has erasures done again, and stops what would act as if no time had gone by.
async fn settle(tx: &mut Tx, keys: Vec<Key>, erased: Vec<Erased>) -> Result<u64, DbError> {
    for key in keys {
        let wrapped = hex::decode(&key.wrapped).map_err(|error| DbError::Unusable(format!("{KEYS}: {error}")))?;
        store::insert_key(tx, &key.blob, wrapped, key.created_at).await?;
    }
    let known = store::erased(tx).await?;
    for one in known.into_iter().chain(erased) {
        for id in store::images_of(tx, &one.blob).await? {
            if let Some(image) = images::find(tx, &id).await? {
                images::erase(tx, &image, &one.why, one.at).await?;
            }
        }
        vault::forget(tx, &one.blob, &one.why, one.at).await?;
    }
    store::end_sessions(tx).await?;
    store::hold_mails(tx).await
}

fn keys_of(archive: &Archive<About>) -> Result<Option<Vec<Key>>, BackupError> {
    let Some(path) = archive.path(KEYS) else { return Ok(None) };
    let text = std::fs::read(&path).map_err(file_fault(&path))?;
    serde_json::from_slice(&text).map(Some).map_err(|error| BackupError::File(format!("{}: {error}", path.display())))
}

/// The master key of the copy becomes that of the desk. One that lies there already is put aside, never written over.
fn put_master_key(settings: &Settings, archive: &Archive<About>) -> Result<(), BackupError> {
    let Some(from) = archive.path(MASTER_KEY).filter(|_| settings.secrets.master_key.is_empty()) else { return Ok(()) };
    let (to, key) = (settings.master_key_file(), std::fs::read(&from).map_err(file_fault(&from))?);
    match std::fs::read(&to) {
        Ok(there) if there == key => return Ok(()),
        Ok(_) => {
            let aside = to.with_extension("key.before-restore");
            if aside.exists() {
                return Err(BackupError::Refused(format!("{} is there already; move it away first", aside.display())));
            }
            std::fs::rename(&to, &aside).map_err(file_fault(&aside))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(file_fault(&to)(error)),
    }
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(file_fault(folder))?;
    }
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
    let mut file = options.open(&to).map_err(file_fault(&to))?;
    std::io::Write::write_all(&mut file, &key).and_then(|()| file.sync_all()).map_err(file_fault(&to))
}

/// The storage of the settings.
fn blobs_of(settings: &Settings, random: &Random) -> Result<Blobs, BackupError> {
    Ok(super::storage::open(settings, random)?)
}

/// Removes a database file and what SQLite keeps beside it.
fn clear(path: &Path) -> Result<(), BackupError> {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(file_fault(Path::new(&name))(error));
            }
            _ => {}
        }
    }
    Ok(())
}
