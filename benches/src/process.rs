//! What processes have spent, from `/proc` (proc(5)).

/// User and system CPU seconds of `pid` so far. Clock ticks are hundredths of a second on Linux.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    Some(Stat::of(pid)?.seconds)
}

/// The same of `pid` and of its children: PostgreSQL serves each connection by one.
pub fn family_seconds(pid: u32) -> Option<f64> {
    let own = cpu_seconds(pid)?;
    let others = std::fs::read_dir("/proc").ok()?.flatten();
    let children = others
        .filter_map(|entry| Stat::of(entry.file_name().to_str()?.parse().ok()?))
        .filter(|stat| stat.parent == pid);
    Some(children.fold(own, |sum, child| sum + child.seconds))
}

struct Stat {
    parent: u32,
    seconds: f64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may hold spaces; fields are counted after its closing bracket.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            seconds: (ticks(11)? + ticks(12)?) / 100.0,
        })
    }
}

/// Megabytes of `pid` that a line of its status tells: `VmRSS:` what is resident, `RssAnon:` what no file stands behind.
pub fn megabytes(pid: u32, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|told| told.strip_prefix(line))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Waits until this program is asked to end (SIGTERM), which is to tell what was measured so far.
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut asked) => {
            asked.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_process_has() {
        let own = std::process::id();
        let resident = megabytes(own, "VmRSS:").expect("a line of its own status");
        let anonymous = megabytes(own, "RssAnon:").expect("a line of its own status");
        assert!(resident > anonymous && anonymous > 0.0);
        assert_eq!(megabytes(own, "Nothing:"), None);
        assert!(cpu_seconds(own).is_some());
    }
}
