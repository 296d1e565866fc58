//! `rialto stock supply | bundle | limits`: how a variant is sold.

use crate::command::staff;
use clap::{Args, ValueEnum};
use domain::inventory::{Component, Limits, Oversell, Supply as Promised};
use shop::inventory::{self, Offer};
use shop::{Failure, Shop};
use time::Date;
use time::macros::format_description;

/// How far ahead a day may be promised.
const FURTHEST: time::Duration = time::Duration::days(3 * 366);

#[derive(Args)]
#[command(after_help = "Examples:
  rialto stock supply TEAPOT-INK preorder --on 2026-12-03 --up-to 200
  rialto stock supply TEAPOT-INK backorder --on 2026-12-03
  rialto stock supply TEAPOT-INK backorder --up-to 50
  rialto stock supply TEAPOT-INK shelf

The product's page, the bag, the checkout and the order say when it is sent.")]
pub struct Supply {
    /// The variant's SKU; its stock has to be tracked
    sku: String,
    /// What is promised of units that do not lie on the shelf
    kind: Kind,
    /// The day it is sent from (preorder), or expected back (backorder), such as 2026-12-03
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// How many may be sold beyond the shelf, at each location; without end if not given
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    up_to: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Nothing: what lies on the shelf is all there is
    Shelf,
    /// Sold on while the shelf is empty; more is expected
    Backorder,
    /// Not out yet: everything is sent from a day on
    Preorder,
}

#[derive(Args)]
#[command(after_help = "Examples:
  rialto stock bundle BREAKFAST CALLE-MUG=2 TEAPOT-INK=1
  rialto stock bundle BREAKFAST --none

A bundle's stock is that of its components. A component can't be a bundle itself.")]
pub struct Bundle {
    /// The SKU of the variant that is a bundle
    sku: String,
    /// What one of it is made of; in place of what it was made of before
    #[arg(value_name = "SKU=QUANTITY", required_unless_present = "none")]
    components: Vec<String>,
    /// It is no bundle any more
    #[arg(long, conflicts_with = "components")]
    none: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  rialto stock limits TEAPOT-INK --per-order 2 --per-customer 4
  rialto stock limits TEAPOT-INK --none

Both limits are set: the one that is not given is lifted.")]
pub struct Limit {
    /// The variant's SKU
    sku: String,
    /// How many of it an order may have
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..=1_000_000_000), required_unless_present_any = ["none", "per_customer"])]
    per_order: Option<u32>,
    /// How many of it a customer may have, over all orders that stand
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    per_customer: Option<u32>,
    /// No limits any more
    #[arg(long, conflicts_with_all = ["per_order", "per_customer"])]
    none: bool,
}

impl Supply {
    pub async fn run(self, shop: &Shop) -> Result<(), String> {
        let today = shop.clock.now().date();
        let on = self
            .on
            .as_deref()
            .map(|text| day(text, today))
            .transpose()?;
        let beyond = self.up_to.map_or(Oversell::Always, Oversell::UpTo);
        let (supply, beyond) = match (self.kind, on) {
            (Kind::Shelf, None) if self.up_to.is_none() => (Promised::Shelf, Oversell::Never),
            (Kind::Shelf, _) => {
                return Err(
                    "what is sold from the shelf has neither a day nor units beyond it: leave --on and --up-to out, or say backorder or preorder"
                        .to_owned(),
                );
            }
            (Kind::Backorder, expected) => (Promised::Backorder { expected }, beyond),
            (Kind::Preorder, Some(from)) => (Promised::Preorder { from }, beyond),
            (Kind::Preorder, None) => {
                return Err(format!(
                    "a pre-order is sent from a day on: give it, such as --on {}",
                    today.saturating_add(time::Duration::days(14))
                ));
            }
        };
        let caller = staff::caller("stock supply");
        let variant = inventory::find_sku(shop, &self.sku).await.map_err(said)?;
        inventory::set_supply(shop, &caller, variant, supply, beyond)
            .await
            .map_err(|failure| format!("{}: {}", self.sku, said(failure)))?;
        show(shop, &self.sku).await
    }
}

