//! Makes a question to the index of words.

use super::known::Value;
use super::schema::{Fields, Texts};
use super::words;
use crate::search::BETWEEN;
use domain::Locale;
use std::collections::HashMap;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur,
    PhraseQuery, Query, TermQuery,
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
/// A SKU or barcode.
const CODE: f32 = 100.0;

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

/// Asks in one language.
pub struct Ask<'a> {
    pub searcher: &'a Searcher,
    pub fields: &'a Fields,
    pub locale: Locale,
}

impl Ask<'_> {
    fn texts(&self) -> &Texts {
        self.fields.texts(self.locale)
    }

    /// Products that match `words`, or whose SKU or barcode `text` is.
    pub fn text(
        &self,
        text: &str,
        words: &[String],
        closeness: Closeness,
    ) -> tantivy::Result<Boxed> {
        let groups = groups(words);
        let mut clauses = Vec::with_capacity(groups.len());
        for (at, group) in groups.iter().enumerate() {
            let is_last = at + 1 == groups.len();
            clauses.push(match group {
                Group::Word(word) => self.word(word, is_last, closeness)?,
                Group::Measure(number, unit) => self.measure(number, unit),
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
        let code = boosted(
            term(self.fields.code, &code, IndexRecordOption::Basic),
            CODE,
        );
        Ok(Box::new(BooleanQuery::union(vec![all, code])))
    }

    /// Products with words of which the last begins as what is being typed does.
    pub fn typed(&self, words: &[String]) -> tantivy::Result<Option<Boxed>> {
        let Some((last, before)) = words.split_last() else {
            return Ok(None);
        };
        let field = self.texts().words;
        let mut clauses: Vec<Boxed> = Vec::new();
        let basic = IndexRecordOption::Basic;
        for word in before {
            let texts = self.texts();
            let stems = [texts.title, texts.keys].map(|field| self.stem(field, word));
            let mut ways = vec![term(field, word, basic)];
            ways.extend(stems.map(|stem| -> Boxed { Box::new(TermQuery::new(stem, basic)) }));
            clauses.push(Box::new(BooleanQuery::union(ways)));
        }
        let endings = self.beginning(field, last)?;
        clauses.push(if !endings.is_empty() {
            let endings = endings.iter().map(|word| term(field, word, basic));
            Box::new(BooleanQuery::union(endings.collect()))
        } else if last.chars().count() >= 4 {
            Box::new(FuzzyTermQuery::new_prefix(
                Term::from_field_text(field, last),
                1,
                true,
            ))
        } else {
            return Ok(None);
        });
        Ok(Some(Box::new(BooleanQuery::intersection(clauses))))
    }

    /// Products that come in one of these values, or are called by the word in title or keys: what comes in one colour alone
    /// says so there.
    pub fn having(&self, word: &str, values: &[Value]) -> Boxed {
        let texts = self.texts();
        let mut ways: Vec<Boxed> = Vec::new();
        for value in values {
            let option = format!("{}{BETWEEN}{}", value.name, value.value);
            ways.push(term(self.fields.option, &option, IndexRecordOption::Basic));
        }
        for field in [texts.title, texts.keys] {
            ways.push(Box::new(TermQuery::new(
                self.stem(field, word),
                IndexRecordOption::Basic,
            )));
        }
        Box::new(ConstScoreQuery::new(
            Box::new(BooleanQuery::union(ways)),
            0.0,
        ))
    }

    /// Whether some product is called so.
    pub fn is_in_titles(&self, word: &str) -> bool {
        let term = self.stem(self.texts().title, word);
        self.searcher.doc_freq(&term).is_ok_and(|count| count > 0)
    }

    fn stem(&self, field: Field, word: &str) -> Term {
        Term::from_field_text(field, &words::stem(self.locale, word))
    }

    fn word(&self, word: &str, is_last: bool, closeness: Closeness) -> tantivy::Result<Boxed> {
        let texts = self.texts();
        let mut ways = Vec::new();
        self.said(&mut ways, word, 1.0);
        for synonym in words::synonyms(self.locale, word) {
            self.said(&mut ways, synonym, SYNONYM);
        }
        let plain = |word: &str| term(texts.words, word, IndexRecordOption::Basic);
        let length = word.chars().count();
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        if is_last && length >= 2 && !is_number {
            for longer in self.beginning(texts.words, word)? {
                ways.push(boosted(plain(&longer), PREFIX));
            }
        }
        if let Some(tails) = texts.tails.filter(|_| length >= 4 && !is_number) {
            let stem = words::stem(self.locale, word);
            for compound in self.beginning(tails, &words::reversed(&stem))? {
                let ending = term(tails, &compound, IndexRecordOption::Basic);
                ways.push(boosted(ending, PART));
            }
            for compound in self.beginning(texts.words, &stem)? {
                ways.push(boosted(plain(&compound), PART));
            }
            ways.extend(self.halves(texts.title, word)?);
        }
        if closeness != Closeness::Exact && !is_number {
            let distance = match length {
                0..4 => 0,
                4..8 => 1,
                _ => 2,
            };
            if distance > 0 {
                let nearly =
                    FuzzyTermQuery::new(Term::from_field_text(texts.words, word), distance, true);
                ways.push(boosted(Box::new(nearly), NEARLY));
            }
        }
        Ok(Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, 0.1)))
    }

    /// The word itself, in each field.
    fn said(&self, ways: &mut Vec<Boxed>, word: &str, worth: f32) {
        let texts = self.texts();
        for (field, boost) in [(texts.title, TITLE), (texts.keys, KEYS), (texts.body, BODY)] {
            let query = TermQuery::new(self.stem(field, word), IndexRecordOption::WithFreqs);
            ways.push(boosted(Box::new(query), boost * worth));
        }
    }

    /// A number and its unit, side by side.
    fn measure(&self, number: &str, unit: &str) -> Boxed {
        let texts = self.texts();
        let fields = [(texts.title, TITLE), (texts.keys, KEYS), (texts.body, BODY)];
        let ways = fields.map(|(field, boost)| {
            let terms = vec![self.stem(field, number), self.stem(field, unit)];
            boosted(Box::new(PhraseQuery::new(terms)), boost)
        });
        Box::new(DisjunctionMaxQuery::new(ways.into()))
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

    /// The most frequent words of the vocabulary that begin so, the word itself not among them.
    fn beginning(&self, field: Field, prefix: &str) -> tantivy::Result<Vec<String>> {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for reader in self.searcher.segment_readers() {
            let index = reader.inverted_index(field)?;
            let mut terms = index.terms().range().ge(prefix).into_stream()?;
            let mut left = LOOKED_AT;
            while left > 0 && terms.advance() && terms.key().starts_with(prefix.as_bytes()) {
                left -= 1;
                if let Ok(word) = std::str::from_utf8(terms.key()) {
                    *counts.entry(word.to_owned()).or_default() += terms.value().doc_freq;
                }
            }
        }
        let mut words: Vec<(String, u32)> = counts.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(EXPANSIONS);
        Ok(words.into_iter().map(|(word, _)| word).collect())
    }
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

/// Documents with exactly that term.
pub fn term(field: Field, text: &str, record: IndexRecordOption) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), record))
}

fn boosted(query: Boxed, boost: f32) -> Boxed {
    Box::new(BoostQuery::new(query, boost))
}
