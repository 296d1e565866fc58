//! What people see: pages, forms and server functions. Rendered on the server only; what the browser runs is in the crate
//! `islands`.
//!
//! A page is an axum handler that loads everything first (`shop`), then renders a Leptos view in one go. There is no router
//! and no resource: nothing streams, nothing is serialised twice, and a finished document can be cached as it is.

// A view's type names everything in it.
#![recursion_limit = "256"]

pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod compare;
pub mod content;
pub mod cookie;
pub mod customer;
pub mod document;
pub mod error;
pub mod frame;
pub mod layout;
pub mod order;
pub mod page;
pub mod problem;
pub mod recommend;
pub mod reviews;
pub mod route;
pub mod search;
pub mod server_fn;
pub mod state;
pub mod visitor;
pub mod wish;

pub use error::PageError;
pub use frame::{Frame, frame};
pub use page::Page;
pub use state::App;
pub use visitor::Visitor;
