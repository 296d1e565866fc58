//! Child processes: started in groups of their own, dying with their parent, stopped in order, never left behind.

use crate::{checkout, mend};
use anyhow::{Context, Result, anyhow, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

static ABANDONED: AtomicBool = AtomicBool::new(false);

/// How long a stopped process may take before it is killed.
const GRACE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(15);

/// The person pressed Ctrl-C, or SIGTERM came.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}

/// From now on Ctrl-C and SIGTERM make every wait in this module end in [`Interrupted`]; a second one ends this
/// program at once, and the children with it.
pub fn catch_interrupts() -> Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .context("can't listen for Ctrl-C")
}

/// Whether the person has asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends what runs at the same time, because one part of it has failed and the rest would be for nothing.
pub fn abandon() {
    ABANDONED.store(true, Ordering::SeqCst);
}

fn over() -> bool {
    interrupted() || ABANDONED.load(Ordering::SeqCst)
}

/// Errs once the person has asked to stop.
pub fn go_on() -> Result<()> {
    if over() {
        bail!(Interrupted);
    }
    Ok(())
}

/// A command that runs in the checkout's root, reads nothing, has a process group of its own (so that Ctrl-C reaches
/// this program alone, which then stops children in order), and gets SIGTERM should this program be killed.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    command_as(program, "TERM", None)
}

/// The same, with the signal to get when this program dies, and the account to run under when this is root.
pub fn command_as(program: impl AsRef<OsStr>, death: &str, account: Option<&str>) -> Command {
    let mut command = if checkout::on_path("setpriv").is_some() {
        let mut command = Command::new("setpriv");
        if let Some(account) = account {
            command.args(["--reuid", account, "--regid", account, "--init-groups"]);
        }
        command.args(["--pdeathsig", death, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir(checkout::root())
        .stdin(Stdio::null())
        .process_group(0);
    command
}

/// Cargo, in the checkout's root. Builds read the committed `.sqlx` whatever the environment says.
pub fn cargo() -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.env("SQLX_OFFLINE", "true");
    // `cargo run` sets these for this program; a nested cargo would hand them on and rebuild.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end. Output goes to `target/xtask/<log>.log`, each line of it also to `on_line`; all of it is returned.
/// A failure is explained in one line where the cause is known, else it carries the end of the output.
pub fn run(command: &mut Command, log: &str, on_line: impl FnMut(&str) + Send) -> Result<String> {
    let (status, output, file) = attempt(command, log, on_line)?;
    if status.success() {
        return Ok(output);
    }
    if let Some(cause) = mend::explain(&output) {
        bail!("{cause} (the whole story: {})", checkout::short(&file));
    }
    Err(anyhow!(
        "{}\n`{}` failed ({status}); the whole story: {}",
        telling_end(&output),
        readable(command),
        checkout::short(&file)
    ))
}

/// Like [`run`], but a failing exit status is the caller's to judge.
pub fn attempt(
    command: &mut Command,
    log: &str,
    mut on_line: impl FnMut(&str) + Send,
) -> Result<(ExitStatus, String, PathBuf)> {
    go_on()?;
    let folder = checkout::workshop();
    std::fs::create_dir_all(&folder).map_err(|e| unwritable(&folder, &e))?;
    let file = folder.join(format!("{log}.log"));
    let mut copy = std::fs::File::create(&file).map_err(|e| unwritable(&file, &e))?;
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = spawn(command)?;
    // The command keeps copies of the pipe's writing end; the reader would wait for them for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut output = String::new();
            let mut lines = BufReader::new(reader);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let text = String::from_utf8_lossy(&line);
                let _ = copy.write_all(text.as_bytes());
                on_line(text.trim_end());
                output.push_str(&text);
                line.clear();
            }
            output
        });
        let ended = wait(&mut child);
        // Whatever the command left running holds the pipe open, and has no business to live on.
        let _ = killpg(group(&child), Signal::SIGKILL);
        let output = reading.join().unwrap_or_default();
        Ok((ended?, output, file))
    })
}

/// Starts a child; a missing program is named.
pub fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow!("`{}` is not installed", readable(command)),
        _ => anyhow!("can't start `{}`: {error}", readable(command)),
    })
}

