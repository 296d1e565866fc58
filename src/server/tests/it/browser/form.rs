//! A form of a page, and its buttons.

use super::{Answer, Shopper};

/// What a form holds when nobody has touched it.
#[derive(Clone, Debug)]
pub struct Form(shopper::Form);

impl std::ops::Deref for Form {
    type Target = shopper::Form;
    fn deref(&self) -> &shopper::Form {
        &self.0
    }
}

impl std::ops::DerefMut for Form {
    fn deref_mut(&mut self) -> &mut shopper::Form {
        &mut self.0
    }
}

impl Form {
    /// The first form of a document that posts to an address that ends like this.
    pub fn find(html: &str, action_end: &str) -> Option<Self> {
        shopper::Form::find(html, action_end).map(Self)
    }

    /// Types into a field, or chooses in it.
    #[track_caller]
    pub fn fill(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.fill(name, value);
        self
    }

    /// Puts a value where there need be no field.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.set(name, value);
        self
    }

    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.0.remove(name);
        self
    }

    /// Sends it by the button that sends `name=value`.
    #[track_caller]
    pub fn press(
        &self,
        shopper: &Shopper,
        name: &str,
        value: &str,
    ) -> impl Future<Output = Answer> {
        let button = self
            .buttons
            .iter()
            .find(|button| (button.0.as_str(), button.1.as_str()) == (name, value));
        let usable = button
            .unwrap_or_else(|| panic!("no button {name}={value}"))
            .2;
        assert!(usable, "the button {name}={value} is disabled");
        let mut form = self.clone();
        if !name.is_empty() {
            form.set(name, value);
        }
        async move { form.send(shopper).await }
    }

    /// Sends it as it is.
    pub async fn send(&self, shopper: &Shopper) -> Answer {
        shopper.post_raw(&self.action, self.body()).await
    }
}
