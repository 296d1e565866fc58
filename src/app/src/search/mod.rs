//! Search, and what every list of products is made of: its address, what narrows it, its order, its pages.

pub mod click;
pub mod list;
pub mod page;
pub mod suggest;
pub mod wanted;
