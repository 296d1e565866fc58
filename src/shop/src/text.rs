//! What the shop says, in the shopper's language: messages from `locales/`, and dates as people write them.

use domain::checkout::{Address, RegionChoice, RegionChoices};
use domain::inventory::SentLater;
use domain::region::{self, Region, RegionKind};
use domain::{Country, Locale};
use fluent_templates::static_loader;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};
use time::{Date, Duration, Month, OffsetDateTime, Weekday};
use unic_langid::{LanguageIdentifier, langid};

/// What is put into a message: a text or a number (`"Lagoon".into()`, `3.into()`).
pub use fluent_templates::fluent_bundle::FluentValue as Value;

static_loader! {
    static MESSAGES = {
        locales: "../../locales",
        fallback_language: "en",
        // The isolating marks around arguments would be copied along with texts, and both languages run left to right.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static EN: LanguageIdentifier = langid!("en");
static DE: LanguageIdentifier = langid!("de");

/// Messages without arguments as they were said before, by language: a page says a hundred of them.
static SAID: LazyLock<[RwLock<HashMap<String, String>>; Locale::ALL.len()]> =
    LazyLock::new(Default::default);
/// More keys than there are messages.
const MOST_SAID: usize = 4096;

/// The message `key` (`catalog-sold-out`; an attribute as `key.attribute`). One that is missing, which the tests do not let
/// pass, is said in English, or as its key.
pub fn say(locale: Locale, key: &str) -> String {
    let said = &SAID[locale as usize];
    let known = said.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = known.get(key) {
        return text.clone();
    }
    drop(known);
    let text = look_up(locale, key, None);
    let mut known = said.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < MOST_SAID {
        known.insert(key.to_owned(), text.clone());
    }
    text
}

/// What a country is called; None for one that no message file names.
pub fn country(locale: Locale, country: Country) -> Option<String> {
    let key = format!("country-{}", country.as_str().to_lowercase());
    let nothing: Option<&HashMap<&str, Value<'_>>> = None;
    MESSAGES
        .lookup_single_language(language(locale), &key, nothing)
        .ok()
}

/// An address as it is written on a parcel, or over the door of the place where the order is picked up.
pub fn address(locale: Locale, address: &Address) -> Vec<String> {
    let region = region::name(address.country, &address.region, locale);
    let country = country(locale, address.country).unwrap_or_else(|| address.country.to_string());
    let place = address.pick_up.as_ref();
    let lines = [
        place.map_or_else(|| address.name.clone(), |place| place.name.clone()),
        address.line1.clone(),
        address.line2.clone(),
        format!("{} {}", address.postcode, address.city),
        region.to_owned(),
        country,
        place.map(|place| place.hours.clone()).unwrap_or_default(),
    ];
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// What the regions of a country are called, and which there are; None where addresses have none.
pub fn regions(locale: Locale, country: Country) -> Option<RegionChoices> {
    let regions = region::of(country)?;
    let label = match regions.kind {
        RegionKind::State => "country-label-state",
        RegionKind::Province => "country-label-province",
        RegionKind::Region => "country-label-region",
    };
    let choice = |region: &Region| RegionChoice {
        code: region.code.to_owned(),
        name: region.name(locale).to_owned(),
    };
    let mut choices: Vec<RegionChoice> = regions.all.iter().map(choice).collect();
    choices.sort_by(|a, b| a.name.cmp(&b.name));
    Some(RegionChoices {
        label: say(locale, label),
        required: regions.required,
        choices,
    })
}

/// The message `key` with its arguments.
pub fn say_with(locale: Locale, key: &str, arguments: &[(&str, Value<'_>)]) -> String {
    let arguments: HashMap<&str, Value<'_>> = arguments.iter().cloned().collect();
    look_up(locale, key, Some(&arguments))
}

fn language(locale: Locale) -> &'static LanguageIdentifier {
    match locale {
        Locale::En => &EN,
        Locale::De => &DE,
    }
}

fn look_up(locale: Locale, key: &str, arguments: Option<&HashMap<&str, Value<'_>>>) -> String {
    match MESSAGES.lookup_single_language(language(locale), key, arguments) {
        Ok(text) => text,
        Err(problem) => {
            tracing::error!(%locale, key, %problem, "a message could not be said");
            MESSAGES
                .lookup_single_language(&EN, key, arguments)
                .unwrap_or_else(|_| key.to_owned())
        }
    }
}

/// `Thursday 26 November`, `Donnerstag, 26. November`.
pub fn date(locale: Locale, date: Date) -> String {
    let (weekday, day, month) = (
        weekday_name(locale, date.weekday()),
        date.day(),
        month_name(locale, date.month()),
    );
    match locale {
        Locale::En => format!("{weekday} {day} {month}"),
        Locale::De => format!("{weekday}, {day}. {month}"),
    }
}

/// When what is bought now is sent: `ships from 3 December`. The year only where it is not this one.
pub fn sent_later(locale: Locale, later: SentLater, today: Date) -> String {
    let SentLater::From(date) = later else {
        return say(locale, "stock-sent-when-back");
    };
    let (day, month) = (date.day(), month_name(locale, date.month()));
    let day = match locale {
        _ if date.year() != today.year() => date_with_year(locale, date),
        Locale::En => format!("{day} {month}"),
        Locale::De => format!("{day}. {month}"),
    };
    say_with(locale, "stock-sent-from", &[("date", day.into())])
}

/// `26 November 2026`, `26. November 2026`.
pub fn date_with_year(locale: Locale, date: Date) -> String {
    let (day, month, year) = (date.day(), month_name(locale, date.month()), date.year());
    match locale {
        Locale::En => format!("{day} {month} {year}"),
        Locale::De => format!("{day}. {month} {year}"),
    }
}

/// The day `business_days` working days (Monday to Friday) after `from`; never a day of a weekend.
pub fn delivery_date(from: OffsetDateTime, business_days: u8) -> Date {
    let mut day = from.date();
    let mut left = business_days;
    loop {
        let works = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if works && left == 0 {
            return day;
        }
        day = day.saturating_add(Duration::DAY);
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left = left.saturating_sub(1);
        }
    }
}

const fn weekday_name(locale: Locale, day: Weekday) -> &'static str {
    let names = match locale {
        Locale::En => [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        Locale::De => [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
    };
    names[day.number_days_from_monday() as usize]
}

const fn month_name(locale: Locale, month: Month) -> &'static str {
    let names = match locale {
        Locale::En => [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        Locale::De => [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
    };
    names[month as usize - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;
    use time::macros::{date, datetime};

    /// Message keys and the variables each uses, from every file of a language.
    fn messages(language: &str) -> BTreeSet<(String, String, BTreeSet<String>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../locales")
            .join(language);
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut key = String::new();
            let mut variables = BTreeSet::new();
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let starts = line.starts_with(|c: char| c.is_ascii_alphabetic());
                if let (true, Some((name, _))) = (starts, line.split_once('=')) {
                    if !key.is_empty() {
                        found.insert((file.clone(), key, std::mem::take(&mut variables)));
                    }
                    key = name.trim().to_owned();
                }
                if !line.starts_with('#') {
                    variables.extend(line.split('$').skip(1).map(|rest| {
                        rest.chars()
                            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                            .collect()
                    }));
                }
            }
            if !key.is_empty() {
                found.insert((file, key, variables));
            }
        }
        found
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (english, german) = (messages("en"), messages("de"));
        assert!(
            english.len() > 20,
            "only {} messages were found",
            english.len()
        );
        let missing: Vec<_> = english.symmetric_difference(&german).collect();
        assert!(
            missing.is_empty(),
            "not the same in both languages: {missing:#?}"
        );
    }

    #[test]
    fn every_message_can_be_said() {
        for (_, key, variables) in messages("en") {
            let arguments: Vec<_> = variables.iter().map(|name| (&**name, 2.into())).collect();
            for locale in Locale::ALL {
                let text = say_with(locale, &key, &arguments);
                assert!(
                    text != key && !text.contains("{$"),
                    "{locale} {key}: {text}"
                );
            }
        }
    }

    #[test]
    fn a_message_no_file_has_is_said_as_its_key() {
        assert_eq!(
            say(Locale::De, "catalog-no-such-thing"),
            "catalog-no-such-thing"
        );
    }

    #[test]
    fn plurals_and_languages_differ() {
        let about =
            |locale, count: i64| say_with(locale, "catalog-about", &[("count", count.into())]);
        assert_eq!(about(Locale::En, 1), "1 thing");
        assert_eq!(about(Locale::En, 60), "about 60 things");
        assert_eq!(about(Locale::De, 60), "etwa 60 Dinge");
    }

    #[test]
    fn writes_dates_as_each_language_does() {
        let day = date!(2026 - 11 - 26);
        assert_eq!(date(Locale::En, day), "Thursday 26 November");
        assert_eq!(date(Locale::De, day), "Donnerstag, 26. November");
        assert_eq!(date_with_year(Locale::De, day), "26. November 2026");
    }

    #[test]
    fn nothing_is_delivered_at_a_weekend() {
        let friday = datetime!(2026-11-27 15:00 UTC);
        assert_eq!(delivery_date(friday, 0), date!(2026 - 11 - 27));
        assert_eq!(delivery_date(friday, 1), date!(2026 - 11 - 30));
        assert_eq!(delivery_date(friday, 6), date!(2026 - 12 - 07));
        let saturday = datetime!(2026-11-28 09:00 UTC);
        assert_eq!(delivery_date(saturday, 0), date!(2026 - 11 - 30));
        assert_eq!(delivery_date(saturday, 1), date!(2026 - 11 - 30));
    }
}
