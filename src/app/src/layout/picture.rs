//! A picture in the widths and formats there are of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::catalog;
use domain::media::{Format, Name, PREVIEW_SIDE, Preview};
use islands::picture::stem;
use leptos::prelude::*;

/// When a picture is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Loading {
    /// The page's largest, before anything else.
    First,
    /// In sight at once.
    Now,
    /// When it comes near.
    #[default]
    Later,
}

/// How wide the one picture is that is named for browsers that know no others: one of [`domain::media::WIDTHS`].
const USUAL: u32 = 800;

/// `sizes` says how wide it is shown (HTML `sizes`). Our own pictures say by their names in which widths they exist; those
/// that lie ready in files exist 400, 800 and 1200 px wide; remote ones are shown as they are, late, and the page never waits
/// for them. The frame around it gives the proportion.
#[component]
pub fn Picture(
    picture: catalog::Picture,
    sizes: &'static str,
    #[prop(optional)] loading: Loading,
) -> impl IntoView {
    let catalog::Picture { src, alt } = picture;
    if let Some(name) = Name::parse(&src) {
        return ours(&name, alt, sizes, loading).into_any();
    }
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

/// The URL of its largest JPEG, for those who show one file and choose no width: search engines, other sites.
pub fn largest(src: &str) -> String {
    match (Name::parse(src), stem(src)) {
        (Some(name), _) => {
            let label = name.widths().last().map_or(USUAL, |(label, _)| label);
            format!("{}-{label}.jpg", name.stem())
        }
        (None, Some(stem)) => format!("{stem}-800.jpg"),
        (None, None) => src.to_owned(),
    }
}

/// One that a worker made.
fn ours(name: &Name, alt: String, sizes: &'static str, loading: Loading) -> impl IntoView + use<> {
    let lazy = (loading == Loading::Later).then_some("lazy");
    let priority = (loading == Loading::First).then_some("high");
    let usual = name
        .widths()
        .take_while(|(label, _)| *label <= USUAL)
        .last();
    let (label, width) = usual.unwrap_or((USUAL, name.width));
    let src = format!("{}-{label}.jpg", name.stem());
    view! {
        {tint(name)}
        <picture>
            <source type=Format::Avif.media_type() srcset=srcset(name, Format::Avif) sizes=sizes />
            <source type=Format::Webp.media_type() srcset=srcset(name, Format::Webp) sizes=sizes />
            <img
                src=src
                srcset=srcset(name, Format::Jpeg)
                sizes=sizes
                alt=alt
                width=width.to_string()
                height=name.height_at(width).to_string()
                loading=lazy
                fetchpriority=priority
                decoding="async"
            />
        </picture>
    }
}

fn srcset(name: &Name, format: Format) -> String {
    let (stem, kind) = (name.stem(), format.extension());
    let each = name
        .widths()
        .map(|(label, width)| format!("{stem}-{label}.{kind} {width}w"));
    each.collect::<Vec<_>>().join(", ")
}

/// What is seen until the picture is there: its colour, and over that nine colours that run into each other. An element of
/// its own, because the policy forbids inline styles.
fn tint(name: &Name) -> Option<impl IntoView + use<>> {
    let preview = name.preview.as_ref()?;
    let fill = name.colour.to_string();
    let href = format!("data:image/bmp;base64,{}", STANDARD.encode(bitmap(preview)));
    Some(view! {
        <svg class="tint" viewBox="0 0 3 3" preserveAspectRatio="none" aria-hidden="true">
            <rect width="3" height="3" fill=fill />
            <image href=href width="3" height="3" preserveAspectRatio="none" />
        </svg>
    })
}

/// A bitmap file of a preview: BITMAPFILEHEADER, BITMAPINFOHEADER, and rows from the last to the first, each of blue, green
/// and red, filled up to a multiple of four bytes.
fn bitmap(preview: &Preview) -> Vec<u8> {
    const HEADERS: u32 = 54;
    const ROW: usize = (PREVIEW_SIDE * 3).next_multiple_of(4);
    const PIXELS: u32 = (ROW * PREVIEW_SIDE) as u32;
    let mut file = b"BM".to_vec();
    for word in [HEADERS + PIXELS, 0, HEADERS, 40] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for side in [PREVIEW_SIDE as u32; 2] {
        file.extend_from_slice(&side.to_le_bytes());
    }
    // One plane of 24 bits, not compressed; no resolution and no palette.
    file.extend_from_slice(&[1, 0, 24, 0]);
    for word in [0, PIXELS, 0, 0, 0, 0_u32] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for row in preview.colours().chunks(PREVIEW_SIDE).rev() {
        let before = file.len();
        for colour in row {
            let [red, green, blue] = colour.0;
            file.extend_from_slice(&[blue, green, red]);
        }
        file.resize(before + ROW, 0);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::media::Colour;

    fn shown(src: &str, loading: Loading) -> String {
        let picture = catalog::Picture {
            src: src.to_owned(),
            alt: "A mug".to_owned(),
        };
        view! { <Picture picture sizes="50vw" loading /> }.to_html()
    }

    fn name(preview: Option<Preview>) -> Name {
        Name {
            id: "5f2c0011223344556677889900aabbcc".to_owned(),
            width: 1000,
            height: 1500,
            colour: Colour([0xc0, 0xa8, 0x0f]),
            preview,
        }
    }

    #[test]
    fn a_picture_of_our_own_comes_in_all_its_forms() {
        let preview = Preview::of([Colour([0xff, 0, 0x88]); 9]);
        let name = name(Some(preview));
        let html = shown(&name.src(), Loading::First);
        for form in name.forms() {
            let width = form.label.min(1000);
            assert!(
                html.contains(&format!("{} {width}w", name.path(form))),
                "{form:?}: {html}"
            );
        }
        for said in [
            "type=\"image/avif\"",
            "type=\"image/webp\"",
            "width=\"800\" height=\"1200\"",
            "fetchpriority=\"high\"",
            "alt=\"A mug\"",
            "fill=\"#c0a80f\"",
            "href=\"data:image/bmp;base64,Qk1aAAAA",
        ] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("lazy") && !html.contains("style="), "{html}");
        let later = shown(&name.src(), Loading::Later);
        assert!(later.contains("loading=\"lazy\""), "{later}");
        assert!(!later.contains("fetchpriority"), "{later}");
    }

    #[test]
    fn nothing_stands_behind_a_picture_that_one_can_see_through() {
        let html = shown(&name(None).src(), Loading::Now);
        assert!(html.contains("-400.avif 400w"), "{html}");
        assert!(!html.contains("tint"), "{html}");
    }

    #[test]
    fn other_pictures_are_shown_as_before() {
        let ready_made = shown("/media/calle-mug.jpg", Loading::Now);
        assert!(
            ready_made.contains("/media/calle-mug-1200.avif 1200w"),
            "{ready_made}"
        );
        let remote = shown("https://elsewhere.example/mug.jpg", Loading::First);
        assert!(
            remote.contains("src=\"https://elsewhere.example/mug.jpg\""),
            "{remote}"
        );
        assert!(
            remote.contains("lazy") && !remote.contains("srcset"),
            "{remote}"
        );
    }

    #[test]
    fn whoever_chooses_no_width_is_given_a_file_that_exists() {
        let own = name(None);
        let largest = largest(&own.src());
        assert!(
            own.forms().any(|form| own.path(form) == largest),
            "{largest}"
        );
        assert!(largest.ends_with("-1200.jpg"), "{largest}");
        for (src, file) in [
            ("/media/calle-mug.jpg", "/media/calle-mug-800.jpg"),
            (
                "https://elsewhere.example/mug.jpg",
                "https://elsewhere.example/mug.jpg",
            ),
        ] {
            assert_eq!(super::largest(src), file);
        }
    }

    #[test]
    fn a_bitmap_begins_below_and_is_filled_up() {
        let mut colours = [Colour::default(); 9];
        colours[6] = Colour([0x11, 0x22, 0x33]);
        let file = bitmap(&Preview::of(colours));
        assert_eq!(file.len(), 54 + 3 * 12);
        assert_eq!(file[2..6], 90_u32.to_le_bytes());
        assert_eq!(file[54..57], [0x33, 0x22, 0x11]);
        assert_eq!(file[57..], [0; 33]);
    }
}
