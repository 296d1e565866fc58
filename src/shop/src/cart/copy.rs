//! Redis copies of carts: per customer and market the latest version, in each language it was asked for.
//!
//! A reader that overtakes a writer can't bring an older cart back, because a copy only gives way to a later version.

use crate::Shop;
use domain::cart::CartView;
use domain::{CustomerId, MarketCode, Storefront};
use std::time::Duration;

/// How long prices and stock in a copy may be old.
const KEPT_FOR: Duration = Duration::from_secs(600);

pub async fn get(
    shop: &Shop,
    customer: CustomerId,
    storefront: &Storefront,
    min_version: i64,
) -> Option<CartView> {
    let key = key(customer, &storefront.market);
    let copied = shop.redis.get_newest(&key, &form(shop, storefront)).await?;
    // A copy that another release wrote may not read: that is a miss.
    let cart: CartView = serde_json::from_slice(&copied).ok()?;
    (cart.version >= min_version).then_some(cart)
}

pub async fn put(shop: &Shop, customer: CustomerId, storefront: &Storefront, cart: &CartView) {
    let key = key(customer, &storefront.market);
    if let Ok(copied) = serde_json::to_vec(cart) {
        let form = form(shop, storefront);
        let form = (form.as_str(), copied.as_slice());
        shop.redis
            .set_newest(&key, cart.version, Some(form), KEPT_FOR)
            .await;
    }
}

/// Drops the copies of a customer's cart in a market that are older than `version`, the one it was closed or merged with.
pub async fn forget(shop: &Shop, customer: CustomerId, market: &MarketCode, version: i64) {
    let key = key(customer, market);
    shop.redis.set_newest(&key, version, None, KEPT_FOR).await;
}

/// A copy holds texts in a language, and prices of delivery and rates of tax: when those change, it is no copy any more.
fn form(shop: &Shop, storefront: &Storefront) -> String {
    format!("{}:{:x}", storefront.locale, shop.markets.print())
}

fn key(customer: CustomerId, market: &MarketCode) -> String {
    format!("{{cart:{customer}}}:{market}")
}
