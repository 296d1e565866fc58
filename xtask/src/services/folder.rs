//! The folder where private services keep their data: one per checkout, or a throwaway one for a test run.

use crate::setup::debian;
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, chown};
use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::{Read, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Names of throwaway folders begin so: a later run finds what a killed one left.
const THROWAWAY: &str = "rialto-test-";

/// A data folder that this process holds: no other `cargo xtask` can open it at the same time.
pub struct Folder {
    path: PathBuf,
    throwaway: bool,
    /// The account services run under when this is root.
    pub account: Option<&'static str>,
    /// Held, not read: the lock ends with the process, however it ends.
    _lock: File,
}

impl Folder {
    /// The checkout's own. Errs when a `run`, `dev` or `bench` of this checkout is using it.
    pub fn private() -> Result<Self> {
        Self::open(private_path()?, false)
    }

    /// A new one under the system's temporary folder, removed on drop. Those of killed runs are removed first.
    pub fn throwaway() -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        // One process may have several: the fault harness breaks several shops at a time.
        let mut name = format!("{THROWAWAY}{}", std::process::id());
        match MADE.fetch_add(1, Ordering::Relaxed) {
            0 => {}
            number => name.push_str(&format!("-{number}")),
        }
        Self::open(temporary.join(name), true)
    }

    fn open(path: PathBuf, throwaway: bool) -> Result<Self> {
        std::fs::create_dir_all(&path).map_err(|e| process::unwritable(&path, &e))?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o711))?;
        let lock = hold(&path)?;
        let account = if debian::root() {
            Some(debian::SERVICE_ACCOUNT)
        } else {
            None
        };
        let folder = Self {
            path,
            throwaway,
            account,
            _lock: lock,
        };
        end_leftovers(&folder.path)?;
        Ok(folder)
    }

    pub fn is_throwaway(&self) -> bool {
        self.throwaway
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder inside that belongs to the account services run under.
    pub fn for_services(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        std::fs::create_dir_all(&path).map_err(|e| process::unwritable(&path, &e))?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700))?;
        self.give(&path)?;
        Ok(path)
    }

    /// Hands a file or folder to the account services run under.
    pub fn give(&self, path: &Path) -> Result<()> {
        let Some(account) = self.account else {
            return Ok(());
        };
        let Some(user) = User::from_name(account)? else {
            bail!(
                "there is no user `{account}`, which PostgreSQL's Debian package makes: type `apt-get install -y postgresql`"
            );
        };
        chown(path, Some(user.uid), Some(user.gid))
            .with_context(|| format!("can't give {} to {account}", path.display()))
    }

    /// The services' password: made once, readable by this user alone.
    pub fn password(&self) -> Result<String> {
        let file = self.join("password");
        if let Ok(kept) = std::fs::read_to_string(&file)
            && kept.len() == 32
        {
            return Ok(kept);
        }
        let mut random = [0u8; 16];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let mut password = String::with_capacity(32);
        for byte in random {
            write!(password, "{byte:02x}")?;
        }
        secret_file(&file, &password)?;
        Ok(password)
    }

    /// A log in the folder, emptied.
    pub fn log(&self, name: &str) -> Result<File> {
        let file = self.join(&format!("{name}.log"));
        File::create(&file).map_err(|e| process::unwritable(&file, &e))
    }

    /// Writes down a service, so that the next start can end it should this process be killed.
    pub fn remember(&self, name: &str, pid: u32) -> Result<()> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.join("pids"))?;
        writeln!(file, "{pid} {} {name}", birth(pid).unwrap_or_default())?;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.join("pids"));
        if self.throwaway {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Writes a file that only its owner may read.
pub fn secret_file(path: &Path, text: &str) -> Result<()> {
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| process::unwritable(path, &e))?;
    file.write_all(text.as_bytes())
        .map_err(|e| process::unwritable(path, &e))
}

/// Where this checkout's data lies: `.data` inside it, unless this is root and the services' account can't get there.
pub fn private_path() -> Result<PathBuf> {
    let root = checkout::root();
    if !debian::root() || reachable(&root) {
        return Ok(root.join(".data"));
    }
    Ok(Path::new("/var/lib/rialto")
        .join(format!("{:016x}", fnv(root.as_os_str().as_encoded_bytes()))))
}