impl Bundle {
    pub async fn run(self, shop: &Shop) -> Result<(), String> {
        let bundle = inventory::find_sku(shop, &self.sku).await.map_err(said)?;
        let mut components = Vec::with_capacity(self.components.len());
        for text in &self.components {
            let (sku, quantity) = component(text)?;
            let variant = inventory::find_sku(shop, sku).await.map_err(said)?;
            components.push(Component { variant, quantity });
        }
        let caller = staff::caller("stock bundle");
        inventory::set_bundle(shop, &caller, bundle, &components)
            .await
            .map_err(|failure| format!("{}: {}", self.sku, said(failure)))?;
        show(shop, &self.sku).await
    }
}

impl Limit {
    pub async fn run(self, shop: &Shop) -> Result<(), String> {
        let limits = Limits {
            per_order: self.per_order,
            per_customer: self.per_customer,
        };
        let caller = staff::caller("stock limits");
        let variant = inventory::find_sku(shop, &self.sku).await.map_err(said)?;
        inventory::set_limits(shop, &caller, variant, limits)
            .await
            .map_err(said)?;
        show(shop, &self.sku).await
    }
}

/// Says how a variant is sold, where it is not just from the shelf.
pub async fn show(shop: &Shop, sku: &str) -> Result<(), String> {
    let offer = inventory::find_offer(shop, sku).await.map_err(said)?;
    for line in lines(sku, &offer) {
        println!("{line}");
    }
    Ok(())
}

fn lines(sku: &str, offer: &Offer) -> Vec<String> {
    let mut lines = vec![match offer.supply {
        Promised::Shelf => format!("{sku}: sold from the shelf"),
        Promised::Backorder { expected: None } => {
            format!("{sku}: sold on while the shelf is empty")
        }
        Promised::Backorder {
            expected: Some(day),
        } => format!("{sku}: sold on while the shelf is empty, expected on {day}"),
        Promised::Preorder { from } => format!("{sku}: a pre-order, sent from {from} on"),
    }];
    let limit = |most: Option<u32>, whose: &str| most.map(|most| format!("at most {most} {whose}"));
    lines.extend(limit(offer.limits.per_order, "in an order"));
    lines.extend(limit(offer.limits.per_customer, "for a customer"));
    if !offer.components.is_empty() {
        let each = offer.components.iter();
        let each: Vec<String> = each
            .map(|(sku, count)| format!("{count} × {sku}"))
            .collect();
        lines.push(format!("a bundle of {}", each.join(", ")));
    }
    if !offer.part_of.is_empty() {
        lines.push(format!("part of {}", offer.part_of.join(", ")));
    }
    lines
}

/// A day that can be promised.
fn day(text: &str, today: Date) -> Result<Date, String> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| format!("`{text}` is not a day of the calendar, such as 2026-12-03"))?;
    if day <= today {
        return Err(format!(
            "{day} has come already: today is {today}; promise a day after it"
        ));
    }
    if day > today.saturating_add(FURTHEST) {
        return Err(format!(
            "{day} is more than three years away; is the year right?"
        ));
    }
    Ok(day)
}

fn component(text: &str) -> Result<(&str, u32), String> {
    let read = || {
        let (sku, count) = text.rsplit_once('=')?;
        let count = count.parse().ok()?;
        (!sku.is_empty() && (1..=Component::MOST).contains(&count)).then_some((sku, count))
    };
    read().ok_or_else(|| {
        format!(
            "`{text}` is not a component: give its SKU and how many, 1 to 999, such as CALLE-MUG=2"
        )
    })
}

fn said(failure: Failure<inventory::InventoryError>) -> String {
    failure.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_day_lies_ahead_and_not_too_far() {
        let today = date!(2026 - 11 - 21);
        let read = |text| day(text, today);
        assert_eq!(read("2026-11-22"), Ok(date!(2026 - 11 - 22)));
        for (text, says) in [
            ("2026-02-30", "not a day"),
            ("3 December", "not a day"),
            ("2026-11-21", "has come"),
            ("2016-12-03", "has come"),
            ("2062-12-03", "three years"),
        ] {
            assert!(read(text).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn a_component_is_a_sku_and_a_number() {
        assert_eq!(component("CALLE-MUG=2"), Ok(("CALLE-MUG", 2)));
        assert_eq!(
            component("A=B=1"),
            Ok(("A=B", 1)),
            "a SKU may hold anything"
        );
        for text in [
            "CALLE-MUG",
            "CALLE-MUG=",
            "=2",
            "CALLE-MUG=0",
            "CALLE-MUG=1000",
            "CALLE-MUG=-1",
        ] {
            assert!(component(text).is_err(), "{text}");
        }
    }
}
