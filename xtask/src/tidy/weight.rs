//! What a page makes a browser load: bytes as they travel, and the crates they come from.

use super::Violation;
use crate::site;
use crate::ui::thousands;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// JavaScript and WebAssembly of one page, brotli.
const SCRIPT_BUDGET: u64 = 100 * 1024;
/// The style sheet, brotli.
const STYLE_BUDGET: u64 = 15 * 1024;
/// Scripts that those pages don't load: the service worker, what reloads pages in development, and the module of cart,
/// checkout and orders, which is larger.
const NOT_IN_PAGES: &[&str] = &["sw", "service-worker", "reload", "rialto"];
/// How many crates are listed.
const LISTED: usize = 15;

/// The weights as a table, and what is over budget. The site must be built.
pub fn check() -> Result<(String, Vec<Violation>)> {
    let folder = site::folder();
    let mut found = Vec::new();
    let mut table =
        "What home, category and product pages load (one module and script for all three), brotli:\n"
            .to_owned();
    let budgets = [
        (
            "JavaScript + WebAssembly",
            weigh(&folder, &["js", "mjs", "wasm"])?,
            SCRIPT_BUDGET,
        ),
        ("CSS", weigh_sheets()?, STYLE_BUDGET),
    ];
    for (what, weights, budget) in &budgets {
        found.extend(judge(what, weights, *budget, &folder, &mut table)?);
    }
    table.push_str("Heaviest crates in the module, uncompressed code:\n");
    let module = std::fs::read(site::named_module()?).context("can't read the module")?;
    let functions = functions(&module)?;
    let total: u64 = functions.iter().map(|(_, size)| size).sum();
    let mut crates: Vec<(String, u64)> = by_crate(&functions).into_iter().collect();
    crates.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), name.clone()));
    for (name, size) in crates.iter().take(LISTED) {
        let share = *size as f64 * 100.0 / total.max(1) as f64;
        writeln!(table, "  {:>9}  {share:>4.1} %  {name}", thousands(*size))?;
    }
    writeln!(
        table,
        "  {:>9}          all code, {} functions",
        thousands(total),
        thousands(functions.len() as u64)
    )?;
    Ok((table, found))
}

fn weigh_sheets() -> Result<Vec<(PathBuf, u64)>> {
    site::files(&site::package())?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "css"))
        .map(|file| travels(&file).map(|size| (file, size)))
        .collect()
}

/// How many bytes a file travels as.
fn travels(file: &Path) -> Result<u64> {
    let travels = PathBuf::from(format!("{}.br", file.display()));
    let data = travels
        .metadata()
        .with_context(|| format!("{} is missing: `cargo xtask site`", travels.display()))?;
    Ok(data.len())
}

/// Compressed sizes of the files with those endings, of what pages load.
fn weigh(folder: &Path, endings: &[&str]) -> Result<Vec<(PathBuf, u64)>> {
    let mut weights = Vec::new();
    for file in site::files(folder)? {
        let ending = file
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        let name = file.file_stem().and_then(|name| name.to_str());
        let apart = name.is_some_and(|name| NOT_IN_PAGES.contains(&name));
        if endings.contains(&ending) && !apart {
            let size = travels(&file)?;
            weights.push((file, size));
        }
    }
    Ok(weights)
}

fn judge(
    what: &str,
    weights: &[(PathBuf, u64)],
    budget: u64,
    folder: &Path,
    table: &mut String,
) -> Result<Option<Violation>> {
    let total: u64 = weights.iter().map(|(_, size)| size).sum();
    for (file, size) in weights {
        writeln!(
            table,
            "  {:>9}  {}",
            thousands(*size),
            file.strip_prefix(folder).unwrap_or(file).display()
        )?;
    }
    writeln!(
        table,
        "  {:>9}  {what}, of {} allowed",
        thousands(total),
        thousands(budget)
    )?;
    Ok((total >= budget).then(|| {
        Violation::new(
            if what == "CSS" { "style/main.css" } else { "src/app/islands/Cargo.toml" },
            1,
            format!("{what} weighs {} bytes brotli; it must stay below {}", thousands(total), thousands(budget)),
            "look at the weights above (or `cargo xtask tidy`): drop a dependency, a feature or a rule, or move work to the server",
        )
    }))
}

