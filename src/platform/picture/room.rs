//! How many pictures are looked into at once: as many as memory allows, off the threads that answer requests.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Header, Picture, Refusal, look, render};

/// Memory for looking into pictures, in MiB, shared by all at a time.
const ROOM: u32 = 176;
/// What a picture takes beside its pixels: the file and the copies that are drawn.
const BESIDE: u32 = 34;
/// The least a picture counts for, so that there are never more than a few at a time.
const LEAST: u32 = 58;
/// Pictures that may wait; more are asked to come again.
const MOST_WAITING: usize = 200;

/// The decoding room of a process. Cheap to clone; clones are the same room.
#[derive(Clone, Debug)]
pub struct Room {
    space: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The file.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many are waiting.
    #[error("too many pictures are being looked at; try again in a minute")]
    Full,
    /// The file could not be read back.
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
}

impl Default for Room {
    fn default() -> Self {
        Self { space: Arc::new(Semaphore::new(ROOM as usize)), waiting: Arc::new(Semaphore::new(MOST_WAITING)) }
    }
}

impl Room {
    /// Looks into a file: nothing of it is in memory before there is room. A decoder that panics has met a broken
    /// picture.
    ///
    /// # Errors
    /// Why there is no picture.
    pub async fn render(&self, file: PathBuf) -> Result<Picture, RoomError> {
        let _place = self.waiting.try_acquire().map_err(|_| RoomError::Full)?;
        let header = self.head(file.clone()).await?;
        let cost = u32::try_from(header.cost >> 20).unwrap_or(ROOM).saturating_add(BESIDE).clamp(LEAST, ROOM);
        let space = self.space.clone().acquire_many_owned(cost).await.map_err(|_| RoomError::Full)?;
        let rendered = tokio::task::spawn_blocking(move || {
            let picture = render(std::fs::read(&file)?, &header)?;
            drop(space);
            Ok::<_, RoomError>(picture)
        });
        rendered.await.map_err(|_| Refusal::Broken)?
    }

    /// The header of a file, which is in memory no longer when this returns.
    async fn head(&self, file: PathBuf) -> Result<Header, RoomError> {
        let space = self.space.clone().acquire_many_owned(LEAST).await.map_err(|_| RoomError::Full)?;
        let read = tokio::task::spawn_blocking(move || {
            let header = look(&std::fs::read(&file)?)?;
            drop(space);
            Ok::<_, RoomError>(header)
        });
        read.await.map_err(|_| Refusal::Broken)?
    }
}
