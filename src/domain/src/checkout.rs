//! A checkout: a resource of its own, from the first field to the order.

use crate::cart::CartLine;
use crate::gift_card::CartCard;
use crate::id::{CheckoutId, IdempotencyKey, VariantId};
use crate::market::Country;
use crate::money::Money;
use crate::pricing::{DeliveryOption, Quote};
use crate::promotion::{CartCode, Code, CodeProblem};
use crate::region;
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
    /// State or province, where a country has them: its code, or whatever [`crate::region::find`] makes one of.
    pub region: String,
    pub country: String,
    pub phone: String,
    /// The delivery option's code.
    pub delivery: String,
    /// By what it is to be paid, such as `card`; empty: by whatever the provider that is asked first takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub payment: String,
    /// The provider is to keep what it is paid with, for orders to come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_method: bool,
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
    Payment,
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
            Self::Payment => "payment",
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
    /// A country, region, delivery or means of payment that is not offered.
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

/// Where it goes; for what is picked up, the place it is picked up at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Whose it is.
    pub name: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    pub country: Country,
    pub phone: String,
    /// What the place is called, and when it is open, when the order is picked up there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick_up: Option<PlaceName>,
}

/// What a place of the shop is called, in the shopper's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceName {
    pub name: String,
    /// `Monday to Saturday, 10 to 18`; may be empty.
    pub hours: String,
}

/// A place of the shop where orders are picked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub called: PlaceName,
    pub line1: String,
    pub postcode: String,
    pub city: String,
    /// The region's code; empty where addresses have none.
    pub region: String,
    pub country: Country,
}

/// A way of delivery that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub option: DeliveryOption,
    /// Where it is fetched, when nothing is sent.
    pub pick_up: Option<Place>,
}

/// A form that holds: who buys, where it goes, how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub email: Email,
    pub address: Address,
    pub delivery: String,
}

impl CheckoutForm {
    /// Reads the form against what is offered. Every problem is reported, not only the first. What is picked up needs no
    /// address: it gets the place's.
    ///
    /// # Errors
    /// All fields that do not hold.
    pub fn parse(
        &self,
        countries: &[Country],
        delivery: &[Offered],
    ) -> Result<Details, Vec<FieldError>> {
        let mut errors = Errors::default();
        let chosen = delivery
            .iter()
            .find(|offered| offered.option.code == self.delivery);
        let is_sent = chosen.is_none_or(|offered| offered.pick_up.is_none());
        let email = Email::parse(&self.email).map_err(|problem| errors.add(Field::Email, problem));
        let name = errors.text(Field::Name, &self.name, true, 100);
        let line1 = errors.text(Field::Line1, &self.line1, is_sent, 120);
        let line2 = errors.text(Field::Line2, &self.line2, false, 120);
        let postcode = errors.text(Field::Postcode, &self.postcode, is_sent, 16);
        let city = errors.text(Field::City, &self.city, is_sent, 80);
        let typed_region = errors.text(Field::Region, &self.region, false, 80);
        let phone = errors.text(Field::Phone, &self.phone, false, 32);
        let country = self
            .country
            .trim()
            .parse::<Country>()
            .ok()
            .filter(|country| countries.contains(country));
        if country.is_none() {
            let problem = missing_or(self.country.trim(), FieldProblem::NotOffered);
            errors.add(Field::Country, problem);
        }
        let region = match country.map(|country| region_of(country, &typed_region)) {
            Some(Ok(region)) => region,
            Some(Err(problem)) if is_sent => {
                errors.add(Field::Region, problem);
                typed_region
            }
            Some(Err(_)) | None => typed_region,
        };
        let is_phone = |c: char| c.is_ascii_digit() || " +-/().".contains(c);
        if !phone.chars().all(is_phone) {
            errors.add(Field::Phone, FieldProblem::Malformed);
        }
        // Without a country no delivery can be offered: one message is enough.
        if country.is_some() && chosen.is_none() {
            let problem = missing_or(&self.delivery, FieldProblem::NotOffered);
            errors.add(Field::Delivery, problem);
        }
        match (email, country) {
            (Ok(email), Some(country)) if errors.0.is_empty() => {
                let typed = Address {
                    name,
                    line1,
                    line2,
                    postcode,
                    city,
                    region,
                    country,
                    phone,
                    pick_up: None,
                };
                Ok(Details {
                    email,
                    address: match chosen.and_then(|offered| offered.pick_up.clone()) {
                        Some(place) => place.address(typed),
                        None => typed,
                    },
                    delivery: self.delivery.clone(),
                })
            }
            _ => Err(errors.0),
        }
    }
}

impl Place {
    /// The address of what somebody picks up here.
    fn address(self, of: Address) -> Address {
        Address {
            name: of.name,
            line1: self.line1,
            line2: String::new(),
            postcode: self.postcode,
            city: self.city,
            region: self.region,
            country: self.country,
            phone: of.phone,
            pick_up: Some(self.called),
        }
    }
}

/// What is wrong with a form: the first problem of each field.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: Field, problem: FieldProblem) {
        if self.0.iter().all(|error| error.field != field) {
            self.0.push(FieldError { field, problem });
        }
    }

    /// `value` without its edges, when it is no longer than `max` characters and has no control character.
    fn text(&mut self, field: Field, value: &str, required: bool, max: usize) -> String {
        let value = value.trim();
        if value.is_empty() && required {
            self.add(field, FieldProblem::Missing);
        } else if value.chars().count() > max {
            self.add(field, FieldProblem::TooLong);
        } else if value.chars().any(char::is_control) {
            self.add(field, FieldProblem::Malformed);
        }
        value.to_owned()
    }
}

fn missing_or(typed: &str, problem: FieldProblem) -> FieldProblem {
    if typed.is_empty() {
        FieldProblem::Missing
    } else {
        problem
    }
}

/// The code of the region that was typed; as it was typed where a country's regions are not known.
fn region_of(country: Country, typed: &str) -> Result<String, FieldProblem> {
    let Some(regions) = region::of(country) else {
        return Ok(typed.to_owned());
    };
    match region::find(country, typed) {
        Some(region) => Ok(region.code.to_owned()),
        None if !typed.is_empty() => Err(FieldProblem::NotOffered),
        None if regions.required => Err(FieldProblem::Missing),
        None => Ok(String::new()),
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
    /// The regions of the form's country; None where addresses have none.
    pub regions: Option<RegionChoices>,
    /// What can be chosen for the form's country and this cart's weight, each with its price for this cart.
    pub delivery: Vec<DeliveryChoice>,
    pub quote: Quote,
    /// In the order of the alphabet.
    pub codes: Vec<CartCode>,
    /// In the order they are asked to pay.
    pub cards: Vec<CartCard>,
    pub messages: Vec<CheckoutMessage>,
    /// The key to place this checkout with.
    pub key: IdempotencyKey,
    /// By what it can be paid, the preferred first: `card`. Empty where there is nothing to choose.
    #[serde(default)]
    pub payment_methods: Vec<String>,
}

/// A delivery option and what it costs this cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryChoice {
    pub option: DeliveryOption,
    pub price: Money,
    /// Where it is fetched, when nothing is sent.
    pub pick_up: Option<Place>,
}

/// What can be chosen as the region of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionChoices {
    /// What they are called: `State`.
    pub label: String,
    /// Whether one has to be chosen.
    pub required: bool,
    /// By name.
    pub choices: Vec<RegionChoice>,
}

/// A region by its code, with its name in the shopper's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionChoice {
    pub code: String,
    pub name: String,
}
