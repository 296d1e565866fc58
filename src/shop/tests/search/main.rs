//! Search and listings, by every engine.

mod aisles;
mod attributes;
mod few;
mod index;
mod log;
mod many;
mod postgres;
mod relevance;
mod restored;
mod sql;

use domain::{CategoryId, Locale, ProductId};
use shop::search::{Filters, Found, Query};
use shop::testing::TestShop;
use sqlx::PgPool;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

/// What English shoppers find in the euro market.
async fn find(shop: &TestShop, query: Query) -> Found {
    let at = shop.eu();
    let market = shop.markets.find(&at).unwrap();
    let limit = query.limit.max(1);
    let query = Query { limit, ..query };
    shop.search
        .find(shop, &market, Locale::En, &query)
        .await
        .unwrap()
}

fn text(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        limit: 20,
        ..Query::default()
    }
}

fn browse(category: Option<CategoryId>) -> Query {
    Query {
        category,
        limit: 20,
        ..Query::default()
    }
}

fn narrowed(filters: Filters) -> Query {
    Query {
        filters,
        ..browse(None)
    }
}

/// Texts that people and programs send.
fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "'",
        "\"",
        "\"open",
        "-",
        "--",
        "-mug",
        "mug -",
        "or",
        "OR or",
        "and",
        "!",
        "&|!():*",
        "<->",
        "a:*",
        "title:mug",
        "mug^2",
        "mug~",
        "[a TO b]",
        "{a}",
        "*",
        "?",
        "*mug",
        "\\",
        "\\u0000",
        "%",
        "_",
        "%%",
        "🫖",
        "👩‍👩‍👧",
        "mug 🫖",
        "مرحبا",
        "日本語",
        "ﷺ",
        "\u{202e}gum",
        "\u{feff}",
        "ß",
        "ẞ",
        "İ",
        "ﬃ",
        "e\u{301}",
        "'; DROP TABLE product; --",
        "${jndi:ldap://x}",
        "under",
        "under under",
        "under -5",
        "under 99999999999999999999",
        "bis 50 euro",
        "50 - 20",
        "0.5 l",
        "1e9",
        "NaN",
        "-0",
        "60cm",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([
        "x".repeat(100_000),
        "mug ".repeat(25_000),
        "\"".repeat(100_000),
        "(".repeat(10_000),
        "ä".repeat(2_000),
        "\u{301}".repeat(5_000),
        "🫖".repeat(5_000),
    ]);
    texts
}

fn ids<const N: usize>(products: [&shop::testing::TestProduct; N]) -> Vec<ProductId> {
    products.map(|product| product.id).to_vec()
}
