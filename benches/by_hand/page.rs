//! The page itself, with the same words as the shop's.

use crate::frame::Frame;
use crate::read::{Card, Product, Variant};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use uuid::Uuid;

/// What a page takes; so that it is not copied while it grows.
const ROOM: usize = 32 * 1024;

/// Sizes of the first picture, of the others, and of those on cards.
const SIZES: [&str; 3] = [
    "(min-width: 47.5rem) 54vw, 92vw",
    "(min-width: 47.5rem) 27vw, 92vw",
    "(min-width: 60rem) 23vw, (min-width: 47.5rem) 31vw, 46vw",
];

/// Products that are compared at once.
const COMPARED: usize = 4;
const HEART: &str = "M12 20C6.5 16.2 3.5 13 3.5 9.4A4.4 4.4 0 0 1 12 7.6a4.4 4.4 0 0 1 8.5 1.8C20.5 13 17.5 16.2 12 20Z";

/// Text between tags or in an attribute.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + text.len() / 4);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter => safe.push(letter),
        }
    }
    Cow::Owned(safe)
}

/// `€30.01`; whole euros without cents.
fn euros(minor: i64) -> String {
    match minor % 100 {
        0 => format!("€{}", minor / 100),
        cents => format!("€{}.{cents:02}", minor / 100),
    }
}

pub fn render(frame: &Frame, product: &Product, beside: &[Arc<Card>]) -> String {
    let mut page = String::with_capacity(ROOM);
    let (slug, title) = (product.slug.as_str(), escaped(&product.title));
    let lead = escaped(&product.lead);
    // Writing into a text can't fail.
    let picture = product.pictures.first().map(|(src, _)| src.as_str());
    let _ = head(&mut page, frame, slug, &title, &lead, picture);
    frame.top(&mut page, slug);
    page.push_str("<main id=\"content\">");
    let _ = crumbs(&mut page, product, &title);
    page.push_str(
        "<article itemscope=\"\" itemtype=\"https://schema.org/Product\" class=\"look\">",
    );
    let _ = offers(&mut page, frame, product, &lead);
    let _ = gallery(&mut page, product, &title);
    let _ = buy(&mut page, product, &title, &lead);
    let _ = for_later(&mut page, slug, beside);
    let _ = folds(&mut page, &product.body_html);
    let _ = write!(
        page,
        "</div></article><section id=\"reviews\" class=\"section reviews\"><div class=\"section-head\"><h2>What people say</h2></div>\
         <div class=\"reviews-sum\"><p class=\"quiet\">Nobody has said anything yet. The first word is yours.</p>\
         <a href=\"/en-eu/product/{slug}/review\" rel=\"nofollow\" class=\"button plain\">Write a review</a></div></section>\
         <section class=\"section related\"><div class=\"section-head\"><h2>You may also like</h2></div><ul class=\"grid\">"
    );
    for other in beside {
        let _ = card(&mut page, other);
    }
    let _ = write!(
        page,
        "</ul></section><div hidden=\"\" data-viewed=\"/assets/viewed.js\" data-row=\"/en-eu/for-you\" data-slug=\"{slug}\"></div></main>"
    );
    frame.foot(&mut page, slug);
    page
}

type Written = std::fmt::Result;

fn head(
    page: &mut String,
    frame: &Frame,
    slug: &str,
    title: &str,
    lead: &str,
    picture: Option<&str>,
) -> Written {
    let origin = &frame.origin;
    write!(
        page,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\"><title>{title} · Rialto</title>\
         <meta name=\"description\" content=\"{lead}\"><link rel=\"canonical\" href=\"{origin}/en-eu/product/{slug}\">\
         <meta property=\"og:site_name\" content=\"Rialto\"><meta property=\"og:type\" content=\"product\">\
         <meta property=\"og:url\" content=\"{origin}/en-eu/product/{slug}\"><meta property=\"og:title\" content=\"{title}\">\
         <meta property=\"og:description\" content=\"{lead}\">"
    )?;
    if let Some(src) = picture {
        let stem = src.trim_end_matches(".jpg");
        write!(
            page,
            "<meta property=\"og:image\" content=\"{origin}{stem}-800.jpg\">"
        )?;
    }
    for (language, place) in [
        ("en", "en-eu"),
        ("de", "de-eu"),
        ("en-US", "en-us"),
        ("de-US", "de-us"),
    ] {
        write!(
            page,
            "<link rel=\"alternate\" hreflang=\"{language}\" href=\"{origin}/{place}/product/{slug}\">"
        )?;
    }
    page.push_str(
        "<link rel=\"preload\" href=\"/assets/fraunces.0000000000000000.woff2\" as=\"font\" type=\"font/woff2\" crossorigin>\
         <link rel=\"stylesheet\" href=\"/assets/rialto.0000000000000000.css\"><link rel=\"manifest\" href=\"/manifest.webmanifest\">\
         <link rel=\"icon\" href=\"/assets/favicon.0000000000000000.svg\" type=\"image/svg+xml\">\
         <link rel=\"apple-touch-icon\" href=\"/assets/apple-touch-icon.0000000000000000.png\">\
         <meta name=\"theme-color\" content=\"#faf7f2\" media=\"(prefers-color-scheme: light)\">\
         <meta name=\"theme-color\" content=\"#171512\" media=\"(prefers-color-scheme: dark)\">\
         <script type=\"module\" src=\"/assets/boot.0000000000000000.js\" data-js=\"/assets/rialto-browse.0000000000000000.js\" \
         data-wasm=\"/assets/rialto-browse.0000000000000000.wasm\"></script></head><body class=\"product\">",
    );
    Ok(())
}

