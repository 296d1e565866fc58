//! The cart: commands that are one change each, whole answers, nothing lost.

mod commands;
mod copies;
mod long;
mod refusals;
mod tabs;

use domain::cart::{CartChange, CartError, CartView, Quantity};
use domain::{Storefront, VariantId};
use shop::customer::Session;
use shop::testing::TestShop;
use shop::{Failure, cart};

fn add(variant: VariantId, count: u32) -> CartChange {
    CartChange::AddLine {
        variant,
        quantity: quantity(count),
    }
}

fn set(variant: VariantId, count: u32) -> CartChange {
    CartChange::SetQuantity {
        variant,
        quantity: quantity(count),
    }
}

fn quantity(count: u32) -> Quantity {
    Quantity::new(count).expect("1 to 99")
}

/// A new command of that shopper in the euro market.
async fn change(
    shop: &TestShop,
    session: &Session,
    change: CartChange,
) -> Result<CartView, CartError> {
    change_in(shop, session, &shop.eu(), change).await
}

async fn change_in(
    shop: &TestShop,
    session: &Session,
    storefront: &Storefront,
    change: CartChange,
) -> Result<CartView, CartError> {
    let command = shop.command(change);
    let caller = shop.caller(session);
    cart::change(shop, &caller, session, storefront, command)
        .await
        .map_err(refusal)
}

async fn read(shop: &TestShop, session: &Session) -> CartView {
    cart::read(shop, Some(session), &shop.eu(), 0)
        .await
        .expect("the cart reads")
}

fn refusal(failure: Failure<CartError>) -> CartError {
    match failure {
        Failure::Refused(error) => error,
        Failure::Broken(error) => panic!("broken: {error}"),
    }
}

/// Variants and quantities, in the cart's order.
fn lines(cart: &CartView) -> Vec<(VariantId, u32)> {
    let line = |line: &domain::cart::CartLine| (line.variant, line.quantity.get());
    cart.lines.iter().map(line).collect()
}
