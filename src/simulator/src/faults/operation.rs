//! What a request asks for, by its method and path: the words that rules name operations by.

use crate::store::model::Service::{self, Carrier, Paypal, Stripe};

/// One kind of request.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    pub service: Service,
    /// `order.capture`; `page` is what shoppers see, all others are the API.
    pub name: &'static str,
    method: &'static str,
    /// A star stands for one id.
    path: &'static str,
}

impl Operation {
    pub fn is_page(&self) -> bool {
        self.name == "page"
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        // Pages are shown and submitted: any method.
        if !self.is_page() && self.method != method {
            return false;
        }
        let mut asked = path.split('/');
        let fits = self
            .path
            .split('/')
            .all(|part| asked.next().is_some_and(|own| part == "*" || part == own));
        fits && asked.next().is_none()
    }
}

const fn operation(
    service: Service,
    name: &'static str,
    method: &'static str,
    path: &'static str,
) -> Operation {
    Operation {
        service,
        name,
        method,
        path,
    }
}

/// All there are.
pub const ALL: [Operation; 35] = [
    operation(Stripe, "session.create", "POST", "/v1/checkout/sessions"),
    operation(Stripe, "session.list", "GET", "/v1/checkout/sessions"),
    operation(Stripe, "session.find", "GET", "/v1/checkout/sessions/*"),
    operation(
        Stripe,
        "session.lines",
        "GET",
        "/v1/checkout/sessions/*/line_items",
    ),
    operation(
        Stripe,
        "session.expire",
        "POST",
        "/v1/checkout/sessions/*/expire",
    ),
    operation(Stripe, "intent.create", "POST", "/v1/payment_intents"),
    operation(Stripe, "intent.list", "GET", "/v1/payment_intents"),
    operation(Stripe, "intent.find", "GET", "/v1/payment_intents/*"),
    operation(
        Stripe,
        "intent.confirm",
        "POST",
        "/v1/payment_intents/*/confirm",
    ),
    operation(
        Stripe,
        "intent.capture",
        "POST",
        "/v1/payment_intents/*/capture",
    ),
    operation(
        Stripe,
        "intent.cancel",
        "POST",
        "/v1/payment_intents/*/cancel",
    ),
    operation(Stripe, "charge.list", "GET", "/v1/charges"),
    operation(Stripe, "charge.find", "GET", "/v1/charges/*"),
    operation(Stripe, "refund.create", "POST", "/v1/refunds"),
    operation(Stripe, "refund.list", "GET", "/v1/refunds"),
    operation(Stripe, "refund.find", "GET", "/v1/refunds/*"),
    operation(Stripe, "event.list", "GET", "/v1/events"),
    operation(Stripe, "event.find", "GET", "/v1/events/*"),
    operation(Stripe, "customer.create", "POST", "/v1/customers"),
    operation(Stripe, "customer.find", "GET", "/v1/customers/*"),
    operation(
        Stripe,
        "method.list",
        "GET",
        "/v1/customers/*/payment_methods",
    ),
    operation(Stripe, "page", "GET", "/pay/*"),
    operation(Paypal, "token", "POST", "/v1/oauth2/token"),
    operation(
        Paypal,
        "webhook.verify",
        "POST",
        "/v1/notifications/verify-webhook-signature",
    ),
    operation(Paypal, "order.create", "POST", "/v2/checkout/orders"),
    operation(Paypal, "order.find", "GET", "/v2/checkout/orders/*"),
    operation(
        Paypal,
        "order.capture",
        "POST",
        "/v2/checkout/orders/*/capture",
    ),
    operation(Paypal, "capture.find", "GET", "/v2/payments/captures/*"),
    operation(
        Paypal,
        "refund.create",
        "POST",
        "/v2/payments/captures/*/refund",
    ),
    operation(Paypal, "refund.find", "GET", "/v2/payments/refunds/*"),
    operation(Paypal, "page", "GET", "/checkoutnow"),
    operation(Carrier, "shipment.create", "POST", "/v2/shipments"),
    operation(Carrier, "shipment.find", "GET", "/v2/shipments/*"),
    operation(Carrier, "shipment.buy", "POST", "/v2/shipments/*/buy"),
    operation(Carrier, "tracker.find", "GET", "/v2/trackers/*"),
];

/// What a request asks for, if it is a provider's.
pub fn of(method: &str, path: &str) -> Option<&'static Operation> {
    const STYLE: &str = "/pay/style.css";
    if path == STYLE {
        return None;
    }
    ALL.iter().find(|operation| operation.fits(method, path))
}

/// Whose an address is, also where no operation is there.
pub fn service_of(path: &str) -> Option<Service> {
    let begins = |with: &str| path.starts_with(with);
    if begins("/v1/oauth2/")
        || begins("/v1/notifications/")
        || begins("/v2/checkout/")
        || begins("/v2/payments/")
    {
        Some(Paypal)
    } else if begins("/v1/") {
        Some(Stripe)
    } else if begins("/v2/") {
        Some(Carrier)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_method_and_path() {
        let named = |method, path| of(method, path).map(|found| (found.service, found.name));
        assert_eq!(
            named("POST", "/v1/checkout/sessions"),
            Some((Stripe, "session.create"))
        );
        assert_eq!(
            named("POST", "/v2/checkout/orders/8X/capture"),
            Some((Paypal, "order.capture"))
        );
        assert_eq!(
            named("GET", "/v2/shipments/shp_1"),
            Some((Carrier, "shipment.find"))
        );
        assert_eq!(named("POST", "/pay/cs_test_1"), Some((Stripe, "page")));
        assert_eq!(named("POST", "/checkoutnow"), Some((Paypal, "page")));
        for (method, path) in [
            ("DELETE", "/v1/refunds"),
            ("GET", "/v1/checkout/sessions/"),
            ("GET", "/v1/refunds/re_1/more"),
            ("GET", "/pay/style.css"),
            ("GET", "/simulator/ledger"),
        ] {
            let found = named(method, path);
            assert!(
                found.is_none() || path.ends_with('/'),
                "{method} {path}: {found:?}"
            );
        }
    }

    #[test]
    fn each_operation_finds_itself_and_belongs_to_whose_address_it_is() {
        for operation in &ALL {
            let path = operation.path.replace('*', "x1");
            assert_eq!(of(operation.method, &path), Some(operation));
            if !operation.is_page() {
                assert_eq!(service_of(&path), Some(operation.service), "{path}");
            }
        }
    }
}
