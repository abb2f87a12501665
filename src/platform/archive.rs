//! A folder of files with a manifest of their SHA-256 hashes, for backups: written under a temporary name, fsynced file by
//! file, and renamed when it is whole, so that a folder of the right name is a whole one (REL-028).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest within the folder.
const MANIFEST: &str = "manifest.json";

/// What the manifest says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where it lies within the folder.
    pub path: String,
    /// Of its bytes.
    pub sha256: String,
    /// How many.
    pub bytes: u64,
    /// Whether it may have been taken away since, which is no damage.
    #[serde(default)]
    pub may_be_missing: bool,
}

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest<T> {
    about: T,
    files: Vec<Item>,
}

/// A folder could not be written or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The disk refused.
    #[error("{path}: {why}")]
    Io {
        /// Where.
        path: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// There is something already.
    #[error("{0} is there already; a backup is never written over")]
    Exists(String),
    /// Not a folder that was written here.
    #[error("{0} is no backup: it has no manifest that can be read ({1})")]
    NoManifest(String, String),
    /// Files that are not what they were.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> ArchiveError + '_ {
    move |why| ArchiveError::Io { path: path.display().to_string(), why }
}

/// A folder that is being written. Dropped before [`Writing::finish`], nothing of it stays.
#[derive(Debug)]
pub struct Writing {
    target: PathBuf,
    partial: PathBuf,
    files: Vec<Item>,
}

impl Writing {
    /// Begins a folder that will be called `target`; `mark` tells its temporary name from others.
    ///
    /// # Errors
    /// When there is something already, or the disk refuses.
    pub fn begin(target: &Path, mark: &str) -> Result<Self, ArchiveError> {
        let is_empty_folder = || std::fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        if target.exists() && !is_empty_folder() {
            return Err(ArchiveError::Exists(target.display().to_string()));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let partial = target.with_file_name(format!(".{name}.partial-{mark}"));
        // Nobody else reads a copy of everything.
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(&partial).map_err(at(&partial))?;
        Ok(Self { target: target.to_owned(), partial, files: Vec::new() })
    }

    /// A path within the folder for something that is written by others and then [`Writing::add`]ed.
    pub fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(at(folder))?;
        }
        std::fs::write(&path, bytes).map_err(at(&path))?;
        self.add(name)
    }

    /// Takes a file that lies in the folder into the manifest: made durable, hashed as it lies there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, name: &str) -> Result<(), ArchiveError> {
        let path = self.path(name);
        let file = std::fs::File::open(&path).map_err(at(&path))?;
        file.sync_all().map_err(at(&path))?;
        let (sha256, bytes) = hash(&path)?;
        self.files.push(Item { path: name.to_owned(), sha256, bytes, may_be_missing: false });
        Ok(())
    }

    /// Says of a file that it may be taken away later.
    pub fn may_be_missing(&mut self, name: &str) {
        for file in self.files.iter_mut().filter(|file| file.path == name) {
            file.may_be_missing = true;
        }
    }

    /// Writes the manifest and gives the folder its name. Returns how many files and bytes it holds.
    ///
    /// # Errors
    /// When the disk refuses; then there is no folder of that name.
    pub fn finish(mut self, about: &impl Serialize) -> Result<(u64, u64), ArchiveError> {
        let files = std::mem::take(&mut self.files);
        let sum = (files.len() as u64, files.iter().map(|file| file.bytes).sum());
        let path = self.path(MANIFEST);
        let text = serde_json::to_vec_pretty(&Manifest { about, files });
        let text = text.map_err(|error| ArchiveError::Damaged(error.to_string()))?;
        let mut file = std::fs::File::create(&path).map_err(at(&path))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(at(&path))?;
        sync_folders(&self.partial)?;
        if self.target.exists() {
            // An empty folder, as was seen at the beginning; one that is not empty by now stays.
            std::fs::remove_dir(&self.target).map_err(at(&self.target))?;
        }
        std::fs::rename(&self.partial, &self.target).map_err(at(&self.target))?;
        if let Some(parent) = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        Ok(sum)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // After the end there is nothing of this name any more.
        let _ = std::fs::remove_dir_all(&self.partial);
    }
}

