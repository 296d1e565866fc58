//! How alike products are, from what the catalogue says of them.
//!
//! A product is the set of its title's words, tags, attributes and brand, each weighed by how few products here have it (inverse
//! document frequency; Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988). Two are as alike as the
//! cosine of their sets, less when one costs much more than the other or lies elsewhere in the tree.

use super::{Beside, MOST};
use std::cmp::Ordering;
use std::collections::HashMap;
use uuid::Uuid;

/// What a product is compared by.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    pub id: Uuid,
    /// The categories from the root to its own.
    pub path: Vec<Uuid>,
    /// In the shopkeeper's order.
    pub position: i64,
    pub title: String,
    pub brand: String,
    pub tags: Vec<String>,
    /// Attributes with their values, as texts that are the same for the same.
    pub facts: Vec<String>,
    /// Minor units.
    pub price: Option<i64>,
}

/// Candidates that a product is held against because they share a trait, the rarest traits first; at most so many and a list's
/// worth more.
const SHARING: usize = 300;
/// Of a trait that many have, those that are nearest in the shopkeeper's order.
const NEAREST: usize = 100;
/// On either side, by price and by order: so that what shares nothing is held against something.
const AROUND: usize = 16;
/// Traits of one product that count: the rarest.
const TRAITS: usize = 40;

/// A trait's kind, and what it counts beside the others'.
const WORD: (char, f32) = ('w', 1.0);
const TAG: (char, f32) = ('t', 0.7);
const FACT: (char, f32) = ('f', 0.7);
const BRAND: (char, f32) = ('b', 1.3);

/// What two of one place and price are worth that share nothing.
const LEAST: f32 = 0.15;
/// Letters of a word that says something.
const SHORTEST: usize = 3;

/// For each of the first `own` products at most [`MOST`] of all that are most like it, the most alike first.
pub fn similar(products: &[Traits], own: usize) -> Vec<Beside> {
    let known = Known::of(products);
    let mut looking = Looking {
        seen: vec![usize::MAX; products.len()],
        found: Vec::new(),
    };
    let each = products.iter().take(own).enumerate();
    each.map(|(at, product)| (product.id, known.like(at, &mut looking)))
        .collect()
}

/// What is being looked at, kept from one product to the next for its room.
struct Looking {
    /// For whom each product was looked at last.
    seen: Vec<usize>,
    found: Vec<usize>,
}

impl Looking {
    fn add(&mut self, of: usize, other: usize) {
        if other != of && self.seen[other] != of {
            self.seen[other] = of;
            self.found.push(other);
        }
    }
}

struct Known<'a> {
    products: &'a [Traits],
    /// Of each product its traits, ascending.
    traits: Vec<Vec<u32>>,
    /// The square root of the sum of its squared weights.
    lengths: Vec<f32>,
    /// Of each trait its squared weight, and who has it, ascending.
    squares: Vec<f32>,
    having: Vec<Vec<usize>>,
    by_price: Vec<usize>,
    /// Where each product stands in `by_price`.
    ranks: Vec<usize>,
}

impl<'a> Known<'a> {
    fn of(products: &'a [Traits]) -> Self {
        let mut numbers: HashMap<(char, String), u32> = HashMap::new();
        let mut having: Vec<Vec<usize>> = Vec::new();
        let mut kinds: Vec<f32> = Vec::new();
        let mut traits: Vec<Vec<u32>> = Vec::with_capacity(products.len());
        for (at, product) in products.iter().enumerate() {
            let mut own: Vec<u32> = Vec::new();
            for ((kind, weight), text) in said(product) {
                let next = u32::try_from(having.len()).unwrap_or(u32::MAX);
                let number = *numbers.entry((kind, text)).or_insert(next);
                if number == next {
                    having.push(Vec::new());
                    kinds.push(weight);
                }
                own.push(number);
            }
            own.sort_unstable();
            own.dedup();
            for number in &own {
                having[*number as usize].push(at);
            }
            traits.push(own);
        }
        #[allow(clippy::cast_precision_loss)] // Counts of thousands.
        let rarity =
            |having: &Vec<usize>| ((products.len() + 1) as f32 / having.len().max(1) as f32).ln();
        let squares: Vec<f32> = having
            .iter()
            .zip(&kinds)
            .map(|(having, kind)| (kind * rarity(having)).powi(2))
            .collect();
        for own in &mut traits {
            if own.len() > TRAITS {
                own.sort_by_key(|number| having[*number as usize].len());
                own.truncate(TRAITS);
                own.sort_unstable();
            }
        }
        let length = |own: &Vec<u32>| -> f32 {
            let sum: f32 = own.iter().map(|number| squares[*number as usize]).sum();
            sum.sqrt()
        };
        let lengths = traits.iter().map(length).collect();
        let mut by_price: Vec<usize> = (0..products.len()).collect();
        by_price.sort_by_key(|at| (products[*at].price, *at));
        let mut ranks = vec![0; products.len()];
        for (rank, at) in by_price.iter().enumerate() {
            ranks[*at] = rank;
        }
        Self {
            products,
            traits,
            lengths,
            squares,
            having,
            by_price,
            ranks,
        }
    }

