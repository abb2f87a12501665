//! Looking after storage: what lies there, what is removed, and what a crash left behind.

use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use super::{BlobError, Blobs, TEMPORARY, is_name};

/// A blob as it lies in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// When it was last written, by the clock of the storage.
    pub written_at: DateTime<Utc>,
}

impl Blobs {
    /// Every blob, in no order.
    ///
    /// # Errors
    /// When storage refuses.
    pub async fn list(&self) -> Result<Vec<Stored>, BlobError> {
        if let Some(bucket) = &self.bucket {
            let all = bucket.list().await?;
            return Ok(all.into_iter().map(|(name, written_at)| Stored { name, written_at }).collect());
        }
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || list_folder(&folder)).await.map_err(std::io::Error::other)?
    }

    /// Removes a blob for good; one that is not there is removed already.
    ///
    /// # Errors
    /// When storage refuses.
    pub async fn remove(&self, name: &str) -> Result<(), BlobError> {
        if let Some(bucket) = &self.bucket {
            return bucket.remove(name).await;
        }
        match tokio::fs::remove_file(self.path(name)?).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// Whether a blob was written within `grace` before now, by the storage's own clock: somebody may be about to name
    /// it. One that is not there counts as old.
    ///
    /// # Errors
    /// When storage refuses.
    pub async fn is_fresh(&self, name: &str, grace: Duration) -> Result<bool, BlobError> {
        if self.bucket.is_some() {
            // The listing that led here told the time; what is put again has another name or the same bytes.
            return Ok(false);
        }
        match tokio::fs::metadata(self.path(name)?).await {
            Ok(facts) => Ok(is_within(facts.modified()?, grace)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes what was being gathered when a process died: temporary files not written to for `grace`. Returns how many.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn sweep_temporary(&self, grace: Duration) -> Result<u64, BlobError> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || sweep_temporary(&folder, grace)).await.map_err(std::io::Error::other)?
    }
}

fn is_within(written: SystemTime, grace: Duration) -> bool {
    // A time in the future is fresh, too.
    written.elapsed().map_or(true, |age| age < grace)
}

fn list_folder(folder: &Path) -> Result<Vec<Stored>, BlobError> {
    let mut all = Vec::new();
    for sub in folders(folder)? {
        for entry in std::fs::read_dir(sub)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if is_name(&name) {
                all.push(Stored { written_at: entry.metadata()?.modified()?.into(), name });
            }
        }
    }
    Ok(all)
}

/// The folders blobs lie in: those with two characters.
fn folders(folder: &Path) -> Result<Vec<std::path::PathBuf>, BlobError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().len() == 2 && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn sweep_temporary(folder: &Path, grace: Duration) -> Result<u64, BlobError> {
    let mut places: Vec<_> = folders(folder)?.into_iter().map(|place| (place, TEMPORARY)).collect();
    places.push((folder.join("tmp"), ""));
    let mut removed = 0;
    for (place, begins) in places {
        let entries = match std::fs::read_dir(&place) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(begins));
            if is_ours && entry.file_type()?.is_file() && !is_within(entry.metadata()?.modified()?, grace) {
                std::fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::crypto::Random;

    #[tokio::test]
    async fn leftovers_of_a_crash_go_after_their_time_and_blobs_stay() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), Random::seeded(1)).unwrap();
        let name = blobs.put(b"kept".to_vec()).await.unwrap();
        let beside = folder.path().join(&name[..2]).join("tmp-abc");
        let gathered = blobs.temporary();
        for path in [&beside, &gathered] {
            std::fs::write(path, b"half").unwrap();
        }
        let hour = Duration::from_secs(3600);
        assert_eq!(blobs.sweep_temporary(hour).await.unwrap(), 0);
        for path in [&beside, &gathered] {
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(super::super::now() - 2 * hour)
                .unwrap();
        }
        assert_eq!(blobs.sweep_temporary(hour).await.unwrap(), 2);
        let all = blobs.list().await.unwrap();
        assert_eq!(all.iter().map(|stored| stored.name.as_str()).collect::<Vec<_>>(), [name.as_str()]);
        assert!(blobs.is_fresh(&name, hour).await.unwrap());
        blobs.remove(&name).await.unwrap();
        blobs.remove(&name).await.unwrap();
        assert_eq!(blobs.get(&name).await.unwrap(), None);
    }
}
