//! Stripe's rules for amounts: smallest units per currency, minimum and maximum charges
//! (<https://docs.stripe.com/currencies>).

/// Currencies without decimals: an amount of 500 is ¥500.
const ZERO_DECIMAL: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// Currencies with three decimals, whose last digit Stripe wants to be zero.
const THREE_DECIMAL: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Currencies without decimals in life that Stripe keeps in hundredths: only whole units pass.
const WHOLE_HUNDREDTHS: [&str; 2] = ["isk", "ugx"];

const TWO_DECIMAL: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd \
    cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils \
    inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok \
    npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd \
    twd tzs uah usd uyu uzs wst xcd yer zar zmw";

/// The most that one charge may be: eight digits of the smallest unit.
pub const MOST: i64 = 99_999_999;

/// Whether Stripe takes this currency (lower case, three letters).
pub fn known(currency: &str) -> bool {
    ZERO_DECIMAL.contains(&currency)
        || THREE_DECIMAL.contains(&currency)
        || WHOLE_HUNDREDTHS.contains(&currency)
        || TWO_DECIMAL.split_whitespace().any(|code| code == currency)
}

/// How many decimals the smallest unit stands for.
pub fn decimals(currency: &str) -> u32 {
    if ZERO_DECIMAL.contains(&currency) {
        0
    } else if THREE_DECIMAL.contains(&currency) {
        3
    } else {
        2
    }
}

/// An amount of Stripe's smallest unit in minor units of ISO 4217, which for three currencies are others.
pub fn minor(amount: i64, currency: &str) -> i64 {
    if WHOLE_HUNDREDTHS.contains(&currency) {
        amount / 100
    } else if currency == "mga" {
        amount.saturating_mul(100)
    } else {
        amount
    }
}

/// The multiple that every amount in this currency must be.
pub fn step(currency: &str) -> i64 {
    if THREE_DECIMAL.contains(&currency) {
        10
    } else if WHOLE_HUNDREDTHS.contains(&currency) {
        100
    } else {
        1
    }
}

/// The least that one charge may be, in the smallest unit.
pub fn least(currency: &str) -> i64 {
    match currency {
        "gbp" => 30,
        "aed" | "myr" | "pln" | "ron" => 200,
        "bgn" => 100,
        "czk" => 1500,
        "dkk" => 250,
        "hkd" => 400,
        "huf" => 17_500,
        "mxn" | "thb" => 1000,
        "nok" | "sek" => 300,
        "aud" | "brl" | "cad" | "chf" | "eur" | "inr" | "jpy" | "nzd" | "sgd" | "usd" => 50,
        // Stripe publishes no figure: it converts to the account's currency.
        _ => 1,
    }
}

/// An amount as a person reads it: `€1,234.50`, `¥500`, `KWD 5.120`.
pub fn format(amount: i64, currency: &str) -> String {
    let digits = decimals(currency);
    let unit = 10_u64.pow(digits);
    let whole = (amount.unsigned_abs() / unit).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0 { "−" } else { "" };
    let symbol = match currency {
        "eur" => "€".to_owned(),
        "usd" => "$".to_owned(),
        "gbp" => "£".to_owned(),
        "jpy" => "¥".to_owned(),
        other => format!("{}\u{a0}", other.to_ascii_uppercase()),
    };
    if digits == 0 {
        format!("{sign}{symbol}{grouped}")
    } else {
        let rest = amount.unsigned_abs() % unit;
        format!(
            "{sign}{symbol}{grouped}.{rest:0width$}",
            width = digits as usize
        )
    }
}

/// An amount of minor units as a plain decimal number: `1234.50`, `500`.
pub fn plain(amount: i64, currency: &str) -> String {
    let digits = decimals(currency);
    let unit = 10_u64.pow(digits);
    let (whole, rest) = (amount.unsigned_abs() / unit, amount.unsigned_abs() % unit);
    let sign = if amount < 0 { "-" } else { "" };
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{rest:0width$}", width = digits as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_their_currency_writes_them() {
        assert_eq!(format(123_450, "eur"), "€1,234.50");
        assert_eq!(format(5, "usd"), "$0.05");
        assert_eq!(format(1_500, "jpy"), "¥1,500");
        assert_eq!(format(5_120, "kwd"), "KWD\u{a0}5.120");
        assert_eq!(format(100_000_000, "eur"), "€1,000,000.00");
    }

    #[test]
    fn every_listed_currency_is_known_once() {
        for code in TWO_DECIMAL.split_whitespace() {
            assert!(known(code), "{code}");
            assert_eq!(decimals(code), 2, "{code}");
            assert!(!ZERO_DECIMAL.contains(&code) && !THREE_DECIMAL.contains(&code));
        }
        assert!(!known("xyz") && !known("EUR"));
    }
}
