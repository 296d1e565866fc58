//! The simulator as a program, over HTTP.

mod faults;
mod provider;
mod world;
