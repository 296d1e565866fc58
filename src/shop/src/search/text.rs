//! What may be typed becomes what can be searched for: the one place where a text is cleaned and bounded.

/// Characters of a text that are looked at.
const CHARACTERS: usize = 160;
/// Words of a text that are looked at.
const WORDS: usize = 12;

/// The text without control characters, with single blanks, and no longer than anybody types on purpose. What is between
/// two such texts that differ only beyond the bounds is nothing: they are one query.
pub fn clean(text: &str) -> String {
    let mut clean = String::new();
    let mut words = 0;
    // Bounded before it is looked at: a text may have any length.
    let head: String = text.chars().take(CHARACTERS).collect();
    for word in head.split(|c: char| c.is_control() || c.is_whitespace()) {
        if word.is_empty() {
            continue;
        }
        if words == WORDS {
            break;
        }
        if words > 0 {
            clean.push(' ');
        }
        clean.push_str(word);
        words += 1;
    }
    clean
}

/// A pattern (POSIX, to be used case-insensitively) for names in which a word begins with the text.
pub fn prefix_pattern(text: &str) -> String {
    let mut pattern = "(^|[^[:alnum:]])".to_owned();
    for c in text.chars() {
        if !c.is_alphanumeric() && c.is_ascii() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_short_one() {
        assert_eq!(clean("  blue\0 \tmug\n"), "blue mug");
        assert_eq!(clean(&"x".repeat(100_000)).len(), CHARACTERS);
        assert_eq!(clean(&"a ".repeat(50_000)).split(' ').count(), WORDS);
        assert_eq!(clean(&"🫖".repeat(200)).chars().count(), CHARACTERS);
        assert_eq!(clean("\u{0}\u{1} \u{7f}"), "");
    }

    #[test]
    fn a_pattern_means_what_was_typed() {
        assert_eq!(prefix_pattern("a.b*"), r"(^|[^[:alnum:]])a\.b\*");
    }
}
