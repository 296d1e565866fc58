//! What every page promises: no inline script or style, the content policy, cookies, caching, compression.

use crate::browser::{ADA, Answer, Shopper, order_number, tags};
use crate::world::World;
use std::io::Read;

/// Pages that are the same for everyone.
const PUBLIC: [(&str, u16); 18] = [
    ("/en-eu/", 200),
    ("/de-us/", 200),
    ("/en-eu/category/textiles", 200),
    ("/en-eu/category/textiles?sort=price-up", 200),
    ("/en-eu/product/calle-mug", 200),
    ("/de-eu/product/umlaut", 200),
    ("/en-eu/product/sold-out", 200),
    ("/en-eu/pages/about", 200),
    ("/en-eu/pages/delivery", 200),
    ("/en-eu/pages/returns", 200),
    ("/en-eu/offline", 200),
    ("/en-eu/product/never-was", 404),
    ("/en-eu/product/no-longer-made", 410),
    ("/en-eu/category/textiles?after=nonsense", 200),
    ("/en-eu/brand/fornace-zan", 200),
    ("/en-eu/compare?p=calle-mug&p=dogana-vase", 200),
    ("/en-eu/for-you?p=calle-mug", 200),
    ("/en-eu/for-you", 200),
];

/// Every page that there is, with a shopper in the middle of everything.
async fn all_pages(world: &World, shopper: &Shopper) -> Vec<Answer> {
    let mut pages = Vec::new();
    for (path, status) in PUBLIC {
        pages.push(shopper.get(path).await.expect(status));
    }
    pages.push(shopper.get("/en-eu/search?q=mug").await.expect(200));
    pages.push(shopper.get("/nowhere").await.expect(404));
    pages.push(shopper.get("/xx-yy/cart").await.expect(404));
    pages.push(shopper.get("/en-eu/wishlist").await.expect(200));
    pages.push(shopper.get("/en-eu/cart").await.expect(200));
    let mug = world.variant("MUG-LAGOON-350").await;
    shopper.add(&mug, 1).await;
    shopper.add(&world.variant("QUOTE").await, 1).await;
    pages.push(shopper.get("/en-eu/cart").await.expect(200));
    pages.push(
        shopper
            .post("/en-eu/cart/lines", &[("variant", &mug), ("quantity", "0")])
            .await
            .expect(422),
    );
    let mut checkout = shopper.checkout().await;
    // As text that would break out of an attribute, an element or a script.
    checkout.fill(&[
        ("name", "\"><script>alert(1)</script>"),
        ("line1", "</script><img src=x onerror=alert(1)>"),
    ]);
    pages.push(checkout.press(shopper).await.expect(422));
    checkout
        .fill(&ADA)
        .fill(&[("name", "<b onclick='x()'>Ada</b>")]);
    pages.push(shopper.get("/en-eu/checkout").await.expect(200));
    let paying = checkout.place(shopper).await;
    pages.push(
        shopper
            .post("/en-eu/checkout", &[("action", "place")])
            .await
            .expect(400),
    );
    let token = world
        .one(
            "SELECT token FROM orders WHERE email = $1",
            "ada@example.com",
        )
        .await;
    let number = world
        .one(
            "SELECT number FROM orders WHERE email = $1",
            "ada@example.com",
        )
        .await;
    let order = format!("/en-eu/orders/{number}/{token}");
    pages.push(shopper.get(&order).await.expect(200));
    pages.push(
        shopper
            .get(&format!("{order}/thank-you"))
            .await
            .expect(200)
            .says("Almost there."),
    );
    let thanks = shopper.pay_and_return(&paying).await;
    assert_eq!(order_number(&thanks.url), number);
    pages.push(thanks);
    pages.push(shopper.get(&order).await.expect(200));
    pages.push(
        shopper
            .get(&format!("/en-eu/orders/{number}/wrong"))
            .await
            .expect(404),
    );
    pages.push(shopper.get("/en-eu/checkout/return").await.expect(400));
    let wrong = format!("/en-eu/orders/{number}/wrong/pay");
    pages.push(shopper.post(&wrong, &[]).await.expect(404));
    pages.extend([checkout.page]);
    pages
}

#[tokio::test]
async fn no_page_has_an_inline_script_or_style() {
    let world = World::start().await;
    let shopper = world.shopper();
    let pages = all_pages(&world, &shopper).await;
    for page in &pages {
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "{page}"
        );
        let html = page.text();
        assert!(
            html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>"),
            "{page}"
        );
        let mut scripts = 0;
        for tag in tags(html) {
            let place = || format!("{tag:?} on {page}");
            assert!(
                tag.name != "style" && tag.name != "base" && tag.name != "iframe",
                "{}",
                place()
            );
            for (name, value) in &tag.attributes {
                assert!(
                    name != "style" && name != "nonce" && !name.starts_with("on"),
                    "{}",
                    place()
                );
                assert!(
                    !value.trim_start().to_lowercase().starts_with("javascript:"),
                    "{}",
                    place()
                );
            }
            if tag.name == "script" {
                scripts += 1;
                let src = tag.get("src").unwrap_or_default();
                assert!(
                    src.starts_with("/assets/boot.") && tag.after.is_empty(),
                    "{}",
                    place()
                );
            }
            if matches!(tag.name.as_str(), "link" | "script" | "img") {
                let url = tag
                    .get("href")
                    .or_else(|| tag.get("src"))
                    .unwrap_or_default();
                let is_ours = url.starts_with('/') || url.starts_with(&world.server.origin);
                assert!(is_ours, "a third party: {}", place());
            }
        }
        assert_eq!(scripts, 1, "{page}");
    }
    let typed = pages
        .iter()
        .filter(|page| page.text().contains("&lt;script&gt;alert(1)"))
        .count();
    assert!(typed > 0, "what was typed is shown again, escaped");
    world.server.assert_unbroken();
}

