//! `dir:PATH`: a file a mail. For a desk without a mail server, for tests and for other programs that send.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Letter;
use crate::platform::crypto::sha256_hex;
use crate::platform::outbox::{Claimed, Outcome};

/// The folder of outgoing mails.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &str) -> Self {
        Self { path: PathBuf::from(path) }
    }

    /// Writes the letter durably under a name of its own: the row's number, so that the folder reads in order, and the
    /// hash of the Message-ID. A repeat overwrites its first attempt.
    pub(super) async fn send(&self, mail: &Claimed, letter: Letter) -> Outcome {
        let folder = self.path.clone();
        let name = format!("{:08}-{}", mail.id.0, &sha256_hex(mail.mail_id.as_bytes())[..10]);
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &letter.bytes)).await;
        match written.map_err(std::io::Error::other).flatten() {
            Ok(()) => Outcome::Sent,
            Err(e) => Outcome::Passing(format!("the folder {} refused: {e}", self.path.display())),
        }
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // The dot hides the unfinished file from whoever takes *.eml; two senders of one mail never share it.
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = std::fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, folder.join(format!("{name}.eml")))?;
    std::fs::File::open(folder)?.sync_all()
}
