//! What the provider tells by itself.

mod sql;

use super::provider::WebhookError;
use super::{PaymentError, reconcile};
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, fault, jobs, kept};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

/// Keeps a provider's message, then acts on it; when that does not work out, a job does it later. A message that came
/// before is acknowledged and changes nothing.
///
/// # Errors
/// [`PaymentError::Unknown`] for a provider that is not set up, [`PaymentError::Forged`] for a signature that does not
/// hold or is too old, [`PaymentError::Malformed`], [`PaymentError::Unavailable`] when nobody could tell whether it is
/// genuine; nothing was kept then.
pub async fn webhook(
    shop: &Shop,
    provider: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Failure<PaymentError>> {
    let channel = shop
        .payments
        .of(provider)
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    let now = shop.clock.now();
    let notice = channel.read_webhook(headers, body, now).await;
    let notice = notice.map_err(|error| {
        tracing::debug!(provider, %error, "a webhook is not believed");
        Failure::Refused(match error {
            WebhookError::Forged => PaymentError::Forged,
            WebhookError::Malformed => PaymentError::Malformed,
            WebhookError::Unverified(_) => PaymentError::Unavailable,
        })
    })?;
    let payload = kept::json(body).filter(|_| !notice.event.contains('\0'));
    let payload = payload.ok_or(Failure::Refused(PaymentError::Malformed))?;
    if fault::planted("webhook_unkept") {
        return Ok(());
    }
    let useless = notice.about.is_none();
    let caller = Caller::machine(provider, "webhook");
    let mut tx = shop.begin().await?;
    if !sql::insert_webhook(&mut tx, provider, &notice.event, &payload, now, useless).await? {
        return Ok(());
    }
    let mut kept = None;
    if !useless {
        let event = Event {
            kind: "webhook.received",
            schema_version: 1,
            subject: None,
            customer: None,
            payload: json!({ "provider": provider, "event": notice.event }),
            jobs: &[jobs::WEBHOOK],
        };
        kept = Some(outbox::write(shop, &mut tx, &caller, event).await?);
    }
    tx.commit().await?;
    fault::point("webhook.kept")?;
    if let Some(event) = kept {
        // Kept already: what goes wrong from here on is the job's, not the provider's.
        match handle_event(shop, &caller, provider, &notice.event).await {
            Ok(()) => jobs::finish(shop, jobs::WEBHOOK, event).await?,
            Err(error) => {
                tracing::warn!(provider, event = notice.event, %error, "a webhook will be handled later");
            }
        }
    }
    Ok(())
}

/// What a webhook's job holds.
#[derive(Deserialize)]
struct Kept {
    provider: String,
    event: String,
}

/// Acts on a message that was kept.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn handle(shop: &Shop, caller: &Caller, payload: &Value) -> Result<(), Broken> {
    let Kept { provider, event } = Kept::deserialize(payload)?;
    handle_event(shop, caller, &provider, &event).await
}

async fn handle_event(
    shop: &Shop,
    caller: &Caller,
    provider: &str,
    event: &str,
) -> Result<(), Broken> {
    let Some(body) = sql::unhandled_webhook(&shop.db, provider, event).await? else {
        return Ok(());
    };
    let channel = shop
        .payments
        .of(provider)
        .ok_or_else(|| Broken::Other(format!("provider {provider} is not set up")))?;
    let notice = channel
        .read_notice(&body)
        .map_err(|error| Broken::Other(error.to_string()))?;
    if let Some((number, attempt, report)) = notice.about {
        match sql::find_attempt(&shop.db, provider, &number, attempt.0).await? {
            Some(found) => {
                let of = found.identity();
                match reconcile::settle_heard(shop, caller, channel, of, report).await {
                    Ok(_) => {}
                    // The money still has to be captured.
                    Err(Failure::Refused(PaymentError::Unavailable)) => {
                        return Err(Broken::Other(format!("{provider} could not be asked")));
                    }
                    // Refused is an answer too: it was logged, and hearing it again would change nothing.
                    Err(Failure::Refused(_)) => {}
                    Err(Failure::Broken(broken)) => return Err(broken),
                }
            }
            None => {
                tracing::warn!(provider, event, number, %attempt, "a webhook about no attempt of ours");
            }
        }
    }
    fault::point("webhook.settled")?;
    sql::webhook_handled(&shop.db, provider, event, shop.clock.now()).await?;
    Ok(())
}
