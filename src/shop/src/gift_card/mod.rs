//! Gift cards and store credit: a balance, and a ledger that says where every cent came from and went.
//!
//! A balance is only changed by statements that check it and write the ledger with it, under the card's row lock: two tabs
//! can't spend it twice. What was taken for an order goes back when the order comes to nothing, and after the provider's money
//! when it is refunded ([`refund`]).

mod sql;

use crate::{Caller, Failure, Parts, Shop, audit};
use domain::gift_card::{CartCard, split};
use domain::promotion::Code;
use domain::{Action, Currency, CustomerId, GiftCardId, Money, OrderId, RefundId, may};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// The most a card is issued with, in minor units.
const MOST_MINOR: i64 = 10_000_000;

/// Why a gift card is not issued or shown. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GiftCardError {
    #[error("that is not allowed")]
    Denied,
    #[error("a card is issued with 0.01 to 100000.00, or as much in minor units of its currency")]
    BadAmount,
    #[error("it would have run out before it was issued")]
    Past,
    #[error("there is no such gift card; `rialto gift-cards list` names them all")]
    Unknown,
    #[error("there is no such customer")]
    UnknownCustomer,
}

/// A card that was just issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub id: GiftCardId,
    /// In groups of four, as it is printed. Nobody can be told it again: only its hash is kept.
    pub code: String,
}

/// A card as the command line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: GiftCardId,
    /// The last four of its code; empty for store credit.
    pub ending: String,
    /// Whose store credit it is.
    pub customer: Option<CustomerId>,
    pub balance: Money,
    pub issued_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
}

/// A line of a card's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: OffsetDateTime,
    pub change: Money,
    /// After it.
    pub balance: Money,
    /// `issue`, `spend`, `release`, `refund`.
    pub cause: String,
    pub order: Option<OrderId>,
}

/// Issues a card that whoever has its code may spend, until `expires_at` if that is given.
///
/// # Errors
/// [`GiftCardError`].
pub async fn issue(
    shop: &Shop,
    caller: &Caller,
    amount: Money,
    expires_at: Option<OffsetDateTime>,
) -> Result<Issued, Failure<GiftCardError>> {
    let code = code(&shop.random.secret());
    let ending: String = code
        .chars()
        .rev()
        .take(4)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let owner = sql::Owner::Bearer {
        hash: hash(&code),
        ending: &ending,
    };
    let id = put(shop, caller, amount, expires_at, owner).await?;
    let groups: Vec<&str> = (0..code.len() / 4)
        .map(|at| &code[4 * at..4 * at + 4])
        .collect();
    Ok(Issued {
        id,
        code: groups.join("-"),
    })
}

/// Gives a customer credit, which pays for their next orders by itself.
///
/// # Errors
/// [`GiftCardError`].
pub async fn issue_credit(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    amount: Money,
) -> Result<GiftCardId, Failure<GiftCardError>> {
    put(shop, caller, amount, None, sql::Owner::Customer(customer)).await
}

async fn put(
    shop: &Shop,
    caller: &Caller,
    amount: Money,
    expires_at: Option<OffsetDateTime>,
    owner: sql::Owner<'_>,
) -> Result<GiftCardId, Failure<GiftCardError>> {
    may(&caller.actor, Action::IssueCredit).map_err(|_| Failure::Refused(GiftCardError::Denied))?;
    if !(1..=MOST_MINOR).contains(&amount.minor) {
        return Err(Failure::Refused(GiftCardError::BadAmount));
    }
    let now = shop.clock.now();
    if expires_at.is_some_and(|expires| expires <= now) {
        return Err(Failure::Refused(GiftCardError::Past));
    }
    let id = GiftCardId(shop.random.id(now));
    let mut tx = shop.begin().await?;
    if !sql::insert(&mut tx, id, &owner, amount.currency, expires_at, now).await? {
        return Err(Failure::Refused(GiftCardError::UnknownCustomer));
    }
    sql::credit(&mut tx, id, amount.minor, &caller.actor, now).await?;
    let change = json!({ "amount_minor": amount.minor, "currency": amount.currency });
    let subject = id.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        "gift_card.issued",
        "gift_card",
        &subject,
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// The newest cards, 200 at most.
///
/// # Errors
/// The database's.
pub async fn list(shop: &Shop) -> Result<Vec<Listed>, crate::Broken> {
    sql::list(&shop.db, None).await
}

/// A card by its id, with its ledger, oldest first.
///
/// # Errors
/// [`GiftCardError::Unknown`].
pub async fn find(
    shop: &Shop,
    id: GiftCardId,
) -> Result<(Listed, Vec<Entry>), Failure<GiftCardError>> {
    let found = sql::list(&shop.db, Some(id)).await?.into_iter().next();
    let card = found.ok_or(Failure::Refused(GiftCardError::Unknown))?;
    let entries = sql::entries(&shop.db, id, card.balance.currency).await?;
    Ok((card, entries))
}

/// Pays `credit` of an order that is being made in this transaction with `cards`; its payment attempt is for the rest. False when they don't hold as much any more: then the transaction is to be rolled back. Without credit it asks nothing.
///
/// # Errors
/// The database's.
pub(crate) async fn take(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    (customer, order): (CustomerId, OrderId),
    cards: &[CartCard],
    credit: Option<Money>,
) -> Result<bool, sqlx::Error> {
    let Some(credit) = credit.filter(|credit| credit.minor > 0) else {
        return Ok(true);
    };
    let parts = split(cards, credit);
    if parts.iter().map(|(_, part)| part.minor).sum::<i64>() != credit.minor {
        return Ok(false);
    }
    sql::take(
        tx,
        (customer, order),
        &parts,
        &caller.actor,
        shop.clock.now(),
    )
    .await
}

/// `order` came to nothing: what was taken goes back to its cards. Doing it again changes nothing.
///
/// # Errors
/// The database's.
pub(crate) async fn release(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    customer: CustomerId,
    order: OrderId,
) -> Result<(), sqlx::Error> {
    let of = (customer, order);
    sql::release(tx, of, &caller.actor, shop.clock.now()).await
}

/// Gives back up to `amount` of what `order` was paid with by cards, in the caller's transaction, the order locked; how much
/// it was. Over all refunds never more than was taken; the same refund again gives nothing more.
///
/// # Errors
/// The database's.
pub async fn refund(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    of: (CustomerId, OrderId),
    refund: RefundId,
    amount: Money,
) -> Result<Money, sqlx::Error> {
    let now = shop.clock.now();
    let given = sql::refund(tx, of, refund, amount.minor.max(0), &caller.actor, now).await?;
    Ok(Money::new(given, amount.currency))
}

/// Of Crockford's base 32, as order numbers: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 16 letters are 80 bits: nobody finds one by trying.
const LENGTH: usize = 16;

fn code(secret: &[u8; 32]) -> String {
    secret[..LENGTH]
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// What is kept of a code.
pub(crate) fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// The same of a code that was typed.
pub(crate) fn hash_of(code: &Code) -> [u8; 32] {
    hash(code.as_str())
}

/// Reads a currency that the database keeps.
fn currency(text: &str) -> Result<Currency, crate::Broken> {
    text.parse()
        .map_err(|_| crate::Broken::Other(format!("gift card in {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::code;
    use domain::promotion::Code;

    #[test]
    fn codes_are_of_letters_nobody_mistakes() {
        let counting: [u8; 32] = std::array::from_fn(|index| index as u8 * 7);
        let code = code(&counting);
        assert_eq!(code, "07ENW3AHRZ6DMV29");
        assert_eq!(Code::parse(&code).unwrap().as_str(), code);
    }
}
