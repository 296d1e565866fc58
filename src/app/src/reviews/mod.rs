//! Reviews: stars on cards and products, what is said, and the form that asks for it.

pub mod form;
pub mod page;
mod said;
mod stars;

pub use said::{Said, each};
pub use stars::{Rated, Stars, average};