fn crumbs(page: &mut String, product: &Product, title: &str) -> Written {
    const ITEM: &str =
        "<li itemprop=\"itemListElement\" itemscope=\"\" itemtype=\"https://schema.org/ListItem\"";
    page.push_str("<nav aria-label=\"Where you are\" class=\"crumbs\"><ol itemscope=\"\" itemtype=\"https://schema.org/BreadcrumbList\">");
    let home = std::iter::once(("/en-eu/".to_owned(), Cow::Borrowed("Home")));
    let trail = product
        .trail
        .iter()
        .map(|(slug, name)| (format!("/en-eu/category/{slug}"), escaped(name)));
    let mut position = 1;
    for (path, name) in home.chain(trail) {
        write!(
            page,
            "{ITEM}><a itemprop=\"item\" href=\"{path}\"><span itemprop=\"name\">{name}</span></a>\
             <meta itemprop=\"position\" content=\"{position}\"></li>"
        )?;
        position += 1;
    }
    write!(
        page,
        "{ITEM} aria-current=\"page\"><span itemprop=\"name\">{title}</span><meta itemprop=\"position\" content=\"{position}\"></li></ol></nav>"
    )
}

fn offers(page: &mut String, frame: &Frame, product: &Product, lead: &str) -> Written {
    let (origin, slug) = (&frame.origin, &product.slug);
    let picture = product.pictures.first().map_or("", |(src, _)| src.as_str());
    let stem = picture.trim_end_matches(".jpg");
    write!(
        page,
        "<div hidden=\"\"><meta itemprop=\"description\" content=\"{lead}\"><meta itemprop=\"image\" content=\"{origin}{stem}-800.jpg\">"
    )?;
    for variant in &product.variants {
        let stock = if is_there(variant) {
            "InStock"
        } else {
            "OutOfStock"
        };
        write!(
            page,
            "<span itemprop=\"offers\" itemscope=\"\" itemtype=\"https://schema.org/Offer\"><meta itemprop=\"price\" content=\"{}.{:02}\">\
             <meta itemprop=\"priceCurrency\" content=\"EUR\"><meta itemprop=\"availability\" content=\"https://schema.org/{stock}\">\
             <meta itemprop=\"url\" content=\"{origin}/en-eu/product/{slug}\"><meta itemprop=\"sku\" content=\"{}\"></span>",
            variant.price / 100,
            variant.price % 100,
            escaped(&variant.sku),
        )?;
    }
    page.push_str("</div>");
    Ok(())
}

fn is_there(variant: &Variant) -> bool {
    variant.available.is_none_or(|available| available > 0)
}

fn gallery(page: &mut String, product: &Product, title: &str) -> Written {
    write!(
        page,
        "<ul id=\"gallery\" tabindex=\"0\" aria-label=\"Pictures of {title}\" class=\"gallery\">"
    )?;
    for (at, (src, alt)) in product.pictures.iter().enumerate() {
        let first = if at == 0 { " data-first=\"\"" } else { "" };
        write!(page, "<li data-picture=\"{at}\"{first}>")?;
        picture(page, src, &escaped(alt), SIZES[at.min(1)], at == 0)?;
        page.push_str("</li>");
    }
    page.push_str("</ul>");
    Ok(())
}

