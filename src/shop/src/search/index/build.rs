//! Builds an index aside, from PostgreSQL, and puts it in the place of the one there is.

use super::schema::VERSION;
use super::source::{Source, document};
use super::{Commit, Index, broken, sql};
use crate::market::Markets;
use crate::{Broken, Parts, outbox};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::{IndexWriter, Term};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Products read by one statement.
const BATCH: i64 = 500;
/// Products from one commit to the next: what a killed build has to do again, at most.
const COMMITTED: u64 = 25_000;
/// Bytes that a build, and a server, keep of what was not committed yet.
const BUILDING: usize = 64 << 20;
const SERVING: usize = 15 << 20;
/// Where an index is built, and what says which one serves.
const ASIDE: &str = "building";
const POINTER: &str = "current";
/// What the names of whole indexes begin with.
const WHOLE: &str = "index-";

/// How far a build has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub products: u64,
    /// Roughly how many there are; 0 when that is not known.
    pub about: u64,
}

/// A finished build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Read from PostgreSQL since this build, or the one it went on with, began.
    pub products: u64,
    /// On disk.
    pub bytes: u64,
    pub folder: PathBuf,
}

/// Why there is no new index. The old one serves on.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("somebody else builds the index in {0} just now")]
    Busy(PathBuf),
    #[error("the build was stopped; the next one goes on where it was")]
    Stopped,
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Where a shop's indexes lie: a folder for each database, in `root`.
pub(super) async fn home(shop: &Parts, root: &Path) -> Result<PathBuf, Broken> {
    let database = sql::database(&shop.db).await?;
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '_'
        }
    };
    Ok(root.join(database.chars().map(kept).collect::<String>()))
}

/// The folder of the index that serves, if any was built.
pub(super) fn current(home: &Path) -> Option<PathBuf> {
    let name = std::fs::read_to_string(home.join(POINTER)).ok()?;
    let is_ours = name.starts_with(WHOLE) && !name.contains(['/', '.']);
    is_ours.then(|| home.join(name))
}

/// No index serves any more: the next build makes one.
pub(super) fn disown(home: &Path) {
    // Where there is none, there is nothing to remove.
    let _ = std::fs::remove_file(home.join(POINTER));
}

/// Builds an index under `root`, and lets it serve. A build that was stopped or killed is gone on with. Whoever serves follows
/// within a second.
///
/// # Errors
/// [`BuildError`].
pub async fn build(
    shop: &Parts,
    root: &Path,
    stop: &CancellationToken,
    mut progress: impl FnMut(Progress),
) -> Result<Built, BuildError> {
    let home = home(shop, root).await?;
    std::fs::create_dir_all(&home).map_err(broken)?;
    // Held until the end.
    let Some(lock) = lock(&home)? else {
        return Err(BuildError::Busy(home));
    };
    let aside = home.join(ASIDE);
    let now = shop.clock.now();
    let (index, mut commit) = match resume(&aside, &shop.markets, now) {
        Some(found) => found,
        None => {
            if aside.exists() {
                std::fs::remove_dir_all(&aside).map_err(broken)?;
            }
            let commit = Commit {
                version: VERSION,
                // Before the first product is read: whatever changes from here on is seen afterwards.
                outbox: outbox::position(shop)
                    .await
                    .map_err(Broken::from)?
                    .text()
                    .to_owned(),
                at: now.unix_timestamp(),
                reached: Some((i64::MIN, Uuid::nil())),
            };
            (Index::create(&aside, &shop.markets)?, commit)
        }
    };
    let writer =
        Writer::of(Arc::new(index), BUILDING)?.ok_or_else(|| BuildError::Busy(home.clone()))?;
    let about =
        u64::try_from(sql::estimate(&shop.db).await.map_err(Broken::from)?).unwrap_or_default();
    let mut products = writer.index.reader.searcher().num_docs();
    let mut since_commit = 0;
    loop {
        if stop.is_cancelled() {
            writer.commit(&commit).await?;
            return Err(BuildError::Stopped);
        }
        let from = commit.reached.unwrap_or((i64::MIN, Uuid::nil()));
        let rows = sql::after(&shop.db, from, BATCH)
            .await
            .map_err(Broken::from)?;
        let sources: Vec<Source> = rows.into_iter().map(Source::from).collect();
        let Some(last) = sources.last() else {
            break;
        };
        commit.reached = Some((last.position, last.id));
        products += sources.len() as u64;
        since_commit += sources.len() as u64;
        writer.add(shop, Vec::new(), sources).await?;
        if since_commit >= COMMITTED {
            writer.commit(&commit).await?;
            since_commit = 0;
        }
        progress(Progress { products, about });
    }
    // A build that is killed from here on is gone on with, too.
    writer.commit(&commit).await?;
    let index = writer.finish().await?;
    let writer = Writer::of(index, BUILDING)?.ok_or_else(|| BuildError::Busy(home.clone()))?;
    writer.gather().await?;
    commit.reached = None;
    writer.commit(&commit).await?;
    drop(writer.finish().await?);
    let name = format!("{WHOLE}{}", shop.random.id(shop.clock.now()).simple());
    let folder = home.join(&name);
    let before = current(&home);
    std::fs::rename(&aside, &folder).map_err(broken)?;
    point(&home, &name).map_err(broken)?;
    // Whoever serves the one before may be reading it still.
    sweep(&home, &[Some(folder.clone()), before]);
    drop(lock);
    let bytes = size(&folder);
    Ok(Built {
        products,
        bytes,
        folder,
    })
}

