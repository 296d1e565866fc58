//! Defects that other shops' users reported, shown to be absent here.

use crate::provider::{Fake, signed};
use crate::sql;
use crate::support::{Till, machine};
use domain::order::OrderState;
use domain::payment::Outcome;
use shop::payment::{returned, webhook};
use shop::testing::patient;
use shop::{Failure, checkout};
use sqlx::PgPool;
use std::sync::Arc;

/// From now on, no order can become paid: the transaction that would make it so fails as it commits.
const NO_ORDER_IS_PAID: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.state = 'paid') EXECUTE FUNCTION refuse()";
const ORDERS_ARE_PAID: &str = "DROP TRIGGER refuse ON orders; DROP FUNCTION refuse()";

/// What other transactions may find locked, or begun and left standing, while a provider is waited for.
async fn assert_nothing_is_locked(till: &Till) {
    sql::run(
        &till.db,
        "BEGIN;
         SELECT FROM orders FOR UPDATE NOWAIT;
         SELECT FROM payment_attempt FOR UPDATE NOWAIT;
         SELECT FROM stock FOR UPDATE NOWAIT;
         SELECT FROM cart FOR UPDATE NOWAIT;
         SELECT FROM checkout FOR UPDATE NOWAIT;
         ROLLBACK",
    )
    .await;
    let standing = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(sql::count(&till.db, standing).await, 0);
}

/// The browser's return and the webhook complete one cart at the same moment, and one of them fails or both succeed:
/// medusa #13301, saleor #19220.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn browser_return_races_webhook(db: PgPool) {
    let provider = Arc::new(Fake::on_demand("fake"));
    let till = Till::with(db, &[&provider], patient()).await;
    let mug = till.mug(100).await;
    for round in 1..=25 {
        let placed = till.buy(mug, 1).await;
        let page = format!("page_{round}");
        provider.approve(&page);
        let events = [format!("evt_{round}_a"), format!("evt_{round}_b")];
        tokio::join!(
            till.returned("fake", &page),
            till.webhook(&events[0], &page),
            till.returned("fake", &page),
            till.webhook(&events[1], &page),
        );
        assert_eq!(till.order(&placed).await.state, OrderState::Paid);
        assert_eq!(
            sql::events(&till.db, placed.order).await,
            ["order.placed", "order.paid"]
        );
    }
    assert_eq!(provider.captures().len(), 25);
    assert_eq!(sql::stock(&till.db, mug).await, (75, 0, 25));
    till.drain().await;
    assert_eq!(till.mails().len(), 25);
}

/// A webhook is answered with 200, its handling fails, and nobody ever hears of it again:
/// woocommerce-gateway-stripe #5758.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn webhook_acknowledged_then_dropped(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    let body = till.provider.notice("evt_1", "page_1");

    // What can't be kept is not acknowledged.
    sql::run(
        &till.db,
        "ALTER TABLE webhook_event RENAME TO webhook_event_gone",
    )
    .await;
    let answer = webhook(&till, "fake", &signed(), &body).await;
    assert!(matches!(answer, Err(Failure::Broken(_))), "{answer:?}");
    sql::run(
        &till.db,
        "ALTER TABLE webhook_event_gone RENAME TO webhook_event",
    )
    .await;

    // What was acknowledged and could not be handled is handled later.
    sql::run(&till.db, NO_ORDER_IS_PAID).await;
    webhook(&till, "fake", &signed(), &body)
        .await
        .expect("it is kept");
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    assert_eq!(sql::webhooks(&till.db).await, [("evt_1".to_owned(), false)]);
    webhook(&till, "fake", &signed(), &body)
        .await
        .expect("it is known");
    sql::run(&till.db, ORDERS_ARE_PAID).await;
    till.clock.advance(time::Duration::MINUTE);
    till.drain().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(sql::webhooks(&till.db).await, [("evt_1".to_owned(), true)]);
    till.drain().await;
}

/// A checkout's rows stay locked for as long as the provider takes to answer: saleor #11069.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn rows_locked_over_a_provider_call(db: PgPool) {
    let provider = Arc::new(Fake::on_demand("fake"));
    let till = Till::with(db, &[&provider], patient()).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let placement = till.ready(&session).await;
    let gate = provider.wait_at_gate();
    let placing = tokio::spawn(checkout::place(
        till.shop.shop(),
        till.caller(&session),
        session,
        till.eu(),
        placement,
    ));
    gate.reached.notified().await;
    assert_nothing_is_locked(&till).await;
    gate.open.notify_one();
    let placed = placing.await.expect("the task").expect("an order");

    provider.approve("page_1");
    let gate = provider.wait_at_gate();
    let shop = till.shop.shop();
    let returning =
        tokio::spawn(async move { returned(&shop, &machine(), "fake", "page_1").await });
    gate.reached.notified().await;
    assert_nothing_is_locked(&till).await;
    gate.open.notify_one();
    returning.await.expect("the task").expect("the order");
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    till.drain().await;
}

/// "Order placed" is told before the order is committed, and stays told when it never is: medusa #15122.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn order_event_before_commit(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let placement = till.ready(&session).await;
    let told = "SELECT count(*) FROM outbox WHERE kind LIKE 'order.%'";
    let jobs = "SELECT count(*) FROM job";
    sql::run(
        &till.db,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
         CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    .await;
    let answer = till.place(&session, placement.clone()).await;
    assert!(matches!(answer, Err(Failure::Broken(_))), "{answer:?}");
    assert_eq!(sql::count(&till.db, told).await, 0);
    assert_eq!(till.provider.starts(), 0, "nobody was asked to take money");
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    sql::run(&till.db, ORDERS_ARE_PAID).await;
    let placed = till.place(&session, placement).await.expect("an order");

    sql::run(&till.db, NO_ORDER_IS_PAID).await;
    till.provider.decide("page_1", Outcome::Captured);
    let answer = returned(&till, &machine(), "fake", "page_1").await;
    assert!(matches!(answer, Err(Failure::Broken(_))), "{answer:?}");
    assert_eq!(sql::events(&till.db, placed.order).await, ["order.placed"]);
    assert_eq!(sql::count(&till.db, jobs).await, 0);
    till.drain().await;
    assert!(till.mails().is_empty());
    sql::run(&till.db, ORDERS_ARE_PAID).await;
    till.returned("fake", "page_1").await;
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    till.drain().await;
    assert_eq!(till.mails().len(), 1);
}
