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
        from_subtotal: from.map(eur),
        ..Rule::new(name, effect)
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
        credit: None,
    }
}

fn took(rule: &str, from: Part, minor: i64) -> Adjustment {
    Adjustment {
        rule: rule.to_owned(),
        code: None,
        counted: None,
        from,
        amount: eur(minor),
    }
}

fn declined(rule: &str, why: DeclinedBecause) -> Declined {
    Declined {
        rule: rule.to_owned(),
        code: None,
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
            declined("More", nothing.clone()),
            declined("Ten", nothing.clone()),
            declined("Post again", nothing.clone())
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
        [declined("Ten", nothing.clone()), declined("Post", nothing)]
    );
    assert_eq!((quote.delivery, quote.total), (None, eur(4)));
}

fn on(mut rule: Rule, lines: &[u128]) -> Rule {
    let variants = lines.iter().map(|id| VariantId(Uuid::from_u128(*id)));
    rule.lines = Some(variants.collect());
    rule
}

fn discounts(lines: &[PricedLine], rules: Vec<Rule>) -> Vec<i64> {
    let quote = pricing::quote(lines, &terms(rules, None)).unwrap();
    quote.lines.iter().map(|line| line.discount.minor).collect()
}

fn count(quantity: u32, line: PricedLine) -> PricedLine {
    PricedLine { quantity, ..line }
}

fn buy(buy: u32, get: u32, basis_points: u32) -> Effect {
    Effect::BuyGet {
        buy,
        get,
        basis_points,
    }
}

#[test]
fn a_rule_is_for_the_lines_it_names() {
    let cart = [line(1, 1_000, 0), line(2, 3_000, 0), line(3, 500, 0)];
    assert_eq!(
        discounts(&cart, vec![on(rule("r", percent(1_000), None), &[1, 3, 9])]),
        [100, 0, 50]
    );
    assert_eq!(
        discounts(&cart, vec![on(rule("r", off(100), None), &[2, 3])]),
        [0, 86, 14]
    );
    // Its threshold looks at them too: 15.00 of them are not 15.01.
    assert_eq!(
        discounts(&cart, vec![on(rule("r", off(100), Some(1_500)), &[1, 3])]),
        [67, 0, 33]
    );
    let short = vec![on(rule("r", off(100), Some(1_501)), &[1, 3])];
    let quote = pricing::quote(&cart, &terms(short, None)).unwrap();
    assert_eq!(quote.declined, [declined("r", lacks(1))]);
    let none = vec![on(rule("r", off(100), None), &[7])];
    let quote = pricing::quote(&cart, &terms(none, None)).unwrap();
    assert_eq!(quote.declined, [declined("r", DeclinedBecause::NoLines)]);
}

#[test]
fn a_rule_may_ask_for_a_number_of_units() {
    let from = |quantity| Rule {
        from_quantity: Some(quantity),
        ..on(rule("r", percent(1_000), None), &[1])
    };
    let cart = [count(3, line(1, 1_000, 0)), count(9, line(2, 1_000, 0))];
    assert_eq!(discounts(&cart, vec![from(3)]), [300, 0]);
    let quote = pricing::quote(&cart, &terms(vec![from(5)], None)).unwrap();
    let why = DeclinedBecause::MissingQuantity { quantity: 2 };
    assert_eq!(quote.declined, [declined("r", why)]);
}

#[test]
fn a_cap_is_the_most_a_rule_takes() {
    let capped = |effect, most| Rule {
        most: Some(eur(most)),
        ..rule("r", effect, None)
    };
    let cart = [line(1, 10_000, 0), line(2, 5_000, 0)];
    // 20 % would be 20.00 and 10.00: twelve euros are spread like that.
    assert_eq!(
        discounts(&cart, vec![capped(percent(2_000), 1_200)]),
        [800, 400]
    );
    assert_eq!(
        discounts(&cart, vec![capped(percent(2_000), 3_000)]),
        [2_000, 1_000]
    );
    assert_eq!(discounts(&cart, vec![capped(off(900), 600)]), [400, 200]);
    assert_eq!(discounts(&cart, vec![capped(buy(1, 1, 10_000), 1)]), [0, 1]);
    let quote = pricing::quote(
        &cart,
        &terms(vec![capped(Effect::FreeDelivery, 300)], Some(parcel())),
    )
    .unwrap();
    assert_eq!(quote.delivery, Some(eur(190)));
    assert_eq!(quote.adjustments, [took("r", Part::Delivery, 300)]);
}

