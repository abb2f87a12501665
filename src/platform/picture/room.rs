//! Where pictures are looked into: one after the other, on a thread of their own. One picture at a time bounds the memory,
//! and one thread keeps what the allocator holds back for the next one from piling up in many threads (measured: on the
//! blocking pool twenty uploads of 9.9 MB took 300 MB, half of it held back).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use tokio::sync::{Semaphore, oneshot};

use super::{Picture, Refusal, look, render};

/// Pictures that may wait; more are asked to come again.
const MOST_WAITING: usize = 200;

type Task = Box<dyn FnOnce() + Send>;

/// The decoding room of a process. Cheap to clone; clones are the same room, which closes with the last of them.
#[derive(Clone, Debug)]
pub struct Room {
    work: mpsc::Sender<Task>,
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
        let (work, tasks) = mpsc::channel::<Task>();
        // Without its thread the room is full for ever, and says so.
        let _ =
            std::thread::Builder::new().name("pictures".to_owned()).spawn(move || tasks.into_iter().for_each(|t| t()));
        Self { work, waiting: Arc::new(Semaphore::new(MOST_WAITING)) }
    }
}

impl Room {
    /// Looks into a file: nothing of it is in memory before its turn. A decoder that panics has met a broken picture.
    ///
    /// # Errors
    /// Why there is no picture.
    pub async fn render(&self, file: PathBuf) -> Result<Picture, RoomError> {
        let _place = self.waiting.try_acquire().map_err(|_| RoomError::Full)?;
        let (tell, told) = oneshot::channel();
        let task = move || {
            // Whoever waited may have gone away meanwhile.
            if !tell.is_closed() {
                let picture = catch_unwind(AssertUnwindSafe(|| draw(&file)));
                let _ = tell.send(picture.unwrap_or(Err(RoomError::Refused(Refusal::Broken))));
            }
        };
        self.work.send(Box::new(task)).map_err(|_| RoomError::Full)?;
        told.await.map_err(|_| RoomError::Full)?
    }
}

fn draw(file: &Path) -> Result<Picture, RoomError> {
    let bytes = std::fs::read(file)?;
    let header = look(&bytes)?;
    Ok(render(bytes, &header)?)
}
