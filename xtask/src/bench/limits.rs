//! What of a machine can run out, named before it does.

use crate::checkout;
use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::path::Path;

/// Descriptors that a process has for other things: the database's connections, the index, the log, who is measured beside.
pub const SPARE: u32 = 400;

/// Lets this process, and those it starts, open as many files as it may (RLIMIT_NOFILE); how many that are.
pub fn raise_files() -> Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("how many files may be open")?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).with_context(|| {
            format!("can't raise the number of open files from {soft} to {hard}")
        })?;
    }
    Ok(hard)
}

/// What the whole machine has for open connections; None where it does not say.
pub struct Machine {
    /// `fs.file-max`, less what is open.
    pub files: Option<u64>,
    /// `net.netfilter.nf_conntrack_max`, where connections are tracked.
    pub tracked: Option<u64>,
    /// Memory that is available, bytes.
    pub memory: Option<u64>,
}

impl Machine {
    pub fn look() -> Self {
        let numbers = |file: &str| -> Vec<u64> {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            text.split_whitespace()
                .filter_map(|word| word.parse().ok())
                .collect()
        };
        let files = match numbers("/proc/sys/fs/file-nr").as_slice() {
            [open, free, most] => Some(most.saturating_sub(open.saturating_sub(*free))),
            _ => None,
        };
        Self {
            files,
            tracked: numbers("/proc/sys/net/netfilter/nf_conntrack_max")
                .first()
                .copied(),
            memory: meminfo("MemAvailable:"),
        }
    }

    /// How many of `wanted` connections, both ends on this machine, of `bytes` each, it can hold; and what keeps it from more.
    pub fn holds(&self, wanted: u64, bytes: u64) -> (u64, Option<String>) {
        let limits = [
            (
                self.files.map(|files| files / 2),
                "open files of the whole machine (sysctl fs.file-max)".to_owned(),
            ),
            (
                self.tracked,
                "tracked connections (sysctl net.netfilter.nf_conntrack_max)".to_owned(),
            ),
            (
                self.memory.map(|memory| memory / 10 * 8 / bytes.max(1)),
                format!(
                    "memory: {} MB are available, and each takes about {bytes} bytes",
                    self.memory.unwrap_or_default() >> 20
                ),
            ),
        ];
        let least = limits
            .into_iter()
            .filter_map(|(most, what)| Some((most?, what)));
        match least.min_by_key(|(most, _)| *most) {
            Some((most, what)) if most < wanted => (most, Some(what)),
            _ => (wanted, None),
        }
    }
}

/// Bytes that a line of /proc/meminfo tells.
pub fn meminfo(name: &str) -> Option<u64> {
    line_kb("/proc/meminfo", name)
}

/// Bytes that a line of a process's status tells, such as `RssAnon:`.
pub fn status(pid: u32, name: &str) -> Option<u64> {
    line_kb(&format!("/proc/{pid}/status"), name)
}

fn line_kb(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Files that a process has open.
pub fn open_files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// Bytes that the kernel has: in slabs, where sockets and files are, and in sockets' buffers.
pub fn kernel() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let pages = text
        .lines()
        .find_map(|line| line.strip_prefix("TCP:"))
        .and_then(|line| line.split_once("mem "))
        .and_then(|(_, pages)| pages.split_whitespace().next()?.parse::<u64>().ok());
    (
        meminfo("Slab:").unwrap_or_default(),
        pages.unwrap_or_default() * 4096,
    )
}

/// Bytes free where this checkout builds, and in the temporary folder, where the bench's database lies: the lesser.
pub fn disk() -> Option<u64> {
    let free = |folder: &Path| {
        let disk = nix::sys::statvfs::statvfs(folder).ok()?;
        Some(disk.blocks_available() * disk.fragment_size())
    };
    let here = free(&checkout::target())?;
    Some(here.min(free(&std::env::temp_dir())?))
}

/// Bytes of the files in a folder and in those inside.
pub fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => size(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: u64, tracked: Option<u64>, memory: u64) -> Machine {
        Machine {
            files: Some(files),
            tracked,
            memory: Some(memory),
        }
    }

    #[test]
    fn names_what_runs_out_first() {
        let plenty = 1 << 40;
        assert_eq!(
            machine(plenty, None, plenty).holds(52_000, 60_000),
            (52_000, None)
        );
        let (holds, what) = machine(10_000, Some(60_000), plenty).holds(52_000, 60_000);
        assert_eq!(holds, 5_000);
        assert!(what.is_some_and(|what| what.contains("fs.file-max")));
        let (holds, what) = machine(plenty, Some(40_000), plenty).holds(52_000, 60_000);
        assert_eq!(holds, 40_000);
        assert!(what.is_some_and(|what| what.contains("nf_conntrack_max")));
        let (holds, what) = machine(plenty, None, 100_000_000).holds(52_000, 8_000);
        assert_eq!(holds, 10_000);
        assert!(what.is_some_and(|what| what.contains("95 MB are available")));
    }

    #[test]
    fn reads_what_this_process_has() {
        let own = std::process::id();
        assert!(status(own, "VmRSS:") > status(own, "RssAnon:"));
        assert!(open_files(own) > 2);
        assert!(meminfo("MemAvailable:").is_some());
        assert!(raise_files().is_ok_and(|files| files > 0));
    }
}
