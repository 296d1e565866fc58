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
        (1..4_u32, 1..4_u32, 0..=10_000_u32).prop_map(|(buy, get, basis_points)| Effect::BuyGet {
            buy,
            get,
            basis_points
        }),
        Just(Effect::FreeDelivery),
    ];
    let conditions = (
        prop::option::weighted(0.3, amounts()),
        prop::option::weighted(0.2, 0..200_u32),
        prop::option::weighted(0.4, some_lines()),
        prop::option::weighted(0.2, some_lines()),
        prop::option::weighted(0.2, amounts()),
        prop::option::weighted(0.3, select(vec!["one", "two"])),
    );
    (effect, conditions).prop_map(move |(effect, (from, count, lines, gives, most, group))| {
        let money = |minor| Money::new(minor, currency);
        Rule {
            from_subtotal: from.map(money),
            from_quantity: count,
            lines,
            gives,
            most: most.map(money),
            group: group.map(str::to_owned),
            ..Rule::new("rule", effect)
        }
    })
}

/// Some of the variants that [`lines`] makes, and one that it does not.
fn some_lines() -> impl Strategy<Value = Vec<VariantId>> {
    prop::collection::vec(
        (1..=13_u128).prop_map(|id| VariantId(Uuid::from_u128(id))),
        0..6,
    )
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
    let credit = prop::option::weighted(0.3, amounts());
    (tax(), rules, delivery, credit).prop_map(move |(tax, rules, delivery, credit)| Terms {
        currency,
        tax,
        rules,
        delivery,
        credit: credit.map(|minor| Money::new(minor, currency)),
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
    Rule::new("spread", Effect::Amount { amount })
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
        prop_assert_eq!(quote.credit.is_some(), terms.credit.is_some());
        prop_assert!(quote.credit.is_none_or(|credit| (0..=quote.total.minor).contains(&credit.minor)));
        prop_assert_eq!(quote.due().minor, quote.total.minor - quote.credit.map_or(0, |credit| credit.minor));
        let rest = terms.credit.map_or(quote.total.minor, |credit| (quote.total.minor - credit.minor).max(0));
        prop_assert_eq!(quote.due().minor, rest);
    }

    /// A rule takes nothing from lines it is not on, and never more than its most.
    #[test]
    fn a_rule_takes_only_from_its_lines((lines, mut terms) in carts()) {
        terms.rules.truncate(1);
        let Some(rule) = terms.rules.first() else { return Ok(()) };
        let (of, most) = match &rule.gives {
            Some(gives) if matches!(rule.effect, Effect::BuyGet { .. }) => (Some(gives), rule.most),
            _ => (rule.lines.as_ref(), rule.most),
        };
        let quote = pricing::quote(&lines, &terms).unwrap();
        for line in &quote.lines {
            prop_assert!(line.discount.is_zero() || of.is_none_or(|of| of.contains(&line.variant)));
        }
        let took = sum(quote.adjustments.iter().map(|adjustment| adjustment.amount));
        prop_assert!(most.is_none_or(|most| took <= most.minor));
    }

    /// Of a group one rule takes something, and it is the first that can.
    #[test]
    fn of_a_group_one_rule_takes_something((lines, mut terms) in carts()) {
        for (at, rule) in terms.rules.iter_mut().enumerate() {
            rule.name = at.to_string();
            rule.group = Some("all".to_owned());
        }
        let quote = pricing::quote(&lines, &terms).unwrap();
        prop_assert!(quote.adjustments.len() <= 1);
        let alone = |rule: &Rule| {
            let terms = Terms { rules: vec![rule.clone()], ..terms.clone() };
            pricing::quote(&lines, &terms).unwrap().adjustments
        };
        // Rules on lines come before free delivery.
        let (on_lines, on_delivery): (Vec<&Rule>, Vec<&Rule>) =
            terms.rules.iter().partition(|rule| rule.effect != Effect::FreeDelivery);
        let first = on_lines.into_iter().chain(on_delivery).map(alone).find(|took| !took.is_empty());
        prop_assert_eq!(quote.adjustments, first.unwrap_or_default());
    }

    /// Units of one price: what a buy-and-get rule takes off is that many units.
    #[test]
    fn of_every_set_some_units_are_free(
        counts in prop::collection::vec(1..=99_u32, 1..6), price in 1..5_000_i64, buy in 1..4_u32, get in 1..4_u32
    ) {
        let lines: Vec<PricedLine> = (1_u128..).zip(&counts).map(|(id, count)| PricedLine {
            variant: VariantId(Uuid::from_u128(id)),
            quantity: *count,
            unit_price: Money::new(price, Currency::Eur),
            weight_g: 0,
            tax_class: TaxClass::Standard,
        }).collect();
        let rounding = Rounding { scope: RoundingScope::Line, mode: RoundingMode::HalfUp };
        let rule = Rule::new("sets", Effect::BuyGet { buy, get, basis_points: 10_000 });
        let terms = Terms {
            currency: Currency::Eur,
            tax: TaxTerms { mode: TaxMode::Included, rounding, rates: Vec::new() },
            rules: vec![rule],
            delivery: None,
            credit: None,
        };
        let quote = pricing::quote(&lines, &terms).unwrap();
        let free = counts.iter().sum::<u32>() / (buy + get) * get;
        prop_assert_eq!(quote.discount.minor, i64::from(free) * price);
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
                prop_assert!(amount.minor > 0);
                let has_it = terms.rules.iter().any(|rule| {
                    let on = lines.iter().filter(|line| {
                        rule.lines.as_ref().is_none_or(|of| of.contains(&line.variant))
                    });
                    let subtotal = sum(on.map(|line| line.unit_price.times(line.quantity.into()).unwrap()));
                    rule.from_subtotal.is_some_and(|from| from.minor == subtotal + amount.minor)
                });
                prop_assert!(has_it);
            }
        }
    }

    #[test]
    fn an_amount_is_spread_in_proportion(
        (lines, tax, off) in (lines(Currency::Eur), tax(), amounts())
    ) {
        let amount = Money::new(off, Currency::Eur);
        let terms = Terms { currency: Currency::Eur, tax, rules: vec![spread(amount)], delivery: None, credit: None };
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
        let percent = |basis_points: u32| Rule::new(basis_points.to_string(), Effect::Percent { basis_points });
        let terms = Terms { currency: Currency::Eur, tax, rules: vec![percent(one), percent(two)], delivery: None, credit: None };
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
    fn a_second_currency_is_an_error((mut lines, mut terms) in carts(), place in 0..8_usize) {
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
        let rule = |effect, from_subtotal| Rule { from_subtotal, ..Rule::new("", effect) };
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
            6 => terms.rules.push(Rule { most: Some(foreign), ..rule(effect, None) }),
            7 => terms.credit = Some(foreign),
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
