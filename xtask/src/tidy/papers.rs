//! What every file of the repository is held to: nothing of one machine in it, and settings that agree.

use super::Violation;
use crate::leptos::{Entry, entries};
use crate::process;
use std::path::Path;

/// Settings that stand in Cargo.toml for cargo-leptos and in Leptos.toml for the server.
const SHARED_SETTINGS: &[(&str, &str)] = &[
    ("site-addr", "address"),
    ("site-root", "site_root"),
    ("reload-port", "reload_port"),
];

pub fn check(root: &Path) -> Vec<Violation> {
    let mut found = Vec::new();
    let private = private_paths(root);
    for file in tracked(root) {
        if let Ok(text) = std::fs::read_to_string(root.join(&file)) {
            found.extend(machine_names(&file, &text, &private));
        }
    }
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    found.extend(settings_agree(&read("Cargo.toml"), &read("Leptos.toml")));
    found
}

/// The files git knows or would add; none in a copy without git.
fn tracked(root: &Path) -> Vec<String> {
    let root = root.display().to_string();
    let list = process::answer(
        "git",
        &[
            "-C",
            &root,
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    );
    list.unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Paths that only this machine has: where the checkout lies, and the home folder.
fn private_paths(root: &Path) -> Vec<String> {
    let home = std::env::var("HOME").unwrap_or_default();
    [root.display().to_string(), home]
        .into_iter()
        .filter(|path| path.len() > 1)
        .map(|path| format!("{}/", path.trim_end_matches('/')))
        .chain(
            ["/home", "/Users"]
                .iter()
                .map(|folder| format!("{folder}/")),
        )
        .collect()
}

fn machine_names(file: &str, text: &str, private: &[String]) -> Vec<Violation> {
    let mut found = Vec::new();
    let name = file.rsplit('/').next().unwrap_or(file);
    for (index, line) in text.lines().enumerate() {
        let mut tell =
            |what: String, mend: &str| found.push(Violation::new(file, index + 1, what, mend));
        let trimmed = line.trim_start();
        if let Some(path) = private.iter().find(|path| stands_alone(line, path)) {
            tell(
                format!("a path of one machine: {path}…"),
                "make it relative to the checkout",
            );
        }
        if name == "package-lock.json"
            && trimmed.starts_with("\"resolved\":")
            && line.contains("://")
        {
            tell(
                "the lock file names a registry host".to_owned(),
                "put `omit-lockfile-registry-resolved=true` into the .npmrc beside it and write the lock file anew",
            );
        }
        if name == ".npmrc"
            && trimmed.contains("registry=")
            && !trimmed.starts_with('#')
            && !trimmed.contains("-registry-")
        {
            tell(
                "names a registry host".to_owned(),
                "leave the registry to the machine's own settings",
            );
        }
        if name == "Cargo.lock"
            && trimmed.starts_with("source = ")
            && !trimmed.contains("registry+https://github.com/rust-lang/crates.io-index")
        {
            tell(
                "a dependency from elsewhere than crates.io".to_owned(),
                "depend on a published version",
            );
        }
        if (name == "config.toml" || name == "Cargo.toml")
            && (trimmed.starts_with("[source.") || trimmed.starts_with("[registries"))
        {
            tell(
                "names a registry".to_owned(),
                "leave the registry to the machine's own settings",
            );
        }
    }
    found
}

/// Whether the path stands in the line as a path of its own, not as the end of a longer one or of a URL.
fn stands_alone(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"/._-}>*".contains(c))
    })
}

fn settings_agree(manifest: &str, settings: &str) -> Vec<Violation> {
    let build: Vec<Entry> = entries(manifest)
        .into_iter()
        .filter(|e| e.table == "workspace.metadata.leptos")
        .collect();
    let run = entries(settings);
    let mut found = Vec::new();
    for (build_key, run_key) in SHARED_SETTINGS {
        let (Some(b), Some(r)) = (
            build.iter().find(|e| e.key == *build_key),
            run.iter().find(|e| e.key == *run_key),
        ) else {
            continue;
        };
        if b.value != r.value {
            found.push(Violation::new(
                "Leptos.toml",
                r.line,
                format!(
                    "`{run_key}` is `{}`, but Cargo.toml:{} says `{build_key} = {}`",
                    r.value, b.line, b.value
                ),
                "make the two agree: cargo-leptos reads Cargo.toml, the server reads Leptos.toml",
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{machine_names, settings_agree};

    fn told(file: &str, text: &str) -> Vec<usize> {
        machine_names(file, text, &["/srv/checkouts/shop/".to_owned()])
            .iter()
            .map(|v| v.line)
            .collect()
    }

    #[test]
    fn paths_of_one_machine_are_told() {
        let text = "see /srv/checkouts/shop/target\nhttps://example.com/srv/checkouts/shop/x\n`/srv/checkouts/shop/a`\n";
        assert_eq!(told("docs/a.md", text), [1, 3]);
    }

    #[test]
    fn registry_hosts_are_told() {
        assert_eq!(
            told(
                "package-lock.json",
                "{\n  \"resolved\": \"https://npm.example/x.tgz\",\n"
            ),
            [2]
        );
        assert_eq!(
            told(
                "end2end/.npmrc",
                "registry=https://npm.example\nomit-lockfile-registry-resolved=true\n"
            ),
            [1]
        );
        assert_eq!(
            told(
                "Cargo.lock",
                "source = \"registry+https://mirror.example/index\"\n"
            ),
            [1]
        );
        assert!(
            told(
                "Cargo.lock",
                "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
            )
            .is_empty()
        );
        assert_eq!(told(".cargo/config.toml", "[source.crates-io]\n"), [1]);
    }

    #[test]
    fn settings_that_disagree_are_told() {
        let manifest = "[[workspace.metadata.leptos]]\nsite-addr = \"127.0.0.1:3000\"\nsite-root = \"target/site\"\n";
        let settings = "# settings\naddress = \"127.0.0.1:4000\"\nsite_root = \"target/site\"\n";
        let told: Vec<(usize, String)> = settings_agree(manifest, settings)
            .into_iter()
            .map(|v| (v.line, v.what))
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, 2);
        assert!(told[0].1.contains("Cargo.toml:2"));
        assert!(settings_agree(manifest, "address = \"127.0.0.1:3000\"\n").is_empty());
    }
}
