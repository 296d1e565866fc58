//! The gallery outside this island: a plain list of pictures, of which the chosen colour's is put first.

/// Puts picture `index` first.
pub fn put_first(index: usize) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    let find = |selector: &str| document.query_selector(selector).ok().flatten();
    let Some(next) = find(&format!("#gallery [data-picture='{index}']")) else {
        return;
    };
    if let Some(first) = find("#gallery [data-first]") {
        let _ = first.remove_attribute("data-first");
    }
    let _ = next.set_attribute("data-first", "");
    if let Some(gallery) = find("#gallery") {
        gallery.set_scroll_left(0);
    }
}
