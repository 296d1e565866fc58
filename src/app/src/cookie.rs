//! The shop's cookies: the session's token, and the version of the cart it last saw.

use crate::state::App;
use http::HeaderMap;
use http::header::COOKIE;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session's token.
    Session,
    /// The highest cart version this browser has been told; an older copy of the cart is not believed.
    CartVersion,
}

/// Seconds a cookie lives: 180 days, as long as a session.
const MAX_AGE: u32 = 180 * 24 * 60 * 60;

impl Cookie {
    /// `__Host-…` binds a cookie to this host over a secure connection (RFC 6265bis §4.1.3.2); a plain-http origin other than
    /// loopback can't have that, and gets a name without the promise.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-rialto-session",
            (Self::Session, false) => "rialto-session",
            (Self::CartVersion, true) => "__Host-rialto-cart",
            (Self::CartVersion, false) => "rialto-cart",
        }
    }

    /// Its value in a request.
    pub fn read(self, app: &App, headers: &HeaderMap) -> Option<String> {
        let name = self.name(app.secure_cookies);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name).then(|| value.to_owned())
            })
    }

    /// The `Set-Cookie` value that stores `value`, which must be of cookie characters.
    pub fn write(self, app: &App, value: &str) -> String {
        let name = self.name(app.secure_cookies);
        let secure = if app.secure_cookies { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax{secure}")
    }
}
