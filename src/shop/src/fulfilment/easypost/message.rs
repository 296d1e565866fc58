//! What is said to EasyPost, and what it answers.

use crate::fulfilment::carrier::{
    CarrierError, Event, Label, NoticeError, Offer, Parcel, Rate, Tracking, TrackingNotice,
};
use domain::Money;
use domain::checkout::Address;
use domain::fulfilment::ShipmentEvent;
use serde::Deserialize;
use serde_json::{Value, json};

/// The international avoirdupois ounce is exactly 28.349523125 g.
const GRAMS_OF_AN_OUNCE: f64 = 28.349_523_125;

pub(super) fn shipment(parcel: &Parcel) -> Value {
    json!({ "shipment": {
        "reference": parcel.reference,
        "from_address": address(&parcel.from, None),
        "to_address": address(&parcel.to, Some(&parcel.email)),
        "parcel": { "weight": ounces(parcel.weight_g) },
    } })
}

/// EasyPost takes ounces with one decimal. Rounded up: a parcel that is declared too light is sent back.
fn ounces(grams: u32) -> f64 {
    (f64::from(grams.max(1)) / GRAMS_OF_AN_OUNCE * 10.0).ceil() / 10.0
}

fn address(of: &Address, email: Option<&str>) -> Value {
    json!({
        "name": of.name,
        "street1": of.line1,
        "street2": of.line2,
        "city": of.city,
        "state": of.region,
        "zip": of.postcode,
        "country": of.country.as_str(),
        "phone": of.phone,
        "email": email,
    })
}

#[derive(Deserialize)]
pub(super) struct Shipment {
    id: String,
    #[serde(default)]
    rates: Vec<RateReply>,
    #[serde(default)]
    selected_rate: Option<RateReply>,
    #[serde(default)]
    postage_label: Option<PostageLabel>,
    #[serde(default)]
    tracking_code: Option<String>,
    #[serde(default)]
    tracker: Option<Tracker>,
}

#[derive(Deserialize)]
struct RateReply {
    id: String,
    carrier: String,
    service: String,
    /// Decimal, major units.
    rate: String,
    currency: String,
    #[serde(default)]
    delivery_days: Option<u32>,
}

#[derive(Deserialize)]
struct PostageLabel {
    label_url: String,
}

#[derive(Deserialize)]
pub(super) struct Tracker {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    tracking_code: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    public_url: Option<String>,
}

impl Shipment {
    /// The rates that can be read, cheapest first.
    pub(super) fn offer(self) -> Result<Offer, CarrierError> {
        let mut rates: Vec<Rate> = self
            .rates
            .into_iter()
            .filter_map(|rate| {
                let currency = rate.currency.parse().ok()?;
                let price = Money::parse(&rate.rate, currency).ok()?;
                (price.minor >= 0).then_some(Rate {
                    reference: rate.id,
                    carrier: rate.carrier,
                    service: rate.service,
                    price,
                    days: rate.delivery_days,
                })
            })
            .collect();
        if rates.is_empty() {
            return Err(CarrierError::Refused(
                "it takes no such parcel to that address".to_owned(),
            ));
        }
        rates.sort_by_key(|rate| rate.price.minor);
        Ok(Offer {
            reference: self.id,
            rates,
        })
    }

    pub(super) fn label(self) -> Result<Label, CarrierError> {
        let unbought = || CarrierError::Unknown("it has no label".to_owned());
        let label = self.postage_label.ok_or_else(unbought)?;
        let tracking_code = self
            .tracking_code
            .filter(|code| !code.is_empty())
            .ok_or_else(unbought)?;
        let (tracker, tracking_url) = self.tracker.map_or((None, None), |tracker| {
            (tracker.id, https(tracker.public_url))
        });
        Ok(Label {
            url: label.label_url,
            carrier: self
                .selected_rate
                .map(|rate| rate.carrier)
                .unwrap_or_default(),
            tracking_code,
            tracking_url,
            tracker,
        })
    }
}

impl Tracker {
    pub(super) fn tracking(self) -> Tracking {
        // <https://docs.easypost.com/docs/trackers#tracker-object>
        let event = match self.status.as_str() {
            "delivered" => Event::Moved(ShipmentEvent::Delivered),
            "return_to_sender" | "failure" => Event::Moved(ShipmentEvent::Undeliverable),
            // unknown, pre_transit, in_transit, out_for_delivery, available_for_pickup, cancelled, error
            _ => Event::UnderWay,
        };
        Tracking {
            tracking_code: self.tracking_code,
            tracking_url: https(self.public_url),
            event,
        }
    }
}

