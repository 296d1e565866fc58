//! Stock: how much there is of a variant at a place, what is promised of it, and how more than that may be sold.

mod moved;

use crate::id::VariantId;
use serde::{Deserialize, Serialize};
use time::{Date, Weekday};

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

/// When what is bought now is sent, where that is later than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentLater {
    /// From that day on.
    From(Date),
    /// Once there is more; nobody knows the day.
    WhenBack,
}

impl SentLater {
    /// The working days (Monday to Friday) from `today` until it is sent, at most 255; 0 where the day is not known.
    pub fn wait(self, today: Date) -> u8 {
        let Self::From(sent) = self else { return 0 };
        let (mut day, mut days) = (today, 0_u8);
        while day < sent && days < u8::MAX {
            let Some(next) = day.next_day() else { break };
            day = next;
            let works = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            days += u8::from(works);
        }
        days
    }
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
    fn a_wait_is_counted_in_working_days() {
        use time::macros::date;
        // A Saturday.
        let today = date!(2026 - 11 - 21);
        let wait = |sent| SentLater::From(sent).wait(today);
        assert_eq!(wait(date!(2026 - 11 - 20)), 0, "it is past");
        assert_eq!(wait(today), 0);
        assert_eq!(wait(date!(2026 - 11 - 22)), 0, "a Sunday");
        assert_eq!(wait(date!(2026 - 11 - 23)), 1);
        assert_eq!(wait(date!(2026 - 11 - 30)), 6);
        assert_eq!(wait(date!(2040 - 01 - 01)), 255);
        assert_eq!(SentLater::WhenBack.wait(today), 0);
    }

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
