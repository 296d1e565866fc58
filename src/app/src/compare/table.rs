//! A column for each product, a row for what can be said of any of them; rows in which they differ are marked.

use super::wanted::Wanted;
use crate::frame::Frame;
use crate::layout::{Loading, Picture, Price};
use crate::reviews::Rated;
use domain::catalog::StockState;
use leptos::prelude::*;
use shop::catalog::Compared;

/// How wide a column's picture is on the screen.
const SIZES: &str = "(min-width: 60rem) 16rem, 9rem";

/// What is said of one product in a row: as text, to be compared, and as it is shown when that is more.
struct Cell {
    text: String,
    shown: Option<AnyView>,
}

impl Cell {
    fn of(text: String) -> Self {
        Self { text, shown: None }
    }
}

/// Nothing where there is nothing to compare.
pub fn view(frame: &Frame, wanted: &Wanted, products: Vec<Compared>) -> Option<AnyView> {
    if products.is_empty() {
        return None;
    }
    let (rows, differ) = rows(frame, &products);
    let heads = products
        .into_iter()
        .map(|one| head(frame, wanted, one))
        .collect_view();
    let label = frame.say("compare-title");
    let legend = differ.then(|| view! { <p class="legend">{frame.say("compare-legend")}</p> });
    let view = view! {
        {legend}
        <div class="sideways" tabindex="0" role="region" aria-label=label>
            <table>
                <thead><tr><td></td>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Some(view.into_any())
}

fn head(frame: &Frame, wanted: &Wanted, one: Compared) -> AnyView {
    let card = one.card;
    let less = wanted.only(|slug| slug != card.slug).query();
    let less = format!("{}{less}", frame.links.compare());
    let label = frame.say_with(
        "compare-remove-label",
        &[("title", card.title.clone().into())],
    );
    let picture = card.picture.map(|mut picture| {
        // The name below it says the same.
        picture.alt.clear();
        view! { <Picture picture sizes=SIZES loading=Loading::Now /> }
    });
    view! {
        <th scope="col">
            <div class="tile">{picture}</div>
            <a class="title" href=frame.links.product(&card.slug)>{card.title}</a>
            <a class="link" href=less rel="nofollow" aria-label=label>{frame.say("compare-remove")}</a>
        </th>
    }
    .into_any()
}

/// The rows, and whether the products differ in any.
fn rows(frame: &Frame, products: &[Compared]) -> (AnyView, bool) {
    let each = |cell: &dyn Fn(&Compared) -> Cell| products.iter().map(cell).collect::<Vec<_>>();
    let text = |of: &dyn Fn(&Compared) -> String| each(&|one| Cell::of(of(one)));
    let mut rows = vec![
        (frame.say("compare-price"), each(&price)),
        (frame.say("compare-rating"), each(&rating)),
        (frame.say("compare-stock"), text(&|one| stock(frame, one))),
        (
            frame.say("compare-maker"),
            text(&|one| one.card.vendor.clone()),
        ),
    ];
    for name in names(products, |one| one.options.iter().map(|(name, _)| name)) {
        let values = |one: &Compared| {
            let known = one.options.iter().find(|(known, _)| *known == name);
            known.map_or_else(String::new, |(_, labels)| labels.join(", "))
        };
        let cells = text(&values);
        rows.push((name, cells));
    }
    for name in names(products, |one| one.facts.iter().map(|(name, _)| name)) {
        let value = |one: &Compared| {
            let known = one.facts.iter().find(|(known, _)| *known == name);
            known.map_or_else(String::new, |(_, value)| value.clone())
        };
        let cells = text(&value);
        rows.push((name, cells));
    }
    // What is said of none is no row.
    rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.text.is_empty()));
    let mut differ = false;
    let rows = rows
        .into_iter()
        .map(|(name, cells)| {
            let differs = cells.windows(2).any(|two| two[0].text != two[1].text);
            differ |= differs;
            row(frame, name, cells, differs)
        })
        .collect_view();
    (rows.into_any(), differ)
}

/// Every name once, as they come.
fn names<'a, I: Iterator<Item = &'a String>>(
    products: &'a [Compared],
    of: impl Fn(&'a Compared) -> I,
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in products.iter().flat_map(of) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

fn row(frame: &Frame, name: String, cells: Vec<Cell>, differs: bool) -> AnyView {
    let cells = cells
        .into_iter()
        .map(|cell| {
            let shown = match (cell.shown, cell.text.is_empty()) {
                (Some(shown), _) => shown,
                (None, false) => cell.text.into_any(),
                (None, true) => view! {
                    <span aria-hidden="true">"–"</span>
                    <span class="unseen">{frame.say("compare-none")}</span>
                }
                .into_any(),
            };
            view! { <td>{shown}</td> }
        })
        .collect_view();
    let mark = differs.then(|| {
        let text = format!(" ({})", frame.say("compare-differs"));
        view! { <span class="unseen">{text}</span> }
    });
    let class = if differs { "differs" } else { "" };
    view! { <tr class=class><th scope="row">{name}{mark}</th>{cells}</tr> }.into_any()
}

fn price(one: &Compared) -> Cell {
    let card = &one.card;
    let shown = view! { <Price price=card.price compare_at=card.compare_at from=card.from /> };
    Cell {
        text: format!("{} {}", card.price.minor, card.from),
        shown: Some(shown.into_any()),
    }
}

fn rating(one: &Compared) -> Cell {
    let Some(rating) = one.card.rating else {
        return Cell::of(String::new());
    };
    Cell {
        text: rating.tenths().to_string(),
        shown: Some(view! { <Rated rating /> }.into_any()),
    }
}

fn stock(frame: &Frame, one: &Compared) -> String {
    frame.say(match one.card.stock {
        StockState::SoldOut => "catalog-sold-out",
        StockState::FewLeft => "catalog-few-left",
        StockState::InStock => "catalog-in-stock",
    })
}
