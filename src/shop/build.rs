//! Message files and migrations are compiled in: build again when one is added or taken away.

fn main() {
    println!("cargo:rerun-if-changed=../../locales");
    println!("cargo:rerun-if-changed=../../migrations");
}
