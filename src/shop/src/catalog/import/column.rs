//! Which column of a file holds what, and which markets it has prices for.

use super::{ImportError, RowProblem};
use crate::market::Markets;
use domain::{Currency, MarketCode};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    ProductCategory,
    Type,
    Tags,
    Published,
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
    Sku,
    Grams,
    Weight,
    WeightUnit,
    Tracker,
    Quantity,
    Policy,
    Price,
    CompareAt,
    RequiresShipping,
    Taxable,
    TaxCode,
    Barcode,
    ImageSrc,
    ImagePosition,
    ImageAlt,
    VariantImage,
    SeoTitle,
    SeoDescription,
    Subtitle,
    Status,
}

use Column::*;

pub const OPTION_NAMES: [Column; 3] = [Option1Name, Option2Name, Option3Name];
pub const OPTION_VALUES: [Column; 3] = [Option1Value, Option2Value, Option3Value];

/// The names of each column: as exports have them, and as the newer template of Shopify's help pages does.
const NAMES: &[(Column, &[&str])] = &[
    (Handle, &["Handle", "URL handle"]),
    (Title, &["Title"]),
    (Body, &["Body (HTML)", "Body HTML", "Description"]),
    (Vendor, &["Vendor"]),
    (ProductCategory, &["Product Category"]),
    (Type, &["Type", "Custom Product Type"]),
    (Tags, &["Tags"]),
    (Published, &["Published", "Published on online store"]),
    (Option1Name, &["Option1 Name"]),
    (Option1Value, &["Option1 Value"]),
    (Option2Name, &["Option2 Name"]),
    (Option2Value, &["Option2 Value"]),
    (Option3Name, &["Option3 Name"]),
    (Option3Value, &["Option3 Value"]),
    (Sku, &["Variant SKU", "SKU"]),
    (Grams, &["Variant Grams", "Weight value (grams)"]),
    (Weight, &["Variant Weight"]),
    (
        WeightUnit,
        &["Variant Weight Unit", "Weight unit for display"],
    ),
    (Tracker, &["Variant Inventory Tracker", "Inventory tracker"]),
    (Quantity, &["Variant Inventory Qty", "Inventory quantity"]),
    (
        Policy,
        &[
            "Variant Inventory Policy",
            "Continue selling when out of stock",
        ],
    ),
    (Price, &["Variant Price", "Price"]),
    (CompareAt, &["Variant Compare At Price", "Compare-at price"]),
    (
        RequiresShipping,
        &["Variant Requires Shipping", "Requires shipping"],
    ),
    (Taxable, &["Variant Taxable", "Charge tax"]),
    (TaxCode, &["Variant Tax Code", "Tax code"]),
    (Barcode, &["Variant Barcode", "Barcode"]),
    (ImageSrc, &["Image Src", "Product image URL"]),
    (ImagePosition, &["Image Position"]),
    (ImageAlt, &["Image Alt Text"]),
    (VariantImage, &["Variant Image", "Variant image URL"]),
    (SeoTitle, &["SEO Title"]),
    (SeoDescription, &["SEO Description"]),
    (
        Subtitle,
        &["Subtitle (product.metafields.custom.subtitle)", "Subtitle"],
    ),
    (Status, &["Status"]),
];

/// The market that `Variant Price` is for, and those that may have columns of their own.
#[derive(Clone, Debug)]
pub struct Selling {
    pub market: MarketCode,
    pub currency: Currency,
    pub others: Vec<OtherMarket>,
}

/// A market with columns of its own: `Price / United States`.
#[derive(Clone, Debug)]
pub struct OtherMarket {
    pub market: MarketCode,
    pub currency: Currency,
    /// What a column may call it, in lower case.
    pub names: Vec<String>,
}

impl Selling {
    /// # Errors
    /// [`ImportError::UnknownMarket`].
    pub fn of(markets: &Markets, market: Option<&MarketCode>) -> Result<Self, ImportError> {
        let main = match market {
            Some(code) => markets.by_code(code),
            None => markets.all().into_iter().next(),
        };
        let main = main.ok_or_else(|| {
            let asked = market.cloned();
            ImportError::UnknownMarket(asked.unwrap_or(markets.default_storefront().market))
        })?;
        let all = markets.all();
        let others = all.iter().filter(|other| other.code != main.code);
        Ok(Self {
            market: main.code.clone(),
            currency: main.currency,
            others: others
                .map(|other| OtherMarket {
                    market: other.code.clone(),
                    currency: other.currency,
                    names: names(other.code.as_str(), &other.countries),
                })
                .collect(),
        })
    }
}

/// A market is called by its code, and after each of its countries.
fn names(code: &str, countries: &[domain::Country]) -> Vec<String> {
    let mut names = vec![code.to_owned()];
    if code == "eu" {
        names.extend(["europe", "european union", "eurozone"].map(str::to_owned));
    }
    for country in countries {
        names.push(country.as_str().to_lowercase());
        let name = match country.as_str() {
            "AT" => "austria",
            "BE" => "belgium",
            "CA" => "canada",
            "CH" => "switzerland",
            "DE" => "germany",
            "ES" => "spain",
            "FR" => "france",
            "GB" => "united kingdom",
            "IE" => "ireland",
            "IT" => "italy",
            "JP" => "japan",
            "KW" => "kuwait",
            "LU" => "luxembourg",
            "NL" => "netherlands",
            "PT" => "portugal",
            "US" => "united states",
            _ => continue,
        };
        names.push(name.to_owned());
    }
    names
}

