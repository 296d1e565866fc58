//! PayPal's objects. Times in seconds since 1970; amounts in minor units of ISO 4217; currencies in lower case.

use serde::{Deserialize, Serialize};

/// The objects of PayPal that one request touched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Touched {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Capture>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Made without a payment source: the payer is yet to come.
    Created,
    /// Made with PayPal as its payment source: the payer is yet to come.
    PayerActionRequired,
    Approved,
    Completed,
}

/// What becomes of a capture of the money that the payer has agreed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Funding {
    #[default]
    Good,
    /// The payer's bank refuses.
    Declined,
    /// PayPal looks at it first; `POST /simulator/captures/{id}/settle` ends that.
    Pending,
}

/// An item of an order, for the page that the payer sees.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub quantity: i64,
    /// Of one.
    pub amount: i64,
}

/// What a purchase unit is called; the same on its captures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Names {
    pub reference_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<String>,
}

/// An order with its one purchase unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub created: i64,
    pub updated: i64,
    pub status: OrderStatus,
    pub names: Names,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub currency: String,
    pub amount: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Whether it names PayPal as its payment source, rather than nothing.
    pub wallet: bool,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    #[serde(default)]
    pub funding: Funding,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CaptureStatus {
    Completed,
    Declined,
    Pending,
    PartiallyRefunded,
    Refunded,
}

/// Money taken, or to be taken once PayPal has looked at it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Capture {
    pub id: String,
    pub created: i64,
    pub updated: i64,
    pub order: String,
    pub names: Names,
    pub status: CaptureStatus,
    pub amount: i64,
    pub refunded: i64,
    pub currency: String,
}

impl Capture {
    /// Whether it holds, or held, the payer's money.
    pub const fn took_money(&self) -> bool {
        matches!(
            self.status,
            CaptureStatus::Completed | CaptureStatus::PartiallyRefunded | CaptureStatus::Refunded
        )
    }
}

/// Money given back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub created: i64,
    pub capture: String,
    pub amount: i64,
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A fresh id as PayPal's look: 17 letters and digits.
pub fn new_id() -> String {
    // Without vowels, so that no id is a word.
    const LETTERS: &[u8; 32] = b"0123456789BCDFGHJKLMNPQRSTVWXYZU";
    // The low 85 bits of a UUIDv7 hold all of its 74 random ones.
    let bits = uuid::Uuid::now_v7().as_u128();
    (0..17)
        .map(|place| {
            let digit = (bits >> (place * 5)) & 31;
            char::from(LETTERS[usize::try_from(digit).unwrap_or(0)])
        })
        .collect()
}
