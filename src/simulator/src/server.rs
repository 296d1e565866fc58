//! Starting, listening, and ending what is overdue.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    carrier, control, dashboard,
    faults::Faults,
    hosted,
    misbehave::misbehave,
    pay, paypal,
    provider::{Desk, Provider},
    settings::Settings,
    store::{
        books::Books,
        ledger::{Fsync, Ledger, LedgerError},
        model::now,
    },
    stripe,
    webhooks::{self, target::Targets},
    wire::{Door, Line},
};

/// The most bytes a request may carry.
const MOST_BYTES: usize = 256 * 1024;
/// How many overdue sessions are ended in one go.
const SWEEP: usize = 200;
/// How long requests under way may take when the program is told to stop.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the simulator did not start, or stopped.
#[derive(Debug)]
pub enum StartError {
    Runtime(io::Error),
    NotLoopback(SocketAddr),
    Listen(SocketAddr, io::Error),
    Ledger(LedgerError),
    Client(reqwest::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Runtime(error) => write!(f, "can't run: {error}"),
            Self::NotLoopback(address) => write!(
                f,
                "--address {address} is not a loopback address: anyone who reaches the simulator can steer it"
            ),
            Self::Listen(address, error) => write!(f, "--address {address} can't be had: {error}"),
            Self::Ledger(error) => error.fmt(f),
            Self::Client(error) => write!(f, "can't make a client for webhooks: {error}"),
        }
    }
}

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// A setting that can't be used.
pub async fn run(settings: Settings) -> Result<(), StartError> {
    if !settings.address.ip().is_loopback() {
        return Err(StartError::NotLoopback(settings.address));
    }
    let mut books = Books::default();
    let ledger = Ledger::open(&settings.ledger, |change, span| books.apply(change, span))
        .map_err(StartError::Ledger)?;
    let fsync = if settings.fsync {
        ledger.fsync().map_err(StartError::Runtime)?
    } else {
        Fsync::never()
    };
    let asked = settings.address;
    let refused = move |error| StartError::Listen(asked, error);
    let listener = TcpListener::bind(asked).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let origin = match &settings.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    };
    let (parcels, queue) = mpsc::unbounded_channel();
    let provider = Arc::new(Provider {
        origin,
        faults: Faults::none(),
        fsync,
        desk: Mutex::new(Desk { books, ledger }),
        parcels,
        targets: RwLock::new(Targets::new(settings.webhook_url.clone())),
        autopay: AtomicBool::new(settings.autopay),
        tokens: AtomicU64::new(0),
        messages: AtomicU64::new(0),
        settings,
    });
    let client = webhooks::client().map_err(StartError::Client)?;
    tokio::spawn(webhooks::dispatch(Arc::clone(&provider), client, queue));
    webhooks::requeue(&provider);
    tokio::spawn(sweep(Arc::clone(&provider)));
    let service = routes(provider).into_make_service_with_connect_info::<Line>();
    let stop = stopped().map_err(StartError::Runtime)?;
    let (stopping, stop_seen) = tokio::sync::oneshot::channel();
    let serving = axum::serve(Door(listener), service).with_graceful_shutdown(async move {
        stop.await;
        let _ = stopping.send(());
    });
    println!("simulator listening on http://{address}");
    let hurried = async {
        let _ = stop_seen.await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        ended = serving => ended.map_err(refused),
        () = hurried => Ok(()),
    }
}

fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn routes(provider: Arc<Provider>) -> Router {
    Router::new()
        .merge(stripe::routes())
        .merge(paypal::routes())
        .merge(carrier::routes())
        .merge(hosted::routes())
        .merge(control::routes())
        .merge(dashboard::routes())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&provider),
            misbehave,
        ))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(provider)
}

/// Ends sessions whose time is over, and tells the shop.
async fn sweep(provider: Arc<Provider>) {
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    loop {
        clock.tick().await;
        let mut desk = provider.desk();
        let at = now();
        for id in desk.books.overdue(at, SWEEP) {
            let Some(session) = desk.books.sessions.get(&id) else {
                continue;
            };
            let ended = pay::expire(session, at, &provider.origin, None, None)
                .map_err(io::Error::from)
                .and_then(|change| provider.commit(&mut desk, change));
            if let Err(error) = ended.map(drop) {
                tracing::error!(%error, "a session could not be ended");
                break;
            }
        }
    }
}
