//! What the two pages of an order share: lines, sums, where it goes, how it stands.

use crate::cart::texts::totals;
use crate::frame::{Frame, frame};
use domain::cart::CartLine;
use domain::format::money;
use domain::fulfilment::Progress;
use domain::order::{OrderState, OrderView};
use domain::payment::AttemptState;
use islands::api::OrderStatus;
use islands::cart::sums;
use islands::order::OrderWatch;
use islands::picture::thumbnail;
use leptos::prelude::*;

/// What was bought and what it came to.
#[component]
pub fn Bought(
    order: OrderView,
    /// Of the order's private link, where its lines may be reviewed.
    #[prop(optional, into)]
    token: Option<String>,
) -> impl IntoView {
    let frame = frame();
    let lines = order
        .lines
        .iter()
        .map(|line| {
            let token = token.as_ref().filter(|_| order.state == OrderState::Paid);
            let review = token.map(|token| {
                let path = frame.links.review(&line.product_slug);
                format!("{path}?order={}&key={token}", order.number)
            });
            row(line, &frame, review)
        })
        .collect_view();
    view! {
        <section class="summary">
            <h2>{frame.say("order-bought")}</h2>
            <ul class="lines small">{lines}</ul>
            {sums(&order.quote, &totals(&frame), frame.locale())}
        </section>
    }
}

/// `review` leads to where the shopper says what they think of it, known as somebody who bought it.
fn row(line: &CartLine, frame: &Frame, review: Option<String>) -> impl IntoView + use<> {
    let locale = frame.locale();
    let picture = line.picture.as_ref().map(|picture| {
        view! { <img src=thumbnail(&picture.src) alt=picture.alt.clone() width="400" height="500" /> }
    });
    let count = format!(
        "{} × {}",
        line.quantity.get(),
        money(line.unit_price, locale)
    );
    let subtotal = line
        .unit_price
        .times(line.quantity.get().into())
        .map(|sum| money(sum, locale))
        .unwrap_or_default();
    let review = review.map(|href| {
        view! { <p class="meta"><a class="link" rel="nofollow" href=href>{frame.say("reviews-write")}</a></p> }
    });
    view! {
        <li>
            <div class="tile">{picture}</div>
            <h3><a href=frame.links.product(&line.product_slug)>{line.title.clone()}</a></h3>
            <span class="price">{subtotal}</span>
            <p class="meta">{line.options.clone()}<br />{count}</p>
            {review}
        </li>
    }
}

/// Where it goes.
#[component]
pub fn Destination(order: OrderView) -> impl IntoView {
    let frame = frame();
    let address = &order.address;
    let (heading, label) = if address.pick_up.is_some() {
        ("order-pick-up", "order-place")
    } else {
        ("order-destination", "order-address")
    };
    let lines = shop::text::address(frame.locale(), address);
    let lines = lines
        .into_iter()
        .map(|line| view! { {line}<br /> })
        .collect_view();
    view! {
        <section>
            <h2>{frame.say(heading)}</h2>
            <dl class="pairs">
                <div><dt>{frame.say(label)}</dt><dd>{lines}</dd></div>
                <div><dt>{frame.say("order-delivery")}</dt><dd>{order.delivery_name.clone()}</dd></div>
                <div><dt>{frame.say("order-email")}</dt><dd>{order.email.clone()}</dd></div>
            </dl>
        </section>
    }
}

/// What an order's steps are called: it is sent, or picked up.
struct Words {
    by: &'static str,
    /// Where it is expected, a part of it being there, and all of it.
    there: &'static str,
    part: &'static str,
    left: &'static str,
    /// The last step, before it has come and after.
    end: &'static str,
    done: &'static str,
}

impl Words {
    const fn of(order: &OrderView) -> Self {
        match order.address.pick_up {
            None => Self {
                by: "order-arrives-by",
                there: "order-step-delivered",
                part: "fulfilment-step-part",
                left: "fulfilment-step-shipped",
                end: "order-step-delivered",
                done: "fulfilment-step-delivered",
            },
            Some(_) => Self {
                by: "order-ready-by",
                there: "fulfilment-step-ready",
                part: "fulfilment-step-part-ready",
                left: "fulfilment-step-ready",
                end: "fulfilment-step-picked-up",
                done: "fulfilment-step-picked-up",
            },
        }
    }
}

