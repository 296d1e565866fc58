//! What a file says, and what is wrong with it, without a database.

mod problems;

use super::column::OtherMarket;
use super::product::{NewProduct, Status};
use super::variant::NewStock;
use super::*;
use domain::Currency;
use domain::pricing::TaxClass;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const EXPORT: &[u8] = include_bytes!("../../../../tests/fixtures/export.csv");

fn selling() -> Selling {
    Selling {
        market: "eu".parse().unwrap(),
        currency: Currency::Eur,
        others: vec![OtherMarket {
            market: "us".parse().unwrap(),
            currency: Currency::Usd,
            names: vec!["us".to_owned(), "united states".to_owned()],
        }],
    }
}

fn read_all(file: &[u8]) -> (Vec<NewProduct>, Vec<RowProblem>) {
    let selling = selling();
    let mut products = match Products::open(file, &selling) {
        Ok(products) => products.noting(),
        Err(ImportError::Problems(problems)) => return (Vec::new(), problems),
        Err(error) => panic!("{error}"),
    };
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    while let Some(product) = products.next().unwrap() {
        match product {
            Ok(product) => good.push(product),
            Err(problems) => bad.extend(problems),
        }
    }
    let mut torn = Problems::default();
    products.torn(&mut torn);
    bad.extend(torn.told().0);
    (good, bad)
}

/// The one product of a good file.
fn read_one(file: &str) -> NewProduct {
    let (mut products, problems) = read_all(file.as_bytes());
    assert_eq!(problems, []);
    assert_eq!(products.len(), 1);
    products.remove(0)
}

/// Asserts that a file has exactly this problem.
#[track_caller]
fn assert_problem(file: impl AsRef<[u8]>, row: u64, column: &str, says: &str) {
    let (_, problems) = read_all(file.as_ref());
    assert_eq!(problems.len(), 1, "{problems:?}");
    let found = &problems[0];
    assert_eq!((found.row, found.column.as_str()), (row, column), "{found}");
    assert!(found.problem.contains(says), "{found}");
    assert!(
        found
            .to_string()
            .starts_with(&format!("row {row}, column {column}: "))
    );
}

#[test]
fn columns_stand_at_their_names() {
    for (index, column) in [(0, column::Column::Handle), (34, column::Column::Status)] {
        assert_eq!(column as usize, index);
    }
    assert_eq!(column::Column::Handle.name(), "Handle");
    assert_eq!(column::Column::WeightUnit.name(), "Variant Weight Unit");
    assert_eq!(column::Column::Status.name(), "Status");
}

