//! What the environment asks for.

use crate::Broken;
use std::sync::{LazyLock, Mutex, PoisonError};
use time::Duration;

/// What becomes of a process at a point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It dies without a word and without cleaning up, as `kill -9` would have it.
    Dies,
    /// It lives on, and what was just done is answered as if PostgreSQL had been lost.
    Errs,
    /// It lives on, and whoever did it panics.
    Panics,
}

/// `place.committed:3:error`: the third time that this step is done, it goes wrong.
struct Point {
    name: String,
    /// How often it must be reached yet; nothing happens at 0 any more.
    left: u64,
    way: Way,
}

impl Point {
    /// `name[:count[:error|panic]]`; without the last it is death.
    fn read(asked: &str) -> Option<Self> {
        let mut parts = asked.trim().split(':');
        let name = parts.next().filter(|name| !name.is_empty())?;
        Some(Self {
            name: name.to_owned(),
            left: parts.next().unwrap_or("1").parse().ok()?,
            way: match parts.next() {
                None => Way::Dies,
                Some("error") => Way::Errs,
                Some("panic") => Way::Panics,
                Some(_) => return None,
            },
        })
    }
}

static POINT: LazyLock<Mutex<Option<Point>>> = LazyLock::new(|| {
    let asked = std::env::var("FAULT_POINT").ok();
    Mutex::new(asked.as_deref().and_then(Point::read))
});

static PLANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FAULT_PLANTED").ok());

static CLOCK_OFFSET: LazyLock<Duration> = LazyLock::new(|| {
    let seconds = std::env::var("FAULT_CLOCK_OFFSET").ok();
    Duration::seconds(seconds.and_then(|text| text.parse().ok()).unwrap_or(0))
});

/// Goes wrong when it is this step's turn.
///
/// # Errors
/// [`Broken`], when that is how it was to go wrong.
pub fn point(name: &str) -> Result<(), Broken> {
    let way = {
        let mut asked = POINT.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(point) = asked.as_mut().filter(|point| point.name == name) else {
            return Ok(());
        };
        if point.left == 0 {
            return Ok(());
        }
        point.left -= 1;
        if point.left > 0 {
            return Ok(());
        }
        point.way
    };
    match way {
        Way::Dies => std::process::abort(),
        Way::Panics => panic!("asked to panic at {name}"),
        Way::Errs => {
            let lost = std::io::Error::new(std::io::ErrorKind::ConnectionReset, name.to_owned());
            Err(Broken::Database(sqlx::Error::Io(lost)))
        }
    }
}

/// From now on this goes wrong (`settle.written:3:panic`), and nothing else. False when it can't be read: then nothing does.
pub fn ask(asked: &str) -> bool {
    let new = Point::read(asked);
    let is_read = new.is_some();
    *POINT.lock().unwrap_or_else(PoisonError::into_inner) = new;
    is_read
}

/// How often what is asked for must be reached yet: 0 when it went wrong, or nothing is asked for.
pub fn left() -> u64 {
    let asked = POINT.lock().unwrap_or_else(PoisonError::into_inner);
    asked.as_ref().map_or(0, |point| point.left)
}

/// Whether the defect of that name is planted.
pub fn planted(name: &str) -> bool {
    PLANTED.as_deref() == Some(name)
}

/// How far the clock is off.
pub fn clock_offset() -> Duration {
    *CLOCK_OFFSET
}