/// Where a market's columns are.
#[derive(Clone, Debug)]
pub struct MarketColumns {
    pub market: MarketCode,
    pub currency: Currency,
    pub price: Option<usize>,
    pub compare_at: Option<usize>,
    pub included: Option<usize>,
}

/// A file's columns.
#[derive(Clone, Debug)]
pub struct Columns {
    /// By [`Column`].
    at: Vec<Option<usize>>,
    /// As the file's header has them.
    names: Vec<String>,
    pub markets: Vec<MarketColumns>,
    /// Whether a variant is sold in the market of `Variant Price`.
    pub included: Option<usize>,
    pub ignored: Vec<String>,
}

impl Columns {
    /// Reads a header.
    ///
    /// # Errors
    /// A column twice, or one missing that every file needs.
    pub fn read(header: &csv::ByteRecord, selling: &Selling) -> Result<Self, Vec<RowProblem>> {
        Self::read_with(header, &selling.others, Some(&selling.market))
    }

    fn read_with(
        header: &csv::ByteRecord,
        others: &[OtherMarket],
        main: Option<&MarketCode>,
    ) -> Result<Self, Vec<RowProblem>> {
        if let Some(why) = not_csv(header.as_slice()) {
            return Err(vec![header_problem(Handle.name(), why)]);
        }
        let mut columns = Self {
            at: vec![None; NAMES.len()],
            names: header.iter().map(name).collect(),
            markets: Vec::new(),
            included: None,
            ignored: Vec::new(),
        };
        let mut problems = Vec::new();
        for (index, name) in columns.names.clone().into_iter().enumerate() {
            let known = NAMES
                .iter()
                .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(&name)));
            let place = match known {
                Some((column, _)) => &mut columns.at[*column as usize],
                None if main.is_some_and(|main| is_included(main, &name)) => &mut columns.included,
                None => match market_place(&mut columns.markets, others, &name) {
                    Some(place) => place,
                    None => {
                        columns.ignored.extend((!name.is_empty()).then_some(name));
                        continue;
                    }
                },
            };
            if place.replace(index).is_some() {
                problems.push(header_problem(
                    &name,
                    "stands twice in the header: remove one",
                ));
            }
        }
        for column in [Handle, Title] {
            if !columns.has(column) {
                let why = match columns.names.as_slice() {
                    [only] if only.contains([';', '\t']) => {
                        "is missing: columns must be separated by commas"
                    }
                    _ => {
                        "is missing: the first line must name the columns as Shopify's product export does"
                    }
                };
                problems.push(header_problem(column.name(), why));
            }
        }
        if problems.is_empty() {
            Ok(columns)
        } else {
            Err(problems)
        }
    }

    /// Reads the header of a file of texts, which has no prices.
    ///
    /// # Errors
    /// As [`Columns::read`].
    pub fn of_translation(header: &csv::ByteRecord) -> Result<Self, Vec<RowProblem>> {
        Self::read_with(header, &[], None)
    }

    pub fn has(&self, column: Column) -> bool {
        self.index(column).is_some()
    }

    pub fn index(&self, column: Column) -> Option<usize> {
        self.at[column as usize]
    }

    /// The header over a field.
    pub fn name(&self, index: usize) -> String {
        match self.names.get(index) {
            Some(name) => name.clone(),
            None => format!("number {}", index + 1),
        }
    }

    /// How many columns the header has.
    pub fn count(&self) -> usize {
        self.names.len()
    }
}

impl Column {
    /// Its name in an export.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1[0]
    }
}

/// Whether this is `Included / eu` of the market with this code. Its countries' columns are none of its own: an export may
/// have one for each.
fn is_included(main: &MarketCode, name: &str) -> bool {
    name.split_once('/').is_some_and(|(kind, market)| {
        kind.trim().eq_ignore_ascii_case("included")
            && market.trim().eq_ignore_ascii_case(main.as_str())
    })
}

/// What a file is that begins like this, if it is none of text.
fn not_csv(begin: &[u8]) -> Option<&'static str> {
    match begin {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Some("is missing: the file is UTF-16, save it as UTF-8")
        }
        [b'P', b'K', 3, 4, ..] => {
            Some("is missing: the file is a spreadsheet or an archive, save it as CSV")
        }
        [0x1f, 0x8b, ..] => Some("is missing: the file is compressed, unpack it first"),
        _ => None,
    }
}

/// The place for the index of `Price / <Market>` and its like.
fn market_place<'a>(
    found: &'a mut Vec<MarketColumns>,
    others: &[OtherMarket],
    name: &str,
) -> Option<&'a mut Option<usize>> {
    let (kind, market) = name.split_once('/')?;
    let (kind, market) = (kind.trim().to_lowercase(), market.trim().to_lowercase());
    let other = others.iter().find(|other| other.names.contains(&market))?;
    if !["price", "compare at price", "compare-at price", "included"].contains(&kind.as_str()) {
        return None;
    }
    let at = match found.iter().position(|known| known.market == other.market) {
        Some(at) => at,
        None => {
            found.push(MarketColumns {
                market: other.market.clone(),
                currency: other.currency,
                price: None,
                compare_at: None,
                included: None,
            });
            found.len() - 1
        }
    };
    let columns = &mut found[at];
    Some(match kind.as_str() {
        "price" => &mut columns.price,
        "included" => &mut columns.included,
        _ => &mut columns.compare_at,
    })
}

fn name(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

fn header_problem(column: &str, problem: &str) -> RowProblem {
    RowProblem {
        row: 1,
        column: column.to_owned(),
        problem: problem.to_owned(),
    }
}
