//! Merging loses no line.

use crate::merge::{signed_in, try_merge};
use domain::cart::{CartChange, CartCommand, CartError, Quantity};
use domain::{CommandId, Storefront, VariantId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use shop::cart::{self, CurrentCart};
use shop::customer::{MergeError, Session};
use shop::testing::TestShop;
use shop::{Failure, Shop};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What two customers put in: market, who, variant, how many.
type Adds = Vec<(bool, bool, usize, u32)>;

const VARIANTS: usize = 6;

fn adds() -> impl Strategy<Value = Adds> {
    vec(
        (any::<bool>(), any::<bool>(), 0..VARIANTS, 1_u32..=99),
        0..16,
    )
}

async fn add(
    shop: &TestShop,
    session: &Session,
    market: &Storefront,
    variant: VariantId,
    count: u32,
) {
    let quantity = Quantity::new(count).expect("1 to 99");
    let command = shop.command(CartChange::AddLine { variant, quantity });
    cart::change(shop, &shop.caller(session), session, market, command)
        .await
        .expect("it is added");
}

fn quantities(cart: &CurrentCart) -> BTreeMap<VariantId, u32> {
    let line = |line: &cart::CurrentLine| (line.line.variant, line.line.quantity.get());
    cart.lines.iter().map(line).collect()
}

/// Fills two new customers' carts, merges them, and holds the result against the sums.
async fn holds(shop: &TestShop, variants: &[VariantId], adds: &Adds) -> Result<(), TestCaseError> {
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    let markets = [shop.eu(), shop.us()];
    for &(there, is_guest, variant, count) in adds {
        let session = if is_guest { &guest } else { &owner };
        add(
            shop,
            session,
            &markets[usize::from(there)],
            variants[variant],
            count,
        )
        .await;
    }
    let mut before = Vec::new();
    for market in &markets {
        let of_guest = cart::current(shop, guest.customer, market)
            .await
            .expect("a cart");
        let of_owner = cart::current(shop, owner.customer, market)
            .await
            .expect("a cart");
        before.push((of_guest, of_owner));
    }
    try_merge(shop, &signed_in(&owner), guest.customer, owner.customer)
        .await
        .expect("merged");

    for (market, (of_guest, of_owner)) in markets.iter().zip(&before) {
        let merged = cart::current(shop, owner.customer, market)
            .await
            .expect("a cart");
        let mut expected = quantities(of_owner);
        for (variant, count) in quantities(of_guest) {
            let sum = expected.get(&variant).unwrap_or(&0) + count;
            expected.insert(variant, sum.min(Quantity::MAX));
        }
        prop_assert_eq!(quantities(&merged), expected);
        // The owner's lines come first, the guest's after them, each in their order.
        let order: Vec<_> = merged.lines.iter().map(|line| line.line.variant).collect();
        let mut wanted: Vec<_> = of_owner
            .lines
            .iter()
            .map(|line| line.line.variant)
            .collect();
        for line in &of_guest.lines {
            if !wanted.contains(&line.line.variant) {
                wanted.push(line.line.variant);
            }
        }
        prop_assert_eq!(order, wanted);
        if of_guest.id.is_some() {
            prop_assert!(merged.version > of_guest.version.max(of_owner.version));
        }
        let shown = cart::read(shop, Some(&owner), market, 0)
            .await
            .expect("it reads");
        prop_assert_eq!(shown.version, merged.version);
        let left = cart::current(shop, guest.customer, market)
            .await
            .expect("a cart");
        prop_assert_eq!((left.id, left.lines.len()), (None, 0));
    }
    Ok(())
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn no_line_is_lost(db: PgPool) {
    let shop = TestShop::new(db).await;
    let names: Vec<String> = (0..VARIANTS).map(|tile| format!("Tile {tile}")).collect();
    let mut builder = shop.product("tiles").price(100).price_in("us", 120);
    for name in &names {
        builder = builder.variant([name.as_str()]);
    }
    let variants = builder.await.variants;
    let (shop, runtime) = (Arc::new(shop), tokio::runtime::Handle::current());
    let held = shop.clone();
    // Random carts are drawn and shrunk outside the runtime, and checked on it.
    let outcome = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 24,
            failure_persistence: None,
            ..Config::default()
        };
        TestRunner::new(config)
            .run(&adds(), |adds| {
                runtime.block_on(holds(&held, &variants, &adds))
            })
            .map_err(|failure| failure.to_string())
    });
    outcome
        .await
        .expect("the cases ran")
        .expect("every case holds");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_carts_too_full_for_one_stay_two(db: PgPool) {
    let shop = TestShop::new(db).await;
    let names: Vec<String> = (0..301).map(|tile| format!("Tile {tile}")).collect();
    let mut builder = shop.product("tiles").price(100);
    for name in &names {
        builder = builder.variant([name.as_str()]);
    }
    let variants = builder.await.variants;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    // 151 and 151 with one in common: 301 together.
    for variant in &variants[..151] {
        shop.add(&guest, *variant, 1).await;
    }
    for variant in &variants[150..] {
        shop.add(&owner, *variant, 1).await;
    }
    let caller = signed_in(&owner);
    let refused = try_merge(&shop, &caller, guest.customer, owner.customer).await;
    assert_eq!(refused, Err(MergeError::TooManyLines));
    for session in [&guest, &owner] {
        let cart = cart::current(&shop, session.customer, &shop.eu())
            .await
            .unwrap();
        assert_eq!(cart.lines.len(), 151);
    }

    let command = shop.command(CartChange::RemoveLine {
        variant: variants[0],
    });
    cart::change(&shop, &shop.caller(&guest), &guest, &shop.eu(), command)
        .await
        .unwrap();
    try_merge(&shop, &caller, guest.customer, owner.customer)
        .await
        .unwrap();
    let cart = cart::current(&shop, owner.customer, &shop.eu())
        .await
        .unwrap();
    assert_eq!(cart.lines.len(), 300);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_command_that_comes_again_after_the_merge_is_one_change(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    shop.add(&owner, mug.variant(), 1).await;
    let quantity = Quantity::ONE;
    let command = shop.command(CartChange::AddLine {
        variant: mug.variant(),
        quantity,
    });
    let give = async |session: &Session, command: CartCommand| {
        cart::change(&shop, &shop.caller(session), session, &shop.eu(), command).await
    };
    give(&guest, command.clone()).await.unwrap();
    try_merge(&shop, &signed_in(&owner), guest.customer, owner.customer)
        .await
        .unwrap();

    let again = give(&owner, command.clone()).await.unwrap();
    assert_eq!(again.lines[0].quantity.get(), 2);
    // Whoever still holds the old session is told no, and nothing is put where nobody looks.
    let fresh = CartCommand {
        command: CommandId(guest.customer.0),
        ..command
    };
    let stale = give(&guest, fresh).await;
    assert!(
        matches!(stale, Err(Failure::Refused(CartError::Denied))),
        "{stale:?}"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_added_during_a_merge_is_kept_or_refused(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(100).await;
    for round in 0..6 {
        let (guest, owner) = (shop.guest().await, shop.guest().await);
        // With a cart to lock, and without.
        if round % 2 == 0 {
            shop.add(&guest, mug.variant(), 1).await;
        }
        let adding: Vec<_> = (0..12)
            .map(|_| {
                let variant = mug.variant();
                let quantity = Quantity::ONE;
                let command = shop.command(CartChange::AddLine { variant, quantity });
                tokio::spawn(give(shop.shop(), guest, command))
            })
            .collect();
        try_merge(&shop, &signed_in(&owner), guest.customer, owner.customer)
            .await
            .unwrap();
        let mut kept = u32::from(round % 2 == 0);
        for add in adding {
            kept += u32::from(add.await.unwrap());
        }
        let cart = cart::current(&shop, owner.customer, &shop.eu())
            .await
            .unwrap();
        let count: u32 = cart.lines.iter().map(|line| line.line.quantity.get()).sum();
        assert_eq!(count, kept, "round {round}");
    }
}

/// Whether the command was done, rather than refused.
async fn give(shop: Shop, session: Session, command: CartCommand) -> bool {
    let caller = session.caller("test", None);
    let storefront = "en-eu".parse().expect("a storefront");
    match cart::change(&shop, &caller, &session, &storefront, command).await {
        Ok(_) => true,
        Err(Failure::Refused(CartError::Denied)) => false,
        Err(other) => panic!("{other}"),
    }
}
