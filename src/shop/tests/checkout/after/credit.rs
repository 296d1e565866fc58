//! Orders that gift cards paid, wholly or in part, and whose money goes back: the provider first, then the cards, and never
//! more than each was taken.

use super::{amount, desk, of, parts, staff};
use crate::gift_card::{balance, causes, issue};
use crate::promotion::enter;
use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, eur, refused};
use domain::fulfilment::{RefundState, ReturnReason};
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::{GiftCardId, RefundId, Role, VariantId};
use futures::future::join_all;
use shop::checkout::Placed;
use shop::fulfilment::{Back, Dispatch, NewReturn, Receipt, announce, receive, ship};
use shop::jobs;
use shop::order::{ChangeError, NewRefund, RefundOf, cancel, refund};
use sqlx::PgPool;
use uuid::Uuid;

/// Two mugs for 52.90, paid with cards of these amounts and, for the rest, at the provider.
async fn paid<const N: usize>(
    till: &Till,
    mug: VariantId,
    cards: [i64; N],
) -> (Placed, [GiftCardId; N]) {
    let session = till.shopper(mug, 2).await;
    let mut ids = Vec::new();
    for minor in cards {
        let (card, code) = issue(till, minor).await;
        enter(till, &session, &code).await.expect("the card");
        ids.push(card);
    }
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    if cards.iter().sum::<i64>() < 5_290 {
        let reference = till.provider.page().reference;
        till.provider.decide(&reference, Outcome::Captured);
        till.webhook(&format!("evt_{reference}"), &reference).await;
    }
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    (placed, ids.try_into().expect("as many"))
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_cards_paid_whole_goes_back_to_them(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [one, two]) = paid(&till, mug, [4_000, 3_000]).await;
    assert_eq!(balance(&till, one).await + balance(&till, two).await, 1_710);
    let line = of(RefundOf::Lines {
        parts: parts(1, 1),
        delivery: false,
    });
    let asked = refund(&till, &desk(), &placed.number, &line).await;
    assert_eq!(asked.expect("a refund").amount, eur(2_400));
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    let rest = refund(&till, &desk(), &placed.number, &of(RefundOf::Rest)).await;
    assert_eq!(rest.expect("a refund").amount, eur(2_890));
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(
        (balance(&till, one).await, balance(&till, two).await),
        (4_000, 3_000)
    );
    assert_eq!(till.provider.refunds(), []);
    let refunds = till.followed(&placed).await.refunds;
    assert_eq!(refunds[0].to_cards, Some(eur(2_400)));
    assert_eq!(refunds[1].state, RefundState::Sent);
    let told = till.mails();
    assert!(told.iter().any(|mail| mail.contains("28.90")), "{told:#?}");
    let again = refund(&till, &desk(), &placed.number, &of(RefundOf::Rest)).await;
    assert!(matches!(refused(again), ChangeError::State { .. }));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_provider_gives_back_first_and_cards_the_rest(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [card]) = paid(&till, mug, [2_000]).await;
    let number = placed.number.as_str();
    // 32.90 were captured, 20.00 taken from the card.
    let steps = [
        (amount(3_000), 3_000, 0),
        (amount(1_000), 3_290, 710),
        (amount(500), 3_290, 1_210),
    ];
    for (new, provider, to_card) in steps {
        refund(&till, &desk(), number, &new)
            .await
            .expect("a refund");
        till.drain().await;
        assert_eq!(till.sent_back(), provider);
        assert_eq!(balance(&till, card).await, to_card);
        assert_eq!(till.state(&placed).await, OrderState::Paid);
    }
    let too_much = refund(&till, &desk(), number, &amount(791)).await;
    assert!(
        matches!(refused(too_much), ChangeError::TooMuch { left, .. } if left == "7.90"),
        "no more than is left"
    );
    refund(&till, &desk(), number, &of(RefundOf::Rest))
        .await
        .expect("the rest");
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(balance(&till, card).await, 2_000);
    assert_eq!(
        sql::refunded(&till.db, placed.order).await,
        (3_290, 3_290),
        "what the provider sent back"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_id_gives_to_a_card_once(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [card]) = paid(&till, mug, [6_000]).await;
    let new = NewRefund {
        id: Some(RefundId(Uuid::from_u128(99))),
        ..amount(700)
    };
    for _ in 0..3 {
        let asked = refund(&till, &desk(), &placed.number, &new).await;
        assert_eq!(asked.expect("a refund").amount, eur(700));
        till.drain().await;
        assert_eq!(balance(&till, card).await, 710 + 700);
    }
    // The job of it, done again, changes nothing either.
    sql::run(
        &till.db,
        "UPDATE job SET state = 'waiting' WHERE consumer = 'payment.refund'",
    )
    .await;
    till.drain().await;
    assert_eq!(balance(&till, card).await, 710 + 700);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn forty_at_once_never_give_back_more_than_was_paid(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [one, two]) = paid(&till, mug, [1_000, 1_500]).await;
    let asking = (0..40).map(|round| {
        let (shop, number) = (till.shop.shop(), placed.number.clone());
        tokio::spawn(async move {
            let asked = refund(&shop, &desk(), &number, &amount(300)).await;
            if round % 4 == 0 {
                jobs::drain(&shop).await.expect("jobs");
            }
            asked
        })
    });
    let answers = join_all(asking).await;
    let taken = answers
        .into_iter()
        .filter(|answer| matches!(answer, Ok(Ok(_))))
        .count();
    assert_eq!(taken, 17, "17 × 3.00 of 52.90");
    till.drain().await;
    let to_cards = balance(&till, one).await + balance(&till, two).await;
    assert_eq!((till.sent_back(), to_cards), (2_790, 5_100 - 2_790));
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    let two_at_once = join_all((0..2).map(|_| async {
        let rest = of(RefundOf::Rest);
        refund(&till, &desk(), &placed.number, &rest).await.is_ok()
    }));
    let won = two_at_once.await.into_iter().filter(|won| *won).count();
    till.drain().await;
    assert_eq!(won, 1);
    let to_cards = balance(&till, one).await + balance(&till, two).await;
    assert_eq!((till.sent_back(), to_cards), (2_790, 2_500));
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn calling_off_a_paid_order_gives_both_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    for (credit, captured) in [(2_000, 3_290), (5_290, 0)] {
        let before = till.sent_back();
        let (placed, [card]) = paid(&till, mug, [credit]).await;
        let done = cancel(&till, &desk(), &placed.number, "").await;
        let done = done.expect("called off");
        assert_eq!(
            (done.state, done.refund),
            (OrderState::RefundDue, Some(eur(5_290)))
        );
        till.drain().await;
        assert_eq!(till.state(&placed).await, OrderState::Refunded);
        assert_eq!(till.sent_back() - before, captured);
        assert_eq!(balance(&till, card).await, credit);
        let ledger = causes(&till, card).await;
        assert_eq!(ledger.last(), Some(&("refund".to_owned(), credit)));
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_the_provider_refuses_gives_nothing_to_cards_either(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [card]) = paid(&till, mug, [2_000]).await;
    till.provider.set(Mood::Refuses);
    refund(&till, &desk(), &placed.number, &amount(4_000))
        .await
        .expect("a refund");
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    assert_eq!(balance(&till, card).await, 0);
    // What it claimed is free: all of it could go back, and the parked one can't be sent besides.
    till.provider.set(Mood::Well);
    refund(&till, &desk(), &placed.number, &amount(5_000))
        .await
        .expect("a refund");
    till.drain().await;
    let parked = sql::parked_job(&till.db).await;
    jobs::retry(&till, &staff(Role::Owner), parked)
        .await
        .expect("again");
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    assert_eq!(
        (till.sent_back(), balance(&till, card).await),
        (3_290, 1_710)
    );
    jobs::discard(&till, &staff(Role::Owner), parked)
        .await
        .expect("given up");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn goods_that_come_back_are_paid_back_to_cards_too(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, [card]) = paid(&till, mug, [5_290]).await;
    let number = placed.number.as_str();
    ship(&till, &desk(), number, &Dispatch::default())
        .await
        .expect("shipped");
    let new = NewReturn {
        parts: parts(1, 1),
        reason: ReturnReason::Damaged,
        note: String::new(),
    };
    let coming = announce(&till, &desk(), number, &new).await;
    let receipt = Receipt {
        restock: true,
        refund: Back::Price,
    };
    let count = coming.expect("announced").number;
    let done = receive(&till, &desk(), number, count, receipt).await;
    assert_eq!(done.expect("received").refund, Some(eur(2_400)));
    till.drain().await;
    assert_eq!(balance(&till, card).await, 2_400);
    assert_eq!(till.provider.refunds(), []);
}
