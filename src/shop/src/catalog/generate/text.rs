//! Titles and descriptions, in both languages at once.

use super::dice::Dice;
use super::lexicon::{LEXICON, Words};
use super::names::capital;
use super::{Attributes, Texts};

/// Most descriptions are short; the longest have so many sentences.
const SENTENCES: i64 = 18;

pub fn texts(attributes: &Attributes, dice: &mut Dice) -> (Texts, Texts) {
    let pattern = dice.below(5);
    let mut english = Texts {
        title: english_title(attributes, pattern),
        ..Texts::default()
    };
    let mut german = Texts {
        title: german_title(attributes, pattern),
        ..Texts::default()
    };
    if attributes.has_typo {
        english.title = misspell(&english.title, dice);
        german.title = misspell(&german.title, dice);
    }
    let first = adjective(dice);
    let subtitle = |material: Option<&str>, adjective: &str| match material {
        Some(material) => format!("{}, {adjective}", capital(material)),
        None => capital(adjective),
    };
    let material = attributes.material.map(|material| &material.name);
    english.subtitle = subtitle(material.map(|name| &*name.en), &first.en);
    german.subtitle = subtitle(material.map(|name| &*name.de), &first.de);

    let count = match dice.below(100) {
        0..4 => 0,
        4..12 => 1,
        _ => {
            3 + dice
                .between(0, SENTENCES - 3)
                .min(dice.between(0, SENTENCES - 3))
        }
    };
    let mut sentences = sentences(attributes, count, dice).into_iter();
    if let Some(lead) = sentences.next() {
        english.lead = lead.en;
        german.lead = lead.de;
    }
    let rest: Vec<Words> = sentences.collect();
    if !rest.is_empty() {
        english.body_html = body(
            rest.iter().map(|sentence| &*sentence.en),
            details(attributes, |words| &words.en),
        );
        german.body_html = body(
            rest.iter().map(|sentence| &*sentence.de),
            details(attributes, |words| &words.de),
        );
    }
    if dice.chance(500) {
        english.seo_title = format!("{} by {}", english.title, attributes.brand);
        german.seo_title = format!("{} von {}", german.title, attributes.brand);
        english.seo_description.clone_from(&english.lead);
        german.seo_description.clone_from(&german.lead);
    }
    (english, german)
}

fn english_title(attributes: &Attributes, pattern: usize) -> String {
    let kind = if attributes.is_called_otherwise {
        &attributes.kind.synonym.en
    } else {
        &attributes.kind.one.en
    };
    let Attributes { brand, line, .. } = attributes;
    let material = attributes.material.map(|material| &*material.name.en);
    let colour = only(&attributes.colours).map(|colour| &*colour.name.en);
    let style = attributes.style.map(|style| &*style.en);
    let measure = only(&attributes.measures).map(|measure| measure.words().en);
    let measure = measure.as_deref();
    let title = match pattern {
        0 => parts([Some(line), style, material, Some(kind), measure]),
        1 => {
            let head = parts([Some(brand), Some(line), Some(kind)]);
            listed([Some(&head), material, colour, measure])
        }
        2 => {
            let head = parts([style, material, Some(kind), Some(line)]);
            listed([Some(&head), colour, measure])
        }
        3 => {
            let head = parts([style, colour, Some(kind), Some(line)]);
            let made = material.map(|material| format!("in {material}"));
            parts([Some(&head), made.as_deref(), measure])
        }
        _ => {
            let head = parts([Some(kind), Some(line), measure]);
            listed([Some(&head), material, style, colour])
        }
    };
    capital(&title)
}

fn german_title(attributes: &Attributes, pattern: usize) -> String {
    let name = if attributes.is_called_otherwise {
        &attributes.kind.synonym.de
    } else {
        &attributes.kind.one.de
    };
    let Attributes { brand, line, .. } = attributes;
    let material = attributes.material;
    // German glues what English puts side by side.
    let kind = match material {
        Some(material) if pattern == 0 || pattern == 2 => compound(&material.compound, name),
        _ => name.clone(),
    };
    let made = match (material, pattern) {
        (None, _) | (_, 0 | 2) => None,
        (Some(material), _) => Some(&*material.name.de),
    };
    let colour = only(&attributes.colours).map(|colour| colour.name.de.to_lowercase());
    let colour = colour.as_deref();
    let style = attributes.style.map(|style| &*style.de);
    let measure = only(&attributes.measures).map(|measure| measure.words().de);
    let measure = measure.as_deref();
    let title = match pattern {
        0 => {
            let head = parts([Some(&kind), Some(line)]);
            listed([Some(&head), style, measure])
        }
        1 => {
            let head = parts([Some(brand), Some(&kind), Some(line)]);
            listed([Some(&head), made, colour, measure])
        }
        2 => {
            let head = parts([Some(&kind), Some(line)]);
            listed([Some(&head), style, colour, measure])
        }
        3 => {
            let made = made.map(|material| format!("aus {material}"));
            let head = parts([Some(&kind), Some(line), made.as_deref()]);
            listed([Some(&head), style, colour, measure])
        }
        _ => {
            let head = parts([Some(&kind), Some(line), measure]);
            listed([Some(&head), made, style, colour])
        }
    };
    capital(&title)
}

