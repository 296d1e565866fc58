//! `rialto customers group …`: who belongs to the groups that promotions are for.

use super::staff;
use super::table::{Table, say};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::checkout::Email;
use shop::customer::{self, GroupError, Member};
use shop::{Failure, Shop};

/// How many members are listed.
const MOST: i64 = 10_000;

/// What can be done with customers.
#[derive(Subcommand)]
pub enum Customers {
    /// Groups that promotions can be for
    #[command(subcommand)]
    Group(Group),
}

#[derive(Subcommand)]
#[command(after_help = "Examples:
  rialto customers group add ada@example.com trade
  rialto customers group list trade
  rialto customers group remove ada@example.com trade

A promotion names its groups: \"groups\": [\"trade\"] (docs/promotions.md).")]
pub enum Group {
    /// Put a customer into a group
    Add(Membership),
    /// Take a customer out of a group; their orders keep what they had
    Remove(Membership),
    /// List the members of a group, or of all
    List { group: Option<String> },
}

#[derive(Args)]
pub struct Membership {
    /// The e-mail address that the customer has claimed
    email: String,
    /// The group: 1 to 40 small letters, digits and hyphens
    group: String,
}

impl Customers {
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let Self::Group(group) = self;
        let shop = build::shop(settings).await?;
        match group {
            Group::Add(of) => {
                let email = of.email()?;
                let caller = staff::caller("customers group add");
                let joined = customer::add_to_group(&shop, &caller, &email, &of.group)
                    .await
                    .map_err(said)?;
                of.tell(if joined { "is in" } else { "was in before:" });
            }
            Group::Remove(of) => {
                let email = of.email()?;
                let caller = staff::caller("customers group remove");
                let left = customer::remove_from_group(&shop, &caller, &email, &of.group)
                    .await
                    .map_err(said)?;
                of.tell(if left {
                    "is no longer in"
                } else {
                    "was not in"
                });
            }
            Group::List { group } => list(&shop, group.as_deref()).await?,
        }
        Ok(())
    }
}

impl Membership {
    fn email(&self) -> Result<Email, String> {
        Email::parse(&self.email).map_err(|_| {
            format!(
                "`{}` is not an e-mail address, such as ada@example.com",
                self.email
            )
        })
    }

    fn tell(&self, how: &str) {
        say(format_args!("{} {how} {}", self.email, self.group));
    }
}

async fn list(shop: &Shop, group: Option<&str>) -> Result<(), String> {
    let members = customer::members(shop, group, MOST)
        .await
        .map_err(|broken| broken.to_string())?;
    if members.is_empty() {
        say(group.map_or("there are no groups".to_owned(), |group| {
            format!("nobody is in {group}")
        }));
        return Ok(());
    }
    let mut table = Table::new(&["Group", "E-mail", "Customer"]);
    for Member {
        group,
        customer,
        email,
    } in members
    {
        table.row([group, email.unwrap_or_default(), customer.to_string()]);
    }
    say(table);
    Ok(())
}

fn said(failure: Failure<GroupError>) -> String {
    failure.to_string()
}