/// Names and sizes of the functions of a WebAssembly module that kept its names.
fn functions(module: &[u8]) -> Result<Vec<(String, u64)>> {
    if module.get(..4) != Some(b"\0asm") {
        bail!("not a WebAssembly module");
    }
    let mut reader = Reader {
        bytes: module,
        at: 8,
    };
    let (mut imported, mut sizes, mut names) = (0u64, Vec::new(), BTreeMap::new());
    while reader.at < module.len() {
        let id = reader.byte()?;
        let mut section = reader.part()?;
        match id {
            2 => imported = imports(&mut section)?,
            10 => {
                for _ in 0..section.number()? {
                    sizes.push(section.part()?.bytes.len() as u64);
                }
            }
            0 if section.text()? == "name" => names = function_names(&mut section)?,
            _ => {}
        }
    }
    let named = |(index, size): (usize, u64)| {
        let name = names.get(&(index as u64 + imported)).cloned();
        (name.unwrap_or_default(), size)
    };
    Ok(sizes.into_iter().enumerate().map(named).collect())
}

/// How many functions a module imports: they come first in the numbering.
fn imports(section: &mut Reader<'_>) -> Result<u64> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.part()?;
        section.part()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                limits(section)?;
            }
            2 => limits(section)?,
            3 => {
                section.byte()?;
                section.byte()?;
            }
            4 => {
                section.byte()?;
                section.number()?;
            }
            kind => bail!("an import of unknown kind {kind}"),
        }
    }
    Ok(functions)
}

fn limits(section: &mut Reader<'_>) -> Result<()> {
    let flags = section.byte()?;
    section.number()?;
    if flags & 1 == 1 {
        section.number()?;
    }
    Ok(())
}

fn function_names(section: &mut Reader<'_>) -> Result<BTreeMap<u64, String>> {
    let mut names = BTreeMap::new();
    while section.at < section.bytes.len() {
        let id = section.byte()?;
        let mut part = section.part()?;
        if id == 1 {
            for _ in 0..part.number()? {
                names.insert(part.number()?, part.text()?);
            }
        }
    }
    Ok(names)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).context("the module ends early")?;
        self.at += 1;
        Ok(byte)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<u64> {
        let (mut number, mut shift) = (0u64, 0u32);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f)
                .checked_shl(shift)
                .context("a number is too long")?;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// A length, and that many bytes.
    fn part(&mut self) -> Result<Reader<'a>> {
        let length = usize::try_from(self.number()?)?;
        let bytes = self
            .bytes
            .get(self.at..self.at + length)
            .context("the module ends early")?;
        self.at += length;
        Ok(Reader { bytes, at: 0 })
    }

    fn text(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(self.part()?.bytes).into_owned())
    }
}

fn by_crate(functions: &[(String, u64)]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (name, size) in functions {
        *sums.entry(crate_of(name)).or_default() += size;
    }
    sums
}

