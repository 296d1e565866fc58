//! Choosing a variant and putting it into the bag. A plain form without a script.

use crate::api::{ApiError, ReadStock, call};
use crate::cart::store;
use crate::icon::{DOT, Icon, RETURN, VAN};
use crate::json::{Props, props};
use crate::product::choice::{Buyable, total};
use crate::product::{arrival, form, gallery};
use crate::stepper::Stepper;
use domain::Storefront;
use domain::cart::{CartChange, Quantity};
use domain::catalog::{OptionValue, StockState, Variant};
use domain::format::money;
use domain::link::Links;
use leptos::ev::SubmitEvent;
use leptos::html::Form;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the box says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BuyTexts {
    /// The product's one sentence.
    pub lead: String,
    pub add: String,
    pub adding: String,
    pub sold_out: String,
    /// For a combination that is not made.
    pub not_made: String,
    pub in_stock: String,
    pub few_left: String,
    /// After `in_stock` and `few_left`.
    pub leaves: String,
    pub quantity: String,
    pub less: String,
    pub more: String,
    /// "Delivery in 2–3 business days", while no date can be said.
    pub delivery_in: String,
    /// "Delivery by", before a date.
    pub delivery_by: String,
    /// The latest business day; 0 where no date can be said.
    pub delivery_days: u8,
    /// What delivery costs, after either.
    pub delivery_cost: String,
    pub returns: String,
    /// When the server can't be reached.
    pub offline: String,
}

#[component]
pub fn BuyBox(storefront: Storefront, product: Buyable, texts: BuyTexts) -> impl IntoView {
    view! {
        <Props of=(storefront, product, texts) />
        <BuyBoxIsland />
    }
}

