//! Asking to pay again.

use crate::checkout::form::lead;
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::RequestId;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::link::Links;
use http::Uri;
use shop::payment::PaymentError;
use shop::{Caller, Failure};

/// POST …/orders/{number}/{token}/pay: leads to the payment provider's page, the open one if there is one.
pub async fn pay(
    State(app): State<App>,
    At(at): At,
    Path((_, number, token)): Path<(String, String, String)>,
    Extension(id): Extension<RequestId>,
    uri: Uri,
) -> Response {
    let caller = Caller {
        trace: Some(id.0),
        ..Caller::machine("order link", "asked to pay again")
    };
    match shop::order::pay_again(&app.shop, &caller, &number, &token).await {
        Ok(to) => lead(&to),
        // The order's page says how it stands, and asks again.
        Err(Failure::Refused(PaymentError::Unavailable | PaymentError::Closed)) => {
            lead(&Links(at).order(&number, &token))
        }
        Err(failure) => answer_privately(&app, &at, &uri, Err(failure.into())).await,
    }
}
