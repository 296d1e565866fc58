//! Making an order of a checkout.

use super::answer::{body_hash, given_before};
use super::order::{self, Made, NewOrder, Outcome};
use super::view::{self, Seen, Stored};
use super::{CheckoutError, LONGEST_FORM, PlaceError, Placed, Placement, sql};
use crate::cart::{self, CurrentCart};
use crate::customer::Session;
use crate::payment::{self, Choice, Facts, Opened};
use crate::{Broken, Caller, Failure, Shop, inventory, promotion};
use domain::cart::CartError;
use domain::checkout::{CheckoutMessage, CheckoutState};
use domain::{Action, CartId, Market, Money, Storefront, VariantId, may};

/// How often an order is begun anew when the cart or its stock changed under it.
const TRIES: usize = 3;

/// Places an order: holds its stock, writes it, and opens the page where it is paid. It runs in a task of its own, so that
/// a shopper who goes away leaves no half of an order. The same key with the same content is the same answer, however often
/// and however simultaneously it comes.
///
/// # Errors
/// [`PlaceError`]; nothing was held or charged then.
pub async fn place(
    shop: Shop,
    caller: Caller,
    session: Session,
    storefront: Storefront,
    placement: Placement,
) -> Result<Placed, Failure<PlaceError>> {
    let task = tokio::spawn(async move {
        let placing = Placing {
            hash: body_hash(&storefront, &placement)?,
            shop: &shop,
            caller: &caller,
            session: &session,
            storefront: &storefront,
            placement: &placement,
        };
        placing.run().await
    });
    task.await
        .map_err(|error| Broken::Other(format!("placing an order ended early: {error}")))?
}

struct Placing<'a> {
    shop: &'a Shop,
    caller: &'a Caller,
    session: &'a Session,
    storefront: &'a Storefront,
    placement: &'a Placement,
    hash: [u8; 32],
}

/// How a try went.
enum Try {
    Placed(Placed),
    Refused(Failure<PlaceError>),
    /// Something changed under it.
    Again,
}

