//! The checkout in the browser: delivery choices and sums that follow what is typed. Every rule stays on the server; these
//! islands ask it again and show what it says.

use domain::cart::CartLine;
use domain::checkout::{CheckoutView, DeliveryChoice};
use domain::pricing::Quote;
use serde::{Deserialize, Serialize};

mod delivery;
mod store;
mod summary;

pub use delivery::{DeliveryChoices, DeliveryTexts};
pub use summary::{CheckoutSummary, SummaryTexts};

/// What of a checkout these islands show; read from the JSON of a whole [`CheckoutView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutShown {
    pub form: Chosen,
    pub lines: Vec<CartLine>,
    pub delivery: Vec<DeliveryChoice>,
    pub quote: Quote,
}

/// What of the form they show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The delivery option's code.
    pub delivery: String,
}

impl From<&CheckoutView> for CheckoutShown {
    fn from(view: &CheckoutView) -> Self {
        Self {
            form: Chosen {
                delivery: view.form.delivery.clone(),
            },
            lines: view.lines.clone(),
            delivery: view.delivery.clone(),
            quote: view.quote.clone(),
        }
    }
}
