//! A catalogue out of nothing, with the shape of a real one: few large categories and many small ones, brands and words by
//! Zipf's law, variants, typos, sparse descriptions, two languages. Product `k` of a seed is the same however many there are.
//!
//! What a product is (its [`Attributes`]) is told apart from what its texts say, so that a test of relevance can judge by it.
//! `rialto seed --products` writes it ([`fill`]).

mod attribute;
mod dice;
mod fill;
mod lexicon;
mod names;
mod offer;
mod rows;
mod sql;
mod text;

pub use fill::{FillError, Filled, Filling, fill};
pub use lexicon::{Colour, Kind, Material, Words};

use dice::Dice;
use lexicon::LEXICON;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// The days over which products came into the shop.
const OPENED: OffsetDateTime = datetime!(2023-08-01 06:00 UTC);
const DAYS: i64 = 1_095;
/// What came after this is new.
const NEW_FROM: OffsetDateTime = datetime!(2026-06-20 00:00 UTC);

/// A product as the generator makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    pub number: u64,
    pub slug: String,
    pub attributes: Attributes,
    pub english: Texts,
    pub german: Texts,
    pub tags: Vec<String>,
    pub state: State,
    pub created_at: OffsetDateTime,
    /// None for what was never shown.
    pub published_at: Option<OffsetDateTime>,
    /// In English; none for a product that comes in one form.
    pub option_names: Vec<&'static str>,
    pub pictures: Vec<Picture>,
    /// 1 to 12.
    pub variants: Vec<Variant>,
    /// Whether it is sold in every market; otherwise only in the first.
    pub is_sold_everywhere: bool,
}

/// What a product is, whatever its texts say.
#[derive(Clone, Debug, PartialEq)]
pub struct Attributes {
    pub kind: &'static Kind,
    pub brand: String,
    /// The series it belongs to.
    pub line: String,
    pub material: Option<&'static Material>,
    /// Those it comes in.
    pub colours: Vec<&'static Colour>,
    /// `S`, `XL`, `42`: those it comes in.
    pub sizes: Vec<&'static str>,
    /// Those it comes in.
    pub measures: Vec<Measure>,
    pub style: Option<&'static Words>,
    /// Whether its title is misspelt.
    pub has_typo: bool,
    /// Whether its title calls the kind by its other name.
    pub is_called_otherwise: bool,
}

/// So many of a unit: `1.5 l`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// A decimal number with a point.
    pub amount: &'static str,
    /// `cm`, `l`, `W`; also `pcs`, `pers`, `pages`, `sheets`, `keys`, `yr`.
    pub unit: &'static str,
}

/// A product's texts in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub title: String,
    pub subtitle: String,
    pub lead: String,
    pub body_html: String,
    pub seo_title: String,
    pub seo_description: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Draft,
    Archived,
}

/// A picture in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub src: String,
    pub alt: String,
}

/// One form of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// One for each of the product's options, in English.
    pub options: Vec<String>,
    pub sku: String,
    pub barcode: String,
    pub weight_g: i32,
    /// Cents of euros.
    pub price_cents: i64,
    pub compare_at_cents: Option<i64>,
    pub stock: Stock,
    /// The picture that shows it, from 1.
    pub picture: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Nobody counts it.
    Untracked,
    Counted {
        available: i64,
        oversell: bool,
    },
}

/// All the products of a seed.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    seed: u64,
}

impl Catalogue {
    pub fn of(seed: u64) -> Self {
        Self { seed }
    }

    /// Product `number`, from 0.
    pub fn product(&self, number: u64) -> Product {
        let mut dice = Dice::of(self.seed, number, 0);
        let attributes = offer::attributes(&mut dice);
        let (english, german) = text::texts(&attributes, &mut dice);
        let created_at = OPENED
            + Duration::days(dice.between(0, DAYS - 1))
            + Duration::seconds(dice.between(0, 50_000));
        let state = match dice.below(100) {
            0 | 1 => State::Draft,
            2 => State::Archived,
            _ => State::Active,
        };
        let published_at =
            (state != State::Draft).then(|| created_at + Duration::hours(dice.between(1, 400)));
        let pictures = offer::pictures(&attributes, &english.title, &mut dice);
        let variants = offer::variants(&attributes, (self.seed, number), pictures.len(), &mut dice);
        let mut tags = offer::tags(&attributes, &variants, &mut dice);
        if published_at.is_some_and(|at| at >= NEW_FROM) {
            tags.push(super::TAG_NEW.to_owned());
        }
        Product {
            number,
            slug: format!(
                "{}-{}-{number}",
                slug(&[&attributes.line, &attributes.kind.one.en]),
                self.seed
            ),
            option_names: offer::option_names(&attributes),
            is_sold_everywhere: !dice.chance(30),
            attributes,
            english,
            german,
            tags,
            state,
            created_at,
            published_at,
            pictures,
            variants,
        }
    }
}

impl Kind {
    /// Every kind there is, in the tree's order.
    pub fn all() -> &'static [Self] {
        &LEXICON.kinds
    }

    /// Its place in the tree: `Furniture > Tables > Side tables`.
    pub fn taxonomy(&self) -> String {
        let many = names::capital(&self.many.en);
        format!("{} > {many}", self.group_path())
    }

    /// What its category is called.
    pub fn category(&self) -> Words {
        Words {
            en: names::capital(&self.many.en),
            de: names::capital(&self.many.de),
        }
    }

    /// The path of the group its category lies in: `Furniture > Tables`.
    pub fn group_path(&self) -> String {
        format!("{} > {}", self.department.en, self.group.en)
    }

    /// Its category in URLs.
    pub fn slug(&self) -> String {
        slug(&[&self.many.en])
    }
}

impl Measure {
    /// As a shopper reads it, in English and in German.
    pub fn words(self) -> Words {
        let (en, de) = match self.unit {
            "pcs" => ("pieces", "Teile"),
            "pers" if self.amount == "1" => ("person", "Person"),
            "pers" => ("people", "Personen"),
            "pages" => ("pages", "Seiten"),
            "sheets" => ("sheets", "Blatt"),
            "keys" => ("keys", "Tasten"),
            "yr" if self.amount == "1" => ("year", "Jahr"),
            "yr" => ("years", "Jahre"),
            "inch" => ("inch", "Zoll"),
            unit => (unit, unit),
        };
        Words {
            en: format!("{} {en}", self.amount),
            de: format!("{} {de}", self.amount.replace('.', ",")),
        }
    }
}

/// Names, fit to stand in a URL: ours are ASCII but for punctuation.
fn slug(names: &[&str]) -> String {
    let name = names.join("-").to_lowercase();
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '\'');
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.replace('\'', ""))
        .collect();
    parts.join("-")
}

#[cfg(test)]
mod tests;
