//! The checkout in the browser: delivery choices and sums that follow what is typed. Every rule stays on the server; these
//! islands ask it again and show what it says.

use domain::cart::CartLine;
use domain::checkout::{CheckoutView, DeliveryChoice, RegionChoices};
use domain::pricing::Quote;
use serde::{Deserialize, Serialize};

mod delivery;
mod region;
mod store;
mod summary;

pub use delivery::{DeliveryChoices, DeliveryTexts};
pub use region::{RegionField, RegionTexts};
pub use summary::{CheckoutSummary, SummaryTexts};

/// What of a checkout these islands show; read from the JSON of a whole [`CheckoutView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutShown {
    pub form: Chosen,
    pub lines: Vec<CartLine>,
    pub delivery: Vec<DeliveryChoice>,
    /// The regions of the form's country; None where addresses have none.
    pub regions: Option<RegionChoices>,
    pub quote: Quote,
}

/// What of the form they show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The delivery option's code.
    pub delivery: String,
    /// The region's code.
    pub region: String,
}

impl From<&CheckoutView> for CheckoutShown {
    fn from(view: &CheckoutView) -> Self {
        Self {
            form: Chosen {
                delivery: view.form.delivery.clone(),
                region: view.form.region.clone(),
            },
            lines: view.lines.clone(),
            delivery: view.delivery.clone(),
            regions: view.regions.clone(),
            quote: view.quote.clone(),
        }
    }
}
