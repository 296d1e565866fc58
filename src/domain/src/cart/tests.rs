//! What a browser foresees of a cart, and the bounds of a quantity.

use super::*;
use crate::money::Currency;
use crate::pricing::{
    DeliveryOption, Effect, Rounding, RoundingMode, RoundingScope, Rule, TaxMode, TaxRate,
    TaxTerms, WeightBand,
};
use uuid::Uuid;

const MUG: VariantId = VariantId(Uuid::from_u128(1));
const BOOK: VariantId = VariantId(Uuid::from_u128(2));
const ABSENT: VariantId = VariantId(Uuid::from_u128(3));

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::Eur)
}

fn line(variant: VariantId, price: i64, count: u32) -> CartLine {
    CartLine {
        variant,
        sku: "SKU".to_owned(),
        product_slug: "slug".to_owned(),
        title: "Title".to_owned(),
        options: String::new(),
        picture: None,
        unit_price: eur(price),
        compare_at: None,
        quantity: Quantity::new(count).unwrap(),
        weight_g: 350,
        tax_class: TaxClass::Standard,
        stock: StockState::InStock,
    }
}

/// Two mugs and a book, 10 % off, delivered for 4.90 up to 40 kg or free from 100.00.
fn cart() -> CartView {
    let terms = Terms {
        currency: Currency::Eur,
        tax: TaxTerms {
            mode: TaxMode::Included,
            rounding: Rounding {
                scope: RoundingScope::Line,
                mode: RoundingMode::HalfUp,
            },
            rates: vec![TaxRate {
                class: TaxClass::Standard,
                ppm: 220_000,
            }],
        },
        rules: vec![Rule::new(
            "Ten",
            Effect::Percent {
                basis_points: 1_000,
            },
        )],
        credit: None,
        delivery: Some(DeliveryOption {
            code: "standard".to_owned(),
            name: "Standard".to_owned(),
            days: (2, 4),
            bands: vec![WeightBand {
                up_to_g: 40_000,
                price: eur(490),
            }],
            free_from: Some(eur(10_000)),
            tax_class: TaxClass::Standard,
        }),
    };
    let lines = vec![line(MUG, 2_400, 2), line(BOOK, 1_290, 1)];
    let priced: Vec<PricedLine> = lines.iter().map(CartLine::priced).collect();
    let quote = quote(&priced, &terms).unwrap();
    CartView {
        id: Some(CartId(Uuid::from_u128(4))),
        version: 7,
        lines,
        codes: Vec::new(),
        cards: Vec::new(),
        terms,
        quote,
    }
}

fn quantity(count: u32) -> Quantity {
    Quantity::new(count).unwrap()
}

/// The cart with exactly these lines, priced anew.
fn with(lines: Vec<CartLine>) -> CartView {
    let mut cart = cart();
    cart.lines = lines;
    cart.quote = quote(&cart.priced(), &cart.terms).unwrap();
    cart
}

#[test]
fn a_set_quantity_is_foreseen_to_the_cent() {
    let change = CartChange::SetQuantity {
        variant: MUG,
        quantity: quantity(3),
    };
    let foreseen = cart().foresee(&change).unwrap();
    assert_eq!(
        foreseen,
        with(vec![line(MUG, 2_400, 3), line(BOOK, 1_290, 1)])
    );
    // 7200 + 1290 = 8490, less 720 and 129, and 490.
    assert_eq!(foreseen.quote.total, eur(8_131));
    assert_eq!(foreseen.count(), 4);
    assert_eq!(foreseen.version, 7);
}

#[test]
fn an_added_quantity_is_foreseen_and_stops_at_the_most() {
    let add = |count| CartChange::AddLine {
        variant: BOOK,
        quantity: quantity(count),
    };
    assert_eq!(
        cart().foresee(&add(4)),
        Ok(with(vec![line(MUG, 2_400, 2), line(BOOK, 1_290, 5)]))
    );
    assert_eq!(
        cart().foresee(&add(99)),
        Ok(with(vec![line(MUG, 2_400, 2), line(BOOK, 1_290, 99)]))
    );
}

