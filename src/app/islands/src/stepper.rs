//! − 2 +: a number field with two buttons. Without a script only the field is there.

use leptos::html::Input;
use leptos::prelude::*;

const MOST: i32 = domain::cart::Quantity::MAX.cast_signed();

/// A quantity, 1 to 99, named `quantity`. Its buttons change the field and let it say `input`, as if it was typed into;
/// whoever is around it listens for that.
#[component]
pub fn Stepper(value: u32, label: String, less: String, more: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let step = move |by: i32| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let count = field.value().parse().unwrap_or(1_i32).saturating_add(by);
        field.set_value(&count.clamp(1, MOST).to_string());
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &init) {
            let _ = field.dispatch_event(&event);
        }
    };
    view! {
        <span class="stepper">
            <button type="button" aria-label=less on:click=move |_| step(-1)>"−"</button>
            <input
                type="number"
                name="quantity"
                aria-label=label
                value=value.to_string()
                min="1"
                max=MOST.to_string()
                inputmode="numeric"
                autocomplete="off"
                required=true
                node_ref=field
            />
            <button type="button" aria-label=more on:click=move |_| step(1)>"+"</button>
        </span>
    }
}
