//! What of a searched text is written down.

/// Characters that are written down.
pub const LONGEST: usize = 100;
/// Characters that are looked at.
const LOOKED_AT: usize = 200;
/// Digits, with nothing but blanks and signs between them, that may be the number of somebody's telephone or card. Barcodes
/// are as long: they are not written down either.
const DIGITS: usize = 7;

/// The text in small letters, with single blanks, cut to [`LONGEST`] characters: texts that differ in nothing else are one.
/// Empty when it may say who somebody is.
pub fn written(text: &str) -> String {
    let head: String = text.chars().take(LOOKED_AT).collect();
    if is_private(&head) {
        return String::new();
    }
    let words = head.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ").to_lowercase();
    let cut: String = line.chars().take(LONGEST).collect();
    cut.trim_end().to_owned()
}

/// Whether it holds what looks like an e-mail address, or a long number.
fn is_private(text: &str) -> bool {
    if text.contains(['@', '＠']) {
        return true;
    }
    let mut digits = 0;
    text.chars().any(|c| {
        if c.is_numeric() {
            digits += 1;
        } else if c.is_alphabetic() {
            digits = 0;
        }
        digits >= DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_mean_the_same_are_one() {
        for text in [
            "Blue Mug",
            "  blue\t\u{0}mug\n",
            "BLUE   MUG",
            "blue\u{a0}mug",
        ] {
            assert_eq!(written(text), "blue mug", "{text:?}");
        }
        assert_eq!(written("GRÖẞE Ä"), "größe ä");
        assert_eq!(written(""), "");
        assert_eq!(written(" \u{7f}\0 "), "");
    }

    #[test]
    fn a_text_is_cut_to_what_the_table_takes() {
        for long in [
            "x".repeat(100_000),
            "🫖".repeat(5_000),
            "İ".repeat(5_000),
            "ab ".repeat(9_000),
        ] {
            let cut = written(&long);
            assert!(
                (LONGEST - 1..=LONGEST).contains(&cut.chars().count()),
                "{cut}"
            );
            assert_eq!(written(&cut), cut, "what was written reads the same");
        }
    }

    #[test]
    fn what_may_say_who_somebody_is_is_not_written_down() {
        for text in [
            "ada@example.com",
            "order of ada＠example.com",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "+39 041 528 52 88",
            "(041) 528.52.88",
            "5285288",
            "mug 00390415285288 blue",
            "٠١٢٣٤٥٦٧",
            "12/34/567",
        ] {
            assert_eq!(written(text), "", "{text}");
        }
        let behind = format!("{}4242424242424242", "x".repeat(95));
        assert_eq!(written(&behind), "", "also what would be cut");
        for text in [
            "mug 350 ml",
            "60x40 cm",
            "under 50",
            "din 5008",
            "sku-1234-56",
            "1 a 2 b 3 c 4 d 5 e 6 f 7",
        ] {
            assert_eq!(written(text), text);
        }
    }
}
