//! What islands and server functions say to each other, and the fetch that carries it.
//!
//! The client that leptos generates for a server function weighs 42 KB; this one posts the same JSON to the same endpoint.

use crate::json::{Read, parse};
use domain::Storefront;
use domain::cart::{CartChange, CartCommand, Quantity};
use domain::catalog::StockState;
use domain::id::{ProductId, VariantId};
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a server function refused: a stable code, and a message in the shopper's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    pub code: String,
    pub message: String,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// Whether no answer came: what was asked may or may not have happened.
    pub fn is_offline(&self) -> bool {
        self.code == OFFLINE
    }
}

/// The code of a call that was not answered.
const OFFLINE: &str = "offline";

/// What leptos itself refuses with: arguments that do not read, or a failure around the function. Nothing internal is told.
impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => "error-bad-request",
            _ => "error-unavailable",
        };
        Self {
            code: code.to_owned(),
            message: String::new(),
        }
    }
}

/// A call of a server function: its endpoint, and what it answers with. The fields are the function's arguments.
pub trait Call {
    const ENDPOINT: &'static str;
    type Answer: Read + DeserializeOwned + 'static;

    /// The arguments as the server function reads them: an object of JSON.
    fn body(&self) -> String;
}

/// The cart as it stands.
#[derive(Clone, Debug)]
pub struct ReadCart {
    pub storefront: Storefront,
}

impl Call for ReadCart {
    const ENDPOINT: &'static str = "/api/cart/read";
    type Answer = domain::cart::CartView;

    fn body(&self) -> String {
        format!(r#"{{"storefront":"{}"}}"#, self.storefront)
    }
}

/// One change to the cart; answers with the whole cart.
#[derive(Clone, Debug)]
pub struct ChangeCart {
    pub storefront: Storefront,
    pub command: CartCommand,
}

impl Call for ChangeCart {
    const ENDPOINT: &'static str = "/api/cart/change";
    type Answer = domain::cart::CartView;

    fn body(&self) -> String {
        let of_line = |kind: &str, variant: &VariantId, quantity: Option<&Quantity>| {
            let quantity = quantity
                .map(|quantity| format!(r#","quantity":{}"#, quantity.get()))
                .unwrap_or_default();
            format!(r#"{{"kind":"{kind}","variant":"{variant}"{quantity}}}"#)
        };
        // Nothing to escape: codes are of letters and digits.
        let change = match &self.command.change {
            CartChange::AddLine { variant, quantity } => {
                of_line("add_line", variant, Some(quantity))
            }
            CartChange::SetQuantity { variant, quantity } => {
                of_line("set_quantity", variant, Some(quantity))
            }
            CartChange::RemoveLine { variant } => of_line("remove_line", variant, None),
            CartChange::ApplyCode { code } => {
                format!(r#"{{"kind":"apply_code","code":"{code}"}}"#)
            }
            CartChange::RemoveCode { code } => {
                format!(r#"{{"kind":"remove_code","code":"{code}"}}"#)
            }
            CartChange::RemoveCard { card } => {
                format!(r#"{{"kind":"remove_card","card":"{card}"}}"#)
            }
        };
        format!(
            r#"{{"storefront":"{}","command":{{"command":"{}","change":{change}}}}}"#,
            self.storefront, self.command.command
        )
    }
}

/// The stock of each of a product's variants, now: a cached page may be a second old.
#[derive(Clone, Debug)]
pub struct ReadStock {
    pub storefront: Storefront,
    pub product: ProductId,
}

impl Call for ReadStock {
    const ENDPOINT: &'static str = "/api/product/stock";
    type Answer = Vec<(VariantId, StockState)>;

    fn body(&self) -> String {
        format!(
            r#"{{"storefront":"{}","product":"{}"}}"#,
            self.storefront, self.product
        )
    }
}

#[cfg(feature = "till")]
pub use till::{EstimateCheckout, OrderStatus, ReadOrderStatus};

#[cfg(feature = "till")]
mod till {
    use super::Call;
    use domain::Storefront;
    use domain::order::OrderState;
    use domain::payment::AttemptState;
    use serde::{Deserialize, Serialize};

    /// The checkout with this form: delivery choices, quote, what is missing.
    #[derive(Clone, Debug)]
    pub struct EstimateCheckout {
        pub storefront: Storefront,
        /// The form's fields, already as an object of JSON.
        pub form: String,
    }

    impl Call for EstimateCheckout {
        const ENDPOINT: &'static str = "/api/checkout/estimate";
        type Answer = crate::checkout::CheckoutShown;

        fn body(&self) -> String {
            format!(
                r#"{{"storefront":"{}","form":{}}}"#,
                self.storefront, self.form
            )
        }
    }

    /// How an order stands.
    #[derive(Clone, Debug)]
    pub struct ReadOrderStatus {
        pub number: String,
        pub token: String,
    }

    /// The answer to [`ReadOrderStatus`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct OrderStatus {
        pub state: OrderState,
        pub payment: AttemptState,
    }

    impl Call for ReadOrderStatus {
        const ENDPOINT: &'static str = "/api/order/status";
        type Answer = OrderStatus;

        /// Numbers and tokens are of letters, digits, `-` and `_`: nothing to escape.
        fn body(&self) -> String {
            format!(r#"{{"number":"{}","token":"{}"}}"#, self.number, self.token)
        }
    }
}

/// Posts `call` and reads the answer. On the server, where nothing is clicked, it never answers.
///
/// # Errors
/// What the server refused with; code `offline` when it could not be reached or understood (the message is empty then).
pub async fn call<C: Call>(call: &C) -> Result<C::Answer, ApiError> {
    call_with_text(call).await.map(|(answer, _)| answer)
}

/// The same, with the answer's JSON as it came.
pub(crate) async fn call_with_text<C: Call>(call: &C) -> Result<(C::Answer, String), ApiError> {
    let offline = || ApiError {
        code: OFFLINE.to_owned(),
        message: String::new(),
    };
    let (ok, text) = post(C::ENDPOINT, &call.body()).await.ok_or_else(offline)?;
    if ok {
        let answer = parse(&text).ok_or_else(offline)?;
        Ok((answer, text))
    } else {
        Err(parse(&text).unwrap_or_else(offline))
    }
}

/// A fresh id for a command, from the browser's randomness (UUID version 4).
pub fn fresh_id() -> uuid::Uuid {
    let mut bytes = [0; 16];
    let _ = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .map(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

async fn post(endpoint: &str, body: &str) -> Option<(bool, String)> {
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let headers = web_sys::Headers::new().ok()?;
    headers.set("content-type", "application/json").ok()?;
    headers.set("accept", "application/json").ok()?;
    init.set_headers(&headers);
    let promise = web_sys::window()?.fetch_with_str_and_init(endpoint, &init);
    let response: web_sys::Response = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()?;
    Some((response.ok(), text))
}
