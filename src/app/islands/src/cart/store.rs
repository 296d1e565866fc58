//! The browser's copy of the cart: what the server last said, and the changes on their way to it.
//!
//! All islands of a page share it; other tabs get it through `localStorage`. Changes are sent one after the other, each under
//! an id of its own, and are shown before the server answers: the same pricing runs here. Replies that arrive late can't
//! bring a line back, because the highest version wins.

use crate::api::{ApiError, ChangeCart, ReadCart, call_with_text, fresh_id};
use domain::Storefront;
use domain::cart::{CartChange, CartCommand, CartView};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Where other tabs and later pages find the copy: the storefront, a line break, the server's JSON.
const KEY: &str = "rialto-cart";

/// How often a command is sent when no answer comes back. It is the same command each time, so it happens once.
const TRIES: u32 = 3;

type Then = Box<dyn FnOnce(Result<(), ApiError>)>;

struct Pending {
    storefront: Storefront,
    command: CartCommand,
    then: Then,
}

struct Store {
    /// What the server last said.
    confirmed: RefCell<Option<CartView>>,
    queue: RefCell<VecDeque<Pending>>,
    sending: Cell<bool>,
    /// A command whose answer never came: asking for the same change again repeats it instead of doing it twice.
    unanswered: RefCell<Option<CartCommand>>,
    /// The confirmed cart as it will be after the queue.
    shown: ArcRwSignal<Option<CartView>>,
    /// How many things are being added that the shown cart has no line for yet.
    coming: ArcRwSignal<u32>,
    /// Whether the drawer is wanted.
    open: ArcRwSignal<bool>,
}

thread_local! {
    static STORE: Store = Store {
        confirmed: RefCell::default(),
        queue: RefCell::default(),
        sending: Cell::new(false),
        unanswered: RefCell::default(),
        shown: ArcRwSignal::new(None),
        coming: ArcRwSignal::new(0),
        open: ArcRwSignal::new(false),
    };
}

/// The shared copy as one island sees it: nothing until that island has been hydrated, because the server's HTML showed
/// nothing either.
#[derive(Clone, Copy)]
pub struct Cart {
    awake: RwSignal<bool>,
}

impl Cart {
    /// To be called while an island is made.
    pub fn watch() -> Self {
        let awake = RwSignal::new(false);
        Effect::new(move |_| awake.set(true));
        Self { awake }
    }

    /// The cart with all changes that are on their way; None while it is not known.
    pub fn get(self) -> Option<CartView> {
        if self.awake.get() {
            STORE.with(|store| store.shown.get())
        } else {
            None
        }
    }

    /// How many things are in it, those on their way included.
    pub fn count(self) -> u32 {
        if !self.awake.get() {
            return 0;
        }
        STORE.with(|store| {
            let shown = store
                .shown
                .with(|cart| cart.as_ref().map_or(0, CartView::count));
            shown + store.coming.get()
        })
    }

    /// Whether the drawer is wanted.
    pub fn is_open(self) -> bool {
        self.awake.get() && STORE.with(|store| store.open.get())
    }
}

/// Opens or closes the drawer.
pub fn set_open(open: bool) {
    STORE.with(|store| store.open.set(open));
}

/// Takes the copy of an earlier page, keeps in step with other tabs, and asks the server when there is something to ask for.
pub fn begin(storefront: &Storefront) {
    let here = storefront.clone();
    let follow = Closure::<dyn FnMut()>::new(move || {
        if let Some((storefront, text)) = stored()
            && storefront == here.to_string()
            && let Some(cart) = crate::json::parse(&text)
        {
            offer(cart);
        }
    });
    if let Some(window) = web_sys::window() {
        for event in ["storage", "pageshow"] {
            let _ = window.add_event_listener_with_callback(event, follow.as_ref().unchecked_ref());
        }
    }
    follow.forget();
    if let Some((told_by, text)) = stored() {
        if told_by == storefront.to_string()
            && let Some(cart) = crate::json::parse(&text)
        {
            offer(cart);
        }
        refresh(storefront);
    }
}

