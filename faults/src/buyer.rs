//! Buyers: over HTTP, each with cookies of their own, pressing what the pages offer.

use crate::book::Book;
use crate::provider::Provider;
use futures::StreamExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use shopper::{Answer, Form, Lost, Shopper};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A form that holds, for Italy.
const ADDRESS: [(&str, &str); 4] = [
    ("name", "Ada Moro"),
    ("line1", "Calle Lunga 5"),
    ("postcode", "30123"),
    ("city", "Venezia"),
];

/// What all buyers of a world share.
pub struct Scene {
    pub origin: String,
    pub client: reqwest::Client,
    pub provider: Provider,
    pub book: Book,
    /// How long a buyer presses the same button again before giving up.
    pub patience: Duration,
}

/// What is asked of the shop; it can be asked again.
enum Request {
    Get(String),
    Call(&'static str, serde_json::Value),
    Submit(Form),
}

/// How placing went.
#[derive(Debug)]
pub enum Placed {
    /// At the provider's door.
    ToPay(String),
    /// It stands, but the provider could not be reached: the order's page.
    Waiting(String),
    SoldOut,
    /// What the shopper saw has changed meanwhile (a code is used up, a card is empty): the form to press again.
    Changed(Box<Form>),
    /// Refused or given up; the book says how.
    No,
}

/// Someone with a basket.
pub struct Buyer {
    pub shopper: Shopper,
    scene: Arc<Scene>,
    email: String,
}

impl Buyer {
    pub fn new(scene: &Arc<Scene>, rng: &mut StdRng) -> Self {
        Self {
            shopper: Shopper::new(&scene.origin, scene.client.clone()),
            scene: scene.clone(),
            email: format!("buyer-{:016x}@rialto.example", rng.random::<u64>()),
        }
    }

    /// The same buyer in another tab.
    pub fn tab(&self) -> Self {
        Self {
            shopper: self.shopper.tab(),
            scene: self.scene.clone(),
            email: self.email.clone(),
        }
    }

    /// Puts into the cart; whether that went well.
    pub async fn add(&self, variant: Uuid, quantity: u32) -> bool {
        let change = json!({ "kind": "add_line", "variant": variant, "quantity": quantity });
        match self.change(&change).await {
            Some(answer) if answer.status == 200 => true,
            // The one conflict that a command of a cart's can have.
            Some(answer) if answer.status == 409 => {
                self.scene.book.told().sold_out += 1;
                false
            }
            Some(answer) => self.refused("add to cart", &answer),
            None => false,
        }
    }

    /// Puts a promotion's or a gift card's code on the cart; whether the cart has it now.
    pub async fn apply(&self, code: &str) -> bool {
        let change = json!({ "kind": "apply_code", "code": code });
        match self.change(&change).await {
            Some(answer) if answer.status == 200 => true,
            // Used up, or empty: that is what limits are for.
            Some(answer) if answer.status < 500 => false,
            Some(answer) => self.refused("apply a code", &answer),
            None => false,
        }
    }

    async fn change(&self, change: &serde_json::Value) -> Option<Answer> {
        // The command's id makes it one change, however often it is sent.
        let command = json!({ "command": Uuid::new_v4(), "change": change });
        let arguments = json!({ "storefront": "en-eu", "command": command });
        self.persist(Request::Call("/api/cart/change", arguments))
            .await
    }

    /// The checkout's form, filled in and with its button pressed; only to be sent.
    pub async fn checkout(&self) -> Option<Form> {
        let page = self
            .persist(Request::Get("/en-eu/checkout".to_owned()))
            .await?;
        let Some(mut form) = Form::find(&page.text, "/checkout") else {
            if page.words().contains("sold out") {
                self.scene.book.told().sold_out += 1;
            } else {
                self.refused("checkout", &page);
            }
            return None;
        };
        form.set("email", &self.email);
        for (name, value) in ADDRESS {
            form.set(name, value);
        }
        form.set("action", "place");
        Some(form)
    }

    /// Sends the form until there is an answer.
    pub async fn place(&self, form: &Form) -> Placed {
        match self.persist(Request::Submit(form.clone())).await {
            Some(answer) => match self.judge(form, &answer) {
                Placed::Changed(_) => {
                    self.refused("place", &answer);
                    Placed::No
                }
                placed => placed,
            },
            None => Placed::No,
        }
    }

    /// Sends the form once. Err: the status that says that something is broken, or 0 when no answer came.
    pub async fn place_once(&self, form: &Form) -> Result<Placed, u16> {
        match self.shopper.submit(form).await {
            Ok(answer) if answer.status >= 500 => Err(answer.status),
            Ok(answer) => Ok(self.judge(form, &answer)),
            Err(Lost(_)) => Err(0),
        }
    }

