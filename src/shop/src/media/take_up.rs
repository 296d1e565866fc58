//! Pictures that an import names and that lie elsewhere: they are fetched, a few at a time.

use super::fetch::NotFetched;
use super::{record, render, sql, take_in};
use crate::jobs::{self, Ended};
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop};
use serde::Deserialize;
use serde_json::{Value, json};

/// Addresses that wait to be asked at one time: an import may name millions, and the jobs of all would be in each other's
/// way.
const MOST_ASKED: i64 = 64;

#[derive(Deserialize)]
struct Asked {
    url: String,
}

/// Asks for pictures that imports named since, and shows what was fetched before. How many were new.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn take_up(shop: &Shop) -> Result<usize, Broken> {
    if shop.media.fetcher.is_none() {
        return Ok(0);
    }
    let mut urls = sql::elsewhere(&shop.db, MOST_ASKED).await?;
    if urls.is_empty() {
        return Ok(0);
    }
    let room = MOST_ASKED - sql::asking(&shop.db).await?;
    urls.truncate(usize::try_from(room).unwrap_or_default());
    let caller = Caller::machine("worker", "pictures that lie elsewhere");
    let mut tx = shop.begin().await?;
    let new = sql::take_up(&mut tx, &urls, shop.clock.now()).await?;
    for url in &new {
        let event = Event {
            kind: "media.wanted",
            schema_version: 1,
            subject: None,
            customer: None,
            payload: json!({ "url": url }),
            jobs: &[jobs::MEDIA_FETCH],
        };
        outbox::write(shop, &mut tx, &caller, event).await?;
    }
    let known = sql::found_before(&mut tx, &urls).await?;
    render::show(shop, &mut tx, &caller, &known).await?;
    tx.commit().await?;
    Ok(new.len())
}

/// Fetches one, and takes it in.
pub(crate) async fn fetch_one(
    shop: &Shop,
    caller: &Caller,
    payload: &Value,
) -> Result<Ended, Broken> {
    let Asked { url } = Asked::deserialize(payload)?;
    let Some(fetcher) = &shop.media.fetcher else {
        let why = "no pictures are fetched (setting `media_fetch`)".to_owned();
        return Ok(Ended::ForGood(why));
    };
    let taken = match fetcher.fetch(&url).await {
        Ok(file) => take_in(shop, file).await,
        Err(NotFetched::ForGood(why)) => return refused(shop, &url, why).await,
        Err(NotFetched::Now(broken)) => {
            sql::not_found(&shop.db, &url, &broken.to_string()).await?;
            return Err(broken);
        }
    };
    let taken = match taken {
        Ok(taken) => taken,
        Err(Failure::Refused(refusal)) => return refused(shop, &url, refusal.to_string()).await,
        Err(Failure::Broken(broken)) => return Err(broken),
    };
    let mut tx = shop.begin().await?;
    record(shop, &mut tx, caller, &taken).await?;
    // Whoever makes its forms holds its row too: one of the two shows it.
    sql::lock(&mut tx, &taken.hash).await?;
    sql::found(&mut tx, &url, &taken.hash, shop.clock.now()).await?;
    render::show(shop, &mut tx, caller, &[taken.hash]).await?;
    tx.commit().await?;
    Ok(Ended::Done)
}

async fn refused(shop: &Shop, url: &str, why: String) -> Result<Ended, Broken> {
    sql::not_found(&shop.db, url, &why).await?;
    Ok(Ended::ForGood(format!("{url}: {why}")))
}
