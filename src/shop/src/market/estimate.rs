//! What delivery would take and cost, before anyone gives an address.

use super::{Parcel, delay};
use crate::{Shop, text};
use domain::cart::{CartLine, CartView};
use domain::checkout::{Offered, RegionChoices};
use domain::pricing::{PricedLine, Terms, quote};
use domain::{Country, Money, Storefront, region};

/// Delivery of a bag to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Where the market delivers to.
    pub countries: Vec<Country>,
    pub country: Country,
    /// The region's code; empty when none was chosen.
    pub region: String,
    /// The regions of the country; None where addresses have none.
    pub regions: Option<RegionChoices>,
    /// In the shopkeeper's order; empty where nothing carries it.
    pub options: Vec<Estimated>,
}

/// A way of delivery with what the bag comes to by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimated {
    pub offered: Offered,
    pub price: Money,
    pub tax: Money,
    pub total: Money,
}

/// Estimates delivery of `cart` to a country and region as they were chosen; what the market does not deliver to is its first
/// country. None for an empty bag, an unknown storefront, or a bag that can't be priced.
pub fn estimate(
    shop: &Shop,
    storefront: &Storefront,
    cart: &CartView,
    country: &str,
    region: &str,
) -> Option<Estimate> {
    let market = shop.markets.find(storefront)?;
    let chosen = country.parse().ok();
    let country = chosen
        .filter(|country| market.countries.contains(country))
        .or_else(|| market.countries.first().copied())?;
    let region = region::find(country, region).map_or("", |region| region.code);
    let lines: Vec<PricedLine> = cart.lines.iter().map(CartLine::priced).collect();
    if lines.is_empty() {
        return None;
    }
    let weights = lines
        .iter()
        .map(|line| u64::from(line.weight_g) * u64::from(line.quantity));
    let parcel = Parcel {
        weight_g: weights.sum(),
        subtotal_minor: cart.quote.subtotal.minor,
    };
    let locale = storefront.locale;
    let to = (country, region);
    let (_, offered) = shop.markets.terms(&market, locale, to, None, parcel);
    // The bag's own delivery, to the market's first country, was told how long it waits for what is sent later.
    let home = (*market.countries.first()?, "");
    let (usual, _) = shop.markets.terms(&market, locale, home, None, parcel);
    let days = |terms: &Terms| terms.delivery.as_ref().map_or(0, |option| option.days.0);
    let wait = days(&cart.terms).saturating_sub(days(&usual));
    let mut options = Vec::with_capacity(offered.len());
    for mut offered in offered {
        delay(&mut offered.option, wait);
        let chosen = Some(offered.option.code.as_str());
        let (there, _) = shop.markets.terms(&market, locale, to, chosen, parcel);
        // Promotions as the bag has them; tax and delivery as they would be.
        let terms = Terms {
            tax: there.tax,
            delivery: Some(offered.option.clone()),
            ..cart.terms.clone()
        };
        let quoted = quote(&lines, &terms).ok()?;
        options.push(Estimated {
            price: quoted.delivery.unwrap_or(Money::zero(market.currency)),
            tax: quoted.tax,
            total: quoted.total,
            offered,
        });
    }
    Some(Estimate {
        countries: market.countries.clone(),
        country,
        region: region.to_owned(),
        regions: text::regions(locale, country),
        options,
    })
}
