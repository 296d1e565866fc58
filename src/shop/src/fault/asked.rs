//! What the environment asks for.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use time::Duration;

/// `place.committed:3`: the third time that this step is done, the process dies after it.
struct Point {
    name: String,
    left: AtomicU64,
}

static POINT: LazyLock<Option<Point>> = LazyLock::new(|| {
    let asked = std::env::var("FAULT_POINT").ok()?;
    let (name, count) = asked.split_once(':').unwrap_or((&asked, "1"));
    Some(Point {
        name: name.to_owned(),
        left: AtomicU64::new(count.parse().unwrap_or(1)),
    })
});

static PLANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FAULT_PLANTED").ok());

static CLOCK_OFFSET: LazyLock<Duration> = LazyLock::new(|| {
    let seconds = std::env::var("FAULT_CLOCK_OFFSET").ok();
    Duration::seconds(seconds.and_then(|text| text.parse().ok()).unwrap_or(0))
});

/// Dies when it is this step's turn, without a word and without cleaning up, as `kill -9` would have it.
pub fn point(name: &str) {
    if let Some(point) = &*POINT
        && point.name == name
        && point.left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}

/// Whether the defect of that name is planted.
pub fn planted(name: &str) -> bool {
    PLANTED.as_deref() == Some(name)
}

/// How far the clock is off.
pub fn clock_offset() -> Duration {
    *CLOCK_OFFSET
}
