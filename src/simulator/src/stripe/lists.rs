//! Lists, newest first, in pages; and the two kinds of object that are only ever read.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::{
    Ask, Reply,
    error::StripeError,
    form::Form,
    shown,
    views::{ChargeView, IntentView, ListView, RefundView, SessionView},
};
use crate::{
    provider::Desk,
    store::{books::EventEntry, model::DeliveryState},
};

/// An object with its id.
type Named<'a, T> = (&'a str, &'a T);

/// What every list takes.
struct Page {
    limit: usize,
    after: Option<String>,
    from: i64,
    to: i64,
}

impl Page {
    fn read(form: &mut Form) -> Result<Self, StripeError> {
        let limit = form.integer("limit", 1)?.unwrap_or(10);
        if limit > 100 {
            return Err(
                StripeError::invalid("This value must be less than or equal to 100.")
                    .code("parameter_invalid_integer")
                    .param("limit"),
            );
        }
        let mut created = form.group("created")?;
        let at_least = created.integer("gte", 0)?;
        let above = created.integer("gt", 0)?;
        let at_most = created.integer("lte", 0)?;
        let below = created.integer("lt", 0)?;
        created.finish()?;
        form.ignore(&["expand"]);
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(10),
            after: form.text("starting_after")?,
            from: at_least
                .or(above.map(|time| time.saturating_add(1)))
                .unwrap_or(0),
            to: at_most
                .or(below.map(|time| time.saturating_sub(1)))
                .unwrap_or(i64::MAX),
        })
    }

    /// The page's objects and whether there are more; `keep` is asked about each that lies in the time span.
    fn cut<'a, T>(
        &self,
        all: &'a IndexMap<String, T>,
        created: impl Fn(&T) -> i64,
        keep: impl Fn(&str, &T) -> bool,
    ) -> Result<(Vec<Named<'a, T>>, bool), StripeError> {
        let end = match &self.after {
            None => all.len(),
            Some(id) => all
                .get_index_of(id)
                .ok_or_else(|| StripeError::missing("object", id, "starting_after"))?,
        };
        // Objects lie in the order in which they were made, so that a time in the past ends the walk.
        let mut found: Vec<(&str, &T)> = (0..end)
            .rev()
            .filter_map(|index| all.get_index(index))
            .take_while(|(_, object)| created(object) >= self.from)
            .filter(|(id, object)| created(object) <= self.to && keep(id, object))
            .take(self.limit + 1)
            .map(|(id, object)| (id.as_str(), object))
            .collect();
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        Ok((found, more))
    }
}

fn listed<T: Serialize>(data: Vec<T>, has_more: bool, url: &str) -> Result<Reply, StripeError> {
    shown(&ListView {
        object: "list",
        data,
        has_more,
        url,
    })
}

/// GET /v1/checkout/sessions
///
/// # Errors
/// Parameters out of bounds.
pub fn sessions(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    const URL: &str = "/v1/checkout/sessions";
    let page = Page::read(&mut form)?;
    let intent = form.text("payment_intent")?;
    let status = form.one_of("status", &["open", "complete", "expired"])?;
    form.finish()?;
    if let Some(intent) = intent {
        let session = desk
            .books
            .intents
            .get(&intent)
            .and_then(|intent| intent.session.as_ref());
        let session = session.and_then(|id| desk.books.sessions.get(id));
        let views = session.map(|session| SessionView::new(session, ask.origin));
        return listed(views.into_iter().collect(), false, URL);
    }
    let (found, more) = page.cut(
        &desk.books.sessions,
        |session| session.created,
        |_, session| {
            use crate::store::model::SessionStatus as Status;
            match status.as_deref() {
                Some("open") => session.status == Status::Open,
                Some("complete") => session.status == Status::Complete,
                Some("expired") => session.status == Status::Expired,
                _ => true,
            }
        },
    )?;
    let view = |(_, session)| SessionView::new(session, ask.origin);
    listed(found.into_iter().map(view).collect(), more, URL)
}

/// GET /v1/payment_intents
///
/// # Errors
/// Parameters out of bounds.
pub fn intents(desk: &Desk, _: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let page = Page::read(&mut form)?;
    let customer = form.text("customer")?;
    form.finish()?;
    let (found, more) = page.cut(
        &desk.books.intents,
        |intent| intent.created,
        |_, intent| customer.is_none() || intent.customer == customer,
    )?;
    let view = |(_, intent)| IntentView::new(intent);
    listed(
        found.into_iter().map(view).collect(),
        more,
        "/v1/payment_intents",
    )
}

