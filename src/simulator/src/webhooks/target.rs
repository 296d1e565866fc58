//! Where each service's events go.

use std::collections::BTreeMap;

use reqwest::Url;

use crate::store::model::Service;

/// The addresses in force.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Everybody's; see [`Targets::of`].
    pub common: Option<Url>,
    /// Those that were set for one service.
    pub own: BTreeMap<Service, Option<Url>>,
}

impl Targets {
    pub const fn new(common: Option<Url>) -> Self {
        Self {
            common,
            own: BTreeMap::new(),
        }
    }

    /// A service's address: its own, or the common one, in which a last `/stripe` gives way to the service's word.
    pub fn of(&self, service: Service) -> Option<Url> {
        if let Some(own) = self.own.get(&service) {
            return own.clone();
        }
        let mut url = self.common.clone()?;
        let word = match service {
            Service::Stripe => return Some(url),
            Service::Paypal => "paypal",
            Service::Carrier => "easypost",
        };
        if let Some(start) = url.path().strip_suffix("/stripe") {
            let path = format!("{start}/{word}");
            url.set_path(&path);
        }
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(targets: &Targets, service: Service) -> Option<String> {
        targets.of(service).map(String::from)
    }

    #[test]
    fn the_others_addresses_stand_beside_stripes() {
        let mut targets = Targets::new(Url::parse("http://shop.test/webhooks/stripe").ok());
        let of = |targets: &Targets, service| text(targets, service).unwrap_or_default();
        assert_eq!(
            of(&targets, Service::Stripe),
            "http://shop.test/webhooks/stripe"
        );
        assert_eq!(
            of(&targets, Service::Paypal),
            "http://shop.test/webhooks/paypal"
        );
        assert_eq!(
            of(&targets, Service::Carrier),
            "http://shop.test/webhooks/easypost"
        );
        targets.own.insert(Service::Paypal, None);
        assert_eq!(text(&targets, Service::Paypal), None);
        let one = Targets::new(Url::parse("http://shop.test/hook").ok());
        assert_eq!(of(&one, Service::Carrier), "http://shop.test/hook");
        assert_eq!(text(&Targets::default(), Service::Stripe), None);
    }
}
