//! Search, and what every list of products is made of: its address, what narrows it, its order, its pages.

mod chips;
pub mod click;
mod filters;
pub mod list;
pub mod page;
pub mod suggest;
pub mod wanted;
