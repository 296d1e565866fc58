//! The bag's forms: what buys without a script. Done, they lead to the bag; refused, they show it with the reason.

use crate::cart::page;
use crate::error::{PageError, ToHttp};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::cart::{CartChange, CartCommand, CartError, Quantity};
use domain::link::Links;
use domain::promotion::Code;
use domain::{CommandId, ProductId, Storefront, VariantId};
use http::{HeaderMap, Uri};
use shop::Failure;
use std::collections::HashMap;

type Fields = Form<HashMap<String, String>>;

/// POST …/cart/lines: adds the variant of `product` that `option1`–`option3` choose, or `variant` itself.
pub async fn add_line(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Fields,
) -> Response {
    let change = async {
        let quantity = quantity(fields.get("quantity").map_or("1", String::as_str))?;
        let variant = match fields.get("variant").filter(|text| !text.is_empty()) {
            Some(text) => text
                .parse::<VariantId>()
                .map_err(|_| Failure::Refused(CartError::UnknownVariant))?,
            None => chosen(&app, &fields).await?,
        };
        Ok(CartChange::AddLine { variant, quantity })
    };
    let change = change.await;
    let asked = Asked {
        app: &app,
        at: &at,
        id: &id,
        headers: &headers,
        uri: &uri,
    };
    asked.apply(fields.get("command"), change, None).await
}

/// POST …/cart/lines/{variant}: sets `quantity`, or removes the line when `remove` is there.
pub async fn change_line(
    State(app): State<App>,
    At(at): At,
    Path((_, variant)): Path<(String, String)>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Fields,
) -> Response {
    let change = match variant.parse::<VariantId>() {
        Err(_) => Err(Failure::Refused(CartError::UnknownVariant)),
        Ok(variant) if fields.contains_key("remove") => Ok(CartChange::RemoveLine { variant }),
        Ok(variant) => quantity(fields.get("quantity").map_or("", String::as_str))
            .map(|quantity| CartChange::SetQuantity { variant, quantity }),
    };
    let asked = Asked {
        app: &app,
        at: &at,
        id: &id,
        headers: &headers,
        uri: &uri,
    };
    asked.apply(fields.get("command"), change, None).await
}

/// POST …/cart/codes: applies `code`; or takes one off (`remove`), or a gift card (`remove_card`).
pub async fn change_codes(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Fields,
) -> Response {
    let (change, typed) = code_change(&fields);
    let change = change.map_err(Failure::Refused);
    let asked = Asked {
        app: &app,
        at: &at,
        id: &id,
        headers: &headers,
        uri: &uri,
    };
    asked
        .apply(fields.get("command"), change, Some(typed))
        .await
}

/// What a form about codes asks for, and what was typed into its field.
pub fn code_change(fields: &HashMap<String, String>) -> (Result<CartChange, CartError>, String) {
    let code = |text: &str| Code::parse(text).map_err(|_| CartError::MalformedCode);
    let typed = fields.get("code").map_or("", String::as_str);
    let change = match (fields.get("remove"), fields.get("remove_card")) {
        (Some(text), _) => code(text).map(|code| CartChange::RemoveCode { code }),
        (None, Some(text)) => text
            .parse()
            .map(|card| CartChange::RemoveCard { card })
            .map_err(|_| CartError::UnknownCode),
        (None, None) => code(typed).map(|code| CartChange::ApplyCode { code }),
    };
    // What no code can be as long as is not sent back.
    (change, typed.chars().take(100).collect())
}

fn quantity(text: &str) -> Result<Quantity, Failure<CartError>> {
    let count = text
        .trim()
        .parse::<u32>()
        .map_err(|_| Failure::Refused(CartError::QuantityOutOfRange))?;
    Quantity::new(count).map_err(Failure::Refused)
}

async fn chosen(
    app: &App,
    fields: &HashMap<String, String>,
) -> Result<VariantId, Failure<CartError>> {
    let unknown = || Failure::Refused(CartError::UnknownVariant);
    let product = fields
        .get("product")
        .and_then(|text| text.parse::<ProductId>().ok())
        .ok_or_else(unknown)?;
    let options: Vec<String> = ["option1", "option2", "option3"]
        .iter()
        .filter_map(|name| fields.get(*name))
        .cloned()
        .collect();
    shop::catalog::find_variant(&app.shop, product, &options)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(_) => unknown(),
            Failure::Broken(broken) => Failure::Broken(broken),
        })
}

/// A form that was sent.
struct Asked<'a> {
    app: &'a App,
    at: &'a Storefront,
    id: &'a RequestId,
    headers: &'a HeaderMap,
    uri: &'a Uri,
}

impl Asked<'_> {
    /// `code` is what was typed into the field of codes, when it was that form.
    async fn apply(
        self,
        command: Option<&String>,
        change: Result<CartChange, Failure<CartError>>,
        code: Option<String>,
    ) -> Response {
        let Self {
            app,
            at,
            id,
            headers,
            uri,
        } = self;
        let mut visitor = match Visitor::find(app, headers, Some(id)).await {
            Ok(visitor) => visitor,
            Err(broken) => return answer_privately(app, at, uri, Err(broken.into())).await,
        };
        // A form that is sent twice by a double click carries the same id twice; one without gets an id of its own.
        let command = command
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| CommandId(app.shop.random.id(app.shop.clock.now())));
        let changed = async {
            let change = change?;
            let session = visitor.session_or_begin().await?;
            let caller = visitor.caller(&session, "cart form");
            shop::cart::change(
                &app.shop,
                &caller,
                &session,
                at,
                CartCommand { command, change },
            )
            .await
        };
        match changed.await {
            Ok(cart) => {
                visitor.saw_cart(cart.version);
                let mut response = Redirect::to(&Links(at.clone()).cart()).into_response();
                visitor.remember(response.headers_mut());
                response
            }
            Err(Failure::Refused(error)) => {
                let (status, key) = error.to_http();
                let refusal = page::Refusal {
                    status,
                    message: shop::text::say(at.locale, key),
                    code,
                };
                page::respond(app, at, uri, visitor, Some(refusal)).await
            }
            Err(Failure::Broken(broken)) => {
                answer_privately(app, at, uri, Err(PageError::from(broken))).await
            }
        }
    }
}
