//! What a product's page asks for after it was cached.

use crate::server_fn::{broke, visitor};
use domain::Storefront;
use domain::catalog::StockState;
use domain::id::{ProductId, VariantId};
use islands::api::ApiError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The stock of each of a product's variants, now.
#[server(prefix = "/api", endpoint = "product/stock", input = Json, output = Json)]
pub async fn read_stock(
    storefront: Storefront,
    product: ProductId,
) -> Result<Vec<(VariantId, StockState)>, ApiError> {
    let (app, _) = visitor(storefront.locale).await?;
    let stock = shop::catalog::list_stock(&app.shop, product)
        .await
        .map_err(|broken| broke(broken, storefront.locale))?;
    Ok(stock
        .into_iter()
        .map(|stock| (stock.variant, stock.state))
        .collect())
}
