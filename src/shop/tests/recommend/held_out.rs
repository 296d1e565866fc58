//! How good recommendations are: of orders that were not learned from, how often the rest is found from one of its products.
//!
//! The orders are generated. Products are popular by Zipf's law; shoppers have a taste (two categories, one brand), take what
//! goes with a thing (its partner in another category) and otherwise what is popular among what they like. The first 150 days are
//! learned from, the next 30 are held out. Nothing of this is known to what is tested but products and orders.
//!
//! On a shop's first day nobody knows what sells: then lists are held against what could be shown instead (the shopkeeper's order,
//! the same within the category, chance), and against the best that can be made of content, which knows the taste and not what is
//! popular. What sells is worth three times all of that, so content alone is not held against best-sellers.

use crate::{compute, shop, sql};
use domain::ProductId;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use shop::testing::TestShop;
use sql::{Bought, Goods};
use sqlx::PgPool;
use std::collections::BTreeMap;
use time::Duration;
use uuid::Uuid;

const CATEGORIES: usize = 12;
const EACH: usize = 25;
const PRODUCTS: usize = CATEGORIES * EACH;
const BRANDS: usize = 6;
const SHOPPERS: u128 = 700;
/// How much likelier somebody takes a thing of a category, and of a brand, that they like.
const LIKED_CATEGORY: u8 = 12;
const LIKED_BRAND: u8 = 5;
/// How often chance is tried.
const TIMES: u8 = 20;
/// The first product's id.
const FIRST: u128 = 10_000;
/// What a page shows.
const SHOWN: usize = 8;

const KINDS: [&str; CATEGORIES] = [
    "mug", "lamp", "stool", "bowl", "cushion", "bottle", "candle", "throw", "clock", "mirror",
    "tray", "basket",
];
const MATERIALS: [&str; 5] = ["stoneware", "oak", "linen", "brass", "glass"];
const MAKERS: [&str; BRANDS] = ["Zan", "Falier", "Marangon", "Brium", "Norvik", "Velsen"];

/// A world of products and of shoppers with a taste.
struct Made {
    goods: Vec<Goods>,
    brands: Vec<usize>,
    /// Before today.
    learned: Vec<Bought>,
    held_out: Vec<Bought>,
}

fn category(product: usize) -> usize {
    product / EACH
}

/// What goes with it, in another category.
fn partner(product: usize) -> usize {
    (product + PRODUCTS / 2) % PRODUCTS
}

fn id(product: usize) -> Uuid {
    Uuid::from_u128(FIRST + product as u128)
}

/// Which product has that id.
fn of(id: Uuid) -> usize {
    usize::try_from(id.as_u128() - FIRST).unwrap()
}

