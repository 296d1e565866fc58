//! A shopper's bag: one row with a version and lines, changed by commands that are each one change.
//!
//! PostgreSQL holds the cart; Redis holds copies of how it is shown ([`copy`]).

mod copy;
mod long;
mod sql;

use crate::customer::{self, Session};
use crate::market::{self, Parcel};
use crate::promotion::{self, Offers};
use crate::{Broken, Caller, Failure, Shop, inventory, text};
use domain::cart::{CartChange, CartCommand, CartError, CartLine, CartView, Quantity};
use domain::catalog::{Picture, StockState};
use domain::inventory::SentLater;
use domain::pricing::quote;
use domain::promotion::Code;
use domain::{
    Action, CartId, CommandId, CustomerId, Locale, Market, Money, Storefront, VariantId, may,
};
use sqlx::PgConnection;
use std::sync::Arc;
use time::Date;
use time::macros::format_description;

pub use copy::forget;
pub use long::LongCarts;
pub(crate) use sql::{CartRow, LineRow};

/// The highest price of one that can be put in a cart, in minor units. 300 lines of 99 stay far from overflowing.
const MOST_MINOR: i64 = 100_000_000_000;

/// A cart as the database has it now, for what must not trust a copy.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentCart {
    /// None while nothing was added.
    pub id: Option<CartId>,
    /// Grows with each change, over all carts of a customer in a market.
    pub version: i64,
    /// In the order they were added.
    pub lines: Vec<CurrentLine>,
    /// What it could have: rules, codes, gift cards.
    pub offers: Offers,
}

/// A line and how many can be bought.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentLine {
    pub line: CartLine,
    /// Units on hand that nobody holds, over all locations; None where stock does not limit it. 0 for what is no longer
    /// sold, or no longer in this market (its price is then zero).
    pub available: Option<i64>,
    /// When it is sent, where that is later than usual.
    pub sent_later: Option<SentLater>,
}

impl CurrentCart {
    /// The working days until all of it can be sent, besides those that delivery takes.
    pub fn wait(&self, today: Date) -> u8 {
        let waits = self.lines.iter().filter_map(|line| line.sent_later);
        waits.map(|later| later.wait(today)).max().unwrap_or(0)
    }

    /// The weight of all lines, in grams.
    pub fn weight_g(&self) -> u64 {
        let weight = |line: &CartLine| u64::from(line.weight_g) * u64::from(line.quantity.get());
        self.lines.iter().map(|line| weight(&line.line)).sum()
    }

    /// What there is to deliver.
    pub fn parcel(&self) -> Parcel {
        let worth = |line: &CartLine| {
            let count = i64::from(line.quantity.get());
            line.unit_price.minor.saturating_mul(count)
        };
        Parcel {
            weight_g: self.weight_g(),
            subtotal_minor: self
                .lines
                .iter()
                .map(|line| worth(&line.line))
                .fold(0, i64::saturating_add),
        }
    }
}

/// The cart of `session` in a storefront, priced with the delivery and tax of the market's first country. A copy is
/// enough unless it is older than `min_version`, the highest version the reader has seen. Without a session it is empty.
///
/// # Errors
/// [`CartError::NotSoldHere`] for an unknown storefront, [`CartError::TooLarge`].
pub async fn read(
    shop: &Shop,
    session: Option<&Session>,
    storefront: &Storefront,
    min_version: i64,
) -> Result<CartView, Failure<CartError>> {
    let market = find_market(shop, storefront)?;
    let Some(session) = session else {
        let nothing = CurrentCart {
            id: None,
            version: 0,
            lines: Vec::new(),
            offers: Offers::default(),
        };
        return view(shop, &market, storefront, nothing);
    };
    if let Some(copied) = copy::get(shop, session.customer, storefront, min_version).await {
        return Ok(copied);
    }
    let cart = current(shop, session.customer, storefront).await?;
    let shown = view(shop, &market, storefront, cart)?;
    copy::put(shop, session.customer, storefront, &shown).await;
    Ok(shown)
}

