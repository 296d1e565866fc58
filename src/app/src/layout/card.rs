//! A product in a list, and the list.

use crate::frame::{Frame, frame};
use crate::layout::{Loading, Picture, Price};
use crate::reviews::Rated;
use domain::catalog::{ProductCard, StockState, Swatch};
use leptos::prelude::*;

/// How wide a card is on the screen.
const SIZES: &str = "(min-width: 60rem) 23vw, (min-width: 47.5rem) 31vw, 46vw";

/// Cards in columns. The first `in_sight` pictures are wanted at once.
#[component]
pub fn Grid(cards: Vec<ProductCard>, #[prop(optional)] in_sight: usize) -> impl IntoView {
    let frame = frame();
    let cards = cards
        .into_iter()
        .enumerate()
        .map(|(index, card)| {
            let loading = match index {
                0 if in_sight > 0 => Loading::First,
                index if index < in_sight => Loading::Now,
                _ => Loading::Later,
            };
            let html = frame.app.drawn().card(&frame, card, loading);
            view! { <li inner_html=html></li> }
        })
        .collect_view();
    view! { <ul class="grid">{cards}</ul> }
}

#[component]
pub fn Card(card: ProductCard, #[prop(optional)] loading: Loading) -> impl IntoView {
    let frame = frame();
    let href = frame.links.product(&card.slug);
    let class = if card.stock.is_available() {
        "card"
    } else {
        "card sold-out"
    };
    let tag = tag(&frame, &card);
    let picture = card.picture.map(|mut picture| {
        // The name beside it says the same.
        picture.alt.clear();
        view! { <Picture picture sizes=SIZES loading /> }
    });
    view! {
        <article class=class>
            <div class="tile">{picture}{tag}</div>
            <div class="row">
                <h3><a href=href>{card.title}</a></h3>
                <Price price=card.price compare_at=card.compare_at from=card.from />
            </div>
            <p class="meta">{card.subtitle}</p>
            {swatches(&frame, card.swatches)}
            {card.rating.map(|rating| view! { <Rated rating /> })}
        </article>
    }
}

/// The one thing worth saying over the picture: first that it is gone, last that it is new.
fn tag(frame: &Frame, card: &ProductCard) -> Option<AnyView> {
    let plain = |text: String| view! { <span class="tag">{text}</span> }.into_any();
    if card.stock == StockState::SoldOut {
        return Some(plain(frame.say("catalog-sold-out")));
    }
    let off = card
        .compare_at
        .map(|before| percent_off(card.price.minor, before.minor))
        .unwrap_or_default();
    if off > 0 {
        let text = frame.say_with("catalog-sale", &[("percent", off.into())]);
        return Some(view! { <span class="tag sale">{text}</span> }.into_any());
    }
    match card.stock {
        StockState::FewLeft => Some(plain(frame.say("catalog-few-left"))),
        _ if card.is_new => Some(plain(frame.say("catalog-new"))),
        _ => None,
    }
}

/// Whole percent that `price` is below `before`, rounded down: a sale is never told larger than it is.
fn percent_off(price: i64, before: i64) -> i64 {
    if before <= 0 || price >= before {
        0
    } else {
        (before - price).saturating_mul(100) / before
    }
}

fn swatches(frame: &Frame, swatches: Vec<Swatch>) -> Option<impl IntoView + use<>> {
    if swatches.len() < 2 {
        return None;
    }
    let names = swatches
        .iter()
        .map(|swatch| swatch.name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    let label = frame.say_with("catalog-colours", &[("names", names.into())]);
    let dots = swatches
        .into_iter()
        .map(|swatch| view! { <svg viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill=swatch.hex /></svg> })
        .collect_view();
    Some(view! { <div class="swatches" role="img" aria-label=label>{dots}</div> })
}

#[cfg(test)]
mod tests {
    use super::percent_off;

    #[test]
    fn a_sale_is_never_told_larger_than_it_is() {
        assert_eq!(percent_off(14_400, 18_000), 20);
        assert_eq!(percent_off(6_667, 10_000), 33);
        assert_eq!(percent_off(100, 100), 0);
        assert_eq!(percent_off(100, 0), 0);
    }
}
