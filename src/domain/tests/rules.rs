//! What a quote says of each rule and of delivery, and what it refuses: one case each.

use domain::VariantId;
use domain::money::{Currency, Money, MoneyError};
use domain::pricing::{
    self, Adjustment, Declined, DeclinedBecause, DeliveryOption, Effect, Part, PricedLine,
    PricingError, Rounding, RoundingMode, RoundingScope, Rule, TaxClass, TaxMode, TaxRate,
    TaxTerms, Terms, WeightBand,
};
use uuid::Uuid;

const CURRENCY: Currency = Currency::Eur;

fn eur(minor: i64) -> Money {
    Money::new(minor, CURRENCY)
}

fn line(id: u128, price: i64, weight_g: u32) -> PricedLine {
    PricedLine {
        variant: VariantId(Uuid::from_u128(id)),
        quantity: 1,
        unit_price: eur(price),
        weight_g,
        tax_class: TaxClass::Standard,
    }
}

fn rule(name: &str, effect: Effect, from: Option<i64>) -> Rule {
    Rule {
        name: name.to_owned(),
        effect,
        from_subtotal: from.map(eur),
    }
}

fn percent(basis_points: u32) -> Effect {
    Effect::Percent { basis_points }
}

fn off(minor: i64) -> Effect {
    Effect::Amount { amount: eur(minor) }
}

/// Up to 2 kg for 4.90, up to 5 kg for 6.90.
fn parcel() -> DeliveryOption {
    let band = |up_to_g, price| WeightBand {
        up_to_g,
        price: eur(price),
    };
    DeliveryOption {
        code: "standard".to_owned(),
        name: "Standard".to_owned(),
        days: (2, 4),
        bands: vec![band(2_000, 490), band(5_000, 690)],
        free_from: None,
        tax_class: TaxClass::Standard,
    }
}

fn terms(rules: Vec<Rule>, delivery: Option<DeliveryOption>) -> Terms {
    Terms {
        currency: CURRENCY,
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
        rules,
        delivery,
    }
}

fn took(rule: &str, from: Part, minor: i64) -> Adjustment {
    Adjustment {
        rule: rule.to_owned(),
        from,
        amount: eur(minor),
    }
}

fn declined(rule: &str, why: DeclinedBecause) -> Declined {
    Declined {
        rule: rule.to_owned(),
        why,
    }
}

fn lacks(minor: i64) -> DeclinedBecause {
    DeclinedBecause::Missing { amount: eur(minor) }
}

#[test]
fn adjustments_say_which_rule_took_how_much_from_where() {
    let rules = vec![
        rule("Autumn", percent(1_000), None),
        rule("Post", Effect::FreeDelivery, None),
        rule("Welcome", off(500), None),
    ];
    let quote = pricing::quote(&[line(1, 4_000, 100)], &terms(rules, Some(parcel()))).unwrap();
    assert_eq!(
        quote.adjustments,
        [
            took("Autumn", Part::Lines, 400),
            took("Welcome", Part::Lines, 500),
            took("Post", Part::Delivery, 490),
        ]
    );
    assert_eq!(quote.declined, []);
    assert_eq!(quote.discount, eur(900));
    assert_eq!(quote.delivery, Some(eur(0)));
    assert_eq!(quote.total, eur(3_100));
}

#[test]
fn a_rule_below_its_threshold_says_what_is_missing() {
    let rules = vec![
        rule("Ten", percent(1_000), Some(4_001)),
        rule("Post", Effect::FreeDelivery, Some(5_000)),
        rule("Five", off(500), Some(4_000)),
    ];
    let quote = pricing::quote(&[line(1, 4_000, 100)], &terms(rules, Some(parcel()))).unwrap();
    assert_eq!(
        quote.declined,
        [declined("Ten", lacks(1)), declined("Post", lacks(1_000))]
    );
    assert_eq!(quote.adjustments, [took("Five", Part::Lines, 500)]);
    assert_eq!(quote.missing_for_free_delivery, Some(eur(1_000)));
}

