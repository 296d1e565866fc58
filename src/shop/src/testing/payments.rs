//! The payment provider of tests that don't pay.

use crate::payment::{
    Answer, Attempt, Notice, PaymentProvider, ProviderError, Refund, Report, Started, WebhookError,
};
use futures::FutureExt;
use time::OffsetDateTime;

/// A provider that never answers, so that nothing is known of any payment.
pub struct Unreachable;

fn no_answer<T: Send + 'static>() -> Answer<'static, T> {
    std::future::ready(Err(ProviderError::Unknown("unreachable".to_owned()))).boxed()
}

impl PaymentProvider for Unreachable {
    fn name(&self) -> &'static str {
        "unreachable"
    }

    fn start<'a>(&'a self, _: &'a Attempt) -> Answer<'a, Started> {
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

    fn read_webhook(&self, _: &str, _: &[u8], _: OffsetDateTime) -> Result<Notice, WebhookError> {
        Err(WebhookError::Forged)
    }

    fn read_notice(&self, _: &serde_json::Value) -> Result<Notice, WebhookError> {
        Err(WebhookError::Malformed)
    }
}
