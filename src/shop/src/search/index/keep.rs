//! Keeps an index for a server: opens it, builds it where there is none, and follows what changes.
//!
//! Servers on one machine may share a folder. One of them writes, whoever came first; the others show what it committed, and
//! take its place when it is gone.

use super::answers::Answers;
use super::build::{Writer, current, disown, home, tidy};
use super::source::Source;
use super::{BuildError, Commit, Index, broken, build, codes, schema, sql};
use crate::outbox::{self, Changes, Position};
use crate::{Broken, Shop};
use futures::FutureExt;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often changes are looked for: what is committed at once becomes one commit of the index.
const EVERY: Duration = Duration::from_millis(400);
/// How long it is left alone after something failed.
const PAUSE: Duration = Duration::from_secs(3);
/// Products that are read and replaced at once.
const BATCH: usize = 200;
/// How long the position may lag behind while nothing changes: a killed server reads so much of the outbox again.
const LAG: Duration = Duration::from_secs(300);

/// How far a process that only shows what another one commits may be behind it.
const BEHIND: Duration = Duration::from_secs(2);

/// Goes on until `stop`. `root`: where indexes lie (the setting `search_root`).
pub async fn keep(shop: Shop, root: PathBuf, stop: CancellationToken) {
    let mut keeper = Keeper {
        shop,
        root,
        home: None,
        open: None,
    };
    loop {
        let pause = match unbroken(keeper.step(&stop)).await {
            Ok(Ok(())) => EVERY,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the search index is not kept");
                PAUSE
            }
            Err(Panicked) => {
                tracing::error!("keeping the search index panicked; it is opened anew");
                keeper.close();
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {
                // Nobody keeps it fresh any more.
                keeper.close();
                return;
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Panicked;

/// What `step` comes to, or that it panicked: whatever it was at is made anew.
async fn unbroken<T>(step: impl Future<Output = T>) -> Result<T, Panicked> {
    let step = AssertUnwindSafe(step).catch_unwind();
    step.await.map_err(|_| Panicked)
}

struct Keeper {
    shop: Shop,
    root: PathBuf,
    /// Where this database's indexes lie, once it was asked.
    home: Option<PathBuf>,
    open: Option<Open>,
}

struct Open {
    index: Arc<Index>,
    /// None while another process writes.
    writer: Option<(Writer, Position)>,
    committed: Instant,
    /// Whether the indexes before it are gone.
    is_tidied: bool,
}

impl Keeper {
    async fn step(&mut self, stop: &CancellationToken) -> Result<(), Broken> {
        let home = match &self.home {
            Some(home) => home.clone(),
            None => self
                .home
                .insert(home(&self.shop, &self.root).await?)
                .clone(),
        };
        let named = current(&home);
        let is_open = |open: &Open| Some(&open.index.folder) == named.as_ref();
        if !self.open.as_ref().is_some_and(is_open) {
            self.close();
            if let Some(folder) = &named {
                self.open(&home, folder).await?;
            }
        }
        if self.shop.search.lost_index() || !self.is_fitting() {
            self.close();
            disown(&home);
        }
        let Some(open) = &mut self.open else {
            return self.build(stop).await;
        };
        if !open.is_tidied {
            open.is_tidied = tidy(&home, &open.index.folder)?;
        }
        let followed = follow(&self.shop, open).await;
        if matches!(followed, Ok(Followed::Behind)) {
            // The one there is serves until the new one is whole.
            return self.build(stop).await;
        }
        if followed.as_ref().is_err_and(is_senseless) {
            self.close();
            disown(&home);
        }
        followed.map(|_| ())
    }

    fn close(&mut self) {
        self.open = None;
        self.shop.search.use_index(None);
    }

    /// Whether the index was made for the markets there are.
    fn is_fitting(&self) -> bool {
        let Some(open) = &self.open else {
            return true;
        };
        open.index.index.schema() == schema::schema(&codes(&self.shop.markets)).0
    }

    async fn open(&mut self, home: &Path, folder: &Path) -> Result<(), Broken> {
        let (markets, now) = (self.shop.markets.clone(), self.shop.clock.now());
        let path = folder.to_path_buf();
        let opening = tokio::task::spawn_blocking(move || Index::open(&path, &markets, now));
        // Damage can make it panic, too.
        let opened = match opening.await.map_err(broken).and_then(|opened| opened) {
            Ok(index) => match self.is_ahead(&index).await {
                Ok(false) => Ok(index),
                Ok(true) => Err(broken("it is ahead of the database, which was restored")),
                Err(error) if is_senseless(&error) => Err(error),
                // The database is away: the index may be good.
                Err(error) => return Err(error),
            },
            Err(error) => Err(error),
        };
        match opened {
            Ok(mut index) => {
                index.answers = Answers::keeping(self.shop.search.answers_mb());
                let index = Arc::new(index);
                let products = index.reader.searcher().num_docs();
                tracing::info!(folder = %folder.display(), products, "the search index serves");
                self.shop.search.use_index(Some(index.clone()));
                self.open = Some(Open {
                    index,
                    writer: None,
                    committed: Instant::now(),
                    is_tidied: false,
                });
            }
            Err(error) => {
                let folder = folder.display();
                tracing::warn!(%error, %folder, "the search index can't be used and is built anew");
                disown(home);
            }
        }
        Ok(())
    }

    async fn is_ahead(&self, index: &Index) -> Result<bool, Broken> {
        Ok(sql::is_ahead(&self.shop.db, &index.commit()?.outbox).await?)
    }

    async fn build(&self, stop: &CancellationToken) -> Result<(), Broken> {
        match &self.open {
            None => tracing::info!(
                "there is no search index: building one; PostgreSQL searches meanwhile"
            ),
            Some(_) => tracing::info!("too much has changed: building a new search index"),
        }
        match build(&self.shop, &self.root, stop, |_| {}).await {
            Ok(built) => {
                tracing::info!(
                    products = built.products,
                    bytes = built.bytes,
                    "the search index is built"
                );
                Ok(())
            }
            Err(BuildError::Busy(_) | BuildError::Stopped) => Ok(()),
            Err(BuildError::Broken(error)) => Err(error),
        }
    }
}

/// How an index stands that was followed.
enum Followed {
    Fresh,
    /// So much changed that a new one is made sooner than this one is mended.
    Behind,
}

/// Takes in what changed, or what the process that writes has taken in.
async fn follow(shop: &Shop, open: &mut Open) -> Result<Followed, Broken> {
    let asked = Instant::now();
    if open.writer.is_none() {
        let Some(writer) = Writer::serving(open.index.clone())? else {
            reload(shop, &open.index).await?;
            if let Some(by) = asked.checked_sub(BEHIND) {
                shop.search.caught_up(by);
            }
            return Ok(Followed::Fresh);
        };
        // Nobody else writes from here on: this is the last commit.
        let position = Position::read(open.index.commit()?.outbox);
        reload(shop, &open.index).await?;
        open.writer = Some((writer, position));
    }
    let Some((writer, position)) = &mut open.writer else {
        return Ok(Followed::Fresh);
    };
    let (changes, next) = outbox::tail(shop, position).await?;
    let Changes::Tags(tags) = changes else {
        return Ok(Followed::Behind);
    };
    let slugs: BTreeSet<&str> = tags
        .iter()
        .filter_map(|tag| tag.strip_prefix("product:"))
        .collect();
    let slugs: Vec<String> = slugs.into_iter().map(str::to_owned).collect();
    if slugs.is_empty() && open.committed.elapsed() < LAG {
        *position = next;
        shop.search.caught_up(asked);
        return Ok(Followed::Fresh);
    }
    for some in slugs.chunks(BATCH) {
        let rows = sql::by_slug(&shop.db, some).await?;
        let sources: Vec<Source> = rows.into_iter().map(Source::from).collect();
        writer.add(shop, some.to_vec(), sources).await?;
    }
    let commit = Commit {
        version: schema::VERSION,
        outbox: next.text().to_owned(),
        at: shop.clock.now().unix_timestamp(),
        reached: None,
    };
    writer.commit(&commit).await?;
    *position = next;
    open.committed = Instant::now();
    reload(shop, &open.index).await?;
    shop.search.caught_up(asked);
    Ok(Followed::Fresh)
}

async fn reload(shop: &Shop, index: &Arc<Index>) -> Result<(), Broken> {
    let (index, markets) = (index.clone(), shop.markets.clone());
    let loading = tokio::task::spawn_blocking(move || index.reload(&markets));
    loading.await.map_err(broken)?
}

/// Whether PostgreSQL could make nothing of the position that the index remembers (class 22, data exception).
fn is_senseless(error: &Broken) -> bool {
    match error {
        Broken::Database(sqlx::Error::Database(error)) => {
            error.code().is_some_and(|code| code.starts_with("22"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_that_panics_is_not_the_last() {
        assert_eq!(unbroken(async { 7 }).await, Ok(7));
        let panics = async { std::iter::empty::<u8>().next().expect("on purpose") };
        assert_eq!(unbroken(panics).await, Err(Panicked));
    }
}
