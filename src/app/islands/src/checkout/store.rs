//! The checkout as the server last saw it: one copy for all islands of the page.

use crate::api::{EstimateCheckout, call};
use crate::checkout::CheckoutShown;
use domain::Storefront;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

thread_local! {
    static SHOWN: ArcRwSignal<Option<CheckoutShown>> = ArcRwSignal::new(None);
    /// Counts questions: only the answer to the last one counts.
    static ASKED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// The server's last word, once there is one.
pub fn shown() -> ArcRwSignal<Option<CheckoutShown>> {
    SHOWN.with(Clone::clone)
}

/// Asks the server what it makes of `form` as it stands.
pub fn ask(storefront: &Storefront, form: &HtmlFormElement) {
    let Some(form) = read(form) else { return };
    let question = EstimateCheckout {
        storefront: storefront.clone(),
        form,
    };
    let number = ASKED.with(|asked| {
        asked.set(asked.get().wrapping_add(1));
        asked.get()
    });
    leptos::task::spawn_local(async move {
        // Unreachable: what stands there stays, and the form itself still works.
        if let Ok(view) = call(&question).await
            && ASKED.with(std::cell::Cell::get) == number
        {
            shown().set(Some(view));
        }
    });
}

/// The form's fields as an object of JSON. The server ignores those it has no use for.
fn read(form: &HtmlFormElement) -> Option<String> {
    let fields = js_sys::Object::from_entries(FormData::new_with_form(form).ok()?.as_ref()).ok()?;
    js_sys::JSON::stringify(&fields).ok()?.as_string()
}

/// The form around an element.
pub fn form_of(element: &web_sys::Element) -> Option<HtmlFormElement> {
    element.closest("form").ok()??.dyn_into().ok()
}