    /// The same for somebody who takes the order as it is, should a code be used up or a card be empty by now.
    pub async fn place_anyhow(&self, form: &Form) -> Placed {
        let mut form = form.clone();
        for _ in 0..4 {
            let Some(answer) = self.persist(Request::Submit(form.clone())).await else {
                return Placed::No;
            };
            match self.judge(&form, &answer) {
                Placed::Changed(shown) => form = *shown,
                placed => return placed,
            }
        }
        self.scene
            .book
            .told()
            .refused
            .push("place: what is shown keeps changing".to_owned());
        Placed::No
    }

    /// Sends a form that should be refused: the status, once there is an answer.
    pub async fn resubmit(&self, form: &Form) -> Option<u16> {
        let answer = self.persist(Request::Submit(form.clone())).await?;
        Some(answer.status)
    }

    /// What an answer to a placement means; writes it down.
    fn judge(&self, form: &Form, answer: &Answer) -> Placed {
        let to = &answer.location;
        let is_order = to.contains("/orders/");
        let is_page = to.starts_with("http");
        if answer.status == 303 && (is_order || is_page) {
            let key = form.get("key").and_then(|key| Uuid::parse_str(key).ok());
            self.scene.book.told().acknowledged.extend(key);
            return if is_order {
                Placed::Waiting(to.clone())
            } else {
                Placed::ToPay(to.clone())
            };
        }
        if answer.status == 409 && answer.words().to_lowercase().contains("sold out") {
            self.scene.book.told().sold_out += 1;
            return Placed::SoldOut;
        }
        if answer.status == 409
            && let Some(mut form) = Form::find(&answer.text, "/checkout")
        {
            form.set("action", "place");
            return Placed::Changed(Box::new(form));
        }
        self.refused("place", answer);
        Placed::No
    }

