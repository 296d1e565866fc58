//! What the command line asks for.

use crate::Options;
use anyhow::{Result, bail};
use std::fmt::Display;
use std::str::FromStr;

/// The options with values, but for those that other commands have as well.
pub const NAMES: [&str; 10] = [
    "seconds",
    "products",
    "warm",
    "clients",
    "pace",
    "loads",
    "minutes",
    "crowd",
    "connections",
    "sizes",
];

/// Seconds of a measurement unless told otherwise.
const SECONDS: f64 = 8.0;

pub struct Wishes {
    /// Of each measurement, when it was said.
    pub seconds: Option<f64>,
    pub products: u32,
    pub warm: Option<f64>,
    pub clients: u32,
    pub pace: Option<f64>,
    pub loads: u32,
    pub minutes: f64,
    pub crowd: u32,
    pub connections: u32,
    /// Rising.
    pub sizes: Vec<u32>,
}

impl Wishes {
    /// # Errors
    /// Names the option whose value is none, and gives one that is.
    pub fn of(options: &Options) -> Result<Self> {
        let sizes = options
            .get("sizes")
            .map_or("10000,100000,1000000", String::as_str);
        let sizes: Vec<u32> = sizes
            .split(',')
            .map(|size| parsed("sizes", size, "10000,100000"))
            .collect::<Result<_>>()?;
        if !sizes.is_sorted_by(|before, after| before < after) {
            bail!("--sizes takes numbers that rise, such as 10000,100000");
        }
        let positive = |name: &str, example: f64| -> Result<Option<f64>> {
            let Some(value) = options.get(name) else {
                return Ok(None);
            };
            let number: f64 = parsed(name, value, example)?;
            if !(number.is_finite() && (number > 0.0 || name == "warm" && number == 0.0)) {
                bail!("--{name} takes a number above 0, such as {example}, not `{value}`");
            }
            Ok(Some(number))
        };
        let whole = |name: &str, otherwise: u32| -> Result<u32> {
            let value = options.get(name).map(String::as_str);
            let number = value.map_or(Ok(otherwise), |value| parsed(name, value, otherwise))?;
            if number == 0 {
                bail!("--{name} takes a number above 0, such as {otherwise}");
            }
            Ok(number)
        };
        Ok(Self {
            seconds: positive("seconds", SECONDS)?,
            products: whole("products", 50_000)?,
            warm: positive("warm", 30.0)?,
            clients: whole("clients", 16)?,
            pace: positive("pace", 500.0)?,
            loads: whole("loads", 100)?,
            minutes: positive("minutes", 60.0)?.unwrap_or(60.0),
            crowd: whole("crowd", 10_000)?,
            connections: whole("connections", 52_000)?,
            sizes,
        })
    }

    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(SECONDS)
    }
}

fn parsed<T: FromStr>(name: &str, value: &str, example: impl Display) -> Result<T> {
    match value.trim().parse() {
        Ok(number) => Ok(number),
        Err(_) => bail!("--{name} takes a number, such as {example}, not `{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(options: &[(&str, &str)]) -> Result<Wishes> {
        let options = options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Wishes::of(&options.collect())
    }

    #[test]
    fn has_something_to_begin_with() {
        let usual = wishes(&[]).unwrap();
        assert_eq!((usual.seconds, usual.seconds()), (None, SECONDS));
        assert_eq!((usual.crowd, usual.connections), (10_000, 52_000));
        assert_eq!(usual.sizes, [10_000, 100_000, 1_000_000]);
        let given = wishes(&[("seconds", "2.5"), ("sizes", "500, 5000"), ("warm", "0")]).unwrap();
        assert_eq!((given.seconds(), given.warm), (2.5, Some(0.0)));
        assert_eq!(given.sizes, [500, 5_000]);
    }

    #[test]
    fn names_what_it_does_not_understand() {
        for (name, value) in [
            ("seconds", "soon"),
            ("seconds", "0"),
            ("products", "-1"),
            ("pace", "inf"),
            ("clients", "0"),
            ("sizes", "100,10"),
            ("sizes", "many"),
        ] {
            let error = wishes(&[(name, value)])
                .err()
                .map(|error| error.to_string());
            let told = error.unwrap_or_default();
            assert!(
                told.starts_with(&format!("--{name} takes")),
                "{name} {value}: {told}"
            );
        }
    }
}
