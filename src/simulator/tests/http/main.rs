//! The simulator as a program, over HTTP.

mod faults;
mod paypal;
mod provider;
mod world;
