//! The site's files: named by their content, kept for ever; and the few that keep their names.

use crate::browser::tags;
use crate::world::World;
use std::io::Read;

#[tokio::test]
async fn assets_are_named_by_their_content_and_kept_for_ever() {
    let world = World::start().await;
    let shopper = world.shopper();
    let mut urls = Vec::new();
    // The till has a module of its own; the other pages share a smaller one.
    for (path, module) in [
        ("/en-eu/", "/assets/rialto-browse."),
        ("/en-eu/cart", "/assets/rialto."),
    ] {
        let page = shopper.get(path).await.expect(200);
        let named: Vec<String> = tags(page.text())
            .iter()
            .filter(|tag| matches!(tag.name.as_str(), "link" | "script"))
            .filter(|tag| !matches!(tag.get("rel"), Some("canonical" | "alternate" | "manifest")))
            .flat_map(|tag| {
                ["href", "src", "data-js", "data-wasm"].map(|name| tag.get(name).map(str::to_owned))
            })
            .flatten()
            .collect();
        let modules = named.iter().filter(|url| url.starts_with(module));
        assert!(modules.count() >= 2, "{module} on {path}: {named:?}");
        urls.extend(named);
    }
    urls.sort();
    urls.dedup();
    for url in &urls {
        let file = shopper.get(url).await.expect(200);
        assert_eq!(
            file.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{url}"
        );
        assert!(!file.body.is_empty(), "{url}");
    }
    let sheet = urls
        .iter()
        .find(|url| url.ends_with(".css"))
        .expect("a sheet");
    let sheet = shopper
        .get_with(sheet, &[("accept-encoding", "br")])
        .await
        .expect(200);
    assert_eq!(sheet.header("content-encoding"), "br");
    let mut text = String::new();
    brotli::Decompressor::new(&sheet.body[..], 4096)
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("url(/assets/fraunces."), "{text}");
    shopper
        .get("/assets/rialto.0000000000000000.js")
        .await
        .expect(404);
    shopper
        .get("/assets/..%2f..%2fetc%2fpasswd")
        .await
        .expect(404);
    shopper
        .get("/media/..%2f..%2f..%2fetc%2fpasswd")
        .await
        .expect(404);

    // The service worker knows its build and the hashed names.
    let worker = shopper.get("/sw.js").await.expect(200);
    assert_eq!(worker.header("cache-control"), "no-cache");
    assert!(
        !worker.text().contains("__BUILD__") && !worker.text().contains("__ASSETS__"),
        "{worker}"
    );
    assert!(worker.text().contains("/assets/rialto."), "{worker}");
    let manifest = shopper.get("/manifest.webmanifest").await.expect(200);
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    for icon in manifest.json()["icons"].as_array().expect("icons") {
        shopper.get(icon["src"].as_str().unwrap()).await.expect(200);
    }
    shopper.get("/robots.txt").await.expect(200);
    let map = shopper.get("/sitemap.xml").await.expect(200);
    assert!(
        map.text().contains("/en-eu/product/calle-mug</loc>") && !map.text().contains("not-yet"),
        "{map}"
    );
}

#[tokio::test]
async fn a_link_to_a_product_is_shown_with_its_picture_elsewhere() {
    let world = World::start().await;
    let shopper = world.shopper();
    let said = async |path: &str, name: &str| {
        let page = shopper.get(path).await.expect(200);
        let tags = tags(page.text());
        let tag = tags.iter().find(|tag| tag.get("property") == Some(name));
        tag.and_then(|tag| tag.get("content")).map(str::to_owned)
    };
    let mug = "/en-eu/product/calle-mug";
    assert_eq!(said(mug, "og:type").await.as_deref(), Some("product"));
    let url = said(mug, "og:url").await.expect("an address");
    let origin = url.strip_suffix(mug).expect("the page's own").to_owned();
    let picture = said(mug, "og:image").await.expect("a picture");
    assert!(
        picture.starts_with(&format!("{origin}/media/")),
        "{picture}"
    );
    assert_eq!(said("/en-eu/", "og:type").await.as_deref(), Some("website"));
    // Of a shopper's own pages nothing is shown elsewhere.
    assert_eq!(said("/en-eu/cart", "og:title").await, None);
}
