//! What delivery takes and costs, before anyone has said where to: to the market's first country, by its first way.

use crate::frame::Frame;
use domain::Money;
use domain::checkout::Offered;

/// An estimate of delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Business days, at the earliest and at the latest.
    pub days: (u8, u8),
    /// The price of the lightest parcel.
    pub from: Money,
    /// The subtotal from which it is free.
    pub free_from: Option<Money>,
}

/// None where nothing is delivered.
pub fn estimate(frame: &Frame) -> Option<Estimate> {
    let markets = &frame.app.shop.markets;
    let market = markets.find(&frame.storefront)?;
    let country = *market.countries.first()?;
    let destination = markets.destination(&market, frame.locale(), country, "");
    let sent = |offered: &&Offered| offered.pick_up.is_none();
    let option = &destination.delivery.iter().find(sent)?.option;
    Some(Estimate {
        days: option.days,
        from: option.bands.first()?.price,
        free_from: option.free_from,
    })
}
