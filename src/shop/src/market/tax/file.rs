//! Reading and checking a file of rates.

use crate::market::{Problem, TableError, tax_class};
use domain::pricing::TaxClass;
use domain::{Country, region};
use std::collections::HashMap;
use std::io::Read;

/// A row that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRate {
    pub country: Country,
    /// The region's code; empty for the country's own rate.
    pub region: String,
    pub class: TaxClass,
    /// In millionths.
    pub ppm: u32,
}

const COLUMNS: [&str; 4] = ["country", "region", "class", "percent"];

/// Reads a whole file. Lines that begin with `#` are remarks.
///
/// # Errors
/// [`TableError::Problems`] with all that is wrong, [`TableError::Unreadable`] for what is no CSV.
pub fn read(reader: impl Read) -> Result<Vec<NewRate>, TableError> {
    let mut csv = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(reader);
    let unreadable = |error: csv::Error| TableError::Unreadable(error.to_string());
    let header = csv.headers().map_err(unreadable)?.clone();
    let columns = columns(&header)?;
    let mut rates = Vec::new();
    let mut problems = Vec::new();
    let mut seen: HashMap<(Country, String, &'static str), u64> = HashMap::new();
    for record in csv.records() {
        let record = record.map_err(unreadable)?;
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(columns[column]).unwrap_or_default();
        let read = Row {
            row,
            country: cell(0),
            region: cell(1),
            class: cell(2),
            percent: cell(3),
        };
        let before = problems.len();
        let rate = read.rate(&mut problems);
        if let (Some(rate), true) = (rate, problems.len() == before) {
            let class = crate::market::tax_class_name(rate.class);
            let key = (rate.country, rate.region.clone(), class);
            match seen.insert(key, row) {
                None => rates.push(rate),
                Some(first) => problems.push(read.problem(
                    "class",
                    format!("this place has a rate for {class} in row {first} already; keep one"),
                )),
            }
        }
    }
    if rates.is_empty() && problems.is_empty() {
        let place = "row 2, column country";
        problems.push(Problem::new(place, "there is no rate in the file"));
    }
    if problems.is_empty() {
        Ok(rates)
    } else {
        Err(TableError::Problems(problems))
    }
}

/// Where each of [`COLUMNS`] stands.
fn columns(header: &csv::StringRecord) -> Result<[usize; 4], TableError> {
    let mut missing = Vec::new();
    let places = COLUMNS.map(|name| {
        let found = header.iter().position(|own| {
            own.trim_start_matches('\u{feff}')
                .eq_ignore_ascii_case(name)
        });
        found.unwrap_or_else(|| {
            let problem =
                "the file lacks this column; the first line has to be country,region,class,percent";
            missing.push(Problem::new(format!("row 1, column {name}"), problem));
            0
        })
    });
    if missing.is_empty() {
        Ok(places)
    } else {
        Err(TableError::Problems(missing))
    }
}

/// A row as it stands in the file.
struct Row<'a> {
    row: u64,
    country: &'a str,
    region: &'a str,
    class: &'a str,
    percent: &'a str,
}

impl Row<'_> {
    fn problem(&self, column: &str, problem: impl Into<String>) -> Problem {
        Problem::new(format!("row {}, column {column}", self.row), problem)
    }

    fn rate(&self, problems: &mut Vec<Problem>) -> Option<NewRate> {
        let country: Option<Country> = self.country.parse().ok();
        if country.is_none() {
            let said = format!(
                "{:?} is no country; write its two capitals, such as DE",
                self.country
            );
            problems.push(self.problem("country", said));
        }
        let region = country.and_then(|country| self.region_of(country, problems));
        let class = tax_class(self.class);
        if class.is_none() {
            let said = format!(
                "{:?} is no tax class; write standard, reduced or zero",
                self.class
            );
            problems.push(self.problem("class", said));
        }
        let ppm = millionths(self.percent);
        if ppm.is_none() {
            let said = format!(
                "{:?} is no rate; write percent from 0 to 100 with at most four decimals, such as 8.875",
                self.percent
            );
            problems.push(self.problem("percent", said));
        }
        Some(NewRate {
            country: country?,
            region: region?,
            class: class?,
            ppm: ppm?,
        })
    }

    fn region_of(&self, country: Country, problems: &mut Vec<Problem>) -> Option<String> {
        if self.region.is_empty() {
            return Some(String::new());
        }
        let known = region::of(country);
        let found = region::find(country, self.region);
        if found.is_none() {
            let said = match known {
                Some(_) => format!(
                    "{:?} is no region of {country}; write its ISO 3166-2 code without {country}-",
                    self.region
                ),
                None => format!("this shop tells no regions of {country} apart; leave it empty"),
            };
            problems.push(self.problem("region", said));
        }
        found.map(|region| region.code.to_owned())
    }
}

/// `8.875` percent is 88,750 millionths.
fn millionths(percent: &str) -> Option<u32> {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 4 {
        return None;
    }
    let ppm =
        whole.parse::<u32>().ok()? * 10_000 + format!("{fraction:0<4}").parse::<u32>().ok()?;
    (ppm <= 1_000_000).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(file: &str) -> Vec<String> {
        match read(file.as_bytes()) {
            Err(TableError::Problems(problems)) => {
                problems.iter().map(Problem::to_string).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn percent_is_exact() {
        for (text, ppm) in [
            ("0", 0),
            ("19", 190_000),
            ("8.875", 88_750),
            ("5.5", 55_000),
            ("0.0001", 1),
            ("100", 1_000_000),
            ("100.0000", 1_000_000),
        ] {
            assert_eq!(millionths(text), Some(ppm), "{text}");
        }
        for text in [
            "", "-1", "100.0001", "101", "7,5", "7%", "1e1", ".5", "5.", "0.00001", "1000", "ü",
        ] {
            assert_eq!(millionths(text), None, "{text}");
        }
    }

    #[test]
    fn reads_rows_between_remarks_in_any_order_of_columns() {
        let file = "# as of today\nPercent,Country,Region,Class\n19,DE,,standard\n# on top\n8.875, US ,New York,standard\n";
        let rates = read(file.as_bytes()).unwrap();
        let shown: Vec<_> = rates
            .iter()
            .map(|rate| (rate.country.to_string(), rate.region.as_str(), rate.ppm))
            .collect();
        assert_eq!(
            shown,
            [
                ("DE".to_owned(), "", 190_000),
                ("US".to_owned(), "NY", 88_750)
            ]
        );
    }

    #[test]
    fn every_problem_is_told_with_its_row_and_column() {
        let file = "country,region,class,percent\nde,,standard,19\nDE,Bayern,standard,19\nUS,XX,luxury,8\nDE,,standard,\n\
                    DE,,reduced,7\nDE,,reduced,9\n";
        let told = problems(file);
        let places: Vec<&str> = told
            .iter()
            .map(|text| text.split(": ").next().unwrap_or_default())
            .collect();
        assert_eq!(
            places,
            [
                "row 2, column country",
                "row 3, column region",
                "row 4, column region",
                "row 4, column class",
                "row 5, column percent",
                "row 7, column class",
            ]
        );
        assert!(told[5].contains("row 6 already"), "{}", told[5]);
    }

    #[test]
    fn a_file_without_its_columns_or_rows_is_refused() {
        assert!(problems("country,percent\nDE,19\n")[0].starts_with("row 1, column region"));
        assert_eq!(
            problems("country,region,class,percent\n"),
            ["row 2, column country: there is no rate in the file"]
        );
    }
}
