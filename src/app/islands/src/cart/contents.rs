//! The bag's page: its lines, each with a quantity, and what they come to. Changes show at once, exact to the cent, because the
//! browser prices the cart with the server's own function.

use crate::cart::codes::{CodeRefusal, CodeTexts, Codes, hints};
use crate::cart::drawer::{Totals, sums};
use crate::cart::store::{self, Cart};
use crate::json::{Props, props};
use crate::picture::thumbnail;
use crate::stepper::Stepper;
use domain::cart::{CartChange, CartLine, CartView, Quantity};
use domain::catalog::StockState;
use domain::format::money;
use domain::link::Links;
use domain::{Storefront, VariantId};
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

/// What the bag's page says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CartTexts {
    /// With `{title}`.
    pub quantity: String,
    pub less: String,
    pub more: String,
    /// The button that sends a quantity where there is no script.
    pub update: String,
    pub remove: String,
    pub few_left: String,
    pub sold_out: String,
    pub summary: String,
    /// That delivery and tax are estimated.
    pub estimate: String,
    pub checkout: String,
    pub empty: String,
    /// The way back into the shop.
    pub go_on: String,
    pub unreachable: String,
    pub codes: CodeTexts,
    pub totals: Totals,
}

/// The id of the element with what delivery was estimated to cost. It goes when the bag changes.
pub const ESTIMATED: &str = "estimated";

/// The lines and the summary of a bag; `refusal` of a code that a form sent.
#[component]
pub fn CartContents(
    storefront: Storefront,
    initial: CartView,
    texts: CartTexts,
    refusal: Option<CodeRefusal>,
) -> impl IntoView {
    view! {
        <Props of=(storefront, initial, texts, refusal) />
        <CartContentsIsland />
    }
}

#[island]
pub fn CartContentsIsland() -> impl IntoView {
    let (storefront, initial, texts, refusal) =
        props::<(Storefront, CartView, CartTexts, Option<CodeRefusal>)>();
    let cart = Cart::watch();
    let links = StoredValue::new(Links(storefront.clone()));
    let texts = StoredValue::new(texts);
    let locale = storefront.locale;
    let offered = initial.clone();
    Effect::new(move |_| store::offer(offered.clone()));
    let shown = Memo::new(move |_| cart.get().unwrap_or_else(|| initial.clone()));
    // What the page estimated was for the bag as it came.
    let estimated = shown.with_untracked(|cart| cart.version);
    Effect::new(move |_| {
        let is_old = shown.with(|cart| cart.version != estimated);
        if let Some(ways) = document().get_element_by_id(ESTIMATED).filter(|_| is_old) {
            ways.remove();
        }
    });
    let is_empty = move || shown.with(|cart| cart.lines.is_empty());
    let problem = RwSignal::new(None::<String>);
    let row = move |line: CartLine| view! { <Row line shown links texts problem /> };
    let totals = move || {
        texts.with_value(|texts| shown.with(|cart| sums(&cart.quote, &texts.totals, locale)))
    };
    let hints = move || {
        let all = texts.with_value(|texts| shown.with(|cart| hints(cart, &texts.codes, locale)));
        all.into_iter()
            .map(|hint| view! { <p class="quiet missing">{hint}</p> })
            .collect_view()
    };
    let text = move |pick: fn(&CartTexts) -> &String| texts.with_value(|texts| pick(texts).clone());
    let (home, checkout) = links.with_value(|links| (links.home(), links.checkout()));
    view! {
        <p class="notice bad" role="alert" hidden=move || problem.with(Option::is_none)>{problem}</p>
        <div class="quiet empty" hidden=move || !is_empty()>
            <p>{text(|texts| &texts.empty)}</p>
            <a class="button" href=home>{text(|texts| &texts.go_on)}</a>
        </div>
        <ul class="lines" hidden=is_empty>
            <For each=move || shown.with(|cart| cart.lines.clone()) key=|line| line.variant children=row />
        </ul>
        <section class="summary" aria-live="polite" hidden=is_empty>
            <h2>{text(|texts| &texts.summary)}</h2>
            {hints}
            <Codes shown links texts refusal />
            {totals}
            <p class="fine">{text(|texts| &texts.estimate)}</p>
            <a class="button wide" href=checkout>{text(|texts| &texts.checkout)}</a>
        </section>
    }
}

#[component]
fn Row(
    line: CartLine,
    shown: Memo<CartView>,
    links: StoredValue<Links>,
    texts: StoredValue<CartTexts>,
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let (storefront, href, action) = links.with_value(|links| {
        (
            links.0.clone(),
            links.product(&line.product_slug),
            links.cart_line(line.variant),
        )
    });
    let locale = storefront.locale;
    let variant = line.variant;
    let subtotal = move || {
        shown
            .with(|cart| subtotal(cart, variant))
            .map(|sum| money(sum, locale))
    };
    let send = Callback::new(move |change: CartChange| {
        problem.set(None);
        store::change(&storefront, change, move |told| {
            if let Err(error) = told {
                let offline = texts.with_value(|texts| texts.unreachable.clone());
                problem.set(Some(if error.message.is_empty() {
                    offline
                } else {
                    error.message
                }));
            }
        });
    });
    let quantity = line.quantity.get();
    let typed = move |event: Event| {
        let field = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let count = field
            .and_then(|field| field.value().parse().ok())
            .and_then(|count| Quantity::new(count).ok());
        if let Some(quantity) = count {
            send.run(CartChange::SetQuantity { variant, quantity });
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        let button = event
            .submitter()
            .and_then(|button| button.dyn_into::<HtmlElement>().ok());
        if button.is_some_and(|button| button.class_name() == "remove") {
            send.run(CartChange::RemoveLine { variant });
        }
    };
    let picture = line.picture.map(|picture| {
        view! { <img src=thumbnail(&picture.src) alt=picture.alt width="400" height="500" loading="lazy" /> }
    });
    let (label, less, more, update, remove, stock) = texts.with_value(|texts| {
        let stock = match line.stock {
            StockState::SoldOut => Some(texts.sold_out.clone()),
            StockState::FewLeft => Some(texts.few_left.clone()),
            StockState::InStock => None,
        };
        let label = texts.quantity.replace("{title}", &line.title);
        (
            label,
            texts.less.clone(),
            texts.more.clone(),
            texts.update.clone(),
            texts.remove.clone(),
            stock,
        )
    });
    let remove_label = format!("{remove}: {}", line.title);
    view! {
        <li>
            <div class="tile">{picture}</div>
            <h3><a href=href>{line.title}</a></h3>
            <span class="price">{subtotal}</span>
            <p class="meta">{line.options}</p>
            <form class="acts" method="post" action=action on:input=typed on:submit=submitted>
                <Stepper value=quantity label less more />
                <button class="button small plain without-script">{update}</button>
                <button class="remove" name="remove" value="1" aria-label=remove_label>{remove}</button>
                {stock.map(|stock| view! { <span class="stock">{stock}</span> })}
            </form>
        </li>
    }
}

fn subtotal(cart: &CartView, variant: VariantId) -> Option<domain::Money> {
    cart.quote
        .lines
        .iter()
        .find(|line| line.variant == variant)
        .map(|line| line.subtotal)
}
