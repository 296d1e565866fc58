//! The form that asks what somebody thinks of a product. It works without a script, and keeps what was typed.

use crate::checkout::form::lead;
use crate::error::{PageError, moved};
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use domain::Storefront;
use domain::checkout::FieldProblem;
use domain::link::Links;
use domain::review::{LONGEST_BODY, LONGEST_NAME, LONGEST_TITLE, ReviewField, ReviewForm};
use http::{HeaderMap, StatusCode, Uri};
use leptos::prelude::*;
use shop::Failure;
use shop::catalog::review::{self, Proof, ReviewError, Subject, Written};
use shop::text::{say, say_with};
use std::collections::HashMap;

type Problems = Vec<(ReviewField, FieldProblem)>;

/// A field that people don't see and leave empty; programs fill in what they find.
const TRAP: &str = "website";
/// Characters of what was typed that are sent back; nobody types on to here.
const LONGEST_BACK: usize = 2 * LONGEST_BODY;

/// What the form shows.
struct Typed {
    form: ReviewForm,
    problems: Problems,
    proof: Option<Proof>,
}

/// GET …/product/{slug}/review
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
) -> Response {
    let typed = Typed {
        form: ReviewForm::default(),
        problems: Vec::new(),
        proof: proof(&query),
    };
    let page = load(&app, &at, &slug, typed).await;
    answer_privately(&app, &at, &uri, page).await
}

/// POST …/product/{slug}/review
pub async fn submit(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut visitor = match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => visitor,
        Err(broken) => return answer_privately(&app, &at, &uri, Err(broken.into())).await,
    };
    let mut response = match write(&app, &at, &slug, &mut visitor, &fields).await {
        Err(PageError::Moved(to)) => lead(&to),
        page => answer_privately(&app, &at, &uri, page).await,
    };
    visitor.remember(response.headers_mut());
    response
}

