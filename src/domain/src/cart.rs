//! The cart: lines, a version, and commands that are each one change however often they arrive.

use crate::catalog::{Picture, StockState};
use crate::gift_card::{self, CartCard};
use crate::id::{CartId, CommandId, GiftCardId, VariantId};
use crate::money::Money;
use crate::pricing::{PricedLine, PricingError, Quote, TaxClass, Terms, quote};
use crate::promotion::{CartCode, Code, CodeProblem};
use serde::{Deserialize, Serialize};

/// How many of a variant: 1 to [`Quantity::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Quantity(u32);

impl Quantity {
    pub const MAX: u32 = 99;
    pub const ONE: Self = Self(1);

    /// # Errors
    /// [`CartError::QuantityOutOfRange`] for 0 and for more than [`Quantity::MAX`].
    pub const fn new(count: u32) -> Result<Self, CartError> {
        match count {
            1..=Self::MAX => Ok(Self(count)),
            _ => Err(CartError::QuantityOutOfRange),
        }
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Quantity {
    type Error = CartError;
    fn try_from(count: u32) -> Result<Self, CartError> {
        Self::new(count)
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

/// The most lines a cart may have.
pub const MAX_LINES: usize = 300;
/// The most codes a cart may have, and the most gift cards.
pub const MAX_CODES: usize = 5;

/// A change to a cart. `command` makes it one change, however often it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartCommand {
    pub command: CommandId,
    pub change: CartChange,
}

/// What a command changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CartChange {
    /// Adds to the line of that variant, or begins it. The sum stops at [`Quantity::MAX`].
    AddLine {
        variant: VariantId,
        quantity: Quantity,
    },
    /// Sets the quantity of a line that is there.
    SetQuantity {
        variant: VariantId,
        quantity: Quantity,
    },
    /// Removes a line; a line that is not there is fine.
    RemoveLine { variant: VariantId },
    /// Keeps the code of a promotion or a gift card on the cart; one that is there is fine.
    ApplyCode { code: Code },
    /// Takes a promotion's code off; one that is not there is fine.
    RemoveCode { code: Code },
    /// Takes a gift card off; one that is not there is fine.
    RemoveCard { card: GiftCardId },
}

impl CartChange {
    /// The line it is about; None for a change of codes.
    pub const fn variant(&self) -> Option<VariantId> {
        match self {
            Self::AddLine { variant, .. }
            | Self::SetQuantity { variant, .. }
            | Self::RemoveLine { variant } => Some(*variant),
            Self::ApplyCode { .. } | Self::RemoveCode { .. } | Self::RemoveCard { .. } => None,
        }
    }
}

/// A line, as pages and the browser see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    pub variant: VariantId,
    pub sku: String,
    pub product_slug: String,
    pub title: String,
    /// What it is of its kind, and when it is sent where that is later than usual, in words: `Lagoon · 350 ml`,
    /// `350 ml · ships from 3 December`; empty for a product without options.
    pub options: String,
    pub picture: Option<Picture>,
    pub unit_price: Money,
    pub compare_at: Option<Money>,
    pub quantity: Quantity,
    /// Grams of one.
    pub weight_g: u32,
    pub tax_class: TaxClass,
    pub stock: StockState,
}

/// A whole cart: what every command returns. The browser keeps the highest version it has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartView {
    /// None before the first line is added.
    pub id: Option<CartId>,
    /// Grows by one with each change; 0 for a cart that does not exist yet.
    pub version: i64,
    /// In the order they were added.
    pub lines: Vec<CartLine>,
    /// In the order of the alphabet.
    pub codes: Vec<CartCode>,
    /// In the order they are asked to pay.
    pub cards: Vec<CartCard>,
    /// The rules, delivery and tax that the server resolved for this cart.
    pub terms: Terms,
    pub quote: Quote,
}

impl CartView {
    /// How many things are in it.
    pub fn count(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity.get()).sum()
    }

    /// The cart as it will be after `change`, priced with the terms at hand; what the server will answer, to the cent.
    /// An added variant that has no line yet, and what a code is good for, can't be foreseen: the cart stays as it is.
    ///
    /// # Errors
    /// [`CartError`] as the server would answer.
    pub fn foresee(&self, change: &CartChange) -> Result<Self, CartError> {
        let mut next = self.clone();
        let position = |variant| next.lines.iter().position(|line| line.variant == variant);
        match *change {
            CartChange::AddLine { variant, quantity } => {
                if let Some(at) = position(variant) {
                    let sum = (next.lines[at].quantity.get() + quantity.get()).min(Quantity::MAX);
                    next.lines[at].quantity = Quantity::new(sum)?;
                }
            }
            CartChange::SetQuantity { variant, quantity } => {
                let at = position(variant).ok_or(CartError::NoSuchLine)?;
                next.lines[at].quantity = quantity;
            }
            CartChange::RemoveLine { variant } => next.lines.retain(|line| line.variant != variant),
            CartChange::ApplyCode { .. } => {}
            CartChange::RemoveCode { ref code } => {
                next.codes.retain(|kept| kept.code != *code);
                next.terms
                    .rules
                    .retain(|rule| rule.code.as_ref() != Some(code));
            }
            CartChange::RemoveCard { card } => {
                next.cards.retain(|kept| kept.id != card);
                next.terms.credit = gift_card::credit(&next.cards, next.terms.currency);
            }
        }
        next.quote = quote(&next.priced(), &next.terms)?;
        Ok(next)
    }

    /// The lines as the pricing function takes them.
    pub fn priced(&self) -> Vec<PricedLine> {
        self.lines.iter().map(CartLine::priced).collect()
    }
}

impl CartLine {
    pub fn priced(&self) -> PricedLine {
        PricedLine {
            variant: self.variant,
            quantity: self.quantity.get(),
            unit_price: self.unit_price,
            weight_g: self.weight_g,
            tax_class: self.tax_class,
        }
    }
}

/// Why a cart could not be changed. Nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CartError {
    #[error("choose between 1 and 99")]
    QuantityOutOfRange,
    #[error("no such product")]
    UnknownVariant,
    #[error("this is sold out")]
    SoldOut,
    #[error("not sold in this market")]
    NotSoldHere,
    #[error("that line is no longer in the bag")]
    NoSuchLine,
    #[error("the bag is full")]
    TooManyLines,
    #[error("the amount is too large")]
    TooLarge,
    #[error("a code is 3 to 32 letters and digits")]
    MalformedCode,
    #[error("no promotion or gift card has that code")]
    UnknownCode,
    #[error("that code can't be used")]
    Code(CodeProblem),
    #[error("that gift card is empty, or has run out")]
    EmptyCard,
    #[error("that gift card is of another currency")]
    ForeignCard,
    #[error("no more codes fit")]
    TooManyCodes,
    #[error("too many codes were tried; wait a while")]
    TooManyTries,
    #[error("there is nothing in the bag to use a code on")]
    NothingToUseItOn,
    #[error("that id was already used for another change")]
    CommandReused,
    #[error("that is not allowed")]
    Denied,
}

impl From<PricingError> for CartError {
    fn from(_: PricingError) -> Self {
        Self::TooLarge
    }
}

#[cfg(test)]
mod tests;
