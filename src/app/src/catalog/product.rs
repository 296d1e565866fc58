//! A product's page.

use crate::catalog::folds::{Fold, folds};
use crate::compare::Beside;
use crate::error::moved;
use crate::frame::{Frame, frame};
use crate::layout::{Crumbs, Grid, Loading, Picture, delivery, largest};
use crate::page::{Page, PageResult};
use crate::recommend::ForYou;
use crate::reviews::{Said, Stars, average};
use crate::route::{At, answer};
use crate::state::App;
use crate::wish::Save;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::catalog::{self, Product, ProductCard, StockState};
use domain::format::{money, money_short};
use domain::inventory::SentLater;
use domain::link::Links;
use domain::review::Rating;
use http::Uri;
use islands::product::{BuyBox, BuyTexts, Buyable};
use leptos::prelude::*;

/// GET …/product/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    answer(&app, &at, &uri, load(&app, &at, &slug).await).await
}

async fn load(app: &App, at: &Storefront, slug: &str) -> PageResult {
    let product = shop::catalog::find_product(&app.shop, at, slug)
        .await
        .map_err(|failure| moved(failure, |slug| Links(at.clone()).product(slug)))?;
    let or = |text: &str, other: &str| {
        if text.is_empty() {
            other.to_owned()
        } else {
            text.to_owned()
        }
    };
    let title = or(&product.seo_title, &product.title);
    let description = or(&product.seo_description, &product.lead);
    let mut tags = vec![format!("product:{slug}"), shop::recommend::tag(slug)];
    // Not its category's tag, which every change of a product in there drops: a category's name, or where it lies, changes with
    // what stands around all pages.
    let beside = product.together.iter().chain(&product.related);
    let beside = beside.map(|card| &card.slug).chain(&product.awaited);
    tags.extend(beside.map(|slug| format!("product:{slug}")));
    let first = product.pictures.first().map(|picture| picture.src.clone());
    let page = Page::new("product", title, move || {
        content(&frame(), product).into_any()
    });
    Ok(page.description(description).tags(tags).picture(first))
}

fn content(frame: &Frame, product: Product) -> impl IntoView + use<> {
    let storefront = frame.storefront.clone();
    let later = later(frame, &product);
    let texts = texts(frame, &product.lead, &later);
    let buyable = Buyable {
        id: product.id,
        title: product.title.clone(),
        options: product.options,
        variants: product.variants,
    };
    let first = buyable
        .first()
        .and_then(|variant| variant.picture)
        .unwrap_or_default();
    let said = said(
        frame,
        &product.slug,
        &buyable,
        &product.pictures,
        &product.lead,
    );
    let maker = match &product.brand {
        Some(slug) => {
            let href = frame.links.brand(slug);
            view! { <a class="eyebrow" href=href itemprop="brand">{product.vendor.clone()}</a> }
                .into_any()
        }
        None => {
            view! { <p class="eyebrow" itemprop="brand">{product.vendor.clone()}</p> }.into_any()
        }
    };
    let steps = product
        .trail
        .iter()
        .map(|category| {
            (
                category.name.clone(),
                Some(frame.links.category(&category.slug)),
            )
        })
        .chain([(product.title.clone(), None)])
        .collect();
    let alike = product.related.iter();
    let alike = alike.map(|card| card.slug.clone()).collect();
    // What is said stands below, and belongs to the product for search engines.
    let beside = product.rating.is_some().then_some("reviews");
    view! {
        <Crumbs steps />
        <article class="look" itemscope="" itemtype="https://schema.org/Product" itemref=beside>
            {said}
            {gallery(frame, &product.title, product.pictures, first)}
            <div class="decide">
                {maker}
                <h1 itemprop="name">{product.title}</h1>
                {product.rating.map(|rating| rated(frame, rating))}
                <BuyBox storefront product=buyable texts />
                <div class="for-later"><Save slug=product.slug.clone() /><Beside slug=product.slug.clone() others=alike /></div>
                {some_later(later)}
                {details(frame, &product.body_html, product.facts)}
            </div>
        </article>
        <Said slug=product.slug.clone() rating=product.rating reviews=product.reviews />
        {row(frame, "catalog-together", product.together)}
        {row(frame, "catalog-related", product.related)}
        <ForYou slug=product.slug />
    }
}

