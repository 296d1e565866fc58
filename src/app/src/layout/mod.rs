//! What stands around every page, and the pieces that pages are made of.

mod card;
mod crumbs;
pub mod delivery;
mod drawn;
mod foot;
mod head;
pub mod icon;
mod picture;
mod price;
mod shell;

pub use card::{Card, Grid};
pub use crumbs::Crumbs;
pub use drawn::Drawn;
pub use icon::Icon;
pub use picture::{Loading, Picture, largest};
pub use price::Price;
pub use shell::{Shell, Shells};
