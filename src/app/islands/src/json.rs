//! JSON in the browser: parsed by the browser itself, and read field by field.
//!
//! serde's generated readers for carts and checkouts weighed more than half of the module. These are a line for each type, and
//! the compiler still checks that no field is forgotten. The server, which has serde, uses it.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// On the server: packs `props` for the island that is rendered next, as JSON in an element before it
/// (`<template data-props>`): leptos would read them with serde, which weighs more than an island.
#[component]
pub fn Props<T: Serialize + 'static>(of: T) -> impl IntoView {
    let json = serde_json::to_string(&of).unwrap_or_default();
    side::hand_over(&json);
    view! { <template data-props=json></template> }
}

/// In an island: its props.
///
/// # Panics
/// When no [`Props`] of the same type stand before the island.
pub fn props<T: Read + DeserializeOwned>() -> T {
    side::handed_over()
        .and_then(|text| parse(&text))
        .expect("an island has the props it was made with")
}

/// A value from its JSON. None when it is something else.
pub fn parse<T: Read + DeserializeOwned>(text: &str) -> Option<T> {
    side::parse(text)
}

/// The server's: context, and serde.
#[cfg(not(target_arch = "wasm32"))]
mod side {
    use super::Read;
    use leptos::prelude::*;
    use serde::de::DeserializeOwned;

    #[derive(Clone)]
    struct Packed(String);

    pub fn hand_over(json: &str) {
        provide_context(Packed(json.to_owned()));
    }

    pub fn handed_over() -> Option<String> {
        use_context::<Packed>().map(|packed| packed.0)
    }

    pub fn parse<T: Read + DeserializeOwned>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }
}

/// The browser's: the document, and the browser's parser.
#[cfg(target_arch = "wasm32")]
mod side {
    use super::Read;
    use serde::de::DeserializeOwned;
    use wasm_bindgen::{JsCast, JsValue};

    pub fn hand_over(_: &str) {}

    /// `boot.js` says which island is being brought to life.
    pub fn handed_over() -> Option<String> {
        let island =
            js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("__island")).ok()?;
        let island: web_sys::Element = island.dyn_into().ok()?;
        island
            .previous_element_sibling()?
            .get_attribute("data-props")
    }

    pub fn parse<T: Read + DeserializeOwned>(text: &str) -> Option<T> {
        T::read(&js_sys::JSON::parse(text).ok()?)
    }
}

pub use read::Read;

