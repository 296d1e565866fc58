//! What the person at the terminal sees: numbered phases, how long each has run, and one line when something is missing.
//!
//! On a terminal the last line shows the phases under way; elsewhere (a log, CI) a line is printed when a phase begins,
//! every twenty seconds while it runs, and when it ends.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a phase under way is mentioned in a log.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// The phases of one command. Cheap to clone; phases may run at the same time.
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

struct Shared {
    total: usize,
    terminal: bool,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: usize,
    running: Vec<Running>,
    finished: Vec<Finished>,
    drawn: bool,
    closed: bool,
}

struct Running {
    number: usize,
    name: String,
    note: String,
    since: Instant,
    mentioned: Instant,
}

/// A phase that has ended.
#[derive(Clone)]
pub struct Finished {
    pub name: String,
    pub took: Duration,
    pub outcome: String,
    pub ok: bool,
}

impl Progress {
    /// `total` is how many phases there will be.
    pub fn new(total: usize) -> Self {
        let progress = Self(Arc::new(Shared {
            total,
            terminal: std::io::stderr().is_terminal(),
            started: Instant::now(),
            state: Mutex::default(),
        }));
        let watched = progress.clone();
        std::thread::spawn(move || {
            while watched.tick() {
                std::thread::sleep(Duration::from_millis(250));
            }
        });
        progress
    }

    /// Begins the next phase.
    pub fn begin(&self, name: &str) -> Phase {
        let mut state = self.state();
        state.begun += 1;
        let number = state.begun;
        let now = Instant::now();
        state.running.push(Running {
            number,
            name: name.to_owned(),
            note: String::new(),
            since: now,
            mentioned: now,
        });
        if self.0.terminal {
            self.draw(&mut state);
        } else {
            eprintln!("[{number}/{}] {name} …", self.0.total);
        }
        drop(state);
        Phase {
            progress: self.clone(),
            number,
            over: false,
        }
    }

    /// Prints a line without tearing the status line.
    pub fn say(&self, line: &str) {
        let mut state = self.state();
        self.wipe(&mut state);
        eprintln!("{line}");
    }

    /// The phases that have ended, in the order they did.
    pub fn finished(&self) -> Vec<Finished> {
        self.state().finished.clone()
    }

    /// Time since the command began.
    pub fn elapsed(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Removes the status line for good.
    pub fn close(&self) {
        let mut state = self.state();
        self.wipe(&mut state);
        state.closed = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Redraws; false once the command is over.
    fn tick(&self) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        if self.0.terminal {
            self.draw(&mut state);
            return true;
        }
        let total = self.0.total;
        for phase in &mut state.running {
            if phase.mentioned.elapsed() >= HEARTBEAT {
                phase.mentioned = Instant::now();
                eprintln!("[{}/{total}] {}", phase.number, phase.line());
            }
        }
        true
    }

    fn draw(&self, state: &mut State) {
        self.wipe(state);
        if state.running.is_empty() {
            return;
        }
        let total = self.0.total;
        let line = state
            .running
            .iter()
            .map(|phase| format!("[{}/{total}] {}", phase.number, phase.line()))
            .collect::<Vec<_>>()
            .join("  ");
        // A line longer than the terminal would wrap and could not be wiped.
        let short: String = line.chars().take(width()).collect();
        eprint!("{short}");
        state.drawn = std::io::stderr().flush().is_ok();
    }

    fn wipe(&self, state: &mut State) {
        if state.drawn {
            eprint!("\r\x1b[2K");
            state.drawn = false;
        }
    }
}

impl Running {
    fn line(&self) -> String {
        let time = seconds(self.since.elapsed());
        if self.note.is_empty() {
            format!("{} … {time}", self.name)
        } else {
            format!("{} … {time}, {}", self.name, self.note)
        }
    }
}

/// A phase under way. Dropped without [`Phase::done`], it counts as failed.
pub struct Phase {
    progress: Progress,
    number: usize,
    over: bool,
}

impl Phase {
    /// Shows how far the phase is.
    pub fn note(&self, note: &str) {
        let mut state = self.progress.state();
        if let Some(phase) = state.running.iter_mut().find(|p| p.number == self.number) {
            note.clone_into(&mut phase.note);
        }
    }

    /// Ends the phase well; `outcome` is a few words, or empty.
    pub fn done(mut self, outcome: &str) {
        self.end(outcome, true);
    }

    /// Ends the phase badly.
    pub fn failed(mut self, outcome: &str) {
        self.end(outcome, false);
    }

    fn end(&mut self, outcome: &str, ok: bool) {
        self.over = true;
        let progress = &self.progress;
        let mut state = progress.state();
        let Some(at) = state.running.iter().position(|p| p.number == self.number) else {
            return;
        };
        let phase = state.running.remove(at);
        let took = phase.since.elapsed();
        progress.wipe(&mut state);
        let verdict = match (ok, outcome) {
            (true, "") => "done".to_owned(),
            (true, words) => words.to_owned(),
            (false, "") => "FAILED".to_owned(),
            (false, words) => format!("FAILED: {words}"),
        };
        eprintln!(
            "[{}/{}] {} … {}, {verdict}",
            phase.number,
            progress.0.total,
            phase.name,
            seconds(took)
        );
        state.finished.push(Finished {
            name: phase.name,
            took,
            outcome: verdict,
            ok,
        });
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        if !self.over {
            self.end("", false);
        }
    }
}

/// `0.4 s`, `41 s`, `3 min 20 s`.
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    match whole {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{whole} s"),
        _ => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

/// `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Columns to draw in: what the shell says, else a narrow terminal's.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.unwrap_or(80usize).max(20) - 1
}

#[cfg(test)]
mod tests {
    use super::{seconds, thousands};
    use std::time::Duration;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(41)), "41 s");
        assert_eq!(seconds(Duration::from_secs(200)), "3 min 20 s");
    }
}
