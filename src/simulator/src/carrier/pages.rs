//! What the carrier's answers link to: a label to print, and a page that shows where a parcel is.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::views::moment;
use crate::{hosted::page, provider::Provider, store::model::carrier::Address};

pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/labels/{file}", get(label))
        .route("/track/{code}", get(track))
}

#[derive(Template)]
#[template(path = "label.svg", escape = "html")]
struct LabelPage {
    from: Vec<String>,
    to: Vec<String>,
    code: String,
    service: String,
}

fn lines(address: &Address) -> Vec<String> {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let town = format!("{} {}", text(&address.zip), text(&address.city));
    let all = [
        text(&address.name),
        text(&address.street1),
        text(&address.street2),
        town.trim().to_owned(),
        text(&address.country),
    ];
    all.into_iter().filter(|line| !line.is_empty()).collect()
}

async fn label(State(provider): State<Arc<Provider>>, Path(file): Path<String>) -> Response {
    let id = file.strip_suffix(".svg").unwrap_or(&file);
    let found = {
        let desk = provider.desk();
        desk.books.carrier.shipments.get(id).and_then(|shipment| {
            let label = shipment.label.as_ref()?;
            let rate = shipment.rates.iter().find(|rate| rate.id == label.rate)?;
            Some(LabelPage {
                from: lines(&shipment.from),
                to: lines(&shipment.to),
                code: label.tracking_code.clone(),
                service: format!("{} {}", rate.carrier, rate.service),
            })
        })
    };
    match found.map(|label| label.render()) {
        Some(Ok(drawn)) => ([(header::CONTENT_TYPE, "image/svg+xml")], drawn).into_response(),
        Some(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

struct Step {
    at: String,
    words: &'static str,
}

#[derive(Template)]
#[template(path = "track.html")]
struct TrackPage {
    carrier: String,
    code: String,
    way: Vec<Step>,
}

async fn track(State(provider): State<Arc<Provider>>, Path(code): Path<String>) -> Response {
    let found = {
        let desk = provider.desk();
        desk.books.carrier.tracker_of(&code).cloned()
    };
    let Some(tracker) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let way = tracker.way.iter().rev().map(|step| Step {
        at: moment(step.at),
        words: step.status.words(),
    });
    page(
        StatusCode::OK,
        &TrackPage {
            way: way.collect(),
            carrier: tracker.carrier,
            code: tracker.tracking_code,
        },
    )
}
