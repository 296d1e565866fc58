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

/// Resident megabytes of `pid`.
pub fn resident_mb(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
