//! Names that nobody has: of brands, of series, and of products in URLs.

/// Brand `index`: for up to 900 no two are the same.
pub fn brand(index: usize) -> String {
    const BEGINNINGS: [&str; 30] = [
        "Nor", "Vel", "Kan", "Tam", "Bri", "Sol", "Mar", "Lin", "Fjo", "Gra", "Hal", "Pel", "Ros",
        "Dun", "Zer", "Ost", "Wen", "Cal", "Iri", "Jan", "Kol", "Ful", "Bar", "Ten", "Ard", "Mil",
        "Sva", "Qui", "Hem", "Ulm",
    ];
    const ENDINGS: [&str; 30] = [
        "vik", "dal", "mora", "lund", "ini", "ex", "berg", "sen", "field", "ano", "hus", "ette",
        "wood", "ria", "mark", "ona", "stad", "lie", "kamp", "ora", "way", "bek", "olo", "gard",
        "mann", "isk", "ella", "ton", "um", "ova",
    ];
    // 7 and 30 share no divisor, so each pair comes once.
    let ending = (index * 7 + index / 30) % 30;
    format!("{}{}", BEGINNINGS[index % 30], ENDINGS[ending])
}

/// Series `index`: for up to 4,096 no two are the same.
pub fn line(index: usize) -> String {
    const FIRST: [&str; 16] = [
        "A", "Be", "Ca", "Do", "E", "Fi", "Gu", "Hy", "I", "Ju", "La", "Mo", "Ne", "Or", "Pi", "Ta",
    ];
    const MIDDLE: [&str; 16] = [
        "ra", "lo", "mi", "ne", "so", "ti", "vu", "ka", "rin", "del", "mar", "pel", "sta", "ven",
        "wy", "zo",
    ];
    const LAST: [&str; 16] = [
        "", "na", "lis", "do", "ra", "ment", "x", "ki", "lo", "ta", "ne", "rt", "vo", "sse", "mu",
        "ga",
    ];
    let [first, middle, last] = [index % 16, index / 16 % 16, index / 256 % 16];
    format!("{}{}{}", FIRST[first], MIDDLE[middle], LAST[last])
}

/// A code of three letters out of a name.
pub fn code(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).take(3);
    letters.collect::<String>().to_uppercase()
}

/// The same with a capital letter first.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// An article number of 13 digits with its check digit (GS1 General Specifications, 7.9), out of 12.
pub fn ean(digits: u64) -> String {
    let digits = format!("{:012}", digits % 1_000_000_000_000);
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::{BRANDS, LINES};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_comes_twice() {
        let brands: BTreeSet<String> = (0..BRANDS).map(brand).collect();
        assert_eq!(brands.len(), BRANDS);
        let lines: BTreeSet<String> = (0..LINES).map(line).collect();
        assert_eq!(lines.len(), LINES);
    }

    #[test]
    fn article_numbers_check() {
        assert_eq!(ean(400_638_133_393), "4006381333931");
        assert_eq!(ean(200_000_000_001), "2000000000015");
        assert_eq!(code("Ash wood"), "ASH");
        assert_eq!(capital("öl"), "Öl");
    }
}
