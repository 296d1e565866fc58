//! The dashboard: what happened, and forms to make things go wrong. Plain HTML.

mod forms;
mod rows;

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{Redirect, Response},
    routing::{get, post},
};

use crate::{
    control::ledger::{Sums, sums},
    faults::{Kind, WebhookRules, operation},
    hosted::page,
    money,
    provider::Provider,
    store::model::Service,
};
use rows::{ChargeRow, EventRow, PageRow, ParcelRow, RuleRow};

const HOME: &str = "/simulator/dashboard";

/// The routes of the dashboard.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/", get(|| async { Redirect::to(HOME) }))
        .route(HOME, get(show))
        .route("/simulator/dashboard/fault", post(forms::add_fault))
        .route("/simulator/dashboard/down", post(forms::set_down))
        .route("/simulator/dashboard/webhooks", post(forms::set_webhooks))
        .route("/simulator/dashboard/target", post(forms::set_target))
        .route("/simulator/dashboard/clear", post(forms::clear))
        .route("/simulator/dashboard/resend/{id}", post(forms::resend))
        .route("/simulator/dashboard/parcel/{code}", post(forms::advance))
}

/// A provider, and whether it is down.
struct ServiceRow {
    name: &'static str,
    down: Option<&'static str>,
}

/// Rules for webhooks, and whose.
struct HookRow {
    whose: &'static str,
    rules: WebhookRules,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    shop: String,
    totals: Vec<String>,
    counts: String,
    targets: Vec<String>,
    target: String,
    services: Vec<ServiceRow>,
    kinds: Vec<(String, &'static str)>,
    operations: BTreeSet<&'static str>,
    rules: Vec<RuleRow>,
    webhooks: WebhookRules,
    webhooks_of: Vec<HookRow>,
    pages: Vec<PageRow>,
    charges: Vec<ChargeRow>,
    parcels: Vec<ParcelRow>,
    events: Vec<EventRow>,
}

async fn show(State(provider): State<Arc<Provider>>) -> Response {
    page(StatusCode::OK, &draw(&provider))
}

fn draw(provider: &Provider) -> Dashboard {
    let faults = provider.faults.show();
    let down = faults.down.unwrap_or_default();
    let desk = provider.desk();
    let books = &desk.books;
    let total = |provider: &str, currency: &String, sums: &Sums| {
        format!(
            "{provider}: {} in {} captures, {} in {} refunds",
            money::format(sums.captured, currency),
            sums.captures,
            money::format(sums.refunded, currency),
            sums.refunds
        )
    };
    let (_, each) = sums(books);
    let totals = each.iter().flat_map(|(provider, sums)| {
        sums.iter()
            .map(move |(currency, sums)| total(provider, currency, sums))
    });
    let targets = Service::ALL.into_iter().filter_map(|service| {
        let url = provider.target(service)?;
        Some(format!("{}: {url}", service.name()))
    });
    let kinds = [
        Kind::Slow,
        Kind::Status500,
        Kind::Reset,
        Kind::Garbage,
        Kind::Trickle,
        Kind::ChargeThenTimeout,
    ];
    Dashboard {
        shop: provider.settings.shop_name.clone(),
        totals: totals.collect(),
        counts: format!(
            "{} sessions, {} PayPal orders, {} charges, {} PayPal captures, {} refunds, {} parcels, {} events",
            books.sessions.len(),
            books.paypal.orders.len(),
            books.charges.len(),
            books.paypal.captures.len(),
            books.refunds.len() + books.paypal.refunds.len(),
            books.carrier.trackers.len(),
            books.events.len()
        ),
        targets: targets.collect(),
        target: provider
            .target(Service::Stripe)
            .map_or_else(String::new, String::from),
        services: Service::ALL
            .into_iter()
            .map(|service| ServiceRow {
                name: service.name(),
                down: down.get(&service).map(|kind| kind.words()),
            })
            .collect(),
        kinds: kinds
            .into_iter()
            .filter_map(|kind| {
                let name = serde_json::to_value(kind).ok()?;
                Some((name.as_str()?.to_owned(), kind.words()))
            })
            .collect(),
        operations: operation::ALL
            .iter()
            .map(|operation| operation.name)
            .collect(),
        rules: faults
            .requests
            .unwrap_or_default()
            .iter()
            .map(rows::rule)
            .collect(),
        webhooks: faults.webhooks.unwrap_or_default(),
        webhooks_of: faults
            .webhooks_of
            .unwrap_or_default()
            .into_iter()
            .map(|(service, rules)| HookRow {
                whose: service.name(),
                rules,
            })
            .collect(),
        pages: rows::pages(books),
        charges: rows::charges(books),
        parcels: rows::parcels(books),
        events: rows::events(books),
    }
}
