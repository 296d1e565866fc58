//! Where a picture's files are: a local one exists in several widths and formats, a remote one only as itself.

/// The path before the extension of a picture of our own (`/media/calle-mug` for `/media/calle-mug.jpg`).
pub fn stem(src: &str) -> Option<&str> {
    src.strip_suffix(".jpg")
        .filter(|stem| stem.starts_with("/media/"))
}

/// The URL of a small version, 400 px wide where there is one.
pub fn thumbnail(src: &str) -> String {
    stem(src).map_or_else(|| src.to_owned(), |stem| format!("{stem}-400.jpg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pictures_have_small_versions() {
        assert_eq!(
            thumbnail("/media/calle-mug.jpg"),
            "/media/calle-mug-400.jpg"
        );
        assert_eq!(
            thumbnail("https://elsewhere.example/media/mug.jpg"),
            "https://elsewhere.example/media/mug.jpg"
        );
    }
}
