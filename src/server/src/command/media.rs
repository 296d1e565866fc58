//! `rialto media`: the shop's pictures.

use super::staff;
use super::table::{Table, moment, say, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use serde::Serialize;
use shop::media::{self, Added, MOST_BYTES, Refusal, State};
use shop::{Caller, Failure, Shop};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Media {
    /// Take pictures in (JPEG, PNG or WebP); a worker makes the forms that pages show
    Add(Add),
    /// List pictures
    List(List),
    /// Look for pictures whose files are gone, and for addresses that no picture was had from
    Check(Check),
}

#[derive(Args)]
pub struct Add {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Put them behind the other pictures of the product with this slug
    #[arg(long)]
    product: Option<String>,
    /// What a screen reader says of them
    #[arg(long, requires = "product", default_value = "")]
    alt: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct List {
    /// waiting or ready
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// How many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Go on where a list ended
    #[arg(long, default_value = "")]
    after: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Check {
    /// Make pictures again whose files are gone
    #[arg(long)]
    repair: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<State, String> {
    State::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| "give waiting or ready".to_owned())
}

/// What became of a file.
#[derive(Serialize)]
struct Outcome {
    file: String,
    #[serde(flatten)]
    added: Option<Added>,
    refused: Option<String>,
}

impl Media {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        build::check_media(settings).await?;
        match self {
            Self::Add(add) => add.run(&shop).await,
            Self::List(list) => list.run(&shop).await,
            Self::Check(check) => check.run(&shop).await,
        }
    }
}

impl Add {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("media add");
        let mut outcomes = Vec::new();
        for file in &self.files {
            let taken = self.take(shop, &caller, file).await?;
            let (added, refused) = match taken {
                Ok(added) => (Some(added), None),
                Err(refused) => (None, Some(refused)),
            };
            outcomes.push(Outcome {
                file: file.display().to_string(),
                added,
                refused,
            });
        }
        if self.json {
            say_json(&outcomes)?;
        } else {
            tell(&outcomes);
        }
        let mut refused = outcomes.iter().filter(|outcome| outcome.refused.is_some());
        match (refused.next(), refused.count()) {
            (None, _) => Ok(()),
            (Some(first), others) => {
                let why = first.refused.as_deref().unwrap_or_default();
                let more = match others {
                    0 => String::new(),
                    others => format!("; and {others} more"),
                };
                Err(format!("{} was not taken in: {why}{more}", first.file))
            }
        }
    }

    /// One file: why it was refused, on the inside; what broke, on the outside.
    async fn take(
        &self,
        shop: &Shop,
        caller: &Caller,
        path: &Path,
    ) -> Result<Result<Added, String>, String> {
        let file = match read(path) {
            Ok(file) => file,
            Err(why) => return Ok(Err(why)),
        };
        let added = match media::add(shop, caller, file).await {
            Ok(added) => added,
            Err(Failure::Refused(refusal)) => return Ok(Err(refusal.to_string())),
            Err(Failure::Broken(broken)) => return Err(broken.to_string()),
        };
        if let Some(slug) = &self.product {
            match media::attach(shop, caller, &added.hash, slug, &self.alt).await {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) => return Ok(Err(refusal.to_string())),
                Err(Failure::Broken(broken)) => return Err(broken.to_string()),
            }
        }
        Ok(Ok(added))
    }
}

/// A file, as long as it is no larger than a picture may be: what is larger is not read.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unread = |error: std::io::Error| format!("it can't be read: {error}");
    let file = File::open(path).map_err(unread)?;
    let bytes = file.metadata().map_err(unread)?.len();
    if bytes > MOST_BYTES {
        return Err(Refusal::TooLarge { bytes }.to_string());
    }
    let mut content = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(unread)?;
    Ok(content)
}

fn tell(outcomes: &[Outcome]) {
    let mut table = Table::new(&["File", "Picture", "Outcome"]);
    for outcome in outcomes {
        let (picture, what) = match (&outcome.added, &outcome.refused) {
            (Some(added), _) if added.known => (added.hash.clone(), "was there already"),
            (Some(added), _) => (added.hash.clone(), "taken in; its forms are being made"),
            (None, refused) => (String::new(), refused.as_deref().unwrap_or("not taken in")),
        };
        table.row([outcome.file.clone(), picture, what.to_owned()]);
    }
    say(table);
}

impl List {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let found = media::list(shop, self.state, &self.after, self.limit.into()).await;
        let found = found.map_err(|error| error.to_string())?;
        if self.json {
            return say_json(&found);
        }
        let headings = [
            "Picture",
            "Type",
            "Size",
            "Colour",
            "State",
            "Forms",
            "Bytes",
            "Shown by",
            "Since (UTC)",
        ];
        let mut table = Table::new(&headings);
        for media in &found {
            let bytes: u64 = media.variants.iter().map(|variant| variant.bytes).sum();
            table.row([
                media.hash.clone(),
                media.media_type.clone(),
                format!("{}×{}", media.width, media.height),
                media.colour.clone(),
                media.state.clone(),
                media.variants.len().to_string(),
                bytes.to_string(),
                media.shown.to_string(),
                moment(media.created_at),
            ]);
        }
        say(table);
        if let Some(last) = found
            .last()
            .filter(|_| found.len() == usize::from(self.limit))
        {
            say(format_args!("more: --after {}", last.hash));
        }
        Ok(())
    }
}

impl Check {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("media check");
        let found = media::check(shop, &caller, self.repair).await;
        let found = found.map_err(|failure| failure.to_string())?;
        if self.json {
            say_json(&found)?;
        } else {
            for file in &found.missing {
                say(format_args!("gone: {file}"));
            }
            for hash in &found.repaired {
                say(format_args!("made again: {hash}"));
            }
            for problem in &found.problems {
                say(format_args!(
                    "not fetched: {}: {}",
                    problem.url, problem.problem
                ));
            }
            say(format_args!(
                "{} pictures, {} of them being made, {} files gone, {} addresses without a picture",
                found.pictures,
                found.waiting.len(),
                found.missing.len(),
                found.problems.len()
            ));
        }
        let unmended = !self.repair && !found.missing.is_empty();
        if unmended {
            return Err(
                "files are gone: `rialto media check --repair` makes them again".to_owned(),
            );
        }
        Ok(())
    }
}
