//! The ledger file: JSON lines, appended, made durable by a thread that serves many waiters with one fsync.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use tokio::sync::watch;

use super::model::Change;

/// Where a line lies in the file, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start: u64,
    pub length: usize,
}

/// Why a ledger can't be used.
#[derive(Debug)]
pub enum LedgerError {
    Open(PathBuf, io::Error),
    InUse(PathBuf),
    Read(PathBuf, io::Error),
    Line(PathBuf, usize, serde_json::Error),
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(path, error) => {
                write!(f, "--ledger {} can't be opened: {error}", path.display())
            }
            Self::InUse(path) => write!(
                f,
                "--ledger {} is in use by another simulator",
                path.display()
            ),
            Self::Read(path, error) => {
                write!(f, "--ledger {} can't be read: {error}", path.display())
            }
            Self::Line(path, line, error) => write!(
                f,
                "--ledger {} line {line} is not a ledger line: {error}",
                path.display()
            ),
        }
    }
}

/// The open file.
pub struct Ledger {
    file: File,
    length: u64,
    written: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens or creates the file, locks it, hands every line to `each`, and cuts off a last line that a crash tore.
    ///
    /// # Errors
    /// The file can't be had, another process holds it, or a line before the last is not a change.
    pub fn open(path: &Path, mut each: impl FnMut(Change, Span)) -> Result<Self, LedgerError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(|error| LedgerError::Open(path.into(), error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::InUse(path.into())),
            Err(TryLockError::Error(error)) => return Err(LedgerError::Open(path.into(), error)),
        }
        let failed = |error| LedgerError::Read(path.into(), error);
        let size = file.metadata().map_err(failed)?.len();
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let (mut start, mut number, mut line) = (0_u64, 0_usize, Vec::new());
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(failed)?;
            if length == 0 {
                break;
            }
            number += 1;
            let last = start + length as u64 == size;
            match serde_json::from_slice(&line) {
                Ok(change) if line.ends_with(b"\n") => each(change, Span { start, length }),
                Err(error) if !last => return Err(LedgerError::Line(path.into(), number, error)),
                _ => {
                    tracing::warn!(line = number, "cutting a torn last line off the ledger");
                    break;
                }
            }
            start += length as u64;
        }
        file.set_len(start).map_err(failed)?;
        Ok(Self {
            file,
            length: start,
            written: Arc::new(AtomicU64::new(start)),
        })
    }

    /// Writes a line: it survives the end of this process, but not yet a power cut.
    ///
    /// # Errors
    /// The file refuses it (a full disk); then nothing of the line stays.
    pub fn append(&mut self, change: &Change) -> io::Result<Span> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        let span = Span {
            start: self.length,
            length: line.len(),
        };
        self.length += line.len() as u64;
        self.written.store(self.length, Ordering::Release);
        Ok(span)
    }

    /// The file's length, which a later [`Fsync::reach`] may be asked for.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Reads a line back.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn read(&self, span: Span) -> io::Result<Change> {
        let mut line = vec![0; span.length];
        self.file.read_exact_at(&mut line, span.start)?;
        Ok(serde_json::from_slice(&line)?)
    }

    /// Starts the thread that makes lines durable.
    ///
    /// # Errors
    /// No thread or no second handle can be had.
    pub fn fsync(&self) -> io::Result<Fsync> {
        let file = self.file.try_clone()?;
        let written = Arc::clone(&self.written);
        let (wake, woken) = mpsc::channel::<()>();
        let (reached, watched) = watch::channel(0);
        std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    while woken.try_recv().is_ok() {}
                    let upto = written.load(Ordering::Acquire);
                    if *reached.borrow() >= upto {
                        continue;
                    }
                    if let Err(error) = file.sync_data() {
                        // After a failed fsync nobody knows what the disk holds, and asking again would lie.
                        eprintln!("simulator: the ledger can't be made durable: {error}");
                        std::process::exit(1);
                    }
                    reached.send_replace(upto);
                }
            })?;
        Ok(Fsync(Some(Disk { wake, watched })))
    }
}

struct Disk {
    wake: mpsc::Sender<()>,
    watched: watch::Receiver<u64>,
}

/// Asks for durability and waits for it.
pub struct Fsync(Option<Disk>);

impl Fsync {
    /// For who is content with what the operating system has taken.
    pub const fn never() -> Self {
        Self(None)
    }

    /// Returns when the file is on the disk up to `position`; false when that can no longer happen.
    pub async fn reach(&self, position: u64) -> bool {
        let Some(Disk { wake, watched }) = &self.0 else {
            return true;
        };
        let mut watched = watched.clone();
        if *watched.borrow() >= position {
            return true;
        }
        wake.send(()).is_ok() && watched.wait_for(|upto| *upto >= position).await.is_ok()
    }
}
