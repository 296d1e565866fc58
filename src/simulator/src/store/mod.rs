//! What the provider knows: objects, the books that hold them, and the ledger that they are replayed from.

pub mod books;
pub mod ledger;
pub mod model;
