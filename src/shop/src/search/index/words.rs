//! Words: how a text is taken apart, the same way for what is indexed and for what is asked.

use domain::Locale;
use std::collections::HashMap;
use std::sync::LazyLock;
use tantivy::Index;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, RemoveLongFilter, Stemmer, TextAnalyzer, Token, TokenStream,
    Tokenizer,
};

/// The analyser of a language's stems.
pub const fn stems(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "stems_en",
        Locale::De => "stems_de",
    }
}

/// The analyser of words as they are written, without accents.
pub const PLAIN: &str = "plain";
/// Longer words are none.
const LONG: usize = 40;

/// Makes the analysers known to `index`.
pub fn register(index: &Index) {
    let manager = index.tokenizers();
    manager.register(PLAIN, plain());
    for locale in Locale::ALL {
        manager.register(stems(locale), stemming(locale));
    }
}

fn plain() -> TextAnalyzer {
    TextAnalyzer::builder(Splitter)
        .filter(AsciiFoldingFilter)
        .filter(RemoveLongFilter::limit(LONG))
        .build()
}

fn stemming(locale: Locale) -> TextAnalyzer {
    let language = match locale {
        Locale::En => Language::English,
        Locale::De => Language::German,
    };
    TextAnalyzer::builder(Splitter)
        .filter(AsciiFoldingFilter)
        .filter(RemoveLongFilter::limit(LONG))
        .filter(Stemmer::new(language))
        .build()
}

/// The words of a text in lower case, without accents.
pub fn split(text: &str) -> Vec<String> {
    analyse(&mut plain(), text)
}

/// The stem of a word that [`split`] gave.
pub fn stem(locale: Locale, word: &str) -> String {
    let mut stems = analyse(&mut stemming(locale), word);
    if stems.is_empty() {
        word.to_owned()
    } else {
        stems.swap_remove(0)
    }
}

fn analyse(analyser: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut stream = analyser.token_stream(text);
    let mut words = Vec::new();
    while stream.advance() {
        words.push(stream.token().text.clone());
    }
    words
}

/// Read from its end.
pub fn reversed(word: &str) -> String {
    word.chars().rev().collect()
}

/// A SKU or barcode as it is compared: letters and digits, in lower case.
pub fn code(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether a word says nothing about goods.
pub fn is_filler(locale: Locale, word: &str) -> bool {
    const EN: &[&str] = &[
        "a", "an", "and", "for", "from", "in", "of", "on", "or", "some", "the", "to", "with", "my",
        "me", "i", "is", "it",
    ];
    const DE: &[&str] = &[
        "an", "am", "auf", "aus", "das", "dem", "den", "der", "des", "die", "ein", "eine", "einen",
        "einer", "fur", "im", "in", "mit", "oder", "und", "von", "vom", "zu", "zum", "zur", "ich",
        "ist",
    ];
    match locale {
        Locale::En => EN.contains(&word),
        Locale::De => DE.contains(&word),
    }
}

/// Whether a word is a measure that belongs to the number before it.
pub fn is_unit(word: &str) -> bool {
    const UNITS: &[&str] = &[
        "mm", "cm", "m", "km", "ml", "cl", "l", "g", "kg", "mg", "oz", "lb", "in", "inch", "zoll",
        "w", "watt", "v", "mah", "h", "std", "gb", "tb", "mp", "hz", "pack", "pcs", "stuck", "er",
    ];
    UNITS.contains(&word)
}

/// Words that mean the same as this one.
pub fn synonyms(locale: Locale, word: &str) -> &'static [&'static str] {
    static EN: LazyLock<Synonyms> =
        LazyLock::new(|| read(include_str!("synonyms/en.txt"), Locale::En));
    static DE: LazyLock<Synonyms> =
        LazyLock::new(|| read(include_str!("synonyms/de.txt"), Locale::De));
    let synonyms = match locale {
        Locale::En => &EN,
        Locale::De => &DE,
    };
    synonyms.get(&stem(locale, word)).map_or(&[], Vec::as_slice)
}

/// By stem.
type Synonyms = HashMap<String, Vec<&'static str>>;

fn read(file: &'static str, locale: Locale) -> Synonyms {
    let mut synonyms = Synonyms::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        for word in line.split_whitespace() {
            let others = line.split_whitespace().filter(|other| *other != word);
            synonyms
                .entry(stem(locale, word))
                .or_default()
                .extend(others);
        }
    }
    synonyms
}

/// Takes a text apart at everything that is no letter or digit, and between letters and digits: `60cm` is `60` and `cm`. A
/// point or comma between digits belongs to the number: `0,5` is `0.5`.
#[derive(Clone, Default)]
struct Splitter;

struct Pieces {
    tokens: std::vec::IntoIter<Token>,
    token: Token,
}

impl Tokenizer for Splitter {
    type TokenStream<'a> = Pieces;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Pieces {
        Pieces {
            tokens: pieces(text).into_iter(),
            token: Token::default(),
        }
    }
}

impl TokenStream for Pieces {
    fn advance(&mut self) -> bool {
        match self.tokens.next() {
            Some(token) => {
                self.token = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn pieces(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open = false;
    let mut was_digit = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_digit = c.is_ascii_digit();
        let between_digits = open
            && was_digit
            && matches!(c, '.' | ',')
            && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if between_digits {
            if let Some(token) = tokens.last_mut() {
                token.text.push('.');
                token.offset_to = at + 1;
            }
            continue;
        }
        if !c.is_alphanumeric() {
            // An accent that follows its letter, and an apostrophe, stand inside a word.
            open &= matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}');
            continue;
        }
        if !open || is_digit != was_digit {
            tokens.push(Token {
                offset_from: at,
                offset_to: at,
                position: tokens.len(),
                text: String::new(),
                position_length: 1,
            });
        }
        if let Some(token) = tokens.last_mut() {
            token.text.extend(c.to_lowercase());
            token.offset_to = at + c.len_utf8();
        }
        (open, was_digit) = (true, is_digit);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_units_come_apart() {
        assert_eq!(
            split("Kanne 0,5l, 60 cm"),
            ["kanne", "0.5", "l", "60", "cm"]
        );
        assert_eq!(split("60cm"), split("60 CM"));
        assert_eq!(split("Größe XL"), ["grosse", "xl"]);
        assert_eq!(split("baker's e\u{301}tag\u{e8}re"), ["bakers", "etagere"]);
        assert!(split("… – 🫖 \u{301}").is_empty());
    }

    #[test]
    fn stems_and_synonyms_follow_the_language() {
        assert_eq!(stem(Locale::En, "mugs"), stem(Locale::En, "mug"));
        assert_eq!(stem(Locale::De, "lampen"), stem(Locale::De, "lampe"));
        assert!(synonyms(Locale::En, "couches").contains(&"sofa"));
        assert!(synonyms(Locale::De, "lampen").contains(&"leuchte"));
        assert_eq!(code("CALLE-mug 1"), "callemug1");
    }
}