impl Placing<'_> {
    async fn run(&self) -> Result<Placed, Failure<PlaceError>> {
        may(&self.caller.actor, Action::Checkout(self.session.customer))
            .map_err(|_| Failure::Refused(PlaceError::Denied))?;
        let mut refusal = Failure::Refused(PlaceError::Closed);
        for _ in 0..TRIES {
            match self.attempt().await? {
                Try::Placed(placed) => return Ok(placed),
                Try::Again => {}
                Try::Refused(why) => {
                    refusal = why;
                    break;
                }
            }
        }
        // Whatever stood in the way, it may have been this very placement, sent twice and placed meanwhile.
        let known = self.known().await?;
        match given_before(self.shop, self.session.customer, &self.hash, &known).await? {
            Some(placed) => Ok(placed),
            None => Err(refusal),
        }
    }

    async fn known(&self) -> sqlx::Result<sql::Known> {
        let now = self.shop.clock.now();
        let Placement { checkout, key, .. } = *self.placement;
        sql::known(&self.shop.db, self.session.customer, checkout, key, now).await
    }

    async fn attempt(&self) -> Result<Try, Failure<PlaceError>> {
        let customer = self.session.customer;
        let Placement { checkout, key, .. } = *self.placement;
        let now = self.shop.clock.now();
        let db = &self.shop.db;
        let (known, row) =
            sql::known_with_cart(db, customer, checkout, key, self.storefront, now).await?;
        if known.key_customer.is_some() {
            return match given_before(self.shop, customer, &self.hash, &known).await? {
                Some(placed) => Ok(Try::Placed(placed)),
                None => Ok(Try::Again),
            };
        }
        let refused = |error| Ok(Try::Refused(Failure::Refused(error)));
        let Some(market) = self.shop.markets.find(self.storefront) else {
            return refused(PlaceError::Denied);
        };
        let cart = cart::of_row(self.shop, self.storefront, row).map_err(of_cart)?;
        let Some(cart_id) = cart.id.filter(|_| !cart.lines.is_empty()) else {
            return refused(PlaceError::EmptyCart);
        };
        let (Some(version), Some(of_cart), Some(of_market)) = (
            known.checkout_version,
            known.checkout_cart,
            &known.checkout_market,
        ) else {
            return refused(PlaceError::Closed);
        };
        if of_cart != cart_id.0 || *of_market != market.code.as_str() {
            return refused(PlaceError::Closed);
        }
        let form = &self.placement.form;
        if serde_json::to_vec(form).map_or(true, |bytes| bytes.len() > LONGEST_FORM) {
            return refused(PlaceError::Denied);
        }
        let stored = Stored {
            id: self.placement.checkout,
            version,
            key: self.placement.key,
        };
        self.attempt_with(&market, &cart, cart_id, stored).await
    }

    async fn attempt_with(
        &self,
        market: &Market,
        cart: &CurrentCart,
        cart_id: CartId,
        stored: Stored,
    ) -> Result<Try, Failure<PlaceError>> {
        let form = self.placement.form.clone();
        let mut seen = view::assemble(self.shop, market, self.storefront, &stored, cart, form)
            .map_err(of_checkout)?;
        let total = seen.view.quote.total;
        let due = seen.view.quote.due();
        let seen_due = self
            .placement
            .seen_total
            .saturating_sub(self.placement.seen_credit);
        // Also when a gift card would pay the difference, or pays less of the same total.
        let changed = if due.minor != seen_due {
            Some((seen_due, due))
        } else {
            (total.minor != self.placement.seen_total).then_some((self.placement.seen_total, total))
        };
        if let Some((was, is)) = changed {
            seen.view.messages.push(CheckoutMessage::TotalChanged {
                was: Money::new(was, total.currency),
                is,
            });
        }
        let (Some(details), Some(delivery), true) =
            (&seen.details, &seen.delivery, seen.view.messages.is_empty())
        else {
            return self.refuse(seen).await.map(Try::Refused);
        };
        let customer = self.session.customer;
        let checkout = self.placement.checkout;
        let wanted = seen
            .view
            .lines
            .iter()
            .map(|line| (line.variant, i64::from(line.quantity.get())));
        let promise = inventory::promise(self.shop, customer, checkout, wanted).await;
        let outcome = match promise.short {
            Some(variant) => Ok(Outcome::Short(vec![variant])),
            None => {
                let new = NewOrder {
                    storefront: self.storefront,
                    placement: self.placement,
                    body_hash: self.hash,
                    seen: &seen,
                    details,
                    delivery,
                    cart: cart_id,
                    cart_version: cart.version,
                    claims: promise.is_made(),
                    cards: &cart.offers.cards,
                };
                order::make(self.shop, self.caller, self.session, &new).await
            }
        };
        // Also when it broke: an order that was written all the same has claimed its hold, which nobody lets go here.
        if promise.is_made() && !matches!(outcome, Ok(Outcome::Made(_))) {
            inventory::let_go(self.shop, customer, checkout).await;
        }
        drop(promise);
        match outcome? {
            Outcome::Made(made) => {
                // The copy is older than the cart's closing, which counted its version up.
                let market = &self.storefront.market;
                let version = cart.version + 1;
                let forget = cart::forget(self.shop, self.session.customer, market, version);
                let ((), paid) = tokio::join!(forget, self.pay(made, &seen));
                paid.map(Try::Placed)
            }
            Outcome::Overtaken => Ok(Try::Again),
            Outcome::Short(variants) => self.short(seen, &variants).await,
            Outcome::Limited(variants) => self.limited(seen, &variants).await.map(Try::Refused),
            Outcome::NotToBeHad(refused) => self.without(market, cart, stored, &refused).await,
        }
    }

    /// Others had the last of a code, or this shopper had it before: it comes off the cart, and the shopper is told what the
    /// order costs without it.
    async fn without(
        &self,
        market: &Market,
        cart: &CurrentCart,
        stored: Stored,
        refused: &[promotion::Refused],
    ) -> Result<Try, Failure<PlaceError>> {
        let codes = promotion::codes_of(&cart.offers, refused);
        let dropped = codes.iter().map(|(code, _)| code.clone()).collect();
        let (caller, session, at) = (self.caller, self.session, self.storefront);
        cart::drop_codes(self.shop, caller, session, at, dropped)
            .await
            .map_err(of_cart)?;
        if codes.is_empty() {
            // What everyone has until it is used up: the next look leaves it out.
            return Ok(Try::Again);
        }
        let cart = cart::current(self.shop, session.customer, at)
            .await
            .map_err(of_cart)?;
        let form = self.placement.form.clone();
        let mut seen =
            view::assemble(self.shop, market, at, &stored, &cart, form).map_err(of_checkout)?;
        let told = codes
            .into_iter()
            .map(|(code, problem)| CheckoutMessage::CodeRefused { code, problem });
        seen.view.messages.extend(told);
        self.refuse(seen).await.map(Try::Refused)
    }

    /// Opens the page where the order is paid. From here on the order stands: what goes wrong is mended by its page, by
    /// paying again, or by the reconciler.
    async fn pay(&self, made: Made, seen: &Seen) -> Result<Placed, Failure<PlaceError>> {
        let due = seen.view.quote.due();
        let redirect = if due.is_zero() {
            if let Err(error) = payment::settle_free(self.shop, made.identity, due).await {
                tracing::error!(order = made.number, %error, "an order of nothing was not settled");
            }
            None
        } else {
            let facts = Facts {
                identity: made.identity,
                provider: made.provider,
                number: &made.number,
                token: &made.token,
                storefront: self.storefront.clone(),
                email: self.placement.form.email.trim(),
                amount: due,
                quote: &seen.view.quote,
                lines: &seen.view.lines,
                created_at: made.at,
                choice: Choice::of(&self.placement.form),
            };
            match payment::start_with(self.shop, facts).await {
                Ok(Opened::At(url)) => Some(url),
                Ok(Opened::Deferred | Opened::Refused | Opened::Charged) => None,
                Err(error) => {
                    tracing::error!(order = made.number, %error, "a payment's beginning was not recorded");
                    None
                }
            }
        };
        Ok(Placed {
            order: made.identity.order,
            number: made.number,
            token: made.token,
            redirect,
        })
    }

    /// Others took the last ones between the look and the hold: another look says how many are left.
    async fn short(
        &self,
        mut seen: Seen,
        variants: &[VariantId],
    ) -> Result<Try, Failure<PlaceError>> {
        let cart = cart::current(self.shop, self.session.customer, self.storefront)
            .await
            .map_err(of_cart)?;
        for variant in variants {
            let line = cart.lines.iter().find(|line| line.line.variant == *variant);
            if let Some(line) = line {
                let wanted = i64::from(line.line.quantity.get());
                seen.view.messages.push(CheckoutMessage::SoldOut {
                    variant: *variant,
                    title: line.line.title.clone(),
                    // One may have come back since; it was not there when it was asked for.
                    available: line.available.unwrap_or_default().clamp(0, wanted - 1),
                });
            }
        }
        if seen.view.messages.is_empty() {
            return Ok(Try::Again);
        }
        self.refuse(seen).await.map(Try::Refused)
    }

    /// The shopper may not have so many, over this and earlier orders.
    async fn limited(
        &self,
        mut seen: Seen,
        variants: &[(VariantId, i64)],
    ) -> Result<Failure<PlaceError>, Failure<PlaceError>> {
        for (variant, most) in variants {
            let line = seen.view.lines.iter().find(|line| line.variant == *variant);
            let message = line.map(|line| CheckoutMessage::Limited {
                variant: *variant,
                title: line.title.clone(),
                most: *most,
            });
            seen.view.messages.extend(message);
        }
        self.refuse(seen).await
    }

    /// Keeps what was typed, so that it is there again however the shopper comes back.
    async fn refuse(&self, seen: Seen) -> Result<Failure<PlaceError>, Failure<PlaceError>> {
        let mut shown = seen.view;
        shown.state = CheckoutState::Open;
        shown.version = sql::save(
            self.shop,
            self.caller,
            self.session.customer,
            &shown,
            "checkout.refused",
        )
        .await?;
        Ok(Failure::Refused(PlaceError::Refused(Box::new(shown))))
    }
}

fn of_cart(failure: Failure<CartError>) -> Failure<PlaceError> {
    match failure {
        Failure::Refused(_) => Failure::Refused(PlaceError::Denied),
        Failure::Broken(broken) => Failure::Broken(broken),
    }
}

fn of_checkout(failure: Failure<CheckoutError>) -> Failure<PlaceError> {
    match failure {
        Failure::Refused(_) => Failure::Refused(PlaceError::Denied),
        Failure::Broken(broken) => Failure::Broken(broken),
    }
}
