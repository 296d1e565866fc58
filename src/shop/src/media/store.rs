//! Where pictures lie: in a folder, or in a bucket of anything that speaks S3.

use crate::Broken;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    Attribute, AttributeValue, ClientOptions, Error, GetOptions, GetRange, ObjectStore,
    ObjectStoreExt, PutOptions, PutPayload, RetryConfig,
};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The bytes of a file that is being read.
pub type Bytes = BoxStream<'static, Result<Vec<u8>, Broken>>;

/// What is written at the start, to see whether anything can be.
const PROBE: &str = "probe";
/// How long the bucket may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a file may take to come or go.
const DEADLINE: Duration = Duration::from_secs(30);

/// A bucket.
#[derive(Clone)]
pub struct Bucket {
    pub name: String,
    /// Where it is, when that is not AWS: `https://s3.example`.
    pub endpoint: Option<String>,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

/// Why nothing can be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStore {
    #[error("{0}")]
    Folder(String),
    /// There is no such bucket.
    #[error("{0}")]
    Bucket(String),
    /// The access key is not known.
    #[error("{0}")]
    AccessKey(String),
    /// What was signed with the secret key is not believed.
    #[error("{0}")]
    SecretKey(String),
    /// The address can't be used.
    #[error("{0}")]
    Endpoint(String),
    /// Nobody answers there; that may pass.
    #[error("{0}")]
    Away(String),
}

/// Files by their paths. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    files: Arc<dyn ObjectStore>,
    /// Whether it keeps what a file is beside it.
    keeps_types: bool,
    kind: &'static str,
}

/// A file's part, or all of it.
pub struct Found {
    pub bytes: Bytes,
    /// Of the whole file.
    pub size: u64,
    /// Which of its bytes these are.
    pub range: Range<u64>,
}

impl Store {
    /// In that folder, which is made.
    ///
    /// # Errors
    /// [`NoStore::Folder`].
    pub fn folder(path: &Path) -> Result<Self, NoStore> {
        let wrong = |error: &dyn std::fmt::Display| {
            NoStore::Folder(format!(
                "pictures can't be kept in {}: {error}",
                path.display()
            ))
        };
        std::fs::create_dir_all(path).map_err(|error| wrong(&error))?;
        let files = LocalFileSystem::new_with_prefix(path).map_err(|error| wrong(&error))?;
        Ok(Self {
            files: Arc::new(files),
            keeps_types: false,
            kind: "folder",
        })
    }

    /// In memory, until the last clone is gone.
    pub fn memory() -> Self {
        Self {
            files: Arc::new(InMemory::new()),
            keeps_types: true,
            kind: "memory",
        }
    }

    /// In that bucket. Asks nobody yet.
    ///
    /// # Errors
    /// [`NoStore::Endpoint`] for an address that is none.
    pub fn bucket(bucket: &Bucket) -> Result<Self, NoStore> {
        Ok(Self {
            files: Arc::new(s3(bucket, DEADLINE, 3)?),
            keeps_types: true,
            kind: "bucket",
        })
    }

    /// Writes to the bucket, to see whether that will be possible.
    ///
    /// # Errors
    /// [`NoStore`].
    pub async fn try_bucket(bucket: &Bucket) -> Result<(), NoStore> {
        let files = s3(bucket, PATIENCE, 0)?;
        let key = Key::from(PROBE);
        let put = files.put(&key, PutPayload::from_static(b"rialto"));
        match tokio::time::timeout(PATIENCE, put).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(why_not(bucket, &error)),
            Err(_) => Err(NoStore::Away(format!(
                "no answer within {} seconds",
                PATIENCE.as_secs()
            ))),
        }
    }

    /// Keeps a file, whole or not at all, in the place of what was there.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn put(&self, path: &str, media_type: &str, file: Vec<u8>) -> Result<(), Broken> {
        let mut options = PutOptions::default();
        if self.keeps_types {
            let media_type = AttributeValue::from(media_type.to_owned());
            options
                .attributes
                .insert(Attribute::ContentType, media_type);
        }
        let key = Key::from(path);
        let put = self.files.put_opts(&key, file.into(), options);
        put.await.map_err(|error| self.broken(path, &error))?;
        Ok(())
    }

    /// The whole file; None when there is none.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Broken> {
        let found = match self.files.get(&Key::from(path)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.broken(path, &error)),
        }
    }

    /// How many bytes a file has; None when there is none.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn size(&self, path: &str) -> Result<Option<u64>, Broken> {
        match self.files.head(&Key::from(path)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.broken(path, &error)),
        }
    }

    /// A file as it comes, or those of its bytes; None when there is none. A range lies within the file.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn open(
        &self,
        path: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Found>, Broken> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = match self.files.get_opts(&Key::from(path), options).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.broken(path, &error)),
        };
        let (size, range) = (found.meta.size, found.range.clone());
        let broken = |error: Error| Broken::Other(format!("a picture broke off: {error}"));
        let bytes = found.into_stream().map_ok(|bytes| bytes.to_vec());
        Ok(Some(Found {
            bytes: bytes.map_err(broken).boxed(),
            size,
            range,
        }))
    }

    /// The paths of the files under a path, but of those that are empty: a machine left them behind that lost its power.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn list(&self, under: &str) -> Result<HashSet<String>, Broken> {
        let files = self.files.list(Some(&Key::from(under)));
        let whole = files.try_filter(|file| std::future::ready(file.size > 0));
        let paths = whole.map_ok(|file| file.location.to_string());
        let paths = paths.try_collect().await;
        paths.map_err(|error| self.broken(under, &error))
    }

    fn broken(&self, path: &str, error: &Error) -> Broken {
        Broken::Other(format!("{path} in the {} of pictures: {error}", self.kind))
    }
}

fn s3(bucket: &Bucket, deadline: Duration, retries: usize) -> Result<AmazonS3, NoStore> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.access_key)
        .with_secret_access_key(&bucket.secret_key)
        .with_client_options(ClientOptions::new().with_timeout(deadline))
        .with_retry(RetryConfig {
            max_retries: retries,
            retry_timeout: deadline,
            ..RetryConfig::default()
        });
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    builder
        .build()
        .map_err(|error| NoStore::Endpoint(error.to_string()))
}

/// By the error codes of S3.
fn why_not(bucket: &Bucket, error: &Error) -> NoStore {
    let text = error.to_string();
    let code = |code: &str| text.contains(&format!("<Code>{code}</Code>"));
    let place = bucket.endpoint.as_deref().unwrap_or("AWS");
    if code("SignatureDoesNotMatch") {
        NoStore::SecretKey(format!("{place} does not accept what is signed with it"))
    } else if code("InvalidAccessKeyId") {
        NoStore::AccessKey(format!("{place} does not know it"))
    } else if code("NoSuchBucket") || matches!(error, Error::NotFound { .. }) {
        NoStore::Bucket(format!("{place} has no bucket {:?}", bucket.name))
    } else if matches!(
        error,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
    ) {
        NoStore::AccessKey(format!(
            "{place} does not let it write into the bucket {:?}",
            bucket.name
        ))
    } else {
        NoStore::Away(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
