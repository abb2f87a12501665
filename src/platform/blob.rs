//! Bytes on disk: named by their own SHA-256, written and fsynced before any row names them (design rule 4, REL-025).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::crypto::{Random, sha256_hex};

/// A folder of blobs, `ab/abcd…`: 256 folders, which soon exist, so that a blob costs two fsyncs and not four. No name
/// from outside ever becomes part of a path (SEC-041).
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: PathBuf,
    random: Random,
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
    /// Not the name of a blob.
    #[error("not the name of a stored file")]
    BadName,
}

/// How the names of bytes begin that are not yet a blob; what is left of a crash under such a name is of no use.
const TEMPORARY: &str = "tmp-";

/// Bytes that are durable and not yet a blob. Dropped unsettled, they are removed.
#[derive(Debug)]
pub struct Staged {
    name: String,
    /// Where they lie; `None` when the blob was there before.
    temporary: Option<PathBuf>,
}

impl Staged {
    /// Their SHA-256: the name they will have.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

impl Blobs {
    /// Opens (and makes) the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path, random: Random) -> Result<Self, BlobError> {
        std::fs::create_dir_all(folder.join("tmp"))?;
        Ok(Self { folder: folder.to_owned(), random })
    }

    /// Stores the bytes durably and returns their SHA-256, the blob's name. Storing the same bytes twice is storing
    /// them once. Blocking: call it from `spawn_blocking`, or use [`Blobs::put`].
    ///
    /// # Errors
    /// When the disk refuses; nothing half-written stays under a blob's name.
    pub fn put_blocking(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let staged = self.stage_blocking(bytes)?;
        let name = staged.name.clone();
        self.settle_blocking(vec![staged])?;
        Ok(name)
    }

    /// The first half of storing: the bytes are written and fsynced, under a name of no meaning. Many can be staged side
    /// by side, whose fsyncs the disk then gathers, and settled together.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn stage_blocking(&self, bytes: &[u8]) -> Result<Staged, BlobError> {
        let name = sha256_hex(bytes);
        let path = self.path(&name)?;
        if path.exists() {
            return Ok(Staged { name, temporary: None });
        }
        // Beside its place: a move within one folder waits for no other move on the disk.
        let temporary = path.with_file_name(format!("{TEMPORARY}{}", self.random.token()));
        let mut file = match std::fs::File::create_new(&temporary) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
                // A new folder is an entry of its parent.
                sync_folder(&self.folder)?;
                std::fs::File::create_new(&temporary)?
            }
            created => created?,
        };
        let staged = Staged { name, temporary: Some(temporary) };
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(staged)
    }

    /// The second half: the staged bytes get their names, durably, with one fsync for each folder among them.
    ///
    /// # Errors
    /// When the disk refuses; some may be stored then, and none half.
    pub fn settle_blocking(&self, staged: Vec<Staged>) -> Result<(), BlobError> {
        let mut folders = std::collections::BTreeSet::new();
        for mut staged in staged {
            let path = self.path(&staged.name)?;
            if let Some(temporary) = &staged.temporary {
                std::fs::rename(temporary, &path)?;
                staged.temporary = None;
            }
            // Also of one that was there already: whoever stored it may not have come to this yet.
            folders.extend(path.parent().map(Path::to_owned));
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
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
        self.move_in(temporary, &name)?;
        Ok((name, size))
    }

    /// Gives a finished temporary file its name, durably.
    fn move_in(&self, temporary: &Path, name: &str) -> Result<(), BlobError> {
        let path = self.path(name)?;
        let folder = path.parent().unwrap_or(&self.folder);
        let fresh = !folder.exists();
        std::fs::create_dir_all(folder)?;
        std::fs::rename(temporary, &path)?;
        sync_folder(folder)?;
        if fresh {
            // A new folder is an entry of its parent.
            sync_folder(&self.folder)?;
        }
        Ok(())
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
        let path = self.path(name)?;
        let bytes = match tokio::fs::read(&path).await {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        if sha256_hex(&bytes) == name { Ok(Some(bytes)) } else { Err(BlobError::Damaged(name.to_owned())) }
    }

    fn path(&self, name: &str) -> Result<PathBuf, BlobError> {
        let is_hash = name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !is_hash {
            return Err(BlobError::BadName);
        }
        Ok(self.folder.join(&name[..2]).join(name))
    }
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
    fn blobs_that_are_settled_together_are_all_there_and_what_is_not_settled_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        let stage = |n: u32| blobs.stage_blocking(format!("mail {n}").as_bytes()).unwrap();
        let mut staged: Vec<Staged> = (0..50).chain(0..10).map(stage).collect();
        let names: Vec<String> = staged.iter().map(|s| s.name().to_owned()).collect();
        assert!(names.iter().all(|name| !blobs.path(name).unwrap().exists()));
        let dropped = staged.remove(20);
        drop(dropped);
        blobs.settle_blocking(staged).unwrap();
        let there: Vec<bool> = names.iter().map(|name| blobs.path(name).unwrap().exists()).collect();
        assert!(there.iter().enumerate().all(|(n, there)| *there == (n != 20)));
        let files =
            std::fs::read_dir(folder.path()).unwrap().flat_map(|e| std::fs::read_dir(e.unwrap().path()).unwrap());
        assert_eq!(files.count(), 49);
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