/// Under the name: the stars, and the way to what is said.
fn rated(frame: &Frame, rating: Rating) -> impl IntoView + use<> {
    let words = [
        ("average", average(rating, frame.locale()).into()),
        ("count", rating.count.into()),
    ];
    let label = frame.say_with("reviews-rated", &words);
    let count = frame.say_with("reviews-count", &[("count", rating.count.into())]);
    let said = format!("{} · {count}", average(rating, frame.locale()));
    view! {
        <p class="rated">
            <a href="#reviews" aria-label=label><Stars tenths=rating.tenths() /><span>{said}</span></a>
        </p>
    }
}

/// All pictures; `first` is the chosen variant's. A strip to swipe on phones.
fn gallery(
    frame: &Frame,
    title: &str,
    pictures: Vec<catalog::Picture>,
    first: usize,
) -> impl IntoView + use<> {
    let items = pictures
        .into_iter()
        .enumerate()
        .map(|(index, picture)| {
            let is_first = (index == first).then_some("");
            let (loading, sizes) = if index == first {
                (Loading::First, "(min-width: 47.5rem) 54vw, 92vw")
            } else {
                (Loading::Later, "(min-width: 47.5rem) 27vw, 92vw")
            };
            view! {
                <li data-picture=index.to_string() data-first=is_first><Picture picture sizes loading /></li>
            }
        })
        .collect_view();
    let label = frame.say_with("catalog-gallery", &[("title", title.to_owned().into())]);
    view! { <ul class="gallery" id="gallery" tabindex="0" aria-label=label>{items}</ul> }
}

/// The body, folded at its headings.
fn details(frame: &Frame, body: &str, facts: Vec<(String, String)>) -> impl IntoView + use<> {
    let folds = folds(body, &frame.say("catalog-details"))
        .into_iter()
        .map(|Fold { title, html }| {
            view! {
                <details class="fold">
                    <summary><span inner_html=title></span></summary>
                    <div inner_html=html></div>
                </details>
            }
        })
        .collect_view();
    let facts = (!facts.is_empty()).then(|| {
        let each = facts
            .into_iter()
            .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
            .collect_view();
        view! {
            <details class="fold">
                <summary><span>{frame.say("catalog-facts")}</span></summary>
                <dl class="facts">{each}</dl>
            </details>
        }
    });
    view! { <div class="folds">{folds}{facts}</div> }
}

/// What search engines read of a product, and the page shows in other words or in an island (schema.org's Product and Offer).
fn said(
    frame: &Frame,
    slug: &str,
    product: &Buyable,
    pictures: &[catalog::Picture],
    lead: &str,
) -> AnyView {
    let origin = &frame.app.shop.public_url;
    let url = format!("{origin}{}", frame.links.product(slug));
    let picture = pictures.first().map(|picture| {
        let src = largest(&picture.src);
        let src = match src.strip_prefix('/') {
            Some(rest) => format!("{origin}/{rest}"),
            None => src,
        };
        view! { <meta itemprop="image" content=src /> }
    });
    let offers = product
        .variants
        .iter()
        .map(|variant| {
            let state = match variant.stock {
                StockState::SoldOut => "OutOfStock",
                StockState::FewLeft => "LimitedAvailability",
                StockState::InStock => "InStock",
            };
            let availability = format!("https://schema.org/{state}");
            let sku = (!variant.sku.is_empty())
                .then(|| view! { <meta itemprop="sku" content=variant.sku.clone() /> });
            view! {
                <span itemprop="offers" itemscope="" itemtype="https://schema.org/Offer">
                    <meta itemprop="price" content=variant.price.decimal() />
                    <meta itemprop="priceCurrency" content=variant.price.currency.to_string() />
                    <meta itemprop="availability" content=availability />
                    <meta itemprop="url" content=url.clone() />
                    {sku}
                </span>
            }
        })
        .collect_view();
    let lead = lead.to_owned();
    view! {
        <div hidden="">
            <meta itemprop="description" content=lead />
            {picture}
            {offers}
        </div>
    }
    .into_any()
}

/// Other products under a heading; nothing where there are none.
fn row(frame: &Frame, heading: &str, cards: Vec<ProductCard>) -> Option<impl IntoView + use<>> {
    (!cards.is_empty()).then(|| {
        view! {
            <section class="section related">
                <div class="section-head"><h2>{frame.say(heading)}</h2></div>
                <Grid cards />
            </section>
        }
    })
}

