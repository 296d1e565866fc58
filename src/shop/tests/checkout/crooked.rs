//! Requests that were tampered with, skip a step, come again, or name another's order: five thousand of each, generated from
//! a seed. Refused for a reason, never broken, and nothing changed.

use crate::after::desk;
use crate::provider::signed;
use crate::sql;
use crate::support::{Till, form, machine};
use domain::cart::{CartChange, CartCommand, Quantity};
use domain::fulfilment::{Part, ReturnReason};
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::{CheckoutId, IdempotencyKey, Money, VariantId};
use futures::StreamExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use shop::checkout::{PlaceError, Placement};
use shop::fulfilment::{
    Back, Dispatch, NewReturn, Receipt, announce, cancel_shipment, delivered, receive, ship,
    undeliverable,
};
use shop::order::{NewRefund, OrderError, RefundOf, refund};
use shop::payment::{PaymentError, webhook};
use shop::{Failure, cart, order};
use shopper::crooked::{garbage, pick, wrong};
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

const SEED: u64 = 20_261_127;
const CASES: usize = 5_000;
/// How many are asked at once.
const AT_ONCE: usize = 8;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_tampered_placements_order_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(90).await;
    let mine = till.shopper(mug, 1).await;
    let theirs = till.shopper(mug, 2).await;
    let right = till.ready(&mine).await;
    let their_checkout = till.ready(&theirs).await.checkout;
    let other = till.shopper(mug, 1).await;
    let used = till.ready(&other).await;
    till.place(&other, used.clone()).await.expect("an order");
    let owed = right.seen_total;
    let mut random = StdRng::seed_from_u64(SEED);
    let tampered: Vec<Placement> = (0..CASES)
        .map(|_| {
            let random = &mut random;
            let mut one = right.clone();
            match random.random_range(0..8) {
                // Prices that were never shown, and credit that nobody has.
                0 | 1 => one.seen_total = wrong(random, owed),
                2 => one.seen_credit = wrong(random, 0),
                3 => {
                    (one.seen_total, one.seen_credit) = (wrong(random, owed), wrong(random, 0));
                }
                // A step skipped, another's checkout, a key of another's order.
                4 => one.checkout = CheckoutId(Uuid::from_u128(random.random())),
                5 => one.checkout = their_checkout,
                6 => one.key = used.key,
                _ => {
                    let bad = garbage(random);
                    let field = match random.random_range(0..3) {
                        0 => &mut one.form.email,
                        1 => &mut one.form.country,
                        _ => &mut one.form.delivery,
                    };
                    *field = format!("{bad}?");
                }
            }
            one
        })
        .collect();
    let before = sql::books(&till.db).await;
    let till = &till;
    let placing = tampered.into_iter().map(|one| async move {
        let told = format!("{one:?}");
        match till.place(&mine, one).await {
            Err(Failure::Refused(PlaceError::Refused(view))) => {
                assert!(!view.messages.is_empty(), "{told}: no reason");
            }
            Err(Failure::Refused(PlaceError::Closed | PlaceError::KeyReused)) => {}
            other => panic!("seed {SEED}: {told} {other:?}"),
        }
    });
    futures::stream::iter(placing)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    assert_eq!(sql::books(&till.db).await, before);
    // The same without a change is an order.
    till.place(&mine, right).await.expect("an order");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_tampered_quantities_change_no_bag(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(90).await;
    let session = till.shopper(mug, 3).await;
    let caller = till.caller(&session);
    let before = cart::current(&till, session.customer, &till.eu())
        .await
        .expect("the bag");
    let mut random = StdRng::seed_from_u64(SEED);
    let quantities = [
        json!(0),
        json!(-1),
        json!(100),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!("2"),
        json!(null),
        json!(true),
        json!([2]),
        json!({ "quantity": 2 }),
    ];
    for case in 0..CASES {
        let random = &mut random;
        let quantity = Quantity::new(2).expect("two");
        let nobody = VariantId(Uuid::from_u128(random.random()));
        let (variant, is_odd) = match random.random_range(0..4) {
            0 => (nobody, false),
            _ => (mug, true),
        };
        let change = match random.random() {
            true => CartChange::AddLine { variant, quantity },
            false => CartChange::SetQuantity { variant, quantity },
        };
        let mut told = serde_json::to_value(till.command(change)).expect("JSON");
        if is_odd {
            told["change"]["quantity"] = match random.random_range(0..3) {
                0 => json!(random.random_range(100..=u64::from(u32::MAX) * 2)),
                _ => quantities[random.random_range(0..quantities.len())].clone(),
            };
        }
        match serde_json::from_value::<CartCommand>(told.clone()) {
            Err(_) => assert!(is_odd, "case {case} of seed {SEED}: {told}"),
            Ok(command) => {
                let answer = cart::change(&till, &caller, &session, &till.eu(), command).await;
                let is_refused = matches!(answer, Err(Failure::Refused(_)));
                assert!(!is_odd && is_refused, "case {case} of seed {SEED}: {told}");
            }
        }
    }
    let after = cart::current(&till, session.customer, &till.eu())
        .await
        .expect("the bag");
    assert_eq!(
        (after.version, after.lines.len()),
        (before.version, before.lines.len())
    );
}

