//! The checkout's form.

use super::Scene;
use crate::browser::Checkout;
use uuid::Uuid;

#[tokio::test]
async fn what_the_checkout_s_form_refuses() {
    let scene = Scene::set().await;
    let missing = "We need this one.";
    let too_long = "That is longer than a label can hold.";
    let malformed = "That does not look right. Check it once more.";
    let email = "We need an e-mail address, such as ada@example.com.";
    let country = "We don't deliver there. Choose one of these countries.";
    let x = |count: usize| "x".repeat(count);
    let before = scene.world.snapshot().await;
    for (field, value, reason) in [
        ("email", String::new(), missing),
        ("email", "ada".to_owned(), email),
        ("email", "ada@example".to_owned(), email),
        ("email", "a b@example.com".to_owned(), email),
        (
            "email",
            "ada@example.com\r\nBcc: all@example.com".to_owned(),
            email,
        ),
        ("email", format!("{}@example.com", x(300)), too_long),
        ("name", " \t ".to_owned(), missing),
        ("name", x(101), too_long),
        ("name", "Ada\nLovelace".to_owned(), malformed),
        ("name", "Ada\0".to_owned(), malformed),
        ("line1", String::new(), missing),
        ("line1", x(121), too_long),
        ("line2", x(121), too_long),
        ("line2", "\u{7}".to_owned(), malformed),
        ("postcode", String::new(), missing),
        ("postcode", x(17), too_long),
        ("city", String::new(), missing),
        ("city", x(81), too_long),
        ("country", "US".to_owned(), country),
        ("country", "it".to_owned(), country),
        ("country", "Italy".to_owned(), country),
        ("phone", "call me".to_owned(), malformed),
        ("phone", "1".repeat(33), too_long),
        ("delivery", String::new(), "Choose how it gets there."),
        (
            "delivery",
            "by-gondola".to_owned(),
            "Choose how it gets there.",
        ),
    ] {
        let mut form = scene.checkout.form.clone();
        form.set(field, &value);
        let answer = form.press(&scene.shopper, "action", "place").await;
        let answer = answer.says("Some fields want your attention. Nothing was ordered yet.");
        scene.refused(&format!("{field} {value:?}"), answer, 422, reason);
    }
    // Fields that are not there at all.
    for field in [
        "email", "name", "line1", "postcode", "city", "country", "delivery",
    ] {
        let mut form = scene.checkout.form.clone();
        form.remove(field);
        let answer = form.press(&scene.shopper, "action", "place").await;
        let reason = if field == "delivery" {
            "Choose how it gets there."
        } else {
            ""
        };
        scene.refused(&format!("no {field}"), answer, 422, reason);
    }
    // What the page itself puts into the form.
    let unreadable = "We could not read that";
    let nobody = Uuid::now_v7().to_string();
    for (field, value, status, reason) in [
        ("checkout", "", 400, unreadable),
        ("checkout", "1", 400, unreadable),
        ("checkout", "'; DROP TABLE orders; --", 400, unreadable),
        ("checkout", &nobody, 409, "This checkout is closed"),
        ("key", "", 400, unreadable),
        ("key", "key", 400, unreadable),
        ("seen_total", "", 400, unreadable),
        ("seen_total", "24.89", 400, unreadable),
        ("seen_total", "99999999999999999999", 400, unreadable),
        (
            "seen_total",
            "0",
            409,
            "The total is now €24.89; you saw €0.00.",
        ),
        ("seen_total", "-2489", 409, "The total is now €24.89"),
        (
            "seen_total",
            "9223372036854775807",
            409,
            "The total is now €24.89",
        ),
    ] {
        let mut form = scene.checkout.form.clone();
        form.fill(field, value);
        let answer = form.press(&scene.shopper, "action", "place").await;
        scene.refused(&format!("{field} {value:?}"), answer, status, reason);
    }
    // A form of another market, and one that is far too large.
    let mut form = scene.checkout.form.clone();
    form.action = "/en-us/checkout".to_owned();
    let elsewhere = form
        .press(&scene.shopper, "action", "place")
        .await
        .expect(303);
    assert_eq!(elsewhere.location(), "/en-us/cart", "that bag is empty");
    form.action = "/en-eu/checkout".to_owned();
    for action in ["place", "update"] {
        form.fill("line2", &x(20_000));
        let answer = form
            .clone()
            .set("action", action)
            .send(&scene.shopper)
            .await;
        assert!(matches!(answer.status, 403 | 422), "{action}: {answer}");
    }
    scene.assert_as(&before).await;
}

#[tokio::test]
async fn a_closed_checkout_stays_closed_and_a_stove_can_t_be_posted() {
    let scene = Scene::set().await;
    scene.checkout.place(&scene.shopper).await;
    let before = scene.world.snapshot().await;
    let again = scene
        .checkout
        .form
        .clone()
        .set("key", &Uuid::now_v7().to_string())
        .clone();
    let empty = again
        .press(&scene.shopper, "action", "place")
        .await
        .expect(303);
    assert_eq!(empty.location(), "/en-eu/cart");
    assert_eq!(scene.world.snapshot().await, before);

    scene.shopper.add(&scene.vase, 1).await;
    let before = scene.world.snapshot().await;
    let closed = again.press(&scene.shopper, "action", "place").await;
    scene.refused(
        "a new key for a placed checkout",
        closed,
        409,
        "This checkout is closed",
    );
    assert_eq!(scene.world.snapshot().await, before);

    // 80 kg: nothing carries it, so nothing can be chosen and nothing placed.
    let strong = scene.world.shopper();
    strong.add(&scene.world.variant("STOVE").await, 1).await;
    let checkout = strong.checkout_as_ada().await;
    let checkout = Checkout {
        page: checkout.page.says("We can't deliver this to that address."),
        form: checkout.form,
    };
    let before = scene.world.snapshot().await;
    let refused = checkout.press(&strong).await;
    scene.refused("a stove", refused, 422, "Choose how it gets there.");
    assert_eq!(scene.world.snapshot().await, before);
}
