//! `rialto orders`: what a shop's staff does with orders until it has a back office.

use super::staff;
use super::table::{Table, moment, one_line, say, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::fulfilment::{Part, ReturnReason};
use domain::order::OrderState;
use domain::{Money, RefundId};
use shop::fulfilment::{self, Back, Dispatch, NewReturn, Receipt, Received, Shipping};
use shop::order::{self, ChangeError, Filter, NewRefund, RefundOf, Sheet};
use shop::{Caller, Failure, Shop};
use time::OffsetDateTime;

#[derive(Subcommand)]
pub enum Orders {
    /// List orders, newest first
    List(List),
    /// Show all there is to know of an order
    Show(One),
    /// Ship an order, or a part of it; say what became of a parcel
    Ship(Ship),
    /// Call an order off: unpaid, its hold is released; paid and not shipped, all of its money goes back
    Cancel(Cancel),
    /// Send money back: all that is left, an amount, or lines
    Refund(Refund),
    /// Announce a return (--line), receive its goods (--receive), or call it off (--cancel)
    Return(Return),
}

#[derive(Args)]
pub struct One {
    /// The order's number, such as RI-7K3M-Q2XW
    number: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

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

#[derive(Args)]
pub struct Ship {
    #[command(flatten)]
    one: One,
    /// What is in the parcel, as SKU=quantity or position=quantity; all that is still here if not given
    #[arg(long = "line", value_name = "SKU=QUANTITY")]
    lines: Vec<String>,
    /// The carrier's name
    #[arg(long, conflicts_with_all = ["buy", "rates"])]
    carrier: Option<String>,
    /// The tracking number
    #[arg(long, conflicts_with_all = ["buy", "rates"])]
    tracking: Option<String>,
    /// Where the shopper can follow the parcel
    #[arg(long, conflicts_with_all = ["buy", "rates"])]
    link: Option<String>,
    /// Buy a label of the carrier that is set up
    #[arg(long)]
    buy: bool,
    /// Which of the carrier's services; the cheapest if not given
    #[arg(long, requires = "buy")]
    service: Option<String>,
    /// Only show what the carrier would take
    #[arg(long, conflicts_with = "buy")]
    rates: bool,
    /// The parcel of this number has arrived
    #[arg(long, value_name = "PARCEL", group = "outcome", conflicts_with_all = ["lines", "buy", "rates", "carrier", "tracking", "link"])]
    delivered: Option<i32>,
    /// The parcel of this number was lost, refused, or is on its way back
    #[arg(long, value_name = "PARCEL", group = "outcome", conflicts_with_all = ["lines", "buy", "rates", "carrier", "tracking", "link"])]
    undeliverable: Option<i32>,
    /// The parcel of this number, still in preparation, is not sent
    #[arg(long, value_name = "PARCEL", group = "outcome", conflicts_with_all = ["lines", "buy", "rates", "carrier", "tracking", "link"])]
    cancel: Option<i32>,
}

#[derive(Args)]
pub struct Cancel {
    #[command(flatten)]
    one: One,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
pub struct Refund {
    #[command(flatten)]
    one: One,
    /// All that is left
    #[arg(long, conflicts_with_all = ["amount", "lines", "delivery"])]
    all: bool,
    /// An amount, such as 12.50
    #[arg(long, conflicts_with_all = ["lines", "delivery", "restock"], allow_hyphen_values = true)]
    amount: Option<String>,
    /// The currency of the amount; the order's if not given
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// What these cost, as SKU=quantity or position=quantity
    #[arg(long = "line", value_name = "SKU=QUANTITY")]
    lines: Vec<String>,
    /// What delivery cost
    #[arg(long)]
    delivery: bool,
    /// The things never left: put them back on the shelf
    #[arg(long)]
    restock: bool,
    /// An id (UUID) of your own: the same id again is the same refund
    #[arg(long)]
    id: Option<RefundId>,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
pub struct Return {
    #[command(flatten)]
    one: One,
    /// What comes back, as SKU=quantity or position=quantity
    #[arg(long = "line", value_name = "SKU=QUANTITY", conflicts_with_all = ["receive", "cancel"])]
    lines: Vec<String>,
    /// changed_mind, damaged, wrong_item, not_as_described, late or other
    #[arg(long, value_parser = reason, default_value = "other", conflicts_with_all = ["receive", "cancel"])]
    reason: ReturnReason,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
    /// The goods of the return of this number are here
    #[arg(long, value_name = "RETURN", conflicts_with = "cancel")]
    receive: Option<i32>,
    /// They can't be sold again
    #[arg(long, requires = "receive")]
    no_restock: bool,
    /// Nothing goes back for them
    #[arg(long, requires = "receive", conflicts_with = "amount")]
    no_refund: bool,
    /// This goes back for them, instead of what they cost
    #[arg(long, requires = "receive", allow_hyphen_values = true)]
    amount: Option<String>,
    /// The return of this number does not come about
    #[arg(long, value_name = "RETURN")]
    cancel: Option<i32>,
}

fn state(text: &str) -> Result<OrderState, String> {
    serde_json::from_value(serde_json::json!(text))
        .map_err(|_| "give payment_due, paid, cancelled, refund_due or refunded".to_owned())
}

fn reason(text: &str) -> Result<ReturnReason, String> {
    let names: Vec<&str> = ReturnReason::ALL.iter().map(|one| one.name()).collect();
    text.parse()
        .map_err(|_| format!("give one of {}", names.join(", ")))
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

impl Orders {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::List(list) => list.run(&shop).await,
            Self::Show(one) => {
                let sheet = sheet(&shop, &staff::caller("orders show"), &one.number).await?;
                if one.json {
                    say_json(&sheet)
                } else {
                    show(&sheet);
                    Ok(())
                }
            }
            Self::Ship(ship) => ship.run(&shop).await,
            Self::Cancel(cancel) => cancel.run(&shop).await,
            Self::Refund(refund) => refund.run(&shop).await,
            Self::Return(back) => back.run(&shop).await,
        }
    }
}

fn refused(number: &str) -> impl Fn(Failure<ChangeError>) -> String {
    let number = one_line(number.to_owned());
    move |failure| match failure {
        Failure::Refused(error) => format!("{number}: {error}"),
        Failure::Broken(broken) => format!("{number}: {broken}"),
    }
}

async fn sheet(shop: &Shop, caller: &Caller, number: &str) -> Result<Sheet, String> {
    order::show(shop, caller, number)
        .await
        .map_err(refused(number))
}

/// `SKU=2` or `1=2`, by the order's lines.
fn parts(sheet: &Sheet, given: &[String]) -> Result<Vec<Part>, String> {
    let unread = |text: &str| {
        format!(
            "`--line {text}`: give it as SKU=quantity, such as {}=1",
            example(sheet)
        )
    };
    given
        .iter()
        .map(|text| {
            let (name, quantity) = text.rsplit_once('=').ok_or_else(|| unread(text))?;
            let quantity = quantity.parse().map_err(|_| unread(text))?;
            let by_sku = sheet
                .lines
                .iter()
                .find(|line| line.line.sku == name && !name.is_empty());
            let line = match by_sku {
                Some(line) => line.position,
                None => name.parse().map_err(|_| {
                    format!(
                        "{}: no line has the SKU `{name}`; it has {}",
                        sheet.number,
                        skus(sheet)
                    )
                })?,
            };
            Ok(Part { line, quantity })
        })
        .collect()
}

fn example(sheet: &Sheet) -> &str {
    sheet
        .lines
        .first()
        .map(|line| line.line.sku.as_str())
        .filter(|sku| !sku.is_empty())
        .unwrap_or("1")
}

fn skus(sheet: &Sheet) -> String {
    let named = |line: &order::SheetLine| format!("{} (line {})", line.line.sku, line.position);
    sheet.lines.iter().map(named).collect::<Vec<_>>().join(", ")
}

fn money(amount: Money) -> String {
    format!("{} {}", amount.decimal(), amount.currency)
}

impl List {
    async fn run(self, shop: &Shop) -> Result<(), String> {
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

fn state_name(state: OrderState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn show(sheet: &Sheet) {
    let mut head = Table::new(&["Order", &sheet.number]);
    let address = &sheet.address;
    let to = [
        &address.name,
        &address.line1,
        &address.line2,
        &address.postcode,
        &address.city,
        &address.region,
    ];
    let to: Vec<&str> = to
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    for (name, value) in [
        ("State", state_name(sheet.state)),
        ("Placed (UTC)", moment(sheet.placed_at)),
        ("Market", format!("{} ({})", sheet.market, sheet.locale)),
        ("E-mail", sheet.email.clone()),
        ("Goes to", format!("{}, {}", to.join(", "), address.country)),
        ("Delivery", sheet.delivery.clone()),
        ("Total", money(sheet.quote.total)),
        ("Went back", money(sheet.refunded)),
        ("Page", sheet.link.clone()),
    ] {
        head.row([name.to_owned(), value]);
    }
    if let Some(at) = sheet.called_off_at {
        head.row(["Called off".to_owned(), moment(at)]);
    }
    say(head);
    let mut lines = Table::new(&[
        "Line",
        "SKU",
        "What",
        "Bought",
        "Shipped",
        "Withdrawn",
        "Returned",
        "Refunded",
        "Price",
    ]);
    for line in &sheet.lines {
        let units = line.units;
        let what = [line.line.title.as_str(), line.line.options.as_str()];
        let what: Vec<&str> = what.into_iter().filter(|part| !part.is_empty()).collect();
        let counts = [
            units.bought,
            units.shipped,
            units.withdrawn,
            units.returned,
            units.refunded,
        ];
        let mut cells = vec![
            line.position.to_string(),
            line.line.sku.clone(),
            what.join(", "),
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(money(line.line.unit_price));
        lines.row(cells);
    }
    say(format_args!("\n{lines}"));
    let followed = &sheet.followed;
    let listed = |parts: &[Part]| {
        let named = |part: &Part| format!("{}={}", part.line, part.quantity);
        parts.iter().map(named).collect::<Vec<_>>().join(" ")
    };
    if !followed.shipments.is_empty() {
        let mut table = Table::new(&[
            "Parcel", "State", "Lines", "Carrier", "Tracking", "Link", "Label",
        ]);
        for one in &followed.shipments {
            table.row([
                one.number.to_string(),
                one.state.to_string(),
                listed(&one.lines),
                one.carrier.clone(),
                one.tracking_code.clone().unwrap_or_default(),
                one.tracking_url.clone().unwrap_or_default(),
                one.label_url.clone().unwrap_or_default(),
            ]);
        }
        say(format_args!("\n{table}"));
    }
    if !followed.returns.is_empty() {
        let mut table = Table::new(&["Return", "State", "Lines", "Reason", "Announced (UTC)"]);
        for one in &followed.returns {
            let (state, reason) = (one.state.to_string(), one.reason.to_string());
            table.row([
                one.number.to_string(),
                state,
                listed(&one.lines),
                reason,
                moment(one.at),
            ]);
        }
        say(format_args!("\n{table}"));
    }
    if !followed.refunds.is_empty() {
        let mut table = Table::new(&[
            "Refund",
            "State",
            "Amount",
            "Because",
            "Asked for (UTC)",
            "Failure",
        ]);
        for one in &followed.refunds {
            table.row([
                one.id.to_string(),
                one.state.to_string(),
                money(one.amount),
                one.reason.to_string(),
                moment(one.at),
                one.failure.clone().unwrap_or_default(),
            ]);
        }
        say(format_args!("\n{table}"));
    }
    let text =
        |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut log = Table::new(&["What was done", "By", "At"]);
    for entry in sheet.log.as_array().into_iter().flatten() {
        log.row([
            text(entry, "action"),
            text(entry, "cause"),
            text(entry, "at"),
        ]);
    }
    say(format_args!("\n{log}"));
}

impl Ship {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders ship");
        let number = self.one.number.as_str();
        let no = refused(number);
        let outcome = [self.delivered, self.undeliverable, self.cancel];
        let shipped = match outcome {
            [Some(parcel), ..] => fulfilment::delivered(shop, &caller, number, parcel).await,
            [_, Some(parcel), _] => fulfilment::undeliverable(shop, &caller, number, parcel).await,
            [.., Some(parcel)] => fulfilment::cancel_shipment(shop, &caller, number, parcel).await,
            [None, None, None] => {
                let sheet = sheet(shop, &caller, number).await?;
                let parts = if self.lines.is_empty() {
                    None
                } else {
                    Some(parts(&sheet, &self.lines)?)
                };
                if self.rates {
                    return self.show_rates(shop, &caller, parts.as_deref()).await;
                }
                if self.buy {
                    let service = self.service.as_deref();
                    fulfilment::send_by_carrier(shop, &caller, number, parts.as_deref(), service)
                        .await
                } else {
                    let new = Dispatch {
                        parts,
                        carrier: self.carrier.unwrap_or_default(),
                        tracking_code: self.tracking,
                        tracking_url: self.link,
                    };
                    fulfilment::ship(shop, &caller, number, &new).await
                }
            }
        };
        let shipped: Shipping = shipped.map_err(no)?;
        if self.one.json {
            return say_json(&shipped);
        }
        let tracking = shipped
            .tracking_code
            .map(|code| format!(", tracking {code}"))
            .unwrap_or_default();
        let label = shipped
            .label_url
            .map(|url| format!(", label {url}"))
            .unwrap_or_default();
        say(format_args!(
            "{} parcel {}: {}{tracking}{label}",
            shipped.order, shipped.number, shipped.state
        ));
        Ok(())
    }

    async fn show_rates(
        &self,
        shop: &Shop,
        caller: &Caller,
        parts: Option<&[Part]>,
    ) -> Result<(), String> {
        let number = self.one.number.as_str();
        let rates = fulfilment::rates(shop, caller, number, parts)
            .await
            .map_err(refused(number))?;
        if self.one.json {
            return say_json(&rates);
        }
        let mut table = Table::new(&["Carrier", "Service", "Price", "Days"]);
        for rate in rates {
            let days = rate.days.map(|days| days.to_string()).unwrap_or_default();
            table.row([rate.carrier, rate.service, money(rate.price), days]);
        }
        say(table);
        Ok(())
    }
}

impl Cancel {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders cancel");
        let number = self.one.number.as_str();
        let done = order::cancel(shop, &caller, number, &self.note)
            .await
            .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        let back = match done.refund {
            Some(amount) => format!("{} goes back", money(amount)),
            None => "nothing goes back".to_owned(),
        };
        say(format_args!(
            "{}: {}, {back}",
            done.number,
            state_name(done.state)
        ));
        Ok(())
    }
}

impl Refund {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders refund");
        let number = self.one.number.as_str();
        let sheet = sheet(shop, &caller, number).await?;
        let of = if let Some(text) = &self.amount {
            RefundOf::Amount(amount(&sheet, text, self.currency.as_deref())?)
        } else if !self.lines.is_empty() || self.delivery {
            let parts = parts(&sheet, &self.lines)?;
            RefundOf::Lines {
                parts,
                delivery: self.delivery,
            }
        } else if self.all {
            RefundOf::Rest
        } else {
            return Err(format!(
                "{number}: say what goes back: --all, --amount 12.50, --line SKU=quantity or --delivery"
            ));
        };
        let new = NewRefund {
            id: self.id,
            of,
            restock: self.restock,
            note: self.note,
        };
        let done = order::refund(shop, &caller, number, &new)
            .await
            .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        say(format_args!(
            "{}: {} goes back (refund {}, {})",
            done.number,
            money(done.amount),
            done.id,
            done.state
        ));
        Ok(())
    }
}

/// An amount in the order's currency, or in the one that is named.
fn amount(sheet: &Sheet, text: &str, currency: Option<&str>) -> Result<Money, String> {
    let own = sheet.quote.total.currency;
    let currency = match currency {
        Some(code) => code.parse().map_err(|_| {
            format!("`{code}` is not a currency this shop knows; the order is in {own}")
        })?,
        None => own,
    };
    Money::parse(text, currency).map_err(|_| {
        format!(
            "`{text}` is not an amount of {currency}; give one such as {}",
            Money::new(1_250, currency).decimal()
        )
    })
}

impl Return {
    async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders return");
        let number = self.one.number.as_str();
        let done: Received = if let Some(count) = self.receive {
            let refund = match &self.amount {
                Some(text) => Back::Amount(amount(&sheet(shop, &caller, number).await?, text, None)?),
                None if self.no_refund => Back::Nothing,
                None => Back::Price,
            };
            let receipt = Receipt { restock: !self.no_restock, refund };
            fulfilment::receive(shop, &caller, number, count, receipt).await
        } else if let Some(count) = self.cancel {
            fulfilment::cancel_return(shop, &caller, number, count).await
        } else {
            let sheet = sheet(shop, &caller, number).await?;
            if self.lines.is_empty() {
                return Err(format!("{number}: say what comes back with --line SKU=quantity, or --receive or --cancel a return"));
            }
            let new = NewReturn { parts: parts(&sheet, &self.lines)?, reason: self.reason, note: self.note };
            fulfilment::announce(shop, &caller, number, &new).await
        }
        .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        let back = done
            .refund
            .map(|amount| format!(", {} goes back", money(amount)))
            .unwrap_or_default();
        say(format_args!(
            "{} return {}: {}{back}",
            done.order, done.number, done.state
        ));
        Ok(())
    }
}