/// A folder that was written here, whole.
#[derive(Debug)]
pub struct Archive<T> {
    folder: PathBuf,
    /// What it says of itself.
    pub about: T,
    /// Its files.
    pub files: Vec<Item>,
}

impl<T: for<'de> Deserialize<'de>> Archive<T> {
    /// Opens a folder and checks every file against its hash.
    ///
    /// # Errors
    /// When it is none, or a file is missing or not what it was; each is named.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        let path = folder.join(MANIFEST);
        let none = |why: String| ArchiveError::NoManifest(folder.display().to_string(), why);
        let text = std::fs::read(&path).map_err(|error| none(error.to_string()))?;
        let manifest: Manifest<T> = serde_json::from_slice(&text).map_err(|error| none(error.to_string()))?;
        let mut wrong = Vec::new();
        for item in &manifest.files {
            let path = folder.join(&item.path);
            let is_within =
                Path::new(&item.path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !is_within {
                wrong.push(format!("{} points out of the folder", item.path));
            } else if !path.exists() {
                if !item.may_be_missing {
                    wrong.push(format!("{} is missing", item.path));
                }
            } else if hash(&path)? != (item.sha256.clone(), item.bytes) {
                wrong.push(format!("{} is not what was written", item.path));
            }
        }
        match wrong.is_empty() {
            true => Ok(Self { folder: folder.to_owned(), about: manifest.about, files: manifest.files }),
            false => Err(ArchiveError::Damaged(wrong.join("; "))),
        }
    }

    /// Where a file of it lies; `None` when it is not there.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.join(name);
        (self.files.iter().any(|item| item.path == name) && path.exists()).then_some(path)
    }
}

fn hash(path: &Path) -> Result<(String, u64), ArchiveError> {
    let mut file = std::fs::File::open(path).map_err(at(path))?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let n = file.read(&mut buffer).map_err(at(path))?;
        if n == 0 {
            return Ok((hex::encode(hash.finalize()), size));
        }
        hash.update(buffer.get(..n).unwrap_or_default());
        size += n as u64;
    }
}

fn sync(folder: &Path) -> Result<(), ArchiveError> {
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// The entries of the folders within are durable too.
fn sync_folders(folder: &Path) -> Result<(), ArchiveError> {
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_whole_or_not_there_and_each_changed_file_is_named() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("one");
        let mut writing = Writing::begin(&target, "a").unwrap();
        writing.put("files/ab", b"bytes").unwrap();
        writing.put("key", b"k").unwrap();
        assert!(!target.exists(), "not before it is whole");
        drop(writing);
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 0, "given up leaves nothing");

        let mut writing = Writing::begin(&target, "a").unwrap();
        writing.put("files/ab", b"bytes").unwrap();
        std::fs::write(writing.path("key"), b"k").unwrap();
        writing.add("key").unwrap();
        writing.may_be_missing("key");
        assert_eq!(writing.finish(&"about").unwrap(), (2, 6));
        assert!(matches!(Writing::begin(&target, "b"), Err(ArchiveError::Exists(_))));
        let archive = Archive::<String>::open(&target).unwrap();
        assert_eq!((archive.about.as_str(), archive.path("key").is_some(), archive.path("no")), ("about", true, None));

        std::fs::remove_file(target.join("key")).unwrap();
        assert!(Archive::<String>::open(&target).is_ok(), "what may be missing");
        std::fs::write(target.join("files/ab"), b"bytez").unwrap();
        let damaged = Archive::<String>::open(&target).unwrap_err().to_string();
        assert!(damaged.contains("files/ab is not what was written"), "{damaged}");
        std::fs::remove_file(target.join("files/ab")).unwrap();
        assert!(Archive::<String>::open(&target).unwrap_err().to_string().contains("files/ab is missing"));
        assert!(matches!(Archive::<String>::open(base.path()), Err(ArchiveError::NoManifest(..))));
    }
}
