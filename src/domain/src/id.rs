//! Every id a type of its own, so that a cart's id never stands where a customer's belongs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares id newtypes over [`Uuid`] (version 7 in storage: they sort by creation).
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// A product: what a page shows.
    ProductId,
    /// A category: where products are listed.
    CategoryId,
    /// A variant: what is bought and stocked.
    VariantId,
    /// A place where stock lies.
    LocationId,
    /// A customer; a guest is one too, not yet claimed.
    CustomerId,
    /// A browser's session.
    SessionId,
    /// A cart.
    CartId,
    /// One change to a cart; the same id twice is one change.
    CommandId,
    /// A checkout.
    CheckoutId,
    /// An order.
    OrderId,
    /// One try at paying for an order; the provider's idempotency key.
    AttemptId,
    /// The shopper's idempotency key for placing an order.
    IdempotencyKey,
    /// An event in the outbox.
    EventId,
    /// A promotion.
    PromotionId,
    /// A gift card, or a customer's store credit.
    GiftCardId,
    /// Money going back; the provider's idempotency key.
    RefundId,
    /// A parcel.
    ShipmentId,
    /// Goods coming back.
    ReturnId,
    /// What a shopper says of a product.
    ReviewId,
    /// A member of staff.
    StaffId,
}
