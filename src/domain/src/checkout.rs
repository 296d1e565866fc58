//! A checkout: a resource of its own, from the first field to the order.

use crate::cart::CartLine;
use crate::id::{CheckoutId, IdempotencyKey, VariantId};
use crate::market::Country;
use crate::money::Money;
use crate::pricing::{DeliveryOption, Quote};
use crate::promotion::{Code, CodeProblem};
use serde::{Deserialize, Serialize};

/// How far a checkout has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutState {
    /// Something is missing; the messages say what.
    Open,
    /// Everything is there; it can be placed.
    Ready,
    /// An order is being made of it.
    Placing,
    Placed,
    Expired,
}

/// What a shopper typed: nothing is trusted yet, nothing is lost. Every field of the checkout form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    pub email: String,
    pub name: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    /// State or province, where a country has them.
    pub region: String,
    pub country: String,
    pub phone: String,
    /// The delivery option's code.
    pub delivery: String,
}

/// A field of [`CheckoutForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Email,
    Name,
    Line1,
    Line2,
    Postcode,
    City,
    Region,
    Country,
    Phone,
    Delivery,
}

impl Field {
    /// The field's `name` in forms; also the tail of its message keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::Line1 => "line1",
            Self::Line2 => "line2",
            Self::Postcode => "postcode",
            Self::City => "city",
            Self::Region => "region",
            Self::Country => "country",
            Self::Phone => "phone",
            Self::Delivery => "delivery",
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldProblem {
    Missing,
    TooLong,
    Malformed,
    /// A country or a delivery that is not offered.
    NotOffered,
}

/// A field and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: Field,
    pub problem: FieldProblem,
}

/// An e-mail address that mail can be sent to: `local@domain.tld`, at most 254 bytes (RFC 5321 §4.5.3.1.3), its local part
/// a dot-atom (RFC 5322 §3.2.3) of at most 64 bytes. Quoted local parts and address literals are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// # Errors
    /// [`FieldProblem`].
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldProblem::Missing);
        }
        if text.len() > 254 {
            return Err(FieldProblem::TooLong);
        }
        let (local, host) = text.rsplit_once('@').ok_or(FieldProblem::Malformed)?;
        let atom = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
        };
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let local_is_fine = local.len() <= 64 && local.split('.').all(atom);
        let host_is_fine = host.contains('.') && host.split('.').all(label);
        if local_is_fine && host_is_fine {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldProblem::Malformed)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|_| "not an e-mail address".to_owned())
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

/// Where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    pub country: Country,
    pub phone: String,
}

/// A form that holds: who buys, where it goes, how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub email: Email,
    pub address: Address,
    pub delivery: String,
}

impl CheckoutForm {
    /// Reads the form against what is offered. Every problem is reported, not only the first.
    ///
    /// # Errors
    /// All fields that do not hold.
    pub fn parse(
        &self,
        countries: &[Country],
        delivery: &[DeliveryOption],
    ) -> Result<Details, Vec<FieldError>> {
        let mut errors = Vec::new();
        let email = Email::parse(&self.email).map_err(|problem| {
            errors.push(FieldError {
                field: Field::Email,
                problem,
            })
        });
        let mut text = |field, value: &str, required: bool, max: usize| {
            let value = value.trim();
            let problem = if value.is_empty() && required {
                Some(FieldProblem::Missing)
            } else if value.chars().count() > max {
                Some(FieldProblem::TooLong)
            } else if value.chars().any(char::is_control) {
                Some(FieldProblem::Malformed)
            } else {
                None
            };
            errors.extend(problem.map(|problem| FieldError { field, problem }));
            value.to_owned()
        };
        let name = text(Field::Name, &self.name, true, 100);
        let line1 = text(Field::Line1, &self.line1, true, 120);
        let line2 = text(Field::Line2, &self.line2, false, 120);
        let postcode = text(Field::Postcode, &self.postcode, true, 16);
        let city = text(Field::City, &self.city, true, 80);
        let region = text(Field::Region, &self.region, false, 80);
        let phone = text(Field::Phone, &self.phone, false, 32);
        let country = self
            .country
            .trim()
            .parse::<Country>()
            .ok()
            .filter(|country| countries.contains(country));
        if country.is_none() {
            let problem = if self.country.trim().is_empty() {
                FieldProblem::Missing
            } else {
                FieldProblem::NotOffered
            };
            errors.push(FieldError {
                field: Field::Country,
                problem,
            });
        }
        let phone_is_fine = phone
            .chars()
            .all(|c| c.is_ascii_digit() || " +-/().".contains(c));
        if !phone_is_fine && !errors.iter().any(|error| error.field == Field::Phone) {
            errors.push(FieldError {
                field: Field::Phone,
                problem: FieldProblem::Malformed,
            });
        }
        // Without a country no delivery can be offered: one message is enough.
        if country.is_some() && !delivery.iter().any(|option| option.code == self.delivery) {
            let problem = if self.delivery.is_empty() {
                FieldProblem::Missing
            } else {
                FieldProblem::NotOffered
            };
            errors.push(FieldError {
                field: Field::Delivery,
                problem,
            });
        }
        match (email, country) {
            (Ok(email), Some(country)) if errors.is_empty() => Ok(Details {
                email,
                address: Address {
                    name,
                    line1,
                    line2,
                    postcode,
                    city,
                    region,
                    country,
                    phone,
                },
                delivery: self.delivery.clone(),
            }),
            _ => Err(errors),
        }
    }
}

/// Something the shopper must know: what is missing, what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckoutMessage {
    Field(FieldError),
    /// More is wanted than there is.
    SoldOut {
        variant: VariantId,
        title: String,
        available: i64,
    },
    /// More is wanted than a shopper may have: `most` more can be bought.
    Limited {
        variant: VariantId,
        title: String,
        most: i64,
    },
    /// A price or the total is not what the shopper last saw.
    TotalChanged {
        was: Money,
        is: Money,
    },
    /// A code was used up, or ended, while the order was placed: it is no longer in the cart.
    CodeRefused {
        code: Code,
        problem: CodeProblem,
    },
    /// The last try at paying did not go through.
    PaymentFailed,
    /// The provider can't be reached; the order stands, nothing was charged.
    PaymentUnavailable,
}

/// A checkout, as its pages and APIs see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutView {
    pub id: CheckoutId,
    /// Grows with each change.
    pub version: i64,
    pub state: CheckoutState,
    pub form: CheckoutForm,
    pub lines: Vec<CartLine>,
    /// Where the market delivers to.
    pub countries: Vec<Country>,
    /// What can be chosen for the form's country and this cart's weight, each with its price for this cart.
    pub delivery: Vec<DeliveryChoice>,
    pub quote: Quote,
    pub messages: Vec<CheckoutMessage>,
    /// The key to place this checkout with.
    pub key: IdempotencyKey,
}

/// A delivery option and what it costs this cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryChoice {
    pub option: DeliveryOption,
    pub price: Money,
}
