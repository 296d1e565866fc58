//! `rialto orders ship`.

use super::{One, money, parts, refused, sheet};
use crate::command::staff;
use crate::command::table::{Table, say, say_json};
use clap::Args;
use domain::fulfilment::Part;
use shop::fulfilment::{self, Dispatch, Shipping};
use shop::{Caller, Shop};

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

impl Ship {
    pub(super) async fn run(self, shop: &Shop) -> Result<(), String> {
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
