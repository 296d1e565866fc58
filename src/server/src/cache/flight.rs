//! One render of an address at a time: all who want the page meanwhile wait for it, and share its outcome.

use axum::body::Body;
use axum::response::Response;
use http::{Extensions, HeaderMap, StatusCode};
use hyper::body::Bytes;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// What is being rendered, by key.
pub(super) struct Flights<T>(Arc<Mutex<HashMap<String, watch::Receiver<Option<T>>>>>);

impl<T> Clone for Flights<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Begins what `make` makes, in a task of its own, unless that is under way for `key`. An asker who leaves stops nothing.
    pub fn join<F>(&self, key: &str, make: impl FnOnce() -> F) -> Flight<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = all.get(key) {
            return Flight(flight.clone());
        }
        let (done, flight) = watch::channel(None);
        all.insert(key.to_owned(), flight.clone());
        let landing = Landing {
            flights: self.clone(),
            key: key.to_owned(),
        };
        let making = make();
        tokio::spawn(async move {
            let made = making.await;
            // Off the list before it is told: whoever comes now begins another.
            drop(landing);
            let _ = done.send(Some(made));
        });
        Flight(flight)
    }
}

/// Takes a flight off the list, also when its render panicked.
struct Landing<T> {
    flights: Flights<T>,
    key: String,
}

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        let mut all = self
            .flights
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.key);
    }
}

/// A render under way.
pub(super) struct Flight<T>(watch::Receiver<Option<T>>);

impl<T: Clone> Flight<T> {
    /// What came of it; None when it panicked.
    pub async fn landed(mut self) -> Option<T> {
        let made = self.0.wait_for(Option::is_some).await.ok()?;
        made.clone()
    }
}

/// An answer that is not kept, but is everybody's who waited for it.
#[derive(Clone)]
pub(super) struct Passing {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub extensions: Extensions,
    pub body: Bytes,
}

impl Passing {
    pub fn respond(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        *response.extensions_mut() = self.extensions;
        response
    }
}