/// The build that was begun there, if it can be gone on with.
fn resume(aside: &Path, markets: &Markets, now: OffsetDateTime) -> Option<(Index, Commit)> {
    let index = Index::open(aside, markets, now).ok()?;
    let commit = index.commit().ok()?;
    commit.reached.is_some().then_some((index, commit))
}

/// From now on the index of that name serves. At any moment there is the old pointer or the new one.
fn point(home: &Path, name: &str) -> std::io::Result<()> {
    let fresh = home.join("current.new");
    let mut file = File::create(&fresh)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, home.join(POINTER))?;
    File::open(home)?.sync_all()
}

/// The right to make and remove indexes there, which the system takes back when this process dies. None while another has it.
fn lock(home: &Path) -> Result<Option<File>, Broken> {
    let file = File::create(home.join("build.lock")).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(broken(error)),
    }
}

/// Removes the indexes there were before `folder`. False while somebody else makes or removes some.
pub(super) fn tidy(home: &Path, folder: &Path) -> Result<bool, Broken> {
    let Some(lock) = lock(home)? else {
        return Ok(false);
    };
    sweep(home, &[Some(folder.to_path_buf()), current(home)]);
    drop(lock);
    Ok(true)
}

/// Removes the indexes that are not among `kept`. Where one can't be removed it only takes room.
fn sweep(home: &Path, kept: &[Option<PathBuf>]) {
    let Ok(entries) = std::fs::read_dir(home) else {
        return;
    };
    for entry in entries.flatten() {
        let is_index = entry.file_name().to_string_lossy().starts_with(WHOLE);
        let path = Some(entry.path());
        if is_index && !kept.contains(&path) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .map(|file| file.len())
        .sum()
}

/// Who may change an index: one at a time, on this machine.
pub(super) struct Writer {
    pub index: Arc<Index>,
    writer: Arc<Mutex<IndexWriter>>,
}

impl Writer {
    /// For a server: with little memory. None while another process has it.
    pub fn serving(index: Arc<Index>) -> Result<Option<Self>, Broken> {
        Self::of(index, SERVING)
    }

    fn of(index: Arc<Index>, bytes: usize) -> Result<Option<Self>, Broken> {
        // One thread, so that documents keep the order in which they came.
        match index.index.writer_with_num_threads(1, bytes) {
            Ok(writer) => Ok(Some(Self {
                index,
                writer: Arc::new(Mutex::new(writer)),
            })),
            Err(tantivy::TantivyError::LockFailure(..)) => Ok(None),
            Err(error) => Err(broken(error)),
        }
    }

    /// Puts `sources` in, in the place of what was there of them, and takes out what has one of these slugs.
    pub async fn add(
        &self,
        shop: &Parts,
        slugs: Vec<String>,
        sources: Vec<Source>,
    ) -> Result<(), Broken> {
        let markets = shop.markets.clone();
        self.off_the_path(move |index, writer| {
            let fields = &index.fields;
            for slug in &slugs {
                writer.delete_term(Term::from_field_text(fields.slug, slug));
            }
            for source in &sources {
                writer.delete_term(Term::from_field_bytes(fields.id, source.id.as_bytes()));
                writer.add_document(document(fields, &markets, source))?;
            }
            Ok(())
        })
        .await
    }

    /// What was put in is to last, with `commit`.
    pub async fn commit(&self, commit: &Commit) -> Result<(), Broken> {
        let payload = serde_json::to_string(commit)?;
        self.off_the_path(move |_, writer| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&payload);
            prepared.commit()?;
            Ok(())
        })
        .await
    }

    async fn off_the_path(
        &self,
        work: impl FnOnce(&Index, &mut IndexWriter) -> tantivy::Result<()> + Send + 'static,
    ) -> Result<(), Broken> {
        let (index, writer) = (self.index.clone(), self.writer.clone());
        let working = tokio::task::spawn_blocking(move || {
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            work(&index, &mut writer)
        });
        working.await.map_err(broken)?.map_err(broken)
    }

    /// Makes one segment of all that was committed: each one more is looked into for every word of every question.
    async fn gather(&self) -> Result<(), Broken> {
        self.off_the_path(|index, writer| {
            let segments = index.index.searchable_segment_ids()?;
            if segments.len() > 1 {
                writer.merge(&segments).wait()?;
            }
            Ok(())
        })
        .await
    }

    /// Waits until the segments that are being merged are.
    async fn finish(self) -> Result<Arc<Index>, Broken> {
        let Self { index, writer } = self;
        if let Some(writer) = Arc::into_inner(writer) {
            let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
            let waiting = tokio::task::spawn_blocking(move || writer.wait_merging_threads());
            waiting.await.map_err(broken)?.map_err(broken)?;
        }
        Ok(index)
    }
}
