//! The wish list: its page, the forms that change it, and the button on a product's page.

pub mod form;
mod list;
pub mod page;
mod save;

pub use save::Save;
