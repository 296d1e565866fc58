//! What a product is, and in which forms it is sold.

use super::attribute;
use super::dice::Dice;
use super::lexicon::{BRANDS, LEXICON, Words};
use super::names::{self, brand, capital, code, ean};
use super::{Attributes, Colour, Measure, Picture, Stock, Variant};

const SIZES: [&str; 6] = ["XS", "S", "M", "L", "XL", "XXL"];
const SHOE_SIZES: [&str; 11] = [
    "36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46",
];
/// Variants a product has at most.
const MOST: usize = 12;

/// Pictures of the demo shop, by what they show, so that like things have like pictures.
const PICTURES: [&str; 44] = [
    "fondaco-side-table-ash",
    "fondaco-side-table-walnut",
    "squero-stool-close",
    "riva-bench-ash",
    "velma-pouf-sand",
    "calle-mug-lagoon",
    "torcello-plate-chalk",
    "rio-serving-bowl-pair",
    "bacino-kettle-ink",
    "forno-casserole-pair",
    "squero-board-walnut",
    "murano-tumbler-clear",
    "campo-canister-close",
    "lido-table-lamp-pair",
    "lido-floor-lamp-sage",
    "campanile-pendant-group",
    "fungo-lamp-amber",
    "nebbia-scented-candle-fog",
    "murano-bud-vase-group",
    "altana-planter-close",
    "marangona-clock-ink",
    "acqua-alta-mirror-walnut",
    "burano-bed-linen-group",
    "sestiere-cushion-sage",
    "altino-throw-drape",
    "barena-rug-roll",
    "lido-towel-stack",
    "velma-bath-mat-fold",
    "cannaregio-tablecloth-lagoon",
    "merceria-napkins-group",
    "pescheria-apron-slate",
    "casone-blanket-folded",
    "mercato-bag-pair",
    "furlane-slippers-group",
    "laguna-hand-wash-close",
    "saline-soap-stack",
    "barena-bath-salts-pair",
    "valli-hand-balm",
    "pellestrina-bath-brush",
    "sant-erasmo-basket",
    "legatoria-notebook-open",
    "what-the-hands-know-book",
    "marea-print-close",
    "ca-bianca-hamper",
];

pub fn attributes(dice: &mut Dice) -> Attributes {
    let kinds = &LEXICON.kinds;
    // Large and small kinds lie scattered over the tree: 137 and their number share no divisor.
    let rank = LEXICON.kind_ranks.rank(dice);
    let kind = &kinds[(rank * 137 + 41) % kinds.len()];
    let departments = kinds.last().map_or(1, |last| last.department_index + 1);
    let brand_index = if dice.chance(750) {
        LEXICON.home_brand_ranks.rank(dice) * departments + kind.department_index
    } else {
        LEXICON.brand_ranks.rank(dice)
    };
    let line = names::line(LEXICON.line_ranks.rank(dice) * 1_237 % 4_096);
    let fitting: Vec<_> = LEXICON
        .materials
        .iter()
        .filter(|material| material.class == kind.materials)
        .collect();
    // The first of a class are commoner than the last.
    let common = dice.below(fitting.len()).min(dice.below(fitting.len()));
    let material = fitting.get(common).copied();

    let has = |letter: char| kind.options.contains(letter);
    let size_count = match (has('s'), has('h')) {
        (true, _) => dice.between(2, 6) as usize,
        (_, true) => dice.between(3, 6) as usize,
        _ => 0,
    };
    let sizes = run(
        if has('h') { &SHOE_SIZES } else { &SIZES },
        size_count,
        dice,
    );
    let amounts = match kind.amounts.len() {
        0 => Vec::new(),
        all if has('m') => {
            let count = 1 + dice.below(all.min(4));
            run(&kind.amounts, count, dice)
        }
        _ => run(&kind.amounts, 1, dice),
    };
    let forms = sizes.len().max(amounts.len()).max(1);
    let wanted = match (has('c'), dice.below(100)) {
        (false, 0..60) => 0,
        (false, _) | (true, 0..45) => 1,
        (true, 45..68) => 2,
        (true, 68..84) => 3,
        (true, 84..95) => 4,
        (true, _) => 6,
    };
    let wanted: usize = wanted.min(MOST / forms);
    let mut colours: Vec<&Colour> = Vec::with_capacity(wanted);
    while colours.len() < wanted {
        let colour = &LEXICON.colours[LEXICON.colour_ranks.rank(dice)];
        if !colours.contains(&colour) {
            colours.push(colour);
        }
    }
    Attributes {
        kind,
        brand: brand(brand_index % BRANDS),
        line,
        material: material.filter(|_| !dice.chance(150)),
        colours,
        sizes,
        measures: amounts
            .into_iter()
            .map(|amount| Measure {
                amount,
                unit: kind.unit,
            })
            .collect(),
        style: dice
            .chance(300)
            .then(|| dice.pick(&LEXICON.styles))
            .flatten(),
        has_typo: dice.chance(30),
        is_called_otherwise: dice.chance(80),
    }
}

