//! The words products are made of, read once from the lists beside this file.

use super::dice::Zipf;
use std::sync::LazyLock;

const KINDS: &str = include_str!("words/kinds.txt");
const WORDS: &str = include_str!("words/words.txt");

/// Brands, of which each department has as many.
pub const BRANDS: usize = 638;
/// Names of series.
pub const LINES: usize = 4_096;

pub static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

/// Something in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub en: String,
    pub de: String,
}

/// A kind of thing: a leaf of the category tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its place in the tree.
    pub index: usize,
    pub department: Words,
    pub department_index: usize,
    pub group: Words,
    pub one: Words,
    pub many: Words,
    /// What else people call it.
    pub synonym: Words,
    /// Whether its tax is reduced, as for food.
    pub is_reduced: bool,
    pub(super) materials: char,
    pub(super) options: &'static str,
    /// Euros.
    pub(super) price: (i64, i64),
    pub(super) grams: i64,
    pub(super) unit: &'static str,
    pub(super) amounts: Vec<&'static str>,
}

/// What things are made of.
#[derive(Debug, PartialEq, Eq)]
pub struct Material {
    pub name: Words,
    /// What German compounds begin with: `Eichenholz`(tisch).
    pub(super) compound: String,
    pub(super) class: char,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Colour {
    pub name: Words,
    /// `#2f5d9b`
    pub hex: String,
}

/// A sentence with places to be filled, in both languages.
pub struct Sentence {
    pub needs_material: bool,
    pub text: Words,
}

pub struct Lexicon {
    pub kinds: Vec<Kind>,
    pub materials: Vec<Material>,
    pub colours: Vec<Colour>,
    pub styles: Vec<Words>,
    pub adjectives: Vec<Words>,
    pub purposes: Vec<Words>,
    pub sentences: Vec<Sentence>,
    pub kind_ranks: Zipf,
    pub brand_ranks: Zipf,
    pub home_brand_ranks: Zipf,
    pub line_ranks: Zipf,
    pub colour_ranks: Zipf,
    pub adjective_ranks: Zipf,
    pub purpose_ranks: Zipf,
}

impl Lexicon {
    fn read() -> Self {
        let kinds = kinds();
        let departments = kinds.last().map_or(1, |kind| kind.department_index + 1);
        let section = |name: &str| {
            let heading = format!("[{name}]");
            let lines = WORDS.lines().skip_while(move |line| *line != heading);
            let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
            lines.map(|line| line.split('|').collect::<Vec<&str>>())
        };
        let pairs = |name: &str| section(name).filter_map(|line| pair(&line)).collect();
        let materials = section("material").filter_map(|line| {
            let [class, en, de, compound] = line[..] else {
                return None;
            };
            Some(Material {
                name: words(en, de),
                compound: compound.to_owned(),
                class: class.chars().next()?,
            })
        });
        let colours = section("colour").filter_map(|line| {
            let [en, de, hex] = line[..] else {
                return None;
            };
            Some(Colour {
                name: words(en, de),
                hex: hex.to_owned(),
            })
        });
        let sentences = section("sentence").filter_map(|line| {
            let [needs, en, de] = line[..] else {
                return None;
            };
            Some(Sentence {
                needs_material: needs == "m",
                text: words(en, de),
            })
        });
        let colours: Vec<Colour> = colours.collect();
        let adjectives: Vec<Words> = pairs("adjective");
        let purposes: Vec<Words> = pairs("purpose");
        Self {
            kind_ranks: Zipf::of(kinds.len()),
            brand_ranks: Zipf::of(BRANDS),
            home_brand_ranks: Zipf::of(BRANDS / departments),
            line_ranks: Zipf::of(LINES),
            colour_ranks: Zipf::of(colours.len()),
            adjective_ranks: Zipf::of(adjectives.len()),
            purpose_ranks: Zipf::of(purposes.len()),
            materials: materials.collect(),
            styles: pairs("style"),
            sentences: sentences.collect(),
            kinds,
            colours,
            adjectives,
            purposes,
        }
    }
}

/// `= department|…|tax`, `- group|…`, and a line for each kind: its names in English (one, many, another), in German the
/// same, materials (a letter), options (`c` colours, `s` sizes, `h` shoe sizes, `m` measures), euros, grams, measures.
fn kinds() -> Vec<Kind> {
    let mut department = (words("", ""), false);
    let mut departments = 0;
    let mut group = words("", "");
    let mut kinds = Vec::new();
    for line in KINDS.lines() {
        if let Some(rest) = line.strip_prefix("= ") {
            let fields: Vec<&str> = rest.split('|').collect();
            if let [en, de, tax] = fields[..] {
                department = (words(en, de), tax == "reduced");
                departments += 1;
            }
        } else if let Some(rest) = line.strip_prefix("- ") {
            let fields: Vec<&str> = rest.split('|').collect();
            group = pair(&fields).unwrap_or(group);
        } else if let Some(mut kind) = kind(line) {
            kind.index = kinds.len();
            kind.department = department.0.clone();
            kind.department_index = departments - 1;
            kind.is_reduced = department.1;
            kind.group = group.clone();
            kinds.push(kind);
        }
    }
    kinds
}

fn kind(line: &'static str) -> Option<Kind> {
    let fields: Vec<&'static str> = line.split('|').collect();
    let [
        en,
        en_many,
        en_other,
        de,
        de_many,
        de_other,
        materials,
        options,
        price,
        grams,
        measures,
    ] = fields[..]
    else {
        return None;
    };
    let (low, high) = price.split_once('-')?;
    let (unit, amounts) = measures.split_once(':').unwrap_or_default();
    Some(Kind {
        index: 0,
        department: words("", ""),
        department_index: 0,
        group: words("", ""),
        one: words(en, de),
        many: words(en_many, de_many),
        synonym: words(en_other, de_other),
        is_reduced: false,
        materials: materials.chars().next()?,
        options,
        price: (low.parse().ok()?, high.parse().ok()?),
        grams: grams.parse().ok()?,
        unit,
        amounts: amounts
            .split(',')
            .filter(|amount| !amount.is_empty())
            .collect(),
    })
}

fn pair(fields: &[&str]) -> Option<Words> {
    match fields {
        [en, de] => Some(words(en, de)),
        _ => None,
    }
}

fn words(en: &str, de: &str) -> Words {
    Words {
        en: en.to_owned(),
        de: de.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_of_the_lists_is_read() {
        let lines = KINDS.lines().filter(|line| !line.starts_with(['=', '-']));
        assert_eq!(LEXICON.kinds.len(), lines.count());
        let words = WORDS.lines().filter(|line| !line.starts_with('['));
        let read = LEXICON.materials.len()
            + LEXICON.colours.len()
            + LEXICON.styles.len()
            + LEXICON.adjectives.len()
            + LEXICON.purposes.len()
            + LEXICON.sentences.len();
        assert_eq!(read, words.count());
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_something_it_is_made_of() {
        let names: BTreeSet<&str> = LEXICON.kinds.iter().map(|kind| &*kind.many.en).collect();
        assert_eq!(names.len(), LEXICON.kinds.len());
        assert!(names.len() >= 200);
        for kind in &LEXICON.kinds {
            let made = LEXICON.materials.iter();
            let made = made.filter(|material| material.class == kind.materials);
            assert!(kind.materials == 'o' || made.count() > 0, "{kind:?}");
            assert!(kind.price.0 < kind.price.1 && kind.grams > 0, "{kind:?}");
            assert!(
                !kind.options.contains('m') || !kind.amounts.is_empty(),
                "{kind:?}"
            );
        }
    }
}
