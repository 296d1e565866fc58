//! Who may do what: every declared route and server function tried by a stranger, and changes asked for by other sites.

use crate::browser::{Answer, Shopper, encoded};
use crate::world::World;
use app::route::{Access, SERVER_FUNCTIONS, routes};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// A shopper in the middle of a purchase, with an order placed before.
struct Victim {
    shopper: Shopper,
    variant: String,
    checkout: crate::browser::Checkout,
    number: String,
    token: String,
    session: String,
}

impl Victim {
    async fn of(world: &World) -> Self {
        let shopper = world.shopper();
        shopper.add(&world.variant("LAST-TEN").await, 1).await;
        let session = shopper.place_as_ada().await.session().to_owned();
        let variant = world.variant("VASE").await;
        shopper.add(&variant, 2).await;
        let checkout = shopper.checkout_as_ada().await;
        let (number, token) = sqlx::query_as("SELECT number, token FROM orders")
            .fetch_one(&world.db)
            .await
            .unwrap();
        Self {
            shopper,
            variant,
            checkout,
            number,
            token,
            session,
        }
    }
}

/// What a route or function says to someone who has no right to what is the victim's.
async fn refusal(stranger: &Shopper, victim: &Victim, method: &str, path: &str) -> Answer {
    let own = |path: &str| {
        path.replace("{storefront}", "en-eu")
            .replace("{variant}", &victim.variant)
    };
    let linked = |path: &str| {
        own(path)
            .replace("{number}", &victim.number)
            .replace("{token}", &guess(&victim.token))
    };
    match (method, path) {
        ("GET", "/{storefront}/cart") => stranger
            .get("/en-eu/cart")
            .await
            .expect(200)
            .says("Nothing in it yet."),
        ("GET", "/{storefront}/wishlist") => {
            let list = stranger.get(&own(path)).await.expect(200);
            list.says("Nothing saved yet")
        }
        ("POST", "/{storefront}/wishlist") => {
            let fields = [("product", "dogana-vase"), ("remove", "1")];
            let answer = stranger.post(&own(path), &fields).await.expect(303);
            assert_eq!(answer.location(), "/en-eu/wishlist");
            answer
        }
        ("POST", "/{storefront}/cart/lines") => {
            let fields = [("variant", "no-variant"), ("quantity", "1")];
            stranger
                .post(&own(path), &fields)
                .await
                .expect(404)
                .says("Nothing in it yet.")
        }
        ("POST", "/{storefront}/product/{slug}/review") => {
            let answer = stranger.post("/en-eu/product/calle-mug/review", &[]);
            answer.await.expect(422).says("one to five stars")
        }
        ("POST", "/{storefront}/cart/lines/{variant}") => {
            let set = stranger
                .post(&own(path), &[("quantity", "9")])
                .await
                .expect(404);
            set.says("That is no longer in your bag.")
        }
        // Nobody's code, nobody's card: there is nothing to find out here.
        ("POST", "/{storefront}/cart/codes") => {
            let fields = [("code", "NOBODYS")];
            stranger.post(&own(path), &fields).await.expect(422)
        }
        ("GET", "/{storefront}/checkout") => {
            let answer = stranger.get("/en-eu/checkout").await.expect(303);
            assert_eq!(answer.location(), "/en-eu/cart");
            answer
        }
        ("POST", "/{storefront}/checkout") => {
            let answer = victim.checkout.press(stranger).await.expect(303);
            assert_eq!(answer.location(), "/en-eu/cart");
            answer
        }
        ("GET", "/{storefront}/checkout/return") => {
            let guessed = format!(
                "/en-eu/checkout/return?session_id={}",
                guess(&victim.session)
            );
            stranger.get(&guessed).await.expect(404)
        }
        ("GET", "/{storefront}/account/claim/{token}") => {
            // Whose it is, nobody is told before the button is pressed.
            let path = format!("/en-eu/account/claim/{}", "A".repeat(43));
            stranger.get(&path).await.expect(200).says("Is this you?")
        }
        ("POST", "/{storefront}/account/claim/{token}") => {
            let path = format!("/en-eu/account/claim/{}", "A".repeat(43));
            let answer = stranger.post(&path, &[]).await;
            assert!([409, 410].contains(&answer.status), "{answer}");
            answer
        }
        ("POST", "/{storefront}/checkout/destination") => {
            let answer = stranger.post("/en-eu/checkout/destination", &[("country", "SE")]);
            let answer = answer.await.expect(303);
            assert_eq!(answer.location(), "/en-eu/cart?country=SE&region=#estimate");
            answer
        }
        ("GET", path) if path.contains("{token}") => stranger.get(&linked(path)).await.expect(404),
        ("POST", path) if path.contains("{token}") => {
            stranger.post(&linked(path), &[]).await.expect(404)
        }
        ("POST", "/webhooks/{provider}") => {
            let event = json!({ "id": "evt_1", "type": "checkout.session.completed", "data": { "object": { "id": victim.session } } });
            stranger.call("/webhooks/stripe", event).await.expect(400)
        }
        ("POST", "/webhooks/easypost") => {
            let event = json!({ "id": "evt_1", "description": "tracker.updated", "result": { "tracking_code": "EZ1" } });
            stranger.call("/webhooks/easypost", event).await.expect(404)
        }
        ("POST", "/api/cart/read") => {
            let bag = stranger
                .call(path, json!({ "storefront": "en-eu" }))
                .await
                .expect(200);
            assert_eq!(bag.json()["lines"], json!([]));
            bag
        }
        ("POST", "/api/cart/change") => {
            let change =
                json!({ "kind": "set_quantity", "variant": victim.variant, "quantity": 9 });
            let answer = stranger
                .change("en-eu", &uuid::Uuid::now_v7().to_string(), change)
                .await
                .expect(404);
            assert_eq!(answer.json()["message"], "That is no longer in your bag.");
            answer
        }
        ("POST", "/api/checkout/estimate") => {
            let answer = stranger
                .call(path, json!({ "storefront": "en-eu", "form": {} }))
                .await
                .expect(409);
            assert_eq!(answer.json()["message"], "There is nothing in your bag.");
            answer
        }
        ("POST", "/api/order/status") => {
            let arguments = json!({ "number": victim.number, "token": guess(&victim.token) });
            stranger.call(path, arguments).await.expect(404)
        }
        (method, path) => {
            panic!("nobody has said what a stranger may not do at {method} {path}: say it here")
        }
    }
}

