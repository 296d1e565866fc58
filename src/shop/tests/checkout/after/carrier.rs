//! A carrier that does as it is told, and remembers.

use domain::Money;
use domain::fulfilment::ShipmentEvent;
use futures::FutureExt;
use serde_json::{Value, json};
use shop::fulfilment::{
    Carrier, CarrierAnswer, CarrierError, Event, Label, NoticeError, Offer, Parcel, Rate, Tracking,
    TrackingNotice,
};
use std::sync::Mutex;

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    #[default]
    Well,
    Down,
    /// It does what is asked, and the answer is lost.
    LosesAnswers,
    Refuses,
}

#[derive(Default)]
pub struct Books {
    pub way: Way,
    pub offered: Vec<Parcel>,
    /// The references of labels that were bought, each once.
    pub bought: Vec<String>,
    /// What is told of every parcel.
    pub status: Option<ShipmentEvent>,
    pub asked: usize,
}

#[derive(Default)]
pub struct FakeCarrier(pub Mutex<Books>);

impl FakeCarrier {
    pub fn set(&self, way: Way) {
        self.0.lock().unwrap().way = way;
    }

    fn answer<T>(&self, act: impl FnOnce(&mut Books) -> T) -> Result<T, CarrierError> {
        let mut books = self.0.lock().unwrap();
        let lost = || Err(CarrierError::Unknown("no answer".to_owned()));
        match books.way {
            Way::Well => Ok(act(&mut books)),
            Way::Down => lost(),
            Way::LosesAnswers => {
                act(&mut books);
                lost()
            }
            Way::Refuses => Err(CarrierError::Refused("no such place".to_owned())),
        }
    }

    /// A webhook's body.
    pub fn notice(event: &str, code: &str, what: &str) -> Vec<u8> {
        serde_json::to_vec(&json!({ "event": event, "code": code, "what": what })).unwrap()
    }
}

fn tracking(code: &str, event: Option<ShipmentEvent>) -> Tracking {
    Tracking {
        tracking_code: code.to_owned(),
        tracking_url: None,
        event: event.map_or(Event::UnderWay, Event::Moved),
    }
}

impl Carrier for FakeCarrier {
    fn name(&self) -> &'static str {
        "fakecarrier"
    }

    fn offer<'a>(&'a self, parcel: &'a Parcel) -> CarrierAnswer<'a, Offer> {
        let rate = |service: &str, minor| Rate {
            reference: format!("rate_{service}"),
            carrier: "Gondola".to_owned(),
            service: service.to_owned(),
            price: Money::new(minor, domain::Currency::Eur),
            days: Some(2),
        };
        let answer = self.answer(|books| {
            books.offered.push(parcel.clone());
            Offer {
                reference: format!("shp_{}", books.offered.len()),
                rates: vec![rate("Slow", 390), rate("Fast", 990)],
            }
        });
        std::future::ready(answer).boxed()
    }

    fn buy<'a>(&'a self, reference: &'a str, rate: &'a str) -> CarrierAnswer<'a, Label> {
        let answer = self.answer(|books| {
            if !books.bought.iter().any(|known| known == reference) {
                books.bought.push(reference.to_owned());
            }
            Label {
                url: format!("https://carrier.example/{reference}/{rate}.pdf"),
                carrier: "Gondola".to_owned(),
                tracking_code: format!("GO-{reference}"),
                tracking_url: Some(format!("https://carrier.example/GO-{reference}")),
                tracker: Some(format!("trk_{reference}")),
            }
        });
        std::future::ready(answer).boxed()
    }

    fn track<'a>(&'a self, tracker: &'a str) -> CarrierAnswer<'a, Tracking> {
        let code = tracker.replace("trk_", "GO-");
        let answer = self.answer(|books| {
            books.asked += 1;
            tracking(&code, books.status)
        });
        std::future::ready(answer).boxed()
    }

    fn read_webhook(&self, signature: &str, body: &[u8]) -> Result<TrackingNotice, NoticeError> {
        if signature != "signed" {
            return Err(NoticeError::Forged);
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| NoticeError::Malformed)?;
        self.read_notice(&body)
    }

    fn read_notice(&self, body: &Value) -> Result<TrackingNotice, NoticeError> {
        let text = |name: &str| body[name].as_str().ok_or(NoticeError::Malformed);
        Ok(TrackingNotice {
            event: text("event")?.to_owned(),
            about: Some(tracking(text("code")?, text("what")?.parse().ok())),
        })
    }
}