#[island]
pub fn BuyBoxIsland() -> impl IntoView {
    let (storefront, product, texts) = props::<(Storefront, Buyable, BuyTexts)>();
    let locale = storefront.locale;
    let action = Links(storefront.clone()).cart_lines();
    let id = product.id;
    let options = product.options.clone();
    let count = options.len();
    let title = product.title.clone();
    let begin = product
        .first()
        .map(|variant| variant.options.clone())
        .unwrap_or_default();

    let chosen = RwSignal::new(begin);
    let quantity = RwSignal::new(Some(1));
    let product = RwSignal::new(product);
    // Until the browser runs this, what is struck through can't depend on what is chosen.
    let awake = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let message = RwSignal::new(String::new());
    let arrives = RwSignal::new(None::<String>);
    let texts = StoredValue::new(texts);
    let say = move |pick: fn(&BuyTexts) -> &String| texts.with_value(|texts| pick(texts).clone());

    let variant = move || product.with(|product| product.find(&chosen.get()).cloned());
    let state = move || variant().map(|variant| variant.stock);
    let can_buy = move || {
        if awake.get() {
            state().is_some_and(StockState::is_available)
        } else {
            !product.with(Buyable::is_sold_out)
        }
    };
    let is_out = move |at: usize, value: &str| {
        let others = awake.get().then(|| chosen.get());
        !product.with(|product| product.is_available(at, value, others.as_deref()))
    };

    let field = NodeRef::<Form>::new();
    let read = move || {
        if let Some((values, number)) = field
            .get_untracked()
            .and_then(|form| form::read(&form, count))
        {
            chosen.set(values);
            quantity.set(number);
            message.set(String::new());
        }
    };
    let restock = {
        let storefront = storefront.clone();
        move || {
            let ask = ReadStock {
                storefront: storefront.clone(),
                product: id,
            };
            leptos::task::spawn_local(async move {
                if let Ok(states) = call(&ask).await {
                    product.update(|product| product.restock(&states));
                }
            });
        }
    };
    let begin_stock = restock.clone();
    Effect::new(move |_| {
        read();
        awake.set(true);
        let days = texts.with_value(|texts| texts.delivery_days);
        arrives.set((days > 0).then(|| arrival::date(days, locale)));
        begin_stock();
    });
    Effect::new(move |before: Option<Option<usize>>| {
        let picture = variant().and_then(|variant| variant.picture);
        if let Some(index) = picture.filter(|_| before.is_some_and(|before| before != picture)) {
            gallery::put_first(index);
        }
        picture
    });

    let done = move |told: Result<(), ApiError>| {
        busy.set(false);
        match told {
            Ok(()) => store::set_open(true),
            Err(error) => {
                message.set(if error.message.is_empty() {
                    say(|texts| &texts.offline)
                } else {
                    error.message
                });
                restock();
            }
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let wanted = quantity
            .get_untracked()
            .and_then(|number| Quantity::new(number).ok());
        if let (Some(variant), Some(quantity), false) =
            (untrack(variant), wanted, busy.get_untracked())
        {
            busy.set(true);
            message.set(String::new());
            store::change(
                &storefront,
                CartChange::AddLine {
                    variant: variant.id,
                    quantity,
                },
                done.clone(),
            );
        }
    };

    let label = move || {
        if busy.get() {
            return say(|texts| &texts.adding);
        }
        if !can_buy() {
            return if state().is_none() {
                say(|texts| &texts.not_made)
            } else {
                say(|texts| &texts.sold_out)
            };
        }
        let sum = variant().and_then(|variant| total(&variant, quantity.get().unwrap_or(1)));
        let add = say(|texts| &texts.add);
        sum.map_or(add.clone(), |sum| format!("{add} · {}", money(sum, locale)))
    };
    let short_label = move || {
        if can_buy() {
            say(|texts| &texts.add)
        } else {
            say(|texts| &texts.sold_out)
        }
    };
    let label_of = move |at: usize| {
        let value = chosen.with(|chosen| chosen.get(at).cloned())?;
        product.with(|product| {
            let values = &product.options.get(at)?.values;
            let chosen = values.iter().find(|known| known.name == value)?;
            Some(chosen.label.clone())
        })
    };
    let summary = move || {
        let mut parts: Vec<String> = (0..count).filter_map(label_of).collect();
        parts.extend(variant().map(|variant| money(variant.price, locale)));
        parts.join(" · ")
    };
    let price = move || variant().map(|variant| price(&variant, locale));
    let stock = move || {
        let text = match state() {
            Some(StockState::InStock) => say(|texts| &texts.in_stock),
            Some(StockState::FewLeft) => say(|texts| &texts.few_left),
            Some(StockState::SoldOut) => return (say(|texts| &texts.sold_out), String::new()),
            None => return (say(|texts| &texts.not_made), String::new()),
        };
        (text, say(|texts| &texts.leaves))
    };
    let (when, date) = (
        move || {
            if arrives.with(Option::is_some) {
                say(|texts| &texts.delivery_by)
            } else {
                say(|texts| &texts.delivery_in)
            }
        },
        move || {
            arrives
                .get()
                .map(|date| view! { <b>{format!(" {date}")}</b> })
        },
    );

    let choices = options
        .into_iter()
        .enumerate()
        .map(|(at, option)| {
            let begin = chosen.with_untracked(|chosen| chosen.get(at).cloned().unwrap_or_default());
            let values = option
                .values
                .into_iter()
                .map(|value| {
                    let is_first = value.name == begin;
                    let name = value.name.clone();
                    choice(
                        at,
                        value,
                        is_first,
                        move || is_out(at, &name),
                        say(|texts| &texts.sold_out),
                    )
                })
                .collect_view();
            view! {
                <fieldset>
                    <legend>{option.label}" "<span>{move || label_of(at)}</span></legend>
                    <div class="choices">{values}</div>
                </fieldset>
            }
        })
        .collect_view();

    view! {
        <form class="buy" method="post" action=action node_ref=field on:input=move |_| read() on:submit=submit>
            <p class="price">{price}</p>
            <p class="lead">{say(|texts| &texts.lead)}</p>
            <input type="hidden" name="product" value=id.to_string() />
            {choices}
            <div class="buy-row">
                <Stepper
                    value=1
                    label=say(|texts| &texts.quantity)
                    less=say(|texts| &texts.less)
                    more=say(|texts| &texts.more)
                />
                <button class="button" disabled=move || !can_buy()>{label}</button>
            </div>
            <p class="field-error" role="alert">{move || message.get()}</p>
            <ul class="facts">
                <li>
                    <Icon path=DOT />
                    <span>
                        <b class:few=move || state() == Some(StockState::FewLeft)>{move || stock().0}</b>
                        {move || stock().1}
                    </span>
                </li>
                <li>
                    <Icon path=VAN />
                    <span>{when}{date}{say(|texts| &texts.delivery_cost)}</span>
                </li>
                <li><Icon path=RETURN /><span>{say(|texts| &texts.returns)}</span></li>
            </ul>
            <div class="dock">
                <div><strong>{title}</strong><span>{summary}</span></div>
                <button class="button" disabled=move || !can_buy()>{short_label}</button>
            </div>
        </form>
    }
}

fn price(variant: &Variant, locale: domain::Locale) -> impl IntoView + use<> {
    let before = variant
        .compare_at
        .map(|before| view! { <s>{money(before, locale)}</s> });
    let class = if before.is_some() { "now" } else { "" };
    view! { {before} <span class=class>{money(variant.price, locale)}</span> }
}

/// One value of an option: a dot when it is a colour, a pill otherwise.
fn choice(
    at: usize,
    value: OptionValue,
    is_first: bool,
    is_out: impl Fn() -> bool + Clone + Send + Sync + 'static,
    sold_out: String,
) -> impl IntoView {
    let name = format!("option{}", at + 1);
    let is_colour = value.hex.is_some();
    let dot = value.hex.map(|hex| {
        view! {
            <svg viewBox="0 0 32 32" aria-hidden="true">
                <circle cx="16" cy="16" r="15.5" fill=hex />
                <line x1="5" y1="27" x2="27" y2="5" />
            </svg>
        }
    });
    let text_class = if is_colour { "unseen" } else { "" };
    let out = is_out.clone();
    view! {
        <label class:dot=is_colour class:out=is_out>
            <input type="radio" name=name value=value.name.clone() checked=is_first />
            {dot}
            <span class=text_class>{value.label}</span>
            <span class="unseen">{move || if out() { format!(", {sold_out}") } else { String::new() }}</span>
        </label>
    }
}
