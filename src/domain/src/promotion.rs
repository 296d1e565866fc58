//! Promotions, as a cart knows them: the codes a shopper entered, and what stands in their way.

use serde::{Deserialize, Serialize};

/// What a shopper types to have a promotion or to pay with a gift card: 3 to 32 letters (A to Z) and digits. However it was
/// typed: capitals, spaces and hyphens make no difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// That is no code: too short, too long, or not of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code is 3 to 32 letters and digits")]
pub struct NotACode;

impl Code {
    /// The longest text worth looking at: no code, however spaced, is longer.
    const LONGEST_TYPED: usize = 100;

    /// # Errors
    /// [`NotACode`].
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() > Self::LONGEST_TYPED {
            return Err(NotACode);
        }
        let mut code = String::new();
        for letter in text
            .chars()
            .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '-' | '\t'))
        {
            if !letter.is_ascii_alphanumeric() {
                return Err(NotACode);
            }
            code.push(letter.to_ascii_uppercase());
        }
        match code.len() {
            3..=32 => Ok(Self(code)),
            _ => Err(NotACode),
        }
    }

    /// In capitals, without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Code {
    type Err = NotACode;
    fn from_str(text: &str) -> Result<Self, NotACode> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Code {
    type Error = NotACode;
    fn try_from(text: String) -> Result<Self, NotACode> {
        Self::parse(&text)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A code that is kept on a cart. Whether it takes something off is in the quote; what keeps it from being tried, here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartCode {
    pub code: Code,
    pub problem: Option<CodeProblem>,
}

/// Why a code can't be used, whatever is in the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeProblem {
    NotYet,
    Ended,
    /// As often as it may be, by all together.
    UsedUp,
    /// As often as one shopper may.
    UsedBefore,
    /// Not in this market.
    NotHere,
    /// For a group of customers that this one is not in.
    NotForYou,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        for text in ["WELCOME10", " welcome10 ", "Wel-come 10", "welcome\u{a0}10"] {
            assert_eq!(Code::parse(text).unwrap().as_str(), "WELCOME10");
        }
        let longest = "A".repeat(32);
        assert_eq!(Code::parse(&longest).unwrap().as_str(), longest);
    }

    #[test]
    fn what_can_be_no_code_is_refused() {
        let overlong = "A".repeat(33);
        let spaced = format!("ABC{}", " ".repeat(1_000_000));
        for text in [
            "", "  ", "AB", "WELCOME!", "WÜRFEL", "ABC\0", "'; DROP", &overlong, &spaced,
        ] {
            assert_eq!(Code::parse(text), Err(NotACode), "{text:.40}");
        }
    }

    #[test]
    fn codes_travel_as_text() {
        let code: Code = serde_json::from_str("\"ab-c 1\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"ABC1\"");
        assert!(serde_json::from_str::<Code>("\"!\"").is_err());
    }
}
