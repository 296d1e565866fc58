//! Gift cards and store credit: money that was paid before.

use crate::id::GiftCardId;
use crate::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// A gift card on a cart, or the store credit of its customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartCard {
    pub id: GiftCardId,
    /// The last four of its code; empty for store credit, which has none and can't be taken off the cart.
    pub ending: String,
    /// What it holds, whatever the cart needs of it.
    pub balance: Money,
}

/// What all of them hold together; None without any.
///
/// Cards of other currencies are not counted, and no sum exceeds what fits.
pub fn credit(cards: &[CartCard], currency: Currency) -> Option<Money> {
    let mut held = cards
        .iter()
        .filter(|card| card.balance.currency == currency)
        .map(|card| card.balance.minor.max(0))
        .peekable();
    held.peek()?;
    Some(Money::new(held.fold(0, i64::saturating_add), currency))
}

/// How `amount` is paid by `cards`: each gives all it has before the next is asked. What they lack is not in the answer.
pub fn split(cards: &[CartCard], amount: Money) -> Vec<(GiftCardId, Money)> {
    let mut left = amount.minor;
    let mut parts = Vec::new();
    for card in cards {
        let part = card.balance.minor.min(left);
        if card.balance.currency == amount.currency && part > 0 {
            left -= part;
            parts.push((card.id, Money::new(part, amount.currency)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn card(id: u128, minor: i64, currency: Currency) -> CartCard {
        CartCard {
            id: GiftCardId(Uuid::from_u128(id)),
            ending: "7K3M".to_owned(),
            balance: Money::new(minor, currency),
        }
    }

    #[test]
    fn cards_are_emptied_one_after_the_other() {
        let cards = [
            card(1, 1_000, Currency::Eur),
            card(2, 9_000, Currency::Usd),
            card(3, 0, Currency::Eur),
            card(4, 2_500, Currency::Eur),
        ];
        let of = |minor| {
            let parts = split(&cards, Money::new(minor, Currency::Eur));
            let part = |(id, part): (GiftCardId, Money)| (id.0.as_u128(), part.minor);
            parts.into_iter().map(part).collect::<Vec<_>>()
        };
        assert_eq!(of(0), []);
        assert_eq!(of(999), [(1, 999)]);
        assert_eq!(of(1_001), [(1, 1_000), (4, 1)]);
        assert_eq!(of(9_999), [(1, 1_000), (4, 2_500)]);
    }

    #[test]
    fn credit_is_what_cards_of_the_currency_hold() {
        let cards = [
            card(1, 1_000, Currency::Eur),
            card(2, i64::MAX, Currency::Eur),
            card(3, 5, Currency::Usd),
        ];
        let minor = |currency| credit(&cards, currency).map(|credit| credit.minor);
        assert_eq!(minor(Currency::Eur), Some(i64::MAX));
        assert_eq!(minor(Currency::Usd), Some(5));
        assert_eq!(minor(Currency::Jpy), None);
    }
}
