//! The shop's cookies: the session's token, the version of the cart it last saw, and when it last changed what others see.

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
    /// When this browser last changed something that pages show: milliseconds since 1970, on PostgreSQL's clock.
    Wrote,
}

impl Cookie {
    /// `__Host-…` binds a cookie to this host over a secure connection (RFC 6265bis §4.1.3.2); a plain-http origin other than
    /// loopback can't have that, and gets a name without the promise.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-rialto-session",
            (Self::Session, false) => "rialto-session",
            (Self::CartVersion, true) => "__Host-rialto-cart",
            (Self::CartVersion, false) => "rialto-cart",
            (Self::Wrote, true) => "__Host-rialto-wrote",
            (Self::Wrote, false) => "rialto-wrote",
        }
    }

    /// Seconds it lives.
    const fn max_age(self) -> u32 {
        match self {
            // As long as a session.
            Self::Session | Self::CartVersion => 180 * 24 * 60 * 60,
            Self::Wrote => 60,
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
        let age = self.max_age();
        format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
    }
}
