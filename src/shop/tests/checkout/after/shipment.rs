//! Parcels: by hand, in parts, by a carrier.

use super::carrier::{FakeCarrier, Way};
use super::{assert_ledger_holds, desk, of, parts, staff};
use crate::provider::Fake;
use crate::sql;
use crate::support::{Till, refused};
use domain::Role;
use domain::fulfilment::{Progress, ShipmentState};
use futures::future::join_all;
use shop::fulfilment::{
    Dispatch, cancel_shipment, delivered, rates, send_by_carrier, ship, undeliverable,
};
use shop::jobs;
use shop::order::{ChangeError, RefundOf, refund};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::sync::Arc;

pub async fn with_carrier(db: PgPool) -> (Till, Arc<FakeCarrier>) {
    let (provider, carrier) = (Arc::new(Fake::default()), Arc::new(FakeCarrier::default()));
    let shop = TestShop::build(db)
        .without_redis()
        .payments(provider.clone())
        .carrier(carrier.clone())
        .start()
        .await;
    (Till { shop, provider }, carrier)
}

fn some(line: i32, quantity: u32) -> Dispatch {
    Dispatch {
        parts: Some(parts(line, quantity)),
        carrier: "Gondola".to_owned(),
        tracking_code: Some("GO-1".to_owned()),
        tracking_url: Some("https://carrier.example/GO-1".to_owned()),
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_leaves_in_two_parcels_and_arrives(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.paid(mug, 3).await;
    let number = placed.number.as_str();
    assert_eq!(till.followed(&placed).await.progress(), Progress::Packing);
    let first = ship(&till, &desk(), number, &some(1, 1))
        .await
        .expect("shipped");
    assert_eq!((first.number, first.state), (1, ShipmentState::Shipped));
    assert_eq!(
        till.followed(&placed).await.progress(),
        Progress::PartlyShipped
    );
    let second = ship(&till, &desk(), number, &Dispatch::default())
        .await
        .expect("shipped");
    assert_eq!(second.number, 2);
    let followed = till.followed(&placed).await;
    assert_eq!(followed.progress(), Progress::Shipped);
    assert_eq!(followed.shipments[1].lines, parts(1, 2));
    assert_eq!(followed.shipments[0].tracking_code.as_deref(), Some("GO-1"));
    let none = ship(&till, &desk(), number, &Dispatch::default()).await;
    assert_eq!(refused(none), ChangeError::NothingLeft("shipped"));
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (2, 0, 3),
        "a parcel moves no figure"
    );
    assert_eq!(
        sql::causes(&till.db, mug).await,
        ["hold", "sale", "shipment", "shipment"]
    );
    assert_ledger_holds(&till.db, mug, 5).await;
    undeliverable(&till, &desk(), number, 1)
        .await
        .expect("given up");
    delivered(&till, &desk(), number, 1)
        .await
        .expect("it was found after all");
    delivered(&till, &desk(), number, 2)
        .await
        .expect("delivered");
    assert_eq!(till.followed(&placed).await.progress(), Progress::Delivered);
    let twice = delivered(&till, &desk(), number, 2).await;
    assert!(matches!(
        refused(twice),
        ChangeError::Illegal {
            number: 2,
            state: "delivered",
            ..
        }
    ));
    till.drain().await;
    let events = sql::events(&till.db, placed.order).await;
    assert_eq!(
        events[2..],
        [
            "order.shipped",
            "order.shipped",
            "order.undeliverable",
            "order.delivered",
            "order.delivered"
        ]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn bad_input_ships_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let placed = till.paid(mug, 2).await;
    let number = placed.number.as_str();
    for new in [
        some(1, 3),
        some(1, 0),
        some(2, 1),
        some(0, 1),
        some(1, u32::MAX),
        Dispatch {
            parts: Some(Vec::new()),
            ..Dispatch::default()
        },
        Dispatch {
            parts: Some([parts(1, 1), parts(1, 1)].concat()),
            ..Dispatch::default()
        },
        Dispatch {
            tracking_url: Some("javascript:alert(1)".to_owned()),
            ..Dispatch::default()
        },
        Dispatch {
            tracking_code: Some("x\0".to_owned()),
            ..Dispatch::default()
        },
        Dispatch {
            carrier: "x".repeat(201),
            ..Dispatch::default()
        },
    ] {
        refused(ship(&till, &desk(), number, &new).await);
    }
    refused(ship(&till, &desk(), "RI-NONE", &some(1, 1)).await);
    refused(delivered(&till, &desk(), number, 1).await);
    refused(send_by_carrier(&till, &desk(), number, None, None).await);
    let denied = ship(&till, &staff(Role::Merchandiser), number, &some(1, 1)).await;
    assert_eq!(refused(denied), ChangeError::Denied);
    let unpaid = till.buy(mug, 1).await;
    let early = ship(&till, &desk(), &unpaid.number, &Dispatch::default()).await;
    assert!(matches!(
        refused(early),
        ChangeError::State {
            state: "payment_due",
            ..
        }
    ));
    assert_eq!(till.followed(&placed).await.shipments, []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn eight_who_pack_the_same_things_send_them_once(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 5).await;
    let shipping = (0..8).map(|_| {
        let (shop, number) = (till.shop.shop(), placed.number.clone());
        tokio::spawn(async move { ship(&shop, &desk(), &number, &some(1, 2)).await })
    });
    let answers = join_all(shipping).await;
    let sent = answers
        .into_iter()
        .filter(|answer| answer.as_ref().expect("it ends").is_ok())
        .count();
    assert_eq!(sent, 2, "2 × 2 of 5");
    assert_eq!(till.followed(&placed).await.units[0].shipped, 4);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_was_taken_back_is_not_shipped(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 3).await;
    let mut back = of(RefundOf::Lines {
        parts: parts(1, 1),
        delivery: false,
    });
    back.restock = true;
    refund(&till, &desk(), &placed.number, &back)
        .await
        .expect("a refund");
    let sent = ship(&till, &desk(), &placed.number, &Dispatch::default()).await;
    sent.expect("shipped");
    assert_eq!(till.followed(&placed).await.shipments[0].lines, parts(1, 2));
    let shipped = refund(&till, &desk(), &placed.number, &back).await;
    assert!(
        matches!(refused(shipped), ChangeError::TooMany { left: 0, .. }),
        "what left comes back by a return"
    );
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_carrier_sells_a_label(db: PgPool) {
    let (till, carrier) = with_carrier(db).await;
    let placed = till.paid(till.mug(5).await, 3).await;
    let number = placed.number.as_str();
    let offered = rates(&till, &desk(), number, None).await.expect("rates");
    assert_eq!(offered[0].service, "Slow");
    let parcel = carrier.0.lock().unwrap().offered[0].clone();
    assert_eq!(
        (parcel.weight_g, parcel.to.city.as_str()),
        (1_200, "Venezia")
    );
    assert_eq!(parcel.from.postcode, "30133");
    let wrong = send_by_carrier(&till, &desk(), number, None, Some("Teleport")).await;
    assert!(matches!(refused(wrong), ChangeError::Unfit(why) if why.contains("Slow, Fast")));
    let one = parts(1, 1);
    let sent = send_by_carrier(&till, &desk(), number, Some(&one), Some("fast"))
        .await
        .expect("sent");
    assert_eq!(sent.state, ShipmentState::Shipped);
    assert!(
        sent.label_url
            .is_some_and(|url| url.ends_with("rate_Fast.pdf"))
    );
    assert!(sent.tracking_code.is_some());
    let rest = send_by_carrier(&till, &desk(), number, None, None)
        .await
        .expect("sent");
    assert_eq!(rest.state, ShipmentState::Shipped);
    assert_eq!(carrier.0.lock().unwrap().bought.len(), 2);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_label_whose_answer_was_lost_is_bought_once(db: PgPool) {
    let (till, carrier) = with_carrier(db).await;
    let placed = till.paid(till.mug(5).await, 1).await;
    carrier.set(Way::LosesAnswers);
    let number = placed.number.as_str();
    let waiting = send_by_carrier(&till, &desk(), number, None, None)
        .await
        .expect("in preparation");
    assert_eq!(waiting.state, ShipmentState::Preparing);
    carrier.set(Way::Well);
    till.drain().await;
    let followed = till.followed(&placed).await;
    assert_eq!(followed.shipments[0].state, ShipmentState::Shipped);
    let bought = carrier.0.lock().unwrap().bought.clone();
    assert_eq!(bought.len(), 1);
    let events = sql::events(&till.db, placed.order).await;
    assert_eq!(events[2..], ["shipment.prepared", "order.shipped"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_parcel_that_the_carrier_refuses_leaves_its_things_free(db: PgPool) {
    let (till, carrier) = with_carrier(db).await;
    let placed = till.paid(till.mug(5).await, 1).await;
    let number = placed.number.as_str();
    carrier.set(Way::Refuses);
    let no = send_by_carrier(&till, &desk(), number, None, None).await;
    assert!(matches!(refused(no), ChangeError::Unfit(why) if why.contains("no such place")));
    assert_eq!(till.followed(&placed).await.units[0].to_ship(), 1);

    // It refuses when the worker asks: the job is parked, and the parcel can be given up.
    carrier.set(Way::Down);
    send_by_carrier(&till, &desk(), number, None, None)
        .await
        .expect("in preparation");
    carrier.set(Way::Refuses);
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    assert_eq!(jobs::counts(&till).await.expect("counts").parked, 1);
    cancel_shipment(&till, &desk(), number, 2)
        .await
        .expect("given up");
    ship(&till, &desk(), number, &Dispatch::default())
        .await
        .expect("by hand then");
    till.drain().await;
}
