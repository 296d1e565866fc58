//! What a checkout form holds, and how it is refused.

use domain::Country;
use domain::checkout::{
    CheckoutForm, Email, Field, FieldError, FieldProblem, Offered, Place, PlaceName,
};
use domain::pricing::{DeliveryOption, TaxClass};

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn standard() -> Offered {
    Offered {
        option: DeliveryOption {
            code: "standard".to_owned(),
            name: "Standard".to_owned(),
            days: (2, 4),
            bands: Vec::new(),
            free_from: None,
            tax_class: TaxClass::Standard,
        },
        pick_up: None,
    }
}

/// Fetched at the workshop.
fn fetched() -> Offered {
    let mut offered = standard();
    offered.option.code = "pick-up".to_owned();
    offered.pick_up = Some(Place {
        called: PlaceName {
            name: "Giudecca workshop".to_owned(),
            hours: "10 to 18".to_owned(),
        },
        line1: "Fondamenta 12".to_owned(),
        postcode: "30133".to_owned(),
        city: "Venezia".to_owned(),
        region: String::new(),
        country: country("IT"),
    });
    offered
}

fn form() -> CheckoutForm {
    CheckoutForm {
        email: "ada@example.org".to_owned(),
        name: "Ada Lovelace".to_owned(),
        line1: "12 St James's Square".to_owned(),
        line2: "2nd floor".to_owned(),
        postcode: "SW1Y 4JH".to_owned(),
        city: "London".to_owned(),
        region: "Greater London".to_owned(),
        country: "DE".to_owned(),
        phone: "+44 (0)20 7930-0000".to_owned(),
        delivery: "standard".to_owned(),
        ..CheckoutForm::default()
    }
}

/// The form with one field written over.
fn with(field: Field, value: &str) -> CheckoutForm {
    let mut form = form();
    *slot(&mut form, field) = value.to_owned();
    form
}

fn slot(form: &mut CheckoutForm, field: Field) -> &mut String {
    match field {
        Field::Email => &mut form.email,
        Field::Name => &mut form.name,
        Field::Line1 => &mut form.line1,
        Field::Line2 => &mut form.line2,
        Field::Postcode => &mut form.postcode,
        Field::City => &mut form.city,
        Field::Region => &mut form.region,
        Field::Country => &mut form.country,
        Field::Phone => &mut form.phone,
        Field::Delivery => &mut form.delivery,
        Field::Payment => &mut form.payment,
    }
}

/// What is wrong with a form, sorted by field name.
fn problems(form: &CheckoutForm) -> Vec<(Field, FieldProblem)> {
    let parsed = form.parse(&[country("DE"), country("AT")], &[standard()]);
    let mut problems: Vec<_> = parsed
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|FieldError { field, problem }| (field, problem))
        .collect();
    problems.sort_by_key(|(field, _)| field.name());
    problems
}

#[test]
fn a_good_form_becomes_details_without_its_edges() {
    let mut typed = form();
    typed.name = "  Ada Lovelace ".to_owned();
    typed.email = " ada@example.org\n".to_owned();
    typed.country = " DE ".to_owned();
    let details = typed.parse(&[country("DE")], &[standard()]).unwrap();
    assert_eq!(details.email.as_str(), "ada@example.org");
    assert_eq!(details.delivery, "standard");
    let address = details.address;
    assert_eq!(address.name, "Ada Lovelace");
    assert_eq!(address.line1, "12 St James's Square");
    assert_eq!(address.line2, "2nd floor");
    assert_eq!(address.postcode, "SW1Y 4JH");
    assert_eq!(address.city, "London");
    assert_eq!(address.region, "Greater London");
    assert_eq!(address.country, country("DE"));
    assert_eq!(address.phone, "+44 (0)20 7930-0000");
}

#[test]
fn each_required_field_is_missed_when_it_is_empty_or_blank() {
    let required = [
        Field::Email,
        Field::Name,
        Field::Line1,
        Field::Postcode,
        Field::City,
        Field::Country,
    ];
    for field in required {
        for blank in ["", "  ", "\t\n"] {
            assert_eq!(
                problems(&with(field, blank)),
                [(field, FieldProblem::Missing)],
                "{blank:?}"
            );
        }
    }
    assert_eq!(
        problems(&with(Field::Delivery, "")),
        [(Field::Delivery, FieldProblem::Missing)]
    );
    for field in [Field::Line2, Field::Region, Field::Phone] {
        assert_eq!(problems(&with(field, "")), []);
    }
}