/// Shipped, returned, refunded and delivered before it was paid; parcels and returns that there are none of; amounts past all
/// there is.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_skipped_steps_lead_nowhere(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(90).await;
    let unpaid = till.buy(mug, 2).await;
    let mut random = StdRng::seed_from_u64(SEED);
    let before = sql::books(&till.db).await;
    let till = &till;
    let number = unpaid.number.as_str();
    let steps: Vec<_> = (0..CASES)
        .map(|case| {
            let random = &mut random;
            let part = Part {
                line: pick(random, &[1, 1, 0, -1, 2, i32::MAX]),
                quantity: pick(random, &[0, 1, 2, 3, u32::MAX]),
            };
            let count = pick(random, &[0, 1, -1, i32::MAX, i32::MIN]);
            let amount = Money::new(wrong(random, 5_290), domain::Currency::Eur);
            let (kind, flag) = (random.random_range(0..7), random.random());
            async move {
                let parts = vec![part];
                let caller = desk();
                let is_refused = match kind {
                    0 => {
                        let new = Dispatch {
                            parts: Some(parts),
                            ..Dispatch::default()
                        };
                        is_refused(ship(till, &caller, number, &new).await)
                    }
                    1 => is_refused(delivered(till, &caller, number, count).await),
                    2 => is_refused(undeliverable(till, &caller, number, count).await),
                    3 => is_refused(cancel_shipment(till, &caller, number, count).await),
                    4 => {
                        let new = NewReturn {
                            parts,
                            reason: ReturnReason::Other,
                            note: String::new(),
                        };
                        is_refused(announce(till, &caller, number, &new).await)
                    }
                    5 => {
                        let receipt = Receipt {
                            restock: flag,
                            refund: Back::Amount(amount),
                        };
                        is_refused(receive(till, &caller, number, count, receipt).await)
                    }
                    _ => {
                        let of = match flag {
                            true => RefundOf::Amount(amount),
                            false => RefundOf::Lines {
                                parts,
                                delivery: true,
                            },
                        };
                        let new = NewRefund {
                            id: None,
                            of,
                            restock: false,
                            note: String::new(),
                        };
                        is_refused(refund(till, &caller, number, &new).await)
                    }
                };
                assert!(
                    is_refused,
                    "case {case} of seed {SEED}: {kind} {part:?} {count} {amount:?}"
                );
            }
        })
        .collect();
    futures::stream::iter(steps)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    assert_eq!(sql::books(&till.db).await, before);
}

