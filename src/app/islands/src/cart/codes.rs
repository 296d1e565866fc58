//! Codes in the bag: a field to enter one, and those that are there, each with why it takes nothing off when it does not.

use crate::api::ApiError;
use crate::cart::contents::CartTexts;
use crate::cart::store;
use domain::Locale;
use domain::cart::{CartChange, CartView};
use domain::format::money;
use domain::gift_card::CartCard;
use domain::link::Links;
use domain::pricing::{DeclinedBecause, Effect, Quote};
use domain::promotion::{CartCode, Code, CodeProblem};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What stands at the codes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeTexts {
    pub label: String,
    pub apply: String,
    pub remove: String,
    /// With `{ending}`.
    pub card: String,
    pub store_credit: String,
    /// That it can be no code.
    pub malformed: String,
    pub not_yet: String,
    pub ended: String,
    pub used_up: String,
    pub used_before: String,
    pub not_here: String,
    pub not_for_you: String,
    /// With `{amount}`.
    pub missing: String,
    /// With `{count}`.
    pub missing_units: String,
    /// The same where anything in the bag will do.
    pub missing_any: String,
    pub missing_units_any: String,
    pub no_lines: String,
    /// With `{with}`.
    pub not_together: String,
    pub nothing_left: String,
}

/// A code that a form sent, and why it was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeRefusal {
    pub typed: String,
    pub message: String,
}

/// The field and the list.
#[component]
pub fn Codes(
    shown: Memo<CartView>,
    links: StoredValue<Links>,
    texts: StoredValue<CartTexts>,
    refusal: Option<CodeRefusal>,
) -> impl IntoView {
    let (storefront, action) = links.with_value(|links| (links.0.clone(), links.cart_codes()));
    let locale = storefront.locale;
    let text =
        move |pick: fn(&CodeTexts) -> &String| texts.with_value(|texts| pick(&texts.codes).clone());
    let (typed, message) = refusal
        .map(|refusal| (refusal.typed, refusal.message))
        .unzip();
    let problem = RwSignal::new(message);
    let field = NodeRef::<Input>::new();
    let send = Callback::new(move |change: CartChange| {
        problem.set(None);
        let is_new = matches!(change, CartChange::ApplyCode { .. });
        store::change(
            &storefront,
            change,
            move |told: Result<(), ApiError>| match (told, field.get_untracked()) {
                (Ok(()), Some(field)) if is_new => field.set_value(""),
                (Ok(()), _) => {}
                (Err(error), _) => {
                    let offline = texts.with_value(|texts| texts.unreachable.clone());
                    problem.set(Some(if error.message.is_empty() {
                        offline
                    } else {
                        error.message
                    }));
                }
            },
        );
    });
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = field.get_untracked().map(|field| field.value());
        match Code::parse(&typed.unwrap_or_default()) {
            Ok(code) => send.run(CartChange::ApplyCode { code }),
            Err(_) => problem.set(Some(text(|texts| &texts.malformed))),
        }
    };
    let codes = move || {
        shown.with(|cart| {
            let notes = cart.codes.iter().map(|code| {
                let why = texts.with_value(|texts| why(&cart.quote, code, &texts.codes, locale));
                (code.code.clone(), why)
            });
            notes.collect::<Vec<_>>()
        })
    };
    let code = move |(code, why): (Code, Option<String>)| {
        let name = code.to_string();
        let change = CartChange::RemoveCode { code };
        view! { <Kept name value=change why links texts send /> }
    };
    let card = move |card: CartCard| {
        let held = Some(money(card.balance, locale));
        let name = if card.ending.is_empty() {
            text(|texts| &texts.store_credit)
        } else {
            text(|texts| &texts.card).replace("{ending}", &card.ending)
        };
        let change = CartChange::RemoveCard { card: card.id };
        view! { <Kept name value=change why=held links texts send /> }
    };
    view! {
        <form class="codes" method="post" action=action novalidate=true on:submit=submitted>
            <label for="code">{text(|texts| &texts.label)}</label>
            <input
                id="code"
                name="code"
                node_ref=field
                value=typed
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                aria-describedby="code-problem"
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
            />
            <button class="button small plain">{text(|texts| &texts.apply)}</button>
            <p class="field-error" id="code-problem" role="alert" hidden=move || problem.with(Option::is_none)>{problem}</p>
        </form>
        <ul class="kept" hidden=move || shown.with(|cart| cart.codes.is_empty() && cart.cards.is_empty())>
            <For each=codes key=Clone::clone children=code />
            <For
                each=move || shown.with(|cart| cart.cards.clone())
                key=|card| (card.id, card.balance.minor)
                children=card
            />
        </ul>
    }
}

