//! Home, categories, brands, collections, products.

pub mod api;
pub mod brand;
pub mod category;
pub mod collection;
mod folds;
pub mod home;
pub mod product;
