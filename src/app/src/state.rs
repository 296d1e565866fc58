//! The app's state on the server.

use crate::layout::{Drawn, Shells};
use shop::Shop;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

/// What every handler gets. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    drawn: Drawn,
    shells: Shells,
}

/// What an [`App`] is made of.
pub struct Parts {
    pub shop: Shop,
    /// Where each file of the site is served from: `/pkg/rialto.js` → `/assets/rialto.5f2c….js`.
    pub assets: HashMap<String, String>,
    /// What distinguishes this build from others: caches carry it.
    pub build: String,
    /// Whether cookies may be `__Host-…; Secure`: on https, and on loopback.
    pub secure_cookies: bool,
    /// Set in development: the WebSocket port of `cargo leptos watch`.
    pub reload_port: Option<u16>,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            drawn: Drawn::default(),
            shells: Shells::default(),
        }))
    }

    /// Cards as they were last rendered.
    pub fn drawn(&self) -> &Drawn {
        &self.0.drawn
    }

    /// What stands around pages, as it was last rendered.
    pub fn shells(&self) -> &Shells {
        &self.0.shells
    }

    /// The URL of a file of the site; the path itself when there is no such file.
    pub fn asset<'a>(&'a self, path: &'a str) -> &'a str {
        self.assets.get(path).map_or(path, String::as_str)
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
