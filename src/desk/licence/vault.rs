//! Sealed files: the bytes lie in blob storage under the hash of what is stored, the key lies wrapped in the database,
//! and whoever forgets the key has erased the file (design rule 11).

use chrono::{DateTime, Utc};

use super::store;
use crate::desk::Context;
use crate::platform::blob::{BlobError, Blobs};
use crate::platform::crypto::Keys;
use crate::platform::db::{DbError, Tx};
use crate::platform::seal::{self, SealError};

/// A file that lies sealed in storage and is not yet named by any row.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its name.
    pub name: String,
    wrapped: Vec<u8>,
}

/// Bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Storage.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The cipher or the key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Seals the bytes and stores them durably. Until [`keep`] has run they are noise that the sweep removes.
///
/// # Errors
/// When storage refuses.
pub async fn put(blobs: &Blobs, ctx: &Context, plain: Vec<u8>) -> Result<Sealed, VaultError> {
    let (sealed, key) = seal::seal(&ctx.random, plain)?;
    let name = blobs.put(sealed).await?;
    let wrapped = seal::wrap(&ctx.keys, &ctx.random, &name, &key)?;
    Ok(Sealed { name, wrapped })
}

/// Keeps the key, in the transaction of the row that names the file.
///
/// # Errors
/// When the database refuses.
pub async fn keep(tx: &mut Tx, sealed: &Sealed, now: DateTime<Utc>) -> Result<(), DbError> {
    store::insert_key(tx, &sealed.name, &sealed.wrapped, now).await
}

/// Forgets the key and notes it in the journal of erasures: the file is erased when this commits.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut Tx, name: &str, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    store::delete_key(tx, name).await?;
    store::insert_erasure(tx, name, why, now).await
}

/// The bytes of a sealed file; `None` when it is erased. `wrapped` is its row of `blob_keys`.
///
/// # Errors
/// When storage refuses, the bytes are damaged or the key does not open.
pub async fn open(
    blobs: &Blobs,
    keys: &Keys,
    name: &str,
    wrapped: Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, VaultError> {
    let Some(wrapped) = wrapped else { return Ok(None) };
    let Some(sealed) = blobs.get(name).await? else { return Ok(None) };
    let key = seal::unwrap(keys, name, &wrapped)?;
    Ok(Some(seal::open(&key, &sealed)?))
}