fn picture(page: &mut String, src: &str, alt: &str, sizes: &str, is_first: bool) -> Written {
    let stem = src.trim_end_matches(".jpg");
    let when = if is_first {
        "fetchpriority=\"high\""
    } else {
        "loading=\"lazy\""
    };
    write!(
        page,
        "<picture><source type=\"image/avif\" srcset=\"{stem}-400.avif 400w, {stem}-800.avif 800w, {stem}-1200.avif 1200w\" sizes=\"{sizes}\">\
         <img src=\"{stem}-800.jpg\" srcset=\"{stem}-400.jpg 400w, {stem}-800.jpg 800w\" sizes=\"{sizes}\" alt=\"{alt}\" width=\"800\" \
         height=\"1000\" {when} decoding=\"async\"></picture>"
    )
}

/// What a script in the browser needs for choosing a variant.
#[derive(Serialize)]
struct Choice<'a> {
    id: Uuid,
    title: &'a str,
    options: Vec<Named<'a>>,
    variants: Vec<Chosen<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    label: &'a str,
    values: Vec<Value<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    name: &'a str,
    label: &'a str,
    hex: Option<&'a str>,
}

#[derive(Serialize)]
struct Chosen<'a> {
    id: Uuid,
    sku: &'a str,
    options: &'a [String],
    price: Price,
    compare_at: Option<Price>,
    stock: &'static str,
    picture: Option<usize>,
}

#[derive(Serialize)]
struct Price {
    minor: i64,
    currency: &'static str,
}

fn choice(product: &Product) -> Choice<'_> {
    let options = product.options.iter().enumerate().map(|(at, name)| {
        let mut values: Vec<Value<'_>> = Vec::new();
        for value in product
            .variants
            .iter()
            .filter_map(|variant| variant.options.get(at))
        {
            if values.iter().all(|known| known.name != value) {
                values.push(Value {
                    name: value,
                    label: value,
                    hex: product.swatches.get(value).map(String::as_str),
                });
            }
        }
        Named {
            name,
            label: name,
            values,
        }
    });
    let variants = product.variants.iter().map(|variant| Chosen {
        id: variant.id,
        sku: &variant.sku,
        options: &variant.options,
        price: Price {
            minor: variant.price,
            currency: "EUR",
        },
        compare_at: None,
        stock: if is_there(variant) {
            "in_stock"
        } else {
            "sold_out"
        },
        picture: None,
    });
    Choice {
        id: product.id,
        title: &product.title,
        options: options.collect(),
        variants: variants.collect(),
    }
}

/// The texts that the script shows, in JSON.
const TEXTS: &str = include_str!("texts.json");

fn buy(page: &mut String, product: &Product, title: &str, lead: &str) -> Written {
    let choice = choice(product);
    let vendor = escaped(&product.vendor);
    page.push_str("<div class=\"decide\">");
    match &product.brand {
        Some(brand) => write!(
            page,
            "<a href=\"/en-eu/brand/{brand}\" itemprop=\"brand\" class=\"eyebrow\">{vendor}</a>"
        )?,
        None => write!(page, "<p itemprop=\"brand\" class=\"eyebrow\">{vendor}</p>")?,
    }
    write!(page, "<h1 itemprop=\"name\">{title}</h1>")?;
    let props = serde_json::to_string(&choice).unwrap_or_default();
    write!(
        page,
        "<template data-props=\"[&quot;en-eu&quot;,{},{}]\"></template>",
        escaped(&props),
        escaped(TEXTS.trim()),
    )?;
    let Some(first) = product
        .variants
        .iter()
        .find(|variant| is_there(variant))
        .or(product.variants.first())
    else {
        return Ok(());
    };
    let price = format!("€{}.{:02}", first.price / 100, first.price % 100);
    write!(
        page,
        "<form method=\"post\" action=\"/en-eu/cart/lines\" class=\"buy\"><p class=\"price\"><span class=\"\">{price}</span></p>\
         <p class=\"lead\">{lead}</p><input type=\"hidden\" name=\"product\" value=\"{}\">",
        product.id,
    )?;
    for (at, option) in choice.options.iter().enumerate() {
        let chosen = first.options.get(at).map_or("", String::as_str);
        write!(
            page,
            "<fieldset><legend>{} <span>{}</span></legend><div class=\"choices\">",
            escaped(option.name),
            escaped(chosen)
        )?;
        for value in &option.values {
            let name = escaped(value.name);
            let checked = if value.name == chosen { " checked" } else { "" };
            let input = format!(
                "<input type=\"radio\" name=\"option{}\" value=\"{name}\"{checked}>",
                at + 1
            );
            match value.hex {
                Some(hex) => write!(
                    page,
                    "<label class=\"dot\">{input}<svg viewBox=\"0 0 32 32\" aria-hidden=\"true\"><circle cx=\"16\" cy=\"16\" r=\"15.5\" fill=\"{hex}\">\
                     </circle><line x1=\"5\" y1=\"27\" x2=\"27\" y2=\"5\"></line></svg><span class=\"unseen\">{name}</span><span class=\"unseen\"> </span></label>"
                )?,
                None => write!(
                    page,
                    "<label class=\"\">{input}<span class=\"\">{name}</span><span class=\"unseen\"> </span></label>"
                )?,
            }
        }
        page.push_str("</div></fieldset>");
    }
    let stock = match first.available {
        Some(..=0) => "Sold out",
        Some(1..=3) => "Few left",
        _ => "In stock",
    };
    write!(
        page,
        include_str!("buy.html"),
        price = price,
        stock = stock,
        title = title,
        chosen = escaped(&first.options.join(" · ")),
    )
}

