//! Home, categories, products.

pub mod api;
pub mod category;
mod folds;
pub mod home;
pub mod product;
