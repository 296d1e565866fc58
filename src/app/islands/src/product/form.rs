//! What the form around the choices holds, read from the form itself: the browser keeps it across reloads and "back".

use web_sys::{FormData, HtmlFormElement};

/// The chosen values, one for each of `options` options, and the quantity when it is a number.
pub fn read(form: &HtmlFormElement, options: usize) -> Option<(Vec<String>, Option<u32>)> {
    let fields = FormData::new_with_form(form).ok()?;
    let text = |name: &str| fields.get(name).as_string().unwrap_or_default();
    let chosen = (1..=options)
        .map(|number| text(&format!("option{number}")))
        .collect();
    Some((chosen, text("quantity").parse().ok()))
}
