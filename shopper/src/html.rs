//! As much of reading HTML as our own documents need: tags with their attributes, and the text between.

/// A start or end tag, and the text that follows it.
#[derive(Clone, Debug)]
pub struct Tag {
    /// In lower case; `/form` for an end tag.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// What follows up to the next tag, not decoded; all of a script's or a style's content.
    pub after: String,
}

impl Tag {
    /// An attribute's value, decoded; None when it is not there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// All tags of a document, in order.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let end = end_of_tag(rest);
        let (inside, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
        rest = after;
        let Some(mut tag) = read(inside) else {
            continue;
        };
        let closing = format!("</{}", tag.name);
        let until = if matches!(tag.name.as_str(), "script" | "style") {
            closing.as_str()
        } else {
            "<"
        };
        tag.after = rest[..rest.find(until).unwrap_or(rest.len())].to_owned();
        rest = &rest[tag.after.len()..];
        found.push(tag);
    }
    found
}

/// What a person reads: the text of the body, decoded, with single spaces.
pub fn text(html: &str) -> String {
    let mut words = String::new();
    for tag in tags(html) {
        if !matches!(tag.name.as_str(), "script" | "style" | "title") {
            words.push_str(&decoded(&tag.after));
            // Inline elements don't part words from the punctuation that follows.
            if !matches!(
                tag.name.as_str(),
                "b" | "/b" | "span" | "/span" | "strong" | "/strong"
            ) {
                words.push(' ');
            }
        }
    }
    // Fluent sets what it inserts apart by marks that nobody sees.
    let words: String = words
        .chars()
        .filter(|c| !matches!(c, '\u{2068}' | '\u{2069}'))
        .collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` with the character references that our documents use resolved.
pub fn decoded(text: &str) -> String {
    let named = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'");
    named
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn read(inside: &str) -> Option<Tag> {
    let name_end = inside
        .find(|c: char| c.is_whitespace())
        .unwrap_or(inside.len());
    let name = inside[..name_end]
        .trim_end_matches('/')
        .to_ascii_lowercase();
    if name.is_empty() || name.starts_with('!') {
        return None;
    }
    let mut attributes = Vec::new();
    let mut rest = inside[name_end..].trim_start();
    while !rest.is_empty() && rest != "/" {
        let key_end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let key = rest[..key_end].to_ascii_lowercase();
        rest = rest[key_end..].trim_start();
        let mut value = String::new();
        if let Some(given) = rest.strip_prefix('=') {
            let given = given.trim_start();
            let (text, left) = match given.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    given[1..].split_once(quote).unwrap_or((&given[1..], ""))
                }
                _ => given.split_at(given.find(char::is_whitespace).unwrap_or(given.len())),
            };
            value = decoded(text);
            rest = left.trim_start();
        }
        attributes.push((key, value));
    }
    Some(Tag {
        name,
        attributes,
        after: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tags_attributes_and_text() {
        let html = r#"<!DOCTYPE html><p class="a > b" hidden data-x='1'>Tom &amp; Ada<br/>ate</p><script>if (1<2) {}</script><!-- <b> -->"#;
        let tags = tags(html);
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["p", "br", "/p", "script", "/script"]);
        assert_eq!(tags[0].get("class"), Some("a > b"));
        assert!(tags[0].has("hidden") && tags[0].get("data-x") == Some("1"));
        assert_eq!(tags[3].after, "if (1<2) {}");
        assert_eq!(text(html), "Tom & Ada ate");
    }
}
