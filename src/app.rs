//! The application: wires the parts, runs them, stops them.

use std::sync::Arc;

use crate::config::Settings;
use crate::desk::Context;
use crate::platform::blob::Blobs;
use crate::platform::crypto::{Keys, Random};
use crate::platform::db::{Db, DbError};

/// The parts every door uses. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Clock, randomness, keys, settings.
    pub ctx: Context,
    /// Attachments and raw mails.
    pub blobs: Blobs,
    /// Rung when something was written that a service waits for (outbox, matching, index).
    pub wake: Arc<tokio::sync::Notify>,
}

/// The desk could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The storage folder.
    #[error("the storage folder cannot be used: {0}")]
    Blob(#[from] crate::platform::blob::BlobError),
    /// The master key.
    #[error("the master key {path} cannot be used: {why}")]
    MasterKey {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

/// Whether a command may bring a server's schema up to date (design: only `serve` and `migrate` do).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Create and migrate.
    Migrate,
    /// Expect it to be current.
    Expect,
}

impl App {
    /// Opens everything the settings name.
    ///
    /// # Errors
    /// When a part cannot be opened, with a sentence that names it.
    pub async fn open(settings: Settings, schema: Schema) -> Result<Self, AppError> {
        let random = Random::from_os();
        let url = &settings.database.url;
        let connections = settings.database.connections;
        let db = match schema {
            Schema::Migrate => Db::open_and_migrate(url, connections).await?,
            Schema::Expect => Db::open(url, connections).await?,
        };
        let blobs = Blobs::open(&settings.storage_folder(), random.clone())?;
        let keys = master_key(&settings, &random)?;
        let ctx = Context { clock: settings.clock(), random, keys, settings: Arc::new(settings) };
        Ok(Self { db, ctx, blobs, wake: Arc::new(tokio::sync::Notify::new()) })
    }
}

/// The master key of the settings, or of the file beside the database, made there on first use.
fn master_key(settings: &Settings, random: &Random) -> Result<Keys, AppError> {
    let path = settings.master_key_file();
    let failed = |why: String| AppError::MasterKey { path: path.display().to_string(), why };
    let text = if settings.secrets.master_key.is_empty() {
        match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let text = hex::encode(random.bytes::<32>());
                write_key(&path, &text).map_err(|e| failed(e.to_string()))?;
                // Another process may have made it at the same moment: what lies there is the key.
                std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?
            }
            Err(e) => return Err(failed(e.to_string())),
        }
    } else {
        settings.secrets.master_key.clone()
    };
    let bytes = hex::decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    Ok(Keys::new(bytes.ok_or_else(|| failed("it must hold 64 hexadecimal digits".into()))?))
}

fn write_key(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Written whole under another name and linked into place, so that nobody ever reads half a key.
    let temporary = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}
