//! Blobs in S3-compatible object storage, under the same names as in a folder.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};

use super::{BlobError, is_name};

/// Files up to this size go in one request; larger ones in parts of this size (at least 5 MiB each, by S3's rules).
const PART: usize = 8 << 20;

/// Where the bucket is and how it is spoken to (`storage.*`, `secrets.s3_*`).
#[derive(Clone, Default)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// What stands before the names, without slashes at its ends; may be empty.
    pub prefix: String,
    /// `http://…` or `https://…`; empty for Amazon's own.
    pub endpoint: String,
    /// Empty for what the environment says (`AWS_REGION`), or us-east-1.
    pub region: String,
    /// Empty for what the environment says (`AWS_ACCESS_KEY_ID`, the machine's role).
    pub access_key_id: String,
    /// Likewise.
    pub secret_access_key: String,
}

impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BucketSettings({}/{} at {})", self.bucket, self.prefix, self.endpoint)
    }
}

/// A bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl Bucket {
    pub(super) fn open(settings: &BucketSettings) -> Result<Self, BlobError> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&settings.bucket)
            .with_conditional_put(S3ConditionalPut::Disabled);
        if !settings.endpoint.is_empty() {
            let is_plain = settings.endpoint.starts_with("http://");
            builder = builder.with_endpoint(&settings.endpoint).with_allow_http(is_plain);
        }
        if !settings.region.is_empty() {
            builder = builder.with_region(&settings.region);
        }
        if !settings.access_key_id.is_empty() {
            builder =
                builder.with_access_key_id(&settings.access_key_id).with_secret_access_key(&settings.secret_access_key);
        }
        let store = builder.build().map_err(|error| BlobError::Bucket(error.to_string()))?;
        Ok(Self { store: Arc::new(store), prefix: settings.prefix.clone() })
    }

    /// Stores the bytes; acknowledged means durable there.
    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        self.store.put(&self.key(name)?, bytes.into()).await.map_err(told)?;
        Ok(())
    }

    /// Stores a file, in parts when it is large.
    pub(super) fn put_file_blocking(&self, name: &str, file: &Path) -> Result<(), BlobError> {
        let size = usize::try_from(std::fs::metadata(file)?.len()).unwrap_or(usize::MAX);
        let handle = tokio::runtime::Handle::current();
        if size <= PART {
            return handle.block_on(self.put(name, std::fs::read(file)?));
        }
        let mut source = std::fs::File::open(file)?;
        let mut upload = handle.block_on(self.store.put_multipart(&self.key(name)?)).map_err(told)?;
        let stored = put_parts(&handle, &mut source, upload.as_mut());
        if stored.is_err() {
            let _ = handle.block_on(upload.abort());
        }
        stored
    }

    /// The bytes; `None` when there are none.
    pub(super) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BlobError> {
        let found = match self.store.get(&self.key(name)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(told(error)),
        };
        Ok(Some(found.bytes().await.map_err(told)?.into()))
    }

    /// Removes a blob; one that is not there is removed already.
    pub(super) async fn remove(&self, name: &str) -> Result<(), BlobError> {
        match self.store.delete(&self.key(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(told(error)),
        }
    }

    /// Every blob, with when it was last written.
    pub(super) async fn list(&self) -> Result<Vec<(String, DateTime<Utc>)>, BlobError> {
        let prefix = (!self.prefix.is_empty()).then(|| Key::from(self.prefix.as_str()));
        let objects = self.store.list(prefix.as_ref());
        let named = objects.map_ok(|object| {
            let name = object.location.filename().unwrap_or_default().to_owned();
            (name, object.last_modified)
        });
        let all: Vec<_> = named.boxed().try_collect().await.map_err(told)?;
        Ok(all.into_iter().filter(|(name, _)| is_name(name)).collect())
    }

    fn key(&self, name: &str) -> Result<Key, BlobError> {
        let folder = name.get(..2).filter(|_| is_name(name)).ok_or(BlobError::BadName)?;
        let parts = self.prefix.split('/').filter(|part| !part.is_empty());
        Ok(Key::from_iter(parts.chain([folder, name])))
    }
}

fn put_parts(
    handle: &tokio::runtime::Handle,
    source: &mut std::fs::File,
    upload: &mut dyn MultipartUpload,
) -> Result<(), BlobError> {
    loop {
        let mut part = Vec::with_capacity(PART);
        std::io::Read::read_to_end(&mut std::io::Read::take(&mut *source, PART as u64), &mut part)?;
        if part.is_empty() {
            break;
        }
        handle.block_on(upload.put_part(part.into())).map_err(told)?;
    }
    handle.block_on(upload.complete()).map_err(told)?;
    Ok(())
}

fn told(error: object_store::Error) -> BlobError {
    BlobError::Bucket(error.to_string())
}
