//! Who is at the door: the session behind the cookie, and what they are told to remember.

use crate::cookie::Cookie;
use crate::state::App;
use domain::Actor;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use shop::customer::Session;
use shop::{Broken, Caller};

/// The request's id, made by the outermost layer; travels as a request extension.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// A shopper, perhaps without a session yet.
pub struct Visitor {
    app: App,
    pub session: Option<Session>,
    /// The highest cart version that this browser was told.
    pub cart_version: i64,
    trace: Option<String>,
    /// `Set-Cookie` values for the answer.
    cookies: Vec<String>,
}

impl Visitor {
    /// Finds the session of the request's cookie. A cookie that leads nowhere is no session.
    ///
    /// # Errors
    /// [`Broken`] when PostgreSQL had to be asked and could not.
    pub async fn find(
        app: &App,
        headers: &HeaderMap,
        trace: Option<&RequestId>,
    ) -> Result<Self, Broken> {
        let session = match Cookie::Session.read(app, headers) {
            Some(token) => shop::customer::find_session(&app.shop, &token).await?,
            None => None,
        };
        let cart_version = Cookie::CartVersion
            .read(app, headers)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0);
        let trace = trace.map(|id| id.0.clone());
        Ok(Self {
            app: app.clone(),
            session,
            cart_version,
            trace,
            cookies: Vec::new(),
        })
    }

    /// The session, begun now if there is none: a guest customer, and a cookie in the answer.
    ///
    /// # Errors
    /// [`Broken`] when PostgreSQL could not be asked.
    pub async fn session_or_begin(&mut self) -> Result<Session, Broken> {
        if let Some(session) = &self.session {
            return Ok(*session);
        }
        let (token, session) =
            shop::customer::begin_session(&self.app.shop, self.trace.clone()).await?;
        self.cookies.push(Cookie::Session.write(&self.app, &token));
        self.session = Some(session);
        Ok(session)
    }

    /// Remembers the version of the cart that this answer shows.
    pub fn saw_cart(&mut self, version: i64) {
        if version > self.cart_version {
            self.cart_version = version;
            self.cookies
                .push(Cookie::CartVersion.write(&self.app, &version.to_string()));
        }
    }

    /// The caller of a use case.
    pub fn caller(&self, session: &Session, cause: &str) -> Caller {
        Caller {
            actor: Actor::Guest {
                customer: session.customer,
            },
            cause: cause.to_owned(),
            trace: self.trace.clone(),
        }
    }

    /// Adds the cookies to an answer.
    pub fn remember(self, headers: &mut HeaderMap) {
        for cookie in self.cookies {
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                headers.append(SET_COOKIE, value);
            }
        }
    }

    /// The cookies to set, for answers that are not made of headers (server functions).
    pub fn cookies(&self) -> &[String] {
        &self.cookies
    }
}
