//! The golden carts, priced natively.

#[path = "../golden/cart.rs"]
mod golden;

use domain::Currency;
use domain::pricing::{RoundingMode, RoundingScope, TaxMode};
use std::collections::HashSet;

#[test]
fn golden_carts_come_out_as_worked_out_by_hand() {
    let mistakes: Vec<String> = golden::all()
        .iter()
        .filter_map(golden::Golden::mistake)
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn golden_carts_cover_what_differs_between_shops() {
    let carts = golden::all();
    assert!(carts.len() >= 32);
    let names: HashSet<&str> = carts.iter().map(|cart| cart.name.as_str()).collect();
    assert_eq!(names.len(), carts.len(), "two carts of one name");
    for currency in [
        Currency::Eur,
        Currency::Usd,
        Currency::Gbp,
        Currency::Chf,
        Currency::Jpy,
        Currency::Kwd,
    ] {
        assert!(carts.iter().any(|cart| cart.terms.currency == currency));
    }
    for mode in [TaxMode::Included, TaxMode::Added] {
        for scope in [RoundingScope::Line, RoundingScope::Order] {
            assert!(carts.iter().any(|cart| {
                cart.terms.tax.mode == mode && cart.terms.tax.rounding.scope == scope
            }));
        }
        for half in [RoundingMode::HalfUp, RoundingMode::HalfEven] {
            assert!(carts.iter().any(|cart| {
                cart.terms.tax.mode == mode && cart.terms.tax.rounding.mode == half
            }));
        }
    }
}

#[test]
fn a_wrong_golden_cart_is_noticed() {
    let mut cart = golden::all().swap_remove(0);
    assert_eq!(cart.mistake(), None);
    cart.expect.total += 1;
    assert!(cart.mistake().is_some());
}
