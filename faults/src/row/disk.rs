//! No room left under PostgreSQL's tables.

use super::{Report, Run, browsing::PAGES};
use crate::buyer::Crowd;
use crate::world::PATIENCE;
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use xtask::services::Folder;

/// Megabytes: the database takes about a third of it.
const SIZE: u32 = 64;

/// A small file system of its own. Dropped, it is gone.
struct Small(PathBuf);

impl Small {
    /// None when this user may not mount one.
    fn mount(folder: &Folder) -> Result<Option<Self>> {
        let path = folder.for_services("small")?;
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={SIZE}m"),
                "rialto-faults",
            ])
            .arg(&path)
            .output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Ok(None);
        }
        let small = Self(path);
        folder.for_services("small")?;
        Ok(Some(small))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The tables' disk fills up while people buy, and is freed again. The log that PostgreSQL writes ahead lies elsewhere: without
/// room for that it would stop altogether.
pub async fn full(run: &mut Run<'_>) -> Result<Report> {
    let Some(small) = Small::mount(&run.rig.services.folder)? else {
        return Ok(Report::not_run(
            "takes a small tmpfs of its own, which only root may mount",
        ));
    };
    psql(
        run,
        &format!("create tablespace small location '{}'", small.0.display()),
    )?;
    run.rig.tablespace = Some("small");
    let world = run.world().await;
    run.rig.tablespace = None;
    let world = world?;
    let mut report = Report::default();
    for page in PAGES {
        world.look(page).await;
    }
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, 4, run.seed, None);
    let (mut looked, mut missed, mut errors) = (0, 0, 0);
    let mut slowest = Duration::ZERO;
    for _ in 0..run.dose {
        crowd.until_more(2, PATIENCE).await;
        let balloon = small.0.join("balloon");
        let begun = Instant::now();
        fill(&balloon)?;
        let end = begun + Duration::from_secs(if run.full { 10 } else { 4 });
        while Instant::now() < end {
            for page in PAGES {
                looked += 1;
                missed += u32::from(world.look(page).await.0 != 200);
            }
            // What was freed inside is taken too.
            fill(&balloon)?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        errors += world.scene.book.errors_between(begun, Instant::now()).0;
        std::fs::remove_file(&balloon)?;
        let freed = Instant::now();
        let again = crowd.until_more(2, PATIENCE).await;
        report.must(again, || {
            "nobody could buy after there was room again".to_owned()
        });
        slowest = slowest.max(freed.elapsed());
    }
    crowd.stop().await;
    report.figure("requests refused while it was full", errors);
    report.figure("pages read meanwhile", looked);
    report.figure("of them not 200", missed);
    report.must(missed == 0, || {
        format!("{missed} of {looked} pages were not served")
    });
    report.figure(
        "bought again after",
        format!("{:.2} s", slowest.as_secs_f64()),
    );
    run.conclude(&world, &mut report).await?;
    let name = world.name().to_owned();
    drop(world);
    psql(run, &format!("drop database {name} with (force)"))?;
    psql(run, "drop tablespace small")?;
    Ok(report)
}

fn psql(run: &Run<'_>, statement: &str) -> Result<()> {
    let postgres = run
        .rig
        .services
        .postgres()
        .context("no private PostgreSQL")?;
    postgres.psql("postgres", &["-c", statement]).map(drop)
}

/// Writes until there is no room.
fn fill(balloon: &Path) -> Result<()> {
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(balloon)?;
    let block = [0u8; 8192];
    while file.write_all(&block).is_ok() {}
    Ok(())
}
