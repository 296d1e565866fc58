//! The state or province of the address: the choices follow the country.

use crate::checkout::store;
use crate::json::{Props, props};
use domain::checkout::RegionChoices;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the field says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegionTexts {
    /// The first choice where one has to be made, and where none has to.
    pub choose: String,
    pub none: String,
    /// What is wrong with it; empty when nothing is.
    pub problem: String,
}

/// A select named `region` inside the checkout's form; not shown where addresses have no regions.
#[component]
pub fn RegionField(
    regions: Option<RegionChoices>,
    chosen: String,
    texts: RegionTexts,
) -> impl IntoView {
    view! {
        <Props of=(regions, chosen, texts) />
        <RegionFieldIsland />
    }
}

#[island]
pub fn RegionFieldIsland() -> impl IntoView {
    let (initial, chosen, texts) = props::<(Option<RegionChoices>, String, RegionTexts)>();
    let view = store::shown();
    let first = initial.clone();
    let regions = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.regions.clone()))
            .unwrap_or_else(|| first.clone())
    });
    let required = move || regions.with(|regions| regions.as_ref().is_some_and(|it| it.required));
    let label = move || {
        regions.with(|regions| {
            regions
                .as_ref()
                .map(|it| it.label.clone())
                .unwrap_or_default()
        })
    };
    let RegionTexts {
        choose,
        none,
        problem,
    } = texts;
    let nothing = move || {
        if required() {
            choose.clone()
        } else {
            none.clone()
        }
    };
    let was_chosen = chosen.clone();
    let options = move || {
        let choices = regions.get().map(|it| it.choices).unwrap_or_default();
        let options = choices.into_iter().map(|choice| {
            let selected = choice.code == chosen;
            view! { <option value=choice.code selected=selected>{choice.name}</option> }
        });
        options.collect_view()
    };
    // What was wrong was wrong with the first country's.
    let is_wrong = !problem.is_empty();
    let told = move || is_wrong && regions.with(|regions| *regions == initial);
    let wrong = told.clone();
    let described = told.clone();
    view! {
        <div class="field" hidden=move || regions.with(Option::is_none)>
            <label for="region">{label}</label>
            <select
                id="region"
                name="region"
                autocomplete="address-level1"
                aria-required=move || required().then_some("true")
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=move || described().then_some("region-problem")
            >
                <option value="" selected=was_chosen.is_empty()>{nothing}</option>
                {options}
            </select>
            <p class="field-error" id="region-problem" hidden=move || !told()>{problem}</p>
        </div>
    }
}
