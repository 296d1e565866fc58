//! Where a page of a listing ends: the last product's sort key and id, packed so that nobody builds on what is inside.

use super::CatalogError;
use domain::catalog::Sort;
use uuid::Uuid;

/// The position after one product of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub sort: Sort,
    pub key: Key,
    pub id: Uuid,
}

/// What a listing is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A position, a price in minor units, or microseconds since 1970.
    Number(i64),
    /// A name.
    Text(String),
}

impl Cursor {
    /// In hexadecimal: the sort, the id, the key.
    pub fn pack(&self) -> String {
        let mut bytes = vec![tag(self.sort)];
        bytes.extend_from_slice(self.id.as_bytes());
        match &self.key {
            Key::Number(number) => bytes.extend_from_slice(&number.to_be_bytes()),
            Key::Text(text) => bytes.extend_from_slice(text.as_bytes()),
        }
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads what [`Cursor::pack`] wrote for a listing in the same order.
    ///
    /// # Errors
    /// [`CatalogError::BadCursor`] for anything else.
    pub fn unpack(text: &str, sort: Sort) -> Result<Self, CatalogError> {
        Self::read(text, sort).ok_or(CatalogError::BadCursor)
    }

    fn read(text: &str, sort: Sort) -> Option<Self> {
        let bytes = text
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let digits = std::str::from_utf8(pair).ok()?;
                let is_hex = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
            })
            .collect::<Option<Vec<u8>>>()?;
        let (&first, rest) = bytes.split_first()?;
        let (id, key) = rest.split_at_checked(16)?;
        if first != tag(sort) {
            return None;
        }
        let key = match sort {
            Sort::Name => {
                let name = String::from_utf8(key.to_vec()).ok()?;
                // PostgreSQL's text holds no NUL.
                (!name.contains('\0')).then_some(Key::Text(name))?
            }
            _ => Key::Number(i64::from_be_bytes(key.try_into().ok()?)),
        };
        let id = Uuid::from_slice(id).ok()?;
        Some(Self { sort, key, id })
    }
}

const fn tag(sort: Sort) -> u8 {
    match sort {
        Sort::Featured => 1,
        Sort::Newest => 2,
        Sort::PriceUp => 3,
        Sort::PriceDown => 4,
        Sort::Name => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        for sort in Sort::ALL {
            let key = match sort {
                Sort::Name => Key::Text("Ökö-Becher".to_owned()),
                _ => Key::Number(-7),
            };
            let id = Uuid::from_u128(42);
            let cursor = Cursor { sort, key, id };
            assert_eq!(Cursor::unpack(&cursor.pack(), sort), Ok(cursor));
        }
    }

    #[test]
    fn refuses_what_it_did_not_write() {
        let packed = Cursor {
            sort: Sort::PriceUp,
            key: Key::Number(2_400),
            id: Uuid::nil(),
        }
        .pack();
        assert_eq!(
            Cursor::unpack(&packed, Sort::Newest),
            Err(CatalogError::BadCursor),
            "of another order"
        );
        for text in [
            "",
            "0",
            "zz",
            "é",
            "03",
            &packed[..20],
            &format!("{packed}00"),
            "+1+1",
        ] {
            assert_eq!(
                Cursor::unpack(text, Sort::PriceUp),
                Err(CatalogError::BadCursor),
                "{text:?}"
            );
        }
    }
}