#[test]
fn the_cheapest_of_a_set_are_given() {
    let sets = |effect, cart: &[PricedLine]| discounts(cart, vec![rule("r", effect, None)]);
    // Three for two: of seven units two are free, the cheapest.
    let cart = [
        count(4, line(1, 1_000, 0)),
        count(1, line(2, 800, 0)),
        count(2, line(3, 1_200, 0)),
    ];
    assert_eq!(sets(buy(2, 1, 10_000), &cart), [1_000, 800, 0]);
    // The second for half: three of seven.
    assert_eq!(sets(buy(1, 1, 5_000), &cart), [1_000, 400, 0]);
    assert_eq!(sets(buy(7, 1, 10_000), &cart), [0, 0, 0]);
    assert_eq!(sets(buy(1, 99, 10_000), &cart), [0, 0, 0]);
    assert_eq!(sets(buy(u32::MAX, u32::MAX, 10_000), &cart), [0, 0, 0]);
    // A cheapest unit is one of what earlier rules left: 10 % of 3 × 3.33 are 1.00, a unit of the 8.99 left is 3.00 (2.9967).
    let rules = vec![
        rule("ten", percent(1_000), None),
        rule("sets", buy(2, 1, 10_000), None),
    ];
    assert_eq!(discounts(&[count(3, line(1, 333, 0))], rules), [100 + 300]);
}

#[test]
fn what_is_bought_may_be_another_thing_than_what_is_given() {
    let given = |effect| Rule {
        gives: Some(vec![VariantId(Uuid::from_u128(2))]),
        ..on(rule("r", effect, None), &[1, 2])
    };
    // For every two mugs a coaster: five mugs make two coasters free. A coaster does not count as a mug.
    let cart = [count(5, line(1, 2_400, 0)), count(3, line(2, 600, 0))];
    assert_eq!(discounts(&cart, vec![given(buy(2, 1, 10_000))]), [0, 1_200]);
    assert_eq!(discounts(&cart, vec![given(buy(1, 9, 5_000))]), [0, 900]);
    assert_eq!(discounts(&cart, vec![given(buy(6, 1, 10_000))]), [0, 0]);
    // Mugs alone: there is nothing to give.
    let quote = pricing::quote(&cart[..1], &terms(vec![given(buy(2, 1, 10_000))], None)).unwrap();
    assert_eq!(
        quote.declined,
        [declined("r", DeclinedBecause::NothingLeft)]
    );
}

#[test]
fn of_a_group_the_first_that_takes_something_counts() {
    let of = |name, effect, from| Rule {
        group: Some("sale".to_owned()),
        ..rule(name, effect, from)
    };
    let rules = vec![
        of("From 50", percent(5_000), Some(5_000)),
        rule("Open", off(100), None),
        of("Ten", percent(1_000), None),
        of("Post", Effect::FreeDelivery, None),
        of("Twenty", percent(2_000), None),
    ];
    let quote = pricing::quote(&[line(1, 4_000, 100)], &terms(rules, Some(parcel()))).unwrap();
    let with_ten = DeclinedBecause::NotTogether {
        with: "Ten".to_owned(),
    };
    assert_eq!(
        quote.adjustments,
        [
            took("Open", Part::Lines, 100),
            took("Ten", Part::Lines, 390)
        ]
    );
    assert_eq!(
        quote.declined,
        [
            declined("From 50", lacks(1_000)),
            declined("Twenty", with_ten.clone()),
            declined("Post", with_ten)
        ]
    );
    // What can't be relied on is no promise of free delivery.
    assert_eq!(quote.missing_for_free_delivery, None);
}

