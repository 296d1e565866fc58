//! Amounts as PayPal writes them: decimal strings in major units
//! (<https://developer.paypal.com/api/rest/reference/currency-codes/>).

use serde::{Deserialize, Serialize};

use super::error::{Issue, PaypalError};
use crate::money;

/// Currencies that PayPal takes with two decimals.
const TWO_DECIMAL: [&str; 21] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "MXN", "MYR",
    "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD",
];

/// Currencies that PayPal takes in whole units only, also where ISO 4217 knows decimals.
const WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

/// The most digits before the point.
const MOST_DIGITS: usize = 7;

/// An amount as it is sent and told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AmountText {
    pub currency_code: String,
    pub value: String,
}

/// How many decimals PayPal takes; nothing for a currency that it does not take.
fn decimals(code: &str) -> Option<u32> {
    if TWO_DECIMAL.contains(&code) {
        Some(2)
    } else if WHOLE.contains(&code) {
        Some(0)
    } else {
        None
    }
}

/// Minor units of ISO 4217 in one of PayPal's smallest units.
fn step(currency: &str, decimals: u32) -> i64 {
    10_i64.pow(money::decimals(currency).saturating_sub(decimals))
}

impl AmountText {
    /// The amount in minor units of ISO 4217, and the currency in lower case. `field` is where it stands.
    ///
    /// # Errors
    /// An unknown currency, too many decimals, too many digits, or no number.
    pub fn read(&self, field: &str) -> Result<(i64, String), PaypalError> {
        let refuse = |issue: Issue| {
            Err(PaypalError::unprocessable(
                issue.at(&format!("{field}/value"), &self.value),
            ))
        };
        let Some(decimals) = decimals(&self.currency_code) else {
            return Err(PaypalError::unprocessable(
                Issue::new(
                    "CURRENCY_NOT_SUPPORTED",
                    "Currency code is not currently supported. Please refer https://developer.paypal.com/api/rest/\
                     reference/currency-codes/ for list of supported currency codes.",
                )
                .at(&format!("{field}/currency_code"), &self.currency_code),
            ));
        };
        let (whole, part) = self
            .value
            .split_once('.')
            .unwrap_or((self.value.as_str(), ""));
        let negative = whole.starts_with('-');
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let pointless = self.value.ends_with('.') || (whole.is_empty() && part.is_empty());
        if pointless || !digits(whole) || !digits(part) || self.value.len() > 32 {
            return Err(PaypalError::malformed(
                Issue::new(
                    "INVALID_PARAMETER_SYNTAX",
                    "The value of a field does not conform to the expected format.",
                )
                .at(&format!("{field}/value"), &self.value),
            ));
        }
        if decimals == 0 && !part.is_empty() {
            return refuse(Issue::new(
                "DECIMALS_NOT_SUPPORTED",
                "Currency does not support decimals.",
            ));
        }
        if part.len() > decimals as usize {
            return refuse(Issue::new(
                "DECIMAL_PRECISION",
                "If the currency supports decimals, only two decimal place precision is supported.",
            ));
        }
        if whole.trim_start_matches('0').len() > MOST_DIGITS {
            return refuse(Issue::new(
                "MAX_VALUE_EXCEEDED",
                "Should be less than or equal to 9999999.99.",
            ));
        }
        let currency = self.currency_code.to_ascii_lowercase();
        let text = format!("0{whole}{part:0<width$}", width = decimals as usize);
        // At most ten digits are left, so that neither the number nor its step can overflow.
        let units: i64 = text.parse().unwrap_or(0);
        let amount = units * step(&currency, decimals);
        Ok((if negative { -amount } else { amount }, currency))
    }

    /// As [`AmountText::read`], and above zero.
    ///
    /// # Errors
    /// Likewise, and zero or less.
    pub fn positive(&self, field: &str) -> Result<(i64, String), PaypalError> {
        let read = self.read(field)?;
        if read.0 <= 0 {
            let issue = Issue::new(
                "CANNOT_BE_ZERO_OR_NEGATIVE",
                "Must be greater than zero. If the currency supports decimals, only two decimal place precision is \
                 supported.",
            );
            return Err(PaypalError::unprocessable(
                issue.at(&format!("{field}/value"), &self.value),
            ));
        }
        Ok(read)
    }

    /// Writes an amount of minor units.
    pub fn of(amount: i64, currency: &str) -> Self {
        let code = currency.to_ascii_uppercase();
        let decimals = decimals(&code).unwrap_or(2);
        let units = amount / step(currency, decimals);
        let sign = if units < 0 { "-" } else { "" };
        let unit = 10_u64.pow(decimals);
        let (whole, part) = (units.unsigned_abs() / unit, units.unsigned_abs() % unit);
        let value = match decimals {
            0 => format!("{sign}{whole}"),
            digits => format!("{sign}{whole}.{part:0width$}", width = digits as usize),
        };
        Self {
            currency_code: code,
            value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, code: &str) -> Result<i64, String> {
        let text = AmountText {
            currency_code: code.to_owned(),
            value: value.to_owned(),
        };
        text.read("/amount")
            .map(|(amount, _)| amount)
            .map_err(|error| error.issue().to_owned())
    }

    #[test]
    fn amounts_are_read_in_the_currencys_own_decimals() {
        assert_eq!(read("12.34", "EUR"), Ok(1234));
        assert_eq!(read("12", "EUR"), Ok(1200));
        assert_eq!(read("12.3", "EUR"), Ok(1230));
        assert_eq!(read(".5", "USD"), Ok(50));
        assert_eq!(read("1500", "JPY"), Ok(1500));
        assert_eq!(read("1500", "HUF"), Ok(150_000), "ISO 4217 gives it two");
        assert_eq!(read("-1", "EUR"), Ok(-100));
    }

    #[test]
    fn what_paypal_does_not_take_is_named() {
        for (value, code, issue) in [
            ("1.234", "EUR", "DECIMAL_PRECISION"),
            ("15.00", "JPY", "DECIMALS_NOT_SUPPORTED"),
            ("1.234", "KWD", "CURRENCY_NOT_SUPPORTED"),
            ("1.23", "eur", "CURRENCY_NOT_SUPPORTED"),
            ("10000000", "EUR", "MAX_VALUE_EXCEEDED"),
            ("1,5", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("1.", "EUR", "INVALID_PARAMETER_SYNTAX"),
            (".", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("１", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("--1", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("1e3", "EUR", "INVALID_PARAMETER_SYNTAX"),
        ] {
            assert_eq!(read(value, code), Err(issue.to_owned()), "{value} {code}");
        }
    }

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for (amount, currency, value) in [
            (1234, "eur", "12.34"),
            (5, "usd", "0.05"),
            (1500, "jpy", "1500"),
            (150_000, "huf", "1500"),
            (999_999_999, "eur", "9999999.99"),
        ] {
            let text = AmountText::of(amount, currency);
            assert_eq!(text.value, value, "{currency}");
            assert_eq!(text.read("/amount").unwrap().0, amount);
        }
    }
}
