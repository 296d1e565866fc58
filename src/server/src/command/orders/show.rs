//! `rialto orders show`.

use super::{money, state_name};
use crate::command::table::{Table, moment, say};
use domain::fulfilment::{Followed, Part};
use shop::order::Sheet;

/// Prints a sheet for people.
pub(super) fn show(sheet: &Sheet) {
    let mut head = Table::new(&["Order", &sheet.number]);
    let address = &sheet.address;
    let to = [
        &address.name,
        &address.line1,
        &address.line2,
        &address.postcode,
        &address.city,
        &address.region,
    ];
    let to: Vec<&str> = to
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    for (name, value) in [
        ("State", state_name(sheet.state)),
        ("Placed (UTC)", moment(sheet.placed_at)),
        ("Market", format!("{} ({})", sheet.market, sheet.locale)),
        ("E-mail", sheet.email.clone()),
        ("Goes to", format!("{}, {}", to.join(", "), address.country)),
        ("Delivery", sheet.delivery.clone()),
        ("Total", money(sheet.quote.total)),
        (
            "Paid by cards",
            sheet.quote.credit.map(money).unwrap_or_default(),
        ),
        ("The provider sent back", money(sheet.refunded)),
        ("Page", sheet.link.clone()),
    ] {
        head.row([name.to_owned(), value]);
    }
    if let Some(at) = sheet.called_off_at {
        head.row(["Called off".to_owned(), moment(at)]);
    }
    say(head);
    let mut lines = Table::new(&[
        "Line",
        "SKU",
        "What",
        "Bought",
        "Shipped",
        "Withdrawn",
        "Returned",
        "Refunded",
        "Price",
    ]);
    for line in &sheet.lines {
        let units = line.units;
        let what = [line.line.title.as_str(), line.line.options.as_str()];
        let what: Vec<&str> = what.into_iter().filter(|part| !part.is_empty()).collect();
        let counts = [
            units.bought,
            units.shipped,
            units.withdrawn,
            units.returned,
            units.refunded,
        ];
        let mut cells = vec![
            line.position.to_string(),
            line.line.sku.clone(),
            what.join(", "),
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(money(line.line.unit_price));
        lines.row(cells);
    }
    say(format_args!("\n{lines}"));
    show_followed(&sheet.followed);
    let text =
        |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut log = Table::new(&["What was done", "By", "At"]);
    for entry in sheet.log.as_array().into_iter().flatten() {
        log.row([
            text(entry, "action"),
            text(entry, "cause"),
            text(entry, "at"),
        ]);
    }
    say(format_args!("\n{log}"));
}

/// Parcels, returns and refunds.
fn show_followed(followed: &Followed) {
    let listed = |parts: &[Part]| {
        let named = |part: &Part| format!("{}={}", part.line, part.quantity);
        parts.iter().map(named).collect::<Vec<_>>().join(" ")
    };
    if !followed.shipments.is_empty() {
        let mut table = Table::new(&[
            "Parcel", "State", "Lines", "Carrier", "Tracking", "Link", "Label",
        ]);
        for one in &followed.shipments {
            table.row([
                one.number.to_string(),
                one.state.to_string(),
                listed(&one.lines),
                one.carrier.clone(),
                one.tracking_code.clone().unwrap_or_default(),
                one.tracking_url.clone().unwrap_or_default(),
                one.label_url.clone().unwrap_or_default(),
            ]);
        }
        say(format_args!("\n{table}"));
    }
    if !followed.returns.is_empty() {
        let mut table = Table::new(&["Return", "State", "Lines", "Reason", "Announced (UTC)"]);
        for one in &followed.returns {
            let (state, reason) = (one.state.to_string(), one.reason.to_string());
            table.row([
                one.number.to_string(),
                state,
                listed(&one.lines),
                reason,
                moment(one.at),
            ]);
        }
        say(format_args!("\n{table}"));
    }
    if !followed.refunds.is_empty() {
        let mut table = Table::new(&[
            "Refund",
            "State",
            "Amount",
            "Of it to cards",
            "Because",
            "Asked for (UTC)",
            "Failure",
        ]);
        for one in &followed.refunds {
            table.row([
                one.id.to_string(),
                one.state.to_string(),
                money(one.amount),
                one.to_cards.map(money).unwrap_or_default(),
                one.reason.to_string(),
                moment(one.at),
                one.failure.clone().unwrap_or_default(),
            ]);
        }
        say(format_args!("\n{table}"));
    }
}