/// What a page links to is a web address, whoever said it.
fn https(url: Option<String>) -> Option<String> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://127.0.0.1"))
}

/// A webhook's body: an event whose `result` is what it is about.
pub(super) fn notice(body: &Value) -> Result<TrackingNotice, NoticeError> {
    #[derive(Deserialize)]
    struct Told {
        id: String,
        description: String,
        #[serde(default)]
        result: Value,
    }
    let told = Told::deserialize(body).map_err(|_| NoticeError::Malformed)?;
    if told.id.is_empty() {
        return Err(NoticeError::Malformed);
    }
    let about = if told.description.starts_with("tracker.") {
        let tracker = Tracker::deserialize(&told.result).map_err(|_| NoticeError::Malformed)?;
        if tracker.tracking_code.is_empty() {
            return Err(NoticeError::Malformed);
        }
        Some(tracker.tracking())
    } else {
        None
    };
    Ok(TrackingNotice {
        event: told.id,
        about,
    })
}

/// What an answer that is no success says: `{"error": {"code", "message"}}`.
pub(super) fn refusal(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    let told: String = format!("{} {}", text("code"), text("message"))
        .chars()
        .take(crate::fulfilment::LONGEST)
        .collect();
    told.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_ounces_rounded_up() {
        for (grams, expected) in [(0, 0.1), (1, 0.1), (28, 1.0), (29, 1.1), (400, 14.2)] {
            assert!(
                (ounces(grams) - expected).abs() < 1e-9,
                "{grams}: {}",
                ounces(grams)
            );
        }
    }

    #[test]
    fn the_cheapest_rate_comes_first_and_unreadable_ones_not_at_all() {
        let reply = json!({ "id": "shp_1", "rates": [
            { "id": "rate_1", "carrier": "DHL", "service": "Express", "rate": "12.50", "currency": "EUR", "delivery_days": 1 },
            { "id": "rate_2", "carrier": "DHL", "service": "Paket", "rate": "4.9", "currency": "EUR" },
            { "id": "rate_3", "carrier": "X", "service": "Y", "rate": "a lot", "currency": "EUR" },
            { "id": "rate_4", "carrier": "X", "service": "Y", "rate": "-1", "currency": "EUR" },
            { "id": "rate_5", "carrier": "X", "service": "Y", "rate": "1", "currency": "XXX" },
        ] });
        let shipment: Shipment = serde_json::from_value(reply).unwrap();
        let offer = shipment.offer().unwrap();
        let prices: Vec<_> = offer
            .rates
            .iter()
            .map(|rate| (&*rate.reference, rate.price.minor))
            .collect();
        assert_eq!(prices, [("rate_2", 490), ("rate_1", 1_250)]);
        let none: Shipment = serde_json::from_value(json!({ "id": "shp_1" })).unwrap();
        assert!(matches!(none.offer(), Err(CarrierError::Refused(_))));
    }

    #[test]
    fn a_tracker_moves_a_parcel_or_not() {
        for (status, event) in [
            ("delivered", Event::Moved(ShipmentEvent::Delivered)),
            ("failure", Event::Moved(ShipmentEvent::Undeliverable)),
            (
                "return_to_sender",
                Event::Moved(ShipmentEvent::Undeliverable),
            ),
            ("in_transit", Event::UnderWay),
            ("out_for_delivery", Event::UnderWay),
            ("whatever comes", Event::UnderWay),
        ] {
            let body = json!({ "id": "evt_1", "description": "tracker.updated",
                "result": { "id": "trk_1", "tracking_code": "EZ1", "status": status, "public_url": "javascript:alert(1)" } });
            let about = notice(&body).unwrap().about.unwrap();
            assert_eq!(
                (about.event, about.tracking_code.as_str()),
                (event, "EZ1"),
                "{status}"
            );
            assert_eq!(about.tracking_url, None, "no link but a web address");
        }
    }

    #[test]
    fn what_is_no_event_is_malformed_and_other_events_are_about_nothing() {
        for odd in [
            json!({}),
            json!([]),
            json!({ "id": "", "description": "tracker.updated" }),
            json!({ "id": "evt_1", "description": "tracker.updated", "result": 7 }),
            json!({ "id": "evt_1", "description": "tracker.updated", "result": { "status": "delivered" } }),
        ] {
            assert_eq!(notice(&odd), Err(NoticeError::Malformed), "{odd}");
        }
        let other = json!({ "id": "evt_1", "description": "batch.created", "result": {} });
        assert_eq!(notice(&other).map(|notice| notice.about), Ok(None));
    }
}
