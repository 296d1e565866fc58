//! Customers (<https://docs.stripe.com/api/customers>) and the cards that are kept for them, which a shop may charge
//! while the shopper is away.

use serde::Serialize;

use super::{Ask, Reply, error::StripeError, form::Form, shown, views::ListView};
use crate::{
    provider::Desk,
    store::{
        books::Books,
        model::{CardFace, Cause, Change, Customer, Metadata, Method, new_id},
    },
};

#[derive(Serialize)]
struct CustomerView<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    email: Option<&'a str>,
    name: Option<&'a str>,
    livemode: bool,
    metadata: &'a Metadata,
}

fn customer_view(customer: &Customer) -> CustomerView<'_> {
    CustomerView {
        id: &customer.id,
        object: "customer",
        created: customer.created,
        email: customer.email.as_deref(),
        name: customer.name.as_deref(),
        livemode: false,
        metadata: &customer.metadata,
    }
}

#[derive(Serialize)]
struct MethodView<'a> {
    id: &'a str,
    object: &'static str,
    card: &'a CardFace,
    created: i64,
    customer: &'a str,
    livemode: bool,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// POST /v1/customers
///
/// # Errors
/// Parameters that are malformed or unknown.
pub fn create(_: &Books, ask: &Ask<'_>, mut form: Form) -> Result<(Change, Reply), StripeError> {
    let customer = Customer {
        id: new_id("cus_"),
        created: ask.at,
        email: form.short("email", 512)?,
        name: form.short("name", 256)?,
        metadata: form.metadata()?,
    };
    form.ignore(&["description", "phone", "address", "preferred_locales"]);
    form.finish()?;
    let reply = shown(&customer_view(&customer))?;
    let mut change = Change::new(ask.at, Cause::CustomerMade);
    change.customer = Some(customer);
    Ok((change, reply))
}

/// A customer by its id.
///
/// # Errors
/// No such customer.
pub fn named<'a>(books: &'a Books, id: &str) -> Result<&'a Customer, StripeError> {
    let customer = books.customers.get(id);
    customer.ok_or_else(|| StripeError::missing("customer", id, "customer"))
}

/// GET /v1/customers/{id}
///
/// # Errors
/// No such customer.
pub fn find(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    form.ignore(&["expand"]);
    form.finish()?;
    shown(&customer_view(named(&desk.books, ask.id)?))
}

/// GET /v1/customers/{id}/payment_methods: the cards that are kept, newest first.
///
/// # Errors
/// No such customer.
pub fn methods(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    form.ignore(&["type", "limit", "starting_after", "ending_before", "expand"]);
    form.finish()?;
    let customer = named(&desk.books, ask.id)?;
    let kept = desk.books.methods_of(&customer.id);
    shown(&ListView {
        object: "list",
        data: kept
            .map(|method: &Method| MethodView {
                id: &method.id,
                object: "payment_method",
                card: &method.card,
                created: method.created,
                customer: &method.customer,
                livemode: false,
                kind: "card",
            })
            .collect(),
        has_more: false,
        url: "/v1/customers/payment_methods",
    })
}
