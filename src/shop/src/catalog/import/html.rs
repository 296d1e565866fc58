//! A product's description: sanitised, with its first paragraph taken out as plain text.

use ammonia::Builder;
use std::sync::LazyLock;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        // The page has one first-level heading: the product's name.
        .rm_tags(["h1"])
        .url_schemes(["https", "http", "mailto"].into())
        .set_tag_attribute_value("img", "loading", "lazy");
    builder
});

/// A description, safe to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Plain text: the first paragraph that says something.
    pub lead: String,
    /// The rest, as HTML.
    pub body_html: String,
    /// The first item of the first list, when it is short: what the thing is made of, most often.
    pub first_item: Option<String>,
}

/// Longest first item that still is a line under a name.
const SUBTITLE_LENGTH: usize = 80;

/// Sanitises `html` (or plain text) and splits it.
pub fn describe(html: &str) -> Description {
    let clean = SANITISER.clean(html).to_string();
    let clean = clean.trim();
    if !clean.contains('<') {
        return Description {
            lead: text_of(clean),
            ..Description::default()
        };
    }
    let first_item = first_element(clean, "li", 0)
        .map(|item| text_of(&clean[item.inner.0..item.inner.1]))
        .filter(|text| !text.is_empty() && text.chars().count() <= SUBTITLE_LENGTH);
    let mut from = 0;
    while let Some(paragraph) = first_element(clean, "p", from) {
        let lead = text_of(&clean[paragraph.inner.0..paragraph.inner.1]);
        if !lead.is_empty() {
            let rest = format!("{}{}", &clean[..paragraph.start], &clean[paragraph.end..]);
            return Description {
                lead,
                body_html: rest.trim().to_owned(),
                first_item,
            };
        }
        from = paragraph.end;
    }
    Description {
        lead: String::new(),
        body_html: clean.to_owned(),
        first_item,
    }
}

/// An element's place in well-formed HTML.
struct Element {
    start: usize,
    inner: (usize, usize),
    end: usize,
}

/// The first element of that name which begins at `from` or later.
fn first_element(html: &str, name: &str, from: usize) -> Option<Element> {
    let mut opened: Option<(usize, usize)> = None;
    let mut depth = 0_usize;
    for tag in (Tags { html, at: from }) {
        let inside = &html[tag.0 + 1..tag.1 - 1];
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, inside),
        };
        let found = inside.split(|c: char| !c.is_ascii_alphanumeric()).next();
        if found != Some(name) {
            continue;
        }
        match (closes, opened) {
            (false, None) => opened = Some(tag),
            (false, Some(_)) => depth += 1,
            (true, Some(_)) if depth > 0 => depth -= 1,
            (true, Some(open)) => {
                return Some(Element {
                    start: open.0,
                    inner: (open.1, tag.0),
                    end: tag.1,
                });
            }
            (true, None) => {}
        }
    }
    None
}

/// The text of a piece of HTML, its spaces and line breaks made single spaces.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut at = 0;
    for (start, end) in (Tags { html, at: 0 }) {
        text.push_str(&html[at..start]);
        // `<br>` and the end of an item part words.
        text.push(' ');
        at = end;
    }
    text.push_str(&html[at..]);
    let text = text
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The tags of well-formed HTML: where each begins, and where it has ended.
struct Tags<'a> {
    html: &'a str,
    at: usize,
}

impl Iterator for Tags<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.at + self.html.get(self.at..)?.find('<')?;
        let mut quoted = false;
        for (offset, byte) in self.html.as_bytes()[start..].iter().enumerate() {
            match byte {
                // Attributes are written in double quotation marks, and may hold a `>`.
                b'"' => quoted = !quoted,
                b'>' if !quoted => {
                    self.at = start + offset + 1;
                    return Some((start, self.at));
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_paragraph_out() {
        let found = describe(
            "<p>A mug &amp; a <b>handle</b>.<br>Two lines.</p>\n<ul><li>Stoneware</li><li>Small</li></ul>",
        );
        assert_eq!(found.lead, "A mug & a handle . Two lines.");
        assert_eq!(found.body_html, "<ul><li>Stoneware</li><li>Small</li></ul>");
        assert_eq!(found.first_item.as_deref(), Some("Stoneware"));
    }

    #[test]
    fn passes_over_empty_paragraphs_and_goes_into_boxes() {
        let found = describe("<div><p>&nbsp;</p><p>Said.</p><p>More.</p></div>");
        assert_eq!(found.lead, "Said.");
        assert_eq!(found.body_html, "<div><p>&nbsp;</p><p>More.</p></div>");
    }

    #[test]
    fn plain_text_is_all_lead() {
        let found = describe("3 < 4 & so on");
        assert_eq!(found.lead, "3 < 4 & so on");
        assert_eq!(found.body_html, "");
        assert_eq!(describe(""), Description::default());
    }

    #[test]
    fn nothing_hostile_is_left() {
        let hostile = [
            "<p>a</p><script>alert(1)</script>",
            "<p>a</p><img src=x onerror=alert(1)>",
            "<p onclick=alert(1)>a</p><p style='position:fixed'>b</p>",
            "<p>a</p><a href='javascript:alert(1)'>b</a>",
            "<p>a</p><a href=' jAvA\nscript:alert(1)'>b</a>",
            "<p>a</p><iframe src='https://evil.example'></iframe>",
            "<p>a</p><form action='https://evil.example'><input name=card></form>",
            "<p>a</p><svg onload=alert(1)><script>alert(1)</script></svg>",
            "<p>a</p><math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<p>a</p><img src='data:text/html,<script>alert(1)</script>'>",
            "<p>a</p><object data=x></object><embed src=x><base href='https://evil.example'>",
            "<p>a</p><style>body{display:none}</style><link rel=stylesheet href=x>",
            "<p>a</p><!--<script>--><meta http-equiv=refresh content='0;url=https://evil.example'>",
        ];
        for html in hostile {
            let found = describe(html);
            assert_eq!(found.lead, "a", "{html}");
            let rest = found.body_html.to_lowercase();
            for bad in [
                "script", "alert", "onerror", "onclick", "onload", "style", "iframe", "<form",
                "<input", "<svg", "<math", "data:", "<object", "<embed", "<base", "<link", "<meta",
                "<!--",
            ] {
                assert!(!rest.contains(bad), "{html} left {bad}: {rest}");
            }
        }
    }

    #[test]
    fn markup_inside_attributes_is_no_tag() {
        let found =
            describe(r#"<ul><li><a href="https://a.example/?q=<p>x</p>">b</a></li></ul><p>c</p>"#);
        assert_eq!(found.lead, "c");
        assert!(
            found.body_html.starts_with("<ul><li><a href="),
            "{}",
            found.body_html
        );
    }

    #[test]
    fn pictures_are_lazy() {
        let found = describe(r#"<p>a</p><img src="https://a.example/b.jpg" alt="b">"#);
        assert!(
            found.body_html.contains(r#"loading="lazy""#),
            "{}",
            found.body_html
        );
    }
}
