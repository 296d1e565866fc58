//! Goods that come back.

use super::{assert_ledger_holds, desk, parts};
use crate::sql;
use crate::support::{Till, eur, refused};
use domain::Money;
use domain::fulfilment::{Part, ReturnReason, ReturnState};
use domain::order::OrderState;
use shop::checkout::Placed;
use shop::fulfilment::{
    Back, Dispatch, NewReturn, Receipt, announce, cancel_return, receive, ship,
};
use shop::order::{ChangeError, RefundOf, refund};
use sqlx::PgPool;

async fn shipped(till: &Till, mug: domain::VariantId, count: u32) -> Placed {
    let placed = till.paid(mug, count).await;
    ship(till, &desk(), &placed.number, &Dispatch::default())
        .await
        .expect("shipped");
    placed
}

fn back(parts: Vec<Part>) -> NewReturn {
    NewReturn {
        parts,
        reason: ReturnReason::Damaged,
        note: String::new(),
    }
}

const PRICE: Receipt = Receipt {
    restock: true,
    refund: Back::Price,
};

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn announced_received_restocked_refunded(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = shipped(&till, mug, 3).await;
    let number = placed.number.as_str();
    let coming = announce(&till, &desk(), number, &back(parts(1, 2)))
        .await
        .expect("announced");
    assert_eq!((coming.number, coming.state), (1, ReturnState::Announced));
    let here = receive(&till, &desk(), number, 1, PRICE)
        .await
        .expect("received");
    assert_eq!(
        (here.state, here.refund),
        (ReturnState::Received, Some(eur(4_800)))
    );
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    assert_ledger_holds(&till.db, mug, 5).await;
    till.drain().await;
    let followed = till.followed(&placed).await;
    assert_eq!(followed.returns[0].state, ReturnState::Refunded);
    assert_eq!(till.sent_back(), 4_800);
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    let twice = receive(&till, &desk(), number, 1, PRICE).await;
    assert!(matches!(
        refused(twice),
        ChangeError::Illegal { what: "return", .. }
    ));
    let more = announce(&till, &desk(), number, &back(parts(1, 2))).await;
    assert!(matches!(
        refused(more),
        ChangeError::TooMany {
            asked: 2,
            left: 1,
            ..
        }
    ));
    let kinds = sql::events(&till.db, placed.order).await;
    for kind in [
        "return.announced",
        "return.received",
        "refund.due",
        "refund.sent",
        "return.refunded",
    ] {
        assert_eq!(
            kinds.iter().filter(|known| *known == kind).count(),
            1,
            "{kind}: {kinds:?}"
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_was_refunded_before_is_not_refunded_again(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = shipped(&till, mug, 2).await;
    let number = placed.number.as_str();
    let lines = RefundOf::Lines {
        parts: parts(1, 1),
        delivery: false,
    };
    refund(&till, &desk(), number, &super::of(lines))
        .await
        .expect("a refund");
    announce(&till, &desk(), number, &back(parts(1, 2)))
        .await
        .expect("announced");
    let here = receive(&till, &desk(), number, 1, PRICE)
        .await
        .expect("received");
    assert_eq!(here.refund, Some(eur(2_400)), "for the other one");
    till.drain().await;
    assert_eq!(till.sent_back(), 4_800);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_return_may_bring_nothing_or_another_amount(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = shipped(&till, mug, 3).await;
    let number = placed.number.as_str();
    for _ in 0..3 {
        announce(&till, &desk(), number, &back(parts(1, 1)))
            .await
            .expect("announced");
    }
    let broken = Receipt {
        restock: false,
        refund: Back::Nothing,
    };
    let here = receive(&till, &desk(), number, 1, broken)
        .await
        .expect("received");
    assert_eq!((here.state, here.refund), (ReturnState::Received, None));
    assert_eq!(sql::stock(&till.db, mug).await, (2, 0, 3));
    let some = |money| Receipt {
        restock: false,
        refund: Back::Amount(money),
    };
    for wrong in [
        eur(0),
        eur(-1),
        eur(7_691),
        Money::new(100, domain::Currency::Usd),
    ] {
        refused(receive(&till, &desk(), number, 2, some(wrong)).await);
    }
    let here = receive(&till, &desk(), number, 2, some(eur(1_000)))
        .await
        .expect("received");
    assert_eq!(here.refund, Some(eur(1_000)));
    cancel_return(&till, &desk(), number, 3)
        .await
        .expect("called off");
    assert_eq!(till.followed(&placed).await.units[0].to_return(), 1);
    till.drain().await;
    assert_eq!(till.sent_back(), 1_000);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_what_was_shipped_comes_back(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 3).await;
    let number = placed.number.as_str();
    for wrong in [parts(1, 1), parts(1, 0), parts(9, 1), Vec::new()] {
        refused(announce(&till, &desk(), number, &back(wrong)).await);
    }
    refused(receive(&till, &desk(), number, 1, PRICE).await);
    refused(cancel_return(&till, &desk(), number, 1).await);
    refused(announce(&till, &desk(), "RI-NONE", &back(parts(1, 1))).await);
    assert_eq!(till.followed(&placed).await.returns, []);
}