#[test]
fn reads_an_export_with_all_its_habits() {
    let (products, problems) = read_all(EXPORT);
    assert_eq!(problems, []);
    let handles: Vec<&str> = products.iter().map(|product| &*product.handle).collect();
    assert_eq!(
        handles,
        [
            "calle-mug",
            "lagoon-birds",
            "lido-lamp",
            "old-bowl",
            "hidden-vase",
            "squero-stool",
            "hostile-throw"
        ]
    );

    let mug = &products[0];
    assert_eq!(mug.option_names, ["Glaze", "Size"]);
    assert_eq!(mug.variants.len(), 4);
    assert_eq!(mug.variants[2].options, ["Sand", "240 ml"]);
    assert_eq!(mug.tags.as_deref().unwrap(), ["gift", "new", "stoneware"]);
    assert_eq!(mug.subtitle.as_deref(), Some("Stoneware, reactive glaze"));
    let description = mug.description.as_ref().unwrap();
    assert_eq!(description.lead, "A straight-sided mug, \"stackable\".");
    assert!(description.body_html.starts_with("<h3>Details</h3>"));
    assert_eq!(mug.variants[0].barcode.as_deref(), Some("0200000000015"));
    let pictures = mug.pictures.as_ref().unwrap();
    let alts: Vec<&str> = pictures.iter().map(|picture| &*picture.alt).collect();
    assert_eq!(
        alts,
        [
            "Calle mug in Lagoon",
            "Calle mug in Sand",
            "Side by side",
            "From above"
        ]
    );
    let prices = |index: usize| -> Vec<_> {
        let prices = mug.variants[index].prices.iter();
        prices
            .map(|price| {
                (
                    price.market.as_str(),
                    price.amount_minor,
                    price.compare_at_minor,
                )
            })
            .collect()
    };
    assert_eq!(
        prices(0),
        [
            ("eu", Some(2_200), Some(2_800)),
            ("us", Some(2_500), Some(3_200))
        ]
    );
    // A price repeated as compare-at is no sale, and an empty price is none.
    assert_eq!(prices(2)[0], ("eu", Some(2_200), None));
    assert_eq!(prices(3)[1], ("us", None, None));
    let tracked = |available, oversell| {
        Some(NewStock::Tracked {
            available: Some(available),
            oversell: Some(oversell),
        })
    };
    assert_eq!(mug.variants[0].stock, tracked(53, false));
    assert_eq!(mug.variants[3].stock, Some(NewStock::Untracked));

    let book = &products[1];
    assert!(book.option_names.is_empty() && book.variants[0].options.is_empty());
    assert_eq!(book.subtitle.as_deref(), Some("240 pages"));
    assert_eq!(book.tags.as_deref().unwrap(), ["book", "linen cover"]);
    assert_eq!(book.variants[0].weight_g, Some(454));
    assert_eq!(book.variants[0].tax_class, Some(TaxClass::Reduced));
    assert_eq!(book.variants[0].stock, tracked(-2, true));
    assert_eq!(
        book.description.as_ref().unwrap().lead,
        "A field guide. 112 plates."
    );

    let lamp = &products[2];
    assert_eq!(lamp.status, Some(Status::Draft));
    assert_eq!(lamp.category.as_deref(), Some("Table Lamps"));
    assert_eq!(
        lamp.pictures.as_ref().unwrap()[0].src,
        "https://cdn.shopify.com/lido.jpg"
    );

    assert_eq!(products[4].published, Some(false));
    let stool = &products[5];
    assert_eq!(stool.option_names, ["Wood", "Height", "Seat"]);
    assert_eq!(stool.variants[1].options, ["Walnut", "45 cm", "Cord"]);
    assert_eq!(stool.variants[1].tax_class, Some(TaxClass::Zero));
}

#[test]
fn columns_that_are_missing_say_nothing() {
    let product = read_one("Handle,Title,Variant Price\na,A,1.50\n");
    assert_eq!(product.description, None);
    assert_eq!(product.status, None);
    assert_eq!(product.published, None);
    assert_eq!(product.tags, None);
    assert_eq!(product.pictures, None);
    assert_eq!(product.category, None);
    assert_eq!(product.variants[0].stock, None);
    assert_eq!(product.variants[0].weight_g, None);
    assert_eq!(product.variants[0].tax_class, None);
    let prices = &product.variants[0].prices;
    assert_eq!((prices.len(), prices[0].amount_minor), (1, Some(150)));
}

#[test]
fn rows_may_be_short_and_lines_may_end_any_way() {
    for end in ["\n", "\r\n", "\r"] {
        let file = [
            "Handle,Title,Variant Price,Vendor",
            "a,A,1.50",
            "",
            "b,\"B\nb\",2",
        ]
        .join(end);
        let (products, problems) = read_all(file.as_bytes());
        assert_eq!(problems, []);
        assert_eq!(products.len(), 2, "{end:?}");
        assert_eq!(products[1].title, "B b");
        assert_eq!(products[1].vendor.as_deref(), Some(""));
    }
}

#[test]
fn the_newer_names_of_columns_are_known() {
    let product = read_one(
        "URL handle,Title,Description,SKU,Price,Inventory quantity,Continue selling when out of stock,Weight value (grams),Product image URL,Published on online store\n\
         a,A,<p>Said.</p>,SKU-1,2.00,7,CONTINUE,120,/media/a.jpg,FALSE\n",
    );
    assert_eq!(product.description.unwrap().lead, "Said.");
    assert_eq!(product.variants[0].sku.as_deref(), Some("SKU-1"));
    assert_eq!(product.variants[0].weight_g, Some(120));
    let stock = NewStock::Tracked {
        available: Some(7),
        oversell: Some(true),
    };
    assert_eq!(product.variants[0].stock, Some(stock));
    assert_eq!(product.pictures.unwrap()[0].src, "/media/a.jpg");
    assert_eq!(product.published, Some(false));
}

