//! `rialto searches`: what a shop's staff reads of its search until it has a back office.

use super::staff;
use super::table::{Table, say, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::{Locale, MarketCode};
use shop::search::log::{self, Filter, LogError, Report};
use shop::{Failure, Shop};

#[derive(Subcommand)]
pub enum Searches {
    /// The texts that are searched for most
    Top(Period),
    /// The texts that most often find nothing
    NothingFound(Period),
    /// The products that are opened after a text was searched for
    Clicked(Clicked),
}

#[derive(Args)]
pub struct Period {
    /// Today and the days before it (UTC), up to 400
    #[arg(long, default_value_t = 30)]
    days: u16,
    /// Only those of this market: eu, us …
    #[arg(long)]
    market: Option<String>,
    /// Only those in this language: en or de
    #[arg(long)]
    locale: Option<String>,
    /// At most so many rows, up to 500
    #[arg(long, default_value_t = 50)]
    limit: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Clicked {
    /// The text; small and capital letters are the same
    text: String,
    #[command(flatten)]
    period: Period,
}

impl Searches {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::Top(period) => {
                let caller = staff::caller("searches top");
                let report = log::top(&shop, &caller, &period.filter()?).await;
                period.show(&report.map_err(refused)?)
            }
            Self::NothingFound(period) => {
                let caller = staff::caller("searches nothing-found");
                let report = log::nothing_found(&shop, &caller, &period.filter()?).await;
                period.show(&report.map_err(refused)?)
            }
            Self::Clicked(clicked) => clicked.run(&shop).await,
        }
    }
}

impl Period {
    fn filter(&self) -> Result<Filter, String> {
        let market = self.market.as_deref().map(|code| {
            code.parse::<MarketCode>()
                .map_err(|_| format!("--market {code}: give a market's code, such as eu"))
        });
        let locale = self.locale.as_deref().map(|code| {
            let codes = Locale::ALL.map(Locale::code).join(" or ");
            code.parse::<Locale>()
                .map_err(|_| format!("--locale {code}: give {codes}"))
        });
        Ok(Filter {
            days: self.days,
            market: market.transpose()?,
            locale: locale.transpose()?,
            limit: self.limit,
        })
    }

    fn show(&self, report: &Report) -> Result<(), String> {
        if self.json {
            return say_json(report);
        }
        let all = &report.all;
        say(format!(
            "{} searches; {} found nothing; {} clicks for each; {} not written down as text",
            all.asked,
            share(all.nothing, all.asked),
            rate(all.clicks, all.asked),
            all.unwritten,
        ));
        if report.lines.is_empty() {
            return Ok(());
        }
        say("");
        let mut table = Table::new(&[
            "Text",
            "Searches",
            "Nothing",
            "",
            "Some words",
            "Results",
            "Clicks",
            "For each",
        ]);
        for line in &report.lines {
            table.row([
                line.query.clone(),
                line.asked.to_string(),
                line.nothing.to_string(),
                share(line.nothing, line.asked),
                line.loosened.to_string(),
                line.results
                    .map_or_else(String::new, |results| results.to_string()),
                line.clicks.to_string(),
                rate(line.clicks, line.asked),
            ]);
        }
        say(table);
        Ok(())
    }
}

impl Clicked {
    async fn run(&self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("searches clicked");
        let filter = self.period.filter()?;
        let products = log::clicked(shop, &caller, &filter, &self.text).await;
        let products = products.map_err(refused)?;
        if self.period.json {
            return say_json(&products);
        }
        if products.is_empty() {
            say("nothing was opened after this text was searched for");
            return Ok(());
        }
        let mut table = Table::new(&["Product", "Clicks", "Place"]);
        for one in products {
            let place = format!("{:.1}", one.rank);
            table.row([one.product, one.clicks.to_string(), place]);
        }
        say(table);
        Ok(())
    }
}

/// `5.2 %`
fn share(part: i64, all: i64) -> String {
    // In thousandths, rounded.
    let thousandths = part
        .saturating_mul(1_000)
        .saturating_add(all / 2)
        .checked_div(all)
        .unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// `0.61`
fn rate(part: i64, all: i64) -> String {
    let hundredths = part
        .saturating_mul(100)
        .saturating_add(all / 2)
        .checked_div(all)
        .unwrap_or(0);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn refused(failure: Failure<LogError>) -> String {
    match failure {
        Failure::Refused(error) => error.to_string(),
        Failure::Broken(broken) => broken.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_and_nothing_of_nothing_is_none() {
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(2, 3), "66.7 %");
        assert_eq!(share(7, 7), "100.0 %");
        assert_eq!(share(0, 0), "0.0 %");
        assert_eq!(rate(5, 3), "1.67");
        assert_eq!(rate(1, 20), "0.05");
        assert_eq!(rate(0, 0), "0.00");
    }
}
