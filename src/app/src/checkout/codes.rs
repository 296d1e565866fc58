//! Codes and gift cards, inside the checkout's form: what was typed elsewhere in it is kept.

use crate::cart::texts;
use crate::frame::Frame;
use domain::checkout::CheckoutView;
use domain::format::money;
use islands::cart::{CodeRefusal, why};
use leptos::prelude::*;

/// A field for another, and those that are there, each with why it takes nothing off when it does not. Store credit stays.
pub fn codes(
    frame: &Frame,
    checkout: &CheckoutView,
    refusal: Option<CodeRefusal>,
) -> impl IntoView + use<> {
    let locale = frame.locale();
    let texts = texts::codes(frame);
    let codes = checkout.codes.iter().map(|code| {
        let name = code.code.to_string();
        let note = why(&checkout.quote, code, &texts, locale);
        kept(&texts.remove, Some("remove"), name.clone(), name, note)
    });
    let cards = checkout.cards.iter().map(|card| {
        let (field, name) = match card.ending.as_str() {
            "" => (None, texts.store_credit.clone()),
            ending => (Some("remove_card"), texts.card.replace("{ending}", ending)),
        };
        let held = Some(money(card.balance, locale));
        kept(&texts.remove, field, name, card.id.to_string(), held)
    });
    let all: Vec<_> = codes.chain(cards).collect();
    let all = (!all.is_empty()).then(|| view! { <ul class="kept">{all}</ul> });
    let invalid = refusal.is_some().then_some("true");
    let described = refusal.is_some().then_some("code-problem");
    let (typed, problem) = refusal
        .map(|refusal| (refusal.typed, refusal.message))
        .unzip();
    let problem = problem.map(|message| {
        view! { <p class="field-error" id="code-problem" role="alert">{message}</p> }
    });
    view! {
        <fieldset>
            <legend>{frame.say("promotion-codes")}</legend>
            <div class="codes">
                <label for="code">{texts.label}</label>
                <input
                    id="code"
                    name="code"
                    value=typed
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=invalid
                />
                <button class="button small plain" name="action" value="code">{texts.apply}</button>
                {problem}
            </div>
            {all}
        </fieldset>
    }
}

/// One that is there; `field` names it when it is taken off.
fn kept(
    remove: &str,
    field: Option<&'static str>,
    name: String,
    value: String,
    note: Option<String>,
) -> impl IntoView + use<> {
    let label = format!("{remove}: {name}");
    let button = field.map(|field| {
        view! { <button class="remove" name=field value=value aria-label=label>{remove.to_owned()}</button> }
    });
    view! {
        <li>
            <div>
                <strong>{name}</strong>
                {button}
                {note.map(|note| view! { <small>{note}</small> })}
            </div>
        </li>
    }
}