/// The crate a demangled name belongs to: the first that is not Rust's own, so that `drop_in_place<leptos::…>` and a
/// `Vec` of an island's things count for whom they are made.
fn crate_of(name: &str) -> String {
    const OWN: &[&str] = &["core", "alloc", "std", "compiler_builtins", "hashbrown"];
    let name = without_hashes(name);
    let mut own = false;
    for (at, _) in name.match_indices("::") {
        let before = &name[..at];
        let from = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(0, |i| i + 1);
        let word = &before[from..];
        // Only the head of a path names a crate: what follows another `::` is a module or a type.
        let head =
            !before[..from].ends_with("::") && word.starts_with(|c: char| c.is_ascii_lowercase());
        if head && !OWN.contains(&word) {
            return word.to_owned();
        }
        own |= head;
    }
    // wasm-bindgen names an island's entry after its component and a hash: `BuyBox_4440387087015206144 externref shim`.
    let first = name.split(' ').next().unwrap_or_default();
    let island = first.rsplit_once('_').is_some_and(|(component, hash)| {
        component.starts_with(|c: char| c.is_ascii_uppercase())
            && hash.len() > 9
            && hash.bytes().all(|b| b.is_ascii_digit())
    });
    match (island, own) {
        (true, _) => "islands".to_owned(),
        (_, true) => "std".to_owned(),
        _ => "(glue and exports)".to_owned(),
    }
}

/// `<dlmalloc[e24a27700634d609]::Dlmalloc>` as `<dlmalloc::Dlmalloc>`.
fn without_hashes(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for (index, part) in name.split('[').enumerate() {
        match part.split_once(']') {
            Some((hash, rest))
                if index > 0 && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                plain.push_str(rest)
            }
            _ if index > 0 => {
                plain.push('[');
                plain.push_str(part);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{by_crate, crate_of, functions, judge};
    use std::path::{Path, PathBuf};

    #[test]
    fn functions_count_for_the_crate_they_are_made_for() {
        assert_eq!(crate_of("islands::cart::add::h0123456789abcdef"), "islands");
        assert_eq!(
            crate_of("core::ptr::drop_in_place<tachys::view::View<alloc::string::String>>"),
            "tachys"
        );
        assert_eq!(
            crate_of("<alloc::vec::Vec<T> as core::clone::Clone>::clone"),
            "std"
        );
        assert_eq!(
            crate_of("<&mut serde_json::de::Deserializer<R> as serde::Deserializer>::deserialize"),
            "serde_json"
        );
        assert_eq!(
            crate_of("<dlmalloc[e24a27700634d609]::dlmalloc::Dlmalloc<[u8]>>::malloc"),
            "dlmalloc"
        );
        assert_eq!(
            crate_of("BuyBox_4440387087015206144 externref shim"),
            "islands"
        );
        assert_eq!(crate_of("hydrate"), "(glue and exports)");
    }

    #[test]
    fn a_budget_holds_to_the_byte() {
        let weights = [
            (PathBuf::from("site/pkg/a.wasm"), 600),
            (PathBuf::from("site/boot.js"), 399),
        ];
        let judged = |budget| {
            let mut table = String::new();
            let found = judge(
                "JavaScript + WebAssembly",
                &weights,
                budget,
                Path::new("site"),
                &mut table,
            )
            .expect("writes");
            (found.map(|v| v.what), table)
        };
        let (fine, table) = judged(1000);
        assert_eq!(fine, None);
        assert!(
            table.contains("600  pkg/a.wasm")
                && table.contains("999  JavaScript + WebAssembly, of 1,000"),
            "{table}"
        );
        assert!(
            judged(999)
                .0
                .is_some_and(|what| what.contains("weighs 999 bytes"))
        );
    }

    #[test]
    fn a_module_is_read_by_its_sections() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        // One imported function `a.b`, of type 0.
        module.extend(b"\x02\x07\x01\x01a\x01b\x00\x00");
        // Two bodies of 3 and 2 bytes.
        module.extend(b"\x0a\x08\x02\x03\0\0\x0b\x02\0\x0b");
        // Names: function 1 is `x::f`, function 2 is `y::g`.
        module.extend(b"\x00\x14\x04name\x01\x0d\x02\x01\x04x::f\x02\x04y::g");
        let found = functions(&module).expect("reads");
        assert_eq!(found, [("x::f".to_owned(), 3), ("y::g".to_owned(), 2)]);
        assert_eq!(by_crate(&found).get("x"), Some(&3));
        assert!(functions(b"nothing").is_err());
    }
}