/// A secret that is nearly right.
fn guess(secret: &str) -> String {
    let last = if secret.ends_with('A') { 'B' } else { 'A' };
    format!("{}{last}", &secret[..secret.len() - 1])
}

#[tokio::test]
async fn a_stranger_reaches_nothing_of_anyone_else_s_by_any_route_or_function() {
    let world = World::start().await;
    let victim = Victim::of(&world).await;
    let declared = routes()
        .declared
        .into_iter()
        .map(|route| (route.method, route.path, route.access));
    let functions = SERVER_FUNCTIONS
        .iter()
        .map(|(path, access)| ("POST", *path, *access));
    let before = victims_rows(&world).await;
    for (method, path, access) in declared.chain(functions) {
        if access == Access::Public {
            continue;
        }
        let nobody = world.shopper();
        let forger = world.shopper();
        forger.set_cookie(
            "__Host-rialto-session",
            &guess(&victim.shopper.cookies()["__Host-rialto-session"]),
        );
        let other = world.shopper();
        other.add(&world.variant("QUOTE").await, 1).await;
        let line = world.variant("QUOTE").await;
        other
            .post(&format!("/en-eu/cart/lines/{line}"), &[("remove", "1")])
            .await
            .expect(303);
        for stranger in [nobody, forger, other] {
            let answer = refusal(&stranger, &victim, method, path).await;
            let said = answer.text().to_lowercase();
            for secret in [
                "ada@example.com",
                "calle dei fabbri",
                "dogana vase",
                &victim.token.to_lowercase(),
            ] {
                assert!(
                    !said.contains(secret),
                    "{secret} at {method} {path}: {answer}"
                );
            }
        }
    }
    assert_eq!(
        victims_rows(&world).await,
        before,
        "nothing of the victim's changed"
    );
    assert_eq!(victim.shopper.bag().await["lines"][0]["quantity"], 2);
    world.server.assert_unbroken();
}

async fn victims_rows(world: &World) -> String {
    let rows = "SELECT (SELECT json_agg(o) FROM orders o)::text || (SELECT json_agg(l) FROM cart_line l
                WHERE l.customer_id = (SELECT customer_id FROM orders))::text
                || (SELECT json_agg(a) FROM payment_attempt a)::text || (SELECT count(*) FROM idempotency_key) || $1";
    world.one(rows, "").await
}

#[tokio::test]
async fn another_s_checkout_can_t_be_placed_though_its_id_and_key_are_known() {
    let world = World::start().await;
    let victim = Victim::of(&world).await;
    let thief = world.shopper();
    thief.add(&victim.variant, 1).await;
    let mut form = thief.checkout_as_ada().await.form;
    for field in ["checkout", "key"] {
        form.fill(field, victim.checkout.form.get(field).unwrap());
    }
    let before = world.snapshot().await;
    let refused = form.press(&thief, "action", "place").await.expect(409);
    refused.says("This checkout is closed");
    assert_eq!(world.snapshot().await, before);
    // The victim's own placement still goes through.
    victim.checkout.place(&victim.shopper).await;
}

#[test]
fn every_server_function_has_declared_access_and_every_declaration_a_function() {
    let registered: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| format!("{method} {path}"))
        .collect();
    let declared: BTreeSet<String> = SERVER_FUNCTIONS
        .iter()
        .map(|(path, _)| format!("POST {path}"))
        .collect();
    assert_eq!(registered, declared);
    assert_eq!(
        declared.len(),
        SERVER_FUNCTIONS.len(),
        "one is declared twice"
    );
}

