//! Pictures: taken in at the door or fetched from where an import says they lie, and made by a worker into what browsers
//! want.
//!
//! A picture is known by its content (SHA-256), so that the same one twice is one. At the door it is taken apart: what is
//! refused there leaves nothing behind. Its forms are written by a job that can be done again at any point: each has a name
//! that holds the content's hash, and what is there already is left alone. Only then do pages name the picture.

mod bench;
mod check;
mod decode;
mod encode;
mod fetch;
mod refusal;
mod render;
mod sql;
mod store;
mod take_up;

pub use check::{Check, check};
pub use fetch::{Fetcher, Reach};
pub use refusal::{LEAST_SIDE, MOST_BYTES, MOST_PIXELS, MOST_SIDE, Refusal};
pub use store::{Bucket, Bytes, Found, NoStore, Store};
pub use take_up::take_up;

pub(crate) use render::{attach as attach_ready, render};
pub(crate) use take_up::fetch_one;

use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit, jobs};
use bench::Bench;
use decode::Decoded;
use domain::media::{ID_LENGTH, Name};
use domain::{Action, may};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use std::fmt::Write;
use time::OffsetDateTime;
use uuid::Uuid;

/// What is needed to keep pictures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Media {
    pub store: Store,
    /// Without one, pictures elsewhere stay there.
    pub fetcher: Option<Fetcher>,
    bench: Bench,
}

impl Media {
    pub fn new(store: Store, fetcher: Option<Fetcher>) -> Self {
        Self {
            store,
            fetcher,
            bench: Bench::default(),
        }
    }
}

/// Whether a picture can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its forms are being made.
    Waiting,
    Ready,
}

impl State {
    pub const ALL: [Self; 2] = [Self::Waiting, Self::Ready];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
        }
    }
}

/// One form of a picture, as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub path: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
}

/// A picture that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
    pub hash: String,
    /// What pages name it by, once it is ready.
    pub src: String,
    /// The same content had been taken in before.
    pub known: bool,
}

/// A picture in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub hash: String,
    pub media_type: String,
    pub bytes: i64,
    pub width: i32,
    pub height: i32,
    pub colour: String,
    pub src: String,
    pub state: String,
    pub variants: Json<Vec<Variant>>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// How many products show it.
    pub shown: i64,
}

/// An address that no picture was had from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub url: String,
    pub problem: String,
}

/// What a screen reader is given, characters at most; as the import has it.
const MOST_ALT: usize = 512;

/// Takes a picture in. Its forms are made by a worker; the same content again changes nothing.
///
/// # Errors
/// [`Refusal`] with the limit that it breaks; then nothing was kept.
pub async fn add(shop: &Shop, caller: &Caller, file: Vec<u8>) -> Result<Added, Failure<Refusal>> {
    may(&caller.actor, Action::ChangeCatalogue).map_err(|_| Failure::Refused(Refusal::Denied))?;
    let taken = take_in(shop, file).await?;
    let mut tx = shop.begin().await?;
    let added = record(shop, &mut tx, caller, &taken).await?;
    tx.commit().await?;
    Ok(added)
}

