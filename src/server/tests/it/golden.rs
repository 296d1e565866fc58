//! The golden carts, whose totals were worked out by hand, bought: what the server says and what is charged are those totals.

#[path = "../../../domain/golden/cart.rs"]
mod carts;

use crate::browser::ADA;
use crate::world::{Plan, World};
use carts::Golden;
use domain::pricing::{RoundingMode, RoundingScope, TaxClass, TaxMode};
use serde_json::{Value, json};
use std::fmt::Write;
use uuid::Uuid;

/// The most that the shop sells one of for, in minor units (`shop::cart`).
const MOST_MINOR: i64 = 100_000_000_000;

/// What a market can express: no rules yet, and prices that can be put into a bag.
fn expressible() -> Vec<Golden> {
    let mut carts = carts::all();
    carts.retain(|cart| {
        let fits = cart
            .lines
            .iter()
            .all(|line| line.unit_price.minor <= MOST_MINOR && (1..=99).contains(&line.quantity));
        cart.terms.rules.is_empty() && !cart.lines.is_empty() && fits
    });
    carts
}

/// A market, a product for each line, tax rates and delivery of a country of its own.
fn rows(index: usize, cart: &Golden) -> String {
    let (market, country) = place(index, cart);
    let tax = &cart.terms.tax;
    let mode = match tax.mode {
        TaxMode::Included => "included",
        TaxMode::Added => "added",
    };
    let scope = match tax.rounding.scope {
        RoundingScope::Line => "line",
        RoundingScope::Order => "order",
    };
    let half = match tax.rounding.mode {
        RoundingMode::HalfUp => "half_up",
        RoundingMode::HalfEven => "half_even",
    };
    let mut sql = format!(
        "DELETE FROM tax_rate WHERE country = '{country}';
         INSERT INTO market VALUES ('{market}', '{}', '{mode}', '{scope}', '{half}', '{{en}}', '{{{country}}}', {});",
        cart.terms.currency.code(),
        100 + index
    );
    for rate in &tax.rates {
        let _ = write!(
            sql,
            "INSERT INTO tax_rate VALUES ('{country}', '', '{}', {});",
            class(rate.class),
            rate.ppm
        );
    }
    // In the tables a reduced rate that is missing is the standard one; in the terms it is none.
    if tax.rates.iter().all(|rate| rate.class != TaxClass::Reduced) {
        let _ = write!(
            sql,
            "INSERT INTO tax_rate VALUES ('{country}', '', 'reduced', 0);"
        );
    }
    if let Some(option) = &cart.terms.delivery {
        let id = Uuid::now_v7();
        let free = option
            .free_from
            .map_or("NULL".to_owned(), |free| free.minor.to_string());
        let _ = write!(
            sql,
            "INSERT INTO delivery_option VALUES ('{id}', '{market}', '{{{country}}}', '{}', '{{\"en\": \"Standard\"}}', 2, 4,
             {free}, '{}', 1);",
            option.code,
            class(option.tax_class)
        );
        for band in &option.bands {
            let _ = write!(
                sql,
                "INSERT INTO delivery_band VALUES ('{id}', {}, {});",
                band.up_to_g, band.price.minor
            );
        }
    }
    let product = Uuid::now_v7();
    let _ = write!(
        sql,
        "INSERT INTO product (id, slug, title, status, published_at, option_names, created_at, updated_at)
         VALUES ('{product}', '{market}', 'Golden {index}', 'active', now(), '{{Line}}', now(), now());"
    );
    for (at, line) in cart.lines.iter().enumerate() {
        let variant = Uuid::now_v7();
        let _ = write!(
            sql,
            "INSERT INTO variant (id, product_id, position, sku, option_values, weight_g, tax_class)
             VALUES ('{variant}', '{product}', {at}, '{}', '{{{at}}}', {}, '{}');
             INSERT INTO price (variant_id, market, amount_minor) VALUES ('{variant}', '{market}', {});",
            sku(index, at),
            line.weight_g,
            class(line.tax_class),
            line.unit_price.minor
        );
    }
    sql
}

fn class(class: TaxClass) -> &'static str {
    match class {
        TaxClass::Standard => "standard",
        TaxClass::Reduced => "reduced",
        TaxClass::Zero => "zero",
    }
}

/// A market's code and its country, which no other market here has: one that the checkout has a name for when something can be
/// delivered there.
fn place(index: usize, cart: &Golden) -> (String, String) {
    const NAMED: [&str; 11] = [
        "IT", "DE", "AT", "FR", "NL", "BE", "ES", "IE", "PT", "LU", "US",
    ];
    let country = if cart.terms.delivery.is_some() {
        let before = &expressible()[..index];
        NAMED[before
            .iter()
            .filter(|cart| cart.terms.delivery.is_some())
            .count()]
        .to_owned()
    } else {
        let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
        format!("{}{}", letter(16 + index / 26), letter(index))
    };
    (format!("g{index}"), country)
}

fn sku(index: usize, line: usize) -> String {
    format!("GOLDEN-{index}-{line}")
}

#[tokio::test]
async fn golden_carts_cost_on_the_server_what_was_worked_out_by_hand_and_that_is_charged() {
    let carts = expressible();
    assert!(carts.len() >= 30, "{} carts", carts.len());
    let prepare = carts
        .iter()
        .enumerate()
        .map(|(index, cart)| rows(index, cart))
        .collect();
    let world = World::with(Plan {
        prepare,
        ..Plan::default()
    })
    .await;
    let mut charged = 0;
    for (index, cart) in carts.iter().enumerate() {
        let (market, country) = place(index, cart);
        let storefront = format!("en-{market}");
        let shopper = world.shopper();
        let mut bag = Value::Null;
        for (at, line) in cart.lines.iter().enumerate() {
            let variant = world.variant(&sku(index, at)).await;
            let change =
                json!({ "kind": "add_line", "variant": variant, "quantity": line.quantity });
            bag = shopper
                .change(&storefront, &Uuid::now_v7().to_string(), change)
                .await
                .expect(200)
                .json();
        }
        let of = |name: &str| bag["quote"][name]["minor"].as_i64();
        let is = (
            of("subtotal"),
            of("discount"),
            of("delivery"),
            of("tax"),
            of("total"),
        );
        assert_eq!(cart.mistake(), None, "priced here");
        let expect = &cart.expect;
        let wanted = (
            Some(expect.subtotal),
            Some(expect.discount),
            expect.delivery,
            Some(expect.tax),
            Some(expect.total),
        );
        assert_eq!(is, wanted, "{}: {}", cart.name, cart.why);
        // Only what can be delivered can be ordered.
        if cart.terms.delivery.is_some() {
            let mut checkout = shopper.checkout_in(&storefront).await;
            checkout.fill(&ADA).fill(&[("country", &country)]);
            assert_eq!(checkout.total(), expect.total, "{}", cart.name);
            let paying = checkout.place(&shopper).await;
            shopper.pay(&paying).await;
            let captures = world.simulator.captures().await;
            charged += 1;
            assert_eq!(
                (captures.len(), captures.iter().rev().take(1).next()),
                (charged, Some(&expect.total)),
                "{}",
                cart.name
            );
        }
    }
    assert!(charged >= 8, "{charged} were ordered and charged");
    world.server.assert_unbroken();
}
