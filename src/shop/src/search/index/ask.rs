//! Makes a question to the index of words.

use super::known::Value;
use super::schema::{Fields, Texts};
use super::ways::Ways;
use super::words;
use crate::search::BETWEEN;
use domain::Locale;
use std::cell::RefCell;
use std::collections::HashMap;
use tantivy::query::{
    BooleanQuery, BoostQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, PhraseQuery, Query,
    TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

type Boxed = Box<dyn Query>;

/// What a match in each field is worth.
const TITLE: f32 = 5.0;
const KEYS: f32 = 2.5;
const BODY: f32 = 0.8;
/// A word that only begins, or is part of, or is nearly, what was typed.
const PREFIX: f32 = 1.5;
const PART: f32 = 1.2;
const SPLIT: f32 = 2.0;
const NEARLY: f32 = 1.0;
/// What a synonym is worth of the word itself.
const SYNONYM: f32 = 0.6;
/// The words side by side in the title.
const PHRASE: f32 = 4.0;
/// A SKU or barcode: more than any words.
const CODE: f32 = 10_000.0;

/// Words that a prefix or part stands for, at most; and how many of the vocabulary are looked at to find them.
const EXPANSIONS: usize = 20;
const LOOKED_AT: usize = 2_000;

/// How closely products must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closeness {
    /// All words.
    Exact,
    /// All words, but for typos.
    Nearly,
    /// Half of the words, but for typos.
    Loose,
}

/// Which texts are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What products are called: titles, brands, categories, tags, options.
    Names,
    /// Descriptions too.
    All,
}

/// Asks in one language.
pub struct Ask<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    locale: Locale,
    /// What was found of the vocabulary.
    found: RefCell<HashMap<Sought, Vec<String>>>,
}

/// Words of a field's vocabulary.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Sought {
    /// That begin so.
    Beginning(Field, String),
    /// That are nearly so; `true`: or begin nearly so.
    Nearly(Field, String, bool),
}

impl<'a> Ask<'a> {
    pub fn new(searcher: &'a Searcher, fields: &'a Fields, locale: Locale) -> Self {
        Self {
            searcher,
            fields,
            locale,
            found: RefCell::default(),
        }
    }

    fn texts(&self) -> &Texts {
        self.fields.texts(self.locale)
    }

    /// Products that match `words`, or whose SKU or barcode `text` is.
    pub fn text(
        &self,
        text: &str,
        words: &[String],
        closeness: Closeness,
        reach: Reach,
    ) -> tantivy::Result<Boxed> {
        let groups = groups(words);
        let mut clauses = Vec::with_capacity(groups.len());
        for (at, group) in groups.iter().enumerate() {
            let is_last = at + 1 == groups.len();
            clauses.push(match group {
                Group::Word(word) => self.word(word, is_last, closeness, reach)?,
                Group::Measure(number, unit) => self.measure(number, unit, reach),
            });
        }
        let count = clauses.len();
        let mut all: Vec<(Occur, Boxed)> = Vec::new();
        if closeness == Closeness::Loose {
            let each = clauses.into_iter().map(|clause| (Occur::Should, clause));
            let some =
                BooleanQuery::with_minimum_required_clauses(each.collect(), count.div_ceil(2));
            all.push((Occur::Must, Box::new(some)));
        } else {
            all.extend(clauses.into_iter().map(|clause| (Occur::Must, clause)));
        }
        let stems: Vec<Term> = words
            .iter()
            .map(|word| self.stem(self.texts().title, word))
            .collect();
        if stems.len() > 1 {
            let terms = stems.into_iter().enumerate().collect();
            let phrase = PhraseQuery::new_with_offset_and_slop(terms, 2);
            all.push((Occur::Should, boosted(Box::new(phrase), PHRASE)));
        }
        let all: Boxed = Box::new(BooleanQuery::new(all));
        let code = words::code(text);
        if code.chars().count() < 3 {
            return Ok(all);
        }
        let mut ways = Ways::default();
        ways.always(Term::from_field_text(self.fields.code, &code), CODE);
        ways.others(vec![all]);
        Ok(Box::new(ways))
    }

