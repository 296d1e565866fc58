//! What the bag's islands say, in the page's language.

use crate::frame::Frame;
use islands::cart::{CartTexts, Totals};

/// The texts of the bag's page.
pub fn cart(frame: &Frame) -> CartTexts {
    CartTexts {
        quantity: frame.say("cart-quantity-of"),
        less: frame.say("cart-less"),
        more: frame.say("cart-more"),
        update: frame.say("cart-update"),
        remove: frame.say("cart-remove"),
        few_left: frame.say("cart-few-left"),
        sold_out: frame.say("cart-sold-out"),
        summary: frame.say("cart-summary"),
        estimate: frame.say("cart-estimate"),
        checkout: frame.say("cart-checkout"),
        empty: frame.say("cart-empty"),
        go_on: frame.say("cart-go-on"),
        unreachable: frame.say("cart-unreachable"),
        totals: totals(frame),
    }
}

/// What stands beside a quote's sums.
pub fn totals(frame: &Frame) -> Totals {
    Totals {
        subtotal: frame.say("cart-subtotal"),
        discount: frame.say("cart-discount"),
        delivery: frame.say("cart-delivery"),
        free: frame.say("cart-free"),
        tax_included: frame.say("cart-tax-included"),
        tax_added: frame.say("cart-tax-added"),
        total: frame.say("cart-total"),
        missing: frame.say("cart-missing"),
    }
}
