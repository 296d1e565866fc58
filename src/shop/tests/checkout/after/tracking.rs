//! What carriers tell of parcels.

use super::carrier::{FakeCarrier, Way};
use super::desk;
use super::shipment::with_carrier;
use crate::sql;
use crate::support::{Till, refused};
use domain::fulfilment::{ShipmentEvent, ShipmentState};
use shop::checkout::Placed;
use shop::fulfilment::{NoticeError, send_by_carrier, webhook};
use shop::jobs;
use sqlx::PgPool;

async fn sent(till: &Till) -> (Placed, String) {
    let placed = till.paid(till.mug(5).await, 1).await;
    let shipped = send_by_carrier(till, &desk(), &placed.number, None, None)
        .await
        .expect("sent");
    till.drain().await;
    (placed, shipped.tracking_code.expect("a code"))
}

async fn state(till: &Till, placed: &Placed) -> ShipmentState {
    till.followed(placed).await.shipments[0].state
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_parcel_arrives_once_however_often_it_is_told(db: PgPool) {
    let (till, _) = with_carrier(db).await;
    let (placed, code) = sent(&till).await;
    // Out of order, and each twice.
    for (event, what) in [
        ("1", "under way"),
        ("3", "delivered"),
        ("3", "delivered"),
        ("2", "undeliverable"),
        ("4", "delivered"),
        ("5", "nonsense"),
    ] {
        let body = FakeCarrier::notice(event, &code, what);
        webhook(&till, "fakecarrier", "signed", &body)
            .await
            .expect("acknowledged");
    }
    assert_eq!(state(&till, &placed).await, ShipmentState::Delivered);
    let events = sql::events(&till.db, placed.order).await;
    assert_eq!(
        events
            .iter()
            .filter(|kind| *kind == "order.delivered")
            .count(),
        1
    );
    assert_eq!(
        sql::webhooks(&till.db).await.len(),
        6,
        "five, and the payment's"
    );
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_forged_malformed_or_of_nobody_changes_nothing(db: PgPool) {
    let (till, _) = with_carrier(db).await;
    let (placed, code) = sent(&till).await;
    let body = FakeCarrier::notice("1", &code, "delivered");
    for (carrier, signature, body, refusal) in [
        (
            "fakecarrier",
            "forged",
            body.as_slice(),
            NoticeError::Forged,
        ),
        ("fakecarrier", "", &body, NoticeError::Forged),
        ("easypost", "signed", &body, NoticeError::Unknown),
        ("fakecarrier", "signed", b"{", NoticeError::Malformed),
        ("fakecarrier", "signed", b"[]", NoticeError::Malformed),
        ("fakecarrier", "signed", b"\xff", NoticeError::Malformed),
    ] {
        assert_eq!(
            refused(webhook(&till, carrier, signature, body).await),
            refusal
        );
    }
    let strangers = FakeCarrier::notice("2", "NOT-OURS", "delivered");
    webhook(&till, "fakecarrier", "signed", &strangers)
        .await
        .expect("acknowledged");
    assert_eq!(state(&till, &placed).await, ShipmentState::Shipped);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_parcel_of_which_nobody_speaks_is_asked_about(db: PgPool) {
    let (till, carrier) = with_carrier(db).await;
    let (placed, _) = sent(&till).await;
    carrier.0.lock().unwrap().status = Some(ShipmentEvent::Delivered);
    assert_eq!(
        jobs::sweep(&till).await.expect("a sweep").parcels,
        0,
        "too early to ask"
    );
    till.clock.advance(time::Duration::hours(7));
    carrier.set(Way::Down);
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").parcels, 1);
    assert_eq!(state(&till, &placed).await, ShipmentState::Shipped);
    carrier.set(Way::Well);
    assert_eq!(
        jobs::sweep(&till).await.expect("a sweep").parcels,
        0,
        "not at once again"
    );
    till.clock.advance(time::Duration::hours(7));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").parcels, 1);
    assert_eq!(state(&till, &placed).await, ShipmentState::Delivered);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_guests_parcel_is_followed_when_the_guest_has_signed_in(db: PgPool) {
    let (till, _) = with_carrier(db).await;
    let (placed, code) = sent(&till).await;
    let heir = till.guest().await;
    sql::hand_over(&till, placed.order, heir.customer).await;
    let body = FakeCarrier::notice("1", &code, "delivered");
    webhook(&till, "fakecarrier", "signed", &body)
        .await
        .expect("acknowledged");
    assert_eq!(state(&till, &placed).await, ShipmentState::Delivered);
    till.drain().await;
}
