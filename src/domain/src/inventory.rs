//! Stock: how much there is of a variant at a place, what is promised of it, and how more than that may be sold.

mod moved;

use serde::{Deserialize, Serialize};

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
