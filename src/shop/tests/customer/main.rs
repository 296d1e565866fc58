//! Sessions, and two customers becoming one.

mod claim;
mod groups;
mod login_merge;
mod merge;
mod merge_carts;
mod method;
mod sessions;
mod sql;
mod wish;
