//! Reviews over HTTP and by `rialto reviews`: written without a script, shown once published, on pages that were cached before.

use crate::browser::Shopper;
use crate::world::{World, eventually, rialto};
use serde_json::Value;

const PRODUCT: &str = "/en-eu/product/calle-mug";

async fn write(shopper: &Shopper, stars: &str, title: &str) -> crate::browser::Answer {
    let page = shopper.get(&format!("{PRODUCT}/review")).await.expect(200);
    let mut form = page.form("/review");
    form.set("stars", stars)
        .set("title", title)
        .set("body", "Holds <b>tea</b> & keeps it warm.")
        .set("name", "Ada");
    form.send(shopper).await
}

/// The ids of the reviews that wait.
fn waiting(world: &World) -> Vec<String> {
    let ran = rialto(
        &world.folder,
        &world.database,
        &["reviews", "list", "--json"],
    )
    .must();
    let listed: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let ids = listed.as_array().expect("a list").iter();
    ids.map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn a_review_is_written_read_and_shown_on_cached_pages() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper
        .get(PRODUCT)
        .await
        .expect(200)
        .says("Nobody has said anything yet");
    let thanks = write(&shopper, "4", "A good mug").await.expect(200);
    assert_eq!(thanks.header("cache-control"), "no-store");
    thanks.says("Thank you");
    let ids = waiting(&world);
    assert_eq!(ids.len(), 1);
    let page = shopper.get(PRODUCT).await.expect(200);
    assert!(!page.text().contains("A good mug"), "nobody has read it");

    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    let shown = run(&["reviews", "show", &ids[0]]).must().stdout;
    assert!(
        shown.contains("4 of 5 stars") && shown.contains("keeps it warm"),
        "{shown}"
    );
    let done = run(&["reviews", "publish", &ids[0]]).must().stdout;
    assert!(done.contains("is published"), "{done}");
    for path in [
        PRODUCT,
        "/de-eu/product/calle-mug",
        "/en-eu/product/calle-mug/reviews",
    ] {
        eventually(&format!("the review is on {path}"), async || {
            shopper
                .get(path)
                .await
                .expect(200)
                .text()
                .contains("A good mug")
        })
        .await;
    }
    let page = shopper.get(PRODUCT).await.expect(200);
    let text = page.text();
    // What was typed is text, and search engines are told.
    assert!(
        text.contains("Holds &lt;b&gt;tea&lt;/b&gt; &amp; keeps it warm."),
        "{text}"
    );
    for told in [
        "itemref=\"reviews\"",
        "https://schema.org/AggregateRating",
        "itemprop=\"ratingValue\" content=\"4.0\"",
        "itemprop=\"reviewCount\" content=\"1\"",
        "https://schema.org/Review",
        "itemprop=\"reviewBody\"",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    eventually("its card shows the stars", async || {
        let list = shopper.get("/en-eu/category/kitchen").await.expect(200);
        list.text().contains("4.0 of 5 stars, 1 review")
    })
    .await;
    shopper
        .get("/de-eu/product/calle-mug")
        .await
        .expect(200)
        .says("4,0 · 1 Bewertung");

    run(&["reviews", "refuse", &ids[0], "--reason", "names a rival"]).must();
    eventually("it is gone", async || {
        let page = shopper.get(PRODUCT).await.expect(200);
        page.text().contains("Nobody has said anything yet")
    })
    .await;
    let all = run(&["reviews", "list", "--state", "all"]).must().stdout;
    assert!(
        all.contains("refused") && all.contains("calle-mug"),
        "{all}"
    );
    assert!(
        run(&["reviews", "list", "--state", "lost"])
            .refusal()
            .contains("pending")
    );
    let nobody = uuid::Uuid::nil().to_string();
    assert!(
        run(&["reviews", "publish", &nobody])
            .refusal()
            .contains("no such review")
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_programs_are_not_heard() {
    let world = World::start().await;
    let shopper = world.shopper();
    let refused = write(&shopper, "9", "</textarea><script>")
        .await
        .expect(422);
    assert_eq!(refused.header("cache-control"), "no-store");
    let text = refused.text();
    assert!(
        text.contains("value=\"&lt;/textarea&gt;&lt;script&gt;\""),
        "{text}"
    );
    assert!(
        text.contains("Holds &lt;b&gt;tea&lt;/b&gt; &amp; keeps it warm."),
        "{text}"
    );
    assert!(!text.contains("<script>"), "{text}");
    refused.says("Please choose one to five stars.");
    assert!(
        shopper.cookies().is_empty(),
        "no session for what is no review"
    );

    let page = shopper.get(&format!("{PRODUCT}/review")).await.expect(200);
    let mut form = page.form("/review");
    form.set("stars", "5")
        .set("title", "Buy")
        .set("body", "Buy")
        .set("name", "Bot");
    form.set("website", "https://spam.example");
    form.send(&shopper).await.expect(200).says("Thank you");
    assert_eq!(world.count("SELECT count(*) FROM review").await, 0);

    for _ in 0..2 {
        write(&shopper, "2", "Chipped").await.expect(200);
    }
    assert_eq!(waiting(&world).len(), 1, "the newer one counts");
    for path in [
        "/en-eu/product/there-is-none/review",
        "/en-eu/product/there-is-none/reviews",
    ] {
        shopper.get(path).await.expect(404);
    }
    shopper
        .post(
            "/en-eu/product/there-is-none/review",
            &[("stars", "5"), ("title", "a"), ("body", "b"), ("name", "c")],
        )
        .await
        .expect(404);
    world.server.assert_unbroken();
}

#[tokio::test]
async fn whoever_bought_it_is_known_by_the_order_s_link() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    shopper.pay_and_return(&paying).await;
    let (number, token): (String, String) = sqlx::query_as("SELECT number, token FROM orders")
        .fetch_one(&world.db)
        .await
        .expect("the order");
    world.until_order_is(&number, "paid").await;
    let other = world.shopper();
    let order = other
        .get(&format!("/en-eu/orders/{number}/{token}"))
        .await
        .expect(200);
    let link = format!("/en-eu/product/dogana-vase/review?order={number}&amp;key={token}");
    assert!(order.text().contains(&link), "{order}");
    let page = other.get(&link.replace("&amp;", "&")).await.expect(200);
    let mut form = page.form("/review");
    form.set("stars", "5")
        .set("title", "Tall")
        .set("body", "And slim.")
        .set("name", "Ada");
    let thanks = form.send(&other).await.expect(200);
    thanks.says("It will say that you bought it here.");
    let verified = "SELECT count(*) FROM review WHERE is_verified";
    assert_eq!(world.count(verified).await, 1);
    world.until_jobs_are_done().await;
}
