//! The wish list over HTTP, without a script: saved from a public page, shown to its shopper alone.

use crate::browser::Answer;
use crate::world::World;

const MUG: &str = "/en-eu/product/calle-mug";
const LIST: &str = "/en-eu/wishlist";

fn holds(page: &Answer, slug: &str) -> bool {
    page.text()
        .contains(&format!("href=\"/en-eu/product/{slug}\""))
}

#[tokio::test]
async fn a_product_is_saved_for_later_and_taken_off_again() {
    let world = World::start().await;
    let shopper = world.shopper();
    let empty = shopper
        .get(LIST)
        .await
        .expect(200)
        .says("Nothing saved yet");
    assert_eq!(empty.header("cache-control"), "no-store");
    assert!(shopper.cookies().is_empty(), "looking begins no session");

    let product = shopper.get(MUG).await.expect(200);
    let saved = product.form("/wishlist").send(&shopper).await.expect(303);
    assert_eq!(saved.location(), "/en-eu/wishlist?added=calle-mug");
    let list = shopper
        .follow(&saved)
        .await
        .expect(200)
        .says("is on your wish list");
    assert_eq!(list.header("cache-control"), "no-store");
    assert!(holds(&list, "calle-mug"), "{list}");
    // The product's page is as it was, for everyone.
    let again = shopper.get(MUG).await.expect(200);
    assert_eq!(again.text(), product.text());
    let stranger = world.shopper();
    assert!(!holds(&stranger.get(LIST).await.expect(200), "calle-mug"));
    shopper
        .get("/de-eu/wishlist")
        .await
        .expect(200)
        .says("Merkliste");

    // Twice is once; what is said is what is so.
    product.form("/wishlist").send(&shopper).await.expect(303);
    for false_word in [
        "?removed=calle-mug",
        "?added=dogana-vase",
        "?added=%3Cb%3E",
        "?removed=%3Cb%3E",
        "?removed=",
    ] {
        let page = shopper
            .get(&format!("{LIST}{false_word}"))
            .await
            .expect(200);
        assert!(
            !page.text().contains("role=\"status\""),
            "{false_word}: {page}"
        );
    }
    let undone = list.form("/wishlist").send(&shopper).await.expect(303);
    assert_eq!(undone.location(), "/en-eu/wishlist?removed=calle-mug");
    let list = shopper.follow(&undone).await.expect(200);
    let list = list.says("“Calle mug” is no longer on your wish list.");
    assert!(!holds(&list, "calle-mug"), "{list}");
    let back = list.form("/wishlist").send(&shopper).await.expect(303);
    assert!(holds(&shopper.follow(&back).await.expect(200), "calle-mug"));
    world.server.assert_unbroken();
}

#[tokio::test]
async fn from_the_list_it_goes_into_the_bag_unless_it_is_sold_out_or_there_is_a_choice() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper
        .post(LIST, &[("product", "sold-out")])
        .await
        .expect(303);
    shopper
        .post(LIST, &[("product", "calle-mug")])
        .await
        .expect(303);
    let list = shopper.get(LIST).await.expect(200).says("Sold out");
    assert!(
        !list.text().contains("/cart/lines"),
        "nothing to buy at once: {list}"
    );
    assert!(
        list.text().contains("aria-label=\"Choose: Calle mug\""),
        "{list}"
    );

    shopper
        .post(LIST, &[("product", "dogana-vase")])
        .await
        .expect(303);
    let list = shopper.get(LIST).await.expect(200);
    let vase = list.form("/cart/lines");
    // By a double click.
    for _ in 0..2 {
        let bought = vase.send(&shopper).await.expect(303);
        assert_eq!(bought.location(), "/en-eu/cart");
    }
    let bag = shopper.get("/en-eu/cart").await.expect(200);
    assert!(
        bag.text().contains("19.99") && !bag.text().contains("39.98"),
        "{bag}"
    );
    let again = shopper.get(LIST).await.expect(200).form("/cart/lines");
    again.send(&shopper).await.expect(303);
    shopper.get("/en-eu/cart").await.expect(200).says("39.98");
    assert!(
        holds(&shopper.get(LIST).await.expect(200), "dogana-vase"),
        "it stays on the list"
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn what_is_gone_is_named_and_taken_off_for_good() {
    let world = World::start().await;
    let shopper = world.shopper();
    // It was on sale once.
    let session = shopper.post(LIST, &[("product", "calle-mug")]).await;
    session.expect(303);
    let wish = "INSERT INTO wish (customer_id, product_id, added_at)
                SELECT customer_id, product.id, now() FROM wish, product WHERE slug = 'no-longer-made'";
    sqlx::raw_sql(wish)
        .execute(&world.db)
        .await
        .expect("a wish");
    // Another market sells less.
    shopper
        .post(LIST, &[("product", "eu-only")])
        .await
        .expect(303);
    let there = shopper.get("/en-us/wishlist").await.expect(200);
    assert!(!holds(&there, "eu-only"), "{there}");
    there.says("Not on sale here at the moment").says("Eu only");
    let here = shopper.get(LIST).await.expect(200);
    assert!(holds(&here, "eu-only"), "{here}");
    here.says("Not on sale here at the moment")
        .says("No longer made");

    let fields = [("product", "no-longer-made"), ("remove", "1")];
    let removed = shopper.post(LIST, &fields).await.expect(303);
    let list = shopper.follow(&removed).await.expect(200);
    let list = list.says("It is no longer on your wish list.");
    assert!(
        !list.text().contains("Put it back"),
        "nothing to put back: {list}"
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn what_can_t_be_saved_is_refused_and_a_full_list_says_so() {
    let world = World::start().await;
    let shopper = world.shopper();
    for (product, status) in [
        ("there-is-none", 404),
        ("", 404),
        ("no-longer-made", 410),
        ("a\0b", 404),
    ] {
        let refused = shopper.post(LIST, &[("product", product)]).await;
        assert_eq!(refused.status, status, "{product}: {refused}");
    }
    shopper.post(LIST, &[]).await.expect(404);
    let nothing = shopper
        .post(LIST, &[("product", "calle-mug"), ("remove", "1")])
        .await
        .expect(303);
    assert_eq!(nothing.location(), LIST);
    assert!(
        shopper.cookies().is_empty(),
        "no session for what is no wish"
    );

    shopper
        .post(LIST, &[("product", "calle-mug")])
        .await
        .expect(303);
    let fill = "INSERT INTO product (id, slug, title, status, published_at, created_at, updated_at)
                SELECT gen_random_uuid(), 'wished-' || n, 'Wished ' || n, 'active', now(), now(), now() FROM generate_series(1, 199) n;
                INSERT INTO wish (customer_id, product_id, added_at)
                SELECT customer_id, id, now() FROM product, (SELECT customer_id FROM wish) known WHERE slug LIKE 'wished-%'";
    sqlx::raw_sql(fill)
        .execute(&world.db)
        .await
        .expect("a full list");
    let full = shopper
        .post(LIST, &[("product", "dogana-vase")])
        .await
        .expect(422);
    let full = full.says("no more fit");
    assert_eq!(full.header("cache-control"), "no-store");
    // What has no price here is named.
    full.says("Not on sale here at the moment").says("Wished 7");
    world.server.assert_unbroken();
}
