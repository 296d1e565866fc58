//! On an order's page: asking for the link.

use crate::frame::frame;
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use domain::CustomerId;
use http::HeaderMap;
use leptos::prelude::*;

/// Whether whoever looks at an order of `owner` could claim it: they placed it in this browser, and have no account.
pub async fn is_offered(app: &App, headers: &HeaderMap, id: &RequestId, owner: CustomerId) -> bool {
    // The page is worth showing without it.
    let visitor = Visitor::find(app, headers, Some(id)).await.ok();
    let session = visitor.and_then(|visitor| visitor.session);
    session.is_some_and(|session| session.customer == owner && !session.signed_in)
}

/// The form that asks for it.
#[component]
pub fn ClaimOffer(number: String, token: String, email: String) -> impl IntoView {
    let frame = frame();
    let text = frame.say_with("customer-offer-text", &[("email", email.into())]);
    view! {
        <section>
            <h2>{frame.say("customer-offer-title")}</h2>
            <p class="quiet">{text}</p>
            <form method="post" action=frame.links.claim_order(&number, &token)>
                <button class="button plain">{frame.say("customer-offer-button")}</button>
            </form>
        </section>
    }
}
