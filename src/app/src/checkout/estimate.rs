//! In the bag: what delivery takes and costs to a country and state, before an address is asked for. A form that works
//! without JavaScript. The choice goes into the checkout, and stands in the URL of the bag that shows the estimate.

use crate::checkout::form::lead;
use crate::error::PageError;
use crate::frame::{Frame, frame};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::Country;
use domain::cart::CartView;
use domain::checkout::RegionChoices;
use domain::format::money;
use domain::link::Links;
use http::{HeaderMap, Uri};
use leptos::prelude::*;
use shop::Failure;
use shop::checkout::CheckoutError;
use shop::market::{Estimated, estimate};
use std::collections::HashMap;

/// POST …/checkout/destination: the checkout goes there, unless an address was typed already; and the bag is shown with what
/// delivery to there would cost.
pub async fn choose(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let visitor = match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => visitor,
        Err(broken) => return answer_privately(&app, &at, &uri, Err(broken.into())).await,
    };
    // Codes of countries and regions are short, and nothing in them is ever encoded.
    let code = |name: &str| {
        let text = fields.get(name).map_or("", |text| text.trim());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        Some(text).filter(|text| text.len() <= 8 && text.chars().all(is_plain))
    };
    let (Some(country), Some(region)) = (code("country"), code("region")) else {
        return answer_privately(&app, &at, &uri, Err(PageError::BadRequest)).await;
    };
    if let Some(session) = visitor.session {
        let caller = visitor.caller(&session, "delivery estimate");
        let to = (country, region);
        match shop::checkout::head_for(&app.shop, &caller, &session, &at, to).await {
            // The bag is empty, and its page says so.
            Ok(()) | Err(Failure::Refused(CheckoutError::EmptyCart)) => {}
            Err(failure) => return answer_privately(&app, &at, &uri, Err(failure.into())).await,
        }
    }
    let bag = Links(at).cart();
    lead(&format!("{bag}?country={country}&region={region}#estimate"))
}

/// The estimate for `cart`, to what `query` (`country=PT&region=20`) chooses; nothing for an empty bag.
#[component]
pub fn DeliveryEstimate(cart: CartView, query: String) -> impl IntoView {
    let frame = frame();
    // Codes are of letters, digits and `-`: nothing in them is ever encoded.
    let chosen = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        found.next_back().unwrap_or_default()
    };
    let shop = &frame.app.shop;
    let (country, region) = (chosen("country"), chosen("region"));
    estimate(shop, &frame.storefront, &cart, country, region).map(|estimate| {
        let rows = estimate
            .options
            .iter()
            .map(|way| row(&frame, way))
            .collect_view();
        let nothing = estimate.options.is_empty().then(|| {
            view! { <p class="quiet">{frame.say("checkout-no-delivery")}</p> }
        });
        view! {
            <section class="estimate" aria-labelledby="estimate-title" id="estimate">
                <h2 id="estimate-title">{frame.say("estimate-title")}</h2>
                <form method="post" action=frame.links.destination()>
                    {countries(&frame, &estimate.countries, estimate.country)}
                    {estimate.regions.map(|regions| choices(&frame, regions, &estimate.region))}
                    <button class="button small plain">{frame.say("estimate-button")}</button>
                </form>
                <ul id=islands::cart::ESTIMATED>{rows}</ul>
                {nothing}
                <p class="fine">{frame.say("estimate-note")}</p>
            </section>
        }
    })
}

fn countries(frame: &Frame, countries: &[Country], chosen: Country) -> impl IntoView + use<> {
    let locale = frame.locale();
    let options = countries
        .iter()
        .map(|country| {
            let code = country.to_string();
            let name = shop::text::country(locale, *country).unwrap_or_else(|| code.clone());
            view! { <option value=code selected=*country == chosen>{name}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="estimate-country">{frame.say("checkout-country")}</label>
            <select id="estimate-country" name="country">{options}</select>
        </div>
    }
}

fn choices(frame: &Frame, regions: RegionChoices, chosen: &str) -> impl IntoView + use<> {
    let nothing = if regions.required {
        frame.say("checkout-region-choose")
    } else {
        frame.say("checkout-region-none")
    };
    let options = regions
        .choices
        .into_iter()
        .map(|choice| {
            let selected = choice.code == chosen;
            view! { <option value=choice.code selected=selected>{choice.name}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="estimate-region">{regions.label}</label>
            <select id="estimate-region" name="region">
                <option value="" selected=chosen.is_empty()>{nothing}</option>
                {options}
            </select>
        </div>
    }
}

fn row(frame: &Frame, way: &Estimated) -> impl IntoView + use<> {
    let locale = frame.locale();
    let option = &way.offered.option;
    let price = if way.price.is_zero() {
        frame.say("cart-free")
    } else {
        money(way.price, locale)
    };
    let days = if option.days.0 == option.days.1 {
        frame.say("checkout-day")
    } else {
        frame.say("checkout-days")
    };
    let days = days
        .replace("{from}", &option.days.0.to_string())
        .replace("{to}", &option.days.1.to_string());
    let sums = [
        ("tax", money(way.tax, locale).into()),
        ("total", money(way.total, locale).into()),
    ];
    let sums = frame.say_with("estimate-sums", &sums);
    view! {
        <li>
            <span>{option.name.clone()}</span>
            <span class="price">{price}</span>
            <small>{days}</small>
            <small>{sums}</small>
        </li>
    }
}
