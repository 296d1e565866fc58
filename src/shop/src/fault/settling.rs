//! Defects of settling.

use super::planted;
use domain::order::OrderState;
use domain::payment::AttemptState;
use domain::settlement::{Facts, Settlement};

/// Does not remember that an attempt was settled before.
pub fn forgetful(facts: Facts) -> Facts {
    if facts.attempt == AttemptState::Captured && planted("settled_twice") {
        return Facts {
            attempt: AttemptState::Pending,
            ..facts
        };
    }
    facts
}

/// Notes money for a cancelled order, and does nothing about it.
pub fn careless(facts: &Facts, decided: Settlement) -> Settlement {
    let is_late = facts.order == OrderState::Cancelled && decided.attempt == AttemptState::Captured;
    if is_late && planted("late_money_ignored") {
        return Settlement {
            order: OrderState::Cancelled,
            stock: None,
            news: None,
            ..decided
        };
    }
    decided
}
