//! Breaking on purpose, for `cargo xtask faults`: places where the process can be made to die, and known defects that can be
//! planted to see whether the harness finds them. Both are asked for by the environment, which is read once, and only a build
//! with the feature `faults` asks: in every other build these functions are empty and leave nothing behind.

#[cfg(feature = "faults")]
mod asked;
#[cfg(feature = "faults")]
mod settling;
#[cfg(feature = "faults")]
mod sql;

#[cfg(feature = "faults")]
pub use asked::{clock_offset, planted, point};
#[cfg(feature = "faults")]
pub(crate) use settling::{careless, forgetful};
#[cfg(feature = "faults")]
pub(crate) use sql::{forget_ledger, hold_whatever_there_is};

/// Dies here when `FAULT_POINT` says so. `name` is the step that was just done: `place.committed`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn point(_name: &str) {}

/// Whether the defect of that name is planted.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn planted(_name: &str) -> bool {
    false
}
