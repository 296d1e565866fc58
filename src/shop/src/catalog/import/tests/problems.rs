//! What is wrong with a file: the row, the column, how to mend it.

use super::{assert_problem, read_all};

#[test]
fn a_header_that_is_none_is_told_apart() {
    assert_eq!(read_all(b"").1.len(), 2, "neither Handle nor Title");
    assert_problem("Handle,Titel\na,A\n", 1, "Title", "is missing");
    assert_problem("Title,Body (HTML)\nA,\n", 1, "Handle", "is missing");
    let (_, problems) = read_all(b"Handle;Title;Variant Price\na;A;1\n");
    assert!(
        problems
            .iter()
            .all(|found| found.problem.contains("separated by commas")),
        "{problems:?}"
    );
    assert_problem("Handle,Title,Vendor,vendor\na,A,,\n", 1, "vendor", "twice");
}

#[test]
fn each_problem_names_its_row_and_column() {
    let cases = [
        (
            "Variant Price",
            "abc",
            "\"abc\" is not an amount of EUR: write it like 24.50",
        ),
        ("Variant Price", "\"1,50\"", "is not an amount"),
        ("Variant Price", "€2", "is not an amount"),
        ("Variant Price", "-1", "is not an amount"),
        ("Variant Price", "1.505", "is not an amount"),
        ("Variant Price", "99999999999999999999", "is not an amount"),
        ("Variant Price", "", "is empty"),
        ("Price / United States", "abc", "is not an amount of USD"),
        ("Variant Grams", "heavy", "is not a weight"),
        ("Variant Grams", "-5", "is not a weight"),
        ("Variant Grams", "1e3", "is not a weight"),
        ("Variant Grams", "NaN", "is not a weight"),
        ("Variant Weight Unit", "stone", "write g, kg, oz or lb"),
        ("Variant Inventory Qty", "many", "is not a whole number"),
        ("Variant Inventory Qty", "99999999999", "is out of range"),
        (
            "Variant Inventory Policy",
            "maybe",
            "write deny or continue",
        ),
        ("Variant Taxable", "perhaps", "is neither true nor false"),
        (
            "Variant Requires Shipping",
            "2",
            "is neither true nor false",
        ),
        ("Published", "someday", "is neither true nor false"),
        ("Status", "sold", "write active, draft or archived"),
        (
            "Image Src",
            "javascript:alert(1)",
            "is not a picture's address",
        ),
        ("Image Src", "a b.jpg", "is not a picture's address"),
        ("Image Src", "/../secret", "is not a picture's address"),
        (
            "Variant Image",
            "data:image/png;base64",
            "is not a picture's address",
        ),
        (
            "Option1 Name",
            "Size",
            "is empty: each variant needs its Size",
        ),
        ("Option1 Value", "Red", "name the option"),
        ("Vendor", "a\0b", "control character"),
        ("Body (HTML)", "a\u{1f}b", "control character"),
    ];
    for (column, value, says) in cases {
        let good = match column {
            "Variant Price" => "2.00",
            _ => "",
        };
        let file = format!("Handle,Title,{column}\ngood,Good,{good}\nbad,Bad,{value}\n");
        let column = match column {
            "Option1 Name" => "Option1 Value",
            "Option1 Value" => "Option1 Name",
            other => other,
        };
        assert_problem(file, 3, column, says);
    }
    // A picture's position and words matter only with a picture.
    let picture = "Handle,Title,Image Src,Image Position,Image Alt Text\ngood,Good,,,\n";
    assert_problem(
        format!("{picture}bad,Bad,/a.jpg,first,\n"),
        3,
        "Image Position",
        "whole number",
    );
    let long = "x".repeat(513);
    assert_problem(
        format!("{picture}bad,Bad,/a.jpg,1,{long}\n"),
        3,
        "Image Alt Text",
        "shorten it to 512",
    );
}

