//! What figures are taken on, and when.

use crate::process;

/// Its cores, their model and its memory.
#[must_use]
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| {
        line.strip_prefix("model name")?
            .split_once(": ")
            .map(|(_, name)| name.to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .split_whitespace()
            .next()?
            .parse::<u64>()
            .ok()
    });
    format!(
        "{cores} cores of {}, {} GiB",
        model.unwrap_or_default(),
        kilobytes.unwrap_or_default() / 1024 / 1024
    )
}

/// The date, UTC: `2026-11-21`.
#[must_use]
pub fn today() -> String {
    process::answer("date", &["-u", "+%Y-%m-%d"])
        .unwrap_or_default()
        .trim()
        .to_owned()
}