/// Puts a picture behind the others of a product, once it is ready. `hash` may be its first eight digits or more.
///
/// # Errors
/// [`Refusal`]: then nothing was changed.
pub async fn attach(
    shop: &Shop,
    caller: &Caller,
    hash: &str,
    slug: &str,
    alt: &str,
) -> Result<(), Failure<Refusal>> {
    let refused = |refusal| Err(Failure::Refused(refusal));
    if may(&caller.actor, Action::ChangeCatalogue).is_err() {
        return refused(Refusal::Denied);
    }
    let length = alt.chars().count();
    if length > MOST_ALT {
        return refused(Refusal::LongAlt {
            length,
            most: MOST_ALT,
        });
    }
    let found = match hash.len() {
        8.. => sql::by_prefix(&shop.db, hash).await?,
        _ => Vec::new(),
    };
    let [media] = &found[..] else {
        return refused(Refusal::UnknownPicture(hash.to_owned()));
    };
    let Some(product) = sql::product(&shop.db, slug).await? else {
        return refused(Refusal::UnknownProduct(slug.to_owned()));
    };
    let mut tx = shop.begin().await?;
    let change = json!({ "product": slug, "alt": alt });
    audit::write(
        shop,
        &mut tx,
        caller,
        "media.attach",
        "media",
        &media.hash,
        change,
    )
    .await?;
    // Of the same subject as the making of its forms, and so after it.
    let event = Event {
        kind: "media.attached",
        schema_version: 1,
        subject: subject(&media.hash),
        customer: None,
        payload: json!({ "hash": media.hash, "product": product, "alt": alt }),
        jobs: &[jobs::MEDIA_ATTACH],
    };
    outbox::write(shop, &mut tx, caller, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Pictures after that hash, at most `limit`.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn list(
    shop: &Shop,
    state: Option<State>,
    after: &str,
    limit: i64,
) -> Result<Vec<Listed>, Broken> {
    Ok(sql::list(&shop.db, state, after, limit).await?)
}

/// A picture that may be kept, and whose original is.
struct Taken {
    hash: String,
    bytes: i64,
    name: Name,
    decoded: Decoded,
}

/// Looks at a file, and keeps it when it is a picture.
async fn take_in(shop: &Shop, file: Vec<u8>) -> Result<Taken, Failure<Refusal>> {
    let kind = decode::kind(&file).map_err(Failure::Refused)?;
    let (file, decoded) = apart(&shop.media, file).await?;
    let mut decoded = decoded.map_err(Failure::Refused)?;
    // Its pixels are made again by who needs them.
    decoded.image = image::DynamicImage::new_rgb8(0, 0);
    let hash = hash(&file);
    let bytes = i64::try_from(file.len()).unwrap_or(i64::MAX);
    let name = Name {
        id: hash[..ID_LENGTH].to_owned(),
        width: decoded.width,
        height: decoded.height,
        colour: decoded.colour,
        preview: decoded.preview,
    };
    // Before the row: what has a row has an original.
    let original = original(&hash);
    let kept = shop.media.store.size(&original).await?;
    if kept != Some(file.len() as u64) {
        let put = shop.media.store.put(&original, kind.media_type(), file);
        put.await?;
    }
    Ok(Taken {
        hash,
        bytes,
        name,
        decoded,
    })
}

/// Takes a file apart at the bench; the file comes back.
async fn apart(
    media: &Media,
    file: Vec<u8>,
) -> Result<(Vec<u8>, Result<Decoded, Refusal>), Broken> {
    let work = move || {
        let decoded = decode::decode(&file);
        (file, decoded)
    };
    let panicked = || {
        let gave_up = Refusal::Broken("its decoder gave up".to_owned());
        (Vec::new(), Err(gave_up))
    };
    Ok(media.bench.work(work).await?.unwrap_or_else(panicked))
}

/// Writes a picture's row and asks for its forms, unless it was there.
async fn record(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    taken: &Taken,
) -> Result<Added, sqlx::Error> {
    let src = taken.name.src();
    let row = (taken.hash.as_str(), taken.bytes, src.as_str());
    let is_new = sql::insert(tx, row, &taken.decoded, shop.clock.now()).await?;
    if is_new {
        let change = json!({ "bytes": taken.bytes, "src": src });
        audit::write(shop, tx, caller, "media.add", "media", &taken.hash, change).await?;
        ask_for_forms(shop, tx, caller, "media.added", &taken.hash).await?;
    }
    Ok(Added {
        hash: taken.hash.clone(),
        src,
        known: !is_new,
    })
}

async fn ask_for_forms(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    kind: &str,
    hash: &str,
) -> Result<(), sqlx::Error> {
    let event = Event {
        kind,
        schema_version: 1,
        subject: subject(hash),
        customer: None,
        payload: json!({ "hash": hash }),
        jobs: &[jobs::MEDIA_RENDER],
    };
    outbox::write(shop, tx, caller, event).await?;
    Ok(())
}

/// What jobs of one picture have in common: they are done one after the other.
fn subject(hash: &str) -> Option<Uuid> {
    hash.get(..ID_LENGTH)?.parse().ok()
}

fn hash(file: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(file) {
        // Writing into a text can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Where the file lies that was given. It is never served: its metadata may say where its maker lives.
fn original(hash: &str) -> String {
    format!("originals/{}/{hash}", &hash[..2])
}

/// Where a form lies: its URL without `/media/`.
fn key(path: &str) -> &str {
    path.strip_prefix("/media/").unwrap_or(path)
}
