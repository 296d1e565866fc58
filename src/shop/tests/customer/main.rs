//! Sessions, and two customers becoming one.

mod merge;
mod merge_carts;
mod sessions;
mod sql;
