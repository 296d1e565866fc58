//! What a product's page shows beside it.

use crate::{buys, compute, shop, shopper, sql};
use domain::catalog::ProductCard;
use shop::catalog::find_product;
use shop::recommend::for_you;
use shop::testing::{TestProduct, TestShop};
use sqlx::PgPool;

/// The two rows of its page, in the euro market.
async fn rows(shop: &TestShop, slug: &str) -> (Vec<String>, Vec<String>) {
    let found = find_product(shop, &shop.eu(), slug).await.unwrap();
    let slugs = |cards: Vec<ProductCard>| cards.into_iter().map(|card| card.slug).collect();
    (slugs(found.together), slugs(found.related))
}

async fn bought_together(shop: &TestShop, one: &TestProduct, others: &[&TestProduct]) {
    for other in others {
        for _ in 0..2 {
            let who = shopper(shop).await;
            buys(shop, who, &[one, other], 1).await;
        }
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_page_shows_what_was_bought_with_it_then_what_is_chosen_then_what_is_alike(db: PgPool) {
    let shop = shop(db).await;
    let one = async |slug: &str, title: &str, category: &str| {
        shop.product(slug)
            .title(title)
            .category(category)
            .price(100)
            .await
    };
    let mug = one("mug", "Lagoon mug", "cups").await;
    one("first", "Something", "cups").await;
    one("second", "Something", "cups").await;
    one("third", "Something", "cups").await;
    let cup = one("cup", "Lagoon cup", "cups").await;
    let lamp = one("lamp", "Lagoon lamp", "lamps").await;
    let tray = one("tray", "Round tray", "trays").await;
    let none: Vec<String> = Vec::new();
    // Nothing is known: others of its category, in the shopkeeper's order.
    assert_eq!(
        rows(&shop, "mug").await,
        (none.clone(), strings(["first", "second", "third", "cup"]))
    );
    compute(&shop).await;
    let (together, related) = rows(&shop, "mug").await;
    assert_eq!((together, &*related[0], related.len()), (none, "cup", 4));

    sql::choose(&shop.db, mug.id, &[tray.id]).await;
    bought_together(&shop, &mug, &[&lamp]).await;
    compute(&shop).await;
    let (together, related) = rows(&shop, "mug").await;
    assert_eq!(together, ["lamp"]);
    assert_eq!(related[..2], ["tray", "cup"], "chosen, then alike");
    assert_eq!(related.len(), 4);
    assert!(!related.contains(&"lamp".to_owned()), "each once");

    // What was chosen and is alike, or bought with it, is there once.
    sql::choose(&shop.db, mug.id, &[cup.id, lamp.id]).await;
    let (together, related) = rows(&shop, "mug").await;
    assert_eq!((&*together[0], &*related[0]), ("lamp", "cup"));
    let mut all: Vec<String> = together.into_iter().chain(related).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len()), (5, 5));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_can_t_be_bought_is_left_out(db: PgPool) {
    let shop = shop(db).await;
    let one = |slug: &str| {
        shop.product(slug)
            .title("Lagoon thing")
            .category("things")
            .price(100)
    };
    let mug = one("mug").stock(5).await;
    let gone = one("gone").stock(1).await;
    let cup = one("cup").stock(5).await;
    let chosen = one("chosen").stock(1).await;
    let elsewhere = shop
        .product("elsewhere")
        .title("Lagoon thing")
        .category("things")
        .price_in("us", 100)
        .await;
    let mut plain = Vec::new();
    for number in 0..5 {
        plain.push(one(&format!("plain-{number}")).stock(5).await);
    }
    sql::choose(&shop.db, mug.id, &[chosen.id]).await;
    bought_together(&shop, &mug, &[&gone, &cup, &elsewhere]).await;
    compute(&shop).await;
    let (together, related) = rows(&shop, "mug").await;
    assert_eq!(together.len(), 2, "not what is not sold here: {together:?}");
    assert_eq!(&*related[0], "chosen");
    let awaited = async || -> Vec<String> {
        let found = find_product(&shop, &shop.eu(), "mug").await.unwrap();
        found.awaited
    };
    assert_eq!(awaited().await, strings([]));
    for sold_out in [&gone, &chosen] {
        shop.set_stock(sold_out.variant(), 0).await;
    }
    let (together, related) = rows(&shop, "mug").await;
    assert_eq!(together, ["cup"]);
    assert_eq!(related.len(), 4, "the next ones: {related:?}");
    assert!(
        related.iter().all(|slug| slug.starts_with("plain-")),
        "{related:?}"
    );
    // Its page changes when one of these comes back.
    assert_eq!(awaited().await, ["gone", "chosen"]);
    // What would not be shown anyway is not waited for.
    let unseen = plain.iter().find(|one| !related.contains(&one.slug));
    let unseen = unseen.expect("five, and room for four");
    shop.set_stock(unseen.variant(), 0).await;
    assert_eq!(awaited().await, ["gone", "chosen"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn whoever_viewed_something_is_shown_what_goes_with_it(db: PgPool) {
    let shop = shop(db).await;
    let thing = |slug: &str, kind: &str| {
        let title = format!("Lagoon {kind}");
        shop.product(slug)
            .title(&title)
            .category(kind)
            .price(100)
            .stock(3)
    };
    for kind in ["mug", "lamp"] {
        for number in 0..13 {
            thing(&format!("{kind}-{number}"), kind).await;
        }
    }
    let gone = thing("lamp-gone", "lamp").await;
    compute(&shop).await;
    shop.set_stock(gone.variant(), 0).await;
    let row = async |viewed: &[&str]| -> Vec<String> {
        let viewed: Vec<String> = viewed.iter().map(|slug| (*slug).to_owned()).collect();
        let row = for_you(&shop, &shop.eu(), &viewed).await.unwrap();
        row.shown.into_iter().map(|card| card.slug).collect()
    };
    let of = |row: &[String], kind: &str| row.iter().filter(|slug| slug.starts_with(kind)).count();
    assert_eq!(row(&[]).await, strings([]));
    assert_eq!(row(&["nothing", "a\0b", ""]).await, strings([]));
    let mugs = row(&["mug-3", "nothing"]).await;
    assert_eq!((mugs.len(), of(&mugs, "mug-")), (8, 8), "{mugs:?}");
    assert!(!mugs.contains(&"mug-3".to_owned()));
    // The latest view says most, an earlier one something, and none is shown again.
    let both = row(&["lamp-12", "mug-3", "lamp-11"]).await;
    assert_eq!(both.len(), 8);
    assert!(
        of(&both, "lamp-") > of(&both, "mug-") && of(&both, "mug-") > 0,
        "{both:?}"
    );
    for viewed in ["lamp-12", "mug-3", "lamp-11", "lamp-gone"] {
        assert!(!both.contains(&viewed.to_owned()), "{both:?}");
    }
    // What is beyond the fifth says nothing.
    let none = ["n1", "n2", "n3", "n4", "n5", "mug-3"];
    assert_eq!(row(&none).await, strings([]));
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}
