//! What a checkout looks like now: worked out from its form, the cart and the market's tables.

use super::CheckoutError;
use crate::cart::CurrentCart;
use crate::market::delay;
use crate::{Broken, Failure, Shop, text};
use domain::cart::CartLine;
use domain::checkout::{
    CheckoutForm, CheckoutMessage, CheckoutState, CheckoutView, DeliveryChoice, Details, Field,
    FieldError, FieldProblem, Offered, RegionChoices,
};
use domain::pricing::{DeliveryOption, PricedLine, PricingError, Quote, Terms, quote};
use domain::{CheckoutId, Country, IdempotencyKey, Market, Money, Storefront, region};

/// What of a checkout's row never changes, and its version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    pub id: CheckoutId,
    pub version: i64,
    pub key: IdempotencyKey,
}

/// A checkout with what placing it needs.
pub(super) struct Seen {
    pub view: CheckoutView,
    /// The form, when it holds.
    pub details: Option<Details>,
    /// The delivery that the quote is of.
    pub delivery: Option<DeliveryOption>,
}

/// Works out a checkout. Too little stock is a message too.
///
/// # Errors
/// [`CheckoutError::TooLarge`].
pub(super) fn assemble(
    shop: &Shop,
    market: &Market,
    storefront: &Storefront,
    stored: &Stored,
    cart: &CurrentCart,
    mut form: CheckoutForm,
) -> Result<Seen, Failure<CheckoutError>> {
    let lines: Vec<CartLine> = cart.lines.iter().map(|line| line.line.clone()).collect();
    let priced: Vec<PricedLine> = lines.iter().map(CartLine::priced).collect();
    let regions = name_region(storefront, &mut form);
    let (terms, options) = terms(shop, market, storefront, cart, &form);
    let quoted = price(&priced, &terms)?;
    let delivery = options
        .iter()
        .map(|offered| choice(&priced, &terms, offered))
        .collect::<Result<Vec<_>, _>>()?;
    let payment_methods = payment_methods(shop, market, &quoted, &mut form);
    let parsed = form.parse(&market.countries, &options);
    let mut messages: Vec<CheckoutMessage> = sold_out(cart).collect();
    let is_taken = form.payment.is_empty() || payment_methods.contains(&form.payment);
    if !is_taken {
        messages.push(CheckoutMessage::Field(FieldError {
            field: Field::Payment,
            problem: FieldProblem::NotOffered,
        }));
    }
    let details = match parsed {
        Ok(details) => Some(details),
        Err(errors) => {
            messages.extend(errors.into_iter().map(CheckoutMessage::Field));
            None
        }
    };
    let state = if messages.is_empty() {
        CheckoutState::Ready
    } else {
        CheckoutState::Open
    };
    Ok(Seen {
        view: CheckoutView {
            id: stored.id,
            version: stored.version,
            state,
            form,
            lines,
            countries: market.countries.clone(),
            regions,
            delivery,
            quote: quoted,
            codes: cart.offers.codes.clone(),
            cards: cart.offers.cards.clone(),
            messages,
            key: stored.key,
            payment_methods,
        },
        details,
        delivery: terms.delivery,
    })
}

/// By what it can be paid, where there is a choice; where there is none, none was made.
fn payment_methods(
    shop: &Shop,
    market: &Market,
    quote: &Quote,
    form: &mut CheckoutForm,
) -> Vec<String> {
    let methods = shop.payments.methods(&market.code, quote.due());
    if methods.len() > 1 && !quote.due().is_zero() {
        return methods;
    }
    form.payment.clear();
    Vec::new()
}

/// What most shoppers of a market would fill in: its first country, its first delivery.
pub(super) fn likely_form(
    shop: &Shop,
    market: &Market,
    storefront: &Storefront,
    cart: &CurrentCart,
) -> CheckoutForm {
    let mut form = CheckoutForm {
        country: market
            .countries
            .first()
            .map(Country::to_string)
            .unwrap_or_default(),
        ..CheckoutForm::default()
    };
    let (_, options) = terms(shop, market, storefront, cart, &form);
    form.delivery = options
        .into_iter()
        .find(|offered| offered.pick_up.is_none())
        .map(|offered| offered.option.code)
        .unwrap_or_default();
    form
}

/// The terms of the form's destination. A country that is not delivered to is estimated as the first one, and offers no
/// delivery.
fn terms(
    shop: &Shop,
    market: &Market,
    storefront: &Storefront,
    cart: &CurrentCart,
    form: &CheckoutForm,
) -> (Terms, Vec<Offered>) {
    let typed = form.country.trim();
    let wanted = typed
        .parse::<Country>()
        .ok()
        .filter(|country| market.countries.contains(country));
    let (country, region) = match wanted {
        Some(country) => (country, form.region.as_str()),
        // The schema holds that every market has a country.
        None => (market.countries[0], ""),
    };
    let chosen = Some(form.delivery.as_str());
    let to = (country, region);
    let (mut terms, mut options) =
        shop.markets
            .terms(market, storefront.locale, to, chosen, cart.parcel());
    let wait = cart.wait(shop.clock.now().date());
    let offered = options.iter_mut().map(|offered| &mut offered.option);
    for delivery in offered.chain(&mut terms.delivery) {
        delay(delivery, wait);
    }
    cart.offers.apply_to(&mut terms);
    if wanted.is_none() && !typed.is_empty() {
        (terms, Vec::new())
    } else {
        (terms, options)
    }
}

/// The regions of the form's country; the one that was typed is written as its code, so that it is chosen among them.
fn name_region(storefront: &Storefront, form: &mut CheckoutForm) -> Option<RegionChoices> {
    let country = form.country.trim().parse::<Country>().ok()?;
    if let Some(region) = region::find(country, &form.region) {
        region.code.clone_into(&mut form.region);
    }
    text::regions(storefront.locale, country)
}

fn sold_out(cart: &CurrentCart) -> impl Iterator<Item = CheckoutMessage> {
    cart.lines.iter().filter_map(|line| {
        let available = line.available?;
        (available < i64::from(line.line.quantity.get())).then(|| CheckoutMessage::SoldOut {
            variant: line.line.variant,
            title: line.line.title.clone(),
            available: available.max(0),
        })
    })
}

fn choice(
    lines: &[PricedLine],
    terms: &Terms,
    offered: &Offered,
) -> Result<DeliveryChoice, Failure<CheckoutError>> {
    let terms = Terms {
        delivery: Some(offered.option.clone()),
        ..terms.clone()
    };
    let quoted = price(lines, &terms)?;
    Ok(DeliveryChoice {
        option: offered.option.clone(),
        pick_up: offered.pick_up.clone(),
        price: quoted.delivery.unwrap_or(Money::zero(terms.currency)),
    })
}

fn price(lines: &[PricedLine], terms: &Terms) -> Result<Quote, Failure<CheckoutError>> {
    quote(lines, terms).map_err(|error| match error {
        PricingError::Money(_) | PricingError::TooHeavy => {
            Failure::Refused(CheckoutError::TooLarge)
        }
        PricingError::BadTerms => Failure::Broken(Broken::Other(
            "a price or a rate is out of bounds".to_owned(),
        )),
    })
}
