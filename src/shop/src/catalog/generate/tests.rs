use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn some(count: u64) -> Vec<Product> {
    let catalogue = Catalogue::of(1);
    (0..count).map(|number| catalogue.product(number)).collect()
}

#[test]
fn a_product_is_the_same_every_time_and_another_for_another_seed() {
    assert_eq!(Catalogue::of(1).product(77), Catalogue::of(1).product(77));
    assert_ne!(Catalogue::of(1).product(77), Catalogue::of(2).product(77));
}

/// Frozen: a catalogue that was begun with one release goes on with the next.
#[test]
fn product_7_of_seed_1_is_what_it_always_was() {
    let product = Catalogue::of(1).product(7);
    let told = (
        product.slug.as_str(),
        product.english.title.as_str(),
        product.german.title.as_str(),
        product.variants.len(),
        product.variants[0].price_cents,
    );
    let expected = (
        "pistado-desk-1-7",
        "Desk Pistado, grey",
        "Schreibtisch Pistado, grau",
        4,
        20_500,
    );
    assert_eq!(told, expected);
}

#[test]
fn the_catalogue_has_the_shape_of_a_real_one() {
    let products = some(20_000);
    let mut kinds: BTreeMap<usize, u32> = BTreeMap::new();
    let mut brands: BTreeMap<&str, u32> = BTreeMap::new();
    for product in &products {
        *kinds.entry(product.attributes.kind.index).or_default() += 1;
        *brands.entry(&product.attributes.brand).or_default() += 1;
    }
    assert_eq!(kinds.len(), Kind::all().len(), "no category is empty");
    let largest = kinds.values().max().copied().unwrap_or_default();
    let smallest = kinds.values().min().copied().unwrap_or_default();
    assert!(largest > 40 * smallest, "{largest}, {smallest}");
    assert!(brands.len() > 500, "{} brands", brands.len());
    assert!(brands.values().any(|count| *count > 200));

    let share = |fits: &dyn Fn(&Product) -> bool| {
        products.iter().filter(|product| fits(product)).count() * 1_000 / products.len()
    };
    let between = |low: usize, share: usize, high: usize| {
        assert!((low..=high).contains(&share), "{share} of 1,000")
    };
    between(15, share(&|product| product.attributes.has_typo), 50);
    between(20, share(&|product| product.english.lead.is_empty()), 60);
    between(300, share(&|product| product.variants.len() == 1), 600);
    between(900, share(&|product| product.state == State::Active), 990);
    let words = |text: &Texts| text.lead.split(' ').count() + text.body_html.split(' ').count();
    assert!(products.iter().any(|product| words(&product.english) > 150));
    for product in &products {
        assert!((1..=12).contains(&product.variants.len()), "{product:?}");
        assert!(!product.german.title.is_empty() && product.english.title.len() < 200);
        assert!(product.tags.iter().collect::<BTreeSet<_>>().len() == product.tags.len());
        for text in [&product.english, &product.german] {
            assert!(
                !text.lead.contains('{') && !text.body_html.contains('{'),
                "{text:?}"
            );
        }
        let options = product.variants.iter().map(|variant| &variant.options);
        let different: BTreeSet<_> = options.clone().collect();
        assert_eq!(different.len(), product.variants.len(), "{product:?}");
        assert!(
            options
                .into_iter()
                .all(|options| options.len() == product.option_names.len())
        );
        assert!(
            product
                .variants
                .iter()
                .all(|variant| variant.price_cents > 0)
        );
    }
    let slugs: BTreeSet<&str> = products.iter().map(|product| &*product.slug).collect();
    assert_eq!(slugs.len(), products.len());
    let skus: BTreeSet<&str> = products
        .iter()
        .flat_map(|product| &product.variants)
        .map(|variant| &*variant.sku)
        .collect();
    let variants: usize = products.iter().map(|product| product.variants.len()).sum();
    assert_eq!(skus.len(), variants, "each variant has an SKU of its own");
}

#[test]
fn texts_are_what_an_import_would_make_of_them() {
    use super::super::import::describe;
    for product in some(500) {
        for texts in [&product.english, &product.german] {
            if texts.lead.is_empty() {
                assert_eq!(texts.body_html, "");
                continue;
            }
            let html = format!("<p>{}</p>{}", texts.lead, texts.body_html);
            let described = describe(&html);
            assert_eq!(
                (&described.lead, &described.body_html),
                (&texts.lead, &texts.body_html)
            );
        }
    }
}

#[test]
fn slugs_and_measures_read_well() {
    assert_eq!(slug(&["Ara", "chef's knife"]), "ara-chefs-knife");
    let litres = Measure {
        amount: "1.5",
        unit: "l",
    };
    assert_eq!(
        (&*litres.words().en, &*litres.words().de),
        ("1.5 l", "1,5 l")
    );
}
