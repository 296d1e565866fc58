//! What a product's page can do in the browser.

mod arrival;
mod buy_box;
mod choice;
mod form;
mod gallery;

pub use buy_box::{BuyBox, BuyTexts};
pub use choice::Buyable;
