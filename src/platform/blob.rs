//! Bytes on disk: named by their own SHA-256, written and fsynced before any row names them (design rule 4, REL-025).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::crypto::{Random, sha256_hex};

mod bucket;
mod upkeep;

use bucket::Bucket;
pub use bucket::BucketSettings;
pub use upkeep::Stored;

/// A folder of blobs, `ab/abcd…`: 256 folders, which soon exist, so that a blob costs two fsyncs and not four. No name
/// from outside ever becomes part of a path (SEC-041).
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: PathBuf,
    random: Random,
    /// Where the blobs lie instead, when `storage.url` is s3://…; the folder then only gathers bytes.
    bucket: Option<Bucket>,
    /// Which of the 256 folders this process knows to be durable entries of their parent.
    made: Arc<[AtomicBool; 256]>,
}

/// A blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The disk refused.
    #[error("storage: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes are not those that were stored.
    #[error("the stored file {0} is damaged: its hash differs")]
    Damaged(String),
    /// The object storage refused or is away.
    #[error("object storage: {0}")]
    Bucket(String),
    /// Not the name of a blob.
    #[error("not the name of a stored file")]
    BadName,
}

/// How the names of bytes begin that are not yet a blob; what is left of a crash under such a name is of no use.
const TEMPORARY: &str = "tmp-";

impl Blobs {
    /// Opens (and makes) the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path, random: Random) -> Result<Self, BlobError> {
        std::fs::create_dir_all(folder.join("tmp"))?;
        let made = Arc::new([const { AtomicBool::new(false) }; 256]);
        Ok(Self { folder: folder.to_owned(), random, bucket: None, made })
    }

    /// As [`Blobs::open`], for blobs in a bucket; `folder` is where bytes are gathered before they are stored.
    ///
    /// # Errors
    /// When the folder cannot be made or the settings are none.
    pub fn open_bucket(settings: &BucketSettings, folder: &Path, random: Random) -> Result<Self, BlobError> {
        let bucket = Some(Bucket::open(settings)?);
        Ok(Self { bucket, ..Self::open(folder, random)? })
    }

    /// Stores the bytes durably and returns their SHA-256, the blob's name. Storing the same bytes twice is storing
    /// them once. Blocking: call it from `spawn_blocking`, or use [`Blobs::put`].
    ///
    /// # Errors
    /// When the disk refuses; nothing half-written stays under a blob's name.
    pub fn put_blocking(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let name = sha256_hex(bytes);
        if let Some(bucket) = &self.bucket {
            tokio::runtime::Handle::current().block_on(bucket.put(&name, bytes.to_vec()))?;
            return Ok(name);
        }
        let path = self.path(&name)?;
        let folder = self.folder_of(&name)?;
        if path.exists() {
            // Written again as far as the sweep of what nobody names is concerned.
            let _ = std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(now()));
            // Whoever stored it may not have come to this yet.
            sync_folder(&folder)?;
            return Ok(name);
        }
        // Beside its place: a move within one folder waits for no other move on the disk.
        let temporary = path.with_file_name(format!("{TEMPORARY}{}", self.random.token()));
        let written = (|| {
            let mut file = std::fs::File::create_new(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&temporary, &path)?;
            sync_folder(&folder)
        })();
        if let Err(error) = written {
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        Ok(name)
    }

    /// As [`Blobs::put_blocking`], from a reader, for bytes that need not fit into memory. Returns name and size.
    ///
    /// # Errors
    /// As [`Blobs::put_blocking`], and when the reader fails.
    pub fn put_reader_blocking(&self, reader: &mut dyn Read) -> Result<(String, u64), BlobError> {
        let temporary = self.temporary();
        let stored = self.receive(reader, &temporary);
        if stored.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        stored
    }

    fn receive(&self, reader: &mut dyn Read, temporary: &Path) -> Result<(String, u64), BlobError> {
        let mut file = std::fs::File::create_new(temporary)?;
        let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            let n = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e.into()),
            };
            let part = buffer.get(..n).unwrap_or_default();
            hash.update(part);
            file.write_all(part)?;
            size += n as u64;
        }
        file.sync_all()?;
        let name = hex::encode(hash.finalize());
        if let Some(bucket) = &self.bucket {
            bucket.put_file_blocking(&name, temporary)?;
            std::fs::remove_file(temporary)?;
            return Ok((name, size));
        }
        self.move_in(temporary, &name)?;
        Ok((name, size))
    }

    /// Gives a finished temporary file its name, durably.
    fn move_in(&self, temporary: &Path, name: &str) -> Result<(), BlobError> {
        let path = self.path(name)?;
        let folder = self.folder_of(name)?;
        std::fs::rename(temporary, &path)?;
        sync_folder(&folder)
    }

    /// A free path beside the blobs, for bytes that are gathered before they are stored. Whoever writes there removes it.
    pub fn temporary(&self) -> PathBuf {
        self.folder.join("tmp").join(self.random.token())
    }

    /// As [`Blobs::put_blocking`], off the async threads.
    ///
    /// # Errors
    /// As [`Blobs::put_blocking`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<String, BlobError> {
        let blobs = self.clone();
        tokio::task::spawn_blocking(move || blobs.put_blocking(&bytes)).await.map_err(std::io::Error::other)?
    }

    /// The bytes of a blob, checked against their name; `None` when there is none.
    ///
    /// # Errors
    /// When the disk refuses or the bytes are damaged (REL-009).
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BlobError> {
        let bytes = match &self.bucket {
            Some(bucket) => bucket.get(name).await?,
            None => match tokio::fs::read(self.path(name)?).await {
                Ok(bytes) => Some(bytes),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
                Err(e) => return Err(e.into()),
            },
        };
        let Some(bytes) = bytes else { return Ok(None) };
        if sha256_hex(&bytes) == name { Ok(Some(bytes)) } else { Err(BlobError::Damaged(name.to_owned())) }
    }

    /// The folder of a blob, made and a durable entry of its parent. Another process, or another thread of this one, may
    /// have made it and not yet synced the parent; so each process syncs it once itself before it relies on it.
    fn folder_of(&self, name: &str) -> Result<PathBuf, BlobError> {
        let first = name.get(..2).ok_or(BlobError::BadName)?;
        let number = u8::from_str_radix(first, 16).map_err(|_| BlobError::BadName)?;
        let folder = self.folder.join(first);
        let made = self.made.get(usize::from(number)).ok_or(BlobError::BadName)?;
        if !made.load(Ordering::Acquire) {
            std::fs::create_dir_all(&folder)?;
            sync_folder(&self.folder)?;
            made.store(true, Ordering::Release);
        }
        Ok(folder)
    }

    fn path(&self, name: &str) -> Result<PathBuf, BlobError> {
        if !is_name(name) {
            return Err(BlobError::BadName);
        }
        Ok(self.folder.join(&name[..2]).join(name))
    }
}

