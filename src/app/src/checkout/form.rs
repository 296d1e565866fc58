//! The checkout's form, and the way back from the payment provider.

use crate::cart::form::code_change;
use crate::checkout::page::page;
use crate::error::{PageError, ToHttp};
use crate::page::PageResult;
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::cart::CartCommand;
use domain::checkout::{CheckoutForm, CheckoutMessage, Field};
use domain::link::Links;
use domain::{CommandId, Storefront};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use islands::cart::CodeRefusal;
use shop::checkout::{CheckoutError, PlaceError, Placement};
use shop::customer::Session;
use shop::{Caller, Failure};
use std::collections::HashMap;

/// POST …/checkout: with `action=place` an order, otherwise the page anew for what was typed.
pub async fn submit(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut visitor = match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => visitor,
        Err(broken) => return answer_privately(&app, &at, &uri, Err(broken.into())).await,
    };
    // Whoever has no session has nothing in the bag.
    let Some(session) = visitor.session else {
        return Redirect::to(&Links(at).cart()).into_response();
    };
    let caller = visitor.caller(&session, "checkout form");
    let form = read(&fields);
    // Whatever was pressed: a code that was typed is meant to count, before anything is ordered.
    let has_code = fields
        .get("code")
        .is_some_and(|code| !code.trim().is_empty());
    let is_about_codes = ["remove", "remove_card"]
        .iter()
        .any(|name| fields.contains_key(*name))
        || fields.get("action").is_some_and(|action| action == "code");
    let done = if is_about_codes || has_code {
        use_code(&app, &at, &caller, &mut visitor, form, &fields).await
    } else if fields.get("action").is_some_and(|action| action == "place") {
        place(&app, &at, caller, session, form, &fields).await
    } else {
        update(&app, &at, &caller, &session, form, None).await
    };
    let mut response = match done {
        Err(PageError::Redirect(to)) => lead(&to),
        page => answer_privately(&app, &at, &uri, page).await,
    };
    visitor.remember(response.headers_mut());
    response
}

/// Changes the bag's codes, and shows the checkout as it then is; refused, with the reason at the field.
async fn use_code(
    app: &App,
    at: &Storefront,
    caller: &Caller,
    visitor: &mut Visitor,
    form: CheckoutForm,
    fields: &HashMap<String, String>,
) -> PageResult {
    let Some(session) = visitor.session else {
        return Err(PageError::Redirect(Links(at.clone()).cart()));
    };
    let (change, typed) = code_change(fields);
    let changed = async {
        let command = CommandId(app.shop.random.id(app.shop.clock.now()));
        let change = change.map_err(Failure::Refused)?;
        let command = CartCommand { command, change };
        shop::cart::change(&app.shop, caller, &session, at, command).await
    };
    let refused = match changed.await {
        Ok(cart) => {
            visitor.saw_cart(cart.version);
            None
        }
        Err(Failure::Refused(error)) => Some(error.to_http()),
        Err(Failure::Broken(broken)) => return Err(broken.into()),
    };
    let refusal = refused.map(|(_, key)| CodeRefusal {
        typed,
        message: shop::text::say(at.locale, key),
    });
    let page = update(app, at, caller, &session, form, refusal).await?;
    Ok(match refused {
        Some((status, _)) => page.status(status),
        None => page,
    })
}

async fn update(
    app: &App,
    at: &Storefront,
    caller: &Caller,
    session: &Session,
    form: CheckoutForm,
    refusal: Option<CodeRefusal>,
) -> PageResult {
    match shop::checkout::update(&app.shop, caller, session, at, form).await {
        Ok(mut checkout) => {
            // They asked for prices, not whether it is complete.
            checkout
                .messages
                .retain(|message| !matches!(message, CheckoutMessage::Field(_)));
            Ok(page(at, checkout, StatusCode::OK, refusal))
        }
        Err(Failure::Refused(CheckoutError::EmptyCart)) => {
            Err(PageError::Redirect(Links(at.clone()).cart()))
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn place(
    app: &App,
    at: &Storefront,
    caller: Caller,
    session: Session,
    form: CheckoutForm,
    fields: &HashMap<String, String>,
) -> PageResult {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (Ok(checkout), Ok(key), Ok(seen_total)) = (
        field("checkout").parse(),
        field("key").parse(),
        field("seen_total").parse(),
    ) else {
        return Err(PageError::BadRequest);
    };
    let placement = Placement {
        checkout,
        key,
        form,
        seen_total,
        // A form of the release before knows no gift cards.
        seen_credit: field("seen_credit").parse().unwrap_or_default(),
    };
    let links = Links(at.clone());
    match shop::checkout::place(app.shop.clone(), caller, session, at.clone(), placement).await {
        Ok(placed) => {
            let to = placed
                .redirect
                .unwrap_or_else(|| links.order(&placed.number, &placed.token));
            Err(PageError::Redirect(to))
        }
        Err(Failure::Refused(PlaceError::Refused(checkout))) => {
            let is_typed = checkout
                .messages
                .iter()
                .any(|message| matches!(message, CheckoutMessage::Field(_)));
            let status = if is_typed {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::CONFLICT
            };
            Ok(page(at, *checkout, status, None))
        }
        Err(Failure::Refused(PlaceError::EmptyCart)) => Err(PageError::Redirect(links.cart())),
        Err(Failure::Refused(PlaceError::KeyReused)) => Err(PageError::Refused("error-key-reused")),
        Err(Failure::Refused(PlaceError::Closed)) => {
            Err(PageError::Conflict("error-checkout-closed"))
        }
        Err(failure) => Err(failure.into()),
    }
}

fn read(fields: &HashMap<String, String>) -> CheckoutForm {
    let text = |field: Field| fields.get(field.name()).cloned().unwrap_or_default();
    CheckoutForm {
        email: text(Field::Email),
        name: text(Field::Name),
        line1: text(Field::Line1),
        line2: text(Field::Line2),
        postcode: text(Field::Postcode),
        city: text(Field::City),
        region: text(Field::Region),
        country: text(Field::Country),
        phone: text(Field::Phone),
        delivery: text(Field::Delivery),
        payment: text(Field::Payment),
        ..CheckoutForm::default()
    }
}

/// GET …/checkout/return?session_id=… (Stripe) or ?provider=paypal&token=…: back from paying. Asks the provider what
/// happened, settles, and leads to the order.
pub async fn returned(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
) -> Response {
    let provider = query.get("provider").map_or("stripe", String::as_str);
    let Some(reference) = query
        .get("session_id")
        .or_else(|| query.get("token"))
        .filter(|text| (1..=255).contains(&text.len()))
    else {
        return answer_privately(&app, &at, &uri, Err(PageError::BadRequest)).await;
    };
    let caller = Caller {
        trace: Some(id.0),
        ..Caller::machine("payment return", "the shopper came back from paying")
    };
    match shop::payment::returned(&app.shop, &caller, provider, reference).await {
        Ok((number, token)) => lead(&Links(at).confirmation(&number, &token)),
        Err(failure) => answer_privately(&app, &at, &uri, Err(failure.into())).await,
    }
}

/// 303, stored nowhere.
pub fn lead(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