#[test]
fn a_removed_line_is_foreseen_down_to_an_empty_cart() {
    let remove = |variant| CartChange::RemoveLine { variant };
    let one = cart().foresee(&remove(MUG)).unwrap();
    assert_eq!(one, with(vec![line(BOOK, 1_290, 1)]));
    let none = one.foresee(&remove(BOOK)).unwrap();
    assert_eq!(none, with(Vec::new()));
    assert_eq!((none.count(), none.quote.total), (0, eur(0)));
    assert_eq!(none.quote.delivery, None);
}

#[test]
fn a_line_that_is_not_there() {
    let change = CartChange::AddLine {
        variant: ABSENT,
        quantity: Quantity::ONE,
    };
    assert_eq!(cart().foresee(&change), Ok(cart()));
    let change = CartChange::RemoveLine { variant: ABSENT };
    assert_eq!(cart().foresee(&change), Ok(cart()));
    let change = CartChange::SetQuantity {
        variant: ABSENT,
        quantity: Quantity::ONE,
    };
    assert_eq!(cart().foresee(&change), Err(CartError::NoSuchLine));
}

#[test]
fn a_quantity_is_one_to_ninety_nine() {
    for count in [1, 2, 98, 99] {
        assert_eq!(Quantity::new(count).map(Quantity::get), Ok(count));
        let sent: Quantity = serde_json::from_str(&count.to_string()).unwrap();
        assert_eq!(sent.get(), count);
    }
    for count in [0, 100, u32::MAX] {
        assert_eq!(Quantity::new(count), Err(CartError::QuantityOutOfRange));
        assert!(serde_json::from_str::<Quantity>(&count.to_string()).is_err());
    }
    for text in ["-1", "1.5", "\"1\"", "null", "4294967297"] {
        assert!(serde_json::from_str::<Quantity>(text).is_err(), "{text}");
    }
}

#[test]
fn a_code_that_is_taken_off_takes_its_rules_along() {
    let (welcome, other) = (
        Code::parse("WELCOME10").unwrap(),
        Code::parse("TENOFF").unwrap(),
    );
    let mut with = cart();
    for code in [&welcome, &other] {
        let entered = CartCode {
            code: code.clone(),
            problem: None,
        };
        with.codes.push(entered);
        let five = Effect::Amount { amount: eur(500) };
        with.terms.rules.push(Rule {
            code: Some(code.clone()),
            ..Rule::new("Five", five)
        });
    }
    // What a code brings, only the server knows.
    let apply = CartChange::ApplyCode {
        code: welcome.clone(),
    };
    assert_eq!(with.foresee(&apply).unwrap().codes, with.codes);
    let without = with
        .foresee(&CartChange::RemoveCode {
            code: welcome.clone(),
        })
        .unwrap();
    assert_eq!(without.codes, with.codes[1..]);
    assert_eq!(without.quote.discount, eur(609 + 500));
    // The rule that no code brought stays.
    let none = without
        .foresee(&CartChange::RemoveCode { code: other })
        .unwrap();
    assert_eq!(
        (none.codes.len(), none.quote.total),
        (0, cart().quote.total)
    );
    assert_eq!(
        none.foresee(&CartChange::RemoveCode { code: welcome }),
        Ok(none)
    );
}

#[test]
fn a_card_that_is_taken_off_pays_no_more() {
    let card = |id, minor| CartCard {
        id: GiftCardId(Uuid::from_u128(id)),
        ending: "7K3M".to_owned(),
        balance: eur(minor),
    };
    let mut with = cart();
    with.cards = vec![card(1, 2_000), card(2, 1_000)];
    let remove = |id| CartChange::RemoveCard {
        card: GiftCardId(Uuid::from_u128(id)),
    };
    let one = with.foresee(&remove(1)).unwrap();
    assert_eq!(
        (one.quote.credit, one.quote.total),
        (Some(eur(1_000)), cart().quote.total)
    );
    assert_eq!(one.quote.due(), eur(cart().quote.total.minor - 1_000));
    let none = one.foresee(&remove(2)).unwrap();
    assert_eq!(
        (none.quote.credit, none.quote.due()),
        (None, cart().quote.total)
    );
}