mod read {
    use crate::api::ApiError;
    use crate::cart::{DrawerTexts, Totals};
    use crate::product::{BuyTexts, Buyable};
    use domain::cart::{CartLine, CartView, Quantity};
    use domain::catalog::{OptionValue, Picture, ProductOption, StockState, Variant};
    use domain::gift_card::CartCard;
    use domain::id::{CartId, GiftCardId, ProductId, PromotionId, VariantId};
    use domain::pricing::{
        Adjustment, Declined, DeclinedBecause, DeliveryOption, Effect, Part, Quote, QuotedLine,
        Rounding, RoundingMode, RoundingScope, Rule, TaxClass, TaxMode, TaxRate, TaxTerms, Terms,
        WeightBand,
    };
    use domain::promotion::{CartCode, Code, CodeProblem};
    use domain::{Currency, Locale, Money, Storefront};
    use js_sys::{Array, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    /// Read from a value that `JSON.parse` made, in the shape that serde writes.
    pub trait Read: Sized {
        /// None when the value is something else.
        fn read(value: &JsValue) -> Option<Self>;
    }

    fn field<T: Read>(value: &JsValue, name: &str) -> Option<T> {
        T::read(&Reflect::get(value, &JsValue::from_str(name)).ok()?)
    }

    impl Read for String {
        fn read(value: &JsValue) -> Option<Self> {
            value.as_string()
        }
    }

    /// Exact to 2⁵³ − 1, as every number of the browser.
    impl Read for i64 {
        fn read(value: &JsValue) -> Option<Self> {
            #[allow(clippy::cast_possible_truncation)]
            value.as_f64().map(|number| number as Self)
        }
    }

    macro_rules! read_numbers {
        ($($type:ty),*) => {$(
            impl Read for $type {
                fn read(value: &JsValue) -> Option<Self> {
                    i64::read(value)?.try_into().ok()
                }
            }
        )*};
    }
    read_numbers!(u8, u32, usize);

    impl<T: Read> Read for Option<T> {
        fn read(value: &JsValue) -> Option<Self> {
            if value.is_null() || value.is_undefined() {
                Some(None)
            } else {
                T::read(value).map(Some)
            }
        }
    }

    impl<T: Read> Read for Vec<T> {
        fn read(value: &JsValue) -> Option<Self> {
            let array: &Array = value.dyn_ref()?;
            let mut list = Self::new();
            for index in 0..array.length() {
                list.push(T::read(&array.get(index))?);
            }
            Some(list)
        }
    }

    macro_rules! read_tuples {
        ($(($($name:ident $index:literal),*)),*) => {$(
            impl<$($name: Read),*> Read for ($($name,)*) {
                fn read(value: &JsValue) -> Option<Self> {
                    let array: &Array = value.dyn_ref()?;
                    Some(($($name::read(&array.get($index))?,)*))
                }
            }
        )*};
    }
    read_tuples!((A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3));

    macro_rules! read_parsed {
        ($($type:ty),*) => {$(
            impl Read for $type {
                fn read(value: &JsValue) -> Option<Self> {
                    value.as_string()?.parse().ok()
                }
            }
        )*};
    }
    impl Read for bool {
        fn read(value: &JsValue) -> Option<Self> {
            value.as_bool()
        }
    }

    read_parsed!(
        CartId,
        ProductId,
        VariantId,
        PromotionId,
        GiftCardId,
        Storefront,
        Locale,
        Currency,
        Code
    );

    macro_rules! read_names {
        ($($type:ident { $($name:literal => $variant:ident),* })*) => {$(
            impl Read for $type {
                fn read(value: &JsValue) -> Option<Self> {
                    match value.as_string()?.as_str() {
                        $($name => Some(Self::$variant),)*
                        _ => None,
                    }
                }
            }
        )*};
    }
    read_names! {
        StockState { "sold_out" => SoldOut, "few_left" => FewLeft, "in_stock" => InStock }
        TaxMode { "included" => Included, "added" => Added }
        TaxClass { "standard" => Standard, "reduced" => Reduced, "zero" => Zero }
        RoundingScope { "line" => Line, "order" => Order }
        RoundingMode { "half_up" => HalfUp, "half_even" => HalfEven }
        Part { "lines" => Lines, "delivery" => Delivery }
        CodeProblem {
            "not_yet" => NotYet, "ended" => Ended, "used_up" => UsedUp, "used_before" => UsedBefore, "not_here" => NotHere,
            "not_for_you" => NotForYou
        }
    }

    macro_rules! read_fields {
        ($($type:ident { $($field:ident),* $(,)? })*) => {$(
            impl Read for $type {
                fn read(value: &JsValue) -> Option<Self> {
                    Some(Self { $($field: field(value, stringify!($field))?),* })
                }
            }
        )*};
    }
    read_fields! {
        ApiError { code, message }
        Money { minor, currency }
        Picture { src, alt }
        OptionValue { name, label, hex }
        ProductOption { name, label, values }
        Variant { id, sku, options, price, compare_at, stock, picture }
        Buyable { id, title, options, variants }
        CartLine {
            variant, sku, product_slug, title, options, picture, unit_price, compare_at, quantity, weight_g, tax_class, stock,
        }
        TaxRate { class, ppm }
        Rounding { scope, mode }
        TaxTerms { mode, rounding, rates }
        Rule { name, effect, from_subtotal, from_quantity, lines, gives, most, group, code, counted }
        Adjustment { rule, code, counted, from, amount }
        Declined { rule, code, why }
        CartCode { code, problem }
        CartCard { id, ending, balance }
        WeightBand { up_to_g, price }
        DeliveryOption { code, name, days, bands, free_from, tax_class }
        Terms { currency, tax, rules, delivery, credit }
        QuotedLine { variant, subtotal, discount, tax }
        Quote {
            lines, subtotal, adjustments, declined, discount, delivery, missing_for_free_delivery, tax, tax_mode, total, credit,
        }
        CartView { id, version, lines, codes, cards, terms, quote }
        Totals { subtotal, credit, due, delivery, free, tax_included, tax_added, total, missing }
        DrawerTexts { title, close, empty, cart, checkout, totals }
        BuyTexts {
            lead, add, adding, sold_out, not_made, in_stock, few_left, leaves, quantity, less, more, delivery_in, delivery_by,
            delivery_days, delivery_cost, returns, offline,
        }
    }

    impl Read for Quantity {
        fn read(value: &JsValue) -> Option<Self> {
            Self::new(u32::read(value)?).ok()
        }
    }

    impl Read for Effect {
        fn read(value: &JsValue) -> Option<Self> {
            match field::<String>(value, "kind")?.as_str() {
                "percent" => Some(Self::Percent {
                    basis_points: field(value, "basis_points")?,
                }),
                "amount" => Some(Self::Amount {
                    amount: field(value, "amount")?,
                }),
                "buy_get" => Some(Self::BuyGet {
                    buy: field(value, "buy")?,
                    get: field(value, "get")?,
                    basis_points: field(value, "basis_points")?,
                }),
                "free_delivery" => Some(Self::FreeDelivery),
                _ => None,
            }
        }
    }

    impl Read for DeclinedBecause {
        fn read(value: &JsValue) -> Option<Self> {
            match field::<String>(value, "kind")?.as_str() {
                "missing" => Some(Self::Missing {
                    amount: field(value, "amount")?,
                }),
                "missing_quantity" => Some(Self::MissingQuantity {
                    quantity: field(value, "quantity")?,
                }),
                "no_lines" => Some(Self::NoLines),
                "not_together" => Some(Self::NotTogether {
                    with: field(value, "with")?,
                }),
                "nothing_left" => Some(Self::NothingLeft),
                _ => None,
            }
        }
    }

    /// What only the pages of cart, checkout and orders read.
    #[cfg(feature = "till")]
    mod till {
        use super::{Read, field};
        use crate::api::OrderStatus;
        use crate::cart::{CartTexts, CodeRefusal, CodeTexts};
        use crate::checkout::{CheckoutShown, Chosen, DeliveryTexts, RegionTexts, SummaryTexts};
        use domain::Country;
        use domain::checkout::{DeliveryChoice, Place, PlaceName, RegionChoice, RegionChoices};
        use domain::order::OrderState;
        use domain::payment::AttemptState;
        use wasm_bindgen::JsValue;

        read_parsed!(Country);
        read_names! {
            OrderState {
                "payment_due" => PaymentDue, "paid" => Paid, "cancelled" => Cancelled, "refund_due" => RefundDue,
                "refunded" => Refunded
            }
            AttemptState {
                "created" => Created, "pending" => Pending, "unknown" => Unknown, "captured" => Captured,
                "failed" => Failed
            }
        }
        read_fields! {
            OrderStatus { state, payment }
            PlaceName { name, hours }
            Place { called, line1, postcode, city, region, country }
            DeliveryChoice { option, price, pick_up }
            RegionChoice { code, name }
            RegionChoices { label, required, choices }
            RegionTexts { choose, none, problem }
            Chosen { delivery, region }
            CheckoutShown { form, lines, delivery, regions, quote }
            CartTexts {
                quantity, less, more, update, remove, few_left, sold_out, summary, estimate, checkout, empty, go_on,
                unreachable, codes, totals,
            }
            CodeTexts {
                label, apply, remove, card, store_credit, malformed, not_yet, ended, used_up, used_before, not_here,
                not_for_you, missing, missing_units, missing_any, missing_units_any, no_lines, not_together, nothing_left,
            }
            CodeRefusal { typed, message }
            DeliveryTexts { free, days, day, none }
            SummaryTexts { title, edit, cart, totals }
        }
    }
}
