//! What is said of a product, below it. It is part of the product for search engines (schema.org's AggregateRating and Review),
//! by the `itemref` of the product's own element.

use super::{Stars, average};
use crate::frame::{Frame, frame};
use domain::catalog::Review;
use domain::review::Rating;
use leptos::prelude::*;

/// The section below a product: its rating, the latest reviews, and the ways to more of them and to one's own.
#[component]
pub fn Said(slug: String, rating: Option<Rating>, reviews: Vec<Review>) -> impl IntoView {
    let frame = frame();
    let summary = match rating {
        Some(rating) => sum(&frame, rating),
        None => view! { <p class="quiet">{frame.say("reviews-none")}</p> }.into_any(),
    };
    let shown = reviews.len();
    let all = rating
        .filter(|rating| rating.count as usize > shown)
        .map(|rating| {
            let text = frame.say_with("reviews-all", &[("count", rating.count.into())]);
            view! { <a class="link" href=frame.links.reviews(&slug)>{text}</a> }
        });
    view! {
        <section class="section reviews" id="reviews">
            <div class="section-head"><h2>{frame.say("reviews-heading")}</h2></div>
            <div class="reviews-sum">
                {summary}
                <a class="button plain" href=frame.links.review(&slug) rel="nofollow">{frame.say("reviews-write")}</a>
            </div>
            {each(&frame, reviews, true)}
            {all}
        </section>
    }
}

fn sum(frame: &Frame, rating: Rating) -> AnyView {
    let tenths = rating.tenths();
    let value = format!("{}.{}", tenths / 10, tenths % 10);
    let count = frame.say_with("reviews-count", &[("count", rating.count.into())]);
    view! {
        <p class="rated" itemprop="aggregateRating" itemscope="" itemtype="https://schema.org/AggregateRating">
            <meta itemprop="ratingValue" content=value />
            <meta itemprop="reviewCount" content=rating.count.to_string() />
            <strong>{average(rating, frame.locale())}</strong>
            <Stars tenths />
            <span>{count}</span>
        </p>
    }
    .into_any()
}

/// Reviews one below the other. `is_told`: as a part of the product that the page is about.
pub fn each(frame: &Frame, reviews: Vec<Review>, is_told: bool) -> Option<AnyView> {
    if reviews.is_empty() {
        return None;
    }
    let own = frame.locale().code();
    let items = reviews.into_iter().map(|review| {
        let tenths = u64::from(review.stars.get()) * 10;
        let words = frame.say_with("reviews-stars", &[("stars", review.stars.get().into())]);
        let verified = review
            .is_verified
            .then(|| view! { " · "<span class="bought">{frame.say("reviews-verified")}</span> });
        let lang = (review.locale != own).then(|| review.locale.clone());
        let day = shop::text::date_with_year(frame.locale(), review.day);
        let told = |name: &'static str| is_told.then_some(name);
        let kind = |name: &str| is_told.then(|| format!("https://schema.org/{name}"));
        let scope = is_told.then_some("");
        let given = is_told.then(|| {
            view! {
                <span hidden="" itemprop="reviewRating" itemscope="" itemtype="https://schema.org/Rating">
                    <meta itemprop="ratingValue" content=review.stars.get().to_string() />
                </span>
            }
        });
        view! {
            <li itemprop=told("review") itemscope=scope itemtype=kind("Review")>
                {given}
                <Stars tenths />
                <span class="unseen">{words}</span>
                <h3 lang=lang.clone() itemprop=told("name")>{review.title}</h3>
                <p class="words" lang=lang itemprop=told("reviewBody")>{review.body}</p>
                <p class="meta">
                    <span itemprop=told("author") itemscope=scope itemtype=kind("Person")>
                        <span itemprop=told("name")>{review.name}</span>
                    </span>
                    " · "<time datetime=review.day.to_string() itemprop=told("datePublished")>{day}</time>
                    {verified}
                </p>
            </li>
        }
    });
    Some(view! { <ul class="review-list">{items.collect_view()}</ul> }.into_any())
}
