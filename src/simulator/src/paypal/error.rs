//! PayPal's error shape (<https://developer.paypal.com/api/rest/responses/>).

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// One thing that is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Issue {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'static str>,
    issue: &'static str,
    description: &'static str,
}

impl Issue {
    pub const fn new(issue: &'static str, description: &'static str) -> Self {
        Self {
            field: None,
            value: None,
            location: None,
            issue,
            description,
        }
    }

    /// A field of the body that has no value.
    pub fn missing(field: &str) -> Self {
        let mut issue = Self::new(
            "MISSING_REQUIRED_PARAMETER",
            "A required field / parameter is missing.",
        );
        issue.field = Some(field.to_owned());
        issue.location = Some("body");
        issue
    }

    /// Where in the body, and what stands there.
    pub fn at(mut self, field: &str, value: &str) -> Self {
        self.field = Some(field.to_owned());
        self.value = Some(value.to_owned());
        self.location = Some("body");
        self
    }
}

#[derive(Debug, Serialize)]
struct Link {
    href: String,
    rel: &'static str,
    method: &'static str,
}

/// An error answer. Boxed, because it is rare and the good answers should stay small.
#[derive(Debug)]
pub struct PaypalError(Box<Inner>);

#[derive(Debug, Serialize)]
struct Inner {
    #[serde(skip)]
    status: u16,
    name: &'static str,
    message: &'static str,
    debug_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Issue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

/// What PayPal's support asks for.
pub fn debug_id() -> String {
    let id = uuid::Uuid::now_v7().as_u128() & 0xf_ffff_ffff_ffff;
    format!("f{id:013x}")
}

impl PaypalError {
    fn new(status: u16, name: &'static str, message: &'static str, issue: Option<Issue>) -> Self {
        let mut links = Vec::new();
        if let Some(issue) = &issue {
            links.push(Link {
                href: format!(
                    "https://developer.paypal.com/docs/api/orders/v2/#error-{}",
                    issue.issue
                ),
                rel: "information_link",
                method: "GET",
            });
        }
        Self(Box::new(Inner {
            status,
            name,
            message,
            debug_id: debug_id(),
            details: issue.into_iter().collect(),
            links,
        }))
    }

    /// 400: not what the API's schema asks for.
    pub fn malformed(issue: Issue) -> Self {
        Self::new(
            400,
            "INVALID_REQUEST",
            "Request is not well-formed, syntactically incorrect, or violates schema.",
            Some(issue),
        )
    }

    /// 422: understood, and can't be done.
    pub fn unprocessable(issue: Issue) -> Self {
        Self::new(
            422,
            "UNPROCESSABLE_ENTITY",
            "The requested action could not be performed, semantically incorrect, or failed business validation.",
            Some(issue),
        )
    }

    /// 422: the payer's money can't be had; another way to pay may be chosen on the page.
    pub fn declined(page: String) -> Self {
        let mut error = Self::unprocessable(Issue::new(
            "INSTRUMENT_DECLINED",
            "The instrument presented was either declined by the processor or bank, or it can't be used for this \
             payment.",
        ));
        error.0.links.push(Link {
            href: page,
            rel: "redirect",
            method: "GET",
        });
        error
    }

    /// 404: no such object.
    pub fn missing() -> Self {
        Self::new(
            404,
            "RESOURCE_NOT_FOUND",
            "The specified resource does not exist.",
            Some(Issue::new(
                "INVALID_RESOURCE_ID",
                "Specified resource ID does not exist. Please check the resource ID and try again.",
            )),
        )
    }

    /// 500: our own fault.
    pub fn ours() -> Self {
        Self::new(
            500,
            "INTERNAL_SERVER_ERROR",
            "An internal server error has occurred.",
            None,
        )
    }

    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The first issue's name, or the error's own.
    #[cfg(test)]
    pub fn issue(&self) -> &'static str {
        self.0
            .details
            .first()
            .map_or(self.0.name, |issue| issue.issue)
    }

    pub fn body(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).unwrap_or_default()
    }
}

impl IntoResponse for PaypalError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            self.body(),
        )
            .into_response();
        if let Ok(id) = HeaderValue::from_str(&self.0.debug_id) {
            let name = HeaderName::from_static("paypal-debug-id");
            response.headers_mut().insert(name, id);
        }
        response
    }
}