#[test]
fn each_text_has_its_length_in_characters() {
    let most = [
        (Field::Name, 100),
        (Field::Line1, 120),
        (Field::Line2, 120),
        (Field::Postcode, 16),
        (Field::City, 80),
        (Field::Region, 80),
    ];
    for (field, most) in most {
        // Two bytes each: characters count.
        assert_eq!(problems(&with(field, &"ü".repeat(most))), []);
        assert_eq!(
            problems(&with(field, &"ü".repeat(most + 1))),
            [(field, FieldProblem::TooLong)]
        );
        assert_eq!(
            problems(&with(field, &"x".repeat(1_000_000))),
            [(field, FieldProblem::TooLong)]
        );
    }
    assert_eq!(problems(&with(Field::Phone, &"1".repeat(32))), []);
    assert_eq!(
        problems(&with(Field::Phone, &"1".repeat(33))),
        [(Field::Phone, FieldProblem::TooLong)]
    );
}

#[test]
fn control_characters_are_malformed() {
    let texts = [
        Field::Email,
        Field::Name,
        Field::Line1,
        Field::Line2,
        Field::Postcode,
        Field::City,
        Field::Region,
        Field::Phone,
    ];
    for field in texts {
        // A line break would write a header of its own into a mail.
        for control in ["\r\n", "\0", "\u{1b}", "\u{7f}", "\u{85}"] {
            let value = format!("1{control}2");
            assert_eq!(
                problems(&with(field, &value)),
                [(field, FieldProblem::Malformed)],
                "{value:?}"
            );
        }
    }
}

#[test]
fn a_phone_is_digits_and_what_stands_between() {
    assert_eq!(problems(&with(Field::Phone, "0049/30.123-4")), []);
    for wrong in ["call me", "0x20", "+49 30 ext", "٣"] {
        assert_eq!(
            problems(&with(Field::Phone, wrong)),
            [(Field::Phone, FieldProblem::Malformed)]
        );
    }
}

