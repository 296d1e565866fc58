//! `rialto stock supply | bundle | limits` and `rialto customers group`: how things are sold, and to whom.

use crate::world::{PATIENCE, World, rialto, within};
use time::OffsetDateTime;
use time::macros::format_description;

/// The day so many days from now, as the command line takes it.
fn in_days(days: i64) -> String {
    let day = OffsetDateTime::now_utc() + time::Duration::days(days);
    day.format(format_description!("[year]-[month]-[day]"))
        .expect("a day")
}

#[tokio::test]
async fn a_preorder_reaches_cached_pages_the_bag_and_the_checkout() {
    let world = World::start().await;
    let shopper = world.shopper();
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    let path = "/en-eu/product/dogana-vase";
    let usual = shopper.get(path).await.expect(200).says("In stock");
    assert!(!usual.words().contains("hips from"), "{usual}");
    let day = in_days(40);
    let said = run(&["stock", "supply", "VASE", "preorder", "--on", &day]).must();
    assert!(
        said.stdout.contains(&format!("sent from {day} on")),
        "{said:#?}"
    );
    within(PATIENCE, "the page says from when it is sent", async || {
        let page = shopper.get(path).await.expect(200);
        page.words().contains("Ships from ") && !page.words().contains("In stock")
    })
    .await;
    shopper
        .get("/de-eu/product/dogana-vase")
        .await
        .expect(200)
        .says("Versand ab ");
    shopper.add(&world.variant("VASE").await, 1).await;
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("ships from ");
    let checkout = shopper.checkout().await;
    checkout.page.says("ships from ");

    run(&["stock", "supply", "VASE", "shelf"]).must();
    within(PATIENCE, "the page is as it was", async || {
        let page = shopper.get(path).await.expect(200);
        page.words().contains("In stock")
    })
    .await;
    world.server.assert_unbroken();
}

#[tokio::test]
async fn bundles_and_limits_are_set_shown_and_lifted() {
    let world = World::start().await;
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    run(&["stock", "bundle", "EU-ONLY", "VASE=2", "LAST-TEN=1"]).must();
    run(&["stock", "limits", "EU-ONLY", "--per-order", "2"]).must();
    let shown = run(&["stock", "show", "EU-ONLY"]).must().stdout;
    for said in [
        "sold from the shelf",
        "at most 2 in an order",
        "1 × LAST-TEN, 2 × VASE",
    ] {
        assert!(shown.contains(said), "no {said:?}: {shown}");
    }
    let part = run(&["stock", "show", "VASE"]).must().stdout;
    assert!(part.contains("part of EU-ONLY"), "{part}");
    run(&["stock", "bundle", "EU-ONLY", "--none"]).must();
    let lifted = run(&["stock", "limits", "EU-ONLY", "--none"]).must().stdout;
    assert!(
        !lifted.contains("at most") && !lifted.contains("bundle"),
        "{lifted}"
    );
    let actor = "SELECT count(*) FROM audit_log WHERE action IN ('stock.bundle', 'stock.limits') AND actor ->> 'kind' = 'staff'";
    assert_eq!(world.count(actor).await, 4);
}

#[tokio::test]
async fn what_can_not_be_sold_so_is_refused_in_one_line() {
    let world = World::start().await;
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    run(&["stock", "bundle", "EU-ONLY", "VASE=2"]).must();
    let before = world.snapshot().await;
    let (yesterday, soon) = (in_days(-1), in_days(20));
    for (arguments, says) in [
        (
            vec!["supply", "NO-SUCH", "backorder"],
            "no variant that is sold has the SKU `NO-SUCH`",
        ),
        (vec!["supply", "VASE", "preorder"], "give it, such as --on "),
        (
            vec!["supply", "VASE", "preorder", "--on", &yesterday],
            "has come already",
        ),
        (
            vec!["supply", "VASE", "preorder", "--on", "2027-02-30"],
            "not a day of the calendar",
        ),
        (
            vec!["supply", "VASE", "backorder", "--on", "2999-01-01"],
            "more than three years away",
        ),
        (
            vec!["supply", "VASE", "shelf", "--on", &soon],
            "leave --on and --up-to out",
        ),
        (
            vec!["bundle", "VASE", "VASE=1"],
            "components other than itself",
        ),
        (vec!["bundle", "VASE", "EU-ONLY=1"], "can't be a bundle"),
        (vec!["bundle", "LAST-TEN", "EU-ONLY=1"], "can't be a bundle"),
        (vec!["bundle", "LAST-TEN", "VASE"], "SKU and how many"),
        (
            vec!["bundle", "LAST-TEN", "NO-SUCH=1"],
            "no variant that is sold has the SKU `NO-SUCH`",
        ),
        (
            vec!["limits", "NO-SUCH", "--per-order", "1"],
            "no variant that is sold has the SKU `NO-SUCH`",
        ),
    ] {
        let ran = run(&[&["stock"], arguments.as_slice()].concat());
        assert!(ran.refusal().contains(says), "{arguments:?}: {ran:#?}");
    }
    for (arguments, says) in [
        (["add", "nonsense", "trade"], "not an e-mail address"),
        (
            ["add", "ada@example.com", "trade"],
            "no customer has claimed ada@example.com",
        ),
        (
            ["remove", "ada@example.com", "Not a group"],
            "small letters",
        ),
    ] {
        let ran = run(&[&["customers", "group"], arguments.as_slice()].concat());
        assert!(ran.refusal().contains(says), "{arguments:?}: {ran:#?}");
    }
    assert_eq!(world.snapshot().await, before);
}
