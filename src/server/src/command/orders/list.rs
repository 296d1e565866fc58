//! `rialto orders list`.

use super::{money, state_name};
use crate::command::staff;
use crate::command::table::{Table, moment, say, say_json};
use clap::Args;
use domain::order::OrderState;
use shop::Shop;
use shop::order::{self, Filter};
use time::OffsetDateTime;

#[derive(Args)]
pub struct List {
    /// payment_due, paid, cancelled, refund_due or refunded
    #[arg(long, value_parser = state)]
    state: Option<OrderState>,
    /// Placed on this day (2026-11-27) or at this moment (RFC 3339), or later
    #[arg(long, value_parser = day)]
    from: Option<OffsetDateTime>,
    /// Placed before this day or moment
    #[arg(long, value_parser = day)]
    until: Option<OffsetDateTime>,
    /// The buyer's address
    #[arg(long)]
    email: Option<String>,
    /// How the number begins
    #[arg(long)]
    number: Option<String>,
    /// Only what is paid and still to be shipped
    #[arg(long)]
    to_ship: bool,
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

fn state(text: &str) -> Result<OrderState, String> {
    serde_json::from_value(serde_json::json!(text))
        .map_err(|_| "give payment_due, paid, cancelled, refund_due or refunded".to_owned())
}

/// A day's beginning (UTC), or a moment.
fn day(text: &str) -> Result<OffsetDateTime, String> {
    use time::format_description::well_known::Rfc3339;
    use time::macros::format_description;
    time::Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|day| day.midnight().assume_utc())
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .map_err(|_| {
            "give a day such as 2026-11-27, or a moment such as 2026-11-27T09:30:00Z".to_owned()
        })
}

impl List {
    pub(super) async fn run(self, shop: &Shop) -> Result<(), String> {
        let filter = Filter {
            state: self.state,
            from: self.from,
            until: self.until,
            email: self.email,
            number: self.number,
            to_ship: self.to_ship,
            after: self.after,
        };
        let caller = staff::caller("orders list");
        let page = order::list(shop, &caller, &filter, self.limit.into())
            .await
            .map_err(|failure| failure.to_string())?;
        if self.json {
            return say_json(&page);
        }
        let mut table = Table::new(&[
            "Number",
            "Placed (UTC)",
            "State",
            "Total",
            "Went back",
            "Things",
            "To ship",
            "E-mail",
        ]);
        for order in &page.orders {
            table.row([
                order.number.clone(),
                moment(order.placed_at),
                state_name(order.state),
                money(order.total),
                if order.refunded.is_zero() {
                    String::new()
                } else {
                    money(order.refunded)
                },
                order.units.to_string(),
                order.to_ship.to_string(),
                order.email.clone(),
            ]);
        }
        say(table);
        if let Some(next) = page.next {
            say(format_args!("more: --after {next}"));
        }
        Ok(())
    }
}
