//! An answer, read whole.

use super::form::Form;
use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;
use shopper::html;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub url: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let url = response.url().to_string();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("a whole answer").to_vec();
        Self {
            url,
            status,
            headers,
            body,
        }
    }

    /// Fails unless it has that status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or("(not a text)")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where it leads.
    #[track_caller]
    pub fn location(&self) -> &str {
        let location = self.header("location");
        assert!(!location.is_empty(), "it leads nowhere: {self}");
        location
    }

    /// What a person reads of a page.
    pub fn words(&self) -> String {
        html::text(self.text())
    }

    /// Fails unless a person reads that on the page.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.words().contains(words),
            "it does not say {words:?}: {self}"
        );
        self
    }

    /// The form that posts to an address that ends like this.
    #[track_caller]
    pub fn form(&self, action_end: &str) -> Form {
        Form::find(self.text(), action_end)
            .unwrap_or_else(|| panic!("no form to …{action_end}: {self}"))
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: String = self.words().chars().take(1_500).collect();
        let location = self.header("location");
        write!(f, "{} {} {location}\n{words}", self.url, self.status)
    }
}