#[test]
fn only_offered_countries_and_deliveries_are_taken() {
    for wrong in ["US", "de", "Germany", "D", "\0\0"] {
        assert_eq!(
            problems(&with(Field::Country, wrong)),
            [(Field::Country, FieldProblem::NotOffered)]
        );
    }
    assert_eq!(problems(&with(Field::Country, "AT")), []);
    for wrong in ["express", "Standard", " standard"] {
        assert_eq!(
            problems(&with(Field::Delivery, wrong)),
            [(Field::Delivery, FieldProblem::NotOffered)]
        );
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    use FieldProblem::{Malformed, Missing, NotOffered, TooLong};
    assert_eq!(
        problems(&CheckoutForm::default()),
        [
            (Field::City, Missing),
            (Field::Country, Missing),
            (Field::Email, Missing),
            (Field::Line1, Missing),
            (Field::Name, Missing),
            (Field::Postcode, Missing),
        ]
    );
    let wrong = CheckoutForm {
        email: "nobody".to_owned(),
        name: "x".repeat(101),
        line1: String::new(),
        line2: "a\tb".to_owned(),
        postcode: "1".repeat(17),
        city: "\u{8}x".to_owned(),
        region: "r".repeat(81),
        country: "DE".to_owned(),
        phone: "none".to_owned(),
        delivery: "drone".to_owned(),
        ..CheckoutForm::default()
    };
    assert_eq!(
        problems(&wrong),
        [
            (Field::City, Malformed),
            (Field::Delivery, NotOffered),
            (Field::Email, Malformed),
            (Field::Line1, Missing),
            (Field::Line2, Malformed),
            (Field::Name, TooLong),
            (Field::Phone, Malformed),
            (Field::Postcode, TooLong),
            (Field::Region, TooLong),
        ]
    );
}

#[test]
fn addresses_that_mail_reaches() {
    let long_label = format!("a@{}.org", "b".repeat(63));
    let long_local = format!("{}@example.org", "a".repeat(64));
    let good = [
        "a@b.co",
        "ada.lovelace+shop@mail.example.org",
        "o'brien@example.org",
        "a_b-c=d@x-y.example",
        "1@2.de",
        "ada@müller.example",
        &long_label,
        &long_local,
    ];
    for text in good {
        assert_eq!(
            Email::parse(text).map(|email| email.as_str().to_owned()),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn addresses_that_mail_does_not_reach() {
    let long_label = format!("a@{}.org", "b".repeat(64));
    let long_local = format!("{}@example.org", "a".repeat(65));
    let wrong = [
        "ada",
        "@",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@.org",
        "ada@example.",
        "ada@example..org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exa_mple.org",
        "ada@exam ple.org",
        "a da@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "a@b@example.org",
        "ada@[127.0.0.1]",
        "\"ada\"@example.org",
        "Ada <ada@example.org>",
        "ada@example.org,bob@example.org",
        "ada@example.org\r\nBcc: bob@example.org",
        &long_label,
        &long_local,
    ];
    for text in wrong {
        assert_eq!(Email::parse(text), Err(FieldProblem::Malformed), "{text:?}");
        let sent = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Email>(&sent).is_err());
    }
    assert_eq!(Email::parse(" "), Err(FieldProblem::Missing));
    let domain = ["d".repeat(60).as_str(); 4].join(".");
    assert_eq!(
        Email::parse(&format!("{}@{domain}", "a".repeat(11))),
        Err(FieldProblem::TooLong)
    );
    assert!(Email::parse(&format!("{}@{domain}", "a".repeat(10))).is_ok());
}

/// What becomes of a region that was typed for a country.
fn region(of: &str, typed: &str) -> Result<String, FieldProblem> {
    let mut form = with(Field::Region, typed);
    form.country = of.to_owned();
    let countries = ["DE", "US", "PT"].map(country);
    match form.parse(&countries, &[standard()]) {
        Ok(details) => Ok(details.address.region),
        Err(errors) => {
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].field, Field::Region);
            Err(errors[0].problem)
        }
    }
}

#[test]
fn a_state_is_kept_by_its_code_and_has_to_be_one() {
    for typed in ["NY", "New York", "new york", "US-NY", " N.Y. "] {
        assert_eq!(region("US", typed), Ok("NY".to_owned()), "{typed:?}");
    }
    assert_eq!(region("US", ""), Err(FieldProblem::Missing));
    assert_eq!(region("US", "  "), Err(FieldProblem::Missing));
    assert_eq!(region("US", "New"), Err(FieldProblem::NotOffered));
    assert_eq!(region("US", "Bavaria"), Err(FieldProblem::NotOffered));
    assert_eq!(region("US", &"x".repeat(81)), Err(FieldProblem::TooLong));
    assert_eq!(region("PT", ""), Ok(String::new()));
    assert_eq!(region("PT", "Azoren"), Ok("20".to_owned()));
    assert_eq!(region("PT", "Lisboa"), Err(FieldProblem::NotOffered));
    assert_eq!(region("DE", "Bayern"), Ok("Bayern".to_owned()));
}

#[test]
fn what_is_picked_up_needs_a_name_and_goes_to_the_place() {
    let form = CheckoutForm {
        email: "ada@example.org".to_owned(),
        name: "Ada Lovelace".to_owned(),
        country: "US".to_owned(),
        phone: "+39 041 1".to_owned(),
        delivery: "pick-up".to_owned(),
        ..CheckoutForm::default()
    };
    let offered = [standard(), fetched()];
    let address = form.parse(&[country("US")], &offered).unwrap().address;
    assert_eq!(
        (address.name.as_str(), address.line1.as_str()),
        ("Ada Lovelace", "Fondamenta 12")
    );
    assert_eq!(address.country, country("IT"));
    assert_eq!(address.pick_up.unwrap().name, "Giudecca workshop");
    let sent = CheckoutForm {
        delivery: "standard".to_owned(),
        ..form.clone()
    };
    assert!(sent.parse(&[country("US")], &offered).is_err());
    let nameless = CheckoutForm {
        name: " ".to_owned(),
        ..form
    };
    assert_eq!(
        nameless.parse(&[country("US")], &offered).unwrap_err(),
        [FieldError {
            field: Field::Name,
            problem: FieldProblem::Missing
        }]
    );
}
