//! What rules take off the lines.

use super::rule::{Admitted, Applied};
use super::{
    Effect, Part, PricedLine, PricingError, RoundingMode, Rule, Terms, money, rounding::share,
};

/// Hundredths of a percent in the whole.
const WHOLE: i128 = 10_000;

/// Lets each rule take from `left`, which holds what is left of each line, in the order of the terms.
///
/// Thresholds look at subtotals before any discount. Free delivery is no matter of lines and is left out here; so in a group
/// with others it comes after them.
///
/// # Errors
/// [`crate::MoneyError::Overflow`]; but no discount is larger than the subtotal, which fits.
pub(super) fn apply<'a>(
    lines: &[PricedLine],
    left: &mut [i128],
    terms: &'a Terms,
    applied: &mut Applied<'a>,
) -> Result<(), PricingError> {
    for rule in &terms.rules {
        if rule.effect == Effect::FreeDelivery {
            continue;
        }
        if let Admitted::No { .. } = applied.admit(rule, lines)? {
            continue;
        }
        let mut off = wanted(rule, lines, left, terms.tax.rounding.mode);
        let most = match rule.effect {
            Effect::Amount { amount } => Some(amount.minor),
            _ => None,
        };
        let most = most.into_iter().chain(rule.most.map(|most| most.minor));
        if let Some(most) = most.min() {
            spread(lines, left, &mut off, i128::from(most));
        }
        for (left, off) in left.iter_mut().zip(&off) {
            *left -= off;
        }
        let took = money(off.iter().sum(), terms.currency)?;
        applied.took(rule, Part::Lines, took);
    }
    Ok(())
}

/// What `rule` would take off each line were there no most: never more than is left of it.
///
/// A percentage is round(left × basis points ÷ 10,000), off what earlier rules left: 40 % and then 70 % leave
/// 0.6 × 0.3 = 18 %, and no number of rules goes below zero. An amount is all there is, up to the amount.
fn wanted(rule: &Rule, lines: &[PricedLine], left: &[i128], mode: RoundingMode) -> Vec<i128> {
    let of = |take: &dyn Fn(i128) -> i128| {
        let each = lines.iter().zip(left);
        each.map(|(line, &left)| if rule.is_on(line) { take(left) } else { 0 })
            .collect()
    };
    match rule.effect {
        Effect::Percent { basis_points } => {
            of(&|left| share(left, basis_points.into(), WHOLE, mode))
        }
        Effect::Amount { .. } => of(&|left| left),
        Effect::BuyGet {
            buy,
            get,
            basis_points,
        } => {
            let units = given_units(rule, lines, buy.into(), get.into());
            give(rule, lines, left, units, basis_points.into(), mode)
        }
        Effect::FreeDelivery => of(&|_| 0),
    }
}

/// How many units a buy-and-get rule gives. With lines of their own to give: ⌊bought ÷ buy⌋ × get; a line that is given does
/// not count as bought. Without: of every buy + get units, `get`.
fn given_units(rule: &Rule, lines: &[PricedLine], buy: u64, get: u64) -> u64 {
    let is_bought = |line: &&PricedLine| {
        rule.is_on(line)
            && !rule
                .gives
                .as_ref()
                .is_some_and(|gives| gives.contains(&line.variant))
    };
    let bought = lines.iter().filter(is_bought);
    let bought: u64 = bought.map(|line| u64::from(line.quantity)).sum();
    let set = if rule.gives.is_some() { buy } else { buy + get };
    bought.checked_div(set).unwrap_or(0).saturating_mul(get)
}

/// Off the `units` cheapest units, by what is left of them: round(left × units of the line × basis points ÷
/// (quantity × 10,000)).
///
/// Equally cheap: by tax class, then variant, then quantity. Lines that are equal in all can stand for each other.
fn give(
    rule: &Rule,
    lines: &[PricedLine],
    left: &[i128],
    mut units: u64,
    basis_points: i128,
    mode: RoundingMode,
) -> Vec<i128> {
    let mut off = vec![0; lines.len()];
    let mut candidates: Vec<usize> = (0..lines.len())
        .filter(|&at| {
            let line = &lines[at];
            let is_given = match &rule.gives {
                Some(gives) => gives.contains(&line.variant),
                None => rule.is_on(line),
            };
            is_given && line.quantity > 0
        })
        .collect();
    // As many rounds as lines at most. A sort would be quicker on paper, and larger in the browser.
    while units > 0 {
        let cheapest = (0..candidates.len()).min_by(|&one, &other| {
            let (one, other) = (candidates[one], candidates[other]);
            let (a, b) = (&lines[one], &lines[other]);
            let (one, other) = (
                left[one] * i128::from(b.quantity),
                left[other] * i128::from(a.quantity),
            );
            let rank = |line: &PricedLine| (line.tax_class, line.variant, line.quantity);
            one.cmp(&other).then_with(|| rank(a).cmp(&rank(b)))
        });
        let Some(cheapest) = cheapest else { break };
        let at = candidates.swap_remove(cheapest);
        let quantity = lines[at].quantity;
        let taken = units.min(quantity.into());
        units -= taken;
        let numerator = i128::from(taken) * basis_points;
        off[at] = share(left[at], numerator, i128::from(quantity) * WHOLE, mode);
    }
    off
}

/// Lowers what is taken `off` the lines to `most` together, in proportion, by largest remainder (Hamilton's method): each
/// gives ⌊off × most ÷ all⌋, and the units still missing come one each from the lines with the largest rests. Only lines with
/// a rest give one more, so none gives more than it would have.
///
/// Equal rests: first the line that would have given more, then the one with more left, then by tax class, variant and
/// quantity. Lines that are equal in all can stand for each other, which is why the order of lines changes no total.
fn spread(lines: &[PricedLine], left: &[i128], off: &mut [i128], most: i128) {
    let all: i128 = off.iter().sum();
    if all <= most {
        return;
    }
    let before = off.to_vec();
    let mut rests = vec![0; off.len()];
    let mut missing = most;
    for (off, rest) in off.iter_mut().zip(&mut rests) {
        let product = *off * most;
        *off = product / all;
        *rest = product - *off * all;
        missing -= *off;
    }
    // Fewer rounds than lines.
    for _ in 0..missing {
        let rank = |&at: &usize| {
            let line = &lines[at];
            let same = (line.tax_class, line.variant, line.quantity);
            (rests[at], before[at], left[at], same)
        };
        if let Some(at) = (0..off.len()).max_by_key(rank) {
            off[at] += 1;
            rests[at] = 0;
        }
    }
}
