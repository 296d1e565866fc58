//! Which variant is meant: a value for each option, and what can be had with it.

use domain::Money;
use domain::catalog::{ProductOption, StockState, Variant};
use domain::id::{ProductId, VariantId};
use serde::{Deserialize, Serialize};

/// A product, as far as buying it goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Buyable {
    pub id: ProductId,
    pub title: String,
    pub options: Vec<ProductOption>,
    /// At least one.
    pub variants: Vec<Variant>,
}

impl Buyable {
    /// What is chosen at first: the first variant that can be had, or the first.
    pub fn first(&self) -> Option<&Variant> {
        self.variants
            .iter()
            .find(|variant| variant.stock.is_available())
            .or(self.variants.first())
    }

    /// The variant of these values.
    pub fn find(&self, chosen: &[String]) -> Option<&Variant> {
        self.variants
            .iter()
            .find(|variant| variant.options == chosen)
    }

    /// Whether `value` of option `at` can be had: with what else is chosen, or, when nothing is, at all.
    pub fn is_available(&self, at: usize, value: &str, others: Option<&[String]>) -> bool {
        self.variants.iter().any(|variant| {
            let fits = |(index, wanted): (usize, &String)| {
                index == at || variant.options.get(index) == Some(wanted)
            };
            variant.stock.is_available()
                && variant
                    .options
                    .get(at)
                    .is_some_and(|option| option == value)
                && others.is_none_or(|others| others.iter().enumerate().all(fits))
        })
    }

    pub fn is_sold_out(&self) -> bool {
        !self
            .variants
            .iter()
            .any(|variant| variant.stock.is_available())
    }

    /// Takes fresh stock states.
    pub fn restock(&mut self, states: &[(VariantId, StockState)]) {
        for variant in &mut self.variants {
            if let Some((_, state)) = states.iter().find(|(id, _)| *id == variant.id) {
                variant.stock = *state;
            }
        }
    }
}

/// The price of `quantity` of a variant; None past what money can be.
pub fn total(variant: &Variant, quantity: u32) -> Option<Money> {
    variant.price.times(i64::from(quantity)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Currency;
    use uuid::Uuid;

    fn mug() -> Buyable {
        let variant = |n: u128, glaze: &str, size: &str, stock| Variant {
            id: Uuid::from_u128(n).into(),
            sku: format!("MUG-{n}"),
            options: vec![glaze.to_owned(), size.to_owned()],
            price: Money::new(2_400, Currency::Eur),
            compare_at: None,
            stock,
            picture: None,
        };
        Buyable {
            id: Uuid::from_u128(9).into(),
            title: "Calle mug".to_owned(),
            options: Vec::new(),
            variants: vec![
                variant(1, "Lagoon", "350 ml", StockState::SoldOut),
                variant(2, "Lagoon", "240 ml", StockState::FewLeft),
                variant(3, "Sand", "350 ml", StockState::InStock),
            ],
        }
    }

    #[test]
    fn begins_with_a_variant_that_can_be_had() {
        assert_eq!(
            mug().first().map(|variant| variant.sku.clone()),
            Some("MUG-2".to_owned())
        );
    }

    #[test]
    fn a_value_is_available_only_with_what_else_is_chosen() {
        let chosen = ["Lagoon".to_owned(), "240 ml".to_owned()];
        assert!(mug().is_available(1, "350 ml", None));
        assert!(!mug().is_available(1, "350 ml", Some(&chosen)));
        assert!(mug().is_available(1, "240 ml", Some(&chosen)));
        assert!(
            !mug().is_available(0, "Sand", Some(&chosen)),
            "there is no small one in Sand"
        );
    }

    #[test]
    fn fresh_stock_replaces_what_the_page_said() {
        let mut mug = mug();
        let all_gone: Vec<_> = mug
            .variants
            .iter()
            .map(|variant| (variant.id, StockState::SoldOut))
            .collect();
        mug.restock(&all_gone);
        assert!(mug.is_sold_out());
    }
}