/// Applies `command` to the cart of `session` in a storefront, and returns the whole cart as it then is. A command that
/// was applied before changes nothing.
///
/// # Errors
/// [`CartError`]; nothing was changed then.
pub async fn change(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
    command: CartCommand,
) -> Result<CartView, Failure<CartError>> {
    let customer = session.customer;
    may(&caller.actor, Action::ChangeCart(customer))
        .map_err(|_| Failure::Refused(CartError::Denied))?;
    let market = find_market(shop, storefront)?;
    let now = shop.clock.now();
    let variant = command.change.variant();
    let print = shop.markets.print();
    let known = variant.and_then(|_| shop.long_carts.find(customer, storefront, print));
    let changed = sql::Change {
        customer,
        storefront,
        fresh_cart: CartId(shop.random.id(now)),
        command,
        known: known.as_ref().map(|known| (known.cart, known.version)),
        actor: &caller.actor,
        now,
    }
    .apply(&shop.db)
    .await?;
    match changed.outcome.as_str() {
        "changed" | "replayed" => {}
        "customer_merged" => {
            // The session was read from a copy made just before its customer was merged into another.
            customer::forget_session(shop, session).await;
            return Err(Failure::Refused(CartError::Denied));
        }
        refusal => return Err(refused(refusal)),
    }
    // What is partial is so on top of what was known.
    let known = known.filter(|_| changed.is_partial);
    let before = known.as_deref().zip(variant);
    let cart = current_cart(shop, &market, storefront, changed.now, before)?;
    if let Some(id) = cart.id {
        let now = (id, cart.version);
        let lines = &cart.lines;
        shop.long_carts
            .keep(customer, storefront, print, now, lines, known.as_deref());
    }
    let shown = view(shop, &market, storefront, cart)?;
    copy::put(shop, customer, storefront, &shown).await;
    Ok(shown)
}

/// The cart of `customer` in a storefront as the database has it now: fresh prices, fresh stock.
///
/// # Errors
/// [`CartError::NotSoldHere`] for an unknown storefront.
pub async fn current(
    shop: &Shop,
    customer: CustomerId,
    storefront: &Storefront,
) -> Result<CurrentCart, Failure<CartError>> {
    let mut db = shop.db.acquire().await?;
    current_within(shop, &mut db, customer, storefront).await
}

/// The same within a transaction.
///
/// # Errors
/// As [`current`].
pub async fn current_within(
    shop: &Shop,
    tx: &mut PgConnection,
    customer: CustomerId,
    storefront: &Storefront,
) -> Result<CurrentCart, Failure<CartError>> {
    let market = find_market(shop, storefront)?;
    let row = sql::open_cart(tx, customer, storefront, shop.clock.now()).await?;
    Ok(current_cart(shop, &market, storefront, row, None)?)
}

/// A cart that another statement read ([`CartRow`]).
///
/// # Errors
/// As [`current`].
pub(crate) fn of_row(
    shop: &Shop,
    storefront: &Storefront,
    row: CartRow,
) -> Result<CurrentCart, Failure<CartError>> {
    let market = find_market(shop, storefront)?;
    Ok(current_cart(shop, &market, storefront, row, None)?)
}

/// Takes codes off a cart because an order could not have them.
///
/// # Errors
/// As [`change`].
pub(crate) async fn drop_codes(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
    codes: Vec<Code>,
) -> Result<(), Failure<CartError>> {
    for code in codes {
        let command = CartCommand {
            command: CommandId(shop.random.id(shop.clock.now())),
            change: CartChange::RemoveCode { code },
        };
        change(shop, caller, session, storefront, command).await?;
    }
    Ok(())
}

fn find_market(shop: &Shop, storefront: &Storefront) -> Result<Arc<Market>, Failure<CartError>> {
    shop.markets
        .find(storefront)
        .ok_or(Failure::Refused(CartError::NotSoldHere))
}

fn refused(outcome: &str) -> Failure<CartError> {
    Failure::Refused(match outcome {
        "command_reused" => CartError::CommandReused,
        "unknown_variant" => CartError::UnknownVariant,
        "not_sold_here" => CartError::NotSoldHere,
        "sold_out" => CartError::SoldOut,
        "no_such_line" => CartError::NoSuchLine,
        "too_many_lines" => CartError::TooManyLines,
        "too_large" => CartError::TooLarge,
        "unknown_code" => CartError::UnknownCode,
        "empty_card" => CartError::EmptyCard,
        "foreign_card" => CartError::ForeignCard,
        "too_many_codes" => CartError::TooManyCodes,
        "too_many_tries" => CartError::TooManyTries,
        "nothing_to_use_it_on" => CartError::NothingToUseItOn,
        other if other.starts_with("code_") => match promotion::problem(&other[5..]) {
            Ok(problem) => CartError::Code(problem),
            Err(broken) => return Failure::Broken(broken),
        },
        other => return Failure::Broken(Broken::Other(format!("change_cart answered {other:?}"))),
    })
}