/// `Eichenholz` and `Beistelltisch` make `Eichenholzbeistelltisch`; names of several parts get a hyphen.
fn compound(first: &str, second: &str) -> String {
    let plain = second.chars().skip(1).all(char::is_lowercase);
    if plain && second.starts_with(char::is_uppercase) {
        format!("{first}{}", second.to_lowercase())
    } else {
        format!("{first}-{second}")
    }
}

/// The one there is, unless there are several.
fn only<T: Copy>(values: &[T]) -> Option<T> {
    match values {
        [value] => Some(*value),
        _ => None,
    }
}

fn parts<const N: usize>(parts: [Option<&str>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn listed<const N: usize>(parts: [Option<&str>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn adjective(dice: &mut Dice) -> &'static Words {
    &LEXICON.adjectives[LEXICON.adjective_ranks.rank(dice)]
}

fn purpose(dice: &mut Dice) -> &'static Words {
    &LEXICON.purposes[LEXICON.purpose_ranks.rank(dice)]
}

/// So many sentences, none twice.
fn sentences(attributes: &Attributes, count: i64, dice: &mut Dice) -> Vec<Words> {
    let mut fitting: Vec<usize> = (0..LEXICON.sentences.len())
        .filter(|index| attributes.material.is_some() || !LEXICON.sentences[*index].needs_material)
        .collect();
    let mut told = Vec::new();
    for _ in 0..count {
        if fitting.is_empty() {
            break;
        }
        let chosen = fitting.swap_remove(dice.below(fitting.len()));
        let sentence = &LEXICON.sentences[chosen].text;
        let words = [
            ("{adj}", adjective(dice)),
            ("{adj2}", adjective(dice)),
            ("{for}", purpose(dice)),
            ("{for2}", purpose(dice)),
        ];
        let style = attributes.style.unwrap_or(words[0].1);
        let fill = |template: &str, of: fn(&Words) -> &String| {
            let mut text = template
                .replace("{line}", &attributes.line)
                .replace("{brand}", &attributes.brand)
                .replace("{style}", of(style));
            if let Some(material) = attributes.material {
                text = text.replace("{mat}", of(&material.name));
            }
            for (place, word) in words {
                text = text.replace(place, of(word));
            }
            capital(&text)
        };
        told.push(Words {
            en: fill(&sentence.en, |words| &words.en),
            de: fill(&sentence.de, |words| &words.de),
        });
    }
    told
}

/// What stands in the list under a description, in the language that `of` chooses.
fn details(attributes: &Attributes, of: fn(&Words) -> &String) -> Vec<String> {
    let mut details = vec![attributes.brand.clone()];
    if let Some(material) = attributes.material {
        details.push(capital(of(&material.name)));
    }
    let measures = attributes.measures.iter();
    let measures: Vec<String> = measures
        .map(|measure| of(&measure.words()).clone())
        .collect();
    if !measures.is_empty() {
        details.push(measures.join(" / "));
    }
    let colours = attributes.colours.iter();
    let colours: Vec<String> = colours
        .map(|colour| of(&colour.name).to_lowercase())
        .collect();
    if !colours.is_empty() {
        details.push(capital(&colours.join(", ")));
    }
    details
}

/// As an import would write it: none of the words needs escaping.
fn body<'a>(sentences: impl Iterator<Item = &'a str>, details: Vec<String>) -> String {
    let text = sentences.collect::<Vec<_>>().join(" ");
    let items: Vec<String> = details
        .iter()
        .map(|item| format!("<li>{item}</li>"))
        .collect();
    format!("<p>{text}</p>\n<ul>\n{}\n</ul>", items.join("\n"))
}

/// Swaps, drops or doubles a letter inside the longest word.
fn misspell(title: &str, dice: &mut Dice) -> String {
    let mut words: Vec<Vec<char>> = title
        .split(' ')
        .map(|word| word.chars().collect())
        .collect();
    let longest = (0..words.len()).max_by_key(|at| (words[*at].len(), *at));
    let Some(word) = longest
        .map(|at| &mut words[at])
        .filter(|word| word.len() > 3)
    else {
        return title.to_owned();
    };
    let at = 1 + dice.below(word.len() - 3);
    match dice.below(3) {
        0 if word[at] != word[at + 1] => word.swap(at, at + 1),
        1 => {
            word.remove(at);
        }
        _ => word.insert(at, word[at]),
    }
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.into_iter().collect())
        .collect();
    words.join(" ")
}
