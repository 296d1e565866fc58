//! What was refused before a page was known: too much, too many, in the wrong form, from another site. Said on a page, or as
//! JSON to a server function, without asking the database for anything.

use super::{Way, of};
use crate::frame::Frame;
use crate::page::render;
use crate::route::{preferred, surround_with};
use crate::state::App;
use domain::Storefront;
use http::{Method, StatusCode, Uri};
use islands::api::ApiError;
use shop::text::say;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is more to do than can be done.
    Busy,
    /// PostgreSQL does not answer.
    Unavailable,
    /// Somebody asks too often.
    TooMany,
    /// A form that another site sent.
    OtherSite,
    /// An address that no page has.
    BadAddress,
    NotFound,
    /// Nothing is done by this method here.
    WrongMethod,
    /// It did not come in time.
    TooSlow,
    TooLarge,
    /// No form, or no JSON where there should be.
    WrongKind,
    Unreadable,
    /// A defect of ours.
    Broken,
}

impl Refusal {
    /// What a bare status stands for; None for what is no refusal.
    pub fn of(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Self::Unreadable,
            StatusCode::FORBIDDEN => Self::OtherSite,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::REQUEST_TIMEOUT => Self::TooSlow,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::WrongKind,
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            StatusCode::INTERNAL_SERVER_ERROR => Self::Broken,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::TooMany => "too-many",
            Self::OtherSite => "other-site",
            Self::BadAddress => "bad-address",
            Self::NotFound => "not-found",
            Self::WrongMethod => "wrong-method",
            Self::TooSlow => "too-slow",
            Self::TooLarge => "too-large",
            Self::WrongKind => "wrong-kind",
            Self::Unreadable => "unreadable",
            Self::Broken => "broken",
        }
    }

    fn way(self, method: &Method) -> Way {
        let may_come_again = matches!(
            self,
            Self::Busy | Self::Unavailable | Self::TooMany | Self::TooSlow | Self::Broken
        );
        match (may_come_again, *method == Method::GET) {
            (true, true) => Way::Again,
            // What was posted is not posted again by a link; the bag shows what came of it.
            (_, false) => Way::Bag,
            (false, true) => Way::Elsewhere,
        }
    }
}

/// What a refusal is about.
pub struct Refused<'a> {
    pub refusal: Refusal,
    pub status: StatusCode,
    pub method: &'a Method,
    pub uri: &'a Uri,
    /// `Accept-Language`; may be empty.
    pub language: &'a str,
}

impl Refused<'_> {
    /// The storefront of the path, or else the one the browser prefers.
    pub fn storefront(&self, app: &App) -> Storefront {
        let first = self.uri.path().split('/').nth(1).unwrap_or_default();
        let known = first
            .parse()
            .ok()
            .filter(|storefront| app.shop.markets.find(storefront).is_some());
        known.unwrap_or_else(|| preferred(app, self.language))
    }

    /// For a server function: what its caller in the browser reads.
    pub fn json(&self, app: &App) -> String {
        let code = format!("problem-{}", self.refusal.name());
        let locale = self.storefront(app).locale;
        let message = say(locale, &format!("{code}-text"));
        serde_json::to_string(&ApiError { code, message }).unwrap_or_default()
    }

    /// For everything else: the document.
    pub fn page(&self, app: &App) -> String {
        let at = self.storefront(app);
        let name = self.refusal.name();
        let title = say(at.locale, &format!("problem-{name}-title"));
        let text = say(at.locale, &format!("problem-{name}-text"));
        let way = self.refusal.way(self.method);
        let page = of(title, text, self.status, way);
        let frame: Frame = surround_with(app, &at, self.uri, std::sync::Arc::default());
        render(page, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn every_refusal_has_words_in_every_language() {
        let statuses = [400, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503];
        let named = statuses.map(|status| {
            let status = StatusCode::from_u16(status).unwrap();
            Refusal::of(status).unwrap()
        });
        for refusal in named
            .into_iter()
            .chain([Refusal::BadAddress, Refusal::Unavailable])
        {
            for part in ["title", "text"] {
                let key = format!("problem-{}-{part}", refusal.name());
                let texts = Locale::ALL.map(|locale| say(locale, &key));
                assert!(texts[0] != key && texts[0] != texts[1], "{key}: {texts:?}");
            }
        }
        assert_eq!(Refusal::of(StatusCode::OK), None);
        assert_eq!(Refusal::of(StatusCode::CONFLICT), None);
    }

    #[test]
    fn what_was_posted_leads_to_the_bag() {
        assert!(Refusal::Busy.way(&Method::GET) == Way::Again);
        assert!(Refusal::Busy.way(&Method::POST) == Way::Bag);
        assert!(Refusal::TooLarge.way(&Method::POST) == Way::Bag);
        assert!(Refusal::BadAddress.way(&Method::GET) == Way::Elsewhere);
    }
}
