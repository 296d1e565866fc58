//! The pages of a claim: asking for the link, confirming what it is about, and what belongs to the customer then.

use crate::error::PageError;
use crate::frame::frame;
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::checkout::Email;
use domain::format::money;
use domain::order::OrderState;
use domain::{Locale, Storefront};
use http::{HeaderMap, StatusCode, Uri};
use leptos::prelude::*;
use shop::customer::{self, Belongings, ClaimError, Claimed, OwnOrder, Session};
use shop::text::{say, say_with};
use shop::{Broken, Failure};

/// POST …/orders/{number}/{token}/claim: mails a link to the order's address, when the order was placed in this browser.
pub async fn request(
    State(app): State<App>,
    At(at): At,
    Path((_, number, token)): Path<(String, String, String)>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let page = ask(&app, &at, &headers, &id, (&number, &token)).await;
    answer_privately(&app, &at, &uri, page).await
}

async fn ask(
    app: &App,
    at: &Storefront,
    headers: &HeaderMap,
    id: &RequestId,
    (number, token): (&str, &str),
) -> PageResult {
    let (order, owner) = shop::order::find_owned(&app.shop, number, token).await?;
    let own = find_session(app, headers, id).await?;
    let Some(session) = own.filter(|session| session.customer == owner) else {
        return refused(at, ClaimError::OtherBrowser);
    };
    let email = Email::parse(&order.email)
        .map_err(|_| Broken::Other(format!("order {}: bad address", order.number)))?;
    let caller = session.caller("order page", Some(id.0.clone()));
    match customer::request_claim(&app.shop, &caller, &session, at, &email).await {
        Ok(()) => {
            let text = say_with(
                at.locale,
                "customer-asked-text",
                &[("email", order.email.into())],
            );
            let title = say(at.locale, "customer-asked-title");
            Ok(told(StatusCode::OK, title, text))
        }
        Err(Failure::Refused(error)) => refused(at, error),
        Err(Failure::Broken(broken)) => Err(broken.into()),
    }
}

/// GET …/account/claim/{token}: asks whether to. Programs that look at mail follow links, so this changes nothing.
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, token)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let page = if is_token(&token) {
        Ok(confirmation(&at, token))
    } else {
        refused(&at, ClaimError::Link)
    };
    answer_privately(&app, &at, &uri, page).await
}

/// POST …/account/claim/{token}: claims the address, and shows what belongs to whoever did.
pub async fn confirm(
    State(app): State<App>,
    At(at): At,
    Path((_, token)): Path<(String, String)>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let page = claim(&app, &at, &headers, &id, &token).await;
    answer_privately(&app, &at, &uri, page).await
}

async fn claim(
    app: &App,
    at: &Storefront,
    headers: &HeaderMap,
    id: &RequestId,
    token: &str,
) -> PageResult {
    if !is_token(token) {
        return refused(at, ClaimError::Link);
    }
    let Some(session) = find_session(app, headers, id).await? else {
        return refused(at, ClaimError::OtherBrowser);
    };
    let caller = session.caller("claim page", Some(id.0.clone()));
    match customer::claim(&app.shop, &caller, &session, token).await {
        Ok(claimed) => {
            let own = customer::belongings(&app.shop, claimed.customer).await?;
            Ok(welcome(at, claimed, own))
        }
        Err(Failure::Refused(error)) => refused(at, error),
        Err(Failure::Broken(broken)) => Err(broken.into()),
    }
}

async fn find_session(
    app: &App,
    headers: &HeaderMap,
    id: &RequestId,
) -> Result<Option<Session>, Broken> {
    Ok(Visitor::find(app, headers, Some(id)).await?.session)
}