/// Waits for the end; when the person asks to stop, stops the child and errs.
pub fn wait(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if over() {
            stop(child, Signal::SIGTERM);
            bail!(Interrupted);
        }
        std::thread::sleep(POLL);
    }
}

/// Asks the child's whole group to end, waits, and kills what is left after twenty seconds.
pub fn stop(child: &mut Child, signal: Signal) {
    if !matches!(child.try_wait(), Ok(None)) {
        let _ = killpg(group(child), Signal::SIGKILL);
        return;
    }
    let _ = killpg(group(child), signal);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        std::thread::sleep(POLL);
    }
    let _ = killpg(group(child), Signal::SIGKILL);
    let _ = child.wait();
}

/// Calls `ready` until it holds; errs when the person asks to stop, or when `limit` has passed.
pub fn wait_until(
    limit: Duration,
    what: &str,
    mut ready: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !ready()? {
        go_on()?;
        if Instant::now() > deadline {
            bail!("{what} did not happen within {} s", limit.as_secs());
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// What a short command prints, or None when it can't be run or fails.
pub fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(checkout::root())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// Says that a folder or file can't be written, with the mend for a full disk.
pub fn unwritable(path: &Path, error: &std::io::Error) -> anyhow::Error {
    match mend::explain(&error.to_string()) {
        Some(cause) => anyhow!("{cause}"),
        None => anyhow!("can't write {}: {error}", path.display()),
    }
}

/// The processes that `parent` has started and that live.
pub fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name may hold anything; after its closing bracket come the state and the parent (proc(5)).
        let parent_of = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parent_of == Some(parent)
    })
    .collect()
}

fn group(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

/// The command as a person would type it, without the wrapping of [`command_as`].
fn readable(command: &Command) -> String {
    let mut words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if words[0] == "setpriv"
        && let Some(end) = words.iter().position(|word| word == "--")
    {
        words.drain(..=end);
    }
    if let Some(name) = Path::new(&words[0]).file_name() {
        words[0] = name.to_string_lossy().into_owned();
    }
    words.join(" ")
}

/// The end of a failed program's output, without a build's chatter.
fn telling_end(output: &str) -> String {
    const CHATTER: &[&str] = &[
        "Compiling",
        "Checking",
        "Downloading",
        "Downloaded",
        "Blocking",
        "Updating",
        "Fresh",
        "Locking",
        "Adding",
    ];
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| {
            !CHATTER
                .iter()
                .any(|word| line.trim_start().starts_with(word))
        })
        .collect();
    lines[lines.len().saturating_sub(200)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::{attempt, command, readable, run, telling_end, wait_until};
    use std::time::Duration;

    #[test]
    fn output_and_status_come_back() {
        let mut lines = Vec::new();
        let text = run(
            command("sh").args(["-c", "echo one; echo two >&2"]),
            "selftest-run",
            |line| {
                lines.push(line.to_owned());
            },
        );
        assert_eq!(text.ok().as_deref(), Some("one\ntwo\n"));
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn what_a_command_leaves_running_is_ended_with_it() {
        let mut leave = command("sh");
        leave.args(["-c", "sleep 600 & echo $!"]);
        let (status, output, _) = attempt(&mut leave, "selftest-left", |_| ()).expect("sh runs");
        assert!(status.success());
        let stat = format!("/proc/{}/stat", output.trim());
        // A killed orphan is seen as a zombie until init has reaped it.
        let gone = wait_until(Duration::from_secs(10), "the end of the orphan", || {
            Ok(std::fs::read_to_string(&stat).map_or(true, |state| state.contains(") Z")))
        });
        assert!(gone.is_ok(), "{gone:?}");
    }

    #[test]
    fn failures_are_told_without_the_chatter() {
        let failed = run(
            command("sh").args(["-c", "echo '   Compiling leptos'; echo 'error: no'; exit 3"]),
            "selftest-failed",
            |_| (),
        );
        let told = failed.expect_err("exit 3 is a failure").to_string();
        assert!(
            told.contains("error: no") && !told.contains("Compiling leptos\n"),
            "{told}"
        );
        assert_eq!(telling_end("  Downloaded x\nkept"), "kept");
    }

    #[test]
    fn commands_read_as_typed() {
        assert_eq!(readable(command("/usr/bin/psql").arg("-X")), "psql -X");
    }
}