    /// Presses "pay" on an order's page until it leads to the provider; None when patience ends.
    pub async fn pay_again(&self, order_page: &str) -> Option<String> {
        let deadline = Instant::now() + self.scene.patience;
        while Instant::now() < deadline {
            let page = self.persist(Request::Get(order_page.to_owned())).await?;
            // Paid meanwhile, or not payable any more.
            let form = Form::find(&page.text, "/pay")?;
            let answer = self.persist(Request::Submit(form)).await?;
            if answer.status == 303 && answer.location.starts_with("http") {
                return Some(answer.location);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        None
    }

    /// Pays at the provider; `come_back`: and lets the browser follow the way back.
    pub async fn pay(&self, page: &str, come_back: bool) -> bool {
        let Ok(back) = self.scene.provider.pay(page_id(page)).await else {
            return false;
        };
        if come_back
            && let Some(returned) = self.persist(Request::Get(back)).await
            && returned.status == 303
        {
            self.persist(Request::Get(returned.location)).await;
        }
        true
    }

    /// All of it: what ends in `true` was acknowledged.
    pub async fn purchase(
        &self,
        basket: &[(Uuid, u32)],
        rng: &mut StdRng,
        habits: &Habits,
    ) -> bool {
        for (variant, quantity) in basket {
            if !self.add(*variant, *quantity).await {
                return false;
            }
        }
        let codes = habits.codes.iter().filter(|_| rng.random_bool(0.5));
        let codes: Vec<&String> = codes.collect();
        for code in &codes {
            self.apply(code).await;
        }
        let Some(form) = self.checkout().await else {
            return false;
        };
        let placed = match codes.is_empty() {
            true => self.place(&form).await,
            false => self.place_anyhow(&form).await,
        };
        let pays = rng.random_bool(habits.pay);
        let comes_back = rng.random_bool(habits.come_back);
        if !pays && let Placed::ToPay(page) = &placed {
            self.scene.provider.decline(page_id(page)).await;
        }
        let page = match placed {
            Placed::ToPay(page) => Some(page),
            Placed::Waiting(order) if pays && habits.pay_again => self.pay_again(&order).await,
            Placed::Waiting(_) => None,
            Placed::SoldOut | Placed::Changed(_) | Placed::No => return false,
        };
        if let Some(page) = page.filter(|_| pays) {
            self.pay(&page, comes_back).await;
        }
        true
    }

    fn refused(&self, what: &str, answer: &Answer) -> bool {
        let words = answer.words();
        // A server function answers without markup.
        let told = if words.is_empty() {
            &answer.text
        } else {
            &words
        };
        let words: String = told.chars().take(300).collect();
        let text = format!("{what}: {} {} {words}", answer.status, answer.location);
        self.scene.book.told().refused.push(text);
        false
    }

    /// Asks until there is an answer that is not "something is broken"; None when patience ends.
    async fn persist(&self, request: Request) -> Option<Answer> {
        let deadline = Instant::now() + self.scene.patience;
        let mut rest = Duration::from_millis(20);
        loop {
            let begun = Instant::now();
            let answer = match &request {
                Request::Get(path) => self.shopper.get(path).await,
                Request::Call(endpoint, arguments) => self.shopper.call(endpoint, arguments).await,
                Request::Submit(form) => self.shopper.submit(form).await,
            };
            let took = begun.elapsed();
            let error = match answer {
                Ok(answer) if answer.status < 500 && answer.status != 429 => {
                    self.scene.book.told().latencies.push(took);
                    return Some(answer);
                }
                Ok(answer) => format!("{} {}", request.name(), answer.status),
                Err(Lost(why)) => format!("{} lost: {why}", request.name()),
            };
            if self.scene.book.error(error, Instant::now() > deadline) {
                return None;
            }
            tokio::time::sleep(rest).await;
            rest = (rest * 2).min(Duration::from_millis(500));
        }
    }
}

impl Request {
    fn name(&self) -> String {
        match self {
            Self::Get(path) => format!("GET {path}"),
            Self::Call(endpoint, _) => format!("POST {endpoint}"),
            Self::Submit(form) => format!("POST {}", form.action),
        }
    }
}

/// The id that the provider knows a page by: the end of its path, or PayPal's `token`.
pub fn page_id(url: &str) -> &str {
    let token = url
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("token="));
    token.unwrap_or_else(|| {
        let path = url.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    })
}

/// How a crowd shops.
#[derive(Clone)]
pub struct Habits {
    pub variants: Vec<Uuid>,
    pub most_lines: usize,
    /// The share of buyers who pay, and of those who come back from paying.
    pub pay: f64,
    pub come_back: f64,
    /// Whether a buyer whose order could not be paid tries again from its page.
    pub pay_again: bool,
    /// Codes of promotions and gift cards, each of which every other buyer has.
    pub codes: Vec<String>,
}

/// Buyers who buy one thing after another, each time as somebody else.
pub struct Crowd {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
    pub bought: Arc<AtomicU32>,
}

impl Crowd {
    /// `most`: purchases altogether; None: until they are stopped.
    pub fn gather(
        scene: &Arc<Scene>,
        habits: &Habits,
        buyers: usize,
        seed: u64,
        most: Option<u32>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let bought = Arc::new(AtomicU32::new(0));
        let begun = Arc::new(AtomicU32::new(0));
        let tasks = (0..buyers as u64).map(|number| {
            let (scene, habits) = (scene.clone(), habits.clone());
            let (stop, bought, begun) = (stop.clone(), bought.clone(), begun.clone());
            tokio::spawn(async move {
                let mut rng = StdRng::seed_from_u64(seed.wrapping_add(number));
                while !stop.load(Ordering::Relaxed)
                    && most.is_none_or(|most| begun.fetch_add(1, Ordering::Relaxed) < most)
                {
                    let buyer = Buyer::new(&scene, &mut rng);
                    let basket = basket(&habits, &mut rng);
                    if buyer.purchase(&basket, &mut rng, &habits).await {
                        bought.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        });
        Self {
            tasks: tasks.collect(),
            stop,
            bought,
        }
    }

    /// Lets everybody finish what they have begun.
    pub async fn stop(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.finish().await
    }

    /// Waits until all has been bought.
    pub async fn finish(self) -> u32 {
        for task in self.tasks {
            let _ = task.await;
        }
        self.bought.load(Ordering::Relaxed)
    }

    /// Waits until that many purchases more have been made, or patience ends; whether they were.
    pub async fn until_more(&self, more: u32, patience: Duration) -> bool {
        let (wanted, deadline) = (
            self.bought.load(Ordering::Relaxed) + more,
            Instant::now() + patience,
        );
        while self.bought.load(Ordering::Relaxed) < wanted {
            if Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        true
    }
}

fn basket(habits: &Habits, rng: &mut StdRng) -> Vec<(Uuid, u32)> {
    let mut variants = habits.variants.clone();
    let lines = rng.random_range(1..=habits.most_lines.min(variants.len()));
    (0..lines)
        .map(|_| {
            let chosen = variants.swap_remove(rng.random_range(0..variants.len()));
            (chosen, rng.random_range(1..=2))
        })
        .collect()
}

/// So many, at most `at_once` of them at a time, each in a task of its own; in the order in which they ended.
pub async fn spread<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: u32,
    at_once: usize,
    one: impl Fn(u32) -> F,
) -> Vec<T> {
    futures::stream::iter(0..count)
        .map(|number| tokio::spawn(one(number)))
        .buffer_unordered(at_once)
        .filter_map(|ended| std::future::ready(ended.ok()))
        .collect()
        .await
}

/// The same without tasks, for what borrows.
pub async fn spread_here<T, F: Future<Output = T>>(
    count: u32,
    at_once: usize,
    one: impl Fn(u32) -> F,
) -> Vec<T> {
    futures::stream::iter(0..count)
        .map(one)
        .buffer_unordered(at_once)
        .collect()
        .await
}

/// All of them at once, each in a task of its own.
pub async fn together<T: Send + 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = all.map(tokio::spawn).collect();
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        if let Ok(outcome) = task.await {
            done.push(outcome);
        }
    }
    done
}