/// What of a product is sent later than usual.
enum Later {
    Nothing,
    /// All of it, then.
    All(String),
    /// Some variants: each with its name, and when.
    Some(Vec<String>),
}

fn later(frame: &Frame, product: &Product) -> Later {
    let today = frame.app.shop.clock.now().date();
    let say = |later| shop::text::sent_later(frame.locale(), later, today);
    match product.sent_later.as_slice() {
        [] => Later::Nothing,
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            first.map_or(Later::Nothing, |later| Later::All(capital(&say(later))))
        }
        each => {
            let named = |(variant, later): (&catalog::Variant, &Option<SentLater>)| {
                let name = name(&product.options, variant);
                later.map(|later| format!("{name}: {}", say(later)))
            };
            Later::Some(
                product
                    .variants
                    .iter()
                    .zip(each)
                    .filter_map(named)
                    .collect(),
            )
        }
    }
}

/// `Lagoon · 350 ml`, in the page's language.
fn name(options: &[catalog::ProductOption], variant: &catalog::Variant) -> String {
    let label = |(option, value): (&catalog::ProductOption, &String)| {
        let known = option.values.iter().find(|known| known.name == *value);
        known.map_or_else(|| value.clone(), |known| known.label.clone())
    };
    let labels: Vec<String> = options.iter().zip(&variant.options).map(label).collect();
    labels.join(" · ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Under the box, where it holds for some variants only: the box says the same of all.
fn some_later(later: Later) -> Option<impl IntoView> {
    let Later::Some(each) = later else {
        return None;
    };
    let each = each
        .into_iter()
        .map(|text| view! { <p>{text}</p> })
        .collect_view();
    Some(view! { <div class="notice">{each}</div> })
}

fn texts(frame: &Frame, lead: &str, later: &Later) -> BuyTexts {
    let estimate = delivery::estimate(frame);
    let (delivery_in, delivery_cost) = estimate.map_or_else(Default::default, |estimate| {
        let (from, to) = estimate.days;
        let days = frame.say_with(
            "catalog-delivery-in",
            &[("from", from.into()), ("to", to.into())],
        );
        let price = money(estimate.from, frame.locale()).into();
        let cost = match estimate.free_from {
            Some(free) => {
                let free = money_short(free, frame.locale()).into();
                frame.say_with(
                    "catalog-delivery-cost-free",
                    &[("price", price), ("free", free)],
                )
            }
            None => frame.say_with("catalog-delivery-cost", &[("price", price)]),
        };
        (days, cost)
    });
    let (in_stock, few_left, leaves) = match later {
        Later::Nothing => (
            frame.say("catalog-in-stock"),
            frame.say("catalog-few-left"),
            frame.say("catalog-leaves"),
        ),
        Later::All(when) => {
            let few = frame.say("catalog-few-left");
            (when.clone(), format!("{few} · {when}"), String::new())
        }
        // Which one is chosen is not known here.
        Later::Some(_) => (
            frame.say("catalog-to-order"),
            frame.say("catalog-few-left"),
            String::new(),
        ),
    };
    // The browser counts from today: of what is sent later, no day is said.
    let is_usual = matches!(later, Later::Nothing);
    let delivery_days = estimate.filter(|_| is_usual).map_or(0, |it| it.days.1);
    let delivery_in = match estimate.filter(|_| !is_usual) {
        Some(estimate) => {
            frame.say_with("catalog-delivery-after", &[("to", estimate.days.1.into())])
        }
        None => delivery_in,
    };
    BuyTexts {
        lead: lead.to_owned(),
        add: frame.say("catalog-add"),
        adding: frame.say("catalog-adding"),
        sold_out: frame.say("catalog-sold-out"),
        not_made: frame.say("catalog-not-made"),
        in_stock,
        few_left,
        leaves,
        quantity: frame.say("catalog-quantity"),
        less: frame.say("catalog-less"),
        more: frame.say("catalog-more"),
        delivery_in,
        delivery_by: frame.say("catalog-delivery-by"),
        delivery_days,
        delivery_cost,
        returns: frame.say("catalog-returns"),
        offline: frame.say("catalog-offline"),
    }
}
