//! The bag in the header: how much is in it, and the way in.

use crate::cart::drawer::{Drawer, DrawerTexts};
use crate::cart::store::{self, Cart};
use crate::icon::{BAG, Icon};
use crate::json::{Props, props};
use domain::Storefront;
use domain::link::Links;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// A link to the cart's page that, with a script, opens the drawer instead.
#[component]
pub fn CartBadge(storefront: Storefront, texts: DrawerTexts) -> impl IntoView {
    view! {
        <Props of=(storefront, texts) />
        <CartBadgeIsland />
    }
}

#[island]
pub fn CartBadgeIsland() -> impl IntoView {
    let (storefront, texts) = props::<(Storefront, DrawerTexts)>();
    let cart = Cart::watch();
    let href = Links(storefront.clone()).cart();
    let name = texts.title.clone();
    let label = move || match cart.count() {
        0 => name.clone(),
        count => format!("{name}: {count}"),
    };
    let begin = storefront.clone();
    Effect::new(move |_| store::begin(&begin));
    let open = move |event: MouseEvent| {
        let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
        if !elsewhere {
            event.prevent_default();
            store::set_open(true);
        }
    };
    view! {
        <a class="bag" href=href aria-label=label on:click=open>
            <Icon path=BAG />
            <b aria-hidden="true" hidden=move || cart.count() == 0>{move || cart.count()}</b>
        </a>
        <Drawer cart storefront texts />
    }
}
