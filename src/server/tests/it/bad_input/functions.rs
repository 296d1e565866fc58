//! The server functions.

use super::{Scene, UNKNOWN};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn what_server_functions_refuse() {
    let scene = Scene::set().await;
    let unreadable = "Something in the request was not as it should be.";
    let id = || Uuid::now_v7().to_string();
    let change = |change: Value| json!({ "storefront": "en-eu", "command": { "command": id(), "change": change } });
    let add = |variant: &str, quantity: Value| {
        change(json!({ "kind": "add_line", "variant": variant, "quantity": quantity }))
    };
    let long = "9".repeat(5_000);
    let vase = scene.vase.as_str();
    let in_us = |variant: &str| {
        json!({ "storefront": "en-us", "command": { "command": id(), "change":
            { "kind": "add_line", "variant": variant, "quantity": 1 } } })
    };
    let (draft, sold_out) = (
        scene.world.variant("DRAFT").await,
        scene.world.variant("SOLD-OUT").await,
    );
    let eu_only = scene.world.variant("EU-ONLY").await;
    let form =
        |field: &str, value: Value| json!({ "storefront": "en-eu", "form": { field: value } });
    let before = scene.world.snapshot().await;
    let calls: Vec<(&str, Value, u16, &str)> = vec![
        ("cart/read", json!({}), 400, unreadable),
        ("cart/read", json!(null), 400, unreadable),
        ("cart/read", json!([]), 400, unreadable),
        ("cart/read", json!({ "storefront": 1 }), 400, unreadable),
        (
            "cart/read",
            json!({ "storefront": "EN-eu" }),
            400,
            unreadable,
        ),
        (
            "cart/read",
            json!({ "storefront": "../../etc" }),
            400,
            unreadable,
        ),
        (
            "cart/read",
            json!({ "storefront": "en-zz" }),
            422,
            "This is not sold in your part of the world.",
        ),
        (
            "cart/change",
            json!({ "storefront": "en-eu" }),
            400,
            unreadable,
        ),
        (
            "cart/change",
            change(json!({ "kind": "empty" })),
            400,
            unreadable,
        ),
        (
            "cart/change",
            change(json!({ "kind": "add_line" })),
            400,
            unreadable,
        ),
        ("cart/change", add("vase", json!(1)), 400, unreadable),
        ("cart/change", add(vase, json!(0)), 400, unreadable),
        ("cart/change", add(vase, json!(-1)), 400, unreadable),
        ("cart/change", add(vase, json!(100)), 400, unreadable),
        ("cart/change", add(vase, json!(1.5)), 400, unreadable),
        ("cart/change", add(vase, json!("1")), 400, unreadable),
        ("cart/change", add(vase, json!(u64::MAX)), 400, unreadable),
        ("cart/change", add(vase, json!(null)), 400, unreadable),
        ("cart/change", add(&long, json!(1)), 400, unreadable),
        (
            "cart/change",
            json!({ "storefront": "en-eu", "command": { "command": "1", "change":
            { "kind": "remove_line", "variant": vase } } }),
            400,
            unreadable,
        ),
        ("cart/change", add(&id(), json!(1)), 404, UNKNOWN),
        ("cart/change", add(&draft, json!(1)), 404, UNKNOWN),
        (
            "cart/change",
            add(&sold_out, json!(1)),
            409,
            "This one is sold out. Nothing was added.",
        ),
        (
            "cart/change",
            in_us(&eu_only),
            422,
            "This is not sold in your part of the world.",
        ),
        (
            "cart/change",
            change(json!({ "kind": "set_quantity", "variant": scene.mug, "quantity": 2 })),
            404,
            "no longer in your bag",
        ),
        (
            "checkout/estimate",
            json!({ "storefront": "en-eu" }),
            400,
            unreadable,
        ),
        (
            "checkout/estimate",
            json!({ "storefront": "en-eu", "form": null }),
            400,
            unreadable,
        ),
        (
            "checkout/estimate",
            form("email", json!(1)),
            400,
            unreadable,
        ),
        (
            "checkout/estimate",
            form("country", json!(["IT"])),
            400,
            unreadable,
        ),
        (
            "checkout/estimate",
            form("name", json!("x".repeat(20_000))),
            422,
            "more than we can add up",
        ),
        (
            "checkout/estimate",
            json!({ "storefront": "en-us", "form": {} }),
            409,
            "There is nothing in your bag.",
        ),
        ("order/status", json!({}), 400, unreadable),
        (
            "order/status",
            json!({ "number": "RI-0000-0000", "token": "" }),
            404,
            "We could not find that.",
        ),
        (
            "order/status",
            json!({ "number": long, "token": long }),
            404,
            "We could not find that.",
        ),
        (
            "order/status",
            json!({ "number": "\0", "token": "\0" }),
            404,
            "We could not find that.",
        ),
        (
            "order/status",
            json!({ "number": 1, "token": true }),
            400,
            unreadable,
        ),
        (
            "product/stock",
            json!({ "storefront": "en-eu" }),
            400,
            unreadable,
        ),
        (
            "product/stock",
            json!({ "storefront": "en-eu", "product": "calle-mug" }),
            400,
            unreadable,
        ),
    ];
    for (function, arguments, status, reason) in calls {
        let shown: String = arguments.to_string().chars().take(200).collect();
        let answer = scene
            .shopper
            .call(&format!("/api/{function}"), arguments)
            .await;
        scene.refused(&format!("{function} {shown}"), answer, status, reason);
    }
    let nested = "[".repeat(100_000);
    for body in [
        "",
        "{",
        "nonsense",
        "{\"storefront\":\"en-eu\"",
        "\u{feff}{}",
        nested.as_str(),
    ] {
        for function in [
            "cart/read",
            "cart/change",
            "checkout/estimate",
            "order/status",
            "product/stock",
        ] {
            let answer = scene
                .shopper
                .call_raw(&format!("/api/{function}"), body)
                .await;
            scene.refused(
                &format!("{function} {}", &body[..body.len().min(40)]),
                answer,
                400,
                unreadable,
            );
        }
    }
    let huge = scene
        .shopper
        .call_raw(
            "/api/cart/read",
            format!("{{\"storefront\":\"{}\"}}", "x".repeat(300_000)),
        )
        .await;
    assert_eq!(huge.status, 413, "{huge}");
    let unknown = json!({ "storefront": "en-eu", "product": Uuid::now_v7() });
    assert_eq!(
        scene
            .shopper
            .call("/api/product/stock", unknown)
            .await
            .expect(200)
            .json(),
        json!([])
    );
    scene.assert_as(&before).await;
}
