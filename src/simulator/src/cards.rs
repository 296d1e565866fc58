//! Stripe's published test cards and test payment methods (<https://docs.stripe.com/testing>).

use crate::store::model::{CardFace, Decline};

/// A card that may be charged, and how that will end.
#[derive(Clone, Debug)]
pub struct Card {
    pub face: CardFace,
    pub decline: Option<Decline>,
}

fn decline(code: &str, reason: Option<&str>, message: &str) -> Decline {
    Decline {
        code: code.to_owned(),
        decline_code: reason.map(str::to_owned),
        message: message.to_owned(),
    }
}

fn generic() -> Decline {
    decline(
        "card_declined",
        Some("generic_decline"),
        "Your card was declined.",
    )
}

fn no_funds() -> Decline {
    decline(
        "card_declined",
        Some("insufficient_funds"),
        "Your card has insufficient funds.",
    )
}

impl Card {
    fn new(brand: &str, last4: &str, decline: Option<Decline>) -> Self {
        Self {
            face: CardFace {
                brand: brand.to_owned(),
                last4: last4.to_owned(),
            },
            decline,
        }
    }

    /// Reads a number as typed on the payment page. The number itself is never kept.
    ///
    /// # Errors
    /// What the page should say when it is no card number.
    pub fn typed(number: &str) -> Result<Self, &'static str> {
        let digits: String = number
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .collect();
        if digits.is_empty() {
            return Err("Your card number is incomplete.");
        }
        if !(12..=19).contains(&digits.len()) || !luhn(&digits) {
            return Err("Your card number is invalid.");
        }
        let brand = match digits.as_bytes() {
            [b'4', ..] => "visa",
            [b'5', ..] | [b'2', ..] => "mastercard",
            [b'3', b'4' | b'7', ..] => "amex",
            _ => "unknown",
        };
        let refused = match digits.as_str() {
            "4242424242424242" | "4000056655665556" | "5555555555554444" | "2223003122003222"
            | "378282246310005" | "4000002500000003" => None,
            "4000000000009995" => Some(no_funds()),
            "4000000000000069" => Some(decline("expired_card", None, "Your card has expired.")),
            "4000000000000127" => Some(decline(
                "incorrect_cvc",
                None,
                "Your card's security code is incorrect.",
            )),
            "4000000000000119" => Some(decline(
                "processing_error",
                None,
                "An error occurred while processing your card. Try again in a little bit.",
            )),
            "4000000000000002" => Some(generic()),
            _ => Some(decline(
                "card_declined",
                Some("test_mode_live_card"),
                "Your card was declined. Your request was in test mode, but used a non test card.",
            )),
        };
        Ok(Self::new(brand, &digits[digits.len() - 4..], refused))
    }

    /// One that was charged before, and is good for more.
    pub fn kept(face: &CardFace) -> Self {
        Self {
            face: face.clone(),
            decline: None,
        }
    }

    /// A test payment method by its published name.
    pub fn named(method: &str) -> Option<Self> {
        Some(match method {
            "pm_card_visa" => Self::new("visa", "4242", None),
            "pm_card_visa_debit" => Self::new("visa", "5556", None),
            "pm_card_mastercard" => Self::new("mastercard", "4444", None),
            "pm_card_amex" => Self::new("amex", "8431", None),
            "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => {
                Self::new("visa", "0002", Some(generic()))
            }
            "pm_card_chargeDeclinedInsufficientFunds"
            | "pm_card_visa_chargeDeclinedInsufficientFunds" => {
                Self::new("visa", "9995", Some(no_funds()))
            }
            _ => return None,
        })
    }
}

fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (index, letter) in digits.chars().rev().enumerate() {
        let Some(digit) = letter.to_digit(10) else {
            return false;
        };
        let weighed = if index % 2 == 1 { digit * 2 } else { digit };
        sum += if weighed > 9 { weighed - 9 } else { weighed };
    }
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_end_as_published() {
        assert!(
            Card::typed("4242 4242 4242 4242")
                .unwrap()
                .decline
                .is_none()
        );
        let declined = Card::typed("4000 0000 0000 0002").unwrap();
        assert_eq!(declined.face.last4, "0002");
        assert_eq!(declined.decline.unwrap().message, "Your card was declined.");
        assert!(Card::typed("4242 4242 4242 4241").is_err());
        assert!(Card::typed("").is_err());
        assert!(Card::typed("４２４２").is_err());
        assert!(Card::typed("4012888888881881").unwrap().decline.is_some());
    }
}
