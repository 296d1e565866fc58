//! The build options that cargo-leptos reads from `Cargo.toml`; the direct build follows the same ones.

use crate::checkout;
use anyhow::{Context, Result};

/// `[[workspace.metadata.leptos]]`, as keys and plain values with the line each stands on.
pub struct Options(Vec<Entry>);

/// `key = value` on a line of a TOML file; quotes are taken off.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub table: String,
    pub key: String,
    pub value: String,
    pub line: usize,
}

impl Options {
    pub fn read() -> Result<Self> {
        let manifest = std::fs::read_to_string(checkout::root().join("Cargo.toml"))
            .context("can't read Cargo.toml")?;
        Ok(Self::of(&manifest))
    }

    fn of(manifest: &str) -> Self {
        let mut entries = entries(manifest);
        entries.retain(|entry| entry.table == "workspace.metadata.leptos");
        Self(entries)
    }

    /// The value of a key that must be there.
    pub fn get(&self, key: &str) -> Result<&str> {
        self.0
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| entry.value.as_str())
            .with_context(|| format!("Cargo.toml: [[workspace.metadata.leptos]] lacks `{key}`"))
    }
}

/// The one-line entries of a TOML file. Enough for settings; arrays and tables over several lines are passed over.
pub fn entries(toml: &str) -> Vec<Entry> {
    let mut table = String::new();
    let mut found = Vec::new();
    for (index, line) in toml.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') && !line.contains('=') {
            table = line
                .split('#')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches(['[', ']'])
                .trim()
                .to_owned();
        } else if !line.starts_with('#')
            && let Some((key, value)) = line.split_once('=')
        {
            let value = value.trim();
            let value = match value.strip_prefix('"') {
                Some(text) => text.split('"').next().unwrap_or_default(),
                None => value.split('#').next().unwrap_or_default().trim(),
            };
            found.push(Entry {
                table: table.clone(),
                key: key.trim().trim_matches('"').to_owned(),
                value: value.to_owned(),
                line: index + 1,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Options, entries};

    #[test]
    fn options_come_from_their_own_table() {
        let manifest = "[package]\nname = \"x\"\n[[workspace.metadata.leptos]]\nname = \"rialto\" # ours\n\
                        reload-port = 3001 # port\nhash-files = false\n[other]\nname = \"y\"\n";
        let options = Options::of(manifest);
        assert_eq!(options.get("name").ok(), Some("rialto"));
        assert_eq!(options.get("reload-port").ok(), Some("3001"));
        assert!(options.get("style-file").is_err());
        assert_eq!(options.0.len(), 3);
    }

    #[test]
    fn comments_are_no_entries() {
        let found = entries("# a = 1\n[t]\nb = \"x # y\"\n");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (
                found[0].table.as_str(),
                found[0].value.as_str(),
                found[0].line
            ),
            ("t", "x # y", 3)
        );
    }
}