/// The button that keeps it for later, and the way to it beside what is like it.
fn for_later(page: &mut String, slug: &str, beside: &[Arc<Card>]) -> Written {
    write!(
        page,
        "<div class=\"for-later\"><form method=\"post\" action=\"/en-eu/wishlist\" class=\"save\">\
         <input type=\"hidden\" name=\"product\" value=\"{slug}\"><button class=\"quiet\">\
         <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" class=\"icon\"><path d=\"{HEART}\"></path></svg>Save for later</button></form>\
         <a href=\"/en-eu/compare?p={slug}"
    )?;
    for other in beside.iter().take(COMPARED - 1) {
        write!(page, "&amp;p={}", other.slug)?;
    }
    let label = if beside.is_empty() {
        "Compare"
    } else {
        "Compare with similar ones"
    };
    write!(
        page,
        "\" rel=\"nofollow\" class=\"quiet\">{label}</a></div>"
    )
}

fn folds(page: &mut String, body: &str) -> Written {
    page.push_str("<div class=\"folds\">");
    let (before, headed) = body
        .split_once("<h3>")
        .map_or((body, None), |(before, rest)| (before, Some(rest)));
    if !before.trim().is_empty() {
        fold(page, "Details", before.trim())?;
    }
    for part in headed.into_iter().flat_map(|rest| rest.split("<h3>")) {
        let (title, html) = part.split_once("</h3>").unwrap_or(("", part));
        fold(page, title, html)?;
    }
    page.push_str("</div>");
    Ok(())
}

/// Both are HTML that was sanitised when it came in.
fn fold(page: &mut String, title: &str, html: &str) -> Written {
    write!(
        page,
        "<details class=\"fold\"><summary><span>{title}</span></summary><div>{html}</div></details>"
    )
}

fn card(page: &mut String, card: &Card) -> Written {
    page.push_str("<li><article class=\"card\"><div class=\"tile\">");
    if let Some(src) = &card.picture {
        picture(page, src, "", SIZES[2], false)?;
    }
    write!(
        page,
        "</div><div class=\"row\"><h3><a href=\"/en-eu/product/{}\">{}</a></h3><span class=\"price\">{}{}</span></div><p class=\"meta\">{}</p>",
        card.slug,
        escaped(&card.title),
        if card.varies { "from " } else { "" },
        euros(card.price),
        escaped(&card.subtitle),
    )?;
    if !card.swatches.is_empty() {
        let names: Vec<&str> = card
            .swatches
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        write!(
            page,
            "<div role=\"img\" aria-label=\"Colours: {}\" class=\"swatches\">",
            escaped(&names.join(", "))
        )?;
        for (_, colour) in &card.swatches {
            write!(
                page,
                "<svg viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"7.5\" fill=\"{colour}\"></circle></svg>"
            )?;
        }
        page.push_str("</div>");
    }
    page.push_str("</article></li>");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_prices_and_texts_as_the_shop_does() {
        assert_eq!(euros(3_100), "€31");
        assert_eq!(euros(3_005), "€30.05");
        assert_eq!(escaped("Bath & \"care\""), "Bath &amp; &quot;care&quot;");
    }

    #[test]
    fn splits_a_body_at_its_headings() {
        let mut page = String::new();
        folds(&mut page, "<p>Made.</p><h3>Care</h3><p>Wash.</p>")
            .expect("texts take what is written");
        let titles: Vec<_> = page
            .split("<span>")
            .skip(1)
            .filter_map(|rest| rest.split('<').next())
            .collect();
        assert_eq!(titles, ["Details", "Care"]);
        assert!(page.contains("<div><p>Wash.</p></div>"));
    }
}
