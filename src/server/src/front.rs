//! What stands before the router: pages that are kept are answered at the door, without the layers that the rest passes, and when
//! the shop is full, so is whoever comes on top, so that it takes little from those inside.

use crate::cache::PageCache;
use crate::guard::{Guard, Observer};
use crate::recent::Recent;
use crate::refusal::Words;
use axum::Router;
use axum::response::Response;
use http::header::COOKIE;
use http::{Method, Request};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::time::Instant;
use tokio_util::either::Either;

/// Answers everything. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    router: TowerToHyperService<Router>,
    cache: PageCache,
    recent: Recent,
    guard: Guard,
    words: Words,
    observer: Observer,
}

impl Front {
    pub fn new(
        router: Router,
        cache: PageCache,
        recent: Recent,
        guard: Guard,
        words: Words,
    ) -> Self {
        let declared = app::route::routes().declared.into_iter();
        // No other answer is kept.
        let gets = declared.filter(|route| route.method == "GET");
        Self {
            router: TowerToHyperService::new(router),
            cache,
            recent,
            guard,
            words,
            observer: Observer::new(gets.map(|route| route.path)),
        }
    }

    /// The page, if it is kept, and the address is written as the key that it is kept under, which is how our own links write it.
    /// Everything else is the router's: other ways to write an address, whoever has to see a change of their own, pages that may be
    /// old.
    fn kept(&self, request: &Request<Incoming>) -> Option<Response> {
        let began = Instant::now();
        let (key, headers) = (request.uri().path_and_query()?.as_str(), request.headers());
        let is_plain = request.method() == Method::GET && request.body().is_end_stream();
        if !is_plain || (headers.contains_key(COOKIE) && self.recent.wrote(headers).is_some()) {
            return None;
        }
        let (mut response, route) = self.cache.answer_now(key, headers)?;
        self.observer.observe(headers, route, began, &mut response);
        Some(response)
    }

    /// That there is too much to do, to a GET of a page while all is full.
    fn refused(&self, request: &Request<Incoming>) -> Option<Response> {
        let began = Instant::now();
        let (method, headers) = (request.method(), request.headers());
        if !self.guard.is_full() || method != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        let mut response = self.words.busy(method, request.uri(), headers)?;
        self.guard.refused(headers, began, &mut response);
        Some(response)
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future,
    >;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = self.kept(&request).or_else(|| self.refused(&request));
        match answer {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(self.router.call(request)),
        }
    }
}
