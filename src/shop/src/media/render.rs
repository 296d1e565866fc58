//! The worker's part: makes a picture's forms, and shows it where it is wanted.

use super::decode::Decoded;
use super::{Variant, apart, encode, key, original, sql};
use crate::jobs::Ended;
use crate::{Broken, Caller, Shop, audit, catalog, outbox};
use domain::media::Name;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Deserialize)]
struct Asked {
    hash: String,
}

#[derive(Deserialize)]
struct AskedFor {
    hash: String,
    product: Uuid,
    alt: String,
}

/// Makes those forms of a picture that are not there.
pub(crate) async fn render(shop: &Shop, caller: &Caller, payload: &Value) -> Result<Ended, Broken> {
    let Asked { hash } = Asked::deserialize(payload)?;
    let Some(row) = sql::find(&shop.db, &hash).await? else {
        return Ok(Ended::ForGood(format!("there is no picture {hash}")));
    };
    let Some(name) = Name::parse(&row.src) else {
        return Ok(Ended::ForGood(format!("{} is no picture's name", row.src)));
    };
    let mut decoded: Option<Arc<Decoded>> = None;
    let mut variants = Vec::new();
    for form in name.forms() {
        let path = key(&name.path(form)).to_owned();
        let width = form.label.min(name.width);
        let size = (width, name.height_at(width));
        // One that is empty is what a machine left behind that lost its power.
        let there = shop.media.store.size(&path).await?;
        let bytes = match there.filter(|&bytes| bytes > 0) {
            Some(bytes) => bytes,
            None => {
                let apart = match &decoded {
                    Some(decoded) => decoded.clone(),
                    None => match take_apart(shop, &hash).await? {
                        Ok(apart) => apart,
                        Err(why) => return Ok(Ended::ForGood(why)),
                    },
                };
                decoded = Some(apart.clone());
                let work = move || encode::encode(&apart.image, size, form.format);
                let file = match shop.media.bench.work(work).await? {
                    Some(Ok(file)) => file,
                    Some(Err(why)) => return Ok(Ended::ForGood(why)),
                    None => {
                        let why = format!("making {path} panicked");
                        return Ok(Ended::ForGood(why));
                    }
                };
                let bytes = file.len() as u64;
                let media_type = form.format.media_type();
                shop.media.store.put(&path, media_type, file).await?;
                bytes
            }
        };
        variants.push(Variant {
            path,
            width: size.0,
            height: size.1,
            bytes,
        });
    }
    let mut tx = shop.begin().await?;
    // Who found the same picture elsewhere holds its row too: one of the two shows it there.
    let Some(row) = sql::lock(&mut tx, &hash).await? else {
        return Ok(Ended::ForGood(format!("there is no picture {hash}")));
    };
    sql::ready(&mut tx, &hash, &variants, shop.clock.now()).await?;
    if row.state != super::State::Ready.name() {
        let change = json!({ "state": "ready", "variants": variants.len() });
        audit::write(shop, &mut tx, caller, "media.ready", "media", &hash, change).await?;
    }
    show(shop, &mut tx, caller, &[hash]).await?;
    tx.commit().await?;
    Ok(Ended::Done)
}

async fn take_apart(shop: &Shop, hash: &str) -> Result<Result<Arc<Decoded>, String>, Broken> {
    let path = original(hash);
    let Some(file) = shop.media.store.read(&path).await? else {
        return Ok(Err(format!("{path} is gone from the store")));
    };
    let (_, decoded) = apart(&shop.media, file).await?;
    Ok(decoded.map(Arc::new).map_err(|refusal| refusal.to_string()))
}

/// Shows these pictures, if they are ready, where an import named the addresses that they came from.
pub(super) async fn show(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    hashes: &[String],
) -> Result<(), sqlx::Error> {
    let shown = sql::show_found(tx, hashes).await?;
    changed(shop, tx, caller, &shown).await
}

/// Puts a picture behind the others of a product.
pub(crate) async fn attach(shop: &Shop, caller: &Caller, payload: &Value) -> Result<Ended, Broken> {
    let AskedFor { hash, product, alt } = AskedFor::deserialize(payload)?;
    let row = sql::find(&shop.db, &hash).await?;
    if row.is_none_or(|row| row.state != super::State::Ready.name()) {
        let why = format!("the picture {hash} could not be made: see its job media.render");
        return Ok(Ended::ForGood(why));
    }
    let mut tx = shop.begin().await?;
    if sql::put_last(&mut tx, &hash, product, &alt).await? {
        changed(shop, &mut tx, caller, &[product]).await?;
    }
    tx.commit().await?;
    Ok(Ended::Done)
}

/// Says that the pages that show these products changed.
async fn changed(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    products: &[Uuid],
) -> Result<(), sqlx::Error> {
    let tags = catalog::page_tags(tx, products).await?;
    outbox::pages_changed(shop, tx, caller, &tags).await
}
