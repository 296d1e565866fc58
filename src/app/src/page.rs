//! A page before it is a document: what its head says, and a view to be rendered.

use crate::error::PageError;
use crate::frame::Frame;
use http::StatusCode;
use leptos::prelude::*;
use std::time::Duration;
use time::OffsetDateTime;

/// A page. Its view is made last, inside a reactive owner of its own.
pub struct Page {
    /// `<title>`; the shop's name is added.
    pub title: String,
    pub description: String,
    pub status: StatusCode,
    /// What a cached copy depends on: `product:calle-mug`, `category:kitchen`, `home`.
    pub tags: Vec<String>,
    /// When it stops being true without any change: the next scheduled price or publication.
    pub until: Option<OffsetDateTime>,
    /// Whether search engines may list it.
    pub indexed: bool,
    /// What other sites show with a link to it: a picture's source.
    pub picture: Option<String>,
    /// A class on `<body>`, for a page's own styles.
    pub kind: &'static str,
    pub view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    pub fn new(
        kind: &'static str,
        title: impl Into<String>,
        view: impl FnOnce() -> AnyView + Send + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            description: String::new(),
            status: StatusCode::OK,
            tags: Vec::new(),
            until: None,
            indexed: true,
            picture: None,
            kind,
            view: Box::new(view),
        }
    }

    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    pub fn picture(mut self, src: Option<String>) -> Self {
        self.picture = src;
        self
    }

    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// True until then at most; of several moments the first one counts.
    pub fn until(mut self, moment: OffsetDateTime) -> Self {
        self.until = Some(self.until.map_or(moment, |known| known.min(moment)));
        self
    }

    pub fn tags(mut self, tags: impl IntoIterator<Item = String>) -> Self {
        self.tags.extend(tags);
        self
    }
    /// Not for search engines: carts, checkouts, orders, errors.
    pub fn unlisted(mut self) -> Self {
        self.indexed = false;
        self
    }
}

/// What a page's handler answers with.
pub type PageResult = Result<Page, PageError>;

/// The tags of a rendered page, for the page cache; travels as a response extension.
#[derive(Clone, Debug, Default)]
pub struct Tags(pub Vec<String>);

/// How long a rendered page is true without any change, for the page cache; travels as a response extension.
#[derive(Clone, Copy, Debug)]
pub struct FreshFor(pub Duration);

/// Renders `page` inside `frame` to a whole document.
pub fn render(page: Page, frame: Frame) -> String {
    crate::document::render(page, frame)
}