async fn write(
    app: &App,
    at: &Storefront,
    slug: &str,
    visitor: &mut Visitor,
    fields: &HashMap<String, String>,
) -> PageResult {
    let text = |name: &str| {
        let typed = fields.get(name).map_or("", String::as_str);
        typed.chars().take(LONGEST_BACK).collect::<String>()
    };
    let form = ReviewForm {
        stars: text("stars"),
        title: text("title"),
        body: text("body"),
        name: text("name"),
    };
    // No session is begun for what is no review.
    let problems = form.check().err().unwrap_or_default();
    let proof = proof(fields);
    if !problems.is_empty() {
        let typed = Typed {
            form,
            problems,
            proof,
        };
        let page = load(app, at, slug, typed).await?;
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    if fields.get(TRAP).is_some_and(|text| !text.is_empty()) {
        let subject = find(app, at, slug).await?;
        return Ok(thanks(at, subject.slug, None));
    }
    let session = visitor.session_or_begin().await?;
    let caller = visitor.caller(&session, "review form");
    let customer = session.customer;
    let written = review::write(
        &app.shop,
        &caller,
        customer,
        at,
        slug,
        &form,
        proof.as_ref(),
    );
    match written.await {
        Ok(written) => Ok(thanks(at, slug.to_owned(), Some(written))),
        Err(Failure::Refused(ReviewError::Fields(problems))) => {
            let typed = Typed {
                form,
                problems,
                proof,
            };
            let page = load(app, at, slug, typed).await?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(Failure::Refused(ReviewError::TooMany)) => {
            let title = say(at.locale, "reviews-too-many-title");
            let text = say(at.locale, "reviews-too-many-text");
            let page = told(title, text, slug.to_owned());
            Ok(page.status(StatusCode::TOO_MANY_REQUESTS))
        }
        Err(Failure::Refused(ReviewError::Denied)) => Err(PageError::Forbidden),
        Err(Failure::Refused(ReviewError::Product(error))) => {
            let links = Links(at.clone());
            Err(moved(Failure::Refused(error), |slug| links.review(slug)))
        }
        Err(Failure::Broken(broken)) => Err(broken.into()),
    }
}

/// What the order's own link says, when the shopper came from there.
fn proof(fields: &HashMap<String, String>) -> Option<Proof> {
    let field = |name: &str| {
        let text = fields
            .get(name)
            .filter(|text| (1..=64).contains(&text.len()));
        text.filter(|text| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        })
    };
    Some(Proof {
        number: field("order")?.clone(),
        token: field("key")?.clone(),
    })
}

async fn find(app: &App, at: &Storefront, slug: &str) -> Result<Subject, PageError> {
    let links = Links(at.clone());
    review::find_subject(&app.shop, at, slug)
        .await
        .map_err(|failure| moved(failure, |slug| links.review(slug)))
}

async fn load(app: &App, at: &Storefront, slug: &str, typed: Typed) -> PageResult {
    let subject = find(app, at, slug).await?;
    let named = [("title", subject.title.clone().into())];
    let title = say_with(at.locale, "reviews-form-title", &named);
    let heading = title.clone();
    let view = move || content(&frame(), heading, subject, typed).into_any();
    Ok(Page::new("reviewed", title, view).unlisted())
}

fn content(
    frame: &Frame,
    heading: String,
    subject: Subject,
    typed: Typed,
) -> impl IntoView + use<> {
    let steps = vec![
        (subject.title, Some(frame.links.product(&subject.slug))),
        (frame.say("reviews-write"), None),
    ];
    let Typed {
        form,
        problems,
        proof,
    } = typed;
    let wrong = (!problems.is_empty())
        .then(|| view! { <div class="notice bad" role="alert"><p>{frame.say("reviews-problems")}</p></div> });
    let hidden = proof.map(|proof| {
        view! {
            <input type="hidden" name="order" value=proof.number />
            <input type="hidden" name="key" value=proof.token />
        }
    });
    let problem = |field| problem(frame, &problems, field);
    view! {
        <Crumbs steps />
        <form class="review-form" method="post" action=frame.links.review(&subject.slug)>
            <h1>{heading}</h1>
            <p class="quiet">{frame.say("reviews-form-text")}</p>
            {wrong}
            {hidden}
            {stars(frame, &form.stars, problem(ReviewField::Stars))}
            {text(frame, "title", &form.title, LONGEST_TITLE, None, problem(ReviewField::Title))}
            {words(frame, &form.body, problem(ReviewField::Body))}
            {text(frame, "name", &form.name, LONGEST_NAME, Some("nickname"), problem(ReviewField::Name))}
            <div class="unseen" aria-hidden="true">
                <label for=TRAP>{frame.say("reviews-trap")}</label>
                <input id=TRAP name=TRAP type="text" tabindex="-1" autocomplete="off" />
            </div>
            <button class="button">{frame.say("reviews-send")}</button>
        </form>
    }
}

/// What is wrong with a field, in words.
fn problem(frame: &Frame, problems: &Problems, field: ReviewField) -> Option<String> {
    let (_, problem) = problems.iter().find(|(known, _)| *known == field)?;
    let key = match (field, problem) {
        (ReviewField::Stars, _) => "reviews-problem-stars",
        (_, FieldProblem::TooLong) => "reviews-problem-too-long",
        _ => "reviews-problem-missing",
    };
    let most = match field {
        ReviewField::Title => LONGEST_TITLE,
        ReviewField::Name => LONGEST_NAME,
        ReviewField::Stars | ReviewField::Body => LONGEST_BODY,
    };
    Some(frame.say_with(key, &[("most", most.into())]))
}

fn stars(frame: &Frame, typed: &str, problem: Option<String>) -> AnyView {
    let choices = (1_u8..=5).rev().map(|count| {
        let words = frame.say_with("reviews-stars", &[("stars", count.into())]);
        let checked = typed.trim() == count.to_string();
        view! {
            <label>
                <input type="radio" name="stars" value=count.to_string() checked=checked />
                <super::Stars tenths={u64::from(count) * 10} />
                <span class="unseen">{words}</span>
            </label>
        }
    });
    let described = problem.is_some().then_some("stars-problem");
    view! {
        <fieldset class="give" aria-describedby=described>
            <legend>{frame.say("reviews-field-stars")}</legend>
            <div>{choices.collect_view()}</div>
            {wrong("stars", problem)}
        </fieldset>
    }
    .into_any()
}

fn text(
    frame: &Frame,
    name: &'static str,
    typed: &str,
    longest: usize,
    fills: Option<&'static str>,
    problem: Option<String>,
) -> AnyView {
    let described = problem.is_some().then(|| format!("{name}-problem"));
    let invalid = problem.is_some().then_some("true");
    let hint = (name == "name").then(
        || view! { <p class="hint" id="name-hint">{frame.say("reviews-field-name-hint")}</p> },
    );
    let id = format!("review-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{frame.say(&format!("reviews-field-{name}"))}</label>
            <input
                id=id
                name=name
                type="text"
                value=typed.to_owned()
                maxlength=longest.to_string()
                autocomplete=fills.unwrap_or("off")
                aria-describedby=described
                aria-invalid=invalid
                aria-required="true"
            />
            {hint}
            {wrong(name, problem)}
        </div>
    }
    .into_any()
}

fn words(frame: &Frame, typed: &str, problem: Option<String>) -> AnyView {
    let described = problem.is_some().then_some("body-problem");
    let invalid = problem.is_some().then_some("true");
    view! {
        <div class="field">
            <label for="review-body">{frame.say("reviews-field-body")}</label>
            <textarea
                id="review-body"
                name="body"
                rows="7"
                maxlength=LONGEST_BODY.to_string()
                inner_html=escaped(typed)
                aria-describedby=described
                aria-invalid=invalid
                aria-required="true"
            ></textarea>
            {wrong("body", problem)}
        </div>
    }
    .into_any()
}

/// As text of an element. A property is not written by the server, and what stands between a textarea's tags is not escaped by
/// leptos. The parser takes a first line break away: this one.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("\n{}", text.replace('>', "&gt;"))
}

fn wrong(name: &'static str, problem: Option<String>) -> Option<AnyView> {
    let problem = problem?;
    let id = format!("{name}-problem");
    Some(view! { <p class="field-error" id=id>{problem}</p> }.into_any())
}

/// Said once it was taken; of what was not looked at, the same.
fn thanks(at: &Storefront, slug: String, written: Option<Written>) -> Page {
    let mut text = say(at.locale, "reviews-thanks-text");
    if written.is_some_and(|written| written.is_verified) {
        text.push(' ');
        text.push_str(&say(at.locale, "reviews-thanks-verified"));
    }
    if written.is_some_and(|written| written.replaced) {
        text.push(' ');
        text.push_str(&say(at.locale, "reviews-thanks-replaced"));
    }
    told(say(at.locale, "reviews-thanks-title"), text, slug)
}

/// A page of a few words, with the way back to the product.
fn told(title: String, text: String, slug: String) -> Page {
    let heading = title.clone();
    Page::new("problem", title, move || {
        let frame = frame();
        view! {
            <section class="wrong">
                <h1>{heading}</h1>
                <p>{text}</p>
                <div>
                    <a class="button" href=frame.links.product(&slug)>{frame.say("reviews-back")}</a>
                    <a class="button plain" href=frame.links.home()>{frame.say("errors-go-home")}</a>
                </div>
            </section>
        }
        .into_any()
    })
    .unlisted()
}
