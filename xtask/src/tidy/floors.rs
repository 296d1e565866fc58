//! The floors of DESIGN §1: what each crate must not name.

use super::Violation;
use super::source::{Literal, Source};
use std::collections::BTreeSet;
use std::path::Path;

/// The crates of this workspace that each crate may depend on. An arrow only points down.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("domain", "src/domain", &[]),
    ("shop", "src/shop", &["domain"]),
    ("islands", "src/app/islands", &["domain"]),
    ("app", "src/app", &["islands", "shop", "domain"]),
    (
        "server",
        "src/server",
        &["app", "islands", "shop", "domain"],
    ),
    ("client", "src/client", &["islands", "domain"]),
    ("browse", "src/client/browse", &["islands", "domain"]),
    ("simulator", "src/simulator", &[]),
];

/// Packages that must not be anywhere below `domain`.
const NOT_IN_DOMAIN: &[&str] = &[
    "tokio",
    "axum",
    "leptos",
    "reqwest",
    "hyper",
    "sqlx",
    "redis",
    "rand",
    "getrandom",
    "mio",
    "socket2",
];

/// Ways to a clock, to randomness and to the outside.
const CLOCKS: &[&str] = &[
    "SystemTime",
    "now_utc",
    "now_local",
    "Utc::now",
    "Local::now",
];
const RANDOM: &[&str] = &["rand", "getrandom", "fastrand", "now_v7", "new_v4"];
const OUTSIDE: &[&str] = &[
    "Instant",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
];

/// Everything that can be told from the text.
pub fn check(root: &Path) -> Vec<Violation> {
    let mut found = arrows(root);
    for source in Source::under(root, "src/domain/src") {
        domain(&source, &mut found);
    }
    // `testing` is what tests are written with: it is compiled for them alone.
    let for_tests = |source: &Source| {
        source
            .path
            .components()
            .any(|part| part.as_os_str() == "testing")
    };
    for source in Source::under(root, "src/shop/src")
        .into_iter()
        .filter(|s| !for_tests(s))
    {
        shop(&source, &mut found);
    }
    for folder in ["src/app/src", "src/app/islands/src"] {
        for source in Source::under(root, folder) {
            app(&source, &mut found);
        }
    }
    found
}

/// Judges `cargo tree -p domain --prefix none`.
pub fn domain_tree(tree: &str) -> Vec<Violation> {
    let mut names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| NOT_IN_DOMAIN.contains(name))
        .map(|name| {
            Violation::new(
                "src/domain/Cargo.toml",
                1,
                format!("`domain` depends on {name}"),
                format!(
                    "`cargo tree -p domain -i {name}` shows through what; drop it or its feature"
                ),
            )
        })
        .collect()
}

fn arrows(root: &Path) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, folder, allowed) in ARROWS {
        let path = format!("{folder}/Cargo.toml");
        let manifest = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        for (line, dependency) in dependencies(&manifest) {
            let ours = ARROWS.iter().any(|(other, _, _)| *other == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                found.push(Violation::new(
                    &path,
                    line,
                    format!("`{name}` depends on `{dependency}`: arrows may only point down"),
                    "move what is needed to a lower floor, or hand it in from above",
                ));
            }
            if *name == "shop" && (dependency == "axum" || dependency.starts_with("leptos")) {
                found.push(no_web(&path, line, &dependency));
            }
            if ["app", "islands"].contains(name) && ["sqlx", "redis"].contains(&dependency.as_str())
            {
                found.push(no_store(&path, line, &dependency));
            }
        }
    }
    found
}

