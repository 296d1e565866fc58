//! Builds a [`Shop`] from the settings.

use crate::pulse::{Beat, Pulse};
use crate::settings::Settings;
use domain::Money;
use shop::clock::{DatabaseClock, SystemRandom};
use shop::fulfilment::Carrier;
use shop::fulfilment::easypost::EasyPost;
use shop::market::Markets;
use shop::media::{Bucket, Fetcher, Media, NoStore, Reach, Store};
use shop::notification::Mailer;
use shop::payment::paypal::{self, PayPal};
use shop::payment::stripe::Stripe;
use shop::payment::{Limits, Methods, PaymentProvider, Payments, Routes};
use shop::read::Reads;
use shop::redis::Redis;
use shop::{Parts, Shop};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::Arc;
use std::time::Duration;

/// How long PostgreSQL may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(3);
/// A session that was used so lately still lives, or is found dead by who uses it.
const FRESH: Duration = Duration::from_secs(1);

/// Connects to everything a shop needs. Redis may be away; PostgreSQL may not, and its schema must be this release's.
///
/// # Errors
/// What is missing, in one line that names the setting.
pub async fn shop(settings: &Settings) -> Result<Shop, String> {
    serving(settings, &Pulse::default()).await
}

/// The same, for a server that gives up its sessions when `pulse` is lost.
///
/// # Errors
/// What is missing, in one line that names the setting.
pub async fn serving(settings: &Settings, pulse: &Pulse) -> Result<Shop, String> {
    let connections = settings.database_connections;
    let options = pool_options(connections, pulse);
    let db = connect(options, &settings.database_url, "DATABASE_URL").await?;
    check_schema(&db).await?;
    let clock = DatabaseClock::of(&db)
        .await
        .map_err(|error| format!("PostgreSQL does not tell the time: {error}"))?;
    let read = match &settings.database_read_url {
        Some(url) => {
            let place: PgConnectOptions = url.parse().map_err(|error| {
                format!("setting DATABASE_READ_URL is no PostgreSQL URL: {error}")
            })?;
            // It may be away, now as at any other time.
            let replica = pool_options(connections, pulse).connect_lazy_with(place);
            Reads::with_replica(db.clone(), replica)
        }
        None => Reads::primary(db.clone()),
    };
    let markets = Markets::load(&db)
        .await
        .map_err(|error| format!("the markets can't be read: {error}"))?;
    let mailer = match &settings.smtp_url {
        Some(url) => Mailer::smtp(url, &settings.mail_from)
            .map_err(|error| format!("setting `smtp_url`: {error}"))?,
        None => Mailer::folder(&settings.mail_folder, &settings.mail_from)
            .map_err(|error| format!("setting `mail_folder` or `mail_from`: {error}"))?,
    };
    let payments = payments(settings, &markets)?;
    let carrier = match &settings.easypost_key {
        Some(key) => {
            let secret = settings.easypost_webhook_secret.as_deref();
            let easypost = EasyPost::new(&settings.easypost_url, key, secret.unwrap_or_default())
                .map_err(|error| format!("setting `easypost_url`: {error}"))?;
            Some(Arc::new(easypost) as Arc<dyn Carrier>)
        }
        None => None,
    };
    Ok(Shop::new(Parts {
        db,
        read,
        redis: Redis::connect(settings.redis_url.as_deref()),
        clock: Arc::new(clock),
        random: Arc::new(SystemRandom),
        markets,
        guides: shop::catalog::Guides::default(),
        cards: shop::catalog::Cards::keeping(settings.card_cache_mb),
        long_carts: shop::cart::LongCarts::default(),
        holds: shop::inventory::Holds::default(),
        payments,
        search: shop::search::Search::keeping(settings.search_answers_mb),
        searches: shop::search::log::Log::default(),
        mailer,
        carrier,
        media: media(settings)?,
        public_url: settings.public_url.clone(),
    }))
}

/// Where pictures are kept and come from; asks nobody yet.
fn media(settings: &Settings) -> Result<Media, String> {
    let store = match bucket(settings) {
        Some(bucket) => Store::bucket(&bucket),
        None => Store::folder(&settings.media_folder),
    };
    let fetcher = match &*settings.media_fetch {
        "off" => None,
        "any" => Some(Fetcher::new(Reach::Any)),
        _ => Some(Fetcher::new(Reach::Public)),
    };
    let fetcher = fetcher.transpose().map_err(|error| error.to_string())?;
    Ok(Media::new(store.map_err(|error| named(&error))?, fetcher))
}

/// Whether pictures can be kept where the settings say. A bucket that is away may come back: that is a warning.
///
/// # Errors
/// One line that names the setting that is wrong.
pub async fn check_media(settings: &Settings) -> Result<(), String> {
    let Some(bucket) = bucket(settings) else {
        return Ok(());
    };
    match Store::try_bucket(&bucket).await {
        Err(NoStore::Away(why)) => {
            tracing::warn!(
                why,
                "the bucket of pictures can't be reached (setting `media_s3_endpoint`)"
            );
            Ok(())
        }
        tried => tried.map_err(|error| named(&error)),
    }
}

fn bucket(settings: &Settings) -> Option<Bucket> {
    Some(Bucket {
        name: settings.media_s3_bucket.clone()?,
        endpoint: settings.media_s3_endpoint.clone(),
        region: settings.media_s3_region.clone(),
        access_key: settings.media_s3_access_key.clone().unwrap_or_default(),
        secret_key: settings.media_s3_secret_key.clone().unwrap_or_default(),
    })
}

