//! Limits, and what is sold ahead of the shelf.

use super::adds_up;
use crate::sql;
use crate::support::{Till, form, looked_at_again, machine, refused};
use domain::checkout::{CheckoutForm, CheckoutMessage};
use domain::inventory::{Limits, Oversell, Supply};
use shop::checkout::{PlaceError, Placement, open, place};
use shop::inventory::{InventoryError, set_limits, set_supply};
use shop::{Failure, jobs};
use sqlx::PgPool;
use time::Duration;
use time::macros::date;

fn limited(view: &domain::checkout::CheckoutView) -> Vec<i64> {
    view.messages
        .iter()
        .filter_map(|message| match message {
            CheckoutMessage::Limited { most, .. } => Some(*most),
            _ => None,
        })
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_has_no_more_than_its_limit(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(20).await;
    let session = till.shopper(mug, 5).await;
    let placement = till.ready(&session).await;
    let limits = Limits {
        per_order: Some(2),
        per_customer: None,
    };
    set_limits(&till.shop, &machine(), mug, limits)
        .await
        .expect("a limit");
    let view = looked_at_again(till.place(&session, placement).await);
    assert_eq!(limited(&view), [2]);
    assert_eq!(sql::stock(&till.db, mug).await, (20, 0, 0));

    let other = till.shopper(mug, 5).await;
    let bag = till.add(&other, mug, 3).await;
    assert_eq!(
        bag.lines[0].quantity.get(),
        2,
        "the bag holds what may be had"
    );
    let placement = till.ready(&other).await;
    till.place(&other, placement).await.expect("an order");
    assert_eq!(sql::stock(&till.db, mug).await, (20, 2, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_customer_has_no_more_than_their_limit_until_an_order_comes_to_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(20).await;
    let limits = Limits {
        per_order: None,
        per_customer: Some(3),
    };
    set_limits(&till.shop, &machine(), mug, limits)
        .await
        .expect("a limit");
    let session = till.shopper(mug, 2).await;
    let first = till.ready(&session).await;
    till.place(&session, first).await.expect("an order");
    till.add(&session, mug, 2).await;
    let second = till.ready(&session).await;
    let view = looked_at_again(till.place(&session, second.clone()).await);
    assert_eq!(limited(&view), [1]);
    till.clock.advance(Duration::minutes(31));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 1);
    till.place(&session, second)
        .await
        .expect("there is room again");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_orders_at_once_do_not_pass_a_customers_limit(db: PgPool) {
    let till = Till::new(db).await;
    let print = till.product("print").price(2_400).price_in("us", 2_600);
    let print = print.stock(20).await.variant();
    let limits = Limits {
        per_order: None,
        per_customer: Some(1),
    };
    set_limits(&till.shop, &machine(), print, limits)
        .await
        .expect("a limit");
    for _ in 0..6 {
        let session = till.guest().await;
        let caller = till.caller(&session);
        let mut placing = Vec::new();
        for (storefront, form) in [(till.eu(), form()), (till.us(), american())] {
            let change = domain::cart::CartChange::AddLine {
                variant: print,
                quantity: domain::cart::Quantity::new(1).unwrap(),
            };
            shop::cart::change(&till, &caller, &session, &storefront, till.command(change))
                .await
                .expect("a line");
            open(&till, &caller, &session, &storefront)
                .await
                .expect("a checkout");
            // The destination decides the tax, and so the total.
            let view = shop::checkout::update(&till, &caller, &session, &storefront, form.clone())
                .await
                .expect("a checkout");
            let placement = Placement {
                checkout: view.id,
                key: view.key,
                form,
                seen_total: view.quote.total.minor,
                seen_credit: 0,
            };
            placing.push(place(
                till.shop.shop(),
                caller.clone(),
                session,
                storefront,
                placement,
            ));
        }
        let answers = futures::future::join_all(placing).await;
        let placed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(placed, 1, "{answers:?}");
        let of_limit = |answer: &Result<_, Failure<PlaceError>>| matches!(answer, Err(Failure::Refused(PlaceError::Refused(view))) if limited(view) == [0]);
        assert!(answers.iter().any(of_limit), "{answers:?}");
    }
    adds_up(&till).await;
}

fn american() -> CheckoutForm {
    CheckoutForm {
        line1: "350 Fifth Avenue".to_owned(),
        postcode: "10118".to_owned(),
        city: "New York".to_owned(),
        region: "NY".to_owned(),
        country: "US".to_owned(),
        ..form()
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_backorder_goes_as_far_as_it_is_allowed_and_not_back_under_orders(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let expected = Some(date!(2026 - 12 - 10));
    set_supply(
        &till.shop,
        &machine(),
        mug,
        Supply::Backorder { expected },
        Oversell::UpTo(3),
    )
    .await
    .expect("sold ahead of the shelf");
    till.buy(mug, 4).await;
    let session = till.shopper(mug, 2).await;
    let placement = till.ready(&session).await;
    let view = looked_at_again(till.place(&session, placement).await);
    let one_left = |message: &CheckoutMessage| {
        matches!(message, CheckoutMessage::SoldOut { available: 1, .. })
    };
    assert!(view.messages.iter().any(one_left), "{:?}", view.messages);
    till.buy(mug, 1).await;
    assert_eq!(sql::stock(&till.db, mug).await, (2, 5, 0));
    let back = set_supply(&till.shop, &machine(), mug, Supply::Shelf, Oversell::Never).await;
    assert_eq!(refused(back), InventoryError::Held { held: 5 });
    set_supply(
        &till.shop,
        &machine(),
        mug,
        Supply::Preorder {
            from: date!(2027 - 01 - 15),
        },
        Oversell::Always,
    )
    .await
    .expect("without end");
    till.buy(mug, 50).await;
    assert_eq!(sql::stock(&till.db, mug).await, (2, 55, 0));
    adds_up(&till).await;
}
