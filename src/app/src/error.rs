//! The one table from what went wrong to what HTTP calls it.

use domain::cart::CartError;
use http::StatusCode;
use islands::api::ApiError;
use shop::catalog::CatalogError;
use shop::checkout::{CheckoutError, PlaceError};
use shop::order::OrderError;
use shop::payment::PaymentError;
use shop::{Broken, Failure};

/// A page that could not be made; it becomes an error page.
#[derive(Debug)]
pub enum PageError {
    NotFound,
    /// It was here once.
    Gone,
    /// The request itself makes no sense.
    BadRequest,
    Forbidden,
    /// Understood and refused; the message of this key says why.
    Refused(&'static str),
    /// It is no longer what it was; the message of this key says why.
    Conflict(&'static str),
    /// Leads elsewhere.
    Redirect(String),
    /// Has another address for good: this path.
    Moved(String),
    /// Something outside does not answer; later it may.
    Unavailable,
    /// Something below failed. Logged where it is made.
    Broken,
}

impl PageError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Redirect(_) => StatusCode::SEE_OTHER,
            Self::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// How a feature's error is told over HTTP.
pub trait ToHttp {
    /// The status, and the key of the message that says it (`error-…`).
    fn to_http(&self) -> (StatusCode, &'static str);
}

impl ToHttp for CartError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::QuantityOutOfRange => (StatusCode::UNPROCESSABLE_ENTITY, "error-quantity"),
            Self::UnknownVariant => (StatusCode::NOT_FOUND, "error-unknown-variant"),
            Self::SoldOut => (StatusCode::CONFLICT, "error-sold-out"),
            Self::NotSoldHere => (StatusCode::UNPROCESSABLE_ENTITY, "error-not-sold-here"),
            Self::NoSuchLine => (StatusCode::NOT_FOUND, "error-no-such-line"),
            Self::TooManyLines => (StatusCode::UNPROCESSABLE_ENTITY, "error-too-many-lines"),
            Self::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "error-too-large"),
            Self::MalformedCode => (StatusCode::UNPROCESSABLE_ENTITY, "error-code-malformed"),
            Self::UnknownCode => (StatusCode::UNPROCESSABLE_ENTITY, "error-code-unknown"),
            Self::Code(problem) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                crate::cart::texts::problem(*problem),
            ),
            Self::EmptyCard => (StatusCode::UNPROCESSABLE_ENTITY, "error-card-empty"),
            Self::ForeignCard => (StatusCode::UNPROCESSABLE_ENTITY, "error-card-foreign"),
            Self::TooManyCodes => (StatusCode::UNPROCESSABLE_ENTITY, "error-codes-too-many"),
            Self::TooManyTries => (StatusCode::TOO_MANY_REQUESTS, "error-codes-too-many-tries"),
            Self::NothingToUseItOn => (StatusCode::UNPROCESSABLE_ENTITY, "error-empty-cart"),
            Self::CommandReused => (StatusCode::UNPROCESSABLE_ENTITY, "error-command-reused"),
            Self::Denied => (StatusCode::FORBIDDEN, "error-denied"),
        }
    }
}

impl ToHttp for CatalogError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "error-not-found"),
            Self::Gone => (StatusCode::GONE, "error-gone"),
            // A page that knows where to leads there: `moved`.
            Self::Moved(_) => (StatusCode::NOT_FOUND, "error-not-found"),
            Self::NotSoldHere => (StatusCode::NOT_FOUND, "error-not-sold-here"),
        }
    }
}

impl<E: ToHttp + std::fmt::Display> From<Failure<E>> for PageError {
    fn from(failure: Failure<E>) -> Self {
        match failure {
            Failure::Refused(error) => match error.to_http() {
                (StatusCode::NOT_FOUND, _) => Self::NotFound,
                (StatusCode::GONE, _) => Self::Gone,
                (StatusCode::FORBIDDEN, _) => Self::Forbidden,
                (StatusCode::BAD_REQUEST, _) => Self::BadRequest,
                (StatusCode::CONFLICT, key) => Self::Conflict(key),
                (StatusCode::SERVICE_UNAVAILABLE, _) => Self::Unavailable,
                (_, key) => Self::Refused(key),
            },
            Failure::Broken(broken) => broken.into(),
        }
    }
}

impl From<Broken> for PageError {
    fn from(broken: Broken) -> Self {
        tracing::error!(error = %broken, "a page could not be made");
        if broken.is_outage() {
            Self::Unavailable
        } else {
            Self::Broken
        }
    }
}

/// What keeps a page of the catalogue from being shown; what moved leads to where `link` puts its slug now.
pub fn moved(failure: Failure<CatalogError>, link: impl Fn(&str) -> String) -> PageError {
    match failure {
        Failure::Refused(CatalogError::Moved(slug)) => PageError::Moved(link(&slug)),
        other => other.into(),
    }
}

/// The same as a page's error for a server function: a status, and a message in the shopper's language.
pub fn api_error<E: ToHttp + std::fmt::Display>(
    failure: Failure<E>,
    locale: domain::Locale,
) -> (StatusCode, ApiError) {
    let (status, key) = match failure {
        Failure::Refused(error) => error.to_http(),
        Failure::Broken(broken) => {
            tracing::error!(error = %broken, "a server function failed");
            (StatusCode::SERVICE_UNAVAILABLE, "error-unavailable")
        }
    };
    (
        status,
        ApiError {
            code: key.to_owned(),
            message: shop::text::say(locale, key),
        },
    )
}

impl ToHttp for CheckoutError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::EmptyCart => (StatusCode::CONFLICT, "error-empty-cart"),
            Self::Denied => (StatusCode::FORBIDDEN, "error-denied"),
            Self::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "error-too-large"),
        }
    }
}

impl ToHttp for PlaceError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "error-checkout-refused"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "error-key-reused"),
            Self::Closed => (StatusCode::CONFLICT, "error-checkout-closed"),
            Self::EmptyCart => (StatusCode::CONFLICT, "error-empty-cart"),
            Self::Denied => (StatusCode::FORBIDDEN, "error-denied"),
        }
    }
}

impl ToHttp for OrderError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "error-not-found"),
        }
    }
}

impl ToHttp for PaymentError {
    fn to_http(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "error-not-found"),
            Self::Forged => (StatusCode::BAD_REQUEST, "error-bad-request"),
            Self::Malformed => (StatusCode::BAD_REQUEST, "error-bad-request"),
            Self::Closed => (StatusCode::CONFLICT, "error-order-closed"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "error-payment-unavailable"),
        }
    }
}