/// Prices a cart for its pages: delivery and tax as in the market's first country.
fn view(
    shop: &Shop,
    market: &Market,
    storefront: &Storefront,
    cart: CurrentCart,
) -> Result<CartView, Failure<CartError>> {
    let country = *market
        .countries
        .first()
        .ok_or_else(|| Broken::Other(format!("market {} has no country", market.code)))?;
    let parcel = cart.parcel();
    let to = (country, "");
    let (mut terms, _) = shop
        .markets
        .terms(market, storefront.locale, to, None, parcel);
    if let Some(delivery) = &mut terms.delivery {
        market::delay(delivery, cart.wait(shop.clock.now().date()));
    }
    cart.offers.apply_to(&mut terms);
    let lines: Vec<CartLine> = cart.lines.into_iter().map(|line| line.line).collect();
    let priced: Vec<_> = lines.iter().map(CartLine::priced).collect();
    let quote = quote(&priced, &terms).map_err(|error| Failure::Refused(CartError::from(error)))?;
    Ok(CartView {
        id: cart.id,
        version: cart.version,
        lines,
        codes: cart.offers.codes,
        cards: cart.offers.cards,
        terms,
        quote,
    })
}

/// `before`: the row has the line of that variant alone, the others are as they were.
fn current_cart(
    shop: &Shop,
    market: &Market,
    storefront: &Storefront,
    row: CartRow,
    before: Option<(&long::Kept, VariantId)>,
) -> Result<CurrentCart, Broken> {
    let (locale, today) = (storefront.locale, shop.clock.now().date());
    let said = |row: &LineRow| {
        let (names, values) = (&row.option_names, &row.option_values);
        shop.markets.options(locale, names, values)
    };
    let lines = row
        .lines
        .into_iter()
        .map(|row| current_line(market, locale, today, said(&row), row));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let lines = match before {
        Some((kept, variant)) => kept.with(variant, lines),
        None => lines,
    };
    let named: Vec<&CartLine> = lines.iter().map(|line| &line.line).collect();
    let offers = Offers::of(row.offers, market, storefront.locale, &named)?;
    Ok(CurrentCart {
        id: row.cart,
        version: row.version,
        lines,
        offers,
    })
}

fn current_line(
    market: &Market,
    locale: Locale,
    today: Date,
    mut options: String,
    row: LineRow,
) -> Result<CurrentLine, Broken> {
    let stored = |what: &str| Broken::Other(format!("variant {}: bad {what}", row.variant));
    let money = |minor| Money::new(minor, market.currency);
    let unit_price = money(row.amount_minor.unwrap_or_default());
    let day = |text: &str| Date::parse(text, format_description!("[year]-[month]-[day]"));
    let sent_on = row.sent_on.as_deref().map(day).transpose();
    let sent_later = inventory::sent_later(row.is_late, sent_on.map_err(|_| stored("day"))?);
    if let Some(later) = sent_later {
        if !options.is_empty() {
            options.push_str(" · ");
        }
        options.push_str(&text::sent_later(locale, later, today));
    }
    Ok(CurrentLine {
        sent_later,
        available: row.available,
        line: CartLine {
            variant: row.variant,
            quantity: Quantity::new(row.quantity).map_err(|_| stored("quantity"))?,
            weight_g: row.weight_g,
            tax_class: market::tax_class(&row.tax_class).ok_or_else(|| stored("tax class"))?,
            stock: row.available.map_or(StockState::InStock, StockState::of),
            unit_price,
            compare_at: row
                .compare_at_minor
                .map(money)
                .filter(|before| before.minor > unit_price.minor),
            picture: row.picture_src.map(|src| Picture {
                src,
                alt: row.picture_alt.unwrap_or_default(),
            }),
            sku: row.sku,
            product_slug: row.product_slug,
            title: row.title,
            options,
        },
    })
}
