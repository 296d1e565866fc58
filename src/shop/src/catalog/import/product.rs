//! One product out of its rows.

use super::RowProblem;
use super::column::{Column, Columns, OPTION_NAMES, OPTION_VALUES, Selling};
use super::file::Group;
use super::html::{Description, describe};
use super::value::Values;
use super::variant::{self, NewVariant};

/// A product as the file says it. None stands for a column that the file does not have: it changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProduct {
    pub handle: String,
    pub title: String,
    pub subtitle: Option<String>,
    pub vendor: Option<String>,
    pub description: Option<Description>,
    /// What its category is called; empty for none.
    pub category: Option<String>,
    pub taxonomy: Option<String>,
    pub tags: Option<Vec<String>>,
    pub status: Option<Status>,
    pub published: Option<bool>,
    pub option_names: Vec<String>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub pictures: Option<Vec<NewPicture>>,
    /// At least one.
    pub variants: Vec<NewVariant>,
}

/// A product's status, by Shopify's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Draft,
    Archived,
}

/// A picture, in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPicture {
    pub src: String,
    pub alt: String,
}

/// Reads a product; a lean one has no description.
///
/// # Errors
/// Everything that is wrong with its rows.
pub fn read(
    group: &Group,
    columns: &Columns,
    selling: &Selling,
    is_lean: bool,
) -> Result<NewProduct, Vec<RowProblem>> {
    let mut problems = Vec::new();
    let Some(first) = group.rows.first() else {
        return Err(problems);
    };
    let mut values = Values::new(first, columns, &mut problems);
    let option_names = option_names(&mut values);
    // Values of options that are not named well can't be read well.
    let named = values.is_fine().then_some(option_names);
    let mut product = head(&mut values, columns, is_lean);
    let mut pictures: Vec<(i64, NewPicture)> = Vec::new();
    for (index, row) in group.rows.iter().enumerate() {
        let mut values = Values::new(row, columns, &mut problems);
        if index == 0 || variant::is_variant(row, columns) {
            let variant = variant::read(&mut values, columns, selling, named.as_deref());
            let mut known = product.variants.iter();
            if values.is_fine() && known.any(|known| known.options == variant.options) {
                let problem = match variant.options.as_slice() {
                    [] => "the product has no options, so it can have one variant only: name its options in the first row".to_owned(),
                    options => format!("the product has {} already: give each variant other options", options.join(" / ")),
                };
                values.problem(Column::Option1Value, problem);
            }
            product.variants.push(variant);
        }
        if let Some(src) = values.picture(Column::ImageSrc) {
            let alt = values.line(Column::ImageAlt, 512);
            let position = values.number(Column::ImagePosition, 1, 10_000);
            // Rows repeat a picture to say that it is a variant's too.
            if pictures.iter().all(|(_, known)| known.src != src) {
                let position = position.unwrap_or(pictures.len() as i64 + 1);
                pictures.push((position, NewPicture { src, alt }));
            }
        }
    }
    pictures.sort_by_key(|(position, _)| *position);
    let mut pictures: Vec<NewPicture> = pictures.into_iter().map(|(_, picture)| picture).collect();
    for src in product
        .variants
        .iter()
        .filter_map(|variant| variant.picture.as_ref())
    {
        if pictures.iter().all(|known| known.src != *src) {
            pictures.push(NewPicture {
                src: src.clone(),
                alt: String::new(),
            });
        }
    }
    product.pictures = columns.has(Column::ImageSrc).then_some(pictures);
    product.option_names = named.unwrap_or_default();
    if problems.is_empty() {
        Ok(product)
    } else {
        Err(problems)
    }
}