/// Whether a URL's text looks like a link's secret: base64url.
fn is_token(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

fn confirmation(at: &Storefront, token: String) -> Page {
    let title = say(at.locale, "customer-claim-heading");
    let heading = title.clone();
    Page::new("problem", title, move || {
        let frame = frame();
        view! {
            <section class="wrong">
                <h1>{heading}</h1>
                <p>{frame.say("customer-claim-page-text")}</p>
                <form method="post" action=frame.links.claim(&token)>
                    <button class="button">{frame.say("customer-claim-confirm")}</button>
                </form>
                <p>{frame.say("customer-claim-not-you")}</p>
            </section>
        }
        .into_any()
    })
    .unlisted()
}

fn welcome(at: &Storefront, claimed: Claimed, own: Belongings) -> Page {
    let (title, text) = if claimed.merged {
        ("customer-merged-title", "customer-merged-text")
    } else {
        ("customer-claimed-title", "customer-claimed-text")
    };
    let title = say(at.locale, title);
    let email = own.email.unwrap_or_default();
    let text = say_with(at.locale, text, &[("email", email.into())]);
    let heading = title.clone();
    Page::new("order", title, move || {
        let frame = frame();
        let rows = own.orders.iter().map(|order| {
            let href = frame.links.order(&order.number, &order.token);
            let name = order.number.clone();
            view! { <div><dt><a class="link" href=href>{name}</a></dt><dd>{line(frame.locale(), order)}</dd></div> }
        });
        let orders = match own.orders.len() {
            0 => view! { <p class="quiet">{frame.say("customer-no-orders")}</p> }.into_any(),
            _ => view! { <dl class="pairs">{rows.collect_view()}</dl> }.into_any(),
        };
        view! {
            <div class="order-page">
                <div class="thanks">
                    <h1>{heading}</h1>
                    <p>{text}</p>
                </div>
                <div>
                    <section>
                        <h2>{frame.say("customer-orders")}</h2>
                        {orders}
                    </section>
                    <p><a class="button plain" href=frame.links.cart()>{frame.say("customer-bag")}</a></p>
                </div>
            </div>
        }
        .into_any()
    })
    .unlisted()
}

/// `Monday 23 November · Paid · €24.00`.
fn line(locale: Locale, order: &OwnOrder) -> String {
    let state = match order.state {
        OrderState::PaymentDue => "order-step-payment",
        OrderState::Paid => "order-step-paid",
        OrderState::Cancelled => "order-step-cancelled",
        OrderState::RefundDue => "order-step-refund-due",
        OrderState::Refunded => "order-step-refunded",
    };
    let day = shop::text::date_with_year(locale, order.placed_at.date());
    format!(
        "{day} · {} · {}",
        say(locale, state),
        money(order.total, locale)
    )
}

/// Why nothing was claimed, and the way on.
fn refused(at: &Storefront, error: ClaimError) -> PageResult {
    let (status, name) = match error {
        ClaimError::Denied => return Err(PageError::Forbidden),
        ClaimError::AlreadyClaimed => (StatusCode::CONFLICT, "already"),
        ClaimError::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
        ClaimError::Link => (StatusCode::GONE, "link"),
        ClaimError::OtherBrowser => (StatusCode::CONFLICT, "other-browser"),
        ClaimError::TooManyLines => (StatusCode::CONFLICT, "too-many-lines"),
    };
    let title = say(at.locale, &format!("customer-refused-{name}-title"));
    let text = say(at.locale, &format!("customer-refused-{name}-text"));
    Ok(told(status, title, text))
}

/// A page of a few words, with ways on.
fn told(status: StatusCode, title: String, text: String) -> Page {
    let heading = title.clone();
    Page::new("problem", title, move || {
        let frame = frame();
        view! {
            <section class="wrong">
                <h1>{heading}</h1>
                <p>{text}</p>
                <div>
                    <a class="button" href=frame.links.home()>{frame.say("errors-go-home")}</a>
                    <a class="button plain" href=frame.links.cart()>{frame.say("customer-bag")}</a>
                </div>
            </section>
        }
        .into_any()
    })
    .status(status)
    .unlisted()
}