#[test]
fn a_rule_with_nothing_to_take_says_so() {
    let nothing = DeclinedBecause::NothingLeft;
    let rules = vec![
        rule("All", percent(10_000), None),
        rule("More", off(500), None),
        rule("Ten", percent(1_000), None),
        rule("Post", Effect::FreeDelivery, None),
        rule("Post again", Effect::FreeDelivery, None),
    ];
    let quote = pricing::quote(&[line(1, 4_000, 100)], &terms(rules, Some(parcel()))).unwrap();
    assert_eq!(
        quote.declined,
        [
            declined("More", nothing),
            declined("Ten", nothing),
            declined("Post again", nothing)
        ]
    );
    assert_eq!(quote.total, eur(0));

    // 10 % of four cents are 0.4; and without a delivery there is none to make free.
    let rules = vec![
        rule("Ten", percent(1_000), None),
        rule("Post", Effect::FreeDelivery, None),
    ];
    let quote = pricing::quote(&[line(1, 4, 100)], &terms(rules, None)).unwrap();
    assert_eq!(
        quote.declined,
        [declined("Ten", nothing), declined("Post", nothing)]
    );
    assert_eq!((quote.delivery, quote.total), (None, eur(4)));
}

#[test]
fn the_nearest_way_to_free_delivery_is_told() {
    let cart = [line(1, 4_000, 100)];
    let missing = |free_from: Option<i64>, rule_from: Option<i64>, discount: u32| {
        let rules = vec![
            rule("Sale", percent(discount), None),
            rule("Post", Effect::FreeDelivery, rule_from),
        ];
        let option = DeliveryOption {
            free_from: free_from.map(eur),
            ..parcel()
        };
        let mut terms = terms(rules, Some(option));
        terms
            .rules
            .truncate(if rule_from.is_some() { 2 } else { 1 });
        let quote = pricing::quote(&cart, &terms).unwrap();
        quote.missing_for_free_delivery.map(|amount| amount.minor)
    };
    assert_eq!(missing(None, None, 0), None);
    assert_eq!(missing(Some(5_000), None, 0), Some(1_000));
    // The option looks at what is left after discounts, the rule at the subtotal.
    assert_eq!(missing(Some(5_000), None, 1_000), Some(1_400));
    assert_eq!(missing(None, Some(5_000), 1_000), Some(1_000));
    assert_eq!(missing(Some(5_000), Some(4_500), 0), Some(500));
    assert_eq!(missing(Some(4_200), Some(4_500), 0), Some(200));
    assert_eq!(missing(Some(4_000), Some(4_500), 0), None);
    assert_eq!(missing(Some(5_000), Some(4_000), 0), None);
}

#[test]
fn an_empty_cart_costs_nothing_and_is_not_delivered() {
    let rules = vec![
        rule("Ten", percent(1_000), None),
        rule("Five", off(500), Some(1_000)),
    ];
    // Bands too narrow for anything do not matter to nothing.
    let option = DeliveryOption {
        bands: Vec::new(),
        free_from: Some(eur(5_000)),
        ..parcel()
    };
    let terms = terms(rules, Some(option));
    let quote = pricing::quote(&[], &terms).unwrap();
    assert_eq!((quote.total, quote.tax), (eur(0), eur(0)));
    assert_eq!(
        (quote.delivery, quote.missing_for_free_delivery),
        (None, None)
    );
    assert_eq!(
        quote.declined,
        [
            declined("Ten", DeclinedBecause::NothingLeft),
            declined("Five", lacks(1_000))
        ]
    );
    let none_of_one = PricedLine {
        quantity: 0,
        ..line(1, 2_400, 350)
    };
    let quote = pricing::quote(&[none_of_one], &terms).unwrap();
    assert_eq!((quote.total, quote.delivery), (eur(0), None));
}

