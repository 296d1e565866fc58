//! A row of products that go with something: only what can be bought is shown.

use domain::catalog::ProductCard;

/// The first of some products that can be bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub shown: Vec<ProductCard>,
    /// The slugs of those that are left out because they are sold out: once one of them is back, the row is another. What lies
    /// behind the last that is shown changes nothing, and is not among them.
    pub awaited: Vec<String>,
}

impl Row {
    /// At most `most` of these, in their order.
    pub fn of(cards: impl IntoIterator<Item = ProductCard>, most: usize) -> Self {
        let mut row = Self::default();
        for card in cards {
            if row.shown.len() == most {
                break;
            }
            if card.stock.is_available() {
                row.shown.push(card);
            } else {
                row.awaited.push(card.slug);
            }
        }
        row
    }
}