    /// Products with words of which the last begins as what is being typed does.
    pub fn typed(&self, words: &[String]) -> tantivy::Result<Option<Boxed>> {
        let Some((last, before)) = words.split_last() else {
            return Ok(None);
        };
        let texts = self.texts();
        let mut clauses: Vec<Boxed> = Vec::new();
        for word in before {
            let mut ways = Ways::default();
            ways.always(Term::from_field_text(texts.words, word), 1.0);
            for field in [texts.title, texts.keys] {
                ways.always(self.stem(field, word), 1.0);
            }
            clauses.push(Box::new(ways));
        }
        let mut endings = self.beginning(texts.words, last)?;
        if endings.is_empty() && last.chars().count() >= 4 {
            endings = self.nearly(texts.words, last, true)?;
        }
        if endings.is_empty() {
            return Ok(None);
        }
        clauses.push(Box::new(among(texts.words, &endings, 1.0)));
        Ok(Some(Box::new(BooleanQuery::intersection(clauses))))
    }

    /// Products that come in one of these values, or are called by the word in title or keys: what comes in one colour alone
    /// says so there.
    pub fn having(&self, word: &str, values: &[Value]) -> Boxed {
        let texts = self.texts();
        let mut ways = Ways::default();
        for value in values {
            let option = format!("{}{BETWEEN}{}", value.name, value.value);
            ways.always(Term::from_field_text(self.fields.option, &option), 0.0);
        }
        for field in [texts.title, texts.keys] {
            ways.always(self.stem(field, word), 0.0);
        }
        Box::new(ways)
    }

    /// Whether some product is called so.
    pub fn is_in_titles(&self, word: &str) -> bool {
        let term = self.stem(self.texts().title, word);
        self.searcher.doc_freq(&term).is_ok_and(|count| count > 0)
    }

    fn stem(&self, field: Field, word: &str) -> Term {
        Term::from_field_text(field, &words::stem(self.locale, word))
    }

    fn word(
        &self,
        word: &str,
        is_last: bool,
        closeness: Closeness,
        reach: Reach,
    ) -> tantivy::Result<Boxed> {
        let texts = self.texts();
        let mut ways = Ways::default();
        self.said(&mut ways, word, 1.0, reach);
        for synonym in words::synonyms(self.locale, word) {
            self.said(&mut ways, synonym, SYNONYM, reach);
        }
        let plain = |word: &str| Term::from_field_text(texts.words, word);
        let length = word.chars().count();
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        if is_last && length >= 2 && !is_number {
            for longer in self.beginning(texts.words, word)? {
                ways.weighed(plain(&longer), PREFIX);
            }
        }
        if let Some(tails) = texts.tails.filter(|_| length >= 4 && !is_number) {
            let stem = words::stem(self.locale, word);
            for compound in self.beginning(tails, &words::reversed(&stem))? {
                ways.weighed(Term::from_field_text(tails, &compound), PART);
            }
            for compound in self.beginning(texts.words, &stem)? {
                ways.weighed(plain(&compound), PART);
            }
            ways.others(self.halves(texts.title, word)?);
        }
        if closeness != Closeness::Exact && !is_number {
            for other in self.nearly(texts.words, word, false)? {
                ways.always(plain(&other), NEARLY);
            }
        }
        Ok(Box::new(ways))
    }

    /// The word itself, in each field.
    fn said(&self, ways: &mut Ways, word: &str, worth: f32, reach: Reach) {
        for (field, boost) in self.said_in(reach) {
            ways.weighed(self.stem(field, word), boost * worth);
        }
    }

    fn said_in(&self, reach: Reach) -> impl Iterator<Item = (Field, f32)> + use<> {
        let texts = self.texts();
        let fields = [(texts.title, TITLE), (texts.keys, KEYS), (texts.body, BODY)];
        fields.into_iter().take(match reach {
            Reach::Names => 2,
            Reach::All => 3,
        })
    }

    /// A number and its unit, side by side.
    fn measure(&self, number: &str, unit: &str, reach: Reach) -> Boxed {
        let ways = self.said_in(reach).map(|(field, boost)| {
            let terms = vec![self.stem(field, number), self.stem(field, unit)];
            boosted(Box::new(PhraseQuery::new(terms)), boost)
        });
        Box::new(DisjunctionMaxQuery::new(ways.collect()))
    }

    /// A compound as its two halves, where both are words of its titles: `teekanne` is `tee` and `kanne`.
    fn halves(&self, field: Field, word: &str) -> tantivy::Result<Vec<Boxed>> {
        let mut ways: Vec<Boxed> = Vec::new();
        for (at, _) in word.char_indices().skip(3) {
            let (first, second) = word.split_at(at);
            if second.chars().count() < 3 {
                break;
            }
            // What joins the halves: `arbeit-s-lampe`.
            let joined = second.strip_prefix('s').filter(|rest| rest.len() >= 3);
            for second in [Some(second), joined].into_iter().flatten() {
                let [a, b] = [first, second].map(|half| self.stem(field, half));
                if self.searcher.doc_freq(&a)? > 0 && self.searcher.doc_freq(&b)? > 0 {
                    let both = [a, b].map(|half| -> Boxed {
                        Box::new(TermQuery::new(half, IndexRecordOption::Basic))
                    });
                    ways.push(boosted(
                        Box::new(BooleanQuery::intersection(both.into())),
                        SPLIT,
                    ));
                }
            }
        }
        Ok(ways)
    }

