//! The generated catalogue, in a shop.

use crate::{machine, shop, sql};
use domain::{Actor, CustomerId};
use shop::catalog;
use shop::catalog::generate::{Catalogue, FillError, Filled, State, fill};
use shop::search::Query;
use shop::{Caller, inventory};
use sqlx::PgPool;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_is_there_whole_and_the_same_however_it_was_made(db: PgPool) {
    let shop = shop(db).await;
    let mut told = Vec::new();
    let filled = fill(&shop, &machine(), 1_200, 1, &mut |at| told.push(at.done)).await;
    assert_eq!(
        filled.unwrap(),
        Filled {
            made: 1_200,
            found: 0
        }
    );
    assert_eq!(told, [1_000, 1_200]);
    let found = inventory::check(&shop, &machine()).await.unwrap();
    assert_eq!(found, [], "every figure has its ledger");

    let catalogue = Catalogue::of(1);
    let product = (0..)
        .map(|number| catalogue.product(number))
        .find(|product| product.state == State::Active && product.variants.len() > 3)
        .unwrap();
    let shown = catalog::find_product(&shop, &shop.eu(), &product.slug)
        .await
        .unwrap();
    assert_eq!(shown.title, product.english.title);
    assert_eq!(shown.vendor, product.attributes.brand);
    assert_eq!(shown.variants.len(), product.variants.len());
    assert_eq!(
        shown.variants[0].price.minor,
        product.variants[0].price_cents
    );
    assert_eq!(shown.pictures.len(), product.pictures.len());
    let german = catalog::find_product(&shop, &"de-us".parse().unwrap(), &product.slug).await;
    if product.is_sold_everywhere {
        assert_eq!(german.unwrap().title, product.german.title);
    }
    let category = product.attributes.kind.slug();
    let head = catalog::find_category(&shop, &shop.eu(), &category)
        .await
        .unwrap();
    let query = Query {
        category: Some(head.id),
        ..Query::default()
    };
    let listing = catalog::list(&shop, &shop.eu(), &query).await.unwrap();
    assert!(!listing.products.is_empty());

    let trail: Vec<&str> = shown.trail.iter().map(|link| link.slug.as_str()).collect();
    assert_eq!(trail.len(), 3, "department, group and kind: {trail:?}");
    assert_eq!(trail[2], category);
    let above = catalog::find_category(&shop, &shop.eu(), trail[0]).await;
    let query = Query {
        category: Some(above.unwrap().id),
        ..Query::default()
    };
    let listing = catalog::list(&shop, &shop.eu(), &query).await.unwrap();
    assert!(!listing.products.is_empty(), "it lists what lies below");
    let attributes = sql::attributes(&shop.db).await;
    for code in ["material", "style", "size-cm", "capacity", "recycled"] {
        assert!(attributes.iter().any(|told| told == code), "{code}");
    }

    // Again changes nothing; more goes on; the order of it all makes no difference.
    let before = sql::everything(&shop.db).await;
    let events = sql::tags(&shop.db).await.len();
    let again = fill(&shop, &machine(), 1_200, 1, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(
        again,
        Filled {
            made: 0,
            found: 1_200
        }
    );
    assert_eq!(sql::everything(&shop.db).await, before);
    assert_eq!(sql::tags(&shop.db).await.len(), events);
    sql::forget_product(&shop.db, &catalogue.product(3).slug).await;
    let more = fill(&shop, &machine(), 1_201, 1, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(
        more,
        Filled {
            made: 2,
            found: 1_199
        }
    );
    let other = fill(&shop, &machine(), 10, 2, &mut |_| {}).await.unwrap();
    assert_eq!(other, Filled { made: 10, found: 0 });
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn whoever_may_not_and_what_is_too_much_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    let before = sql::everything(&shop.db).await;
    let customer = CustomerId(Uuid::nil());
    let caller = Caller {
        actor: Actor::Customer { customer },
        ..machine()
    };
    let denied = fill(&shop, &caller, 5, 1, &mut |_| {}).await;
    assert!(matches!(denied, Err(FillError::Denied(_))), "{denied:?}");
    let endless = fill(&shop, &machine(), u64::MAX, 1, &mut |_| {}).await;
    assert!(matches!(endless, Err(FillError::TooMany(_))), "{endless:?}");
    let none = fill(&shop, &machine(), 0, 1, &mut |_| {}).await;
    assert_eq!(none.unwrap(), Filled { made: 0, found: 0 });
    let after = sql::everything(&shop.db).await;
    assert_ne!(after, before, "its categories are there");
}
