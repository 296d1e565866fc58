//! A product's body, split at its headings: each becomes a part that opens.

/// A part of a body. Both are HTML that was sanitised when it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    pub title: String,
    pub html: String,
}

/// Headings that begin a part.
const HEADINGS: [&str; 3] = ["h2", "h3", "h4"];

/// The parts of `body`. What stands before its first heading is called `untitled`; parts without content are left out.
pub fn folds(body: &str, untitled: &str) -> Vec<Fold> {
    let mut folds = Vec::new();
    let mut title = untitled.to_owned();
    let mut rest = body;
    loop {
        let heading = next_heading(rest);
        let html = heading
            .as_ref()
            .map_or(rest, |heading| heading.before)
            .trim();
        if !html.is_empty() {
            folds.push(Fold {
                title: title.clone(),
                html: html.to_owned(),
            });
        }
        match heading {
            Some(heading) => (title, rest) = (heading.title.trim().to_owned(), heading.after),
            None => return folds,
        }
    }
}

struct Heading<'body> {
    before: &'body str,
    title: &'body str,
    after: &'body str,
}

/// The first heading that is opened and closed.
fn next_heading(html: &str) -> Option<Heading<'_>> {
    let find = |name: &str| {
        let (before, opened) = html.split_once(&format!("<{name}"))?;
        let (_, inside) = opened
            .split_once('>')
            .filter(|(attributes, _)| attributes.is_empty() || attributes.starts_with(' '))?;
        let (title, after) = inside.split_once(&format!("</{name}>"))?;
        Some(Heading {
            before,
            title,
            after,
        })
    };
    HEADINGS
        .into_iter()
        .filter_map(find)
        .min_by_key(|heading| heading.before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str) -> Vec<(String, String)> {
        folds(body, "Details")
            .into_iter()
            .map(|fold| (fold.title, fold.html))
            .collect()
    }

    fn part(title: &str, html: &str) -> (String, String) {
        (title.to_owned(), html.to_owned())
    }

    #[test]
    fn splits_at_headings_of_every_kind() {
        let body = "<p>Glazed by hand.</p>\n<h3>Care</h3>\n<p>Dishwasher.</p><h2 lang=\"en\">Size &amp; weight</h2><ul><li>350 ml</li></ul>";
        assert_eq!(
            parts(body),
            [
                part("Details", "<p>Glazed by hand.</p>"),
                part("Care", "<p>Dishwasher.</p>"),
                part("Size &amp; weight", "<ul><li>350 ml</li></ul>"),
            ]
        );
    }

    #[test]
    fn says_nothing_where_nothing_is() {
        assert!(parts("").is_empty());
        assert_eq!(
            parts("<h3>Care</h3><h3>Size</h3>Small"),
            [part("Size", "Small")]
        );
    }

    #[test]
    fn an_unclosed_heading_is_text() {
        assert_eq!(parts("<p>a</p><h3>b"), [part("Details", "<p>a</p><h3>b")]);
    }
}
