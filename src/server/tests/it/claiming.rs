//! A guest claims their orders by a mailed link, from the order's page to what is theirs.

use crate::browser::{Shopper, order_number};
use crate::world::{World, eventually};

/// The page of a paid order of Ada's.
async fn bought(world: &World, shopper: &Shopper) -> String {
    shopper.add(&world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    let thanks = shopper.pay_and_return(&paying).await;
    let number = order_number(&thanks.url);
    let token = world
        .one("SELECT token FROM orders WHERE number = $1", &number)
        .await;
    format!("/en-eu/orders/{number}/{token}")
}

/// The path of the newest claim's link, once it was mailed.
async fn mailed(world: &World, count: usize) -> String {
    let links = || {
        let mails = world.mails();
        let link = |mail: &String| {
            let link = mail.lines().find(|line| line.contains("/account/claim/"))?;
            let (_, path) = link.trim().split_once("/en-eu/")?;
            Some(format!("/en-eu/{path}"))
        };
        mails.iter().filter_map(link).collect::<Vec<_>>()
    };
    eventually("the link is mailed", async || links().len() == count).await;
    let mut found = links();
    // Each mail replaces the link before it, and names of files are in the order of time.
    found.pop().expect("a link")
}

#[tokio::test]
async fn a_guest_claims_their_order_from_its_page() {
    let world = World::start().await;
    let shopper = world.shopper();
    let order = bought(&world, &shopper).await;
    let page = shopper.get(&order).await.expect(200);
    let asked = page.form("/claim").send(&shopper).await.expect(200);
    assert_eq!(asked.header("cache-control"), "no-store");
    asked.says("We have written to ada@example.com");
    let link = mailed(&world, 1).await;

    // A program that looks at mail opens it, and nothing happens.
    let scanned = world.shopper().get(&link).await.expect(200);
    assert_eq!(scanned.header("cache-control"), "no-store");
    let claimed = "SELECT count(*) FROM customer WHERE claimed_at IS NOT NULL";
    assert_eq!(world.count(claimed).await, 0);
    let elsewhere = scanned.form(&link).send(&world.shopper()).await;
    elsewhere.expect(409).says("Not in this browser");
    assert_eq!(world.count(claimed).await, 0);

    let asks = shopper.get(&link).await.expect(200).says("Is this you?");
    let form = asks.form(&link);
    let done = form.send(&shopper).await.expect(200);
    assert_eq!(done.header("cache-control"), "no-store");
    let done = done.says("ada@example.com is confirmed").says("24.89");
    assert!(done.text().contains(&format!("href=\"{order}\"")), "{done}");
    assert_eq!(world.count(claimed).await, 1);

    // Once is enough: the button again, the order's page, another language.
    let again = form.send(&shopper).await.expect(410);
    again.says("This link holds no longer");
    let german = link.replace("/en-eu/", "/de-eu/");
    let again = shopper.post(&german, &[]).await.expect(410);
    again.says("Dieser Link gilt nicht mehr");
    let page = shopper.get(&order).await.expect(200);
    assert!(!page.text().contains("/claim\""), "{page}");
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_second_browser_finds_what_the_first_one_claimed() {
    let world = World::start().await;
    let (first, second) = (world.shopper(), world.shopper());
    let orders = [bought(&world, &first).await, bought(&world, &second).await];
    let mut count = 0;
    for (shopper, order) in [(&first, &orders[0]), (&second, &orders[1])] {
        let page = shopper.get(order).await.expect(200);
        page.form("/claim").send(shopper).await.expect(200);
        count += 1;
        let link = mailed(&world, count).await;
        let asks = shopper.get(&link).await.expect(200);
        let done = asks.form(&link).send(shopper).await.expect(200);
        if count == 2 {
            let done = done.says("Welcome back");
            for order in &orders {
                assert!(done.text().contains(&format!("href=\"{order}\"")), "{done}");
            }
        }
    }
    world.server.assert_unbroken();
}

#[tokio::test]
async fn only_the_browser_that_bought_may_ask_and_nonsense_is_no_link() {
    let world = World::start().await;
    let shopper = world.shopper();
    let order = bought(&world, &shopper).await;
    let other = world.shopper();
    other.add(&world.variant("QUOTE").await, 1).await;
    let page = other.get(&order).await.expect(200);
    assert!(!page.text().contains("/claim\""), "{page}");
    other
        .post(&format!("{order}/claim"), &[])
        .await
        .expect(409)
        .says("Not in this browser");
    for nonsense in ["x%22%3E%3Cscript%3E", "%00", &"A".repeat(400), "%C3%BC"] {
        let path = format!("/en-eu/account/claim/{nonsense}");
        for answer in [other.get(&path).await, other.post(&path, &[]).await] {
            assert!((400..500).contains(&answer.status), "{answer}");
        }
    }
    // Five in an hour, and no more.
    for _ in 0..5 {
        shopper
            .post(&format!("{order}/claim"), &[])
            .await
            .expect(200);
    }
    shopper
        .post(&format!("{order}/claim"), &[])
        .await
        .expect(429)
        .says("Five links are enough");
    world.server.assert_unbroken();
}
