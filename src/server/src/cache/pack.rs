//! Pages as they are kept: told by what they have in common with a page of their kind.
//!
//! Pages of one kind share most of their bytes: what stands around them, the shape of a product's page. The first of a kind is
//! the others' model, a zstd dictionary of raw content (RFC 8878 §5): they take a quarter of what they would without.

use crate::encoding::{self, LEVEL};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Kinds that have a model, at most: routes in storefronts.
const MOST_KINDS: usize = 256;
/// A page that is not a sixth of itself by its model has another shape than that.
const LIKE: usize = 6;
/// A model is left alone for so many pages at least.
const STEADY: u32 = 64;

/// What pages are told by. It lives as long as a page that needs it.
struct Model {
    write: EncoderDictionary<'static>,
    read: DecoderDictionary<'static>,
}

impl Model {
    fn of(content: &[u8]) -> Self {
        Self {
            write: EncoderDictionary::copy(content, LEVEL),
            read: DecoderDictionary::copy(content),
        }
    }
}

/// Content, packed.
pub(super) struct Packed {
    bytes: Box<[u8]>,
    /// Bytes of the content.
    length: usize,
    model: Option<Arc<Model>>,
}

impl Packed {
    /// Bytes that it takes; the model is counted as nobody's.
    pub fn weight(&self) -> usize {
        self.bytes.len()
    }

    /// The content: a hundredth of a millisecond. None when there is no memory for it.
    pub fn unpack(&self) -> Option<Vec<u8>> {
        let model = self.model.as_ref().map(|model| &model.read);
        encoding::unpack(&self.bytes, self.length, model)
    }
}

/// The models there are.
#[derive(Default)]
pub(super) struct Models(Mutex<HashMap<String, Kind>>);

struct Kind {
    model: Arc<Model>,
    /// Pages since it is this one.
    pages: u32,
}

impl Models {
    /// Packs content of that kind: a tenth of a millisecond. None when there is no memory for it.
    pub fn pack(&self, kind: &str, content: &[u8]) -> Option<Packed> {
        let model = self.model(kind);
        let bytes = encoding::pack(content, model.as_ref().map(|model| &model.write))?;
        if model.is_none() || bytes.len() * LIKE > content.len() {
            self.propose(kind, content);
        }
        Some(Packed {
            bytes: bytes.into_boxed_slice(),
            length: content.len(),
            model,
        })
    }

    fn model(&self, kind: &str) -> Option<Arc<Model>> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.get_mut(kind)?;
        kind.pages = kind.pages.saturating_add(1);
        Some(kind.model.clone())
    }

    /// Makes this the model, unless there is a young one.
    fn propose(&self, kind: &str, content: &[u8]) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = match kinds.get(kind) {
            Some(known) => known.pages > STEADY,
            None => kinds.len() < MOST_KINDS,
        };
        if is_wanted {
            let model = Arc::new(Model::of(content));
            kinds.insert(kind.to_owned(), Kind { model, pages: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// A page whose shape does not compress by itself.
    fn page(shape: u64, title: &str) -> Vec<u8> {
        let mut page = format!("<title>{title}</title>");
        let mut state = shape;
        for _ in 0..500 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(page, "{state:016x}");
        }
        page.into_bytes()
    }

    #[test]
    fn pages_of_a_kind_are_told_by_the_first_and_come_back_whole() {
        let models = Models::default();
        let first = page(1, "A mug");
        let alone = models.pack("product", &first).unwrap();
        let second = page(1, "A vase");
        let told = models.pack("product", &second).unwrap();
        assert!(told.weight() * 20 < alone.weight(), "{}", told.weight());
        let other = models.pack("category", &second).unwrap();
        assert!(other.weight() > alone.weight() / 2);
        assert_eq!(alone.unpack(), Some(first));
        assert_eq!(told.unpack(), Some(second.clone()));
        assert_eq!(other.unpack(), Some(second));
    }

    #[test]
    fn a_kind_that_changes_its_shape_gets_another_model() {
        let models = Models::default();
        models.pack("product", &page(1, "old")).unwrap();
        let before = models.pack("product", &page(1, "before")).unwrap();
        let weight = |title: &str| models.pack("product", &page(2, title)).unwrap().weight();
        let unlike = weight("new");
        for _ in 0..2 * STEADY {
            weight("newer");
        }
        let last = weight("newest");
        assert!(last * 20 < unlike, "{last} {unlike}");
        // What was told by the model before still is.
        assert_eq!(before.unpack(), Some(page(1, "before")));
    }
}
