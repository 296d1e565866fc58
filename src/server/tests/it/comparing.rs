//! Products side by side over HTTP: chosen on the wish list, named by the address, the same page for everyone.

use crate::browser::Answer;
use crate::world::{World, eventually};

const TWO: &str = "/en-eu/compare?p=calle-mug&p=dogana-vase";

fn holds(page: &Answer, slug: &str) -> bool {
    page.text()
        .contains(&format!("href=\"/en-eu/product/{slug}\""))
}

#[tokio::test]
async fn chosen_products_stand_side_by_side_and_can_be_left_out() {
    let world = World::start().await;
    let shopper = world.shopper();
    for slug in ["calle-mug", "dogana-vase"] {
        let fields = [("product", slug)];
        shopper.post("/en-eu/wishlist", &fields).await.expect(303);
    }
    let list = shopper.get("/en-eu/wishlist").await.expect(200);
    for told in [
        "action=\"/en-eu/compare\"",
        "value=\"calle-mug\" form=\"compare\"",
    ] {
        assert!(list.text().contains(told), "{told}: {list}");
    }
    let page = shopper.get(TWO).await.expect(200);
    assert!(
        holds(&page, "calle-mug") && holds(&page, "dogana-vase"),
        "{page}"
    );
    for told in [
        "href=\"/en-eu/compare?p=calle-mug\"",
        "href=\"/en-eu/compare?p=dogana-vase\"",
        "Glaze",
        "class=\"differs\"",
        "noindex",
    ] {
        assert!(page.text().contains(told), "{told}: {page}");
    }
    // The way there from a product's page.
    let product = shopper.get("/en-eu/product/calle-mug").await.expect(200);
    assert!(
        product.text().contains("/en-eu/compare?p=calle-mug"),
        "{product}"
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn one_meaning_is_one_page_whoever_asks_and_however() {
    let world = World::start().await;
    let shopper = world.shopper();
    // Whoever has a session sees what a stranger does. What was asked for may be rendered anew when something changes meanwhile.
    shopper
        .post("/en-eu/wishlist", &[("product", "calle-mug")])
        .await
        .expect(303);
    eventually("both see the same", async || {
        let page = shopper.get(TWO).await.expect(200);
        let stranger = world.shopper();
        for same in [
            "?utm=1&p=calle-mug&p=calle-mug&p=dogana%2Dvase",
            "?p=%3Cb%3E&p=&p=calle-mug&p=dogana-vase&more=1",
        ] {
            let other = stranger
                .get(&format!("/en-eu/compare{same}"))
                .await
                .expect(200);
            if other.header("etag") != page.header("etag") {
                return false;
            }
        }
        assert!(stranger.cookies().is_empty());
        true
    })
    .await;
    world.server.assert_unbroken();
}

#[tokio::test]
async fn what_is_not_there_is_left_out_and_a_fifth_is_answered() {
    let world = World::start().await;
    let shopper = world.shopper();
    let page = shopper
        .get("/en-eu/compare?p=there-is-none&p=calle-mug&p=no-longer-made&p=dogana-vase")
        .await
        .expect(200)
        .says("2 of them are not on sale here");
    assert!(
        holds(&page, "calle-mug") && holds(&page, "dogana-vase"),
        "{page}"
    );
    assert!(
        !page.text().contains("there-is-none&"),
        "it is not carried along: {page}"
    );
    let many = "/en-eu/compare?p=calle-mug&p=dogana-vase&p=sold-out&p=one-left&p=eu-only";
    let page = shopper.get(many).await.expect(200);
    let page = page.says("Only the first 4 are compared.");
    assert!(
        holds(&page, "sold-out") && !holds(&page, "eu-only"),
        "{page}"
    );
    for few in ["", "?p=calle-mug", "?p=..%2F..&more=1", "?q=x"] {
        let page = shopper.get(&format!("/en-eu/compare{few}")).await;
        page.expect(200).says("It takes two to compare");
    }
    world.server.assert_unbroken();
}
