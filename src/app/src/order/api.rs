//! The order's server function.

use crate::server_fn::fail;
use crate::state::App;
use domain::Locale;
use islands::api::{ApiError, OrderStatus};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// How the order of that private link stands.
#[server(name = OrderStatusRead, prefix = "/api", endpoint = "order/status", input = Json, output = Json)]
pub async fn status(number: String, token: String) -> Result<OrderStatus, ApiError> {
    let app = expect_context::<App>();
    match shop::order::find(&app.shop, &number, &token).await {
        Ok(order) => Ok(OrderStatus {
            state: order.state,
            payment: order.payment,
        }),
        Err(failure) => Err(fail(failure, Locale::default())),
    }
}
