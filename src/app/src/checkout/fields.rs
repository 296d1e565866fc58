//! The fields of the checkout's form: a label above each, what is wrong with it below.

use crate::frame::frame;
use domain::checkout::{CheckoutForm, CheckoutMessage, Field, FieldProblem, RegionChoices};
use islands::checkout::{RegionField, RegionTexts};
use leptos::prelude::*;
use std::sync::Arc;

/// What was typed, and what is wrong with it.
#[derive(Clone)]
pub struct Typed(Arc<(CheckoutForm, Vec<CheckoutMessage>)>);

impl Typed {
    pub fn new(form: CheckoutForm, messages: Vec<CheckoutMessage>) -> Self {
        Self(Arc::new((form, messages)))
    }

    fn value(&self, field: Field) -> &str {
        let form = &self.0.0;
        match field {
            Field::Email => &form.email,
            Field::Name => &form.name,
            Field::Line1 => &form.line1,
            Field::Line2 => &form.line2,
            Field::Postcode => &form.postcode,
            Field::City => &form.city,
            Field::Region => &form.region,
            Field::Country => &form.country,
            Field::Phone => &form.phone,
            Field::Delivery => &form.delivery,
            Field::Payment => &form.payment,
        }
    }

    /// What is wrong with `field`, in the shopper's words.
    pub fn problem(&self, field: Field) -> Option<String> {
        let problem = self.0.1.iter().find_map(|message| match message {
            CheckoutMessage::Field(error) if error.field == field => Some(error.problem),
            _ => None,
        })?;
        let frame = frame();
        let own = match (field, problem) {
            (Field::Email, FieldProblem::Malformed) => "checkout-problem-email",
            (Field::Delivery, _) => "checkout-problem-delivery",
            (Field::Payment, _) => "checkout-problem-payment",
            (Field::Country, FieldProblem::NotOffered) => "checkout-problem-country",
            (Field::Region, FieldProblem::NotOffered) => "checkout-problem-region",
            (_, FieldProblem::Missing) => "checkout-problem-missing",
            (_, FieldProblem::TooLong) => "checkout-problem-too-long",
            (_, FieldProblem::Malformed | FieldProblem::NotOffered) => "checkout-problem-malformed",
        };
        Some(frame.say(own))
    }
}

/// A text field.
#[component]
pub fn TextField(
    typed: Typed,
    field: Field,
    /// `autocomplete`'s token (HTML Standard §4.10.18.7).
    fills: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "")] class: &'static str,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let frame = frame();
    let name = field.name();
    let label = frame.say(&format!("checkout-{name}"));
    let optional = (!required).then(|| view! { <small>{frame.say("checkout-optional")}</small> });
    let problem = typed.problem(field);
    let described = problem.is_some().then(|| format!("{name}-problem"));
    let invalid = problem.is_some().then_some("true");
    let value = typed.value(field).to_owned();
    view! {
        <div class=format!("field {class}")>
            <label for=name>{label}" "{optional}</label>
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=fills
                aria-describedby=described
                aria-invalid=invalid
                aria-required=required.then_some("true")
            />
            <Problem field problem />
        </div>
    }
}

/// The country, of those that the market delivers to.
#[component]
pub fn CountryField(typed: Typed, countries: Vec<domain::Country>) -> impl IntoView {
    let frame = frame();
    let problem = typed.problem(Field::Country);
    let chosen = typed.value(Field::Country).to_owned();
    let invalid = problem.is_some().then_some("true");
    let described = problem.is_some().then_some("country-problem");
    let options = countries
        .into_iter()
        .map(|country| {
            let code = country.as_str().to_owned();
            let name = shop::text::country(frame.locale(), country).unwrap_or_else(|| code.clone());
            let selected = code == chosen;
            view! { <option value=code selected=selected>{name}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="country">{frame.say("checkout-country")}</label>
            <select
                id="country"
                name="country"
                autocomplete="country"
                aria-describedby=described
                aria-invalid=invalid
            >
                {options}
            </select>
            <Problem field=Field::Country problem />
        </div>
    }
}

/// By what it is paid, where there is a choice. The first one is chosen until the shopper says otherwise.
#[component]
pub fn PaymentField(typed: Typed, methods: Vec<String>) -> impl IntoView {
    let frame = frame();
    let problem = typed.problem(Field::Payment);
    let described = problem.is_some().then_some("payment-problem");
    let typed = typed.value(Field::Payment).to_owned();
    let chosen = if methods.contains(&typed) {
        Some(typed)
    } else {
        methods.first().cloned()
    };
    (!methods.is_empty()).then(|| {
        let options = methods
            .into_iter()
            .map(|method| {
                let checked = chosen.as_ref() == Some(&method);
                let name = frame.say(&format!("checkout-by-{}", method.replace('_', "-")));
                view! {
                    <label>
                        <input type="radio" name="payment" value=method checked=checked />
                        <span>{name}</span>
                    </label>
                }
            })
            .collect_view();
        view! {
            <fieldset aria-describedby=described>
                <legend>{frame.say("checkout-payment")}</legend>
                <div class="options">{options}</div>
                <Problem field=Field::Payment problem />
            </fieldset>
        }
    })
}

/// The state or province, where the country has them.
#[component]
pub fn Region(typed: Typed, regions: Option<RegionChoices>) -> impl IntoView {
    let frame = frame();
    let texts = RegionTexts {
        choose: frame.say("checkout-region-choose"),
        none: frame.say("checkout-region-none"),
        problem: typed.problem(Field::Region).unwrap_or_default(),
    };
    let chosen = typed.value(Field::Region).to_owned();
    view! { <RegionField regions chosen texts /> }
}

/// What is wrong with a field, under it.
#[component]
pub fn Problem(field: Field, problem: Option<String>) -> impl IntoView {
    problem.map(|problem| view! { <p class="field-error" id=format!("{}-problem", field.name())>{problem}</p> })
}