/// The time files are stamped with, which is the machine's and not the desk's.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with the times the file system wrote, never with business time"
)]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// Whether a blob may have this name: a SHA-256 in lower-case hexadecimal.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_blob_comes_back_as_it_was_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        let name = blobs.put(b"raw mail".to_vec()).await.unwrap();
        assert_eq!(blobs.put(b"raw mail".to_vec()).await.unwrap(), name);
        assert_eq!(blobs.get(&name).await.unwrap().unwrap(), b"raw mail");
        std::fs::write(folder.path().join(&name[..2]).join(&name), b"raw mall").unwrap();
        assert!(matches!(blobs.get(&name).await, Err(BlobError::Damaged(_))));
    }

    #[test]
    fn many_at_once_are_all_there_and_leave_nothing_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let blobs = &blobs;
                scope.spawn(move || {
                    (0..20).for_each(|n| drop(blobs.put_blocking(format!("{}", n + thread).as_bytes()).unwrap()))
                });
            }
        });
        let folders = std::fs::read_dir(folder.path()).unwrap();
        let names: Vec<String> = folders
            .flat_map(|f| std::fs::read_dir(f.unwrap().path()).unwrap())
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names.len(), 27);
        assert!(names.iter().all(|name| name.len() == 64), "{names:?}");
    }

    #[test]
    fn bytes_from_a_reader_lie_under_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        let bytes = vec![7; 200_000];
        let (name, size) = blobs.put_reader_blocking(&mut bytes.as_slice()).unwrap();
        assert_eq!((name, size), (blobs.put_blocking(&bytes).unwrap(), 200_000));
        assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn no_name_from_outside_becomes_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        for name in ["../../etc/passwd", "", "AB", &"A".repeat(64), &format!("../{}", "a".repeat(61))] {
            assert!(matches!(blobs.get(name).await, Err(BlobError::BadName)), "{name}");
        }
    }
}
