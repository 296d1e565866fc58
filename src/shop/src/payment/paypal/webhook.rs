//! Whether a webhook is PayPal's: PayPal is asked, which needs no certificates
//! (<https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post>).

use crate::payment::provider::WebhookError;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// PayPal tries for three days to deliver a webhook; an older one is a replay.
const LATEST: Duration = Duration::hours(75);
/// How far PayPal's clock may be ahead of ours.
const AHEAD: Duration = Duration::hours(2);

/// PayPal's headers of a webhook, and what they are called in the question.
const HEADERS: [(&str, &str); 5] = [
    ("paypal-auth-algo", "auth_algo"),
    ("paypal-cert-url", "cert_url"),
    ("paypal-transmission-id", "transmission_id"),
    ("paypal-transmission-sig", "transmission_sig"),
    ("paypal-transmission-time", "transmission_time"),
];
const LONGEST_HEADER: usize = 2_000;

/// The body of `POST /v1/notifications/verify-webhook-signature`. The webhook stands in it byte by byte as it came: the
/// signature is over its very bytes.
///
/// # Errors
/// [`WebhookError::Forged`] without PayPal's headers, out of time or without a webhook's id; [`WebhookError::Malformed`] for
/// a body that is no JSON object.
pub(super) fn question(
    headers: &HeaderMap,
    body: &[u8],
    webhook_id: &str,
    now: OffsetDateTime,
) -> Result<String, WebhookError> {
    if webhook_id.is_empty() {
        // Not set up: nobody could say whose it is.
        return Err(WebhookError::Forged);
    }
    let mut question = json!({ "webhook_id": webhook_id });
    for (header, name) in HEADERS {
        let value = headers.get(header).and_then(|value| value.to_str().ok());
        let value = value
            .filter(|value| (1..=LONGEST_HEADER).contains(&value.len()))
            .ok_or(WebhookError::Forged)?;
        question[name] = json!(value);
    }
    let sent_at = question["transmission_time"].as_str().unwrap_or_default();
    let sent_at = OffsetDateTime::parse(sent_at, &Rfc3339).map_err(|_| WebhookError::Forged)?;
    let age = now - sent_at;
    if age > LATEST || age < -AHEAD {
        return Err(WebhookError::Forged);
    }
    let text = std::str::from_utf8(body).map_err(|_| WebhookError::Malformed)?;
    let is_object = serde_json::from_str::<Value>(text).is_ok_and(|body| body.is_object());
    if !is_object {
        return Err(WebhookError::Malformed);
    }
    let mut question = question.to_string();
    question.pop();
    question.push_str(",\"webhook_event\":");
    question.push_str(text.trim());
    question.push('}');
    Ok(question)
}

/// PayPal's answer.
#[derive(Deserialize)]
pub(super) struct Verdict {
    verification_status: String,
}

impl Verdict {
    pub(super) fn holds(&self) -> bool {
        self.verification_status == "SUCCESS"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 10:00 UTC);

    fn headers(sent_at: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("paypal-auth-algo", "SHA256withRSA"),
            (
                "paypal-cert-url",
                "https://api.paypal.com/v1/notifications/certs/CERT-1",
            ),
            (
                "paypal-transmission-id",
                "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            ),
            (
                "paypal-transmission-sig",
                "lmI95Jx3Y9nhR5SJWlHVIWpg4AgFk7n9",
            ),
            ("paypal-transmission-time", sent_at),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_event_stands_in_the_question_byte_by_byte() {
        let body = br#" {"id":"WH-1",  "amount":1.10, "b":"\u00e9"} "#;
        let question = question(&headers("2026-11-27T09:59:58Z"), body, "WH-SHOP", NOW).unwrap();
        assert!(
            question.ends_with(r#","webhook_event":{"id":"WH-1",  "amount":1.10, "b":"\u00e9"}}"#),
            "{question}"
        );
        let read: Value = serde_json::from_str(&question).unwrap();
        assert_eq!(read["webhook_id"], "WH-SHOP");
        assert_eq!(read["auth_algo"], "SHA256withRSA");
        assert_eq!(read["transmission_time"], "2026-11-27T09:59:58Z");
    }

    #[test]
    fn what_lacks_a_header_or_comes_out_of_time_is_forged() {
        let ask = |headers: &HeaderMap| question(headers, b"{}", "WH-SHOP", NOW);
        for (header, _) in HEADERS {
            let mut headers = headers("2026-11-27T10:00:00Z");
            headers.remove(header);
            assert_eq!(ask(&headers), Err(WebhookError::Forged), "{header}");
        }
        for odd in [
            "2026-11-24T06:59:59Z",
            "2026-11-27T12:00:01Z",
            "yesterday",
            "1795773600",
        ] {
            assert_eq!(ask(&headers(odd)), Err(WebhookError::Forged), "{odd}");
        }
        for fine in ["2026-11-24T10:00:00Z", "2026-11-27T11:00:00+01:00"] {
            assert!(ask(&headers(fine)).is_ok(), "{fine}");
        }
        let unset = question(&headers("2026-11-27T10:00:00Z"), b"{}", "", NOW);
        assert_eq!(unset, Err(WebhookError::Forged));
    }

    #[test]
    fn nothing_can_be_smuggled_into_the_question() {
        let headers = headers("2026-11-27T10:00:00Z");
        for odd in [
            &br#"{}, "webhook_id": "WH-OTHER""#[..],
            b"{",
            b"[]",
            b"7",
            b"",
            b"\xff",
        ] {
            assert_eq!(
                question(&headers, odd, "WH-SHOP", NOW),
                Err(WebhookError::Malformed)
            );
        }
    }
}
