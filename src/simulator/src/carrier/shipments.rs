//! Shipments: what sending a parcel would cost, and the label that is bought for it.

use serde::Deserialize;

use super::{
    Ask, CarrierError,
    trackers::event,
    views::{ShipmentView, TrackerView},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change,
            carrier::{Address, Label, Moment, Rate, Shipment, Touched, Tracker, TrackerStatus},
            new_id,
        },
    },
};

/// 70 lb, in tenths of an ounce: no service takes more.
const HEAVIEST: i64 = 11_200;

#[derive(Deserialize)]
struct Body {
    shipment: NewShipment,
}

#[derive(Deserialize)]
struct NewShipment {
    reference: Option<String>,
    from_address: Option<Address>,
    to_address: Option<Address>,
    parcel: Option<NewParcel>,
}

#[derive(Deserialize)]
struct NewParcel {
    /// In ounces.
    weight: Option<f64>,
}

/// A service that there is: its carrier, its name, its price without weight and for each ounce (in hundredths), its days.
type Tariff = (&'static str, &'static str, i64, i64, u32);

const AMERICAN: [Tariff; 3] = [
    ("USPS", "GroundAdvantage", 480, 8, 5),
    ("USPS", "Priority", 860, 14, 2),
    ("UPS", "NextDayAir", 3_950, 60, 1),
];
const OTHER: [Tariff; 3] = [
    ("DHLPaket", "Paket", 549, 5, 2),
    ("DPD", "Classic", 620, 4, 3),
    ("DHLExpress", "ExpressWorldwide", 2_490, 35, 1),
];

/// Crossing a border costs so many times as much, and takes so many days longer.
const ABROAD: (i64, u32) = (2, 4);

fn rates(from: &Address, to: &Address, weight: i64) -> Vec<Rate> {
    if weight > HEAVIEST {
        return Vec::new();
    }
    let country = from.country.as_deref().unwrap_or_default();
    let (tariffs, currency) = match country {
        "US" => (AMERICAN, "usd"),
        "GB" => (OTHER, "gbp"),
        "CH" => (OTHER, "chf"),
        "JP" => (OTHER, "jpy"),
        _ => (OTHER, "eur"),
    };
    let (times, longer) = if to.country == from.country {
        (1, 0)
    } else {
        ABROAD
    };
    tariffs
        .into_iter()
        .map(|(carrier, service, base, each, days)| Rate {
            id: new_id("rate_"),
            carrier: carrier.to_owned(),
            service: service.to_owned(),
            amount: (base + each * weight / 10) * times,
            currency: currency.to_owned(),
            days: days + longer,
        })
        .collect()
}

fn checked(address: Option<Address>, which: &str) -> Result<Address, CarrierError> {
    let invalid = |field: &str| {
        CarrierError::invalid(
            "SHIPMENT.INVALID_PARAMS",
            format!(
                "Unable to create shipment, one or more parameters were invalid: {which}.{field} is missing."
            ),
        )
    };
    let address = address.ok_or_else(|| invalid("street1"))?;
    for (field, value) in [
        ("street1", &address.street1),
        ("city", &address.city),
        ("country", &address.country),
    ] {
        if value.as_ref().is_none_or(|text| text.trim().is_empty()) {
            return Err(invalid(field));
        }
    }
    Ok(address)
}

/// POST /v2/shipments
///
/// # Errors
/// No usable address, or no weight.
pub fn create(_: &Books, ask: &Ask<'_>, body: &[u8]) -> Result<(Change, Reply), CarrierError> {
    let Body { shipment: new } = super::read(body)?;
    let from = checked(new.from_address, "from_address")?;
    let to = checked(new.to_address, "to_address")?;
    let weight = new.parcel.and_then(|parcel| parcel.weight);
    let weight = weight.filter(|ounces| *ounces > 0.0 && ounces.is_finite());
    let Some(ounces) = weight else {
        return Err(CarrierError::invalid(
            "PARCEL.WEIGHT.INVALID",
            "parcel.weight must be more than 0 ounces.",
        ));
    };
    // Ounces past this bound are too heavy for everybody.
    let weight = (ounces.min(1_000_000.0) * 10.0).ceil() as i64;
    let shipment = Shipment {
        id: new_id("shp_"),
        created: ask.at,
        reference: new.reference,
        rates: rates(&from, &to, weight),
        from,
        to,
        weight,
        label: None,
    };
    let reply = shown(&shipment, None, ask)?.status(201);
    let mut change = Change::new(ask.at, Cause::ShipmentMade);
    change.carrier = Some(Box::new(Touched {
        shipment: Some(shipment),
        tracker: None,
    }));
    Ok((change, reply))
}

