//! Starting, listening, and the connections that a fault can break.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, Request, State, connect_info::Connected},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    control, dashboard,
    faults::{Faults, Kind},
    hosted, pay, paypal,
    provider::{Desk, Provider},
    settings::Settings,
    store::{
        books::Books,
        ledger::{Fsync, Ledger, LedgerError},
        model::now,
    },
    stripe,
    webhooks::{self, target::Targets},
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
        tokens: AtomicU64::new(0),
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

/// Lets a fault rule have its way with a request.
async fn misbehave(
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
        Kind::Status500 => stripe::error::StripeError::ours().into_response(),
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

/// A handle on the connection that a request came by.
#[derive(Clone)]
struct Line(Arc<AtomicBool>);

impl Line {
    /// The next write on the connection fails and resets it; the response is never seen.
    fn cut(&self) -> Response {
        self.0.store(true, Ordering::Release);
        StatusCode::OK.into_response()
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(Arc::clone(&stream.io().cut))
    }
}

/// The listener, whose connections can be cut.
struct Door(TcpListener);

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // Without it small answers may wait for the peer's acknowledgement.
        let _ = stream.set_nodelay(true);
        let cut = Arc::new(AtomicBool::new(false));
        (Wire { stream, cut }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection.
struct Wire {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Acquire) {
            // Closed with unsent time zero, the kernel sends RST instead of FIN.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
