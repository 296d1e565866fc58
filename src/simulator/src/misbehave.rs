//! Carrying out what the faults have decided for a request.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    carrier::CarrierError,
    faults::{Kind, operation},
    paypal::error::PaypalError,
    provider::Provider,
    store::model::Service,
    stripe::error::StripeError,
    wire::Line,
};

/// Lets a fault rule have its way with a request.
pub async fn misbehave(
    State(provider): State<Arc<Provider>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let verdict = provider
        .faults
        .judge(request.method().as_str(), request.uri().path());
    let Some(verdict) = verdict else {
        return next.run(request).await;
    };
    let service = operation::service_of(request.uri().path());
    // In a task of its own, so that what was asked happens even when the caller hangs up: that is the point.
    let act = async move {
        if verdict.kind == Kind::Slow {
            tokio::time::sleep(verdict.pause).await;
        }
        next.run(request).await
    };
    let always = matches!(
        verdict.kind,
        Kind::Slow | Kind::Trickle | Kind::ChargeThenTimeout
    );
    let answer = if always || verdict.effect {
        let lost = || StatusCode::INTERNAL_SERVER_ERROR.into_response();
        tokio::spawn(act).await.unwrap_or_else(|_| lost())
    } else {
        StatusCode::OK.into_response()
    };
    match verdict.kind {
        Kind::Slow => answer,
        Kind::Status500 => failure(service),
        Kind::Reset => line.cut(),
        Kind::Garbage => (
            [(header::CONTENT_TYPE, "application/json")],
            &b"{\"id\": \"cs_te\x00\xff\xfe<html><h1>502 Bad Gat"[..],
        )
            .into_response(),
        Kind::Trickle => trickle(answer, verdict.pause).await,
        Kind::ChargeThenTimeout => {
            tokio::time::sleep(verdict.pause).await;
            line.cut()
        }
    }
}

async fn trickle(answer: Response, pause: Duration) -> Response {
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let drops = futures::stream::unfold(bytes, move |mut rest: Bytes| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let byte = rest.split_to(1);
        Some((Ok::<_, io::Error>(byte), rest))
    });
    let mut response = Response::from_parts(parts, Body::from_stream(drops));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// A provider's own way to say 500.
fn failure(service: Option<Service>) -> Response {
    match service {
        Some(Service::Stripe) => StripeError::ours().into_response(),
        Some(Service::Paypal) => PaypalError::ours().into_response(),
        Some(Service::Carrier) => CarrierError::ours().into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
