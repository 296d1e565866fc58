//! `rialto serve`: listens, answers, works, and stops without failing a request.

use crate::assets::Assets;
use crate::cache::PageCache;
use crate::front::Front;
use crate::guard::Guard;
use crate::pulse::Pulse;
use crate::recent::Recent;
use crate::refusal::Words;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::{build, follow, operations, router};
use app::App;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use shop::outbox::Follower;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// A request's header must be there within this time.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long running requests get to finish after SIGTERM.
const GRACE: Duration = Duration::from_secs(25);
/// How long the search index may take to let go; what it has not committed it reads again.
const KEEPING: Duration = Duration::from_secs(2);
/// How long the last searches may take to be written down.
const COUNTING: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// What kept it from starting, in one line.
pub async fn run(settings: Settings) -> Result<(), String> {
    operations::collect_metrics();
    let assets = Assets::read(&settings.site_root).map_err(|error| error.to_string())?;
    let pulse = Pulse::default();
    let shop = build::serving(&settings, &pulse).await?;
    build::check_media(&settings).await?;
    if !settings.secure_cookies() {
        tracing::warn!(
            public_url = settings.public_url,
            "plain http beyond loopback: cookies are not Secure"
        );
    }
    let app = App::new(app::state::Parts {
        shop: shop.clone(),
        assets: assets.urls().clone(),
        build: assets.build().to_owned(),
        secure_cookies: settings.secure_cookies(),
        reload_port: settings.reload_port,
    });
    let guard = Guard::new(&settings);
    let cache = PageCache::new(
        settings.page_cache_mb,
        settings.cdn_seconds,
        pulse.clone(),
        guard.around().clone(),
    );
    let listener = TcpListener::bind(settings.address).await.map_err(|error| {
        format!(
            "can't listen on {} (setting `address`): {error}",
            settings.address
        )
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let stop = CancellationToken::new();
    let workers = settings
        .workers
        .then(|| tokio::spawn(shop::jobs::run(shop.clone(), stop.clone())));
    // Asked before the first page is rendered, so that no page that is kept was rendered before changes were followed.
    let mut follower = Follower::default();
    if let Err(error) = follower.ask(&shop).await {
        return Err(format!("changes can't be followed: {error}"));
    }
    let signal = Signal::default();
    tokio::spawn(signal.clone().pass_on(shop.redis.clone(), stop.clone()));
    tokio::spawn({
        let (shop, stop) = (shop.clone(), stop.clone());
        async move {
            tokio::select! {
                () = shop::read::watch(&shop) => {}
                () = stop.cancelled() => {}
            }
        }
    });
    let following = follow::follow(
        shop.clone(),
        cache.clone(),
        pulse.clone(),
        follower,
        signal.clone(),
        stop.clone(),
    );
    let following = tokio::spawn({
        let stop = stop.clone();
        async move {
            let ended = tokio::spawn(following).await;
            // Without it every page would be rendered for every request: better to end, and to be started anew.
            stop.cancel();
            ended
        }
    });
    let counting = tokio::spawn(shop::search::log::keep(shop.clone(), stop.clone()));
    // Opened, or built, beside the requests: until then PostgreSQL searches.
    let keeping =
        shop::search::index::keep(shop.clone(), settings.search_root.clone(), stop.clone());
    let keeping = tokio::spawn(keeping);
    let recent = Recent {
        app: app.clone(),
        pulse: pulse.clone(),
        signal,
    };
    let router = router::router(&app, &assets, &cache, &recent, guard.clone(), &settings);
    let front = Front::new(router, cache, recent, guard, Words::new(&app));
    // Beside the first requests, which take what is there.
    tokio::task::spawn_blocking(move || assets.compress());
    tracing::info!(%address, public_url = settings.public_url, build = app.build, "serving");
    tokio::spawn({
        let stop = stop.clone();
        async move {
            asked_to_stop().await;
            tracing::info!("stopping: finishing what was begun");
            stop.cancel();
        }
    });
    accept(listener, front, settings.max_connections, stop.clone()).await;
    let counted = async {
        let _ = counting.await;
        // Those of the last requests.
        shop::search::log::flush(&shop).await
    };
    if !matches!(tokio::time::timeout(COUNTING, counted).await, Ok(Ok(()))) {
        tracing::warn!("the last searches were not written down");
    }
    let followed = following.await.flatten();
    let _ = tokio::time::timeout(KEEPING, keeping).await;
    if let Some(workers) = workers {
        let _ = tokio::time::timeout(GRACE, workers).await;
    }
    tracing::info!("stopped");
    followed.map_err(|error| format!("changes were not followed any more: {error}"))
}

/// `rialto worker`: the jobs alone.
///
/// # Errors
/// What kept it from starting, in one line.
pub async fn work(settings: Settings) -> Result<(), String> {
    operations::collect_metrics();
    let shop = build::shop(&settings).await?;
    build::check_media(&settings).await?;
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(shop::jobs::run(shop, stop.clone()));
    tracing::info!("working");
    asked_to_stop().await;
    stop.cancel();
    let _ = tokio::time::timeout(GRACE, jobs).await;
    Ok(())
}

/// Answers on every connection until told to stop, then lets the running requests finish.
pub async fn accept(
    listener: TcpListener,
    front: Front,
    max_connections: usize,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(max_connections));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, or gone before it was taken: the next may be luckier.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let _ = stream.set_nodelay(true);
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .max_headers(64);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(128);
        let connection = builder
            .serve_connection(TokioIo::new(stream), front.clone())
            .into_owned();
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
