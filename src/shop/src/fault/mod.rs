//! Breaking on purpose, for `cargo xtask faults`: places where the process can be made to die, to err or to panic, and known
//! defects that can be planted to see whether the harness finds them. Both are asked for by the environment, which is read once;
//! the place also by the server's `PUT /fault`. Only a build with the feature `faults` asks: in every other build these functions
//! are empty and leave nothing behind.

#[cfg(feature = "faults")]
mod asked;
#[cfg(feature = "faults")]
mod settling;
#[cfg(feature = "faults")]
mod sql;

#[cfg(feature = "faults")]
pub use asked::{ask, clock_offset, left, planted, point};
#[cfg(feature = "faults")]
pub(crate) use settling::{careless, forgetful};
#[cfg(feature = "faults")]
pub(crate) use sql::{forget_ledger, hold_whatever_there_is};

/// Goes wrong here when that was asked for. `name` is the step that was just done: `place.committed`.
///
/// # Errors
/// [`Broken`](crate::Broken), when that is how it was to go wrong; never in a build without the feature `faults`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn point(_name: &str) -> Result<(), crate::Broken> {
    Ok(())
}

/// Whether the defect of that name is planted.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn planted(_name: &str) -> bool {
    false
}
