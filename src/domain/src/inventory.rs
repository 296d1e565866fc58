//! Stock: how much there is of a variant at a place, what is promised of it, and how more than that may be sold.

mod moved;

use crate::id::VariantId;
use serde::{Deserialize, Serialize};
use time::Date;

/// Units of a variant at a location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// On the shelf and not sold yet; below zero where more was sold than there was.
    pub on_hand: i64,
    /// Of those on hand: promised to orders that await payment, and to checkouts about to be placed.
    pub held: i64,
    /// Paid for.
    pub sold: i64,
}

/// How much of a variant may be sold ahead of the shelf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oversell {
    /// What lies on the shelf, and no more.
    #[default]
    Never,
    /// So many units beyond it.
    UpTo(i64),
    /// Without end.
    Always,
}

impl Figures {
    /// Units that can still be promised to somebody; None where there is no end to them.
    pub const fn room(self, oversell: Oversell) -> Option<i64> {
        let shelf = self.on_hand - self.held;
        match oversell {
            Oversell::Never => Some(shelf),
            Oversell::UpTo(beyond) => Some(shelf + beyond),
            Oversell::Always => None,
        }
    }
}

/// What is promised of units that do not lie on the shelf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// Nothing: the shelf is all there is, unless overselling is allowed silently.
    #[default]
    Shelf,
    /// Sold on while the shelf is empty; more is expected, on that day if it is known.
    Backorder { expected: Option<Date> },
    /// Not out yet: everything is sent from that day on.
    Preorder { from: Date },
}

/// How many of a variant a shopper may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub per_order: Option<u32>,
    /// Over all orders of a customer that stand.
    pub per_customer: Option<u32>,
}

/// What one of a bundle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub variant: VariantId,
    /// In one bundle, 1 to [`Component::MOST`].
    pub quantity: u32,
}

impl Component {
    pub const MOST: u32 = 999;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_the_shelf_less_what_is_held_and_what_may_be_sold_ahead() {
        let figures = Figures {
            on_hand: 5,
            held: 3,
            sold: 9,
        };
        assert_eq!(figures.room(Oversell::Never), Some(2));
        assert_eq!(figures.room(Oversell::UpTo(4)), Some(6));
        assert_eq!(figures.room(Oversell::Always), None);
        let behind = Figures {
            on_hand: -3,
            ..figures
        };
        assert_eq!(behind.room(Oversell::UpTo(4)), Some(-2));
    }
}