/// The dependencies of a manifest, those of tests apart, with their lines.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    crate::leptos::entries(manifest)
        .into_iter()
        .filter(|entry| entry.table == "dependencies" || entry.table.ends_with(".dependencies"))
        .map(|entry| {
            (
                entry.line,
                entry.key.split('.').next().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

fn domain(source: &Source, found: &mut Vec<Violation>) {
    let names = [NOT_IN_DOMAIN, CLOCKS, RANDOM, OUTSIDE];
    for name in names.iter().copied().flatten().collect::<BTreeSet<_>>() {
        for at in source.find(name) {
            found.push(Violation::new(
                &source.path,
                source.line(at),
                format!("`domain` names `{name}`"),
                "take the value (a time, a number, a text) as an argument; `shop` or `server` gets it",
            ));
        }
    }
}

fn shop(source: &Source, found: &mut Vec<Violation>) {
    for name in ["axum", "leptos", "leptos_axum", "leptos_router"] {
        for at in source.find(name) {
            found.push(no_web(&source.path, source.line(at), name));
        }
    }
    if !source.named("clock.rs") {
        for name in CLOCKS.iter().chain(RANDOM) {
            for at in source.find(name) {
                found.push(Violation::new(
                    &source.path,
                    source.line(at),
                    format!("`shop` reaches for `{name}`"),
                    "use the clock and the randomness of `Shop`, which src/shop/src/clock.rs defines",
                ));
            }
        }
    }
    let may_hold_sql = source.named("sql.rs")
        || source
            .path
            .parent()
            .is_some_and(|folder| folder.ends_with("sql"));
    if may_hold_sql {
        return;
    }
    let queries = [
        "query",
        "query_as",
        "query_scalar",
        "query_file",
        "query_file_as",
        "query_with",
        "raw_sql",
        "QueryBuilder",
    ];
    let calls = queries.iter().flat_map(|name| {
        let path = format!("sqlx::{name}");
        source
            .find(&path)
            .map(|at| source.line(at))
            .collect::<Vec<_>>()
    });
    let macros = ["query", "query_as", "query_scalar"]
        .iter()
        .flat_map(|name| {
            let bang = source
                .find(name)
                .filter(|at| source.code[at + name.len()..].starts_with('!'));
            bang.map(|at| source.line(at)).collect::<Vec<_>>()
        });
    let texts = source
        .strings
        .iter()
        .filter(|s| sql(s))
        .map(|s| source.line(s.at));
    let mut lines: Vec<usize> = calls.chain(macros).chain(texts).collect();
    lines.sort_unstable();
    lines.dedup();
    for line in lines {
        found.push(Violation::new(
            &source.path,
            line,
            "`shop` holds SQL outside a `sql.rs`",
            "move the query into the `sql.rs` of its feature and call it from here",
        ));
    }
}

fn app(source: &Source, found: &mut Vec<Violation>) {
    for name in ["sqlx", "redis"] {
        for at in source.find(name) {
            found.push(no_store(&source.path, source.line(at), name));
        }
    }
}

fn no_web(file: impl AsRef<Path>, line: usize, name: &str) -> Violation {
    Violation::new(
        file,
        line,
        format!("`shop` names `{name}`"),
        "return plain types; `app` and `server` know the web",
    )
}

fn no_store(file: impl AsRef<Path>, line: usize, name: &str) -> Violation {
    Violation::new(
        file,
        line,
        format!("`app` names `{name}`"),
        "call a function of `shop` that does it",
    )
}

/// Whether a literal is an SQL statement: in capitals by its first word, in small letters by its shape too.
fn sql(literal: &Literal) -> bool {
    let mut words = literal.text.split_whitespace();
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let has = |word: &str| {
        literal
            .text
            .split_whitespace()
            .any(|w| w.eq_ignore_ascii_case(word))
    };
    match first {
        "SELECT" | "UPDATE" | "WITH" | "TRUNCATE" => !second.is_empty(),
        "INSERT" => second == "INTO",
        "DELETE" => second == "FROM",
        "select" => has("from") || second == "pg_advisory_xact_lock($1)",
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => has("set"),
        "with" => has("as") && has("select"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{app, dependencies, domain, domain_tree, shop};
    use crate::tidy::source::Source;

    fn lines(check: fn(&Source, &mut Vec<super::Violation>), path: &str, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        check(&Source::new(path, text), &mut found);
        let mut lines: Vec<usize> = found.iter().map(|violation| violation.line).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn domain_reads_no_clock_and_does_no_io() {
        let text = "use std::time::Duration;\nlet t = std::time::SystemTime::now();\nlet u = Uuid::now_v7();\n\
                    let f = std::fs::read(p);\nlet i = Instant::now();\nlet r = rand::random();\n";
        assert_eq!(lines(domain, "src/domain/src/x.rs", text), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn shop_holds_sql_in_its_sql_files_only() {
        let text = "fn a() { sqlx::query(\"x\"); }\nfn b() { query_as!(Row, \"SELECT id FROM product\"); }\n\
                    const C: &str = \"select a from b\";\nconst D: &str = \"Select a colour from the list\";\n\
                    const E: &str = r#\"\n  UPDATE product SET x = 1\"#;\n";
        assert_eq!(lines(shop, "src/shop/src/cart/mod.rs", text), [1, 2, 3, 5]);
        assert!(lines(shop, "src/shop/src/cart/sql.rs", text).is_empty());
    }

    #[test]
    fn shop_takes_its_clock_and_names_no_web() {
        let text = "let t = OffsetDateTime::now_utc();\nuse axum::Router;\n// axum in a comment\nlet r = rand::rng();\n";
        assert_eq!(lines(shop, "src/shop/src/cart/mod.rs", text), [1, 2, 4]);
        assert_eq!(lines(shop, "src/shop/src/clock.rs", text), [2]);
    }

    #[test]
    fn app_names_no_store() {
        assert_eq!(
            lines(
                app,
                "src/app/src/x.rs",
                "use sqlx::PgPool;\nlet s = \"redis\";\nredis::Client::open();\n"
            ),
            [1, 3]
        );
    }

    #[test]
    fn forbidden_packages_are_found_in_the_tree() {
        let tree =
            "domain v0.1.0 (/x)\nserde v1.0.1\ntokio v1.4.0\ntokio v1.4.0 (*)\ntokio-util v0.7\n";
        let told: Vec<String> = domain_tree(tree).into_iter().map(|v| v.what).collect();
        assert_eq!(told, ["`domain` depends on tokio"]);
    }

    #[test]
    fn dependencies_of_tests_don_t_count() {
        let manifest = "[dependencies]\ndomain.workspace = true\nshop = { path = \"x\" }\n[dev-dependencies]\nserver = \"1\"\n";
        let names: Vec<String> = dependencies(manifest)
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, ["domain", "shop"]);
    }
}
