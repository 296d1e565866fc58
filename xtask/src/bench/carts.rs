//! Carts and buying.

use super::{COLUMNS, Target, placing, rows};
use crate::stack::Stack;
use anyhow::Result;

/// Writes the part; its title.
pub(super) fn measure(
    shop: &Stack,
    target: &Target<'_>,
    report: &mut String,
) -> Result<&'static str> {
    report.push_str(
        "Of buying, the form's POST is timed, up to the redirect to the provider's page; its row's CPU includes the cart and the\n\
         checkout page before it, and the workers.\n\n",
    );
    report.push_str(COLUMNS);
    rows(target, "add to cart", "cart", report)?;
    rows(target, "buy: cart, checkout, order", "order", report)?;
    placing::measure(shop, target, report)?;
    Ok("Carts and orders")
}
