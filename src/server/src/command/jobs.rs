//! `rialto jobs`: the work that events asked for, as a person sees it.

use super::staff;
use super::table::{Table, moment, one_line, say, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use shop::jobs::{self, Filter, JobError, State};
use shop::{Failure, Shop};
use uuid::Uuid;

#[derive(Subcommand)]
pub enum Jobs {
    /// List jobs that wait or failed, newest first
    List(List),
    /// Show all there is to know of a job
    Show(One),
    /// Have a job that failed, or was given up, done again at once
    Retry(One),
    /// Give a job up: those that wait for it go on
    Discard(One),
    /// Have an event handled once more, by all its consumers or by one
    Replay(Replay),
}

#[derive(Args)]
pub struct One {
    /// The job's id
    job: Uuid,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct List {
    /// waiting, parked, done or discarded; waiting and parked if not given
    #[arg(long = "state", value_parser = state)]
    states: Vec<State>,
    /// Whose work, such as payment.refund
    #[arg(long)]
    consumer: Option<String>,
    /// About the order of this number
    #[arg(long)]
    order: Option<String>,
    /// Only what failed at least once
    #[arg(long)]
    failing: bool,
    /// How many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Go on where a list ended
    #[arg(long)]
    after: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Replay {
    /// The event's id, as `rialto jobs show` says it
    event: Uuid,
    /// Only this consumer
    #[arg(long)]
    consumer: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<State, String> {
    State::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| "give waiting, parked, done or discarded".to_owned())
}

impl Jobs {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::List(list) => list.run(&shop).await,
            Self::Show(one) => show(&shop, one).await,
            Self::Retry(one) => {
                let caller = staff::caller("jobs retry");
                jobs::retry(&shop, &caller, one.job)
                    .await
                    .map_err(refused(one.job))?;
                done(&one, "waits to be done again")
            }
            Self::Discard(one) => {
                let caller = staff::caller("jobs discard");
                jobs::discard(&shop, &caller, one.job)
                    .await
                    .map_err(refused(one.job))?;
                done(&one, "was given up")
            }
            Self::Replay(replay) => {
                let caller = staff::caller("jobs replay");
                let consumer = replay.consumer.as_deref();
                let done = jobs::replay(&shop, &caller, replay.event, consumer)
                    .await
                    .map_err(refused(replay.event))?;
                if replay.json {
                    return say_json(&done);
                }
                say(format_args!(
                    "event {} is handled once more by {}",
                    done.event,
                    done.consumers.join(", ")
                ));
                Ok(())
            }
        }
    }
}

fn refused(id: Uuid) -> impl Fn(Failure<JobError>) -> String {
    move |failure| match failure {
        Failure::Refused(error) => format!("{id}: {error}"),
        Failure::Broken(broken) => format!("{id}: {broken}"),
    }
}

fn done(one: &One, what: &str) -> Result<(), String> {
    if one.json {
        return say_json(&serde_json::json!({ "job": one.job, "outcome": what }));
    }
    say(format_args!("job {} {what}", one.job));
    Ok(())
}

impl List {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let filter = Filter {
            states: (!self.states.is_empty()).then_some(self.states),
            consumer: self.consumer,
            order: self.order.map(|number| number.trim().to_ascii_uppercase()),
            failing: self.failing,
            after: self.after,
        };
        let caller = staff::caller("jobs list");
        let page = jobs::list(shop, &caller, &filter, self.limit.into())
            .await
            .map_err(|failure| failure.to_string())?;
        if self.json {
            return say_json(&page);
        }
        let mut table = Table::new(&[
            "Job",
            "Consumer",
            "State",
            "Tries",
            "Next try (UTC)",
            "Order",
            "Last error",
        ]);
        for job in &page.jobs {
            let next = if job.state == State::Waiting.name() {
                moment(job.run_at)
            } else {
                String::new()
            };
            table.row([
                job.id.to_string(),
                job.consumer.clone(),
                job.state.clone(),
                job.attempts.to_string(),
                next,
                job.order_number.clone(),
                job.last_error.clone().unwrap_or_default(),
            ]);
        }
        say(table);
        if let Some(next) = page.next {
            say(format_args!("more: --after {next}"));
        }
        Ok(())
    }
}

async fn show(shop: &Shop, one: One) -> Result<(), String> {
    let caller = staff::caller("jobs show");
    let sheet = jobs::show(shop, &caller, one.job)
        .await
        .map_err(refused(one.job))?;
    if one.json {
        return say_json(&sheet);
    }
    let mut table = Table::new(&["Job", &sheet.id.to_string()]);
    let payload = serde_json::to_string(&sheet.payload).unwrap_or_default();
    for (name, value) in [
        ("Consumer", sheet.consumer),
        ("State", sheet.state),
        ("Event", sheet.event.to_string()),
        ("What happened", sheet.kind.unwrap_or_default()),
        ("Asked for (UTC)", moment(sheet.created_at)),
        ("Next try (UTC)", moment(sheet.run_at)),
        ("Tries", sheet.attempts.to_string()),
        ("Waits for", format!("{} earlier jobs", sheet.waits_for)),
        (
            "Last error",
            sheet.last_error.map(one_line).unwrap_or_default(),
        ),
        ("Payload", payload),
    ] {
        table.row([name.to_owned(), value]);
    }
    say(table);
    Ok(())
}
