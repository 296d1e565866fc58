//! Source text as the checks read it: comments and unit tests blanked, string literals apart.

use std::path::{Path, PathBuf};

/// One Rust file.
pub struct Source {
    /// Relative to the checkout's root.
    pub path: PathBuf,
    /// The text with comments, string contents and `#[cfg(test)]` modules blanked; lines and offsets stay.
    pub code: String,
    /// String literals outside comments and unit tests.
    pub strings: Vec<Literal>,
}

/// A string literal.
pub struct Literal {
    /// Offset in the file, in bytes.
    pub at: usize,
    pub text: String,
}

impl Source {
    pub fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        let (mut code, mut strings) = scan(text);
        for (from, to) in test_modules(&code) {
            blank(&mut code, from, to);
            strings.retain(|literal| literal.at < from || literal.at >= to);
        }
        let code = String::from_utf8(code).unwrap_or_default();
        Self {
            path: path.into(),
            code,
            strings,
        }
    }

    /// The Rust files under a folder of the checkout.
    pub fn under(root: &Path, folder: &str) -> Vec<Self> {
        let files = crate::site::files(&root.join(folder)).unwrap_or_default();
        files
            .into_iter()
            .filter(|file| file.extension().is_some_and(|e| e == "rs"))
            .filter_map(|file| {
                let text = std::fs::read_to_string(&file).ok()?;
                Some(Self::new(file.strip_prefix(root).ok()?, &text))
            })
            .collect()
    }

    /// Offsets at which a path such as `std::fs` or a name such as `sqlx` stands as whole words.
    pub fn find(&self, name: &str) -> impl Iterator<Item = usize> {
        let word =
            |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let bytes = self.code.as_bytes();
        self.code
            .match_indices(name)
            .map(|(at, _)| at)
            .filter(move |at| {
                let before = at.checked_sub(1).and_then(|i| bytes.get(i));
                !word(before) && !word(bytes.get(at + name.len()))
            })
    }

    /// The line, from 1, of an offset.
    pub fn line(&self, at: usize) -> usize {
        self.code.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    }

    pub fn named(&self, name: &str) -> bool {
        self.path.file_name().is_some_and(|n| n == name)
    }
}

/// The end of the bracket that opens at `open`, just past its partner; the end of the text when there is none.
pub fn closing(code: &[u8], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn blank(code: &mut [u8], from: usize, to: usize) {
    for byte in &mut code[from..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// From each `#[cfg(test)]` that stands before a module with a body to that body's end.
fn test_modules(code: &[u8]) -> Vec<(usize, usize)> {
    const MARK: &[u8] = b"#[cfg(test)]";
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = code[at..].windows(MARK.len()).position(|w| w == MARK) {
        let from = at + next;
        let rest = from + MARK.len();
        let word = code[rest..]
            .iter()
            .position(|b| !b.is_ascii_whitespace())
            .map_or(rest, |n| rest + n);
        let body = code[word..]
            .iter()
            .position(|b| matches!(b, b'{' | b';'))
            .map(|n| word + n);
        at = rest;
        if code[word..].starts_with(b"mod ")
            && let Some(open) = body
            && code[open] == b'{'
        {
            at = closing(code, open);
            found.push((from, at));
        }
    }
    found
}

/// Blanks comments and the contents of strings; returns what the strings hold.
fn scan(text: &str) -> (Vec<u8>, Vec<Literal>) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut strings = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = if rest.starts_with(b"//") {
            let end = at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            blank(&mut code, at, end);
            end
        } else if rest.starts_with(b"/*") {
            let end = block_comment(bytes, at);
            blank(&mut code, at, end);
            end
        } else if let Some((open, close)) = raw_string(bytes, at) {
            strings.push(Literal {
                at,
                text: text[open..close].to_owned(),
            });
            blank(&mut code, open, close);
            close + (open - at - usize::from(rest[0] == b'b')) - 1
        } else if rest[0] == b'"' {
            let close = quoted(bytes, at);
            strings.push(Literal {
                at,
                text: text[at + 1..close].to_owned(),
            });
            blank(&mut code, at + 1, close);
            close + 1
        } else if rest[0] == b'\'' {
            let end = character(text, at);
            blank(&mut code, at, end);
            end.max(at + 1)
        } else {
            at + 1
        };
        at = end.min(bytes.len());
    }
    (code, strings)
}

fn block_comment(bytes: &[u8], from: usize) -> usize {
    let (mut depth, mut at) = (0usize, from);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Where the contents of `r"…"`, `r#"…"#` or `br"…"` begin and end, when such a literal stands here.
fn raw_string(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let name_before = at
        .checked_sub(1)
        .is_some_and(|i| bytes[i].is_ascii_alphanumeric() || bytes[i] == b'_');
    let start = if bytes[at..].starts_with(b"br") {
        at + 2
    } else {
        at + 1
    };
    if name_before || !(bytes[at] == b'r' || bytes[at..].starts_with(b"br")) {
        return None;
    }
    let hashes = bytes[start..].iter().take_while(|b| **b == b'#').count();
    let open = start + hashes + 1;
    if bytes.get(open - 1) != Some(&b'"') {
        return None;
    }
    let mark: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let close = bytes[open..].windows(mark.len()).position(|w| w == mark)?;
    Some((open, open + close))
}

/// The closing quote of the string that opens here.
fn quoted(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// The end of a character literal, or the same place for a lifetime.
fn character(text: &str, at: usize) -> usize {
    let mut rest = text[at + 1..].char_indices();
    match rest.next() {
        Some((_, '\\')) => text[at + 2..]
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == '\'')
            .map_or(at, |(n, _)| at + n + 3),
        Some(_) => match rest.next() {
            Some((n, '\'')) => at + n + 2,
            _ => at,
        },
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn comments_strings_and_tests_are_no_code() {
        let source = Source::new(
            "a.rs",
            "// sqlx\nuse x; /* sqlx /* nested sqlx */ */\nlet a = \"sqlx \\\" sqlx\"; let c = '\"'; let l: &'a str;\n\
             let r = r#\"sqlx \"quoted\" \"#;\nsqlx::query(1);\n#[cfg(test)]\nmod tests { fn f() { sqlx(\"in a test\"); } }\nfn after() {}\n",
        );
        let lines: Vec<usize> = source.find("sqlx").map(|at| source.line(at)).collect();
        assert_eq!(lines, [5]);
        let strings: Vec<&str> = source.strings.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(strings, ["sqlx \\\" sqlx", "sqlx \"quoted\" "]);
        assert_eq!(source.find("after").count(), 1);
    }

    #[test]
    fn names_are_found_whole() {
        let source = Source::new("a.rs", "redis_url; my_redis; redis::Client; crate::redis;");
        assert_eq!(source.find("redis").count(), 2);
        let path = Source::new("a.rs", "use std::fs; use std::fs_extra;");
        assert_eq!(path.find("std::fs").count(), 1);
    }
}
