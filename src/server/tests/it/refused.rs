//! What is refused before a page is known is a page all the same: the right status, words in the path's language, a way on,
//! and nothing that anybody keeps. A server function's caller gets JSON.

use crate::world::{Plan, World};
use reqwest::Method;
use serde_json::Value;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

/// Method, path, headers and body; the status, and words of the page in English and German.
type Case<'a> = (
    Method,
    &'a str,
    Vec<(&'a str, &'a str)>,
    &'a str,
    u16,
    &'a str,
    &'a str,
);

#[tokio::test]
async fn refusals_are_pages_in_the_paths_language() {
    let world = World::with(Plan {
        settings: vec![("RIALTO_MAX_BODY", "2000".to_owned())],
        without_webhooks: true,
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    let large = "a=".to_owned() + &"x".repeat(2_001);
    let cases: [Case; 5] = [
        (
            Method::POST,
            "cart/lines",
            vec![FORM, OURS],
            &large,
            413,
            "larger than any form of the shop",
            "größer als jedes Formular des Ladens",
        ),
        (
            Method::POST,
            "cart/lines",
            vec![("content-type", "application/json"), OURS],
            "{}",
            415,
            "not of the kind that this address reads",
            "nicht von der Art, die diese Adresse liest",
        ),
        (
            Method::POST,
            "checkout",
            vec![FORM, ("sec-fetch-site", "cross-site")],
            "action=place",
            403,
            "another site",
            "von einer anderen Website",
        ),
        (
            Method::GET,
            "category/a%00b",
            vec![],
            "",
            400,
            "NUL byte",
            "NUL-Byte",
        ),
        (
            Method::POST,
            "product/calle-mug",
            vec![FORM, OURS],
            "a=b",
            405,
            "takes no request of that kind",
            "nimmt solche Anfragen nicht an",
        ),
    ];
    for (method, path, headers, body, status, english, german) in cases {
        for (locale, words) in [("en", english), ("de", german)] {
            let body = (method == Method::POST).then(|| body.as_bytes().to_vec());
            let to = format!("/{locale}-eu/{path}");
            let answer = shopper.send(method.clone(), &to, &headers, body).await;
            let answer = answer.expect(status).says(words);
            assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            let text = answer.text();
            assert!(
                text.contains(&format!("<html lang=\"{locale}\">")),
                "{answer}"
            );
            assert!(
                text.contains(&format!("href=\"/{locale}-eu/\"")),
                "no way on: {answer}"
            );
        }
    }
    // Without a storefront in the path, the language that the browser asks for.
    let lost = shopper
        .get_with("/a%00b", &[("accept-language", "de-AT,de;q=0.9")])
        .await
        .expect(400);
    assert!(lost.text().contains("NUL-Byte"), "{lost}");
}

#[tokio::test]
async fn callers_of_server_functions_are_refused_in_json() {
    let world = World::with(Plan {
        settings: vec![("RIALTO_MAX_BODY", "2000".to_owned())],
        without_webhooks: true,
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    let code = |answer: &crate::browser::Answer| -> Value {
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{answer}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
        assert!(
            answer.json()["message"]
                .as_str()
                .is_some_and(|text| text.len() > 10),
            "{answer}"
        );
        answer.json()["code"].clone()
    };
    let large = shopper
        .call_raw("/api/cart/change", "x".repeat(2_001))
        .await
        .expect(413);
    assert_eq!(code(&large), "problem-too-large");
    let nowhere = shopper.call_raw("/api/no/such", "{}").await.expect(404);
    assert_eq!(code(&nowhere), "problem-not-found");
    let foreign = [
        ("content-type", "application/json"),
        ("sec-fetch-site", "cross-site"),
    ];
    let foreign = shopper
        .send(
            Method::POST,
            "/api/cart/change",
            &foreign,
            Some(b"{}".to_vec()),
        )
        .await
        .expect(403);
    assert_eq!(code(&foreign), "problem-other-site");
    let wrong = shopper.get("/api/cart/change").await.expect(405);
    assert_eq!(code(&wrong), "problem-wrong-method");
    // Programs read the status alone.
    let webhook = shopper
        .send(
            Method::POST,
            "/webhooks/stripe",
            &[],
            Some(vec![b'x'; 2_001]),
        )
        .await
        .expect(413);
    assert!(!webhook.text().contains("<html"), "{webhook}");
}
