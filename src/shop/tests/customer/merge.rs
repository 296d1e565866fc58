//! Who may merge whom, and that everything comes along.

use crate::sql;
use domain::{Actor, CustomerId};
use shop::customer::{MergeError, Session, begin_session, find_session, merge};
use shop::testing::TestShop;
use shop::{Caller, Failure, cart};
use sqlx::PgPool;
use uuid::Uuid;

/// Someone who has signed in.
pub fn signed_in(session: &Session) -> Caller {
    Caller {
        actor: Actor::Customer {
            customer: session.customer,
        },
        cause: "sign-in".to_owned(),
        trace: Some("trace-9".to_owned()),
    }
}

pub async fn try_merge(
    shop: &TestShop,
    caller: &Caller,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), MergeError> {
    merge(shop, caller, from, into)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Broken(error) => panic!("broken: {error}"),
        })
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn everything_of_a_guest_moves(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let vase = shop.product("dogana-vase").price(1999).await;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    for (session, number, wished) in [
        (guest, "RI-GUEST", mug.id.0),
        (owner, "RI-OWNER", vase.id.0),
    ] {
        sql::insert_wish(&shop.db, session.customer, wished).await;
        shop.add(&session, mug.variant(), 1).await;
        sql::insert_order(&shop.db, session.customer, mug.variant().0, number).await;
        sql::insert_review(&shop.db, session.customer, mug.id.0).await;
    }
    let before = sql::belongings(&shop.db, guest.customer).await;
    // What promotions and gift cards leave behind is moved in a test of their own.
    let elsewhere = [
        "cart_card",
        "cart_code",
        "customer_group",
        "gift_card",
        "order_credit",
        "promotion_customer",
        "promotion_use",
    ];
    let belongs = |table: &str| !elsewhere.contains(&table);
    let filled = |(table, rows): &(String, i64)| *rows == i64::from(belongs(table));
    assert!(before.iter().all(filled), "{before:?}");

    let caller = signed_in(&owner);
    try_merge(&shop, &caller, guest.customer, owner.customer)
        .await
        .unwrap();

    for (table, rows) in sql::belongings(&shop.db, guest.customer).await {
        // The lines went into the owner's cart; the guest's cart keeps its own as history.
        assert_eq!(rows, 0, "{table}");
    }
    for (table, rows) in sql::belongings(&shop.db, owner.customer).await {
        assert_eq!(rows, 2 * i64::from(belongs(&table)), "{table}");
    }
    // Of two reviews of one product that wait, the heir's does.
    assert_eq!(sql::pending_reviews(&shop.db, owner.customer).await, 1);
    assert_eq!(
        sql::successor(&shop.db, guest.customer).await,
        Some(owner.customer.0)
    );
    let entry = sql::audit_entry(&shop.db, "customer.merge").await;
    assert_eq!(entry.subject, guest.customer.to_string());
    assert_eq!(entry.actor["customer"], owner.customer.to_string());
    assert_eq!(
        (entry.cause.as_str(), entry.trace.as_deref()),
        ("sign-in", Some("trace-9"))
    );
    assert_eq!(entry.change["into"], owner.customer.to_string());
    assert_eq!(sql::count(&shop.db, "merges in the outbox").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn no_table_is_forgotten(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let guest = shop.guest().await;
    let mut known: Vec<_> = sql::belongings(&shop.db, guest.customer).await;
    known.sort();
    let known: Vec<_> = known.into_iter().map(|(table, _)| table).collect();
    let mut tables = sql::tables_with_customers(&shop.db).await;
    // What happened stays as it was told.
    tables.retain(|table| !table.starts_with("outbox"));
    assert_eq!(tables, known);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_session_goes_on_as_the_other_customer(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (token, guest) = begin_session(&shop, None).await.unwrap();
    let owner = shop.guest().await;
    let seen = shop.add(&guest, mug.variant(), 2).await;
    shop.add(&owner, mug.variant(), 1).await;
    try_merge(&shop, &signed_in(&owner), guest.customer, owner.customer)
        .await
        .unwrap();

    let found = find_session(&shop, &token).await.unwrap().unwrap();
    assert_eq!(
        found.customer, owner.customer,
        "the copy of the session was kept"
    );
    for session in [found, owner] {
        let cart = cart::read(&shop, Some(&session), &shop.eu(), 0)
            .await
            .unwrap();
        assert_eq!(
            cart.lines[0].quantity.get(),
            3,
            "the copy of the cart was kept"
        );
        assert!(
            cart.version > seen.version,
            "the guest's browser would not take it"
        );
    }
    let current = cart::current(&shop, guest.customer, &shop.eu())
        .await
        .unwrap();
    assert_eq!((current.id, current.lines), (None, vec![]));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn merging_again_changes_nothing(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    shop.add(&guest, mug.variant(), 2).await;
    let caller = signed_in(&owner);
    try_merge(&shop, &caller, guest.customer, owner.customer)
        .await
        .unwrap();
    let once = cart::current(&shop, owner.customer, &shop.eu())
        .await
        .unwrap();
    assert_eq!(once.lines.len(), 1);

    try_merge(&shop, &caller, guest.customer, owner.customer)
        .await
        .unwrap();
    assert_eq!(
        cart::current(&shop, owner.customer, &shop.eu())
            .await
            .unwrap(),
        once
    );
    assert_eq!(sql::count(&shop.db, "merges in the audit log").await, 1);
    assert_eq!(sql::count(&shop.db, "merges in the outbox").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn merges_at_once_are_one(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    shop.add(&guest, mug.variant(), 2).await;
    shop.add(&owner, mug.variant(), 2).await;
    let merges: Vec<_> = (0..8)
        .map(|_| {
            let (shop, caller) = (shop.shop(), signed_in(&owner));
            tokio::spawn(async move { merge(&shop, &caller, guest.customer, owner.customer).await })
        })
        .collect();
    for merging in merges {
        merging.await.unwrap().expect("it is merged");
    }
    let current = cart::current(&shop, owner.customer, &shop.eu())
        .await
        .unwrap();
    assert_eq!(current.lines[0].line.quantity.get(), 4);
    assert_eq!(sql::count(&shop.db, "merges in the audit log").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn says_why_it_does_not_merge(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let [guest, owner, other, claimed] = [
        shop.guest().await,
        shop.guest().await,
        shop.guest().await,
        shop.guest().await,
    ];
    shop.add(&guest, mug.variant(), 2).await;
    sql::claim(&shop.db, claimed.customer).await;
    let caller = signed_in(&owner);
    let (from, into) = (guest.customer, owner.customer);

    let denied = [
        (shop.caller(&guest), from, into),
        (shop.caller(&owner), from, into),
        (signed_in(&guest), from, into),
        (signed_in(&other), from, into),
        (signed_in(&owner), into, from),
    ];
    for (caller, from, into) in denied {
        assert_eq!(
            try_merge(&shop, &caller, from, into).await,
            Err(MergeError::Denied),
            "{caller:?}"
        );
    }
    assert_eq!(
        try_merge(&shop, &caller, into, into).await,
        Err(MergeError::Same)
    );
    let nobody = CustomerId(Uuid::nil());
    assert_eq!(
        try_merge(&shop, &caller, nobody, into).await,
        Err(MergeError::UnknownCustomer)
    );
    let claimed = try_merge(&shop, &caller, claimed.customer, into).await;
    assert_eq!(claimed, Err(MergeError::Claimed));
    assert_eq!(sql::successor(&shop.db, from).await, None);
    assert_eq!(
        cart::current(&shop, from, &shop.eu())
            .await
            .unwrap()
            .lines
            .len(),
        1
    );

    try_merge(&shop, &caller, from, into).await.unwrap();
    let elsewhere = try_merge(&shop, &signed_in(&other), from, other.customer).await;
    assert_eq!(elsewhere, Err(MergeError::AlreadyMerged));
    let into_a_merged_one = try_merge(&shop, &signed_in(&guest), other.customer, from).await;
    assert_eq!(into_a_merged_one, Err(MergeError::AlreadyMerged));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_checkout_of_a_merged_cart_is_over(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (guest, owner, newcomer) = (shop.guest().await, shop.guest().await, shop.guest().await);
    for session in [guest, owner] {
        shop.add(&session, mug.variant(), 1).await;
        sql::open_checkout(&shop.db, session.customer).await;
    }
    try_merge(&shop, &signed_in(&owner), guest.customer, owner.customer)
        .await
        .unwrap();
    assert_eq!(
        sql::checkout_states(&shop.db, owner.customer).await,
        ["expired", "open"]
    );

    // Where there was no cart, the cart itself moved, and its checkout goes on.
    let guest = shop.guest().await;
    shop.add(&guest, mug.variant(), 1).await;
    sql::open_checkout(&shop.db, guest.customer).await;
    try_merge(
        &shop,
        &signed_in(&newcomer),
        guest.customer,
        newcomer.customer,
    )
    .await
    .unwrap();
    assert_eq!(
        sql::checkout_states(&shop.db, newcomer.customer).await,
        ["open"]
    );
}
