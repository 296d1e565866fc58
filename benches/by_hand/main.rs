//! The shop's product page as one would write it by hand for nothing else: axum, a pool, the shop's own statements, and
//! `write!`. No framework, no layers, no log. `cargo xtask bench` holds the shop's page, not cached, against it.

mod frame;
mod page;
mod read;
mod statement;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use frame::Frame;
use read::Reader;
use sqlx::postgres::PgPoolOptions;
use std::process::ExitCode;
use std::sync::Arc;

/// Serves products' pages of a shop's database, in English for the EU.
#[derive(Parser)]
struct Arguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:3900")]
    address: String,
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// Connections to the database; as many as the shop has
    #[arg(long, default_value_t = 24)]
    connections: u32,
}

struct Page {
    reader: Reader,
    frame: Frame,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("by-hand: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let db = PgPoolOptions::new()
        .max_connections(arguments.connections)
        // As the shop has it: a session that was used a moment ago lives.
        .test_before_acquire(false)
        .connect(&arguments.database_url)
        .await
        .map_err(|error| format!("the database: {error}"))?;
    let reader = Reader::new(db).await?;
    let frame = Frame::new(format!("http://{}", arguments.address), reader.menu());
    let listener = tokio::net::TcpListener::bind(&arguments.address)
        .await
        .map_err(|error| format!("{}: {error}", arguments.address))?;
    let router = Router::new()
        .route("/en-eu/product/{slug}", get(product))
        .with_state(Arc::new(Page { reader, frame }));
    axum::serve(listener, router)
        .await
        .map_err(|error| error.to_string())
}

async fn product(State(page): State<Arc<Page>>, Path(slug): Path<String>) -> Response {
    match page.reader.product(&slug).await {
        Ok(Some((product, beside))) => {
            Html(page::render(&page.frame, &product, &beside)).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
