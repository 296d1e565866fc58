//! A picture in the widths and formats there are of it.

use domain::catalog;
use islands::picture::stem;
use leptos::prelude::*;

/// When a picture is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    /// The page's largest, before anything else.
    First,
    /// In sight at once.
    Now,
    /// When it comes near.
    #[default]
    Later,
}

/// `sizes` says how wide it is shown (HTML `sizes`). Local pictures exist 400, 800 and 1200 px wide; remote ones are shown as
/// they are, late, and the page never waits for them. The frame around it gives the proportion.
#[component]
pub fn Picture(
    picture: catalog::Picture,
    sizes: &'static str,
    #[prop(optional)] loading: Loading,
) -> impl IntoView {
    let catalog::Picture { src, alt } = picture;
    let local = stem(&src).map(str::to_owned);
    let is_late = loading == Loading::Later || local.is_none();
    let lazy = is_late.then_some("lazy");
    let priority = (loading == Loading::First && local.is_some()).then_some("high");
    match local {
        Some(stem) => {
            let avif = format!("{stem}-400.avif 400w, {stem}-800.avif 800w, {stem}-1200.avif 1200w");
            let jpeg = format!("{stem}-400.jpg 400w, {stem}-800.jpg 800w");
            let small = format!("{stem}-800.jpg");
            view! {
                <picture>
                    <source type="image/avif" srcset=avif sizes=sizes />
                    <img
                        src=small
                        srcset=jpeg
                        sizes=sizes
                        alt=alt
                        width="800"
                        height="1000"
                        loading=lazy
                        fetchpriority=priority
                        decoding="async"
                    />
                </picture>
            }
            .into_any()
        }
        None => view! { <img src=src alt=alt width="800" height="1000" loading=lazy decoding="async" referrerpolicy="no-referrer" /> }
            .into_any(),
    }
}
