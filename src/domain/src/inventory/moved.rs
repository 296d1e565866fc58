//! What holding, selling and letting go do to stock.

use super::{Figures, Oversell};
use crate::settlement::Move;

impl Figures {
    /// Whether `units` could be promised, or sold without having been promised.
    pub fn can_give(self, oversell: Oversell, units: i64) -> bool {
        self.room(oversell).is_none_or(|room| room >= units)
    }

    /// The stock with `units` more of it promised; None where there are not so many.
    pub fn hold(self, oversell: Oversell, units: i64) -> Option<Self> {
        self.can_give(oversell, units).then_some(Self {
            held: self.held + units,
            ..self
        })
    }

    /// The stock after `what` happened to `units` of it.
    pub const fn moved(self, what: Move, units: i64) -> Self {
        let (on_hand, held, sold, _) = what.per_unit();
        Self {
            on_hand: self.on_hand + on_hand * units,
            held: self.held + held * units,
            sold: self.sold + sold * units,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELF: Figures = Figures {
        on_hand: 3,
        held: 1,
        sold: 5,
    };

    #[test]
    fn what_is_promised_is_not_promised_twice() {
        assert_eq!(SHELF.hold(Oversell::Never, 3), None);
        let held = SHELF.hold(Oversell::Never, 2).expect("two are free");
        assert_eq!((held.on_hand, held.held, held.sold), (3, 3, 5));
        assert!(!held.can_give(Oversell::Never, 1));
        assert!(held.can_give(Oversell::UpTo(1), 1) && !held.can_give(Oversell::UpTo(1), 2));
        let more = held.hold(Oversell::Always, 4).expect("there is no end");
        assert_eq!(more.held, 7);
    }

    #[test]
    fn stock_is_moved_and_never_made() {
        let table = [
            (Move::Sell, (1, -1, 7)),
            (Move::Release, (3, -1, 5)),
            (Move::SellLate, (1, 1, 7)),
        ];
        for (what, expected) in table {
            let after = SHELF.moved(what, 2);
            assert_eq!(
                (after.on_hand, after.held, after.sold),
                expected,
                "{what:?}"
            );
            assert_eq!(after.on_hand + after.sold, SHELF.on_hand + SHELF.sold);
        }
    }
}