/// What the first row says of the whole product.
fn head(values: &mut Values<'_>, columns: &Columns, is_lean: bool) -> NewProduct {
    let handle = handle(values);
    let title = values.line(Column::Title, 255);
    if title.is_empty() {
        values.problem(
            Column::Title,
            "the first row of a product needs a title: fill it in",
        );
    }
    let body = values.text(Column::Body, 100_000);
    let is_described = columns.has(Column::Body) && !is_lean;
    let description = is_described.then(|| describe(&body));
    let mut tags = Vec::new();
    let mut tagged_subtitle = None;
    for tag in values.line(Column::Tags, 5_000).split(',').map(str::trim) {
        match tag.split_at_checked("subtitle:".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("subtitle:") => {
                tagged_subtitle = Some(rest.trim().to_owned());
            }
            _ if tag.is_empty() || tags.iter().any(|known| known == tag) => {}
            _ => tags.push(tag.to_owned()),
        }
    }
    let listed = description
        .as_ref()
        .and_then(|text| text.first_item.clone());
    let subtitle = [
        Some(values.line(Column::Subtitle, 255)),
        tagged_subtitle,
        listed,
    ]
    .into_iter()
    .flatten()
    .find(|text| !text.is_empty());
    let says_subtitle = [Column::Subtitle, Column::Tags, Column::Body]
        .into_iter()
        .any(|column| columns.has(column));
    let taxonomy = values.line(Column::ProductCategory, 1_000);
    let kind = values.line(Column::Type, 255);
    let category = match kind.as_str() {
        // The last step of `Home & Garden > Decor > Vases`.
        "" => taxonomy
            .rsplit('>')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned(),
        _ => kind,
    };
    let says_category = columns.has(Column::Type) || columns.has(Column::ProductCategory);
    NewProduct {
        handle,
        title,
        subtitle: says_subtitle.then(|| subtitle.unwrap_or_default()),
        vendor: said(values, columns, Column::Vendor, 255),
        description,
        category: says_category.then_some(category),
        taxonomy: columns.has(Column::ProductCategory).then_some(taxonomy),
        tags: columns.has(Column::Tags).then_some(tags),
        status: status(values, columns),
        published: columns
            .has(Column::Published)
            .then(|| values.flag(Column::Published).unwrap_or(true)),
        option_names: Vec::new(),
        seo_title: said(values, columns, Column::SeoTitle, 255),
        seo_description: said(values, columns, Column::SeoDescription, 1_000),
        pictures: None,
        variants: Vec::new(),
    }
}

/// The handle, fit to stand in a URL; empty after a problem.
pub fn handle(values: &mut Values<'_>) -> String {
    let handle = values.text(Column::Handle, 255).to_lowercase();
    let fits = handle
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if handle.is_empty() {
        values.problem(
            Column::Handle,
            "is empty: each row needs its product's handle",
        );
    } else if !fits {
        values.problem(
            Column::Handle,
            format!("{handle:?} can't stand in a URL: use a to z, 0 to 9, - and _"),
        );
    }
    handle
}

fn said(values: &mut Values<'_>, columns: &Columns, column: Column, max: usize) -> Option<String> {
    columns.has(column).then(|| values.line(column, max))
}

fn status(values: &mut Values<'_>, columns: &Columns) -> Option<Status> {
    if !columns.has(Column::Status) {
        return None;
    }
    let text = values.line(Column::Status, 255).to_lowercase();
    Some(match text.as_str() {
        "" | "active" => Status::Active,
        // Shopify's unlisted products have a page, but stand in no list: here they wait as drafts.
        "draft" | "unlisted" => Status::Draft,
        "archived" => Status::Archived,
        _ => {
            values.problem(
                Column::Status,
                format!("{text:?} is no status: write active, draft or archived"),
            );
            Status::Draft
        }
    })
}

/// The names of the product's options. What Shopify calls `Title` with the value `Default Title` is having none.
fn option_names(values: &mut Values<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut ended = false;
    for (column, value) in OPTION_NAMES.into_iter().zip(OPTION_VALUES) {
        let name = values.line(column, 255);
        let first_value = values.line(value, 255);
        if name.is_empty() && first_value.is_empty() {
            ended = true;
            continue;
        }
        if name.is_empty() {
            let problem =
                format!("{first_value:?} has no option it is a value of: name the option");
            values.problem(column, problem);
        } else if ended {
            values.problem(
                column,
                "comes after an empty option: fill the options from the left",
            );
        } else if names.contains(&name) {
            values.problem(
                column,
                format!("{name:?} is an option already: name it otherwise"),
            );
        }
        names.push(name);
    }
    let default = values.line(Column::Option1Value, 255).to_lowercase();
    if names.len() == 1 && names[0].eq_ignore_ascii_case("title") && default == "default title" {
        names.clear();
    }
    names
}
