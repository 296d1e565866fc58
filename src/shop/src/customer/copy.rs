//! Redis copies of sessions.

use super::Kept;
use crate::Shop;
use std::fmt::Write as _;
use std::time::Duration;
use time::OffsetDateTime;

const KEPT_FOR: Duration = Duration::from_secs(600);

pub async fn get(shop: &Shop, token_hash: &[u8; 32]) -> Option<Kept> {
    let copied = shop.redis.get(&key(token_hash)).await?;
    serde_json::from_slice(&copied).ok()
}

pub async fn put(shop: &Shop, token_hash: &[u8; 32], kept: &Kept, now: OffsetDateTime) {
    let left = Duration::try_from(kept.expires_at - now).unwrap_or_default();
    if let Ok(copied) = serde_json::to_vec(kept)
        && !left.is_zero()
    {
        shop.redis
            .set_ex(&key(token_hash), &copied, left.min(KEPT_FOR))
            .await;
    }
}

pub async fn forget(shop: &Shop, token_hash: &[u8; 32]) {
    shop.redis.del(&[&key(token_hash)]).await;
}

fn key(token_hash: &[u8]) -> String {
    let mut key = String::with_capacity(80);
    key.push_str("{session:");
    for byte in token_hash {
        // Writing to a string can't fail.
        let _ = write!(key, "{byte:02x}");
    }
    key.push('}');
    key
}
