//! What follows a payment: refunds, cancellation, parcels, returns.

mod cancel;
mod carrier;
mod credit;
mod desk;
mod jobs;
mod mail;
mod refund;
mod returns;
mod rivals;
mod shipment;
mod tracking;
mod uses;

use crate::support::{Till, eur};
use domain::fulfilment::{Followed, Part};
use domain::order::{OrderState, OrderView};
use domain::payment::Outcome;
use domain::{Actor, Role, StaffId, VariantId};
use shop::checkout::Placed;
use shop::order::{NewRefund, RefundOf};
use shop::{Caller, order};
use sqlx::PgPool;
use uuid::Uuid;

/// Someone of the order desk.
pub fn desk() -> Caller {
    staff(Role::OrderDesk)
}

pub fn staff(role: Role) -> Caller {
    Caller {
        actor: Actor::Staff {
            staff: StaffId(Uuid::from_u128(7)),
            roles: vec![role],
        },
        cause: "test".to_owned(),
        trace: None,
    }
}

impl Till {
    /// An order that was paid, with its mail sent.
    pub async fn paid(&self, variant: VariantId, count: u32) -> Placed {
        let placed = self.buy(variant, count).await;
        let reference = self.provider.page().reference;
        self.provider.decide(&reference, Outcome::Captured);
        self.webhook(&format!("evt_paid_{reference}"), &reference)
            .await;
        self.drain().await;
        placed
    }

    pub async fn view(&self, placed: &Placed) -> OrderView {
        order::find(self, &placed.number, &placed.token)
            .await
            .expect("the order")
    }

    pub async fn state(&self, placed: &Placed) -> OrderState {
        self.view(placed).await.state
    }

    pub async fn followed(&self, placed: &Placed) -> Followed {
        self.view(placed).await.followed
    }

    /// What the provider sent back, minor units.
    pub fn sent_back(&self) -> i64 {
        self.provider
            .refunds()
            .iter()
            .map(|refund| refund.amount.minor)
            .sum()
    }
}

pub fn amount(minor: i64) -> NewRefund {
    of(RefundOf::Amount(eur(minor)))
}

pub fn of(of: RefundOf) -> NewRefund {
    NewRefund {
        id: None,
        of,
        restock: false,
        note: String::new(),
    }
}

pub fn parts(line: i32, quantity: u32) -> Vec<Part> {
    vec![Part { line, quantity }]
}

/// On hand, held and sold as the ledger tells since the shelf was filled, and as they are: the same.
pub async fn assert_ledger_holds(db: &PgPool, variant: VariantId, filled: i64) {
    let (on_hand, held, sold) = crate::sql::ledger(db, variant).await;
    let stock = crate::sql::stock(db, variant).await;
    assert_eq!((filled + on_hand, held, sold), stock);
}
