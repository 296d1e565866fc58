//! The simulator as a program, over HTTP.

mod carrier;
mod faults;
mod paypal;
mod provider;
mod saved;
mod world;
