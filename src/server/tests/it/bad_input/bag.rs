//! The bag's forms, and its cookies.

use super::{QUANTITY, Scene, UNKNOWN};
use uuid::Uuid;

/// What is sent, with which status it is refused, and how that begins.
type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

#[tokio::test]
async fn what_a_bag_s_forms_refuse() {
    let scene = Scene::set().await;
    let product = scene
        .world
        .one("SELECT id::text FROM product WHERE slug = $1", "calle-mug")
        .await;
    let draft = scene.world.variant("DRAFT").await;
    let gone = scene.world.variant("GONE").await;
    let sold_out = scene.world.variant("SOLD-OUT").await;
    let eu_only = scene.world.variant("EU-ONLY").await;
    let long = "9".repeat(5_000);
    let nobody = Uuid::nil().to_string();
    let (vase, mug) = (scene.vase.as_str(), scene.mug.as_str());
    let before = scene.world.snapshot().await;
    let adds: &[Case] = &[
        (&[], 404, UNKNOWN),
        (&[("variant", "")], 404, UNKNOWN),
        (&[("variant", "vase")], 404, UNKNOWN),
        (&[("variant", &nobody)], 404, UNKNOWN),
        (&[("variant", &product)], 404, UNKNOWN),
        (&[("variant", &long)], 404, UNKNOWN),
        (&[("variant", &draft)], 404, UNKNOWN),
        (&[("variant", &gone)], 404, UNKNOWN),
        (
            &[("variant", &sold_out)],
            409,
            "This one is sold out. Nothing was added.",
        ),
        (&[("variant", vase), ("quantity", "")], 422, QUANTITY),
        (&[("variant", vase), ("quantity", "0")], 422, QUANTITY),
        (&[("variant", vase), ("quantity", "-1")], 422, QUANTITY),
        (&[("variant", vase), ("quantity", "100")], 422, QUANTITY),
        (&[("variant", vase), ("quantity", "1.5")], 422, QUANTITY),
        (&[("variant", vase), ("quantity", "one")], 422, QUANTITY),
        (
            &[("variant", vase), ("quantity", "4294967297")],
            422,
            QUANTITY,
        ),
        (&[("variant", vase), ("quantity", &long)], 422, QUANTITY),
        (&[("product", &product)], 404, UNKNOWN),
        (&[("product", "mug"), ("option1", "Lagoon")], 404, UNKNOWN),
        (
            &[("product", &product), ("option1", "Lagoon")],
            404,
            UNKNOWN,
        ),
        (
            &[
                ("product", &product),
                ("option1", "Purple"),
                ("option2", "350 ml"),
            ],
            404,
            UNKNOWN,
        ),
        (
            &[
                ("product", &product),
                ("option1", "Lagoon"),
                ("option2", &long),
            ],
            404,
            UNKNOWN,
        ),
        (
            &[
                ("product", &product),
                ("option1", "Lagoon"),
                ("option2", "500 ml"),
            ],
            409,
            "This one is sold out.",
        ),
        (
            &[
                ("product", &product),
                ("option1", "La\0goon"),
                ("option2", "350 ml"),
            ],
            404,
            UNKNOWN,
        ),
    ];
    for (fields, status, reason) in adds {
        let answer = scene.shopper.post("/en-eu/cart/lines", fields).await;
        let answer = answer.says("Dogana vase");
        scene.refused(&format!("add {fields:?}"), answer, *status, reason);
    }
    let sold_elsewhere = scene
        .shopper
        .post("/en-us/cart/lines", &[("variant", &eu_only)])
        .await;
    scene.refused(
        "add what is not sold here",
        sold_elsewhere,
        422,
        "This is not sold in your part of the world.",
    );
    for (variant, fields, status, reason) in [
        (vase, &[][..], 422, QUANTITY),
        (vase, &[("quantity", "0")], 422, QUANTITY),
        (vase, &[("quantity", "-3")], 422, QUANTITY),
        (vase, &[("quantity", "1000")], 422, QUANTITY),
        (vase, &[("quantity", "x")], 422, QUANTITY),
        (
            mug,
            &[("quantity", "2")],
            404,
            "That is no longer in your bag.",
        ),
        (
            &nobody,
            &[("quantity", "2")],
            404,
            "That is no longer in your bag.",
        ),
        ("not-an-id", &[("quantity", "2")], 404, UNKNOWN),
        ("not-an-id", &[("remove", "1")], 404, UNKNOWN),
    ] {
        let answer = scene
            .shopper
            .post(&format!("/en-eu/cart/lines/{variant}"), fields)
            .await;
        scene.refused(
            &format!("line {variant} {fields:?}"),
            answer,
            status,
            reason,
        );
    }
    // A body that is no form, or too large.
    let broken = scene.shopper.call_raw("/en-eu/cart/lines", "{}").await;
    assert_eq!(broken.status, 415, "{broken}");
    let huge = scene
        .shopper
        .post_raw("/en-eu/cart/lines", "a=".to_owned() + &"x".repeat(300_000))
        .await;
    assert_eq!(huge.status, 413, "{huge}");
    scene.assert_as(&before).await;
}

#[tokio::test]
async fn cookies_that_nobody_gave_out_are_no_session_and_break_nothing() {
    let scene = Scene::set().await;
    let before = scene.world.snapshot().await;
    let mine = scene.shopper.cookies();
    let session = mine["__Host-rialto-session"].as_str();
    for (name, value) in [
        ("__Host-rialto-session", String::new()),
        ("__Host-rialto-session", "x".to_owned()),
        ("__Host-rialto-session", "=".repeat(43)),
        ("__Host-rialto-session", session.to_lowercase()),
        ("__Host-rialto-session", format!("{session}{session}")),
        ("rialto-session", session.to_owned()),
    ] {
        let forger = scene.world.shopper();
        forger.set_cookie(name, &value);
        let bag = forger.get("/en-eu/cart").await.expect(200);
        bag.says("Nothing in it yet.");
        let checkout = forger.get("/en-eu/checkout").await.expect(303);
        assert_eq!(checkout.location(), "/en-eu/cart", "{name}={value}");
    }
    // The version that a browser was told is only a hint: a wrong one hides nothing and shows nothing old.
    for version in ["-1", "x", "9223372036854775807", "9223372036854775808", ""] {
        scene.shopper.set_cookie("__Host-rialto-cart", version);
        let bag = scene.shopper.get("/en-eu/cart").await.expect(200);
        bag.says("Dogana vase");
    }
    scene.assert_as(&before).await;
}
