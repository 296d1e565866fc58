//! OAuth 2.0 client credentials (<https://developer.paypal.com/api/rest/authentication/>).
//!
//! A token carries its end and a signature, so that it outlives a restart without a line in the ledger.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::Engine as _;
use serde_json::json;

use crate::{provider::Provider, sign, store::model::now};

/// How long a token holds, in seconds.
const LIFETIME: i64 = 9 * 60 * 60;

/// 401, in OAuth's own shape.
pub struct Unauthorised {
    error: &'static str,
    description: &'static str,
}

impl IntoResponse for Unauthorised {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (StatusCode::UNAUTHORIZED, Json(body)).into_response()
    }
}

fn signature(provider: &Provider, end: i64, generation: u64) -> String {
    let secret = &provider.settings.paypal_client_secret;
    sign::hex(secret, &[format!("{end}.{generation}").as_bytes()])
}

/// POST /v1/oauth2/token
pub async fn give(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let settings = &provider.settings;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, pair)| {
            base64::engine::general_purpose::STANDARD
                .decode(pair.trim())
                .ok()
        });
    let right = format!(
        "{}:{}",
        settings.paypal_client_id, settings.paypal_client_secret
    );
    if given.is_none_or(|given| given != right.as_bytes()) {
        return Unauthorised {
            error: "invalid_client",
            description: "Client Authentication failed",
        }
        .into_response();
    }
    let grant = form_urlencoded::parse(&body)
        .find(|(name, _)| name == "grant_type")
        .map(|(_, value)| value.into_owned());
    if grant.as_deref() != Some("client_credentials") {
        let body = json!({
            "error": "unsupported_grant_type",
            "error_description": "Grant Type is NULL or is not client_credentials",
        });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let generation = provider.tokens.load(Ordering::Acquire);
    let end = now() + LIFETIME;
    let signature = signature(&provider, end, generation);
    Json(json!({
        "scope": "https://uri.paypal.com/services/payments/payment \
                  https://uri.paypal.com/services/payments/refund \
                  https://uri.paypal.com/services/applications/webhooks",
        "access_token": format!("A21AA{end}.{generation}.{signature}"),
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": LIFETIME,
        "nonce": format!("{end}"),
    }))
    .into_response()
}

/// Whether the request carries a token that holds.
///
/// # Errors
/// It does not.
pub fn authorise(provider: &Provider, headers: &HeaderMap) -> Result<(), Unauthorised> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(token) = token else {
        return Err(Unauthorised {
            error: "invalid_token",
            description: "The token passed in was not found in the system",
        });
    };
    let mut parts = token
        .strip_prefix("A21AA")
        .unwrap_or_default()
        .splitn(3, '.');
    let end = parts.next().and_then(|end| end.parse::<i64>().ok());
    let generation = parts.next().and_then(|number| number.parse::<u64>().ok());
    let holds = match (end, generation, parts.next()) {
        (Some(end), Some(generation), Some(given)) => {
            end > now()
                && generation == provider.tokens.load(Ordering::Acquire)
                && given == signature(provider, end, generation)
        }
        _ => false,
    };
    if holds {
        Ok(())
    } else {
        Err(Unauthorised {
            error: "invalid_token",
            description: "Token signature verification failed",
        })
    }
}