/// GET /v1/charges
///
/// # Errors
/// Parameters out of bounds.
pub fn charges(desk: &Desk, _: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let mut page = Page::read(&mut form)?;
    let intent = form.text("payment_intent")?;
    form.finish()?;
    if let Some(intent) = &intent {
        let made = desk
            .books
            .intents
            .get(intent)
            .map_or(i64::MAX, |intent| intent.created);
        page.from = page.from.max(made);
    }
    let (found, more) = page.cut(
        &desk.books.charges,
        |charge| charge.created,
        |_, charge| {
            intent
                .as_ref()
                .is_none_or(|intent| &charge.intent == intent)
        },
    )?;
    let view = |(_, charge)| ChargeView::new(charge);
    listed(found.into_iter().map(view).collect(), more, "/v1/charges")
}

/// GET /v1/charges/{id}
///
/// # Errors
/// No such charge.
pub fn charge(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    form.ignore(&["expand"]);
    form.finish()?;
    let charge = desk.books.charges.get(ask.id);
    shown(&ChargeView::new(charge.ok_or_else(|| {
        StripeError::missing("charge", ask.id, "id")
    })?))
}

/// GET /v1/refunds
///
/// # Errors
/// Parameters out of bounds.
pub fn refunds(desk: &Desk, _: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let page = Page::read(&mut form)?;
    let intent = form.text("payment_intent")?;
    let charge = form.text("charge")?;
    form.finish()?;
    let charge = charge.or_else(|| {
        let intent = desk.books.intents.get(intent.as_ref()?)?;
        intent.latest_charge.clone()
    });
    if charge.is_some() || intent.is_some() {
        let all = desk
            .books
            .refunds_of(charge.as_deref().unwrap_or_default())
            .rev();
        let views: Vec<_> = all.map(RefundView::new).take(page.limit).collect();
        return listed(views, false, "/v1/refunds");
    }
    let (found, more) = page.cut(&desk.books.refunds, |refund| refund.created, |_, _| true)?;
    let view = |(_, refund)| RefundView::new(refund);
    listed(found.into_iter().map(view).collect(), more, "/v1/refunds")
}

/// An event as it was delivered, with how many deliveries are still owed.
fn told(desk: &Desk, id: &str, entry: &EventEntry) -> Result<Value, StripeError> {
    let change = desk.ledger.read(entry.span).map_err(|error| {
        tracing::error!(%error, "the ledger can't be read back");
        StripeError::ours()
    })?;
    let event = change.events.iter().find(|event| event.id == id);
    let mut value: Value = event
        .and_then(|event| serde_json::from_str(event.payload.get()).ok())
        .ok_or_else(StripeError::ours)?;
    value["pending_webhooks"] = Value::from(u8::from(entry.state == DeliveryState::Pending));
    Ok(value)
}

/// GET /v1/events
///
/// # Errors
/// Parameters out of bounds.
pub fn events(desk: &Desk, _: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let page = Page::read(&mut form)?;
    let mut kinds = form.texts("types")?;
    kinds.extend(form.text("type")?);
    let delivered = form.text("delivery_success")?.map(|word| word == "true");
    form.finish()?;
    let (found, more) = page.cut(
        &desk.books.events,
        |event| event.created,
        |_, event| {
            let reached = event.state == DeliveryState::Delivered;
            (kinds.is_empty() || kinds.contains(&event.kind))
                && delivered.is_none_or(|wanted| wanted == reached)
        },
    )?;
    let views = found.into_iter().map(|(id, entry)| told(desk, id, entry));
    listed(views.collect::<Result<_, _>>()?, more, "/v1/events")
}

/// GET /v1/events/{id}
///
/// # Errors
/// No such event.
pub fn event(desk: &Desk, ask: &Ask<'_>, form: Form) -> Result<Reply, StripeError> {
    form.finish()?;
    let entry = desk.books.events.get(ask.id);
    let entry = entry.ok_or_else(|| StripeError::missing("event", ask.id, "id"))?;
    shown(&told(desk, ask.id, entry)?)
}
