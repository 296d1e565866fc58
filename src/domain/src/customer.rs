//! Who a customer is to others: one mailbox, and a means of payment by a name that gives nothing away.

use crate::checkout::Email;
use serde::{Deserialize, Serialize};

/// The same text for spellings of one mailbox: case does not count, nor does what follows a `+`. What is limited per person
/// is counted by it; mail goes to the address as it was typed.
pub fn email_key(email: &Email) -> String {
    let lower = email.as_str().to_lowercase();
    match lower.rsplit_once('@') {
        Some((mailbox, host)) => {
            let plain = mailbox.split('+').next().filter(|plain| !plain.is_empty());
            format!("{}@{host}", plain.unwrap_or(mailbox))
        }
        None => lower,
    }
}

/// How people tell a saved means of payment from another: `Visa, ending in 4242`. It can't hold a card's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MethodLabel(String);

/// Why a text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum BadLabel {
    #[error("a label has 1 to 80 characters, none of them a control character")]
    Unreadable,
    #[error("a label shows at most four digits of a number")]
    TooTelling,
}

impl MethodLabel {
    /// # Errors
    /// [`BadLabel`].
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        let text = text.trim();
        let length = text.chars().count();
        if !(1..=80).contains(&length) || text.chars().any(char::is_control) {
            return Err(BadLabel::Unreadable);
        }
        // In any script: digits of another one are a number, too.
        if text.chars().filter(|c| c.is_numeric()).count() > 4 {
            return Err(BadLabel::TooTelling);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_key() {
        let key = |text| email_key(&Email::parse(text).expect("an address"));
        for same in [
            "ada@example.com",
            "Ada@Example.com",
            " ada+rialto@example.com",
            "ADA+a+b@example.com",
        ] {
            assert_eq!(key(same), "ada@example.com", "{same}");
        }
        assert_eq!(key("+ada@example.com"), "+ada@example.com");
        assert_ne!(key("a.da@example.com"), key("ada@example.com"));
    }

    #[test]
    fn no_card_number_is_a_label() {
        assert_eq!(
            MethodLabel::parse(" Visa, ending in 4242 ").map(|label| label.0),
            Ok("Visa, ending in 4242".to_owned())
        );
        for number in ["4242 4242 4242 4242", "Visa 42424", "٤٢٤٢٤٢", "4-2-4-2-4"] {
            assert_eq!(
                MethodLabel::parse(number),
                Err(BadLabel::TooTelling),
                "{number}"
            );
        }
        for bad in ["", "  ", "Visa\n4242", &"x".repeat(81)] {
            assert_eq!(
                MethodLabel::parse(bad),
                Err(BadLabel::Unreadable),
                "{bad:?}"
            );
        }
    }
}
