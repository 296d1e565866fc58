//! How often a page asks the database: the same however much it shows.

use crate::shop;
use domain::catalog::ProductCard;
use shop::Caller;
use shop::catalog;
use shop::search::Query;
use shop::testing::TestShop;
use sqlx::PgPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::sync::CancellationToken;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts the statements that sqlx says it ran, on this test's own thread.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What was asked, and in how many statements.
async fn counted<T>(asking: impl Future<Output = T>) -> (T, usize) {
    let statements = Statements::default();
    let watching = tracing::subscriber::set_default(statements.clone());
    let answer = asking.await;
    drop(watching);
    (answer, statements.0.load(Ordering::SeqCst))
}

/// A category's page as the app loads it: the head with the menu, the search, the cards.
async fn category(shop: &TestShop, slug: &str) -> Vec<ProductCard> {
    let head = catalog::find_category(shop, &shop.eu(), slug)
        .await
        .unwrap();
    let query = Query {
        category: Some(head.id),
        ..Query::default()
    };
    catalog::list(shop, &shop.eu(), &query)
        .await
        .unwrap()
        .products
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_page_takes_three_statements_whatever_it_shows(db: PgPool) {
    let shop = shop(db).await;
    for number in 0..60 {
        let slug = format!("thing-{number:02}");
        let category = if number < 3 { "few" } else { "many" };
        let product = shop.product(&slug).category(category).tag("gift");
        let product = product
            .options(["Size"])
            .variant(["S"])
            .price(100)
            .stock(3)
            .variant(["L"]);
        product.await;
    }
    // What stands around every page, and what names and colours what is on it, is kept.
    let menu = catalog::menu(&shop, domain::Locale::En);
    assert_eq!(counted(menu).await.1, 1);
    let (few, asked) = counted(category(&shop, "few")).await;
    assert_eq!((few.len(), asked), (3, 3));
    let (many, asked) = counted(category(&shop, "many")).await;
    assert_eq!((many.len(), asked), (24, 3));
    let searching = async || {
        let query = Query {
            text: "thing".to_owned(),
            ..Query::default()
        };
        let listing = catalog::list(&shop, &shop.eu(), &query).await.unwrap();
        listing.products.len()
    };
    assert_eq!(counted(searching()).await, (24, 2));
    let at = shop.eu();
    let (product, asked) = counted(catalog::find_product(&shop, &at, "thing-07")).await;
    assert_eq!(
        (product.unwrap().related.len(), asked),
        (4, 2),
        "nothing was recommended yet: others of its category come along"
    );
    let caller = Caller::machine("test", "recommendations");
    let stop = CancellationToken::new();
    shop::recommend::run(&shop, &caller, &stop, &mut |_| ())
        .await
        .unwrap();
    let (product, asked) = counted(catalog::find_product(&shop, &at, "thing-07")).await;
    assert_eq!((product.unwrap().related.len(), asked), (4, 2));
}
