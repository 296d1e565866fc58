//! `rialto promotions …`: discounts and their codes, from a file that a shopkeeper edits.

use crate::build;
use crate::settings::Settings;
use clap::Subcommand;
use shop::promotion::{self, Listed};
use shop::{Caller, Failure};
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;

/// What can be done with promotions.
#[derive(Subcommand)]
pub enum Promotions {
    /// Take in a file of promotions; those that it does not name stay as they are
    Import {
        /// The JSON file; docs/promotions.md says what it holds
        file: PathBuf,
    },
    /// Name all promotions, with their codes and how many orders have them
    List,
    /// Show a promotion with its terms
    Show { name: String },
    /// End a promotion now; orders that have it keep it
    End { name: String },
}

impl Promotions {
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        let caller = Caller::machine("rialto", "rialto promotions");
        match self {
            Self::Import { file } => {
                let reader = std::fs::File::open(&file)
                    .map_err(|error| format!("{} can't be read: {error}", file.display()))?;
                let reader = std::io::BufReader::new(reader);
                let imported = promotion::import(&shop, &caller, reader)
                    .await
                    .map_err(|error| format!("nothing was changed:\n{}", said(error)))?;
                println!(
                    "{} promotions: {}",
                    imported.names.len(),
                    imported.names.join(", ")
                );
            }
            Self::List => {
                let all = promotion::list(&shop)
                    .await
                    .map_err(|error| error.to_string())?;
                if all.is_empty() {
                    println!("there are no promotions");
                }
                for one in all {
                    println!("{}", line(&one));
                }
            }
            Self::Show { name } => {
                let one = promotion::find(&shop, &name).await.map_err(said)?;
                println!("{}", line(&one));
                println!("priority: {}", one.priority);
                let each = one
                    .most_per_customer
                    .map_or("any number".to_owned(), |most| most.to_string());
                println!("uses for each customer: {each}");
                let terms = serde_json::to_string_pretty(&one.terms);
                println!(
                    "terms, amounts in minor units: {}",
                    terms.unwrap_or_default()
                );
            }
            Self::End { name } => {
                let ended = promotion::end(&shop, &caller, &name).await.map_err(said)?;
                println!(
                    "{name} {}",
                    if ended {
                        "is over"
                    } else {
                        "was over before; nothing was changed"
                    }
                );
            }
        }
        Ok(())
    }
}

fn said<E: std::fmt::Display>(failure: Failure<E>) -> String {
    match failure {
        Failure::Refused(error) => error.to_string(),
        Failure::Broken(broken) => broken.to_string(),
    }
}

fn line(one: &Listed) -> String {
    let codes = if one.codes.is_empty() {
        "for everyone".to_owned()
    } else {
        one.codes.join(" ")
    };
    let of = one
        .most_uses
        .map_or(String::new(), |most| format!(" of {most}"));
    let moment = |at: Option<time::OffsetDateTime>| {
        at.and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_else(|| "…".to_owned())
    };
    format!(
        "{} · {} · {codes} · {}{of} uses · {} to {}",
        one.name,
        one.title,
        one.uses,
        moment(one.starts_at),
        moment(one.ends_at),
    )
}
