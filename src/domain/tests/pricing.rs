//! What holds for every cart: properties over random lines, rules, delivery and tax. The seed is fixed, so that a failure is
//! the same tomorrow.

use domain::VariantId;
use domain::money::{Currency, Money, MoneyError};
use domain::pricing::{
    self, DeclinedBecause, DeliveryOption, Effect, Part, PricedLine, PricingError, Quote, Rounding,
    RoundingMode, RoundingScope, Rule, TaxClass, TaxMode, TaxRate, TaxTerms, Terms, WeightBand,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use std::collections::HashMap;
use uuid::Uuid;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(0x0072_6961_6c74_6f00),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn currencies() -> impl Strategy<Value = Currency> {
    select(vec![
        Currency::Eur,
        Currency::Usd,
        Currency::Jpy,
        Currency::Kwd,
    ])
}

/// Small amounts often, because there the rounding is.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![0..20_i64, 0..5_000_i64, 0..2_000_000_i64]
}

fn classes() -> impl Strategy<Value = TaxClass> {
    select(vec![TaxClass::Standard, TaxClass::Reduced, TaxClass::Zero])
}

fn rates() -> impl Strategy<Value = u32> {
    prop_oneof![
        select(vec![0, 70_000, 81_000, 88_750, 190_000, 220_000, 1_000_000]),
        0..=1_000_000_u32
    ]
}

/// Lines of distinct variants.
fn lines(currency: Currency) -> impl Strategy<Value = Vec<PricedLine>> {
    let line = (1..=99_u32, amounts(), 0..3_000_u32, classes());
    prop::collection::vec(line, 0..12).prop_map(move |lines| {
        (1_u128..)
            .zip(lines)
            .map(|(id, (quantity, price, weight_g, tax_class))| PricedLine {
                variant: VariantId(Uuid::from_u128(id)),
                quantity,
                unit_price: Money::new(price, currency),
                weight_g,
                tax_class,
            })
            .collect()
    })
}

fn rule(currency: Currency) -> impl Strategy<Value = Rule> {
    let effect = prop_oneof![
        (0..=10_000_u32).prop_map(|basis_points| Effect::Percent { basis_points }),
        amounts().prop_map(move |amount| Effect::Amount {
            amount: Money::new(amount, currency)
        }),
        Just(Effect::FreeDelivery),
    ];
    (effect, prop::option::weighted(0.3, amounts())).prop_map(move |(effect, from)| Rule {
        name: "rule".to_owned(),
        effect,
        from_subtotal: from.map(|minor| Money::new(minor, currency)),
    })
}

/// Its last band holds every cart that [`lines`] makes.
fn delivery(currency: Currency) -> impl Strategy<Value = DeliveryOption> {
    let bands = prop::collection::vec((0..50_000_u32, amounts()), 0..3);
    (bands, amounts(), prop::option::of(amounts()), classes()).prop_map(
        move |(mut bands, widest, free_from, tax_class)| {
            bands.sort_unstable();
            bands.push((u32::MAX, widest));
            DeliveryOption {
                code: "standard".to_owned(),
                name: "Standard".to_owned(),
                days: (2, 4),
                bands: bands
                    .into_iter()
                    .map(|(up_to_g, price)| WeightBand {
                        up_to_g,
                        price: Money::new(price, currency),
                    })
                    .collect(),
                free_from: free_from.map(|minor| Money::new(minor, currency)),
                tax_class,
            }
        },
    )
}

fn tax() -> impl Strategy<Value = TaxTerms> {
    (
        select(vec![TaxMode::Included, TaxMode::Added]),
        select(vec![RoundingScope::Line, RoundingScope::Order]),
        select(vec![RoundingMode::HalfUp, RoundingMode::HalfEven]),
        (rates(), rates()),
    )
        .prop_map(|(mode, scope, half, (standard, reduced))| TaxTerms {
            mode,
            rounding: Rounding { scope, mode: half },
            rates: vec![
                TaxRate {
                    class: TaxClass::Standard,
                    ppm: standard,
                },
                TaxRate {
                    class: TaxClass::Reduced,
                    ppm: reduced,
                },
            ],
        })
}