/// A code or a card in the bag, and the way to take it off. Store credit stays.
#[component]
fn Kept(
    name: String,
    value: CartChange,
    why: Option<String>,
    links: StoredValue<Links>,
    texts: StoredValue<CartTexts>,
    send: Callback<CartChange>,
) -> impl IntoView {
    let (field, named) = match &value {
        CartChange::RemoveCard { card } => ("remove_card", card.to_string()),
        _ => ("remove", name.clone()),
    };
    let action = links.with_value(Links::cart_codes);
    let (remove, credit) =
        texts.with_value(|texts| (texts.codes.remove.clone(), texts.codes.store_credit.clone()));
    let label = format!("{remove}: {name}");
    let stays = name == credit;
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        send.run(value.clone());
    };
    view! {
        <li>
            <form method="post" action=action on:submit=submitted>
                <strong>{name}</strong>
                <button class="remove" name=field value=named aria-label=label hidden=stays>{remove}</button>
                {why.map(|why| view! { <small>{why}</small> })}
            </form>
        </li>
    }
}

/// Why a code takes nothing off; None when it does.
pub fn why(quote: &Quote, code: &CartCode, texts: &CodeTexts, locale: Locale) -> Option<String> {
    if let Some(problem) = code.problem {
        let text = match problem {
            CodeProblem::NotYet => &texts.not_yet,
            CodeProblem::Ended => &texts.ended,
            CodeProblem::UsedUp => &texts.used_up,
            CodeProblem::UsedBefore => &texts.used_before,
            CodeProblem::NotHere => &texts.not_here,
            CodeProblem::NotForYou => &texts.not_for_you,
        };
        return Some(text.clone());
    }
    let of_code = |other: &Option<Code>| other.as_ref() == Some(&code.code);
    let declined = quote.declined.iter().find(|it| of_code(&it.code))?;
    Some(match &declined.why {
        DeclinedBecause::Missing { amount } => {
            texts.missing.replace("{amount}", &money(*amount, locale))
        }
        DeclinedBecause::MissingQuantity { quantity } => texts
            .missing_units
            .replace("{count}", &quantity.to_string()),
        DeclinedBecause::NoLines => texts.no_lines.clone(),
        DeclinedBecause::NotTogether { with } => texts.not_together.replace("{with}", with),
        DeclinedBecause::NothingLeft => texts.nothing_left.clone(),
    })
}

/// How many hints are enough.
const MOST_HINTS: usize = 2;

/// What more in the bag would bring: rules for everyone that lack an amount or a number of units.
pub fn hints(cart: &CartView, texts: &CodeTexts, locale: Locale) -> Vec<String> {
    let open = cart.quote.declined.iter().filter(|it| it.code.is_none());
    let hint = |declined: &domain::pricing::Declined| {
        let rule = cart
            .terms
            .rules
            .iter()
            .find(|rule| rule.code.is_none() && rule.name == declined.rule)?;
        let text = match declined.why {
            // What is missing to free delivery stands at the sums.
            DeclinedBecause::Missing { .. }
                if rule.effect == Effect::FreeDelivery
                    && cart.quote.missing_for_free_delivery.is_some() =>
            {
                return None;
            }
            DeclinedBecause::Missing { amount } => {
                let text = if rule.lines.is_some() {
                    &texts.missing
                } else {
                    &texts.missing_any
                };
                text.replace("{amount}", &money(amount, locale))
            }
            DeclinedBecause::MissingQuantity { quantity } => {
                let text = if rule.lines.is_some() {
                    &texts.missing_units
                } else {
                    &texts.missing_units_any
                };
                text.replace("{count}", &quantity.to_string())
            }
            _ => return None,
        };
        Some(format!("{}: {text}", declined.rule))
    };
    open.filter_map(hint).take(MOST_HINTS).collect()
}