#[tokio::test]
async fn every_answer_has_the_policy_and_the_right_caching() {
    let world = World::start().await;
    let shopper = world.shopper();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: https:; \
         connect-src 'self'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
        world.simulator.origin
    );
    for page in all_pages(&world, &shopper).await {
        assert_eq!(page.header("content-security-policy"), policy, "{page}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(
            page.header("referrer-policy"),
            "strict-origin-when-cross-origin"
        );
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=()"));
        assert!(page.header("x-request-id").len() >= 8);
        let path = page
            .url
            .strip_prefix(&world.server.origin)
            .expect("our page");
        let is_public = PUBLIC
            .iter()
            .any(|(public, status)| *public == path && *status == 200);
        let is_public_error = PUBLIC
            .iter()
            .any(|(public, status)| *public == path && *status != 200);
        let wanted: &[&str] = match (is_public, is_public_error) {
            (true, _) => &["public, max-age=0, s-maxage=1, stale-while-revalidate=1"],
            (_, true) => &["no-cache", "no-store"],
            _ => &["no-store"],
        };
        assert!(
            wanted.contains(&page.header("cache-control")),
            "{}: {page}",
            page.header("cache-control")
        );
        assert!(
            !(is_public && page.headers.contains_key("set-cookie")),
            "{page}"
        );
    }
    for (path, caching) in [
        ("/api/cart/read", "no-store"),
        ("/api/product/stock", "no-store"),
        ("/api/none", "no-store"),
    ] {
        assert_eq!(
            shopper
                .call(path, serde_json::json!({}))
                .await
                .header("cache-control"),
            caching,
            "{path}"
        );
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            shopper.get(path).await.expect(200).header("cache-control"),
            "no-store",
            "{path}"
        );
    }
}

#[tokio::test]
async fn public_pages_are_the_same_bytes_for_everyone() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let stranger = world.shopper();
    for (path, status) in PUBLIC {
        let theirs = shopper.get(path).await.expect(status);
        let others = stranger.get(path).await.expect(status);
        assert_eq!(theirs.text(), others.text(), "{path}");
        let with_ads = if path.contains('?') {
            format!("{path}&utm_source=x")
        } else {
            format!("{path}?utm_source=x&fbclid=1")
        };
        let shared = stranger.get(&with_ads).await.expect(status);
        assert_eq!(shared.text(), others.text(), "{with_ads}");
        assert_eq!(shared.header("etag"), others.header("etag"), "{with_ads}");
        assert!(stranger.cookies().is_empty(), "{path} begins no session");
    }
    let two = stranger
        .get("/en-eu/category/textiles?after=&sort=price-up")
        .await;
    assert_eq!(
        two.text(),
        stranger
            .get("/en-eu/category/textiles?sort=price-up")
            .await
            .text()
    );
}

#[tokio::test]
async fn a_page_is_compressed_as_asked_and_not_sent_again_to_whoever_has_it() {
    let world = World::start().await;
    let shopper = world.shopper();
    let plain = shopper.get("/en-eu/product/calle-mug").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    let mut tags = std::collections::HashSet::from([plain.header("etag").to_owned()]);
    for (accepts, encoding) in [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", ""),
        ("deflate", ""),
    ] {
        let page = shopper
            .get_with("/en-eu/product/calle-mug", &[("accept-encoding", accepts)])
            .await
            .expect(200);
        assert_eq!(
            (page.header("content-encoding"), page.header("vary")),
            (encoding, "accept-encoding"),
            "{accepts}"
        );
        let mut text = String::new();
        match encoding {
            "br" => brotli::Decompressor::new(&page.body[..], 4096)
                .read_to_string(&mut text)
                .map(|_| ())
                .unwrap(),
            "gzip" => flate2::read::GzDecoder::new(&page.body[..])
                .read_to_string(&mut text)
                .map(|_| ())
                .unwrap(),
            _ => text.push_str(page.text()),
        }
        assert_eq!(text, plain.text(), "{accepts}");
        let tag = page.header("etag").to_owned();
        let headers = [
            ("accept-encoding", accepts),
            ("if-none-match", tag.as_str()),
        ];
        let known = shopper
            .get_with("/en-eu/product/calle-mug", &headers)
            .await
            .expect(304);
        assert!(known.body.is_empty());
        assert_eq!(known.header("etag"), tag);
        tags.insert(tag);
    }
    assert_eq!(tags.len(), 3, "each form of a page has a tag of its own");
    let other = [("if-none-match", "\"of another page\"")];
    shopper
        .get_with("/en-eu/product/calle-mug", &other)
        .await
        .expect(200);
}
