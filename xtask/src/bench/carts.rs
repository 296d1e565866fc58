//! Carts and buying.

use super::load::{COLUMNS, rows};
use super::{Bench, gate, placing};
use anyhow::Result;

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let target = &bench.target;
    report.push_str(
        "Of buying, the form's POST is timed, up to the redirect to the provider's page; its row's CPU includes the cart and the\n\
         checkout page before it, and the workers.\n\n",
    );
    report.push_str(COLUMNS);
    rows(target, "add to cart", "cart", report)?;
    rows(target, "buy: cart, checkout, order", "order", report)?;
    let ratio = placing::measure(bench.shop, target, report)?;
    gate::put(report, &[ratio]);
    Ok("Carts and orders")
}
