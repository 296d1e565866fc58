//! `--gate`: a ratio of what was measured side by side says more than a rate, whatever the machine. None may fall far.

use std::fmt::Write;

/// What the line of a part begins with that names its ratios.
const HEAD: &str = "Ratios that `--gate` holds: ";
/// Less than this share of what was recorded is a fall.
const HELD: f64 = 0.8;

/// By name; more is better.
pub type Ratio = (String, f64);

/// Ends a part's text with its ratios.
pub fn put(report: &mut String, ratios: &[Ratio]) {
    let told: Vec<String> = ratios
        .iter()
        .map(|(name, ratio)| format!("{name} {ratio:.3}"))
        .collect();
    if !told.is_empty() {
        let _ = writeln!(report, "\n{HEAD}{}.", told.join("; "));
    }
}

/// Those that a part's text ends with.
pub fn of(text: &str) -> Vec<Ratio> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(HEAD));
    let each = lines.flat_map(|line| line.trim_end_matches('.').split("; "));
    each.filter_map(|told| {
        let (name, ratio) = told.rsplit_once(' ')?;
        Some((name.to_owned(), ratio.parse().ok()?))
    })
    .collect()
}

/// What is to be said of ratios beside those that were recorded, and whether one of them fell by more than a fifth.
pub fn judge(recorded: &[Ratio], measured: &[Ratio]) -> (Vec<String>, bool) {
    let mut has_fallen = false;
    let told = measured.iter().map(|(name, ratio)| {
        let before = recorded.iter().find(|(known, _)| known == name);
        match before {
            None => format!("{name}: {ratio:.3}; none is recorded"),
            Some((_, before)) if *ratio < before * HELD => {
                has_fallen = true;
                format!("{name}: {ratio:.3}, FALLEN from {before:.3}")
            }
            Some((_, before)) => format!("{name}: {ratio:.3}, recorded {before:.3}"),
        }
    });
    let mut told: Vec<String> = told.collect();
    let is_missing = |name: &String| measured.iter().all(|(known, _)| known != name);
    for (name, _) in recorded.iter().filter(|(name, _)| is_missing(name)) {
        told.push(format!("{name}: not measured this time"));
    }
    (told, has_fallen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(name: &str, value: f64) -> Ratio {
        (name.to_owned(), value)
    }

    #[test]
    fn reads_the_ratios_it_wrote() {
        let ratios = [
            ratio("of nginx at 16 clients", 0.54),
            ratio("of the peak", 1.0),
        ];
        let mut text = "| a | table |\n".to_owned();
        put(&mut text, &ratios);
        assert_eq!(of(&text), ratios);
        let mut none = String::new();
        put(&mut none, &[]);
        assert_eq!((none.as_str(), of("no ratios").len()), ("", 0));
    }

    #[test]
    fn a_fall_by_more_than_a_fifth_is_told() {
        let recorded = [ratio("a", 1.0), ratio("b", 0.5), ratio("gone", 0.5)];
        let (told, has_fallen) = judge(
            &recorded,
            &[ratio("a", 0.81), ratio("b", 0.41), ratio("new", 9.0)],
        );
        assert!(!has_fallen, "{told:?}");
        assert_eq!(told.len(), 4, "{told:?}");
        let (told, has_fallen) = judge(&recorded, &[ratio("a", 0.81), ratio("b", 0.39)]);
        assert!(has_fallen);
        assert!(told[1].contains("FALLEN from 0.500"), "{told:?}");
    }
}