    /// The most frequent words of the vocabulary that begin so.
    fn beginning(&self, field: Field, prefix: &str) -> tantivy::Result<Vec<String>> {
        let sought = Sought::Beginning(field, prefix.to_owned());
        self.once(sought, || {
            let mut counts = Frequencies::new();
            for reader in self.searcher.segment_readers() {
                let index = reader.inverted_index(field)?;
                let mut terms = index.terms().range().ge(prefix).into_stream()?;
                let mut left = LOOKED_AT;
                while left > 0 && terms.advance() && terms.key().starts_with(prefix.as_bytes()) {
                    left -= 1;
                    add(&mut counts, terms.key(), terms.value().doc_freq);
                }
            }
            Ok(most_frequent(counts))
        })
    }

    /// The most frequent words of the vocabulary that are misspelt so: by one letter or, where none is and the word is long, by two.
    /// `begins`: words that begin so, but for one letter.
    fn nearly(&self, field: Field, word: &str, begins: bool) -> tantivy::Result<Vec<String>> {
        let most = match word.chars().count() {
            0..4 => return Ok(Vec::new()),
            4..8 => 1,
            _ if begins => 1,
            _ => 2,
        };
        let sought = Sought::Nearly(field, word.to_owned(), begins);
        self.once(sought, || {
            let term = Term::from_field_text(field, word);
            for distance in 1..=most {
                let query = if begins {
                    FuzzyTermQuery::new_prefix(term.clone(), distance, true)
                } else {
                    FuzzyTermQuery::new(term.clone(), distance, true)
                };
                let automaton = query.automaton()?;
                let mut counts = Frequencies::new();
                for reader in self.searcher.segment_readers() {
                    let index = reader.inverted_index(field)?;
                    let mut terms = index.terms().search(&automaton).into_stream()?;
                    let mut left = LOOKED_AT;
                    while left > 0 && terms.advance() {
                        left -= 1;
                        add(&mut counts, terms.key(), terms.value().doc_freq);
                    }
                }
                if !counts.is_empty() {
                    return Ok(most_frequent(counts));
                }
            }
            Ok(Vec::new())
        })
    }

    /// What was found before, or is now.
    fn once(
        &self,
        sought: Sought,
        find: impl FnOnce() -> tantivy::Result<Vec<String>>,
    ) -> tantivy::Result<Vec<String>> {
        if let Some(words) = self.found.borrow().get(&sought) {
            return Ok(words.clone());
        }
        let words = find()?;
        self.found.borrow_mut().insert(sought, words.clone());
        Ok(words)
    }
}

/// In how many documents a word is.
type Frequencies = HashMap<String, u32>;

fn add(counts: &mut Frequencies, word: &[u8], count: u32) {
    if let Ok(word) = std::str::from_utf8(word) {
        *counts.entry(word.to_owned()).or_default() += count;
    }
}

fn most_frequent(counts: Frequencies) -> Vec<String> {
    let mut words: Vec<(String, u32)> = counts.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(EXPANSIONS);
    words.into_iter().map(|(word, _)| word).collect()
}

/// Documents with any of these words, all worth the same.
pub fn among(field: Field, words: &[String], worth: f32) -> Ways {
    let mut ways = Ways::default();
    for word in words {
        ways.always(Term::from_field_text(field, word), worth);
    }
    ways
}

enum Group<'a> {
    Word(&'a str),
    Measure(&'a str, &'a str),
}

/// The words, numbers with the units that follow them.
fn groups(words: &[String]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        let unit = words.get(at + 1).filter(|unit| words::is_unit(unit));
        match unit.filter(|_| word.starts_with(|c: char| c.is_ascii_digit())) {
            Some(unit) => {
                groups.push(Group::Measure(word, unit));
                at += 2;
            }
            None => {
                groups.push(Group::Word(word));
                at += 1;
            }
        }
    }
    groups
}

fn boosted(query: Boxed, boost: f32) -> Boxed {
    Box::new(BoostQuery::new(query, boost))
}
