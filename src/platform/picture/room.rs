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
        let run = move || {
            step_back();
            tasks.into_iter().for_each(|task| task());
        };
        // Without its thread the room is full for ever, and says so.
        let _ = std::thread::Builder::new().name("pictures".to_owned()).spawn(run);
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

/// How far the room stands back (as `nice` counts): a picture can wait, whoever opens a page should not.
#[cfg(target_os = "linux")]
const NICE: i32 = 15;

/// Lowers the priority of this thread, and of no other: Linux counts it by the thread. A system that refuses that decodes
/// all the same.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "pictures are decoded at the usual priority");
    }
}

fn draw(file: &Path) -> Result<Picture, RoomError> {
    let bytes = std::fs::read(file)?;
    let header = look(&bytes)?;
    Ok(render(bytes, &header)?)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What Linux says of this process's threads of a name: how far each stands back.
    fn nice_of(name: &str) -> Vec<i32> {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten().map(|entry| entry.path());
        let named =
            tasks.filter(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|found| found.trim_end() == name));
        // The 19th word of `stat`, counted from the end of the name in brackets.
        let nice = |task: PathBuf| {
            let stat = std::fs::read_to_string(task.join("stat")).ok()?;
            stat.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse().ok()
        };
        named.filter_map(nice).collect()
    }

    #[tokio::test]
    async fn pictures_are_decoded_at_low_priority_and_nothing_else_is() {
        let room = Room::default();
        let missing = room.render(PathBuf::from("/nowhere/at/all")).await.unwrap_err();
        assert!(matches!(missing, RoomError::Io(_)), "the thread has begun its work");
        assert!(nice_of("pictures").contains(&NICE), "{:?}", nice_of("pictures"));
        let own = std::thread::current().name().unwrap_or_default().chars().take(15).collect::<String>();
        assert!(nice_of(&own).iter().all(|nice| *nice < NICE), "{own}: {:?}", nice_of(&own));
    }
}
