//! `madoguchi backup DIR` and `madoguchi restore DIR`.

use std::path::PathBuf;

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::flows::backup::{self, BackupError};
use crate::platform::crypto::Random;

/// Arguments of `madoguchi backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The folder to write; it must not be there, or be empty
    dir: PathBuf,
}

/// Arguments of `madoguchi restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// A folder that `madoguchi backup` wrote
    dir: PathBuf,
    /// More journals of erasures (`erased.json`), so that what was erased after the backup stays erased
    #[arg(long, value_name = "FILE")]
    erased: Vec<PathBuf>,
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        Self::new(error.to_string())
    }
}

/// Writes a copy of the whole desk; other processes may go on meanwhile.
///
/// # Errors
/// When anything cannot be read or written; then there is no folder of that name.
pub async fn backup(args: BackupArgs, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    let copied = backup::backup(app.db.clone(), app.blobs.clone(), app.ctx.clone(), args.dir).await?;
    if !app.ctx.settings.secrets.master_key.is_empty() {
        eprintln!("the master key is not in the copy, because secrets.master_key gives it: keep it yourself");
    }
    app.db.close().await;
    line(&copied)
}

/// Makes an empty desk from a copy, after every file of it was checked.
///
/// # Errors
/// When the copy is damaged or the desk is not empty; nothing is changed then.
pub async fn restore(args: RestoreArgs, settings: Settings) -> Result<(), Failure> {
    let restored = backup::restore(&settings, &Random::from_os(), &args.dir, &args.erased).await?;
    if restored.held_mails > 0 {
        eprintln!("{} mail(s) wait on the page of the outbox: they may have left since", restored.held_mails);
    }
    if !restored.keys {
        eprintln!("the keys of the images are no longer in the copy: no image of it opens");
    }
    line(&restored)
}
