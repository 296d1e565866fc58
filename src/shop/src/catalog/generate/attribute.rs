//! What generated products are, as typed attributes.

use super::Attributes;
use super::dice::Dice;
use super::lexicon::Words;
use super::names::capital;
use serde_json::{Value, json};

/// An attribute that generated products may have.
pub struct Known {
    pub code: &'static str,
    /// `text`, `number` or `boolean`.
    pub kind: &'static str,
    /// All numbers of it are in this unit.
    pub unit: &'static str,
    name: (&'static str, &'static str),
}

const fn known(
    code: &'static str,
    kind: &'static str,
    unit: &'static str,
    name: (&'static str, &'static str),
) -> Known {
    Known {
        code,
        kind,
        unit,
        name,
    }
}

/// In the order in which pages show them. Where the demo shop has the same, they are its own.
pub const ALL: [Known; 11] = [
    known("material", "text", "", ("Material", "Material")),
    known("style", "text", "", ("Style", "Stil")),
    known("size-cm", "number", "cm", ("Size", "Größe")),
    known("length", "number", "m", ("Length", "Länge")),
    known("capacity", "number", "ml", ("Capacity", "Inhalt")),
    known("weight", "number", "g", ("Weight", "Gewicht")),
    known("power", "number", "W", ("Power", "Leistung")),
    known("screen", "number", "inch", ("Screen", "Bildschirm")),
    known("pieces", "number", "", ("Pieces", "Teile")),
    known("warranty", "number", "years", ("Warranty", "Garantie")),
    known(
        "recycled",
        "boolean",
        "",
        ("Recycled material", "Recyceltes Material"),
    ),
];

impl Known {
    pub fn names(&self) -> Value {
        json!({ "en": self.name.0, "de": self.name.1 })
    }
}

/// What a product is in one respect.
#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    /// As an option's value: in English, beginning with a capital letter.
    Text(String),
    Number(f64),
    Boolean(bool),
}

/// A text of an attribute in English, as it is stored.
pub fn text(words: &Words) -> String {
    capital(&words.en)
}

/// What is known of product `number`, by code. What only some of its forms are is none of it.
pub fn values(attributes: &Attributes, (seed, number): (u64, u64)) -> Vec<(&'static str, Is)> {
    // Dice of their own: what was drawn before there were attributes stays as it was.
    let mut dice = Dice::of(seed, number, 0x00a7_7218);
    let mut values = Vec::with_capacity(5);
    if let Some(material) = attributes.material {
        values.push(("material", Is::Text(text(&material.name))));
    }
    if let Some(style) = attributes.style {
        values.push(("style", Is::Text(text(style))));
    }
    if let [measure] = attributes.measures.as_slice()
        && let Ok(amount) = measure.amount.parse::<f64>()
    {
        let told = match measure.unit {
            "cm" => Some(("size-cm", amount)),
            "m" => Some(("length", amount)),
            "ml" => Some(("capacity", amount)),
            "l" => Some(("capacity", amount * 1_000.0)),
            "g" => Some(("weight", amount)),
            "kg" => Some(("weight", amount * 1_000.0)),
            "W" => Some(("power", amount)),
            "inch" => Some(("screen", amount)),
            "pcs" => Some(("pieces", amount)),
            _ => None,
        };
        values.extend(told.map(|(code, amount)| (code, Is::Number(amount))));
    }
    let years = [2.0, 2.0, 3.0, 5.0, 10.0][dice.below(5)];
    if !attributes.kind.is_reduced && dice.chance(250) {
        values.push(("warranty", Is::Number(years)));
    }
    let is_recycled = dice.chance(300);
    if attributes.material.is_some() && dice.chance(400) {
        values.push(("recycled", Is::Boolean(is_recycled)));
    }
    values
}
