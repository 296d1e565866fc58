//! Who acts, and what each may do.

use crate::id::{CustomerId, StaffId};
use serde::{Deserialize, Serialize};

/// Who asks for a change. Handed to every function that makes one, and written to the audit log with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A shopper who has not signed in; an unclaimed customer.
    Guest { customer: CustomerId },
    /// A shopper who has.
    Customer { customer: CustomerId },
    /// A member of staff.
    Staff { staff: StaffId, roles: Vec<Role> },
    /// A worker, a webhook, the command line: named after what it is.
    Machine { name: String },
}

/// What a member of staff is trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Merchandiser,
    OrderDesk,
    Support,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Change the cart of this customer.
    ChangeCart(CustomerId),
    /// Change or place the checkout of this customer.
    Checkout(CustomerId),
    /// Claim this customer by an e-mail address, or change what is kept of how they pay.
    ChangeAccount(CustomerId),
    /// Fold one customer into another.
    MergeCustomers { from: CustomerId, into: CustomerId },
    /// Record a payment's outcome.
    SettlePayment,
    /// Change an order of any customer.
    ChangeOrder,
    /// Write a review as this customer.
    WriteReview(CustomerId),
    /// Change the wish list of this customer.
    ChangeWishes(CustomerId),
    /// Publish or refuse reviews.
    ModerateReviews,
    /// See what is searched for.
    ReadSearches,
    /// Change products, prices, categories, promotions.
    ChangeCatalogue,
    /// Give money away: gift cards and store credit.
    IssueCredit,
    /// Change taxes and delivery.
    ChangeMarkets,
    /// Correct stock.
    AdjustStock,
    /// Run migrations, seeds and jobs.
    Operate,
}

/// The actor may not do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("that is not allowed")]
pub struct Denied;

/// Whether `actor` may do `action`. Shoppers act on what is theirs; staff by role; machines on anything.
///
/// # Errors
/// [`Denied`] when not.
pub fn may(actor: &Actor, action: Action) -> Result<(), Denied> {
    let allowed = match actor {
        Actor::Machine { .. } => true,
        Actor::Guest { customer } | Actor::Customer { customer } => match action {
            Action::ChangeCart(owner)
            | Action::Checkout(owner)
            | Action::ChangeAccount(owner)
            | Action::WriteReview(owner)
            | Action::ChangeWishes(owner) => owner == *customer,
            // Signing in folds the guest one was into the customer one is.
            Action::MergeCustomers { into, .. } => {
                into == *customer && matches!(actor, Actor::Customer { .. })
            }
            _ => false,
        },
        Actor::Staff { roles, .. } => roles.iter().any(|role| role_may(*role, action)),
    };
    if allowed { Ok(()) } else { Err(Denied) }
}

fn role_may(role: Role, action: Action) -> bool {
    match role {
        Role::Owner => true,
        Role::Merchandiser => matches!(
            action,
            Action::ChangeCatalogue
                | Action::AdjustStock
                | Action::ModerateReviews
                | Action::ReadSearches
        ),
        Role::OrderDesk => matches!(
            action,
            Action::ChangeOrder | Action::SettlePayment | Action::AdjustStock
        ),
        Role::Support => matches!(
            action,
            Action::ChangeCart(_) | Action::Checkout(_) | Action::ModerateReviews
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ME: CustomerId = CustomerId(Uuid::from_u128(1));
    const OTHER: CustomerId = CustomerId(Uuid::from_u128(2));

    fn staff(roles: &[Role]) -> Actor {
        Actor::Staff {
            staff: StaffId(Uuid::from_u128(3)),
            roles: roles.to_vec(),
        }
    }

    /// A column for each actor: guest, customer, owner, merchandiser, order desk, support, staff without a role, machine.
    fn actors() -> [Actor; 8] {
        [
            Actor::Guest { customer: ME },
            Actor::Customer { customer: ME },
            staff(&[Role::Owner]),
            staff(&[Role::Merchandiser]),
            staff(&[Role::OrderDesk]),
            staff(&[Role::Support]),
            staff(&[]),
            Actor::Machine {
                name: "worker".to_owned(),
            },
        ]
    }

    #[test]
    fn who_may_do_what() {
        let into = |from, into| Action::MergeCustomers { from, into };
        let table = [
            (Action::ChangeCart(ME), "yes yes yes no no yes no yes"),
            (Action::ChangeCart(OTHER), "no no yes no no yes no yes"),
            (Action::Checkout(ME), "yes yes yes no no yes no yes"),
            (Action::Checkout(OTHER), "no no yes no no yes no yes"),
            (Action::ChangeAccount(ME), "yes yes yes no no no no yes"),
            (Action::ChangeAccount(OTHER), "no no yes no no no no yes"),
            (into(OTHER, ME), "no yes yes no no no no yes"),
            (into(ME, OTHER), "no no yes no no no no yes"),
            (Action::SettlePayment, "no no yes no yes no no yes"),
            (Action::ChangeOrder, "no no yes no yes no no yes"),
            (Action::WriteReview(ME), "yes yes yes no no no no yes"),
            (Action::WriteReview(OTHER), "no no yes no no no no yes"),
            (Action::ChangeWishes(ME), "yes yes yes no no no no yes"),
            (Action::ChangeWishes(OTHER), "no no yes no no no no yes"),
            (Action::ModerateReviews, "no no yes yes no yes no yes"),
            (Action::ReadSearches, "no no yes yes no no no yes"),
            (Action::ChangeCatalogue, "no no yes yes no no no yes"),
            (Action::IssueCredit, "no no yes no no no no yes"),
            (Action::ChangeMarkets, "no no yes no no no no yes"),
            (Action::AdjustStock, "no no yes yes yes no no yes"),
            (Action::Operate, "no no yes no no no no yes"),
        ];
        for (action, expected) in table {
            let answers = actors().map(|actor| {
                if may(&actor, action).is_ok() {
                    "yes"
                } else {
                    "no"
                }
            });
            assert_eq!(answers.join(" "), expected, "{action:?}");
        }
    }

    #[test]
    fn roles_add_up() {
        let both = staff(&[Role::Merchandiser, Role::Support]);
        assert_eq!(may(&both, Action::ChangeCatalogue), Ok(()));
        assert_eq!(may(&both, Action::ChangeCart(OTHER)), Ok(()));
        assert_eq!(may(&both, Action::SettlePayment), Err(Denied));
    }
}
