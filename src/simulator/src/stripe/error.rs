//! Stripe's error envelope (<https://docs.stripe.com/api/errors>).

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::value::RawValue;

/// An error answer. Boxed, because it is rare and the good answers should stay small.
#[derive(Debug)]
pub struct StripeError(Box<Inner>);

#[derive(Debug, Serialize)]
struct Inner {
    #[serde(skip)]
    status: u16,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_url: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<Box<RawValue>>,
}

impl StripeError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            kind,
            code: None,
            decline_code: None,
            doc_url: None,
            message: message.into(),
            param: None,
            charge: None,
            payment_intent: None,
        }))
    }

    /// 400: the request can't be served as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 401: no key, or not ours.
    pub fn unauthorised(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// 400: an idempotency key that was used for something else.
    pub fn key_reused(message: impl Into<String>) -> Self {
        Self::new(400, "idempotency_error", message)
    }

    /// 402: the card was refused.
    pub fn card(decline: &super::super::store::model::Decline, charge: &str) -> Self {
        let mut error = Self::new(402, "card_error", decline.message.clone()).code(&decline.code);
        error.0.decline_code.clone_from(&decline.decline_code);
        error.0.charge = Some(charge.to_owned());
        error
    }

    /// 404: no such object.
    pub fn missing(object: &str, id: &str, param: &str) -> Self {
        let mut error = Self::invalid(format!("No such {object}: '{id}'"))
            .code("resource_missing")
            .param(param);
        error.0.status = 404;
        error
    }

    /// 404: no such endpoint.
    pub fn unrecognised(method: &str, path: &str) -> Self {
        let mut error = Self::invalid(format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs"
        ));
        error.0.status = 404;
        error
    }

    /// 500: our own fault.
    pub fn ours() -> Self {
        Self::new(500, "api_error", "An unknown error occurred")
    }

    pub fn code(mut self, code: &str) -> Self {
        self.0.code = Some(code.to_owned());
        self.0.doc_url = Some(format!(
            "https://stripe.com/docs/error-codes/{}",
            code.replace('_', "-")
        ));
        self
    }

    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.0.param = Some(param.into());
        self
    }

    /// Names the payment intent that the error is about.
    pub fn intent(mut self, view: &impl Serialize) -> Self {
        self.0.payment_intent = serde_json::value::to_raw_value(view).ok();
        self
    }

    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The envelope as JSON.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: &'a Inner,
        }
        serde_json::to_vec(&Envelope { error: &self.0 }).unwrap_or_default()
    }
}

impl IntoResponse for StripeError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            self.body(),
        )
            .into_response()
    }
}