#[test]
fn grams_are_grams_and_weights_have_a_unit() {
    let grams = |columns: &str, values: &str| {
        let file = format!("Handle,Title,{columns}\na,A,{values}\n");
        read_one(&file).variants[0].weight_g
    };
    for unit in ["g", "kg", "oz", "lb", ""] {
        assert_eq!(
            grams("Variant Grams,Variant Weight Unit", &format!("350,{unit}")),
            Some(350)
        );
    }
    let weighed = |value: &str| grams("Variant Weight,Variant Weight Unit", value);
    assert_eq!(weighed("350,g"), Some(350));
    assert_eq!(weighed("1.5,kg"), Some(1_500));
    assert_eq!(weighed("2,oz"), Some(57));
    assert_eq!(weighed("2,LB"), Some(907));
    assert_eq!(weighed(",kg"), Some(0));
}

#[test]
fn hostile_text_is_made_harmless() {
    let (products, _) = read_all(EXPORT);
    let throw = products.last().unwrap();
    let description = throw.description.as_ref().unwrap();
    assert_eq!(description.lead, "Soft.");
    for bad in ["script", "onerror", "onclick", "iframe", "alert"] {
        assert!(
            !description.body_html.contains(bad),
            "{}",
            description.body_html
        );
    }
    // A title is text, not HTML: pages escape it.
    assert_eq!(throw.title, "Hostile <b>throw</b>");
}

/// Changes to a file's bytes that people, spreadsheets and broken disks make.
fn mutations() -> impl Strategy<Value = Vec<(usize, usize, Vec<u8>)>> {
    let nasty: Vec<&[u8]> = vec![
        b"\"",
        b",",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"<p>",
        b"</p>",
        b"<li>",
        b"<",
        b">",
        b"&",
        b"'",
        b"-",
        b".",
        b"9999999999999999999999",
        b"1e400",
        b"calle-mug",
        b"true",
        b"\x1f",
        b";",
        b"\xf0\x9f\x98\x80",
        b"/",
        b"https://",
        b"<script>",
        b"<a href=\"",
        b"&amp;",
        b"=cmd()",
    ];
    let piece = prop_oneof![
        prop::sample::select(nasty).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    // Where, how much goes, what comes.
    prop::collection::vec((any::<usize>(), 0_usize..40, piece), 1..8)
}

#[test]
fn no_file_makes_it_panic() {
    let config = Config {
        cases: 5_000,
        failure_persistence: None,
        ..Config::default()
    };
    let lines = EXPORT
        .iter()
        .filter(|byte| **byte == b'\n' || **byte == b'\r')
        .count() as u64;
    let mut runner = TestRunner::new(config);
    let result = runner.run(&mutations(), |changes| {
        let mut file = EXPORT.to_vec();
        for (at, goes, comes) in &changes {
            let at = at % (file.len() + 1);
            let end = (at + goes).min(file.len());
            file.splice(at..end, comes.iter().copied());
        }
        let (products, problems) = read_all(&file);
        prop_assert!(!products.is_empty() || !problems.is_empty());
        for found in problems {
            prop_assert!((1..=lines + 20).contains(&found.row), "{found}");
            prop_assert!(!found.column.is_empty() || found.row > 0, "{found}");
            prop_assert!(!found.problem.is_empty());
        }
        for product in products {
            let is_safe = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            };
            prop_assert!(!product.handle.is_empty() && product.handle.bytes().all(is_safe));
            prop_assert!(!product.title.is_empty() && !product.variants.is_empty());
            for variant in &product.variants {
                prop_assert_eq!(variant.options.len(), product.option_names.len());
            }
            if let Some(description) = product.description {
                prop_assert!(!description.body_html.contains("<script"));
                prop_assert!(!description.lead.contains('\0'));
            }
        }
        Ok(())
    });
    result.unwrap();
}