fn is_refused<T, E>(answer: Result<T, Failure<E>>) -> bool {
    matches!(answer, Err(Failure::Refused(_)))
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_guesses_at_another_s_order_show_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(90).await;
    let (mine, theirs) = (till.buy(mug, 1).await, till.buy(mug, 1).await);
    let mut random = StdRng::seed_from_u64(SEED);
    let before = sql::books(&till.db).await;
    let calls = till.provider.calls();
    for case in 0..CASES {
        let random = &mut random;
        let mut number = theirs.number.clone();
        let token = match random.random_range(0..6) {
            0 => mine.token.clone(),
            1 => {
                let mut near = theirs.token.clone().into_bytes();
                let at = random.random_range(0..near.len());
                near[at] = if near[at] == b'A' { b'B' } else { b'A' };
                String::from_utf8(near).expect("a token")
            }
            2 => theirs.token[..random.random_range(0..theirs.token.len())].to_owned(),
            3 => format!("{}A", theirs.token),
            4 => garbage(random),
            _ => {
                // The right token of a number that is not its.
                number = match random.random() {
                    true => mine.number.clone(),
                    false => garbage(random),
                };
                theirs.token.clone()
            }
        };
        let told = format!("case {case} of seed {SEED}: {number:?} {token:?}");
        match order::find(&till, &number, &token).await {
            Err(Failure::Refused(OrderError::NotFound)) => {}
            other => panic!("{told}: {other:?}"),
        }
        match order::pay_again(&till, &machine(), &number, &token).await {
            Err(Failure::Refused(PaymentError::Unknown)) => {}
            other => panic!("{told}: {other:?}"),
        }
    }
    assert_eq!(sql::books(&till.db).await, before);
    assert_eq!(till.provider.calls(), calls, "nobody was asked");
}

/// A webhook and a placement, each over and over: by its id, by its key.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_replays_are_the_first_one(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(90).await, 1).await;
    let placement = till.ready(&session).await;
    let placed = till
        .place(&session, placement.clone())
        .await
        .expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    let genuine = till.provider.notice("evt_1", "page_1");
    webhook(&till, "fake", &signed(), &genuine)
        .await
        .expect("it is acknowledged");
    till.drain().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    let before = sql::books(&till.db).await;
    let mut random = StdRng::seed_from_u64(SEED);
    for case in 0..CASES {
        if random.random_range(0..100) == 0 {
            till.clock
                .advance(Duration::hours(random.random_range(0..72)));
        }
        if random.random() {
            // The same event, whatever it says by now.
            let mut body: Value = serde_json::from_slice(&genuine).expect("a body");
            if random.random() {
                body["outcome"] = json!(Outcome::Failed);
                body["minor"] = json!(wrong(&mut random, 2_890));
            }
            let body = serde_json::to_vec(&body).expect("a body");
            let answer = webhook(&till, "fake", &signed(), &body).await;
            answer.unwrap_or_else(|error| panic!("case {case} of seed {SEED}: {error}"));
        } else {
            let mut again = placement.clone();
            let is_other = random.random();
            if is_other {
                again.seen_total = wrong(&mut random, placement.seen_total);
            }
            match till.place(&session, again).await {
                Ok(same) => assert_eq!((is_other, &same.number), (false, &placed.number)),
                Err(Failure::Refused(PlaceError::KeyReused)) => assert!(is_other),
                other => panic!("case {case} of seed {SEED}: {other:?}"),
            }
        }
    }
    assert_eq!(sql::books(&till.db).await, before);
    till.drain().await;
}

/// Placements after the bag was emptied, or its order was made, or its checkout ran out.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_placed_out_of_turn_is_refused(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(90).await;
    let session = till.shopper(mug, 1).await;
    let placement = till.ready(&session).await;
    till.place(&session, placement.clone())
        .await
        .expect("an order");
    let fresh = Placement {
        key: IdempotencyKey(Uuid::from_u128(1)),
        ..placement.clone()
    };
    assert!(is_refused(till.place(&session, fresh).await));
    let late = till.shopper(mug, 1).await;
    let placement = till.ready(&late).await;
    till.clock.advance(Duration::days(8));
    assert!(is_refused(till.place(&late, placement).await));
    let nobody = till.guest().await;
    let placement = Placement {
        checkout: CheckoutId(Uuid::from_u128(1)),
        key: IdempotencyKey(Uuid::from_u128(2)),
        form: form(),
        seen_total: 0,
        seen_credit: 0,
    };
    assert!(is_refused(till.place(&nobody, placement).await));
    assert_eq!(sql::count_orders(&till.db).await, 1);
}
