//! What a shop is: money, ids, markets, catalogue, cart, pricing, order states.
//!
//! Pure functions and types. Nothing here does I/O, reads a clock or draws a random number; it compiles to wasm32, so the
//! browser prices a cart with the very code the server uses.

pub mod actor;
pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod customer;
pub mod format;
pub mod fulfilment;
pub mod gift_card;
pub mod id;
pub mod inventory;
pub mod link;
pub mod market;
pub mod media;
pub mod money;
pub mod order;
pub mod payment;
pub mod pricing;
pub mod promotion;
pub mod region;
pub mod review;
pub mod settlement;

pub use actor::{Action, Actor, Denied, Role, may};
pub use id::*;
pub use market::{Country, Locale, Market, MarketCode, Storefront};
pub use money::{Currency, Money, MoneyError};