#[test]
fn problems_of_a_whole_product_name_the_row_to_mend() {
    let head = "Handle,Title,Option1 Name,Option1 Value\n";
    assert_problem(format!("{head}a,,,\n"), 2, "Title", "needs a title");
    assert_problem(
        format!("{head}a b,A,,\n"),
        2,
        "Handle",
        "can't stand in a URL",
    );
    assert_problem(
        format!("{head}a/../b,A,,\n"),
        2,
        "Handle",
        "can't stand in a URL",
    );
    assert_problem(format!("{head},A,,\n"), 2, "Handle", "is empty");
    let twice = format!("{head}a,A,Size,S\na,,,S\n");
    assert_problem(twice, 3, "Option1 Value", "has S already");
    let two_without_options = format!("{head}a,A,,\nb,B,,\n").replace("b,B,,", "a,,,X");
    assert_problem(
        two_without_options.replace(",X", ",Default Title"),
        3,
        "Option1 Value",
        "one variant only",
    );
    let torn = format!("{head}a,A,,\nb,B,,\na,A,,\n");
    assert_problem(torn, 4, "Handle", "rows from row 2 on already");
    let gap = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\na,A,,,Size,S\n";
    assert_problem(gap, 2, "Option2 Name", "from the left");
    let same =
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\na,A,Size,M,Size,S\n";
    assert_problem(same, 2, "Option2 Name", "an option already");
}

#[test]
fn rows_out_of_shape_are_told() {
    let head = "Handle,Title,Vendor\n";
    assert_problem(
        format!("{head}a,A,B,C\n"),
        2,
        "number 4",
        "more values than the header's 3 columns",
    );
    assert_problem(
        format!("{head}a,A,\nb,\"B,\nc,C,\n"),
        3,
        "Title",
        "never closed",
    );
    assert_problem(
        [head.as_bytes(), b"a,\xff\xfe,\n"].concat(),
        2,
        "Title",
        "save the file as UTF-8",
    );
    // Empty values beyond the header are what spreadsheets leave behind.
    assert_eq!(read_all(format!("{head}a,A,B,,,\n").as_bytes()).1, []);
}

#[test]
fn rows_are_counted_as_lines_of_the_file() {
    let file =
        "Handle,Title,Body (HTML),Variant Price\r\na,A,\"one\r\ntwo\r\nthree\",1\r\n\r\nb,B,,x\r\n";
    assert_problem(file, 6, "Variant Price", "\"x\"");
}

#[test]
fn what_is_no_csv_is_called_by_its_name() {
    for (begin, says) in [
        (&b"\xff\xfeH\0a\0n\0"[..], "save it as UTF-8"),
        (b"\xfe\xff\0H\0a", "save it as UTF-8"),
        (b"PK\x03\x04\x14\0\x06", "save it as CSV"),
        (b"\x1f\x8b\x08\0", "unpack it"),
    ] {
        assert_problem(begin, 1, "Handle", says);
    }
}

#[test]
fn handles_that_differ_in_case_are_one() {
    let together = "Handle,Title,Option1 Name,Option1 Value\nMug,Mug,Size,S\nmug,,,M\n";
    let (products, problems) = read_all(together.as_bytes());
    assert_eq!((products.len(), problems.len()), (1, 0), "{problems:?}");
    assert_eq!(products[0].variants.len(), 2);
    let apart = "Handle,Title\nMug,Mug\nbowl,Bowl\nmug,Mug\n";
    assert_problem(apart, 4, "Handle", "rows from row 2 on already");
}

#[test]
fn a_row_without_an_end_is_not_read_into_memory() {
    let mut file = b"Handle,Title\na,A\nb,\"B\n".to_vec();
    file.resize(9 << 20, b'x');
    let selling = super::selling();
    let mut products = super::Products::open(&file[..], &selling).unwrap();
    let error = loop {
        match products.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it was read"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        error.contains("line 3") && error.contains("never closed"),
        "{error}"
    );
}

#[test]
fn a_variant_may_be_left_out_of_the_first_market() {
    let product = super::read_one("Handle,Title,Included / eu,Variant Price\na,A,false,\n");
    let prices = &product.variants[0].prices;
    assert_eq!((prices.len(), prices[0].amount_minor), (1, None));
    let missing = "Handle,Title,Included / eu,Variant Price\na,A,true,\n";
    assert_problem(missing, 2, "Variant Price", "is empty");
    // One of its countries says nothing of it.
    let italy =
        "Handle,Title,Included / Italy,Included / Germany,Variant Price\na,A,false,true,3\n";
    assert_eq!(
        super::read_one(italy).variants[0].prices[0].amount_minor,
        Some(300)
    );
}
