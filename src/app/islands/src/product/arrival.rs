//! The day a parcel arrives: said in the browser, because a cached page knows no date.

use domain::Locale;
use wasm_bindgen::JsValue;

/// The weekday and date `days` business days from now, in the browser's time zone.
pub fn date(days: u8, locale: Locale) -> String {
    let date = js_sys::Date::new_0();
    let mut left = days;
    while left > 0 {
        date.set_date(date.get_date() + 1);
        let is_weekend = matches!(date.get_day(), 0 | 6);
        left -= u8::from(!is_weekend);
    }
    let tag = match locale {
        Locale::En => "en-GB",
        Locale::De => "de-DE",
    };
    let style = js_sys::JSON::parse(r#"{"weekday":"long","day":"numeric","month":"long"}"#)
        .unwrap_or(JsValue::UNDEFINED);
    date.to_locale_date_string(tag, &style).into()
}
