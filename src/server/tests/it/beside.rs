//! What goes with what: computed by `rialto recommend`, shown on pages that were cached before.

use crate::world::{World, eventually, rialto};
use sqlx::raw_sql;

const PRODUCT: &str = "/en-eu/product/calle-mug";
const FOR_YOU: &str = "/en-eu/for-you?p=calle-mug,there-is-none";
const TOGETHER: &str = "Often bought together";
const VASE: &str = "/en-eu/product/dogana-vase";

/// Two shoppers who bought a mug and a vase.
const ORDERS: &str = "
    WITH shopper AS (
        INSERT INTO customer (id, created_at) SELECT gen_random_uuid(), now() FROM generate_series(1, 2) RETURNING id),
    placed AS (
        INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address, delivery, quote,
                            currency, total_minor, placed_at, hold_expires_at, updated_at)
        SELECT id, id, id, id::text, '', 'eu', 'en', 'paid', 'ada@example.com', '{}', '{}', '{}', 'EUR', 100, now(), now(), now()
        FROM shopper RETURNING customer_id, id)
    INSERT INTO order_line (customer_id, order_id, position, variant_id, quantity, line, subtotal_minor, discount_minor, tax_minor)
    SELECT customer_id, placed.id, row_number() OVER (PARTITION BY placed.id), variant.id, 1, '{}', 100, 0, 0
    FROM placed, variant WHERE sku IN ('MUG-SAND-350', 'VASE')";

#[tokio::test]
async fn pages_show_what_goes_with_what_once_it_is_computed() {
    let world = World::start().await;
    let shopper = world.shopper();
    let page = shopper.get(PRODUCT).await.expect(200);
    assert!(!page.text().contains(TOGETHER), "{page}");
    // Where the browser's script puts its row.
    assert!(
        page.text().contains("data-row=\"/en-eu/for-you\"")
            && page.text().contains("data-slug=\"calle-mug\"")
    );
    shopper.get(FOR_YOU).await.expect(200).says("Nothing yet");
    shopper
        .get("/de-eu/for-you")
        .await
        .expect(200)
        .says("Noch nichts");

    raw_sql(ORDERS).execute(&world.db).await.expect("orders");
    let done = rialto(&world.folder, &world.database, &["recommend"]).must();
    assert!(
        done.stdout.starts_with("2 products bought with others, "),
        "{done:?}"
    );
    eventually("the page shows what was bought with it", async || {
        let page = shopper.get(PRODUCT).await.expect(200);
        page.text().contains(TOGETHER)
    })
    .await;
    eventually("the row shows what goes with what was viewed", async || {
        let page = shopper.get(FOR_YOU).await.expect(200);
        page.text().contains("id=\"for-you\"")
    })
    .await;
    let row = shopper.get(FOR_YOU).await.expect(200);
    assert!(
        row.text().contains(VASE) && !row.text().contains(&format!("href=\"{PRODUCT}\"")),
        "{row}"
    );

    let again = rialto(&world.folder, &world.database, &["recommend"]).must();
    assert!(
        again.stdout.trim_end().ends_with(" 0 lists changed"),
        "{again:?}"
    );
}

/// What stands beside the vase, the sold-out thing first.
const BESIDE: &str =
    r#"{ "products": { "dogana-vase": { "related": ["sold-out", "last-ten"] } } }"#;

#[tokio::test]
async fn a_sold_out_neighbour_is_shown_again_once_it_is_back() {
    let world = World::start().await;
    let shopper = world.shopper();
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments).must();
    let file = world.folder.path().join("beside.json");
    std::fs::write(&file, BESIDE).expect("a file");
    run(&["arrange", &file.to_string_lossy()]);
    let names = async |path: &str, slug: &str| {
        let page = shopper.get(path).await.expect(200);
        let link = format!("href=\"/en-eu/product/{slug}\"");
        page.text().contains(&link)
    };
    let compared = "/en-eu/compare?p=dogana-vase";
    for path in [VASE, compared] {
        eventually("what was arranged is shown", async || {
            names(path, "last-ten").await
        })
        .await;
        assert!(!names(path, "sold-out").await, "{path}");
    }
    run(&["stock", "supply", "SOLD-OUT", "backorder"]);
    for path in [VASE, compared] {
        eventually("it is back", async || names(path, "sold-out").await).await;
    }
    world.server.assert_unbroken();
}
