//! Attributes as filters know them: their numbers, and the keys under which engines find their values.

use super::BETWEEN;
use domain::Locale;
use std::str::FromStr;

/// What the names of attributes begin with in keys, where those of options stand too: ASCII's file separator before what has
/// numbers, its group separator before what has values to choose from. No option's name begins so.
const NUMBERS: char = '\u{1c}';
const VALUES: char = '\u{1d}';
/// Comes after all keys of attributes, and before all others.
pub(super) const AFTER_ATTRIBUTES: &str = "\u{1e}";
/// Characters of a text that can be chosen: a longer one is a description.
const LONGEST: usize = 60;
/// Neither more thousandths nor fewer than with the other sign.
const MOST: i64 = 1_000_000_000_000;

/// A number of an attribute, in thousandths of its unit: what is finer is rounded, what lies beyond a thousand million is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

/// The lowest and the highest number, both included.
pub type Range = (Option<Number>, Option<Number>);

impl Number {
    /// That of a number as it is stored.
    pub fn of(number: f64) -> Self {
        // A cast cuts what is too large for it.
        Self(((number * 1_000.0).round() as i64).clamp(-MOST, MOST))
    }

    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// As it is written in that language.
    pub fn said(self, locale: Locale) -> String {
        match locale {
            Locale::De => self.to_string().replace('.', ","),
            Locale::En => self.to_string(),
        }
    }

    /// Sixteen letters whose order is the numbers'.
    fn key(self) -> String {
        format!("{:016x}", self.0.cast_unsigned() ^ (1 << 63))
    }

    fn of_key(key: &str) -> Option<Self> {
        let bits = u64::from_str_radix(key, 16).ok()?;
        Some(Self((bits ^ (1 << 63)).cast_signed()))
    }
}

/// A text is no number of at most nine digits before the point and three behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is no number; write it like 19.5")]
pub struct NoNumber;

impl FromStr for Number {
    type Err = NoNumber;

    /// Reads `24`, `24.5`, `24,50`, `-3`.
    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let text = text.trim();
        let (sign, text) = text
            .strip_prefix('-')
            .map_or((1, text), |positive| (-1, positive));
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        let fits = (1..=9).contains(&whole.len()) && part.len() <= 3;
        if !fits || !is_number(whole) || !is_number(part) {
            return Err(NoNumber);
        }
        let thousandths: i64 = format!("{whole}{part:0<3}").parse().map_err(|_| NoNumber)?;
        Ok(Self(sign * thousandths))
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 1_000, self.0.unsigned_abs() % 1_000);
        match part {
            0 => write!(f, "{sign}{whole}"),
            part => write!(
                f,
                "{sign}{whole}.{}",
                format!("{part:03}").trim_end_matches('0')
            ),
        }
    }
}

/// Whether an attribute can have that code (table `attribute`).
pub fn is_code(text: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(is_part)
}

/// What stands before [`BETWEEN`] in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    Option(&'a str),
    /// An attribute's code.
    Values(&'a str),
    Numbers(&'a str),
}

impl<'a> Name<'a> {
    pub fn of(name: &'a str) -> Self {
        if let Some(code) = name.strip_prefix(NUMBERS) {
            Self::Numbers(code)
        } else if let Some(code) = name.strip_prefix(VALUES) {
            Self::Values(code)
        } else {
            Self::Option(name)
        }
    }
}

/// The name in keys of an attribute with values to choose from.
pub(super) fn values_name(code: &str) -> String {
    format!("{VALUES}{code}")
}

/// The name in keys of an attribute with numbers.
pub(super) fn numbers_name(code: &str) -> String {
    format!("{NUMBERS}{code}")
}

/// The first and the last key of an attribute's numbers in that range.
pub(super) fn bounds(code: &str, (low, high): Range) -> (String, String) {
    let key = |number: Number| format!("{NUMBERS}{code}{BETWEEN}{}", number.key());
    let (least, most) = (Number(i64::MIN), Number(i64::MAX));
    (key(low.unwrap_or(least)), key(high.unwrap_or(most)))
}

/// The number in what stands behind [`BETWEEN`].
pub(super) fn number(value: &str) -> Option<Number> {
    Number::of_key(value)
}

/// The key of a value as the engines' statements say it: a mark, the code, [`BETWEEN`], and a text, or a number in digits. None
/// for what nobody could choose.
pub(super) fn key(stored: &str) -> Option<String> {
    let (name, value) = stored.split_once(BETWEEN)?;
    match Name::of(name) {
        Name::Numbers(code) => {
            let number = Number::of(value.parse().ok()?);
            Some(bounds(code, (Some(number), None)).0)
        }
        Name::Values(_) => {
            let fits = value.chars().count() <= LONGEST && !value.contains(char::is_control);
            fits.then(|| stored.to_owned())
        }
        Name::Option(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them_and_written_in_one_way() {
        for (text, written) in [
            ("24", "24"),
            ("024,50", "24.5"),
            ("-0.050", "-0.05"),
            (" 7 ", "7"),
            ("-0", "0"),
            ("999999999.999", "999999999.999"),
        ] {
            let number: Number = text.parse().unwrap();
            assert_eq!(number.to_string(), written);
            assert_eq!(written.parse(), Ok(number));
        }
        for text in [
            "",
            "-",
            "--1",
            "+1",
            "1e3",
            "1.2345",
            "1234567890",
            "x",
            ".5",
            "NaN",
            "١",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NoNumber), "{text:?}");
        }
        assert_eq!(Number::of(12.5).said(Locale::De), "12,5");
        assert_eq!(Number::of(f64::INFINITY), Number(MOST));
        assert_eq!(Number::of(f64::NAN), Number(0));
    }

    #[test]
    fn keys_of_numbers_are_in_their_order() {
        let numbers = [-1e300, -20.0, -0.001, 0.0, 0.001, 9.0, 10.0, 1e300].map(Number::of);
        let keys = numbers.map(|number| bounds("size", (Some(number), None)).0);
        assert!(keys.is_sorted(), "{keys:?}");
        let (first, last) = bounds("size", (None, None));
        assert!(keys.iter().all(|key| *key >= first && *key <= last));
        for (number, key) in numbers.into_iter().zip(&keys) {
            let (_, value) = key.split_once(BETWEEN).unwrap();
            assert_eq!(super::number(value), Some(number));
        }
        assert_eq!(key("\u{1c}size\u{1f}1e1"), Some(keys[6].clone()));
    }

    #[test]
    fn only_what_can_be_chosen_has_a_key() {
        let glass = "\u{1d}material\u{1f}Glass";
        assert_eq!(key(glass).as_deref(), Some(glass));
        let long = format!("\u{1d}care\u{1f}{}", "x".repeat(LONGEST + 1));
        for none in ["Glaze\u{1f}Sand", "\u{1c}size\u{1f}wide", "material", &long] {
            assert_eq!(key(none), None, "{none:?}");
        }
        assert!(is_code("size-cm2") && is_code(&"a".repeat(40)));
        for none in ["", "2", "-a", "Size", "a b", "ä", &"a".repeat(41)] {
            assert!(!is_code(none), "{none:?}");
        }
    }
}
