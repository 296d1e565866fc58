//! Many at once.

use crate::sql;
use crate::support::{Till, refused};
use domain::checkout::CheckoutMessage;
use domain::payment::Outcome;
use futures::future::join_all;
use shop::checkout::{PlaceError, Placed};
use shop::payment::returned;
use shop::{Caller, jobs};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn eight_equal_placements_are_one_order_and_eight_equal_answers(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(3).await;
    let session = till.shopper(mug, 3).await;
    let placement = till.ready(&session).await;
    let placing = (0..8).map(|_| till.place(&session, placement.clone()));
    let answers: Vec<Placed> = join_all(placing)
        .await
        .into_iter()
        .map(|answer| answer.expect("an order"))
        .collect();
    assert!(answers[0].redirect.is_some());
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(sql::count_orders(&till.db).await, 1);
    assert_eq!(
        (till.provider.pages().len(), till.provider.starts()),
        (1, 1)
    );
    assert_eq!(sql::attempts(&till.db, answers[0].order).await, ["pending"]);
    assert_eq!(sql::stock(&till.db, mug).await, (3, 3, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn ten_units_make_ten_orders_of_sixty_four_buyers(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    // In turns of two directions, so that lines come in different orders.
    let bowl = till
        .product("lido-bowl")
        .price(3_000)
        .stock(1_000)
        .await
        .variant();
    let mut buyers = Vec::new();
    for buyer in 0..64 {
        let session = till.guest().await;
        let order = if buyer % 2 == 0 {
            [mug, bowl]
        } else {
            [bowl, mug]
        };
        for variant in order {
            till.add(&session, variant, 1).await;
        }
        let placement = till.ready(&session).await;
        buyers.push((session, placement));
    }
    let placing = buyers
        .iter()
        .map(|(session, placement)| till.place(session, placement.clone()));
    let (mut placed, mut sold_out) = (0, 0);
    for answer in join_all(placing).await {
        if answer.is_ok() {
            placed += 1;
            continue;
        }
        let PlaceError::Refused(view) = refused(answer) else {
            panic!("refused otherwise");
        };
        let named = |message: &CheckoutMessage| matches!(message, CheckoutMessage::SoldOut { variant, available: 0, .. } if *variant == mug);
        assert!(view.messages.iter().all(named), "{:?}", view.messages);
        assert_eq!(view.messages.len(), 1);
        sold_out += 1;
    }
    assert_eq!((placed, sold_out), (10, 54));
    assert_eq!(sql::stock(&till.db, mug).await, (10, 10, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (1_000, 10, 0));
    assert_eq!(sql::count_orders(&till.db).await, 10);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn return_webhook_and_reconciler_together_have_one_effect(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.clock.advance(time::Duration::seconds(30));
    let caller = Caller::machine("test", "test");
    let returns = join_all((0..4).map(|_| returned(&till, &caller, "fake", "page_1")));
    let events = ["evt_1", "evt_2", "evt_1", "evt_3"];
    let webhooks = join_all(events.map(|event| till.webhook(event, "page_1")));
    let (returns, _, swept) = tokio::join!(returns, webhooks, jobs::sweep(&till));
    for answer in returns {
        assert_eq!(
            answer.expect("the order"),
            (placed.number.clone(), placed.token.clone())
        );
    }
    swept.expect("a sweep");
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    assert_eq!(sql::ledger(&till.db, mug).await, (-2, 0, 2));
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    till.drain().await;
    assert_eq!(
        std::fs::read_dir(&till.mail_folder).unwrap().count(),
        3,
        "one mail, in three forms"
    );
}