/// Whether any user may pass through all folders down to this one.
fn reachable(folder: &Path) -> bool {
    folder
        .ancestors()
        .all(|f| f.metadata().is_ok_and(|m| m.mode() & 0o001 != 0))
}

/// FNV-1a, 64 bits: a stable name for a path.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn hold(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let mut lock = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|e| process::unwritable(&path, &e))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "this checkout's services are in use by another `cargo xtask` (process {}): stop it with Ctrl-C, or `kill {0}`",
            holder(folder).map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
        ),
        Err(TryLockError::Error(e)) => return Err(e).context("can't lock the data folder"),
    }
    lock.set_len(0)?;
    write!(lock, "{}", std::process::id())?;
    Ok(lock)
}

/// The process that holds, or last held, a data folder.
pub fn holder(folder: &Path) -> Option<i32> {
    std::fs::read_to_string(folder.join("lock"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Ends services that a killed run left, and waits until they are gone.
fn end_leftovers(folder: &Path) -> Result<()> {
    let Ok(written) = std::fs::read_to_string(folder.join("pids")) else {
        return Ok(());
    };
    let left: Vec<(u32, u64)> = written
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect();
    // A pid may have been given to another program since: its start time tells.
    let alive = || {
        left.iter()
            .filter(|(pid, born)| birth(*pid) == Some(*born))
            .map(|(pid, _)| Pid::from_raw(*pid as i32))
    };
    // Interrupt is PostgreSQL's fast shutdown, and ends the others as well.
    for pid in alive() {
        let _ = kill(pid, Signal::SIGINT);
    }
    if process::wait_until(
        Duration::from_secs(20),
        "the end of an earlier run's services",
        || Ok(alive().next().is_none()),
    )
    .is_err()
    {
        process::go_on()?;
        for pid in alive() {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
    std::fs::remove_file(folder.join("pids"))?;
    Ok(())
}

/// When a process was started, in clock ticks since boot; None when there is none, or only its remains.
fn birth(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may hold anything: count from its end.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if fields.first() == Some(&"Z") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

/// Removes throwaway folders whose run is dead.
fn sweep(temporary: &Path) {
    for entry in std::fs::read_dir(temporary).into_iter().flatten().flatten() {
        let mine = entry
            .metadata()
            .is_ok_and(|m| m.uid() == nix::unistd::geteuid().as_raw());
        if mine
            && entry.file_name().to_string_lossy().starts_with(THROWAWAY)
            && let Ok(lock) = File::open(entry.path().join("lock"))
            && lock.try_lock().is_ok()
            && end_leftovers(&entry.path()).is_ok()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, birth, end_leftovers, holder};
    use std::process::Command;

    #[test]
    fn a_folder_is_held_once_and_removed_with_its_holder() {
        let folder = Folder::open(
            std::env::temp_dir().join(format!("rialto-folder-test-{}", std::process::id())),
            true,
        )
        .expect("opens");
        assert_eq!(
            holder(folder.path()),
            i32::try_from(std::process::id()).ok()
        );
        let again = Folder::open(folder.path().to_path_buf(), false)
            .err()
            .map(|e| e.to_string());
        assert!(again.is_some_and(|e| e.contains("another `cargo xtask`")));
        let password = folder.password().expect("written");
        assert_eq!(folder.password().ok(), Some(password));
        let path = folder.path().to_path_buf();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn leftovers_are_ended_and_strangers_are_not() {
        let folder = Folder::open(
            std::env::temp_dir().join(format!("rialto-left-test-{}", std::process::id())),
            true,
        )
        .expect("opens");
        let mut ours = Command::new("sleep")
            .arg("600")
            .spawn()
            .expect("sleep runs");
        let mut stranger = Command::new("sleep")
            .arg("600")
            .spawn()
            .expect("sleep runs");
        folder.remember("ours", ours.id()).expect("written");
        let pids = std::fs::read_to_string(folder.join("pids")).expect("read");
        std::fs::write(
            folder.join("pids"),
            format!("{pids}{} 12345 reused\n", stranger.id()),
        )
        .expect("written");
        let reaper = std::thread::spawn(move || ours.wait());
        end_leftovers(folder.path()).expect("ends");
        assert!(
            reaper
                .join()
                .expect("joins")
                .is_ok_and(|status| !status.success())
        );
        assert!(birth(stranger.id()).is_some());
        stranger
            .kill()
            .and_then(|()| stranger.wait())
            .expect("ends");
    }
}