impl Made {
    fn of(seed: u64, shop: &TestShop) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let brands: Vec<usize> = (0..PRODUCTS)
            .map(|_| dice.random_range(0..BRANDS))
            .collect();
        let mut goods = Vec::new();
        for (product, brand) in brands.iter().enumerate() {
            let kind = KINDS[category(product)];
            let material = MATERIALS[dice.random_range(0..MATERIALS.len())];
            goods.push(Goods {
                id: id(product),
                slug: format!("{kind}-{product}"),
                title: format!("{} {material} {kind}", MAKERS[*brand]),
                vendor: MAKERS[*brand].to_owned(),
                category: Uuid::from_u128(1 + category(product) as u128),
                tags: vec![material.to_owned()],
                // Brands are dear or cheap.
                price: dice.random_range(800..1_600) * (1 + *brand as i64),
            });
        }
        // Which is how popular has nothing to do with where it stands.
        let mut ranks: Vec<usize> = (0..PRODUCTS).collect();
        for at in (1..PRODUCTS).rev() {
            ranks.swap(at, dice.random_range(0..=at));
        }
        let popular: Vec<f64> = ranks
            .iter()
            .map(|rank| 1.0 / (*rank as f64 + 3.0))
            .collect();
        let today = shop.clock.time();
        let (mut learned, mut held_out) = (Vec::new(), Vec::new());
        for number in 0..SHOPPERS {
            let liked = [0, 1].map(|_| dice.random_range(0..CATEGORIES));
            let brand = dice.random_range(0..BRANDS);
            let weights: Vec<f64> = (0..PRODUCTS)
                .map(|product| {
                    let mut weight = popular[product];
                    if liked.contains(&category(product)) {
                        weight *= f64::from(LIKED_CATEGORY);
                    }
                    if brands[product] == brand {
                        weight *= f64::from(LIKED_BRAND);
                    }
                    weight
                })
                .collect();
            for _ in 0..dice.random_range(1..=6) {
                let mut products = vec![pick(&mut dice, &weights)];
                for _ in 0..dice.random_range(1..=3) {
                    let last = products[products.len() - 1];
                    let next = if dice.random_bool(0.35) {
                        partner(last)
                    } else {
                        pick(&mut dice, &weights)
                    };
                    if !products.contains(&next) {
                        products.push(next);
                    }
                }
                let days: i64 = dice.random_range(-30..150);
                let order = Bought {
                    customer: Uuid::from_u128(1_000_000 + number),
                    products: products.into_iter().map(id).collect(),
                    at: today - Duration::days(days) - Duration::HOUR,
                };
                if days >= 0 {
                    &mut learned
                } else {
                    &mut held_out
                }
                .push(order);
            }
        }
        held_out.retain(|order| order.products.len() > 1);
        Self {
            goods,
            brands,
            learned,
            held_out,
        }
    }

    async fn stock(&self, shop: &TestShop) {
        for (number, kind) in (1..).zip(KINDS) {
            sql::category(&shop.db, Uuid::from_u128(number), kind, None).await;
        }
        sql::products(&shop.db, &self.goods, shop.clock.time()).await;
    }

    /// By how often they were ordered, the best first.
    fn best_sellers(&self) -> Vec<Uuid> {
        let mut counts: BTreeMap<Uuid, usize> = BTreeMap::new();
        for product in self.learned.iter().flat_map(|order| &order.products) {
            *counts.entry(*product).or_default() += 1;
        }
        let mut all: Vec<(Uuid, usize)> = counts.into_iter().collect();
        all.sort_by_key(|(product, count)| (std::cmp::Reverse(*count), *product));
        all.into_iter().map(|(product, _)| product).collect()
    }

    /// All products, those first that whoever bought this one likes more, by category and brand; of equals by chance.
    fn by_taste(&self, given: usize, dice: &mut StdRng) -> Vec<Uuid> {
        let in_order: Vec<Uuid> = (0..PRODUCTS).map(id).collect();
        let mut all = shuffled(&in_order, dice);
        all.sort_by_key(|other| {
            let (other, mut liked) = (of(*other), 1);
            if category(other) == category(given) {
                liked *= LIKED_CATEGORY;
            }
            if self.brands[other] == self.brands[given] {
                liked *= LIKED_BRAND;
            }
            std::cmp::Reverse(liked)
        });
        all
    }

    /// The average of many times, where chance has a say in what `list` knows.
    fn judge_often(
        &self,
        dice: &mut StdRng,
        list: impl Fn(Uuid, &mut StdRng) -> Vec<Uuid>,
    ) -> Score {
        let (mut hit_rate, mut recall) = (0.0, 0.0);
        for _ in 0..TIMES {
            let lists: BTreeMap<Uuid, Vec<Uuid>> = (0..PRODUCTS)
                .map(|product| {
                    let mut shown = list(id(product), dice);
                    // One of them may be the product itself.
                    shown.truncate(SHOWN + 1);
                    (id(product), shown)
                })
                .collect();
            let score = self.judge(|product| lists[&product].clone());
            hit_rate += score.hit_rate / f64::from(TIMES);
            recall += score.recall / f64::from(TIMES);
        }
        Score { hit_rate, recall }
    }

    /// What is shown beside each product, when `list` says what is known.
    fn judge(&self, list: impl Fn(Uuid) -> Vec<Uuid>) -> Score {
        let (mut asked, mut hits, mut recall) = (0_u32, 0_u32, 0.0);
        for order in &self.held_out {
            for given in &order.products {
                let shown: Vec<Uuid> = list(*given)
                    .into_iter()
                    .filter(|other| other != given)
                    .take(SHOWN)
                    .collect();
                let rest = order.products.iter().filter(|other| *other != given);
                let found = rest.filter(|other| shown.contains(other)).count();
                asked += 1;
                hits += u32::from(found > 0);
                recall += found as f64 / (order.products.len() - 1) as f64;
            }
        }
        assert!(asked > 500, "few were asked: {asked}");
        Score {
            hit_rate: f64::from(hits) / f64::from(asked),
            recall: recall / f64::from(asked),
        }
    }
}

