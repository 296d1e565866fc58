//! Money: whole minor units with their ISO 4217 currency. Arithmetic is checked; currencies never mix.

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency that a market may sell in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Eur,
    Usd,
    Gbp,
    Chf,
    Jpy,
    Kwd,
}

impl Currency {
    /// The number of decimals of the major unit: 0, 2 or 3 (ISO 4217 "minor unit").
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Jpy => 0,
            Self::Eur | Self::Usd | Self::Gbp | Self::Chf => 2,
            Self::Kwd => 3,
        }
    }

    /// The three-letter code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
            Self::Chf => "CHF",
            Self::Jpy => "JPY",
            Self::Kwd => "KWD",
        }
    }

    /// What stands beside a price.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Eur => "€",
            Self::Usd => "$",
            Self::Gbp => "£",
            Self::Chf => "CHF\u{a0}",
            Self::Jpy => "¥",
            Self::Kwd => "KWD\u{a0}",
        }
    }
}

impl std::str::FromStr for Currency {
    type Err = MoneyError;
    /// Reads a code in either case (`EUR`, `eur`).
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        [
            Self::Eur,
            Self::Usd,
            Self::Gbp,
            Self::Chf,
            Self::Jpy,
            Self::Kwd,
        ]
        .into_iter()
        .find(|currency| currency.code().eq_ignore_ascii_case(text))
        .ok_or(MoneyError::UnknownCurrency)
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units (cents, yen, fils). May be negative as an intermediate; what a shopper owes never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// What can go wrong with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum MoneyError {
    #[error("two currencies in one sum: {0} and {1}")]
    CurrencyMismatch(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
    #[error("not a currency this shop knows")]
    UnknownCurrency,
    #[error("not an amount of money")]
    NotAnAmount,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_add)
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_sub)
    }

    /// `count` times this amount.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The sum of `amounts`, in `currency`; zero for none.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    /// Reads a decimal amount of the major unit: `24`, `24.5`, `24.50`, `-3`. No grouping, no symbol, no exponent;
    /// no more decimals than the currency has, unless they are zeros.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`], [`MoneyError::Overflow`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (major, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if major.is_empty() || !numeric(major) || !numeric(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        let decimals = currency.decimals() as usize;
        let (kept, dropped) = fraction.split_at(fraction.len().min(decimals));
        if dropped.bytes().any(|byte| byte != b'0') {
            return Err(MoneyError::NotAnAmount);
        }
        let padded = format!("{sign}{major}{kept:0<decimals$}");
        let minor = padded.parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(minor, currency))
    }

    /// The amount as a plain decimal of the major unit, as [`Money::parse`] reads it: `24.50`, `1200` (JPY).
    pub fn decimal(self) -> String {
        let decimals = self.currency.decimals() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!(
            "{:0>width$}",
            self.minor.unsigned_abs(),
            width = decimals + 1
        );
        let (major, fraction) = digits.split_at(digits.len() - decimals);
        if fraction.is_empty() {
            format!("{sign}{major}")
        } else {
            format!("{sign}{major}.{fraction}")
        }
    }

    fn with(self, other: Self, operate: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let minor = operate(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Currency; 6] = [
        Currency::Eur,
        Currency::Usd,
        Currency::Gbp,
        Currency::Chf,
        Currency::Jpy,
        Currency::Kwd,
    ];

    #[test]
    fn a_decimal_reads_back_as_the_amount_it_was() {
        let edges = [
            0,
            1,
            9,
            10,
            99,
            100,
            999,
            1_000,
            1_001,
            123_456_789,
            i64::MAX,
        ];
        for currency in ALL {
            for minor in edges.into_iter().flat_map(|edge| [edge, -edge]) {
                let amount = Money::new(minor, currency);
                assert_eq!(Money::parse(&amount.decimal(), currency), Ok(amount));
            }
            let least = Money::new(i64::MIN, currency);
            assert_eq!(Money::parse(&least.decimal(), currency), Ok(least));
        }
    }

    #[test]
    fn a_decimal_has_the_decimals_of_its_currency() {
        let decimal = |minor, currency| Money::new(minor, currency).decimal();
        assert_eq!(decimal(2_450, Currency::Eur), "24.50");
        assert_eq!(decimal(5, Currency::Usd), "0.05");
        assert_eq!(decimal(-5, Currency::Usd), "-0.05");
        assert_eq!(decimal(1_200, Currency::Jpy), "1200");
        assert_eq!(decimal(0, Currency::Jpy), "0");
        assert_eq!(decimal(1_250, Currency::Kwd), "1.250");
        assert_eq!(decimal(7, Currency::Kwd), "0.007");
    }

    #[test]
    fn reads_amounts_as_people_write_them() {
        let minor = |text, currency| Money::parse(text, currency).map(|amount| amount.minor);
        assert_eq!(minor("24", Currency::Eur), Ok(2_400));
        assert_eq!(minor("24.5", Currency::Eur), Ok(2_450));
        assert_eq!(minor(" 24.50 ", Currency::Eur), Ok(2_450));
        assert_eq!(minor("-3", Currency::Eur), Ok(-300));
        assert_eq!(minor("007", Currency::Eur), Ok(700));
        // More decimals than the currency has, but zeros.
        assert_eq!(minor("24.5000", Currency::Eur), Ok(2_450));
        assert_eq!(minor("1200.00", Currency::Jpy), Ok(1_200));
        assert_eq!(minor("1.25", Currency::Kwd), Ok(1_250));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        let wrong = [
            "", " ", "-", ".", ".5", "--3", "+3", "1,5", "1.2.3", "1 000", "1e3", "€3", "3€", "٣",
            "NaN", "0x10", "- 3", "24.505",
        ];
        for text in wrong {
            let read = Money::parse(text, Currency::Eur);
            assert_eq!(read, Err(MoneyError::NotAnAmount), "{text:?}");
        }
        assert_eq!(
            Money::parse("0.5", Currency::Jpy),
            Err(MoneyError::NotAnAmount)
        );
        assert_eq!(
            Money::parse("92233720368547758.08", Currency::Eur),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn sums_are_checked_and_never_mix_currencies() {
        let eur = |minor| Money::new(minor, Currency::Eur);
        let mixed = Err(MoneyError::CurrencyMismatch(Currency::Eur, Currency::Usd));
        let dollar = Money::new(1, Currency::Usd);
        assert_eq!(eur(2).plus(eur(3)), Ok(eur(5)));
        assert_eq!(eur(2).minus(eur(3)), Ok(eur(-1)));
        assert_eq!(eur(2).times(3), Ok(eur(6)));
        assert_eq!(eur(1).plus(dollar), mixed);
        assert_eq!(eur(1).minus(dollar), mixed);
        assert_eq!(Money::sum(Currency::Eur, [eur(1), dollar]), mixed);
        // Nothing of another currency is another currency still.
        assert_eq!(eur(1).plus(Money::zero(Currency::Usd)), mixed);
        assert_eq!(eur(i64::MAX).plus(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MIN).minus(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MAX).times(2), Err(MoneyError::Overflow));
        assert_eq!(Money::sum(Currency::Eur, []), Ok(eur(0)));
        assert_eq!(
            Money::sum(Currency::Eur, [eur(i64::MAX), eur(1)]),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn currencies_read_from_their_codes() {
        for currency in ALL {
            assert_eq!(currency.code().parse(), Ok(currency));
            assert_eq!(currency.code().to_lowercase().parse(), Ok(currency));
            let sent = serde_json::to_string(&currency).unwrap();
            assert_eq!(sent, format!("\"{currency}\""));
        }
        for unknown in ["", "EU", "EURO", "XXX", " EUR"] {
            assert_eq!(
                unknown.parse::<Currency>(),
                Err(MoneyError::UnknownCurrency)
            );
        }
    }
}