#[test]
fn a_gift_card_pays_the_total_and_no_more() {
    let pays = |held| {
        let mut terms = terms(vec![rule("Five", off(500), None)], Some(parcel()));
        terms.credit = Some(eur(held));
        let quote = pricing::quote(&[line(1, 4_000, 100)], &terms).unwrap();
        // It changes no total and no tax: it is money, not a discount.
        assert_eq!((quote.total, quote.tax), (eur(3_990), eur(719)));
        (quote.credit.unwrap().minor, quote.due().minor)
    };
    assert_eq!(pays(0), (0, 3_990));
    assert_eq!(pays(1_000), (1_000, 2_990));
    assert_eq!(pays(3_990), (3_990, 0));
    assert_eq!(pays(i64::MAX), (3_990, 0));
}

/// Saleor #17453: 40 % off, and 70 % off with a code, came to 110 % and an order of nothing. Here a percentage is of what is
/// left: 100 − 40 = 60, of which 70 % are 42, so 18 are paid.
#[test]
fn forty_and_seventy_percent_are_not_free() {
    let rules = vec![
        rule("Forty", percent(4_000), None),
        rule("Seventy", percent(7_000), None),
    ];
    let quote = pricing::quote(&[line(1, 10_000, 0)], &terms(rules, None)).unwrap();
    assert_eq!(quote.total, eur(1_800));
    assert_eq!(
        quote.adjustments,
        [
            took("Forty", Part::Lines, 4_000),
            took("Seventy", Part::Lines, 4_200)
        ]
    );
}

/// Medusa #14899: discounts larger than the cart left a total below zero. Here each rule takes what is left, and what comes
/// after it has nothing to take.
#[test]
fn no_negative_cart() {
    for mode in [TaxMode::Included, TaxMode::Added] {
        let mut terms = terms(
            vec![
                rule("Much", off(1_000_000), None),
                rule("Half", percent(5_000), None),
                rule("Sets", buy(1, 1, 10_000), None),
                rule("More", off(1), None),
            ],
            None,
        );
        terms.tax.mode = mode;
        terms.credit = Some(eur(500));
        let cart = [count(3, line(1, 333, 0)), line(2, 1, 0)];
        let quote = pricing::quote(&cart, &terms).unwrap();
        assert_eq!(
            (quote.total, quote.tax, quote.due()),
            (eur(0), eur(0), eur(0))
        );
        assert_eq!(quote.discount, quote.subtotal);
        assert_eq!(quote.credit, Some(eur(0)));
        assert_eq!(quote.declined.len(), 3);
    }
}

/// Medusa #14818: a cart stored 34.116425 and charged 34.12. Here there is nothing between two cents: 3 × 12.49 less 8.96 %
/// are 37.47 − 3.36 (3.357312) = 34.11, in the lines, in the sums, and after a trip through JSON, to the unit.
#[test]
fn stored_and_charged_amounts_are_equal() {
    let rules = vec![rule("Odd", percent(896), None)];
    let quote = pricing::quote(&[count(3, line(1, 1_249, 0))], &terms(rules, None)).unwrap();
    assert_eq!(quote.total, eur(3_411));
    let stored = serde_json::to_value(&quote).unwrap();
    let charged = quote.due();
    assert_eq!(stored["total"]["minor"], charged.minor);
    let sum: i64 = quote
        .lines
        .iter()
        .map(|line| line.subtotal.minor - line.discount.minor)
        .sum();
    assert_eq!(sum, charged.minor);
    // No number of the stored quote has a fraction.
    fn whole(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => number.is_i64() || number.is_u64(),
            serde_json::Value::Array(values) => values.iter().all(whole),
            serde_json::Value::Object(fields) => fields.values().all(whole),
            _ => true,
        }
    }
    assert!(whole(&stored));
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
    assert!(is_refused(&with_rule(buy(0, 1, 10_000), None)));
    assert!(is_refused(&with_rule(buy(1, 0, 10_000), None)));
    assert!(is_refused(&with_rule(buy(1, 1, 10_001), None)));
    let mut capped = with_rule(off(1), None);
    capped.rules[0].most = Some(eur(-1));
    assert!(is_refused(&capped));
    let mut owing = terms(Vec::new(), None);
    owing.credit = Some(eur(-1));
    assert!(is_refused(&owing));
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
