//! The ledger: it tells every change, finds what it was not told, and rebuilds the figures.

use super::{adds_up, bowl, bring};
use crate::sql;
use crate::support::{Till, machine, refused};
use domain::inventory::Figures;
use domain::payment::Outcome;
use domain::{Actor, CheckoutId, CustomerId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use shop::inventory::{Adjustment, InventoryError, adjust, check, hold, rebuild, show};
use shop::payment::returned;
use shop::{Caller, jobs};
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_the_ledger_was_not_told_is_found_and_mended_when_asked(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    till.buy(mug, 2).await;
    adds_up(&till).await;
    sql::tamper(&till.db, mug, 5).await;
    let found = check(&till.shop, &machine()).await.expect("a check");
    let [difference] = &found[..] else {
        panic!("one difference: {found:?}")
    };
    assert_eq!(
        (difference.variant, difference.sku.as_str()),
        (mug, "CALLE-MUG")
    );
    let figures = |on_hand| Figures {
        on_hand,
        held: 2,
        sold: 0,
    };
    assert_eq!(
        (difference.figures, difference.ledger),
        (figures(15), figures(10))
    );
    assert_eq!(difference.promised, 2);
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (15, 2, 0),
        "told, not touched"
    );
    jobs::tidy(&till).await.expect("the daily job");

    let mended = rebuild(&till.shop, &machine()).await.expect("mended");
    assert_eq!(mended, found);
    assert_eq!(sql::stock(&till.db, mug).await, (10, 2, 0));
    adds_up(&till).await;
    assert_eq!(
        rebuild(&till.shop, &machine())
            .await
            .expect("nothing to do"),
        []
    );
    let log = sql::audited(&till.db, &mug.to_string()).await;
    let actions: Vec<&str> = log.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["stock.differs", "stock.differs", "stock.rebuild"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_hold_that_nobody_was_promised_is_told(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    sql::leak_hold(&till.db, mug, 3).await;
    let found = check(&till.shop, &machine()).await.expect("a check");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].figures.held, found[0].promised), (3, 0));
    assert_eq!(found[0].figures, found[0].ledger);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_adjustment_says_what_is_wrong_with_it(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(10).await;
    till.buy(mug, 4).await;
    let adjustment = |sku, location, change| Adjustment {
        sku,
        location,
        change,
        reason: "stocktaking",
    };
    let cases = [
        (adjustment("CALLE-MUG", None, 0), InventoryError::BadChange),
        (
            adjustment("CALLE-MUG", None, i64::MIN),
            InventoryError::BadChange,
        ),
        (
            adjustment("CALLE-MUG", None, -7),
            InventoryError::Held { held: 4 },
        ),
        (
            adjustment("NO-MUG", None, 1),
            InventoryError::UnknownSku("NO-MUG".to_owned()),
        ),
        (
            adjustment("CALLE-MUG", Some("moon"), 1),
            InventoryError::UnknownLocation("moon".to_owned()),
        ),
    ];
    for (wanted, why) in cases {
        assert_eq!(refused(adjust(&till.shop, &machine(), &wanted).await), why);
    }
    let customer = CustomerId(Uuid::from_u128(1));
    let shopper = Caller {
        actor: Actor::Guest { customer },
        ..machine()
    };
    let theirs = adjust(&till.shop, &shopper, &adjustment("CALLE-MUG", None, 1)).await;
    assert_eq!(refused(theirs), InventoryError::Denied);
    assert_eq!(sql::stock(&till.db, mug).await, (10, 4, 0));

    let now = adjust(&till.shop, &machine(), &adjustment("CALLE-MUG", None, -6))
        .await
        .expect("six are broken");
    assert_eq!(now.figures.on_hand, 4);
    adds_up(&till).await;
}

/// Whatever happens, in whatever order: the figures are what the ledger adds up to, and nothing is below zero.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn random_histories_add_up(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(30).await, bowl(&till, 20).await);
    let set = super::bundles::set(&till, mug, bowl).await;
    sql::add_location(&till.db, "lido").await;
    bring(&till, "LIDO-BOWL", "lido", 10).await;
    for seed in 0..4 {
        let mut chance = StdRng::seed_from_u64(seed);
        for _ in 0..25 {
            match chance.random_range(0..9) {
                0..=3 => {
                    let variant = [mug, bowl, set][chance.random_range(0..3)];
                    let session = till.guest().await;
                    let change = domain::cart::CartChange::AddLine {
                        variant,
                        quantity: domain::cart::Quantity::new(chance.random_range(1..4)).unwrap(),
                    };
                    let caller = till.caller(&session);
                    let command = till.command(change);
                    let added =
                        shop::cart::change(&till, &caller, &session, &till.eu(), command).await;
                    if added.is_ok() {
                        let placement = till.ready(&session).await;
                        // It may be sold out.
                        let _ = till.place(&session, placement).await;
                    }
                }
                4 | 5 => {
                    let pages = till.provider.pages();
                    if !pages.is_empty() {
                        let page = &pages[chance.random_range(0..pages.len())].reference;
                        till.provider.decide(page, Outcome::Captured);
                        let _ = returned(&till, &machine(), "fake", page).await;
                        till.drain().await;
                    }
                }
                6 => {
                    till.clock
                        .advance(Duration::minutes(chance.random_range(1..40)));
                    jobs::sweep(&till).await.expect("a sweep");
                    till.drain().await;
                }
                7 => {
                    let wanted = Adjustment {
                        sku: ["CALLE-MUG", "LIDO-BOWL"][chance.random_range(0..2)],
                        location: None,
                        change: chance.random_range(1..6) - 3,
                        reason: "stocktaking",
                    };
                    let _ = adjust(&till.shop, &machine(), &wanted).await;
                }
                _ => {
                    let whose = CustomerId(Uuid::from_u128(chance.random()));
                    let checkout = CheckoutId(Uuid::from_u128(chance.random()));
                    hold(&till.shop, whose, checkout, mug, chance.random_range(1..3))
                        .await
                        .expect("an answer");
                }
            }
            adds_up(&till).await;
        }
        for sku in ["CALLE-MUG", "LIDO-BOWL"] {
            for here in show(&till.shop, sku).await.expect("its stock") {
                let is = here.figures;
                assert!(
                    is.on_hand >= is.held && is.held >= 0 && is.sold >= 0,
                    "seed {seed}: {sku} {here:?}"
                );
            }
        }
    }
}