#[test]
fn the_first_band_that_is_wide_enough_counts() {
    let price = |weight_g| {
        pricing::quote(
            &[line(1, 1_000, weight_g)],
            &terms(Vec::new(), Some(parcel())),
        )
        .map(|quote| quote.delivery.map(|price| price.minor))
    };
    assert_eq!(price(0), Ok(Some(490)));
    assert_eq!(price(2_000), Ok(Some(490)));
    assert_eq!(price(2_001), Ok(Some(690)));
    assert_eq!(price(5_000), Ok(Some(690)));
    assert_eq!(price(5_001), Err(PricingError::TooHeavy));
    assert_eq!(price(u32::MAX), Err(PricingError::TooHeavy));
}

#[test]
fn too_heavy_is_too_heavy_also_when_it_would_be_free() {
    let free = DeliveryOption {
        free_from: Some(eur(0)),
        ..parcel()
    };
    let rules = vec![rule("Post", Effect::FreeDelivery, None)];
    let quote = pricing::quote(&[line(1, 1_000, 5_001)], &terms(rules, Some(free)));
    assert_eq!(quote, Err(PricingError::TooHeavy));
    // Weight that does not fit 64 bits is no small weight.
    let heavy = PricedLine {
        quantity: u32::MAX,
        ..line(1, 0, u32::MAX)
    };
    let quote = pricing::quote(&[heavy; 3], &terms(Vec::new(), Some(parcel())));
    assert_eq!(quote, Err(PricingError::TooHeavy));
}

#[test]
fn terms_that_can_not_be_are_refused() {
    let cart = [line(1, 1_000, 100)];
    let is_refused = |terms: &Terms| pricing::quote(&cart, terms) == Err(PricingError::BadTerms);
    let with_rule = |effect, from| terms(vec![rule("r", effect, from)], None);

    assert_eq!(
        pricing::quote(&[line(1, -1, 0)], &terms(Vec::new(), None)),
        Err(PricingError::BadTerms)
    );
    assert!(is_refused(&with_rule(percent(10_001), None)));
    assert!(!is_refused(&with_rule(percent(10_000), None)));
    assert!(is_refused(&with_rule(off(-1), None)));
    assert!(is_refused(&with_rule(off(1), Some(-1))));
    // Also when the rule would not apply.
    assert!(is_refused(&with_rule(percent(10_001), Some(99_999))));

    let mut narrow = parcel();
    narrow.bands[1].price = eur(-1);
    assert!(is_refused(&terms(Vec::new(), Some(narrow))));
    let option = DeliveryOption {
        free_from: Some(eur(-1)),
        ..parcel()
    };
    assert!(is_refused(&terms(Vec::new(), Some(option))));

    let mut taxed = terms(Vec::new(), None);
    taxed.tax.rates[0].ppm = 1_000_001;
    assert!(is_refused(&taxed));
    taxed.tax.rates[0].ppm = 1_000_000;
    assert!(!is_refused(&taxed));
}

#[test]
fn sums_that_do_not_fit_are_errors() {
    let overflow = Err(PricingError::Money(MoneyError::Overflow));
    let twice = PricedLine {
        quantity: 2,
        ..line(1, i64::MAX, 0)
    };
    let plain = terms(Vec::new(), None);
    assert_eq!(pricing::quote(&[twice], &plain), overflow);
    let most = line(1, i64::MAX, 0);
    assert_eq!(pricing::quote(&[most, line(2, 1, 0)], &plain), overflow);
    assert_eq!(
        pricing::quote(&[most], &terms(Vec::new(), Some(parcel()))),
        overflow
    );
    let mut added = plain.clone();
    added.tax.mode = TaxMode::Added;
    assert_eq!(pricing::quote(&[most], &added), overflow);
    // What fits is priced, however large: ⌊(2⁶³ − 1) × 22/122⌉.
    let quote = pricing::quote(&[most], &plain).unwrap();
    assert_eq!(quote.total, eur(i64::MAX));
    assert_eq!(quote.tax, eur(1_663_231_023_039_385_801));
    // And discounted: one off, two halves.
    let rules = vec![
        rule("One", off(1), None),
        rule("Half", percent(5_000), None),
    ];
    let quote = pricing::quote(&[most], &terms(rules, None)).unwrap();
    assert_eq!(quote.total, eur(i64::MAX / 2));
}
