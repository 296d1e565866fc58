//! Money as people write it, in each language.

use crate::market::Locale;
use crate::money::Money;

/// `€1,234.50` in English, `1.234,50 €` in German.
pub fn money(amount: Money, locale: Locale) -> String {
    write(amount, locale, false)
}

/// The same, without decimals when they are all zero: `€24`, `24 €`.
pub fn money_short(amount: Money, locale: Locale) -> String {
    write(amount, locale, true)
}

fn write(amount: Money, locale: Locale, short: bool) -> String {
    let plain = Money::new(amount.minor.saturating_abs(), amount.currency).decimal();
    let (major, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (group, point) = match locale {
        Locale::En => (',', '.'),
        Locale::De => ('.', ','),
    };
    let mut number = String::with_capacity(plain.len() + 8);
    for (index, digit) in major.char_indices() {
        if index > 0 && (major.len() - index).is_multiple_of(3) {
            number.push(group);
        }
        number.push(digit);
    }
    let is_whole = fraction.bytes().all(|digit| digit == b'0');
    if !is_whole || (!short && !fraction.is_empty()) {
        number.push(point);
        number.push_str(fraction);
    }
    let sign = if amount.minor < 0 { "−" } else { "" };
    let symbol = amount.currency.symbol();
    match locale {
        Locale::En => format!("{sign}{symbol}{number}"),
        Locale::De => format!("{sign}{number}\u{a0}{}", symbol.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn writes_money_as_each_language_does() {
        let amount = Money::new(123_450, Currency::Eur);
        assert_eq!(money(amount, Locale::En), "€1,234.50");
        assert_eq!(money(amount, Locale::De), "1.234,50\u{a0}€");
        assert_eq!(
            money_short(Money::new(2_400, Currency::Eur), Locale::En),
            "€24"
        );
        assert_eq!(
            money_short(Money::new(2_450, Currency::Eur), Locale::De),
            "24,50\u{a0}€"
        );
        assert_eq!(
            money(Money::new(1_234_567, Currency::Jpy), Locale::En),
            "¥1,234,567"
        );
        assert_eq!(
            money(Money::new(-1_500, Currency::Kwd), Locale::En),
            "−KWD\u{a0}1.500"
        );
    }
}