#[tokio::test]
async fn functions_take_no_get_and_unknown_ones_are_not_there() {
    let world = World::start().await;
    let shopper = world.shopper();
    for (path, _) in SERVER_FUNCTIONS {
        shopper.get(path).await.expect(405);
        shopper
            .send(Method::PUT, path, &[], Some(b"{}".to_vec()))
            .await
            .expect(405);
    }
    for path in [
        "/api/cart/empty",
        "/api/",
        "/api/cart/read/",
        "/api/cart%2fread",
        "/api/../api/cart/none",
    ] {
        let answer = shopper.call(path, json!({ "storefront": "en-eu" })).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer}");
    }
    // A form's post to a function does not bounce back to where the Referer says.
    let headers = [
        ("accept", "text/html"),
        ("referer", "https://evil.example/"),
        ("content-type", "application/json"),
    ];
    let body = br#"{"storefront":"en-eu"}"#.to_vec();
    let answer = shopper
        .send(Method::POST, "/api/cart/read", &headers, Some(body))
        .await
        .expect(200);
    assert_eq!(answer.header("location"), "");
    for (method, path, status) in [
        (Method::GET, "/en-eu/cart/lines", 405),
        (Method::POST, "/en-eu/", 405),
        (Method::DELETE, "/en-eu/cart", 405),
        (Method::GET, "/webhooks/stripe", 405),
    ] {
        shopper
            .send(method, path, &[("sec-fetch-site", "same-origin")], None)
            .await
            .expect(status);
    }
}

#[tokio::test]
async fn a_change_that_another_site_asks_for_is_refused() {
    let world = World::start().await;
    let victim = Victim::of(&world).await;
    let host = world
        .server
        .origin
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let before = world.snapshot().await;
    let form = encoded(&[("variant", victim.variant.as_str()), ("quantity", "9")]);
    let call = json!({ "storefront": "en-eu", "command": { "command": uuid::Uuid::now_v7(), "change":
        { "kind": "add_line", "variant": victim.variant, "quantity": 9 } } });
    let elsewhere = "https://evil.example".to_owned();
    let own_subdomain = format!("http://shop.{host}");
    let lookalike = format!("http://{host}.evil.example");
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "nonsense")],
        vec![("origin", elsewhere.as_str())],
        vec![("origin", "null")],
        vec![("origin", own_subdomain.as_str())],
        vec![("origin", lookalike.as_str())],
        vec![
            ("origin", world.server.origin.as_str()),
            ("sec-fetch-site", "cross-site"),
        ],
    ] {
        for (path, body) in [
            ("/en-eu/cart/lines", form.clone()),
            ("/api/cart/change", call.to_string()),
        ] {
            let kind = if path.starts_with("/api") {
                "text/plain"
            } else {
                "application/x-www-form-urlencoded"
            };
            let mut all = headers.clone();
            all.push(("content-type", kind));
            let refused = victim
                .shopper
                .send(Method::POST, path, &all, Some(body.into_bytes()))
                .await
                .expect(403);
            assert!(refused.text().contains("another site"), "{refused}");
            assert_eq!(refused.header("cache-control"), "no-store");
        }
        let place = victim
            .shopper
            .send(
                Method::POST,
                "/en-eu/checkout",
                &headers,
                Some(b"action=place".to_vec()),
            )
            .await;
        assert_eq!(place.status, 403, "{headers:?}");
    }
    assert_eq!(world.snapshot().await, before);
    // The same from our own pages, in browsers old and new.
    for headers in [
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", world.server.origin.as_str())],
    ] {
        let mut all = headers.clone();
        all.push(("content-type", "application/x-www-form-urlencoded"));
        let body = Some(form.clone().into_bytes());
        victim
            .shopper
            .send(Method::POST, "/en-eu/cart/lines", &all, body)
            .await
            .expect(303);
    }
}

#[tokio::test]
async fn public_routes_say_what_they_are_for() {
    // A route that is declared public holds nothing personal: `policy` compares its bytes for two shoppers. Here: that the
    // list of public pages that it tries is whole.
    let tried = [
        "/{storefront}/",
        "/{storefront}/category/{slug}",
        "/{storefront}/brand/{slug}",
        "/{storefront}/collection/{slug}",
        "/{storefront}/product/{slug}",
        "/{storefront}/product/{slug}/reviews",
        "/{storefront}/product/{slug}/review",
        "/{storefront}/for-you",
        "/{storefront}/compare",
        "/{storefront}/pages/{slug}",
        "/{storefront}/offline",
        "/{storefront}/search",
        "/{storefront}/api/suggest",
        "/{storefront}/api/click",
    ];
    let public: Vec<&str> = routes()
        .declared
        .iter()
        .filter(|route| route.access == Access::Public)
        .map(|route| route.path)
        .collect();
    assert_eq!(public, tried);
}