fn terms(currency: Currency) -> impl Strategy<Value = Terms> {
    let rules = prop::collection::vec(rule(currency), 0..4);
    let delivery = prop::option::of(delivery(currency));
    (tax(), rules, delivery).prop_map(move |(tax, rules, delivery)| Terms {
        currency,
        tax,
        rules,
        delivery,
    })
}

fn carts() -> impl Strategy<Value = (Vec<PricedLine>, Terms)> {
    currencies().prop_flat_map(|currency| (lines(currency), terms(currency)))
}

/// Carts in which an amount is spread over lines that are much alike, so that ties decide who gives the last units.
fn alike() -> impl Strategy<Value = (Vec<PricedLine>, Terms)> {
    (carts(), 1..9_i64).prop_map(|((mut lines, mut terms), off)| {
        for line in &mut lines {
            line.quantity = 1;
            line.unit_price.minor %= 4;
        }
        let amount = Money::new(off, terms.currency);
        terms.rules.insert(0, spread(amount));
        (lines, terms)
    })
}

fn spread(amount: Money) -> Rule {
    Rule {
        name: "spread".to_owned(),
        effect: Effect::Amount { amount },
        from_subtotal: None,
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> i64 {
    amounts.map(|amount| amount.minor).sum()
}

/// The exact tax of `amount`, unrounded. Amounts here are far below what a double holds exactly.
fn exact_tax(terms: &TaxTerms, class: TaxClass, amount: i64) -> f64 {
    let rate = terms.rates.iter().find(|rate| rate.class == class);
    let rate = rate.map_or(0.0, |rate| f64::from(rate.ppm) / 1e6);
    let amount = amount as f64;
    match terms.mode {
        TaxMode::Included => amount - amount / (1.0 + rate),
        TaxMode::Added => amount * rate,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_equation_holds((lines, terms) in carts()) {
        let quote = pricing::quote(&lines, &terms).unwrap();
        let delivery = quote.delivery.map_or(0, |price| price.minor);
        let added = match quote.tax_mode { TaxMode::Included => 0, TaxMode::Added => quote.tax.minor };
        prop_assert_eq!(
            quote.total.minor,
            quote.subtotal.minor - quote.discount.minor + delivery + added
        );
        let expected: i64 = lines.iter().map(|line| line.unit_price.minor * i64::from(line.quantity)).sum();
        prop_assert_eq!(quote.subtotal.minor, expected);
        prop_assert_eq!(sum(quote.lines.iter().map(|line| line.subtotal)), expected);
        prop_assert_eq!(sum(quote.lines.iter().map(|line| line.discount)), quote.discount.minor);
        prop_assert_eq!(quote.tax_mode, terms.tax.mode);
        prop_assert_eq!(quote.total.currency, terms.currency);
    }

    #[test]
    fn nothing_goes_below_zero((lines, terms) in carts()) {
        let quote = pricing::quote(&lines, &terms).unwrap();
        for line in &quote.lines {
            prop_assert!((0..=line.subtotal.minor).contains(&line.discount.minor));
            prop_assert!((0..=line.subtotal.minor - line.discount.minor).contains(&line.tax.minor));
        }
        prop_assert!((0..=quote.subtotal.minor).contains(&quote.discount.minor));
        prop_assert!(quote.delivery.is_none_or(|price| price.minor >= 0));
        prop_assert!((0..=quote.total.minor).contains(&quote.tax.minor));
    }

    #[test]
    fn the_order_of_lines_changes_nothing(
        (lines, terms, shuffled) in prop_oneof![carts(), alike()].prop_flat_map(|(lines, terms)| {
            (Just(lines.clone()), Just(terms), Just(lines).prop_shuffle())
        })
    ) {
        let mut one = pricing::quote(&lines, &terms).unwrap();
        let mut other = pricing::quote(&shuffled, &terms).unwrap();
        one.lines.sort_by_key(|line| line.variant);
        other.lines.sort_by_key(|line| line.variant);
        prop_assert_eq!(one, other);
    }

    /// Two lines of one variant can't be told apart, and must not need to be.
    #[test]
    fn the_order_of_lines_of_one_variant_changes_no_sum(
        (lines, terms, shuffled) in prop_oneof![carts(), alike()].prop_flat_map(|(mut lines, terms)| {
            for line in &mut lines {
                line.variant = VariantId(Uuid::nil());
            }
            (Just(lines.clone()), Just(terms), Just(lines).prop_shuffle())
        })
    ) {
        let one = pricing::quote(&lines, &terms).unwrap();
        let other = pricing::quote(&shuffled, &terms).unwrap();
        prop_assert_eq!((one.total, one.tax, one.discount), (other.total, other.tax, other.discount));
        prop_assert_eq!((one.adjustments, one.declined), (other.adjustments, other.declined));
    }

    #[test]
    fn tax_is_off_by_half_a_unit_for_each_rounding_at_most((lines, terms) in carts()) {
        let quote = pricing::quote(&lines, &terms).unwrap();
        let mut bases: HashMap<TaxClass, i64> = HashMap::new();
        for (line, quoted) in lines.iter().zip(&quote.lines) {
            let left = quoted.subtotal.minor - quoted.discount.minor;
            *bases.entry(line.tax_class).or_default() += left;
            let exact = exact_tax(&terms.tax, line.tax_class, left);
            prop_assert!((quoted.tax.minor as f64 - exact).abs() < 0.5 + 1e-6);
        }
        if let (Some(price), Some(option)) = (quote.delivery, &terms.delivery) {
            *bases.entry(option.tax_class).or_default() += price.minor;
        }
        let exact: f64 = bases.iter().map(|(class, base)| exact_tax(&terms.tax, *class, *base)).sum();
        // A class without a rate, the third, is not rounded.
        let roundings = match terms.tax.rounding.scope {
            RoundingScope::Line => lines.len() + 1,
            RoundingScope::Order => 2,
        };
        prop_assert!((quote.tax.minor as f64 - exact).abs() < roundings as f64 / 2.0 + 1e-6);
    }

    #[test]
    fn tax_per_line_is_the_sum_of_the_lines((lines, mut terms) in carts()) {
        terms.tax.rounding.scope = RoundingScope::Line;
        terms.delivery = None;
        let quote = pricing::quote(&lines, &terms).unwrap();
        prop_assert_eq!(sum(quote.lines.iter().map(|line| line.tax)), quote.tax.minor);
    }

    #[test]
    fn every_rule_says_what_it_did((lines, terms) in carts()) {
        let quote = pricing::quote(&lines, &terms).unwrap();
        prop_assert_eq!(quote.adjustments.len() + quote.declined.len(), terms.rules.len());
        prop_assert!(quote.adjustments.iter().all(|adjustment| adjustment.amount.minor > 0));
        let from_lines = quote.adjustments.iter().filter(|adjustment| adjustment.from == Part::Lines);
        prop_assert_eq!(sum(from_lines.map(|adjustment| adjustment.amount)), quote.discount.minor);
        for declined in &quote.declined {
            if let DeclinedBecause::Missing { amount } = declined.why {
                let reached = amount.plus(quote.subtotal).unwrap();
                prop_assert!(amount.minor > 0);
                prop_assert!(terms.rules.iter().any(|rule| rule.from_subtotal == Some(reached)));
            }
        }
    }

    #[test]
    fn an_amount_is_spread_in_proportion(
        (lines, tax, off) in (lines(Currency::Eur), tax(), amounts())
    ) {
        let amount = Money::new(off, Currency::Eur);
        let terms = Terms { currency: Currency::Eur, tax, rules: vec![spread(amount)], delivery: None };
        let quote = pricing::quote(&lines, &terms).unwrap();
        let taken = off.min(quote.subtotal.minor);
        prop_assert_eq!(quote.discount.minor, taken);
        for line in &quote.lines {
            // |share − exact| < 1, multiplied out.
            let exact = i128::from(line.subtotal.minor) * i128::from(taken);
            let share = i128::from(line.discount.minor) * i128::from(quote.subtotal.minor);
            prop_assert!((share - exact).abs() < i128::from(quote.subtotal.minor).max(1));
        }
    }

    #[test]
    fn percentages_compose_on_what_is_left(
        (lines, tax, one, two) in (lines(Currency::Eur), tax(), 0..=10_000_u32, 0..=10_000_u32)
    ) {
        let percent = |basis_points: u32| Rule {
            name: basis_points.to_string(),
            effect: Effect::Percent { basis_points },
            from_subtotal: None,
        };
        let terms = Terms { currency: Currency::Eur, tax, rules: vec![percent(one), percent(two)], delivery: None };
        let kept = f64::from(10_000 - one) / 1e4 * (f64::from(10_000 - two) / 1e4);
        for line in pricing::quote(&lines, &terms).unwrap().lines {
            let left = (line.subtotal.minor - line.discount.minor) as f64;
            // Half a unit for each rule.
            prop_assert!((left - line.subtotal.minor as f64 * kept).abs() < 1.0 + 1e-6);
        }
    }

    #[test]
    fn what_is_missing_for_free_delivery_is_enough(mut cart in carts(), weight_g in 0..100_u32) {
        let (lines, terms) = &mut cart;
        // A percentage off what is added would leave too little: without those.
        terms.rules.retain(|rule| rule.effect == Effect::FreeDelivery);
        let quote = pricing::quote(lines, terms).unwrap();
        let Some(missing) = quote.missing_for_free_delivery else { return Ok(()) };
        prop_assert!(missing.minor > 0);
        prop_assert!(quote.delivery.is_some_and(|price| price.minor > 0));
        let mut added = PricedLine {
            variant: VariantId(Uuid::from_u128(99)),
            quantity: 1,
            unit_price: Money::new(missing.minor - 1, terms.currency),
            weight_g,
            tax_class: TaxClass::Standard,
        };
        lines.push(added);
        // One less does not do. (The added weight may have made a band free.)
        let short = pricing::quote(lines, terms).unwrap();
        let band_is_free = short.delivery == Some(Money::zero(terms.currency));
        prop_assert!(band_is_free || short.missing_for_free_delivery.is_some());
        lines.pop();
        added.unit_price = missing;
        lines.push(added);
        let quote = pricing::quote(lines, terms).unwrap();
        prop_assert_eq!(quote.delivery, Some(Money::zero(terms.currency)));
        prop_assert_eq!(quote.missing_for_free_delivery, None);
    }

    #[test]
    fn a_second_currency_is_an_error((mut lines, mut terms) in carts(), place in 0..6_usize) {
        let foreign = Money::new(100, Currency::Gbp);
        let home = terms.currency;
        let effect = Effect::FreeDelivery;
        let mut option = DeliveryOption {
            code: String::new(),
            name: String::new(),
            days: (0, 0),
            bands: vec![WeightBand { up_to_g: u32::MAX, price: Money::zero(home) }],
            free_from: None,
            tax_class: TaxClass::Standard,
        };
        let rule = |effect, from_subtotal| Rule { name: String::new(), effect, from_subtotal };
        match place {
            0 => lines.push(PricedLine {
                variant: VariantId(Uuid::nil()),
                quantity: 1,
                unit_price: foreign,
                weight_g: 0,
                tax_class: TaxClass::Standard,
            }),
            1 => terms.rules.push(rule(Effect::Amount { amount: foreign }, None)),
            2 => terms.rules.push(rule(effect, Some(foreign))),
            3 => { option.free_from = Some(foreign); terms.delivery = Some(option); }
            // Also in a band that this cart would not reach.
            4 => {
                option.bands.push(WeightBand { up_to_g: u32::MAX, price: foreign });
                terms.delivery = Some(option);
            }
            _ => { option.bands[0].price = foreign; terms.delivery = Some(option); }
        }
        prop_assert_eq!(
            pricing::quote(&lines, &terms),
            Err(PricingError::Money(MoneyError::CurrencyMismatch(home, Currency::Gbp)))
        );
    }

    #[test]
    fn a_quote_survives_the_wire((lines, terms) in carts()) {
        let quote = pricing::quote(&lines, &terms).unwrap();
        let sent = serde_json::to_string(&(&terms, &quote)).unwrap();
        let (terms_read, quote_read): (Terms, Quote) = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!((terms_read, quote_read), (terms, quote));
    }
}
