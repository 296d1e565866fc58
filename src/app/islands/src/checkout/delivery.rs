//! The delivery choices, inside the checkout's form.

use crate::checkout::{CheckoutShown, store};
use crate::json::{Props, props};
use domain::Storefront;
use domain::checkout::{DeliveryChoice, Place};
use domain::format::money;
use leptos::html::Div;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What the delivery choices say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryTexts {
    pub free: String,
    /// `{from}`–`{to}` business days; and for exactly `{to}`.
    pub days: String,
    pub day: String,
    /// That nothing is offered for this address.
    pub none: String,
}

/// A radio for each way of delivery, named `delivery`, and the total that the shopper has seen (`seen_total`). Listens to the
/// form around it, and asks the server when the destination or the choice changes.
#[component]
pub fn DeliveryChoices(
    storefront: Storefront,
    initial: CheckoutShown,
    texts: DeliveryTexts,
) -> impl IntoView {
    view! {
        <Props of=(storefront, initial, texts) />
        <DeliveryChoicesIsland />
    }
}

#[island]
pub fn DeliveryChoicesIsland() -> impl IntoView {
    let (storefront, initial, texts) = props::<(Storefront, CheckoutShown, DeliveryTexts)>();
    let here = NodeRef::<Div>::new();
    let locale = storefront.locale;
    let view = store::shown();
    let shown = Memo::new(move |_| view.get().unwrap_or_else(|| initial.clone()));
    Effect::new(move |_| {
        let Some(form) = here.get().and_then(|here| store::form_of(&here)) else {
            return;
        };
        let (storefront, asked) = (storefront.clone(), form.clone());
        let follow = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            let field = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let name = field
                .and_then(|field| field.get_attribute("name"))
                .unwrap_or_default();
            if matches!(
                name.as_str(),
                "country" | "region" | "postcode" | "delivery"
            ) {
                store::ask(&storefront, &asked);
            }
        });
        let _ = form.add_event_listener_with_callback("change", follow.as_ref().unchecked_ref());
        follow.forget();
    });
    let choice = move |choice: DeliveryChoice| {
        let DeliveryChoice {
            option,
            price,
            pick_up,
        } = choice;
        let place = pick_up.map(|place| {
            let Place {
                called,
                line1,
                postcode,
                city,
                ..
            } = place;
            let parts = [
                called.name,
                line1,
                format!("{postcode} {city}"),
                called.hours,
            ];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            view! { <small class="place">{parts.join(" · ")}</small> }
        });
        let days = if option.days.0 == option.days.1 {
            &texts.day
        } else {
            &texts.days
        };
        let days = days
            .replace("{from}", &option.days.0.to_string())
            .replace("{to}", &option.days.1.to_string());
        let price = if price.is_zero() {
            texts.free.clone()
        } else {
            money(price, locale)
        };
        let code = option.code.clone();
        let checked = shown.with_untracked(|view| view.form.delivery == code);
        view! {
            <label>
                <input type="radio" name="delivery" value=option.code checked=checked required=true />
                <span>{option.name}</span>
                <span class="price">{price}</span>
                <small>{days}</small>
                {place}
            </label>
        }
    };
    let key = |choice: &DeliveryChoice| {
        (
            choice.option.code.clone(),
            choice.option.name.clone(),
            choice.price.minor,
            choice.option.days,
        )
    };
    view! {
        <div class="options" node_ref=here hidden=move || shown.with(|view| view.delivery.is_empty())>
            <For each=move || shown.with(|view| view.delivery.clone()) key=key children=choice />
        </div>
        <p class="quiet" hidden=move || shown.with(|view| !view.delivery.is_empty())>{texts.none.clone()}</p>
        <input type="hidden" name="seen_total" value=move || shown.with(|view| view.quote.total.minor.to_string()) />
        <input type="hidden" name="seen_credit" value=move || shown.with(|view| credit(view).to_string()) />
    }
}

/// What gift cards pay of it, in minor units.
fn credit(view: &CheckoutShown) -> i64 {
    view.quote.credit.map_or(0, |credit| credit.minor)
}
