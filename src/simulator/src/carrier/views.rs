//! The objects as the API shows them.

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::{
    money,
    store::model::carrier::{Address, Rate, Shipment, Tracker, TrackerStatus},
};

/// A moment as EasyPost writes it.
pub fn moment(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[derive(Serialize)]
pub struct ShipmentView<'a> {
    id: &'a str,
    object: &'static str,
    mode: &'static str,
    reference: Option<&'a str>,
    status: &'static str,
    created_at: String,
    updated_at: String,
    from_address: &'a Address,
    to_address: &'a Address,
    parcel: ParcelView,
    rates: Vec<RateView<'a>>,
    /// Why there is no rate.
    messages: Vec<Message>,
    selected_rate: Option<RateView<'a>>,
    postage_label: Option<LabelView<'a>>,
    tracking_code: Option<&'a str>,
    tracker: Option<TrackerView<'a>>,
}

#[derive(Serialize)]
struct ParcelView {
    object: &'static str,
    weight: f64,
}

#[derive(Serialize)]
struct Message {
    carrier: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct RateView<'a> {
    id: &'a str,
    object: &'static str,
    shipment_id: &'a str,
    carrier: &'a str,
    service: &'a str,
    rate: String,
    currency: String,
    delivery_days: u32,
}

#[derive(Serialize)]
struct LabelView<'a> {
    id: &'a str,
    object: &'static str,
    created_at: String,
    label_url: String,
    label_file_type: &'static str,
    label_size: &'static str,
}

fn rate_view<'a>(rate: &'a Rate, shipment: &'a str) -> RateView<'a> {
    RateView {
        id: &rate.id,
        object: "Rate",
        shipment_id: shipment,
        carrier: &rate.carrier,
        service: &rate.service,
        rate: money::plain(rate.amount, &rate.currency),
        currency: rate.currency.to_ascii_uppercase(),
        delivery_days: rate.days,
    }
}

impl<'a> ShipmentView<'a> {
    /// The shipment as it is, with the tracker of its label.
    pub fn new(shipment: &'a Shipment, tracker: Option<&'a Tracker>, origin: &str) -> Self {
        let label = shipment.label.as_ref();
        let rate = |rate| rate_view(rate, &shipment.id);
        let chosen = label.and_then(|label| {
            let mut rates = shipment.rates.iter();
            rates.find(|rate| rate.id == label.rate)
        });
        let nobody = shipment.rates.is_empty().then_some(Message {
            carrier: "USPS",
            kind: "rate_error",
            message: "The parcel is too heavy.",
        });
        Self {
            id: &shipment.id,
            object: "Shipment",
            mode: "test",
            reference: shipment.reference.as_deref(),
            status: tracker.map_or("unknown", |_| "pre_transit"),
            created_at: moment(shipment.created),
            updated_at: moment(label.map_or(shipment.created, |label| label.created)),
            from_address: &shipment.from,
            to_address: &shipment.to,
            parcel: ParcelView {
                object: "Parcel",
                // At most ten million tenths, which a double holds exactly.
                weight: shipment.weight as f64 / 10.0,
            },
            rates: shipment.rates.iter().map(rate).collect(),
            messages: nobody.into_iter().collect(),
            selected_rate: chosen.map(rate),
            postage_label: label.map(|label| LabelView {
                id: &label.id,
                object: "PostageLabel",
                created_at: moment(label.created),
                label_url: format!("{origin}/labels/{}.svg", shipment.id),
                label_file_type: "image/svg+xml",
                label_size: "4x6",
            }),
            tracking_code: label.map(|label| label.tracking_code.as_str()),
            tracker: tracker.map(|tracker| TrackerView::new(tracker, origin)),
        }
    }
}

#[derive(Serialize)]
pub struct TrackerView<'a> {
    id: &'a str,
    object: &'static str,
    mode: &'static str,
    tracking_code: &'a str,
    status: TrackerStatus,
    created_at: String,
    updated_at: String,
    shipment_id: &'a str,
    carrier: &'a str,
    public_url: String,
    tracking_details: Vec<DetailView>,
}

#[derive(Serialize)]
struct DetailView {
    object: &'static str,
    message: &'static str,
    status: TrackerStatus,
    datetime: String,
}

impl<'a> TrackerView<'a> {
    /// The tracker as it is.
    pub fn new(tracker: &'a Tracker, origin: &str) -> Self {
        Self {
            id: &tracker.id,
            object: "Tracker",
            mode: "test",
            tracking_code: &tracker.tracking_code,
            status: tracker.status,
            created_at: moment(tracker.created),
            updated_at: moment(tracker.updated),
            shipment_id: &tracker.shipment,
            carrier: &tracker.carrier,
            public_url: format!("{origin}/track/{}", tracker.tracking_code),
            tracking_details: tracker
                .way
                .iter()
                .map(|step| DetailView {
                    object: "TrackingDetail",
                    message: step.status.words(),
                    status: step.status,
                    datetime: moment(step.at),
                })
                .collect(),
        }
    }
}
