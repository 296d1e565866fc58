//! The document around a page: our own, with no inline script and no nonce, so that a cached copy stays valid under
//! `script-src 'self' 'wasm-unsafe-eval'`.

use crate::frame::Frame;
use crate::layout::{Shell, largest};
use crate::page::Page;
use hydration_context::{SharedContext, SsrSharedContext};
use leptos::prelude::*;
use std::fmt::Write;
use std::sync::Arc;

/// The document of `page`, whole.
pub fn render(page: Page, frame: Frame) -> String {
    let head = head(&page, &frame);
    let kind = page.kind;
    let shell = frame.app.shells();
    let Shell { before, after } = shell.shell(&frame, |frame| within(frame, Shell::render));
    let locale = frame.locale();
    let content = within(frame, || {
        let view = (page.view)();
        view! { <main id="content">{view}</main> }.to_html()
    });
    [
        "<!DOCTYPE html><html lang=\"",
        locale.code(),
        "\"><head>",
        &head,
        "</head><body class=\"",
        kind,
        "\">",
        &before,
        &content,
        &after,
        "</body></html>",
    ]
    .concat()
}

/// Renders what finds `frame`.
fn within<T>(frame: Frame, render: impl FnOnce() -> T) -> T {
    let context = SsrSharedContext::new_islands();
    // Nothing outside islands is hydrated: no ids, no serialised resources.
    context.set_is_hydrating(false);
    let owner = Owner::new_root(Some(Arc::new(context)));
    let rendered = owner.with(|| {
        provide_context(frame);
        render()
    });
    owner.cleanup();
    rendered
}

fn head(page: &Page, frame: &Frame) -> String {
    let mut head = String::with_capacity(2048);
    let title = escape(&page.title);
    let description = escape(&page.description);
    let asset = |path: &str| escape(frame.app.asset(path));
    let module = module(page.kind, frame);
    head.push_str("<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">");
    let _ = write!(head, "<title>{title} · Rialto</title>");
    if !description.is_empty() {
        let _ = write!(
            head,
            "<meta name=\"description\" content=\"{description}\">"
        );
    }
    if page.indexed {
        let origin = escape(&frame.app.shop.public_url);
        let path = escape(&frame.path);
        let _ = write!(head, "<link rel=\"canonical\" href=\"{origin}{path}\">");
        shared(&mut head, page, &format!("{origin}{path}"), &origin);
        for (storefront, _) in &frame.storefronts {
            let path = escape(&frame.links.elsewhere(&frame.path, storefront));
            let market = storefront.market.as_str();
            let region = if market == "us" { "-US" } else { "" };
            let _ = write!(
                head,
                "<link rel=\"alternate\" hreflang=\"{}{region}\" href=\"{origin}{path}\">",
                storefront.locale
            );
        }
    } else {
        head.push_str("<meta name=\"robots\" content=\"noindex\">");
    }
    let _ = write!(
        head,
        concat!(
            "<link rel=\"preload\" href=\"{font}\" as=\"font\" type=\"font/woff2\" crossorigin>",
            "<link rel=\"stylesheet\" href=\"{css}\">",
            "<link rel=\"manifest\" href=\"/manifest.webmanifest\">",
            "<link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">",
            "<link rel=\"apple-touch-icon\" href=\"{touch}\">",
            "<meta name=\"theme-color\" content=\"#faf7f2\" media=\"(prefers-color-scheme: light)\">",
            "<meta name=\"theme-color\" content=\"#171512\" media=\"(prefers-color-scheme: dark)\">",
            "<script type=\"module\" src=\"{boot}\" data-js=\"{js}\" data-wasm=\"{wasm}\"></script>",
        ),
        font = asset("/fonts/fraunces.woff2"),
        css = asset("/pkg/rialto.css"),
        icon = asset("/icons/favicon.svg"),
        touch = asset("/icons/apple-touch-icon.png"),
        boot = asset("/boot.js"),
        js = asset(&format!("{module}.js")),
        wasm = asset(&format!("{module}.wasm")),
    );
    if let Some(port) = frame.app.reload_port {
        let _ = write!(
            head,
            "<script type=\"module\" src=\"{}\" data-port=\"{port}\"></script>",
            asset("/reload.js")
        );
    }
    head
}

/// How other sites show a link to the page: the Open Graph protocol's properties, for `url`.
fn shared(head: &mut String, page: &Page, url: &str, origin: &str) {
    let picture = page.picture.as_deref().map(largest);
    let picture = picture.map(|src| match src.strip_prefix('/') {
        Some(rest) => format!("{origin}/{}", escape(rest)),
        None => escape(&src),
    });
    let kind = match page.kind {
        "product" => "product",
        _ => "website",
    };
    let said = [
        ("site_name", Some("Rialto".to_owned())),
        ("type", Some(kind.to_owned())),
        ("url", Some(url.to_owned())),
        ("title", Some(escape(&page.title))),
        ("description", Some(escape(&page.description))),
        ("image", picture),
    ];
    for (name, value) in said {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = write!(head, "<meta property=\"og:{name}\" content=\"{value}\">");
        }
    }
}

/// The module that a page loads. Most pages load a small one; it may be missing in development, where one is built for all.
fn module(kind: &str, frame: &Frame) -> &'static str {
    let is_till = matches!(kind, "cart" | "checkout" | "order");
    if is_till || !frame.app.assets.contains_key("/pkg/rialto-browse.wasm") {
        "/pkg/rialto"
    } else {
        "/pkg/rialto-browse"
    }
}

/// `text` safe inside an element or a double-quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}
