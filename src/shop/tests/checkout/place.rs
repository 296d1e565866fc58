//! Placing an order.

use crate::sql;
use crate::support::{Till, eur, form, looked_at_again, refused};
use domain::catalog::StockState;
use domain::checkout::{
    CheckoutForm, CheckoutMessage, CheckoutState, Field, FieldError, FieldProblem,
};
use domain::order::OrderState;
use domain::payment::AttemptState;
use domain::{CheckoutId, IdempotencyKey};
use shop::checkout::{PlaceError, Placement, place};
use shop::order;
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_holds_its_stock_and_leads_to_its_payment(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    let session = till.shopper(mug, 2).await;
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");

    let page = till.provider.page();
    assert_eq!(
        placed.redirect.as_deref(),
        Some("https://pay.example/page_1")
    );
    assert_eq!(
        (page.attempt.amount, page.attempt.number.clone()),
        (eur(5_290), placed.number.clone())
    );
    let charges: Vec<_> = page
        .attempt
        .charges
        .iter()
        .map(|charge| (charge.name.as_str(), charge.amount))
        .collect();
    assert_eq!(
        charges,
        [("2 × Calle mug", eur(4_800)), ("Delivery", eur(490))]
    );
    let link = format!(
        "https://rialto.example/en-eu/orders/{}/{}",
        placed.number, placed.token
    );
    assert_eq!(page.attempt.cancel_url, link);
    assert_eq!(
        page.attempt.return_url,
        "https://rialto.example/en-eu/checkout/return"
    );
    assert_eq!(
        page.attempt.expires_at,
        till.clock.time() + time::Duration::minutes(31)
    );

    assert_eq!(sql::stock(&till.db, mug).await, (10, 2, 0));
    assert_eq!(sql::ledger(&till.db, mug).await, (0, 2, 0));
    assert_eq!(sql::events(&till.db, placed.order).await, ["order.placed"]);
    let log = sql::audited(&till.db, &placed.order.to_string()).await;
    assert_eq!(log, [("order.placed".to_owned(), "guest".to_owned())]);

    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(
        (view.state, view.payment),
        (OrderState::PaymentDue, AttemptState::Pending)
    );
    assert_eq!(
        (view.quote.total, view.lines.len(), view.email.as_str()),
        (eur(5_290), 1, "ada@example.com")
    );
    assert_eq!(
        (view.delivery_name.as_str(), view.delivery_days),
        ("Standard, in paper", (2, 3))
    );

    let bag = shop::cart::read(&till, Some(&session), &till.eu(), 0)
        .await
        .expect("a bag");
    assert_eq!(bag.lines, [], "the bag is empty again");
    assert_eq!(placed.number.len(), "RI-XXXX-XXXX".len());
    assert_eq!(placed.token.len(), 43);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_form_that_does_not_hold_is_refused_and_kept(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    let session = till.shopper(mug, 1).await;
    let mut placement = till.ready(&session).await;
    placement.form = CheckoutForm {
        city: String::new(),
        email: "x".to_owned(),
        ..form()
    };
    let view = looked_at_again(till.place(&session, placement.clone()).await);
    let said = |field, problem| CheckoutMessage::Field(FieldError { field, problem });
    let expected = [
        said(Field::Email, FieldProblem::Malformed),
        said(Field::City, FieldProblem::Missing),
    ];
    assert_eq!(view.messages, expected);
    assert_eq!(
        (view.state, &view.form),
        (CheckoutState::Open, &placement.form)
    );
    assert_eq!(till.open(&session).await.form, placement.form);
    assert_eq!(sql::count_orders(&till.db).await, 0);
    assert_eq!(sql::stock(&till.db, mug).await, (10, 0, 0));

    placement.form = form();
    till.place(&session, placement)
        .await
        .expect("the same key, mended");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_total_that_was_not_seen_is_not_charged(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    let session = till.shopper(mug, 1).await;
    let mut placement = till.ready(&session).await;
    till.set_price(mug, "eu", 2_900).await;
    let view = looked_at_again(till.place(&session, placement.clone()).await);
    let said = CheckoutMessage::TotalChanged {
        was: eur(2_890),
        is: eur(3_390),
    };
    assert_eq!(view.messages, [said]);
    assert_eq!(sql::count_orders(&till.db).await, 0);

    placement.seen_total = view.quote.total.minor;
    till.place(&session, placement)
        .await
        .expect("now it was seen");
    assert_eq!(till.provider.page().attempt.amount, eur(3_390));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_sold_out_is_named_with_what_is_left(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    let bowl = till
        .product("lido-bowl")
        .price(3_000)
        .stock(4)
        .await
        .variant();
    let session = till.shopper(mug, 1).await;
    till.add(&session, bowl, 4).await;
    let placement = till.ready(&session).await;
    till.set_stock(bowl, 1).await;
    let view = looked_at_again(till.place(&session, placement).await);
    let said = CheckoutMessage::SoldOut {
        variant: bowl,
        title: "lido bowl".to_owned(),
        available: 1,
    };
    assert_eq!(view.messages, [said]);
    assert_eq!(sql::stock(&till.db, mug).await, (10, 0, 0));
    assert_eq!(till.provider.starts(), 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn stock_that_is_not_tracked_or_may_be_oversold_is_no_limit(db: PgPool) {
    let till = Till::new(db).await;
    let print = till.product("print").price(1_000).await.variant();
    let made_to_order = till
        .product("table")
        .price(9_000)
        .stock(1)
        .oversell()
        .await
        .variant();
    let session = till.shopper(print, 50).await;
    till.add(&session, made_to_order, 3).await;
    let placement = till.ready(&session).await;
    till.place(&session, placement).await.expect("an order");
    assert_eq!(sql::stock(&till.db, made_to_order).await, (1, 3, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_key_is_the_same_order_and_never_another(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(10).await, 1).await;
    let placement = till.ready(&session).await;
    let placed = till
        .place(&session, placement.clone())
        .await
        .expect("an order");
    let again = till
        .place(&session, placement.clone())
        .await
        .expect("the same");
    assert_eq!(placed, again);
    assert_eq!(sql::count_orders(&till.db).await, 1);
    assert_eq!(till.provider.pages().len(), 1);

    let other = Placement {
        form: CheckoutForm {
            name: "Eve".to_owned(),
            ..form()
        },
        ..placement.clone()
    };
    assert_eq!(
        refused(till.place(&session, other).await),
        PlaceError::KeyReused
    );
    let stranger = till.guest().await;
    assert_eq!(
        refused(till.place(&stranger, placement.clone()).await),
        PlaceError::KeyReused
    );
    let fresh = Placement {
        key: IdempotencyKey(uuid::Uuid::now_v7()),
        ..placement
    };
    assert_eq!(
        refused(till.place(&session, fresh).await),
        PlaceError::EmptyCart
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_ones_own_open_checkout_can_be_placed(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    let session = till.shopper(mug, 1).await;
    let placement = till.ready(&session).await;
    let stranger = till.shopper(mug, 1).await;
    assert_eq!(
        refused(till.place(&stranger, placement.clone()).await),
        PlaceError::Closed
    );
    let strange = till.caller(&stranger);
    let answer = place(till.shop(), strange, session, till.eu(), placement.clone()).await;
    assert_eq!(refused(answer), PlaceError::Denied);
    let unknown = Placement {
        checkout: CheckoutId(uuid::Uuid::now_v7()),
        ..placement.clone()
    };
    assert_eq!(
        refused(till.place(&session, unknown).await),
        PlaceError::Closed
    );
    till.clock.advance(time::Duration::days(8));
    assert_eq!(
        refused(till.place(&session, placement).await),
        PlaceError::Closed
    );
    assert_eq!(sql::count_orders(&till.db).await, 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_of_nothing_is_settled_at_once(db: PgPool) {
    sql::deliver_for_nothing(&db).await;
    let till = Till::new(db).await;
    let sample = till.product("sample").price(0).stock(3).await.variant();
    let placed = till.buy(sample, 1).await;
    assert_eq!(placed.redirect, None);
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(
        (view.state, view.payment),
        (OrderState::Paid, AttemptState::Captured)
    );
    assert_eq!(sql::stock(&till.db, sample).await, (2, 0, 1));
    assert_eq!(till.provider.starts(), 0);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_a_change_of_stock_state_changes_pages(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(6).await;
    till.buy(mug, 2).await;
    assert_eq!(sql::page_tags(&till.db).await, Vec::<Vec<String>>::new());
    assert_eq!(StockState::of(4 - 1), StockState::FewLeft);
    till.buy(mug, 1).await;
    let tags = ["category:cups", "home", "product:calle-mug"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(sql::page_tags(&till.db).await, std::slice::from_ref(&tags));
    till.buy(mug, 1).await;
    assert_eq!(sql::page_tags(&till.db).await.len(), 1);
    till.buy(mug, 2).await;
    assert_eq!(sql::page_tags(&till.db).await, [tags.clone(), tags]);
}
