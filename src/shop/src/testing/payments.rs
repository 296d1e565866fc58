//! The payment provider of tests that don't pay.

use crate::payment::{
    Answer, Attempt, Limits, Notice, PaymentProvider, ProviderError, Refund, Report, Started,
    WebhookError,
};
use domain::Money;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::HeaderMap;
use std::time::Duration;
use time::OffsetDateTime;

/// Providers are waited for as long as a busy machine may take, and asked again at once after any number of failures.
pub fn patient() -> Limits {
    Limits {
        pause: Duration::ZERO,
        patience: Duration::from_secs(20),
        deadline: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// A provider that never answers, so that nothing is known of any payment.
pub struct Unreachable;

fn no_answer<T: Send + 'static>() -> Answer<'static, T> {
    std::future::ready(Err(ProviderError::Unknown("unreachable".to_owned()))).boxed()
}

impl PaymentProvider for Unreachable {
    fn name(&self) -> &'static str {
        "unreachable"
    }

    fn takes(&self, _: Money) -> Result<(), String> {
        Ok(())
    }

    fn start<'a>(&'a self, _: &'a Attempt) -> Answer<'a, Started> {
        no_answer()
    }

    fn find<'a>(&'a self, _: &'a Attempt) -> Answer<'a, Option<Report>> {
        no_answer()
    }

    fn ask<'a>(&'a self, _: &'a str) -> Answer<'a, Report> {
        no_answer()
    }

    fn expire<'a>(&'a self, _: &'a str) -> Answer<'a, Report> {
        no_answer()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> Answer<'a, ()> {
        no_answer()
    }

    fn read_webhook<'a>(
        &'a self,
        _: &'a HeaderMap,
        _: &'a [u8],
        _: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        std::future::ready(Err(WebhookError::Forged)).boxed()
    }

    fn read_notice(&self, _: &serde_json::Value) -> Result<Notice, WebhookError> {
        Err(WebhookError::Malformed)
    }
}
