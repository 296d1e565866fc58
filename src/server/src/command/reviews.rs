//! `rialto reviews`: what a shop's staff does with reviews until it has a back office.

use super::staff;
use super::table::{Table, moment, one_line, say, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::ReviewId;
use shop::catalog::review::{self, Decision, Filter, Moderated, ModerationError, Sheet, State};
use shop::{Failure, Shop};

#[derive(Subcommand)]
pub enum Reviews {
    /// List reviews: those that wait, the oldest first
    List(List),
    /// Show a review
    Show(One),
    /// Show a review on its product's pages; what the same person said of it before goes
    Publish(Several),
    /// Keep a review off the pages, or take it off
    Refuse(Refuse),
}

#[derive(Args)]
pub struct List {
    /// pending, published, refused or replaced; all of them with `all`
    #[arg(long, default_value = "pending")]
    state: String,
    /// Only those of this product, by its slug
    #[arg(long)]
    product: Option<String>,
    /// At most so many, up to 500
    #[arg(long, default_value_t = 50)]
    limit: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct One {
    /// The review's id, as `rialto reviews list` says it
    id: ReviewId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Several {
    /// The ids of the reviews
    #[arg(required = true)]
    ids: Vec<ReviewId>,
}

#[derive(Args)]
pub struct Refuse {
    /// The ids of the reviews
    #[arg(required = true)]
    ids: Vec<ReviewId>,
    /// Why, for the shop's own people
    #[arg(long)]
    reason: String,
}

impl Reviews {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::List(list) => list.run(&shop).await,
            Self::Show(one) => {
                let caller = staff::caller("reviews show");
                let sheet = review::show(&shop, &caller, one.id).await;
                let sheet = sheet.map_err(|failure| refused(one.id, failure))?;
                if one.json {
                    return say_json(&sheet);
                }
                show(&sheet);
                Ok(())
            }
            Self::Publish(several) => decide(&shop, &several.ids, &Decision::Publish).await,
            Self::Refuse(refuse) => {
                decide(&shop, &refuse.ids, &Decision::Refuse(refuse.reason)).await
            }
        }
    }
}

impl List {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let state = match &*self.state {
            "all" => None,
            name => Some(State::of(name).ok_or_else(|| {
                format!("--state {name}: give pending, published, refused, replaced or all")
            })?),
        };
        let filter = Filter {
            state,
            product: self.product,
            limit: self.limit,
        };
        let caller = staff::caller("reviews list");
        let sheets = review::list(shop, &caller, &filter).await;
        let sheets = sheets.map_err(|failure| match failure {
            Failure::Refused(error) => error.to_string(),
            Failure::Broken(broken) => broken.to_string(),
        })?;
        if self.json {
            return say_json(&sheets);
        }
        if sheets.is_empty() {
            say("there are no such reviews");
            return Ok(());
        }
        let mut table = Table::new(&["Id", "Written", "State", "Product", "Stars", "By", "Title"]);
        for sheet in sheets {
            table.row([
                sheet.id.to_string(),
                moment(sheet.written_at),
                sheet.state.name().to_owned(),
                sheet.product,
                sheet.stars.to_string(),
                by(&sheet.name, sheet.is_verified),
                sheet.title,
            ]);
        }
        say(table);
        Ok(())
    }
}

async fn decide(shop: &Shop, ids: &[ReviewId], decision: &Decision) -> Result<(), String> {
    let (cause, done) = match decision {
        Decision::Publish => ("reviews publish", "published"),
        Decision::Refuse(_) => ("reviews refuse", "refused"),
    };
    let caller = staff::caller(cause);
    for &id in ids {
        let moderated = review::decide(shop, &caller, id, decision).await;
        match moderated.map_err(|failure| refused(id, failure))? {
            Moderated::Done => say(format!("{id} is {done}")),
            Moderated::Already => say(format!("{id} was {done} before; nothing was changed")),
        }
    }
    Ok(())
}

fn show(sheet: &Sheet) {
    say(format!(
        "{} · {} · {} of 5 stars · {} · {}",
        sheet.id,
        one_line(sheet.product.clone()),
        sheet.stars,
        sheet.state.name(),
        moment(sheet.written_at),
    ));
    say(format!(
        "by {}, in {}",
        one_line(by(&sheet.name, sheet.is_verified)),
        sheet.locale
    ));
    if let Some(reason) = &sheet.reason {
        say(format!("refused: {}", one_line(reason.clone())));
    }
    say("");
    say(one_line(sheet.title.clone()));
    for line in sheet.body.lines() {
        say(one_line(line.to_owned()));
    }
}

fn by(name: &str, is_verified: bool) -> String {
    if is_verified {
        format!("{name} (bought it)")
    } else {
        name.to_owned()
    }
}

fn refused(id: ReviewId, failure: Failure<ModerationError>) -> String {
    match failure {
        Failure::Refused(error) => format!("{id}: {error}"),
        Failure::Broken(broken) => format!("{id}: {broken}"),
    }
}