/// The order's steps, with the one it stands at.
#[component]
pub fn Timeline(order: OrderView) -> impl IntoView {
    let frame = frame();
    let locale = frame.locale();
    let placed = shop::text::date(locale, order.placed_at.date());
    let arrives = shop::text::date(
        locale,
        shop::text::delivery_date(order.placed_at, order.delivery_days.1),
    );
    let words = Words::of(&order);
    let arrives = shop::text::say_with(locale, words.by, &[("date", arrives.into())]);
    let ready = order
        .address
        .pick_up
        .as_ref()
        .map_or_else(String::new, |place| {
            frame.say_with("order-ready-at", &[("place", place.name.clone().into())])
        });
    let step = |class: &'static str, current: bool, key: &str, small: String| {
        let current = current.then_some("step");
        view! { <li class=class aria-current=current><strong>{frame.say(key)}</strong><small>{small}</small></li> }
    };
    let rest = match order.state {
        OrderState::PaymentDue => view! {
            {step("", true, "order-step-payment", frame.say("order-step-payment-text"))}
            {step("", false, "order-step-packed", String::new())}
            {step("", false, words.there, arrives)}
        }
        .into_any(),
        OrderState::Paid => {
            let paid = step("done", false, "order-step-paid", String::new());
            let packed = || step("done", false, "order-step-packed", String::new());
            let rest = match order.followed.progress() {
                Progress::Packing => view! {
                    {step("", true, "order-step-packed", frame.say("order-step-packed-text"))}
                    {step("", false, words.there, arrives)}
                }
                .into_any(),
                Progress::PartlyShipped => view! {
                    {step("", true, words.part, frame.say("fulfilment-step-part-text"))}
                    {step("", false, words.there, arrives)}
                }
                .into_any(),
                Progress::Shipped => view! {
                    {packed()}
                    {step("", true, words.left, ready.clone())}
                    {step("", false, words.end, if ready.is_empty() { arrives } else { String::new() })}
                }
                .into_any(),
                Progress::Delivered => view! {
                    {packed()}
                    {step("done", true, words.done, String::new())}
                }
                .into_any(),
            };
            view! { {paid} {rest} }.into_any()
        }
        OrderState::Cancelled => step(
            "bad",
            true,
            "order-step-cancelled",
            frame.say(if order.called_off {
                "fulfilment-called-off-text"
            } else {
                "order-step-cancelled-text"
            }),
        )
        .into_any(),
        OrderState::RefundDue => step(
            "bad",
            true,
            "order-step-refund-due",
            frame.say(if order.called_off {
                "fulfilment-called-off-refund-text"
            } else {
                "order-step-refund-due-text"
            }),
        )
        .into_any(),
        OrderState::Refunded => step(
            "bad",
            true,
            "order-step-refunded",
            frame.say("order-step-refunded-text"),
        )
        .into_any(),
    };
    view! {
        <section>
            <h2>{frame.say("order-how-it-stands")}</h2>
            <ol class="timeline">{step("done", false, "order-step-placed", placed)} {rest}</ol>
        </section>
    }
}

/// What an unpaid order wants: the way to pay, and an eye on whether it was.
#[component]
pub fn Payment(order: OrderView, token: String) -> impl IntoView {
    let frame = frame();
    (order.state == OrderState::PaymentDue).then(|| {
        let text = match order.payment {
            AttemptState::Failed => frame.say("order-payment-failed"),
            AttemptState::Created => frame.say("payment-deferred"),
            AttemptState::Unknown => frame.say("order-payment-unknown"),
            AttemptState::Pending | AttemptState::Captured => frame.say("order-payment-due"),
        };
        let shown = OrderStatus { state: order.state, payment: order.payment };
        view! {
            <section class="notice">
                <p>{text}</p>
                <form method="post" action=frame.links.pay(&order.number, &token)>
                    <button class="button">{frame.say("order-pay")}</button>
                </form>
                <OrderWatch number=order.number.clone() token shown waiting=frame.say("order-watching") />
            </section>
        }
    })
}
