//! Black Friday: of a hundred requests 80 are for the catalogue, 10 search, 9 change a cart, one is of a checkout. What is
//! asked for follows Zipf's law.

use crate::Arguments;
use crate::client::{Client, encode};
use crate::scenario::{self, add, expect, form_of, timed};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Additions to one cart; then its shopper leaves, and another comes.
const ADDITIONS: u32 = 6;

/// What can be asked for.
pub struct World {
    products: Ranked<String>,
    listings: Ranked<String>,
    queries: Ranked<String>,
    variants: Ranked<Uuid>,
}

/// Things of which the first is wanted most: the second half as often, the third a third as often (Zipf's law).
struct Ranked<T> {
    things: Vec<T>,
    law: WeightedIndex<f64>,
}

impl<T> Ranked<T> {
    fn of(things: Vec<T>, what: &str) -> Result<Self, String> {
        let weights = (1..=things.len()).map(|rank| 1.0 / rank as f64);
        let law = WeightedIndex::new(weights).map_err(|_| format!("mix needs {what}"))?;
        Ok(Self { things, law })
    }

    fn one(&self, dice: &mut StdRng) -> &T {
        &self.things[self.law.sample(dice)]
    }
}

impl World {
    /// What the file of `--world` names, and the variants of `--variants`.
    pub fn read(arguments: &Arguments) -> Result<Self, String> {
        let file = arguments.world.as_ref().ok_or("mix needs --world")?;
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let (mut products, mut listings, mut queries) = (Vec::new(), Vec::new(), Vec::new());
        for line in text.lines() {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let list = match kind {
                "product" => &mut products,
                "listing" => &mut listings,
                "query" => &mut queries,
                _ => return Err(format!("{}: what is a `{kind}`?", file.display())),
            };
            list.push(rest.to_owned());
        }
        Ok(Self {
            products: Ranked::of(products, "products")?,
            listings: Ranked::of(listings, "listings")?,
            queries: Ranked::of(queries, "queries")?,
            variants: Ranked::of(arguments.variants.clone(), "variants")?,
        })
    }
}

/// Who comes over one connection, one after the other.
pub struct Shopper {
    dice: StdRng,
    additions: u32,
}

impl Shopper {
    /// Those of a connection are the same for the same seed. Others want other things: who asks for what was just asked for
    /// finds it in every cache.
    pub fn of(connection: usize, seed: u32) -> Self {
        Self {
            dice: StdRng::seed_from_u64(u64::from(seed) << 32 | connection as u64),
            additions: 0,
        }
    }

    /// One request, of its kind; what a checkout needs before its placing is a checkout's request too.
    pub async fn turn(
        &mut self,
        world: &World,
        client: &mut Client,
    ) -> (&'static str, Result<Duration, String>) {
        match self.dice.random_range(0..100_u32) {
            0..5 => ("catalogue", look(client, "/en-eu/").await),
            5..25 => (
                "catalogue",
                look(client, world.listings.one(&mut self.dice)).await,
            ),
            25..80 => (
                "catalogue",
                look(client, world.products.one(&mut self.dice)).await,
            ),
            80..90 => {
                let query = encode(world.queries.one(&mut self.dice));
                let path = format!("/en-eu/search?q={query}");
                ("search", look(client, &path).await)
            }
            90..99 => ("cart", self.add(world, client).await),
            _ => ("checkout", self.buy(world, client).await),
        }
    }

    async fn add(&mut self, world: &World, client: &mut Client) -> Result<Duration, String> {
        if self.additions == ADDITIONS {
            client.forget();
            self.additions = 0;
        }
        self.additions += 1;
        let variant = *world.variants.one(&mut self.dice);
        timed(add(client, variant)).await
    }

    /// Only the placing is timed.
    async fn buy(&mut self, world: &World, client: &mut Client) -> Result<Duration, String> {
        if self.additions == 0 {
            self.add(world, client).await?;
        }
        let number = self.dice.random_range(0..1_000_000);
        let fields = form_of(client, number).await?;
        let placed = scenario::place(client, &fields).await;
        client.forget();
        self.additions = 0;
        placed.map(|(took, _)| took)
    }
}

async fn look(client: &mut Client, path: &str) -> Result<Duration, String> {
    let began = Instant::now();
    expect(client.get(path).await?, 200).map_err(|why| format!("{path} {why}"))?;
    Ok(began.elapsed())
}
