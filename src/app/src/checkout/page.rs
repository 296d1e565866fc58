//! The checkout's page: one column, the summary beside it.

use crate::cart::texts::{problem as problem_text, totals};
use crate::checkout::codes::codes;
use crate::checkout::fields::{CountryField, PaymentField, Problem, Region, TextField, Typed};
use crate::error::PageError;
use crate::frame::{Frame, frame};
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::checkout::{CheckoutMessage, CheckoutView, Field};
use domain::format::money;
use domain::link::Links;
use http::{HeaderMap, StatusCode, Uri};
use islands::cart::CodeRefusal;
use islands::checkout::{
    CheckoutShown, CheckoutSummary, DeliveryChoices, DeliveryTexts, SummaryTexts,
};
use leptos::prelude::*;
use shop::Failure;
use shop::checkout::CheckoutError;

/// GET …/checkout
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let mut visitor = match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => visitor,
        Err(broken) => return answer_privately(&app, &at, &uri, Err(broken.into())).await,
    };
    let page = open(&app, &at, &mut visitor).await;
    let mut response = answer_privately(&app, &at, &uri, page).await;
    visitor.remember(response.headers_mut());
    response
}

async fn open(app: &App, at: &Storefront, visitor: &mut Visitor) -> PageResult {
    // Whoever has no session has nothing in the bag.
    let Some(session) = visitor.session else {
        return Err(PageError::Redirect(Links(at.clone()).cart()));
    };
    let caller = visitor.caller(&session, "checkout page");
    match shop::checkout::open(&app.shop, &caller, &session, at).await {
        Ok(checkout) => Ok(page(at, checkout, StatusCode::OK, None)),
        Err(Failure::Refused(CheckoutError::EmptyCart)) => {
            Err(PageError::Redirect(Links(at.clone()).cart()))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The page of `checkout` as it stands, with what it has to say, also of a code that was refused.
pub fn page(
    at: &Storefront,
    checkout: CheckoutView,
    status: StatusCode,
    refusal: Option<CodeRefusal>,
) -> Page {
    let storefront = at.clone();
    let title = shop::text::say(at.locale, "checkout-title");
    let heading = title.clone();
    Page::new("checkout", title, move || {
        let frame = frame();
        let summary = SummaryTexts {
            title: frame.say("checkout-summary"),
            edit: frame.say("checkout-edit"),
            cart: frame.links.cart(),
            totals: totals(&frame),
        };
        view! {
            <div class="checkout-page">
                <h1>{heading}</h1>
                {notices(&checkout, &frame)}
                <Form storefront checkout=checkout.clone() refusal />
                <CheckoutSummary locale=frame.locale() initial=CheckoutShown::from(&checkout) texts=summary />
            </div>
        }
        .into_any()
    })
    .status(status)
    .unlisted()
}

/// What concerns the whole checkout rather than a field, and that fields want attention.
fn notices(checkout: &CheckoutView, frame: &Frame) -> impl IntoView + use<> {
    let locale = frame.locale();
    let mut texts = Vec::new();
    let say_with = |key: &str, arguments: &[(&str, shop::text::Value<'_>)]| {
        shop::text::say_with(locale, key, arguments)
    };
    for message in &checkout.messages {
        match message {
            CheckoutMessage::Field(_) => {}
            CheckoutMessage::SoldOut {
                title, available, ..
            } => {
                let key = if *available > 0 {
                    "checkout-few-available"
                } else {
                    "checkout-sold-out"
                };
                texts.push(say_with(
                    key,
                    &[
                        ("title", title.clone().into()),
                        ("available", (*available).into()),
                    ],
                ));
            }
            CheckoutMessage::Limited { title, most, .. } => texts.push(say_with(
                "stock-limited",
                &[("title", title.clone().into()), ("most", (*most).into())],
            )),
            CheckoutMessage::TotalChanged { was, is } => {
                let (was, is) = (money(*was, locale), money(*is, locale));
                texts.push(say_with(
                    "checkout-total-changed",
                    &[("was", was.into()), ("is", is.into())],
                ));
            }
            CheckoutMessage::CodeRefused { code, problem } => {
                let why = frame.say(problem_text(*problem));
                let code = code.to_string();
                texts.push(say_with(
                    "promotion-refused",
                    &[("code", code.into()), ("why", why.into())],
                ));
            }
            CheckoutMessage::PaymentFailed => texts.push(frame.say("checkout-payment-failed")),
            CheckoutMessage::PaymentUnavailable => {
                texts.push(frame.say("checkout-payment-unavailable"))
            }
        }
    }
    if checkout
        .messages
        .iter()
        .any(|message| matches!(message, CheckoutMessage::Field(_)))
    {
        texts.push(frame.say("checkout-fields-want-attention"));
    }
    let to_cart = checkout
        .messages
        .iter()
        .any(|message| {
            matches!(
                message,
                CheckoutMessage::SoldOut { .. } | CheckoutMessage::Limited { .. }
            )
        })
        .then(|| view! { <a href=frame.links.cart()>{frame.say("checkout-edit")}</a> });
    (!texts.is_empty()).then(|| {
        let texts = texts
            .into_iter()
            .map(|text| view! { <p>{text}</p> })
            .collect_view();
        view! { <div class="notice bad" role="alert">{texts} {to_cart}</div> }
    })
}

#[component]
fn Form(
    storefront: Storefront,
    checkout: CheckoutView,
    refusal: Option<CodeRefusal>,
) -> impl IntoView {
    let frame = frame();
    let typed = Typed::new(checkout.form.clone(), checkout.messages.clone());
    let delivery = DeliveryTexts {
        free: frame.say("cart-free"),
        days: frame.say("checkout-days"),
        day: frame.say("checkout-day"),
        none: frame.say("checkout-no-delivery"),
    };
    let delivery_problem = typed.problem(Field::Delivery);
    let described = delivery_problem
        .is_some()
        .then(|| format!("{}-problem", Field::Delivery.name()));
    view! {
        <form class="checkout-form" method="post" action=frame.links.checkout() novalidate=true>
            <input type="hidden" name="checkout" value=checkout.id.to_string() />
            <input type="hidden" name="key" value=checkout.key.to_string() />
            <fieldset>
                <legend>{frame.say("checkout-contact")}</legend>
                <TextField typed=typed.clone() field=Field::Email fills="email" kind="email" />
            </fieldset>
            <fieldset>
                <legend>{frame.say("checkout-address")}</legend>
                <TextField typed=typed.clone() field=Field::Name fills="name" />
                <TextField typed=typed.clone() field=Field::Line1 fills="address-line1" />
                <TextField typed=typed.clone() field=Field::Line2 fills="address-line2" required=false />
                <TextField typed=typed.clone() field=Field::Postcode fills="postal-code" class="third" />
                <TextField typed=typed.clone() field=Field::City fills="address-level2" class="two-thirds" />
                <CountryField typed=typed.clone() countries=checkout.countries.clone() />
                <Region typed=typed.clone() regions=checkout.regions.clone() />
                <TextField typed=typed.clone() field=Field::Phone fills="tel" kind="tel" required=false />
            </fieldset>
            <fieldset aria-describedby=described>
                <legend>{frame.say("checkout-delivery")}</legend>
                <DeliveryChoices storefront initial=CheckoutShown::from(&checkout) texts=delivery />
                <Problem field=Field::Delivery problem=delivery_problem />
                <button class="button plain without-script" name="action" value="update">{frame.say("checkout-update")}</button>
            </fieldset>
            {codes(&frame, &checkout, refusal)}
            <PaymentField typed=typed.clone() methods=checkout.payment_methods.clone() />
            <section>
                <h2>{frame.say("checkout-pay-heading")}</h2>
                <p class="quiet">{frame.say("checkout-pay-text")}</p>
                <button class="button wide" name="action" value="place">{frame.say("checkout-place")}</button>
                <p class="fine">{frame.say("checkout-terms")}</p>
            </section>
        </form>
    }
}
