//! What is sold ahead of the shelf says when it is sent, wherever it is shown.

use super::{bowl, bring, bundles::set};
use crate::sql;
use crate::support::{Till, machine};
use domain::cart::{CartChange, CartView, Quantity};
use domain::inventory::{Oversell, SentLater, Supply};
use domain::payment::Outcome;
use domain::{Locale, Storefront, VariantId};
use shop::customer::Session;
use shop::inventory::{find_offer, set_supply};
use shop::jobs;
use sqlx::PgPool;
use time::macros::date;
use time::{Date, Duration};

/// A Thursday, 8 working days after the test's Monday.
const DAY: Date = date!(2026 - 12 - 03);

async fn sell(till: &Till, variant: VariantId, supply: Supply) {
    set_supply(&till.shop, &machine(), variant, supply, Oversell::Always)
        .await
        .expect("sold ahead of the shelf");
}

async fn shown(till: &Till, slug: &str) -> Option<SentLater> {
    let product = shop::catalog::find_product(till, &till.eu(), slug)
        .await
        .expect("the product");
    product.sent_later[0]
}

async fn bag(till: &Till, session: &Session, storefront: &Storefront) -> CartView {
    shop::cart::read(till, Some(session), storefront, 0)
        .await
        .expect("the bag")
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_preorder_says_its_day_from_the_product_to_the_mail(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let usual = bag(&till, &session, &till.eu()).await;
    assert_eq!(
        (
            usual.lines[0].options.as_str(),
            shown(&till, "calle-mug").await
        ),
        ("", None)
    );
    let before = sql::page_changes(&till.db, "product:calle-mug").await;
    sell(&till, mug, Supply::Preorder { from: DAY }).await;
    assert_eq!(
        sql::page_changes(&till.db, "product:calle-mug").await,
        before + 1
    );
    assert_eq!(shown(&till, "calle-mug").await, Some(SentLater::From(DAY)));

    let cart = bag(&till, &session, &till.eu()).await;
    assert_eq!(cart.lines[0].options, "ships from 3 December");
    let german = Storefront {
        locale: Locale::De,
        ..till.eu()
    };
    let german = bag(&till, &session, &german).await;
    assert_eq!(german.lines[0].options, "Versand ab 3. Dezember");

    // Delivery takes as long as ever, from that day on.
    let days = |cart: &CartView| cart.terms.delivery.as_ref().expect("delivery").days;
    let (from, to) = days(&usual);
    assert_eq!(days(&cart), (from + 8, to + 8));
    let estimate = shop::market::estimate(&till, &till.eu(), &cart, "IT", "").expect("an estimate");
    assert_eq!(estimate.options[0].offered.option.days, (from + 8, to + 8));
    let checkout = till.open(&session).await;
    assert_eq!(checkout.delivery[0].option.days, (from + 8, to + 8));

    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    till.returned("fake", "page_1").await;
    till.drain().await;
    let order = till.order(&placed).await;
    assert_eq!(order.delivery_days, (from + 8, to + 8));
    let mail = till.mails().remove(0);
    assert!(mail.contains("Calle mug, ships from 3 December"), "{mail}");

    // What was sold is counted: that has to do with these pages too.
    jobs::tidy(&till.shop).await.expect("tidied");
    // The day has come.
    till.clock.set(DAY.midnight().assume_utc());
    assert_eq!(shown(&till, "calle-mug").await, None);
    let before = sql::page_changes(&till.db, "product:calle-mug").await;
    jobs::tidy(&till.shop).await.expect("tidied");
    assert_eq!(
        sql::page_changes(&till.db, "product:calle-mug").await,
        before + 1,
        "cached pages say so no more"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_backorder_is_late_only_beyond_the_shelf(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let expected = Some(DAY);
    sell(&till, mug, Supply::Backorder { expected }).await;
    assert_eq!(shown(&till, "calle-mug").await, None);
    let session = till.shopper(mug, 2).await;
    let cart = bag(&till, &session, &till.eu()).await;
    assert_eq!(cart.lines[0].options, "", "there are two");
    let change = CartChange::SetQuantity {
        variant: mug,
        quantity: Quantity::new(3).unwrap(),
    };
    let caller = till.caller(&session);
    let cart = shop::cart::change(&till, &caller, &session, &till.eu(), till.command(change))
        .await
        .expect("three of them");
    assert_eq!(cart.lines[0].options, "ships from 3 December");

    let before = sql::page_changes(&till.db, "product:calle-mug").await;
    till.buy(mug, 2).await;
    assert_eq!(shown(&till, "calle-mug").await, Some(SentLater::From(DAY)));
    till.buy(mug, 1).await;
    assert_eq!(
        sql::page_changes(&till.db, "product:calle-mug").await,
        before + 1,
        "once, when the shelf was empty"
    );
    // Later than it was expected, and still not there.
    till.clock.advance(Duration::days(30));
    assert_eq!(shown(&till, "calle-mug").await, Some(SentLater::WhenBack));
    bring(&till, "CALLE-MUG", "giudecca", 10).await;
    assert_eq!(shown(&till, "calle-mug").await, None);
    assert_eq!(
        sql::page_changes(&till.db, "product:calle-mug").await,
        before + 2
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_bundle_is_sent_with_the_last_of_its_components(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(5).await, bowl(&till, 1).await);
    set(&till, mug, bowl).await;
    assert_eq!(shown(&till, "breakfast-set").await, None);
    sell(&till, mug, Supply::Preorder { from: DAY }).await;
    assert_eq!(
        shown(&till, "breakfast-set").await,
        Some(SentLater::From(DAY))
    );
    sell(&till, bowl, Supply::Backorder { expected: None }).await;
    assert_eq!(
        shown(&till, "breakfast-set").await,
        Some(SentLater::From(DAY)),
        "there is a bowl"
    );
    let before = sql::page_changes(&till.db, "product:breakfast-set").await;
    till.buy(bowl, 1).await;
    assert_eq!(
        shown(&till, "breakfast-set").await,
        Some(SentLater::WhenBack)
    );
    assert_eq!(
        sql::page_changes(&till.db, "product:breakfast-set").await,
        before + 1
    );
    let offer = find_offer(&till, "BREAKFAST-SET").await.expect("an offer");
    assert_eq!(
        offer.components,
        [("CALLE-MUG".to_owned(), 2), ("LIDO-BOWL".to_owned(), 1)]
    );
    let part = find_offer(&till, "CALLE-MUG").await.expect("an offer");
    assert_eq!(part.supply, Supply::Preorder { from: DAY });
    assert_eq!(part.part_of, ["BREAKFAST-SET"]);
}
