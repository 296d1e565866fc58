//! Query strings that nobody would write, made up from a seed: none is answered with a broken shop, none that says nothing costs
//! a render, and none costs two.

use crate::browser::encoded;
use crate::nasty::{Chance, nasty_text};
use crate::world::{World, eventually};

const PAGES: [&str; 6] = [
    "/en-eu/",
    "/en-eu/category/living",
    "/en-eu/product/dogana-vase",
    "/en-eu/pages/about",
    "/en-eu/compare",
    "/en-eu/product/there-is-none",
];
/// Bytes of a query.
const LONGEST: usize = 30_000;
/// Parameters that mean something somewhere.
const KNOWN: [&str; 4] = ["sort", "after", "p", "more"];

async fn misses(world: &World) -> u64 {
    let figures = world.shopper().get("/metrics").await.expect(200);
    let line = figures
        .text()
        .lines()
        .find(|line| line.starts_with("rialto_page_cache_total{result=\"miss\"}"));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok())
        .unwrap_or(0)
}

/// Some parameters, repeated, huge, empty or broken as they come.
fn query(chance: &mut Chance, names: &[&str]) -> String {
    let mut pairs = Vec::new();
    for _ in 0..=chance.below(4) {
        let name = if names.is_empty() || chance.one_in(3) {
            format!("x{}", nasty_text(chance))
        } else {
            (*chance.pick(names)).to_owned()
        };
        let value = nasty_text(chance);
        let pair = match chance.below(6) {
            0 => encoded(&[(&name, "")]),
            1 => encoded(&[(&name, &value)]).replace('=', "%3D"),
            _ => encoded(&[(&name, &value)]),
        };
        for _ in 0..=usize::from(chance.one_in(4)) * 3 {
            pairs.push(pair.clone());
        }
    }
    let mut query = pairs.join(if chance.one_in(8) { "&&" } else { "&" });
    if chance.one_in(8) {
        query.push_str("&%&=&%G1&a=%");
    }
    // All of it is ASCII by now. What is longer no client sends.
    query.truncate(LONGEST);
    query
}

#[tokio::test]
async fn what_says_nothing_is_never_rendered_for() {
    let world = World::start().await;
    let shopper = world.shopper();
    let mut chance = Chance(0x5EED_0001);
    // A page that is there, unless something was not heard of meanwhile: then once more.
    for path in ["/en-eu/", "/en-eu/category/living"] {
        let queries: Vec<String> = (0..24).map(|_| query(&mut chance, &[])).collect();
        eventually(
            &format!("{path} is rendered for none of these"),
            async || {
                let page = shopper.get(path).await.expect(200);
                let before = misses(&world).await;
                for query in &queries {
                    let answer = shopper.get(&format!("{path}?{query}")).await;
                    // An address that holds a NUL is refused before anything is looked at.
                    if query.contains("%00") {
                        assert_eq!(answer.status, 400, "{query}");
                    } else {
                        assert_eq!(answer.status, 200, "{query}: {answer}");
                        assert_eq!(answer.header("etag"), page.header("etag"), "{query}");
                    }
                }
                misses(&world).await == before
            },
        )
        .await;
    }
    world.server.assert_unbroken();
}

#[tokio::test]
async fn no_query_is_rendered_for_twice_and_none_breaks_a_page() {
    let world = World::start().await;
    let shopper = world.shopper();
    let mut chance = Chance(0x5EED_0002);
    for number in 0..60 {
        let page = PAGES[number % PAGES.len()];
        let address = format!("{page}?{}", query(&mut chance, &KNOWN));
        eventually(&format!("{address} is rendered for once"), async || {
            let first = shopper.get(&address).await;
            let is_expected = matches!(first.status, 200 | 400 | 404 | 414 | 431);
            assert!(is_expected, "{address}: {first}");
            let before = misses(&world).await;
            let second = shopper.get(&address).await;
            assert_eq!(second.status, first.status, "{address}");
            misses(&world).await == before
        })
        .await;
    }
    world.server.assert_unbroken();
}
