//! What followed an order's payment: parcels, returns, refunds, in plain words.

use crate::frame::{Frame, frame};
use domain::Locale;
use domain::format::money;
use domain::fulfilment::{
    Part, RefundReason, RefundState, RefundView, ReturnView, ShipmentState, ShipmentView,
};
use domain::order::OrderView;
use leptos::prelude::*;

/// All three; nothing where nothing followed yet.
#[component]
pub fn Followed(order: OrderView) -> impl IntoView {
    let frame = frame();
    let followed = &order.followed;
    let parcels = followed
        .shipments
        .iter()
        .map(|parcel| show_parcel(&frame, &order, parcel))
        .collect_view();
    let returns = followed
        .returns
        .iter()
        .map(|coming| show_return(&frame, &order, coming))
        .collect_view();
    let refunds = followed
        .refunds
        .iter()
        .map(|refund| show_refund(&frame, refund))
        .collect_view();
    let section = |there: bool, key: &str, list: AnyView| {
        there.then(|| {
            view! {
                <section class="followed">
                    <h2>{frame.say(key)}</h2>
                    <ul>{list}</ul>
                </section>
            }
        })
    };
    let sent = match order.address.pick_up {
        Some(_) => "fulfilment-pick-ups",
        None => "fulfilment-parcels",
    };
    view! {
        {section(!followed.shipments.is_empty(), sent, parcels.into_any())}
        {section(!followed.returns.is_empty(), "fulfilment-returns", returns.into_any())}
        {section(!followed.refunds.is_empty(), "fulfilment-refunds", refunds.into_any())}
    }
}

fn show_parcel(frame: &Frame, order: &OrderView, parcel: &ShipmentView) -> impl IntoView + use<> {
    let locale = frame.locale();
    let (key, at) = match parcel.state {
        ShipmentState::Preparing | ShipmentState::Cancelled => ("preparing", None),
        ShipmentState::Shipped => ("shipped", parcel.shipped_at),
        ShipmentState::Delivered => ("delivered", parcel.ended_at),
        ShipmentState::Undeliverable => ("undeliverable", None),
    };
    let place = order
        .address
        .pick_up
        .as_ref()
        .filter(|_| key != "preparing");
    let key = match place {
        Some(_) => format!("fulfilment-pick-up-{key}"),
        None => format!("fulfilment-{key}"),
    };
    let state = {
        let date = at.map_or_else(String::new, |at| shop::text::date(locale, at.date()));
        let place = place.map_or("", |place| place.name.as_str());
        frame.say_with(&key, &[("date", date.into()), ("place", place.into())])
    };
    let code = parcel.tracking_code.clone().map(|code| {
        let carrier = parcel.carrier.clone();
        let name = if carrier.is_empty() {
            frame.say("fulfilment-tracking-code")
        } else {
            carrier
        };
        view! { <p class="meta">{name}" "<span class="code">{code}</span></p> }
    });
    let follow = parcel.tracking_url.clone().map(|url| {
        view! { <a class="button plain" href=url rel="noopener noreferrer">{frame.say("fulfilment-follow")}</a> }
    });
    view! {
        <li>
            <h3>{numbered(locale, "fulfilment-parcel", parcel.number)}</h3>
            <p>{state}</p>
            <p class="meta">{things(order, &parcel.lines)}</p>
            {code}
            {follow}
        </li>
    }
}

fn show_return(frame: &Frame, order: &OrderView, coming: &ReturnView) -> impl IntoView + use<> {
    let locale = frame.locale();
    let state = frame.say(&format!("fulfilment-return-{}", coming.state.name()));
    let reason = frame.say(&format!(
        "fulfilment-reason-{}",
        coming.reason.name().replace('_', "-")
    ));
    let reason = format!("{}: {reason}", frame.say("fulfilment-return-reason"));
    view! {
        <li>
            <h3>{numbered(locale, "fulfilment-return", coming.number)}</h3>
            <p>{state}</p>
            <p class="meta">{things(order, &coming.lines)}</p>
            <p class="meta">{reason}</p>
        </li>
    }
}

fn show_refund(frame: &Frame, refund: &RefundView) -> impl IntoView + use<> {
    let locale = frame.locale();
    let key = match refund.state {
        RefundState::Due => "fulfilment-refund-due",
        RefundState::Sent => "fulfilment-refund-sent",
        RefundState::Failed => "fulfilment-refund-failed",
    };
    let arguments = [
        ("amount", money(refund.amount, locale).into()),
        ("date", shop::text::date(locale, refund.at.date()).into()),
    ];
    let because = frame.say(match refund.reason {
        RefundReason::Late => "fulfilment-refund-late",
        RefundReason::Duplicate => "fulfilment-refund-duplicate",
        RefundReason::Cancelled => "fulfilment-refund-cancelled",
        RefundReason::Return => "fulfilment-refund-return",
        RefundReason::Agreed => "fulfilment-refund-agreed",
    });
    view! {
        <li>
            <p>{shop::text::say_with(locale, key, &arguments)}</p>
            <p class="meta">{because}</p>
        </li>
    }
}

fn numbered(locale: Locale, key: &str, number: i32) -> String {
    shop::text::say_with(locale, key, &[("number", number.to_string().into())])
}

/// `2 × Calle mug, 1 × Dogana vase`.
fn things(order: &OrderView, parts: &[Part]) -> String {
    let named = |part: &Part| {
        let at = usize::try_from(part.line).ok()?.checked_sub(1)?;
        let line = order.lines.get(at)?;
        Some(format!("{} × {}", part.quantity, line.title))
    };
    parts
        .iter()
        .filter_map(named)
        .collect::<Vec<_>>()
        .join(", ")
}