fn shown(
    shipment: &Shipment,
    tracker: Option<&Tracker>,
    ask: &Ask<'_>,
) -> Result<Reply, CarrierError> {
    let view = ShipmentView::new(shipment, tracker, ask.origin);
    Reply::json(&view).map_err(|_| CarrierError::ours())
}

/// By its id, or by the reference that the shop gave it.
fn named<'a>(books: &'a Books, name: &str) -> Result<&'a Shipment, CarrierError> {
    let shipments = &books.carrier.shipments;
    let by_reference = || {
        let mut all = shipments.values().rev();
        all.find(|shipment| shipment.reference.as_deref() == Some(name))
    };
    shipments
        .get(name)
        .or_else(by_reference)
        .ok_or_else(CarrierError::missing)
}

/// GET /v2/shipments/{id}
///
/// # Errors
/// No such shipment.
pub fn find(books: &Books, ask: &Ask<'_>) -> Result<Reply, CarrierError> {
    let shipment = named(books, ask.id)?;
    let label = shipment.label.as_ref();
    let tracker = label.and_then(|label| books.carrier.trackers.get(&label.tracker));
    shown(shipment, tracker, ask)
}

#[derive(Deserialize)]
struct Choice {
    rate: Chosen,
}

#[derive(Deserialize)]
struct Chosen {
    id: String,
}

/// POST /v2/shipments/{id}/buy
///
/// # Errors
/// No such shipment or rate, or bought before.
pub fn buy(books: &Books, ask: &Ask<'_>, body: &[u8]) -> Result<(Change, Reply), CarrierError> {
    let mut shipment = named(books, ask.id)?.clone();
    if shipment.label.is_some() {
        return Err(CarrierError::invalid(
            "SHIPMENT.POSTAGE.EXISTS",
            "Postage already exists for this shipment.",
        ));
    }
    let Choice { rate } = super::read(body)?;
    let rate = shipment.rates.iter().find(|known| known.id == rate.id);
    let Some(rate) = rate else {
        return Err(CarrierError::invalid(
            "SHIPMENT.INVALID_PARAMS",
            "The rate is none of this shipment's.",
        ));
    };
    let tracker = Tracker {
        id: new_id("trk_"),
        created: ask.at,
        updated: ask.at,
        tracking_code: new_id("SIM").to_ascii_uppercase(),
        carrier: rate.carrier.clone(),
        status: TrackerStatus::PreTransit,
        shipment: shipment.id.clone(),
        way: vec![Moment {
            status: TrackerStatus::PreTransit,
            at: ask.at,
        }],
    };
    shipment.label = Some(Label {
        id: new_id("pl_"),
        created: ask.at,
        rate: rate.id.clone(),
        tracking_code: tracker.tracking_code.clone(),
        tracker: tracker.id.clone(),
    });
    let reply = shown(&shipment, Some(&tracker), ask)?;
    let mut change = Change::new(ask.at, Cause::LabelBought);
    let view = TrackerView::new(&tracker, ask.origin);
    let told = event("tracker.created", &view, None, ask.at);
    change.events.push(told.map_err(|_| CarrierError::ours())?);
    change.carrier = Some(Box::new(Touched {
        shipment: Some(shipment),
        tracker: Some(tracker),
    }));
    Ok((change, reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavier_and_farther_costs_more_and_too_heavy_is_taken_by_nobody() {
        let place = |country: &str| Address {
            country: Some(country.to_owned()),
            ..Address::default()
        };
        let cheapest = |to: &str, weight| {
            let rates = rates(&place("DE"), &place(to), weight);
            rates.iter().map(|rate| rate.amount).min()
        };
        assert!(cheapest("DE", 100) < cheapest("DE", 5_000));
        assert!(cheapest("DE", 100) < cheapest("FR", 100));
        assert_eq!(cheapest("DE", HEAVIEST + 1), None);
    }
}
