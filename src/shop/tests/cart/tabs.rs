//! Many at once: nothing is lost, nothing is done twice, answers can be put in order.

use crate::{add, lines, read};
use domain::VariantId;
use domain::cart::{CartCommand, CartView};
use shop::cart;
use shop::customer::Session;
use shop::testing::TestShop;
use sqlx::PgPool;
use std::collections::HashSet;

/// Gives all commands at once; the answers in the order of the commands.
async fn at_once(shop: &TestShop, session: Session, commands: Vec<CartCommand>) -> Vec<CartView> {
    let tasks: Vec<_> = commands
        .into_iter()
        .map(|command| {
            let (caller, storefront, shop) = (shop.caller(&session), shop.eu(), shop.shop());
            tokio::spawn(async move {
                cart::change(&shop, &caller, &session, &storefront, command)
                    .await
                    .expect("the command is done")
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("the task ends"));
    }
    answers
}

async fn tiles(shop: &TestShop, count: usize) -> Vec<VariantId> {
    let names: Vec<String> = (0..count).map(|tile| format!("Tile {tile}")).collect();
    let mut builder = shop.product("tiles").price(100).stock(1000);
    for name in &names {
        builder = builder.variant([name.as_str()]);
    }
    builder.await.variants
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn parallel_adds_lose_nothing_and_each_answer_is_whole(db: PgPool) {
    let shop = TestShop::new(db).await;
    let tiles = tiles(&shop, 32).await;
    let guest = shop.guest().await;
    let commands: Vec<_> = tiles
        .iter()
        .map(|tile| shop.command(add(*tile, 1)))
        .collect();
    let mut answers = at_once(&shop, guest, commands).await;

    answers.sort_by_key(|answer| answer.version);
    for (version, answer) in (1..).zip(&answers) {
        assert_eq!(answer.version, version as i64);
        assert_eq!(
            answer.lines.len(),
            version,
            "version {version} lacks a line of another tab"
        );
    }
    for pair in answers.windows(2) {
        assert_eq!(lines(&pair[1])[..pair[0].lines.len()], lines(&pair[0]));
    }
    // Whoever keeps the highest version has the cart, in whatever order replies arrive.
    let kept = answers.last().unwrap();
    assert_eq!(read(&shop, &guest).await, *kept);
    let variants: HashSet<_> = kept.lines.iter().map(|line| line.variant).collect();
    assert_eq!(variants, tiles.into_iter().collect());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn parallel_adds_of_one_variant_add_up(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let guest = shop.guest().await;
    let commands = (0..32)
        .map(|_| shop.command(add(mug.variant(), 2)))
        .collect();
    let mut answers = at_once(&shop, guest, commands).await;
    answers.sort_by_key(|answer| answer.version);
    for (count, answer) in (1..).zip(&answers) {
        assert_eq!(lines(answer), [(mug.variant(), 2 * count)]);
    }
    assert_eq!(lines(&read(&shop, &guest).await), [(mug.variant(), 64)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_command_at_once_is_one_change(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let guest = shop.guest().await;
    // In the first round the first of them also begins the cart.
    for round in 1..=4 {
        let command = shop.command(add(mug.variant(), 3));
        for answer in at_once(&shop, guest, vec![command; 16]).await {
            let expected = vec![(mug.variant(), 3 * round)];
            assert_eq!(
                (answer.version, lines(&answer)),
                (i64::from(round), expected)
            );
        }
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_tabs_converge(db: PgPool) {
    let shop = TestShop::new(db).await;
    let tiles = tiles(&shop, 3).await;
    let guest = shop.guest().await;
    let here = shop.add(&guest, tiles[0], 1).await;
    let there = shop.add(&guest, tiles[1], 1).await;
    let removed = domain::cart::CartChange::RemoveLine { variant: tiles[0] };
    let here_again = crate::change(&shop, &guest, removed).await.unwrap();
    let there_again = shop.add(&guest, tiles[2], 1).await;

    assert!(here.version < there.version && there.version < here_again.version);
    assert_eq!(lines(&there_again), [(tiles[1], 1), (tiles[2], 1)]);
    assert_eq!(read(&shop, &guest).await, there_again);
}

/// Vendure #4152: changes made in parallel lost lines of the order. Here adds, changes, removals and codes of several tabs come
/// at once; every line that was not removed is there with its quantity.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn parallel_changes_lose_no_lines(db: PgPool) {
    let shop = TestShop::new(db).await;
    let tiles = tiles(&shop, 24).await;
    let guest = shop.guest().await;
    for tile in &tiles[..16] {
        shop.add(&guest, *tile, 1).await;
    }
    let mut commands = Vec::new();
    for (at, tile) in tiles.iter().enumerate() {
        let change = match at {
            0..8 => crate::set(*tile, 7),
            8..12 => domain::cart::CartChange::RemoveLine { variant: *tile },
            _ => add(*tile, 2),
        };
        commands.push(shop.command(change));
        if at % 6 == 0 {
            let code = domain::promotion::Code::parse("NEVER").expect("a code");
            commands.push(shop.command(domain::cart::CartChange::RemoveCode { code }));
        }
    }
    let count = commands.len() as i64;
    let answers = at_once(&shop, guest, commands).await;
    let last = answers
        .iter()
        .max_by_key(|answer| answer.version)
        .expect("answers");
    assert_eq!(last.version, 16 + count);
    assert_eq!(read(&shop, &guest).await, *last);
    let expected: HashSet<(VariantId, u32)> = (0..8)
        .map(|at| (tiles[at], 7))
        .chain((12..16).map(|at| (tiles[at], 3)))
        .chain((16..24).map(|at| (tiles[at], 2)))
        .collect();
    assert_eq!(lines(last).into_iter().collect::<HashSet<_>>(), expected);
    assert_eq!(last.quote.subtotal.minor, (8 * 7 + 4 * 3 + 8 * 2) * 100);
}