fn named(error: &NoStore) -> String {
    let setting = match error {
        NoStore::Folder(_) => "media_folder",
        NoStore::Bucket(_) => "media_s3_bucket",
        NoStore::AccessKey(_) => "media_s3_access_key",
        NoStore::SecretKey(_) => "media_s3_secret_key",
        NoStore::Endpoint(_) | NoStore::Away(_) => "media_s3_endpoint",
    };
    format!("setting `{setting}`: {error}")
}

/// The payment providers that have keys, and Stripe when none has: orders are taken all the same.
fn payments(settings: &Settings, markets: &Markets) -> Result<Payments, String> {
    let mut providers: Vec<Arc<dyn PaymentProvider>> = Vec::new();
    if let (Some(id), Some(secret)) = (&settings.paypal_client_id, &settings.paypal_client_secret) {
        let keys = paypal::Keys {
            client_id: id.clone(),
            client_secret: secret.clone(),
            webhook_id: settings.paypal_webhook_id.clone().unwrap_or_default(),
        };
        let paypal = PayPal::new(&settings.paypal_url, keys)
            .map_err(|error| format!("setting `paypal_url`: {error}"))?;
        providers.push(Arc::new(paypal));
    }
    if settings.stripe_secret_key.is_some() || providers.is_empty() {
        providers.insert(0, Arc::new(stripe(settings)?));
    }
    let routes: Routes = settings
        .payment_routes
        .parse()
        .map_err(|error| format!("setting `payment_routes`: {error}"))?;
    if let Some(code) = routes
        .markets()
        .find(|code| markets.all().iter().all(|market| market.code != **code))
    {
        return Err(format!(
            "setting `payment_routes`: there is no market {code}"
        ));
    }
    let methods: Methods = settings
        .payment_methods
        .parse()
        .map_err(|error| format!("setting `payment_methods`: {error}"))?;
    if let Some(code) = methods
        .markets()
        .find(|code| markets.all().iter().all(|market| market.code != **code))
    {
        return Err(format!(
            "setting `payment_methods`: there is no market {code}"
        ));
    }
    let limits = Limits {
        patience: Duration::from_millis(settings.payment_patience),
        ..Limits::default()
    };
    let payments = Payments::new(providers, routes, &limits)
        .map_err(|error| error.to_string())?
        .taking(methods);
    for market in markets.all() {
        // Ten thousand of any currency's smallest unit can be charged by whoever takes that currency.
        let amount = Money::new(10_000, market.currency);
        if let Some(why) = payments.refusal(&market.code, amount) {
            return Err(format!(
                "setting `payment_routes`: nobody can charge {} in market {}: {why}",
                market.currency, market.code
            ));
        }
    }
    Ok(payments)
}

fn stripe(settings: &Settings) -> Result<Stripe, String> {
    if settings.stripe_secret_key.is_none() {
        tracing::warn!("no `stripe_secret_key`: orders are taken, but can't be paid");
    }
    Stripe::new(
        &settings.stripe_url,
        settings.stripe_secret_key.as_deref().unwrap_or_default(),
        settings
            .stripe_webhook_secret
            .as_deref()
            .unwrap_or_default(),
    )
    .map_err(|error| format!("setting `stripe_url`: {error}"))
}

/// A pool of at most `connections` to `url`.
///
/// # Errors
/// One line that names `setting`.
pub async fn pool(url: &str, connections: u32, setting: &str) -> Result<PgPool, String> {
    let options = pool_options(connections, &Pulse::default());
    connect(options, url, setting).await
}

/// How a pool treats its sessions. sqlx has each one answer a ping before it goes back into the pool: whatever a statement that
/// was given up left on it is read, and its transaction rolled back. It would wait for that for as long as PostgreSQL stands
/// still, so then the session is closed instead. A session that was used a moment ago is not asked once more whether it lives.
fn pool_options(connections: u32, pulse: &Pulse) -> PgPoolOptions {
    let pulse = pulse.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|session, meta| {
            Box::pin(async move {
                if meta.idle_for < FRESH {
                    return Ok(true);
                }
                let answer = tokio::time::timeout(PATIENCE, session.ping()).await;
                Ok(matches!(answer, Ok(Ok(()))))
            })
        })
        .after_release(move |_, _| {
            let is_lost = pulse.beat() == Beat::Lost;
            Box::pin(async move { Ok(!is_lost) })
        })
}

async fn connect(options: PgPoolOptions, url: &str, setting: &str) -> Result<PgPool, String> {
    let place: PgConnectOptions = url
        .parse()
        .map_err(|error| format!("setting {setting} is no PostgreSQL URL: {error}"))?;
    let (pool, options) = (options.connect_with(place.clone()).await, place);
    match pool {
        Ok(pool) => Ok(pool),
        Err(error) => {
            let place = format!("{}:{}", options.get_host(), options.get_port());
            let why = why_not(&options, error).await;
            Err(format!(
                "PostgreSQL at {place} can't be reached (setting {setting}): {why}"
            ))
        }
    }
}

/// A pool that waited in vain does not say for what; a single connection does.
async fn why_not(options: &PgConnectOptions, error: sqlx::Error) -> String {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error.to_string();
    }
    match tokio::time::timeout(PATIENCE, PgConnection::connect_with(options)).await {
        Ok(Err(error)) => error.to_string(),
        Ok(Ok(_)) | Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
    }
}

async fn check_schema(db: &PgPool) -> Result<(), String> {
    let behind = shop::migration::pending(db)
        .await
        .map_err(|error| format!("the schema can't be read: {error}"))?;
    match behind.first() {
        None => Ok(()),
        Some(first) => Err(format!(
            "the database lacks migration {first} and {} more: run `rialto migrate`",
            behind.len() - 1
        )),
    }
}
