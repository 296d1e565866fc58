//! In the bag: what delivery takes and costs to a country and state, before an address is asked for. A form that works
//! without JavaScript; the choice stands in the URL.

use crate::frame::{Frame, frame};
use domain::Country;
use domain::cart::CartView;
use domain::checkout::RegionChoices;
use domain::format::money;
use leptos::prelude::*;
use shop::market::{Estimated, estimate};

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
                <form method="get" action=format!("{}#estimate", frame.links.cart())>
                    {countries(&frame, &estimate.countries, estimate.country)}
                    {estimate.regions.map(|regions| choices(&frame, regions, &estimate.region))}
                    <button class="button small plain">{frame.say("estimate-button")}</button>
                </form>
                <ul>{rows}</ul>
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