    fn like(&self, at: usize, looking: &mut Looking) -> Vec<(Uuid, f32)> {
        looking.found.clear();
        let mut rarest = self.traits[at].clone();
        rarest.sort_by_key(|number| self.having[*number as usize].len());
        for number in rarest {
            for other in around(&self.having[number as usize], at, NEAREST) {
                looking.add(at, *other);
            }
            if looking.found.len() >= SHARING {
                break;
            }
        }
        let rank = self.ranks[at];
        let prices = rank.saturating_sub(AROUND)..(rank + AROUND + 1).min(self.by_price.len());
        for other in &self.by_price[prices] {
            looking.add(at, *other);
        }
        for other in at.saturating_sub(AROUND)..(at + AROUND + 1).min(self.products.len()) {
            looking.add(at, other);
        }
        let mut scored: Vec<(f32, usize)> = looking
            .found
            .iter()
            .map(|other| (self.score(at, *other), *other))
            .collect();
        let position = self.products[at].position;
        let distance = |other: usize| self.products[other].position.abs_diff(position);
        // Of equals the nearest in the shopkeeper's order.
        let by_merit = |one: &(f32, usize), other: &(f32, usize)| {
            let by_score = other.0.partial_cmp(&one.0).unwrap_or(Ordering::Equal);
            by_score
                .then_with(|| distance(one.1).cmp(&distance(other.1)))
                .then_with(|| self.products[one.1].id.cmp(&self.products[other.1].id))
        };
        if scored.len() > MOST {
            scored.select_nth_unstable_by(MOST, by_merit);
            scored.truncate(MOST);
        }
        scored.sort_unstable_by(by_merit);
        scored
            .into_iter()
            .map(|(score, other)| (self.products[other].id, score))
            .collect()
    }

    fn score(&self, one: usize, other: usize) -> f32 {
        let (a, b) = (&self.products[one], &self.products[other]);
        (LEAST + self.cosine(one, other)) * by_price(a.price, b.price) * by_place(&a.path, &b.path)
    }

    fn cosine(&self, one: usize, other: usize) -> f32 {
        let (a, b) = (&self.traits[one], &self.traits[other]);
        let (mut i, mut j, mut shared) = (0, 0, 0.0);
        while i < a.len() && j < b.len() {
            match a[i].cmp(&b[j]) {
                Ordering::Less => i += 1,
                Ordering::Greater => j += 1,
                Ordering::Equal => {
                    shared += self.squares[a[i] as usize];
                    i += 1;
                    j += 1;
                }
            }
        }
        let both = self.lengths[one] * self.lengths[other];
        if both > 0.0 { shared / both } else { 0.0 }
    }
}

/// At most `count` of an ascending list: those nearest to where `at` is or would be.
fn around(list: &[usize], at: usize, count: usize) -> &[usize] {
    let middle = list.partition_point(|one| *one < at);
    let end = (middle + count / 2).max(count).min(list.len());
    &list[end.saturating_sub(count)..end]
}

/// From a half, when one costs many times the other, to one.
#[allow(clippy::cast_precision_loss)] // A ratio of prices.
fn by_price(one: Option<i64>, other: Option<i64>) -> f32 {
    match (one, other) {
        (Some(one), Some(other)) if one > 0 && other > 0 => {
            0.5 + 0.5 * (one.min(other) as f32 / one.max(other) as f32)
        }
        _ => 0.75,
    }
}

/// From two fifths, when they have no category in common, to one.
#[allow(clippy::cast_precision_loss)] // The depth of a tree.
fn by_place(one: &[Uuid], other: &[Uuid]) -> f32 {
    let longest = one.len().max(other.len());
    if longest == 0 {
        return 1.0;
    }
    let shared = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    0.4 + 0.6 * (shared as f32 / longest as f32)
}