fn pick(dice: &mut StdRng, weights: &[f64]) -> usize {
    let mut left = dice.random_range(0.0..weights.iter().sum::<f64>());
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return at;
        }
    }
    weights.len() - 1
}

/// Over all products of all held-out orders, each asked by itself.
#[derive(Clone, Copy, Debug)]
struct Score {
    /// How often at least one of the others was among the eight.
    hit_rate: f64,
    /// How many of the others were, on average.
    recall: f64,
}

/// What a page shows: bought together, then similar.
async fn lists(shop: &TestShop) -> BTreeMap<Uuid, Vec<Uuid>> {
    let mut lists = BTreeMap::new();
    for product in 0..PRODUCTS {
        let mut list = Vec::new();
        for kind in ["together", "similar"] {
            for other in sql::others(&shop.db, ProductId(id(product)), kind).await {
                if !list.contains(&other.0) {
                    list.push(other.0);
                }
            }
        }
        lists.insert(id(product), list);
    }
    lists
}

fn shuffled(products: &[Uuid], dice: &mut StdRng) -> Vec<Uuid> {
    let mut all = products.to_vec();
    all.shuffle(dice);
    all
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn finds_the_rest_of_an_order_better_than_best_sellers_do(db: PgPool) {
    let shop = shop(db).await;
    let made = Made::of(4, &shop);
    made.stock(&shop).await;

    // Its first day: nobody has bought anything.
    compute(&shop).await;
    let known = lists(&shop).await;
    let content = made.judge(|product| known[&product].clone());
    let in_order: Vec<Uuid> = (0..PRODUCTS).map(id).collect();
    let by_position = made.judge(|_| in_order.clone());
    let shelf = |product| category(of(product)) * EACH..(category(of(product)) + 1) * EACH;
    let in_category = made.judge(|product| in_order[shelf(product)].to_vec());
    let mut dice = StdRng::seed_from_u64(5);
    let by_chance = made.judge_often(&mut dice, |_, dice| shuffled(&in_order, dice));
    let in_category_by_chance = made.judge_often(&mut dice, |product, dice| {
        shuffled(&in_order[shelf(product)], dice)
    });
    let by_taste = made.judge_often(&mut dice, |product, dice| made.by_taste(of(product), dice));

    sql::orders(&shop.db, "paid", &made.learned).await;
    compute(&shop).await;
    let known = lists(&shop).await;
    let learned = made.judge(|product| known[&product].clone());
    let sellers = made.best_sellers();
    let best_sellers = made.judge(|_| sellers.clone());
    println!(
        "{} orders learned from, {} held out\n\
         The first day: by position {by_position:?}\nby chance {by_chance:?}\nof its category by position {in_category:?}\n\
         of its category by chance {in_category_by_chance:?}\ncontent alone {content:?}\nall that content could say {by_taste:?}\n\
         Later: best-sellers {best_sellers:?}\nwith orders {learned:?}",
        made.learned.len(),
        made.held_out.len(),
    );
    assert!(learned.hit_rate > 1.25 * best_sellers.hit_rate);
    assert!(learned.recall > 1.4 * best_sellers.recall);
    assert!(learned.hit_rate > 2.0 * content.hit_rate);
    for other in [by_position, by_chance] {
        assert!(content.hit_rate > 1.9 * other.hit_rate, "{other:?}");
        assert!(content.recall > 1.9 * other.recall, "{other:?}");
    }
    for other in [in_category, in_category_by_chance] {
        assert!(content.hit_rate > 1.1 * other.hit_rate, "{other:?}");
        assert!(content.recall > 1.1 * other.recall, "{other:?}");
    }
    assert!(content.hit_rate > 0.9 * by_taste.hit_rate);
    assert!(content.recall > 0.9 * by_taste.recall);
}
