//! What the bag's islands say, in the page's language.

use crate::frame::Frame;
use domain::promotion::CodeProblem;
use islands::cart::{CartTexts, CodeTexts, Totals};

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
        codes: codes(frame),
        totals: totals(frame),
    }
}

/// What stands at the codes.
pub fn codes(frame: &Frame) -> CodeTexts {
    CodeTexts {
        label: frame.say("promotion-code"),
        apply: frame.say("promotion-apply"),
        remove: frame.say("cart-remove"),
        card: frame.say("promotion-card"),
        store_credit: frame.say("promotion-store-credit"),
        malformed: frame.say("error-code-malformed"),
        not_yet: frame.say("error-code-not-yet"),
        ended: frame.say("error-code-ended"),
        used_up: frame.say("error-code-used-up"),
        used_before: frame.say("error-code-used-before"),
        not_here: frame.say("error-code-not-here"),
        not_for_you: frame.say("error-code-not-for-you"),
        missing: frame.say("promotion-missing"),
        missing_units: frame.say("promotion-missing-units"),
        missing_any: frame.say("promotion-missing-any"),
        missing_units_any: frame.say("promotion-missing-units-any"),
        no_lines: frame.say("promotion-no-lines"),
        not_together: frame.say("promotion-not-together"),
        nothing_left: frame.say("promotion-nothing-left"),
    }
}

/// The message that says why a code can't be used.
pub const fn problem(problem: CodeProblem) -> &'static str {
    match problem {
        CodeProblem::NotYet => "error-code-not-yet",
        CodeProblem::Ended => "error-code-ended",
        CodeProblem::UsedUp => "error-code-used-up",
        CodeProblem::UsedBefore => "error-code-used-before",
        CodeProblem::NotHere => "error-code-not-here",
        CodeProblem::NotForYou => "error-code-not-for-you",
    }
}

/// What stands beside a quote's sums.
pub fn totals(frame: &Frame) -> Totals {
    Totals {
        subtotal: frame.say("cart-subtotal"),
        credit: frame.say("promotion-credit"),
        due: frame.say("promotion-due"),
        delivery: frame.say("cart-delivery"),
        free: frame.say("cart-free"),
        tax_included: frame.say("cart-tax-included"),
        tax_added: frame.say("cart-tax-added"),
        total: frame.say("cart-total"),
        missing: frame.say("cart-missing"),
    }
}