/// All that is said of a product, each thing with what it counts.
fn said(product: &Traits) -> impl Iterator<Item = ((char, f32), String)> + '_ {
    let words = product
        .title
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| {
            word.chars().count() >= SHORTEST && !word.chars().all(|c| c.is_ascii_digit())
        })
        .map(|word| (WORD, word));
    let tags = product.tags.iter().map(|tag| (TAG, tag.clone()));
    let facts = product.facts.iter().map(|fact| (FACT, fact.clone()));
    let brand = Some(&product.brand).filter(|brand| !brand.is_empty());
    let brand = brand.map(|brand| (BRAND, brand.clone()));
    words.chain(tags).chain(facts).chain(brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(number: u128, title: &str, price: i64) -> Traits {
        Traits {
            id: Uuid::from_u128(number),
            position: i64::try_from(number).unwrap(),
            title: title.to_owned(),
            price: Some(price),
            ..Traits::default()
        }
    }

    fn first(of: u128, products: &[Traits]) -> u128 {
        let all = similar(products, products.len());
        let list = all.iter().find(|(id, _)| id.as_u128() == of).unwrap();
        list.1[0].0.as_u128()
    }

    #[test]
    fn what_shares_rare_words_is_liker_than_what_shares_common_ones() {
        let mut products = vec![
            thing(1, "Stoneware mug, lagoon", 2_000),
            thing(2, "Plain mug, white", 2_000),
            thing(3, "Stoneware mug, night", 2_000),
        ];
        products.extend((10..30).map(|number| thing(number, "Glass mug", 2_000)));
        assert_eq!(first(1, &products), 3);
        assert_eq!(first(3, &products), 1);
    }

    #[test]
    fn brand_tags_facts_price_and_place_count() {
        let plain = |number| thing(number, "", 1_000);
        let others = || (10..20).map(plain);
        let with = |change: fn(&mut Traits)| {
            let (mut one, mut other) = (plain(1), plain(30));
            change(&mut one);
            change(&mut other);
            let products: Vec<Traits> = [one, other].into_iter().chain(others()).collect();
            first(1, &products)
        };
        assert_ne!(with(|_| {}), 30, "the nearest otherwise");
        assert_eq!(with(|it| "Zan".clone_into(&mut it.brand)), 30);
        assert_eq!(with(|it| it.tags.push("gift".to_owned())), 30);
        assert_eq!(with(|it| it.facts.push("material=oak".to_owned())), 30);
        assert_eq!(with(|it| it.price = Some(9_000)), 30);
        assert_eq!(with(|it| it.path.push(Uuid::from_u128(5))), 30);
    }

    #[test]
    fn each_has_at_most_twelve_others_and_never_itself_the_same_each_time() {
        let products: Vec<Traits> = (0..400)
            .map(|number| {
                let title = format!("Thing {} of {}", number % 7, number % 11);
                let mut thing = thing(number, &title, 100 + i64::try_from(number % 90).unwrap());
                thing.tags = vec![format!("tag-{}", number % 5), "all".to_owned()];
                thing
            })
            .collect();
        let lists = similar(&products, 300);
        assert_eq!(lists.len(), 300);
        for (id, others) in &lists {
            assert_eq!(others.len(), MOST);
            let mut ids: Vec<Uuid> = others.iter().map(|(other, _)| *other).collect();
            assert!(!ids.contains(id), "{id} beside itself");
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), MOST, "each once");
            assert!(others.is_sorted_by(|one, other| one.1 >= other.1));
        }
        assert_eq!(lists, similar(&products, 300));
    }

    #[test]
    fn looks_at_few_however_many_share_a_trait() {
        let list: Vec<usize> = (0..10_000).map(|number| number * 2).collect();
        let near = around(&list, 10_001, 100);
        assert_eq!(near.len(), 100);
        assert!(near.contains(&10_000) && near.contains(&10_002));
        assert_eq!(around(&list, 0, 100), &list[..100]);
        assert_eq!(around(&list, 19_998, 100), &list[9_900..]);
        assert_eq!(around(&list[..3], 2, 100), &list[..3]);
    }

    #[test]
    fn one_alone_is_like_nothing() {
        let alone = [thing(1, "Mug", 100)];
        assert_eq!(similar(&alone, 1), [(alone[0].id, Vec::new())]);
        assert_eq!(similar(&[], 0), []);
    }
}