/// Asks the server for the cart.
pub fn refresh(storefront: &Storefront) {
    let storefront = storefront.clone();
    leptos::task::spawn_local(async move {
        if let Ok((cart, text)) = call_with_text(&ReadCart {
            storefront: storefront.clone(),
        })
        .await
        {
            keep(&storefront, cart, &text);
        }
    });
}

/// A cart that came with the page.
pub fn offer(cart: CartView) {
    STORE.with(|store| {
        let is_news = store
            .confirmed
            .borrow()
            .as_ref()
            .is_none_or(|known| supersedes(&cart, known));
        if is_news {
            store.confirmed.replace(Some(cart));
            store.show();
        }
    });
}

/// Changes the cart: at once here, soon on the server. `then` hears how it went.
pub fn change(
    storefront: &Storefront,
    change: CartChange,
    then: impl FnOnce(Result<(), ApiError>) + 'static,
) {
    STORE.with(|store| {
        let command = store
            .unanswered
            .take()
            .filter(|command| command.change == change)
            .unwrap_or_else(|| CartCommand {
                command: fresh_id().into(),
                change,
            });
        let pending = Pending {
            storefront: storefront.clone(),
            command,
            then: Box::new(then),
        };
        store.queue.borrow_mut().push_back(pending);
        store.show();
        if !store.sending.replace(true) {
            leptos::task::spawn_local(send());
        }
    });
}

/// Sends the queue, one command after the other.
async fn send() {
    while let Some(ask) = next_call() {
        let mut answer = call_with_text(&ask).await;
        for _ in 1..TRIES {
            if !matches!(&answer, Err(error) if error.is_offline()) {
                break;
            }
            answer = call_with_text(&ask).await;
        }
        let Some(done) = STORE.with(|store| store.queue.borrow_mut().pop_front()) else {
            break;
        };
        let told = match answer {
            Ok((cart, text)) => {
                keep(&ask.storefront, cart, &text);
                Ok(())
            }
            Err(error) => {
                if error.is_offline() {
                    STORE.with(|store| store.unanswered.replace(Some(done.command)));
                }
                Err(error)
            }
        };
        STORE.with(Store::show);
        (done.then)(told);
    }
    STORE.with(|store| store.sending.set(false));
}

fn next_call() -> Option<ChangeCart> {
    STORE.with(|store| {
        let queue = store.queue.borrow();
        queue.front().map(|next| ChangeCart {
            storefront: next.storefront.clone(),
            command: next.command.clone(),
        })
    })
}

/// Takes what the server said, here and for other tabs and pages.
fn keep(storefront: &Storefront, cart: CartView, text: &str) {
    offer(cart);
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, &format!("{storefront}\n{text}"));
    }
}

impl Store {
    /// Shows the confirmed cart with the queue's changes applied. A change that can't be foreseen is not shown.
    fn show(&self) {
        let mut cart = self.confirmed.borrow().clone();
        let mut coming = 0;
        for pending in self.queue.borrow().iter() {
            let change = &pending.command.change;
            if let CartChange::AddLine { variant, quantity } = *change {
                let has_line = cart
                    .as_ref()
                    .is_some_and(|cart| cart.lines.iter().any(|line| line.variant == variant));
                if !has_line {
                    coming += quantity.get();
                    continue;
                }
            }
            if let Some(Ok(next)) = cart.as_ref().map(|cart| cart.foresee(change)) {
                cart = Some(next);
            }
        }
        self.coming.set(coming);
        self.shown.set(cart);
    }
}

/// Whether `cart` is news to someone who knows `known`. Versions count on across all carts of a customer.
fn supersedes(cart: &CartView, known: &CartView) -> bool {
    cart.version >= known.version
}

fn stored() -> Option<(String, String)> {
    let text = storage()?.get_item(KEY).ok()??;
    let (storefront, text) = text.split_once('\n')?;
    Some((storefront.to_owned(), text.to_owned()))
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