/// So many that follow each other.
fn run(from: &[&'static str], count: usize, dice: &mut Dice) -> Vec<&'static str> {
    let count = count.min(from.len());
    let first = dice.below(from.len() - count + 1);
    from[first..first + count].to_vec()
}

/// Colour before size; none where there is nothing to choose.
pub fn option_names(attributes: &Attributes) -> Vec<&'static str> {
    let has_colours = attributes.colours.len() > 1;
    let has_sizes = !attributes.sizes.is_empty() || attributes.measures.len() > 1;
    let names = [(has_colours, "Colour"), (has_sizes, "Size")];
    let names = names.into_iter().filter(|(has, _)| *has);
    names.map(|(_, name)| name).collect()
}

/// Every option value there is, and every text of an attribute, with its German word.
pub fn option_words() -> Vec<Words> {
    let colours = LEXICON.colours.iter().map(|colour| Words {
        en: capital(&colour.name.en),
        de: colour.name.de.clone(),
    });
    let measures = LEXICON.kinds.iter().flat_map(|kind| {
        let amounts = kind.amounts.iter();
        amounts.map(|amount| {
            let measure = Measure {
                amount,
                unit: kind.unit,
            };
            measure.words()
        })
    });
    let materials = LEXICON.materials.iter().map(|material| &material.name);
    let texts = materials.chain(&LEXICON.styles).map(|words| Words {
        en: attribute::text(words),
        de: capital(&words.de),
    });
    colours
        .chain(measures)
        .chain(texts)
        .filter(|words| words.en != words.de)
        .collect()
}

pub fn pictures(attributes: &Attributes, title: &str, dice: &mut Dice) -> Vec<Picture> {
    let count = [1, 1, 2, 2, 3, 4][dice.below(6)];
    let first = attributes.kind.index * PICTURES.len() / LEXICON.kinds.len();
    (0..count)
        .map(|place| {
            let name = PICTURES[(first + place) % PICTURES.len()];
            Picture {
                src: format!("/media/{name}.jpg"),
                alt: match place {
                    0 => title.to_owned(),
                    _ => format!("{title}, picture {}", place + 1),
                },
            }
        })
        .collect()
}

pub fn variants(
    attributes: &Attributes,
    (seed, number): (u64, u64),
    pictures: usize,
    dice: &mut Dice,
) -> Vec<Variant> {
    let kind = attributes.kind;
    let (low, high) = kind.price;
    // The lowest of three: most are cheap.
    let euros = (0..3).map(|_| dice.between(low, high)).min().unwrap_or(low);
    let cents = [0, 50, 90, 95, 99, 0][dice.below(6)];
    let is_on_sale = dice.chance(120);
    let before_percent = dice.between(110, 160);
    let sizes = size_values(attributes);
    let colours = match attributes.colours.as_slice() {
        [] | [_] => vec![None],
        colours => colours.iter().map(Some).collect(),
    };
    let heavier = attributes.measures.len() > 1;
    let stem = format!(
        "{}-{}{number}",
        code(&attributes.brand),
        if seed == 0 {
            String::new()
        } else {
            format!("{seed}.")
        }
    );
    let mut variants = Vec::with_capacity(colours.len() * sizes.len());
    for (colour_place, colour) in colours.iter().enumerate() {
        for (size_place, size) in sizes.iter().enumerate() {
            let colour = colour.map(|colour| capital(&colour.name.en));
            let steps = if heavier { size_place as i64 } else { 0 };
            let price_cents = (euros * 100 + cents) * (100 + 18 * steps) / 100;
            let parts = [colour.as_deref().map(plain), size.as_deref().map(plain)];
            let mut sku = stem.clone();
            for part in parts.into_iter().flatten() {
                sku.push('-');
                sku.push_str(&part);
            }
            let index = variants.len() as u64;
            variants.push(Variant {
                options: [colour, size.clone()].into_iter().flatten().collect(),
                sku,
                barcode: ean(200_000_000_000
                    + (1 + seed % 97) * 1_000_000_000
                    + number * 16
                    + index),
                weight_g: i32::try_from(kind.grams * (100 + 25 * steps) / 100).unwrap_or(i32::MAX),
                price_cents,
                compare_at_cents: is_on_sale.then(|| price_cents * before_percent / 100),
                stock: stock(dice),
                picture: 1 + (colour_place % pictures.max(1)) as i32,
            });
        }
    }
    variants
}

/// The values of the option `Size`; one None where there is none to choose.
fn size_values(attributes: &Attributes) -> Vec<Option<String>> {
    if !attributes.sizes.is_empty() {
        let sizes = attributes.sizes.iter();
        return sizes.map(|size| Some((*size).to_owned())).collect();
    }
    match attributes.measures.as_slice() {
        [] | [_] => vec![None],
        measures => measures
            .iter()
            .map(|measure| Some(measure.words().en))
            .collect(),
    }
}

/// An option's value as it stands in an SKU.
fn plain(size: &str) -> String {
    let letters = size
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.');
    letters.collect::<String>().to_uppercase()
}

fn stock(dice: &mut Dice) -> Stock {
    let available = match dice.below(100) {
        0..3 => return Stock::Untracked,
        3..13 => 0,
        13..23 => dice.between(1, 3),
        23..80 => dice.between(4, 60),
        _ => dice.between(61, 900),
    };
    Stock::Counted {
        available,
        oversell: dice.chance(20),
    }
}

pub fn tags(attributes: &Attributes, variants: &[Variant], dice: &mut Dice) -> Vec<String> {
    let mut tags = Vec::new();
    let mut add = |wanted: bool, tag: &str| {
        if wanted {
            tags.push(tag.to_owned());
        }
    };
    add(dice.chance(4), super::super::TAG_FEATURED);
    add(dice.chance(80), "gift");
    add(dice.chance(60), "fair trade");
    let is_on_sale = |variant: &Variant| variant.compare_at_cents.is_some();
    add(variants.iter().any(is_on_sale), "sale");
    if let Some(style) = attributes.style {
        add(true, &style.en);
    }
    tags
}
