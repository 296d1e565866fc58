//! Message files: the same messages in every language, and every message that the code says.

use super::Violation;
use super::source::{Source, closing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The language that the others are held against.
const REFERENCE: &str = "en";

/// A message or an attribute of one.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    file: String,
    line: usize,
    /// `$names` in its text.
    arguments: BTreeSet<String>,
}

/// Messages by key; an attribute's key is `message.attribute`.
type Messages = BTreeMap<String, Message>;

pub fn check(root: &Path) -> Vec<Violation> {
    let locales = root.join("locales");
    let reference = language(&locales, REFERENCE);
    let mut found = Vec::new();
    let mut others: Vec<String> = std::fs::read_dir(&locales)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != REFERENCE)
        .collect();
    others.sort();
    for name in others {
        found.extend(compare(&reference, &language(&locales, &name), &name));
    }
    for folder in ["src/shop/src", "src/app/src", "src/server/src"] {
        for source in Source::under(root, folder) {
            found.extend(said(&source, &reference));
        }
    }
    found
}

fn language(locales: &Path, name: &str) -> Messages {
    let mut messages = Messages::new();
    for path in crate::site::files(&locales.join(name)).unwrap_or_default() {
        if path.extension().is_some_and(|e| e == "ftl")
            && let (Ok(text), Some(file)) = (std::fs::read_to_string(&path), path.file_name())
        {
            read(
                &format!("locales/{name}/{}", file.to_string_lossy()),
                &text,
                &mut messages,
            );
        }
    }
    messages
}

/// Reads the keys of a Fluent file: a message begins a line, an attribute is indented and begins with a dot.
fn read(file: &str, text: &str, messages: &mut Messages) {
    let mut message = String::new();
    let mut current = String::new();
    for (index, line) in text.lines().enumerate() {
        let key = match line.split_once('=') {
            Some((key, _)) if line.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                message = key.trim().to_owned();
                Some(message.clone())
            }
            Some((key, _)) => key
                .trim()
                .strip_prefix('.')
                .map(|attribute| format!("{message}.{}", attribute.trim())),
            None => None,
        };
        if let Some(key) = key {
            let empty = Message {
                file: file.to_owned(),
                line: index + 1,
                arguments: BTreeSet::new(),
            };
            messages.insert(key.clone(), empty);
            current = key;
        }
        if line.starts_with('#') {
            continue;
        }
        if let Some(message) = messages.get_mut(&current) {
            let names = line.split('$').skip(1).map(|rest| {
                rest.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                    .collect::<String>()
            });
            message
                .arguments
                .extend(names.filter(|name| !name.is_empty()));
        }
    }
}

fn compare(reference: &Messages, other: &Messages, name: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (key, message) in reference {
        match other.get(key) {
            None => found.push(Violation::new(
                &message.file,
                message.line,
                format!("`{key}` is not said in `{name}`"),
                format!(
                    "add it to {}",
                    message.file.replace("/en/", &format!("/{name}/"))
                ),
            )),
            Some(theirs) if theirs.arguments != message.arguments => found.push(Violation::new(
                &theirs.file,
                theirs.line,
                format!("`{key}` takes other arguments in `{name}` than in `{REFERENCE}`"),
                format!("use exactly {:?}", message.arguments),
            )),
            Some(_) => {}
        }
    }
    for (key, message) in other {
        if !reference.contains_key(key) {
            found.push(Violation::new(
                &message.file,
                message.line,
                format!("`{key}` is not said in `{REFERENCE}`"),
                "add it there, or remove it here",
            ));
        }
    }
    found
}

/// The keys given to `say` and `say_with` as literals.
fn said(source: &Source, messages: &Messages) -> Vec<Violation> {
    let mut found = Vec::new();
    let calls = ["say", "say_with"].iter().flat_map(|name| {
        source
            .find(name)
            .map(|at| at + name.len())
            .collect::<Vec<_>>()
    });
    for open in calls.filter(|at| source.code[*at..].starts_with('(')) {
        let end = closing(source.code.as_bytes(), open);
        let Some(literal) = source.strings.iter().find(|s| s.at > open && s.at < end) else {
            continue;
        };
        // A key that is put together shows as a literal with braces: the tests of `text` see to those.
        let is_key = literal.text.contains('-')
            && literal
                .text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
        if is_key && !messages.contains_key(&literal.text) {
            found.push(Violation::new(
                &source.path,
                source.line(literal.at),
                format!("no message `{}`", literal.text),
                "add it to the feature's file in every folder of locales/",
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Messages, compare, read, said};
    use crate::tidy::source::Source;

    fn messages(name: &str, text: &str) -> Messages {
        let mut messages = Messages::new();
        read(&format!("locales/{name}/cart.ftl"), text, &mut messages);
        messages
    }

    const ENGLISH: &str = "# a comment = no key\ncart-title = Your cart\n    .label = The cart\ncart-count = { $count ->\n    [one] { $count } thing\n   *[other] { $count } things\n}\n";

    #[test]
    fn keys_attributes_and_arguments_are_read() {
        let english = messages("en", ENGLISH);
        let keys: Vec<&str> = english.keys().map(String::as_str).collect();
        assert_eq!(keys, ["cart-count", "cart-title", "cart-title.label"]);
        assert!(english["cart-count"].arguments.iter().eq(["count"]));
        assert_eq!(english["cart-count"].line, 4);
    }

    #[test]
    fn languages_that_differ_are_told() {
        let german = messages(
            "de",
            "cart-title = Warenkorb\ncart-count = { $number } Dinge\ncart-new = Neu\n",
        );
        let told: Vec<String> = compare(&messages("en", ENGLISH), &german, "de")
            .into_iter()
            .map(|v| v.what)
            .collect();
        assert_eq!(
            told,
            [
                "`cart-count` takes other arguments in `de` than in `en`",
                "`cart-title.label` is not said in `de`",
                "`cart-new` is not said in `en`"
            ]
        );
    }

    #[test]
    fn a_key_that_no_file_has_is_told_with_its_line() {
        let source = Source::new(
            "src/app/src/x.rs",
            "let a = say(locale, \"cart-title\");\nlet b = text::say_with(locale, \"cart-missing\", &[(\"count\", 1.into())]);\n\
             let c = say(locale, &format!(\"cart-{x}\"));\nlet d = essay(\"not-a-call\");\n",
        );
        let told: Vec<(usize, String)> = said(&source, &messages("en", ENGLISH))
            .into_iter()
            .map(|v| (v.line, v.what))
            .collect();
        assert_eq!(told, [(2, "no message `cart-missing`".to_owned())]);
    }
}
