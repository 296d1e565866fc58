//! What shoppers say of products: stars, words, and what keeps a review from being one.

use crate::checkout::FieldProblem;
use serde::{Deserialize, Serialize};

/// One to five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// So many stars nobody gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one to five stars")]
pub struct NoStars;

impl TryFrom<u8> for Stars {
    type Error = NoStars;

    fn try_from(count: u8) -> Result<Self, NoStars> {
        match count {
            1..=5 => Ok(Self(count)),
            _ => Err(NoStars),
        }
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// What the published reviews of a product come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// How many there are; at least one.
    pub count: u32,
    /// The sum of their stars.
    pub sum: u64,
}

impl Rating {
    /// None without reviews.
    pub const fn of(count: u32, sum: u64) -> Option<Self> {
        match count {
            0 => None,
            count => Some(Self { count, sum }),
        }
    }

    /// The average in tenths of a star, half up: 10 to 50.
    pub fn tenths(self) -> u64 {
        let count = u64::from(self.count.max(1));
        (self.sum.saturating_mul(20) + count) / (2 * count)
    }
}

/// Characters of a review's parts, at most.
pub const LONGEST_TITLE: usize = 100;
pub const LONGEST_BODY: usize = 3_000;
pub const LONGEST_NAME: usize = 60;

/// What a shopper typed: nothing is trusted yet, nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    pub stars: String,
    pub title: String,
    pub body: String,
    pub name: String,
}

/// A field of [`ReviewForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewField {
    Stars,
    Title,
    Body,
    Name,
}

/// A review that can be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    pub stars: Stars,
    /// One line.
    pub title: String,
    /// Lines, none of them empty twice.
    pub body: String,
    /// One line.
    pub name: String,
}

impl ReviewForm {
    /// # Errors
    /// What is wrong with each field, in the form's order.
    pub fn check(&self) -> Result<NewReview, Vec<(ReviewField, FieldProblem)>> {
        let mut problems = Vec::new();
        let stars = self.stars.trim().parse::<u8>().ok().map(Stars::try_from);
        let stars = match stars {
            Some(Ok(stars)) => Some(stars),
            _ => {
                problems.push((ReviewField::Stars, FieldProblem::Missing));
                None
            }
        };
        let mut fitting = |field, text: String, longest| {
            if text.is_empty() {
                problems.push((field, FieldProblem::Missing));
            } else if text.chars().count() > longest {
                problems.push((field, FieldProblem::TooLong));
            }
            text
        };
        let title = fitting(ReviewField::Title, line(&self.title), LONGEST_TITLE);
        let body = fitting(ReviewField::Body, lines(&self.body), LONGEST_BODY);
        let name = fitting(ReviewField::Name, line(&self.name), LONGEST_NAME);
        match stars {
            Some(stars) if problems.is_empty() => Ok(NewReview {
                stars,
                title,
                body,
                name,
            }),
            _ => Err(problems),
        }
    }
}

/// On one line, without what can't be seen.
fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || is_unseen(c));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Line by line; of several empty ones, one.
fn lines(text: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for each in text.lines().map(line) {
        if !each.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(each);
        }
    }
    kept.join("\n").trim_end().to_owned()
}

/// Control characters, and marks that turn the direction of what follows them.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(stars: &str, title: &str, body: &str, name: &str) -> ReviewForm {
        ReviewForm {
            stars: stars.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_review_is_tidied_and_kept() {
        let body = "  Holds\ttea. \r\n\r\n\r\n\nAnd\u{202e} coffee.\0\n";
        let review = form(" 5 ", " A  good\nmug ", body, "Ada\u{7}").check();
        let review = review.expect("a review");
        assert_eq!(
            (
                review.stars.get(),
                &*review.title,
                &*review.body,
                &*review.name
            ),
            (5, "A good mug", "Holds tea.\n\nAnd coffee.", "Ada")
        );
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it() {
        use FieldProblem::{Missing, TooLong};
        use ReviewField::{Body, Name, Stars, Title};
        let none = form("", " ", "\n\0", "\u{feff}").check();
        let all = vec![
            (Stars, Missing),
            (Title, Missing),
            (Body, Missing),
            (Name, Missing),
        ];
        assert_eq!(none, Err(all));
        for stars in ["0", "6", "-1", "4.5", "five", "256", "٤"] {
            let refused = form(stars, "a", "b", "c").check();
            assert_eq!(refused, Err(vec![(Stars, Missing)]), "{stars}");
        }
        let long = |count| "ä".repeat(count);
        assert!(
            form("1", &long(100), &long(3_000), &long(60))
                .check()
                .is_ok()
        );
        assert_eq!(
            form("1", &long(101), &long(3_001), &long(61)).check(),
            Err(vec![(Title, TooLong), (Body, TooLong), (Name, TooLong)])
        );
    }

    #[test]
    fn an_average_is_rounded_to_tenths() {
        let tenths = |count, sum| Rating::of(count, sum).map(Rating::tenths);
        assert_eq!(tenths(0, 0), None);
        assert_eq!(tenths(1, 5), Some(50));
        assert_eq!(tenths(3, 14), Some(47));
        assert_eq!(tenths(20, 91), Some(46), "half up: 4.55");
        assert_eq!(tenths(7, 7), Some(10));
    }
}
