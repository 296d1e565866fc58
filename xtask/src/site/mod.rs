//! The browser's site in `target/site`, built directly: cargo, wasm-bindgen, wasm-opt and two minifiers.
//!
//! cargo-leptos does the same after ten CPU minutes of compiling itself; [`parity`] holds that the results agree.
//! What has not changed is not built again.

mod assets;
pub mod parity;

pub use assets::files;

use crate::leptos::Options;
use crate::setup::{self, count_crates};
use crate::ui::Phase;
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Where the server finds what it serves.
pub fn folder() -> PathBuf {
    checkout::target().join("site")
}

/// The folder inside for what is compiled.
pub fn package() -> PathBuf {
    folder().join("pkg")
}

/// The optimised module with its function names, for weighing crates; not served. Made when it is out of date.
pub fn named_module() -> Result<PathBuf> {
    let name = Options::read()?.get("name")?.to_owned();
    let name = browse(&name);
    let (raw, named) = (
        bound(&name, "_bg.wasm"),
        checkout::workshop().join("rialto.names.wasm"),
    );
    let stamp = Stamp::of("names", &[&raw, &tool_versions()])?;
    if !stamp.holds(&[&named]) {
        optimise(&raw, &named, &["-g"], "wasm-opt-names")?;
        stamp.set()?;
    }
    Ok(named)
}

/// A file that wasm-bindgen writes, before it is optimised.
fn bound(name: &str, ending: &str) -> PathBuf {
    checkout::workshop()
        .join("bound")
        .join(format!("{name}{ending}"))
}

/// The name of the module that all pages but cart, checkout and orders load, without the islands of these; the package
/// `browse`. cargo-leptos builds one module only, the whole one, which serves all pages in development.
pub fn browse(name: &str) -> String {
    format!("{name}-browse")
}

/// A package's module as rustc leaves it. A build folder of its own, the one cargo-leptos uses, so that this build and the
/// server's don't wait for each other.
fn compiled(package: &str) -> PathBuf {
    front().join(format!(
        "wasm32-unknown-unknown/wasm-release/{package}.wasm"
    ))
}

fn front() -> PathBuf {
    checkout::target().join("front")
}

/// Builds what is out of date; true when anything was.
pub fn build(phase: &Phase) -> Result<bool> {
    setup::wasm_target(phase)?;
    setup::install_site_tools(phase)?;
    let bindgen = setup::wasm_bindgen(phase)?;
    let options = Options::read()?;
    let name = options.get("name")?.to_owned();
    let pkg = package();
    std::fs::create_dir_all(&pkg).map_err(|e| process::unwritable(&pkg, &e))?;
    let mut module_built = false;
    for (package, module_name) in [
        ("browse", browse(&name)),
        (options.get("lib-package")?, name.clone()),
    ] {
        compile(&name, package, phase)?;
        module_built |= module(&bindgen, &compiled(package), &module_name, phase)?;
    }
    let style = style(&options, &name, phase)?;
    let copied = assets::mirror(
        &checkout::root().join(options.get("assets-dir")?),
        &folder(),
        &pkg,
    )?;
    let compressed = assets::compress(&folder(), phase)?;
    Ok(module_built || style || copied || compressed)
}

/// One package at a time: built together, they would share their islands' features.
fn compile(name: &str, package: &str, phase: &Phase) -> Result<()> {
    phase.note("compiling for the browser");
    let mut cargo = process::cargo();
    cargo
        .args(["build", "--lib", "--no-default-features"])
        .arg(format!("--package={package}"))
        .args(["--target=wasm32-unknown-unknown", "--profile=wasm-release"])
        .arg(format!("--target-dir={}", front().display()))
        // leptos looks at it while compiling, so it must be what cargo-leptos says.
        .env("LEPTOS_OUTPUT_NAME", name);
    process::run(&mut cargo, "site-cargo", count_crates(phase)).map(drop)
}

/// wasm-bindgen, wasm-opt and the script's minifier, when the module or a tool has changed.
fn module(bindgen: &Path, raw: &Path, name: &str, phase: &Phase) -> Result<bool> {
    let stamp = Stamp::of(
        &format!("module-{name}"),
        &[raw, &tool_versions(), &script(), bindgen],
    )?;
    let pkg = package();
    let (js, wasm) = (
        pkg.join(format!("{name}.js")),
        pkg.join(format!("{name}.wasm")),
    );
    if stamp.holds(&[&js, &wasm, &bound(name, "_bg.wasm")]) {
        return Ok(false);
    }
    phase.note("wasm-bindgen");
    let folder = checkout::workshop().join("bound");
    process::run(
        process::command(bindgen)
            .args(["--target=web", "--no-typescript"])
            .arg(format!("--out-name={name}"))
            .arg(format!("--out-dir={}", folder.display()))
            .arg(raw),
        "wasm-bindgen",
        |_| (),
    )?;
    phase.note("wasm-opt");
    optimise(&bound(name, "_bg.wasm"), &wasm, &[], "wasm-opt")?;
    phase.note("minifying the script");
    node(
        &["script", &text(&bound(name, ".js")), &text(&js)],
        "site-script",
    )?;
    let snippets = folder.join("snippets");
    if snippets.is_dir() {
        bail!(
            "a dependency of `client` brings JavaScript snippets, which the site's build does not copy: {}",
            snippets.display()
        );
    }
    stamp.set()?;
    Ok(true)
}

fn optimise(from: &Path, to: &Path, extra: &[&str], log: &str) -> Result<()> {
    // cargo-leptos's flags.
    process::run(
        process::command(checkout::root().join("node_modules/.bin/wasm-opt"))
            .args([
                "-Oz",
                "--enable-bulk-memory",
                "--enable-nontrapping-float-to-int",
            ])
            .args(extra)
            .arg(from)
            .arg("-o")
            .arg(to),
        log,
        |_| (),
    )?;
    Ok(())
}

/// One sheet of `style-file` and all that it imports.
fn style(options: &Options, name: &str, phase: &Phase) -> Result<bool> {
    let main = checkout::root().join(options.get("style-file")?);
    let browsers = options.get("browserquery")?;
    let sheets = main.parent().context("style-file lies in no folder")?;
    let mut inputs = files(sheets)?;
    inputs.push(checkout::root().join("Cargo.toml"));
    inputs.extend([tool_versions(), script()]);
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let stamp = Stamp::of("style", &inputs)?;
    let sheet = package().join(format!("{name}.css"));
    if stamp.holds(&[&sheet]) {
        return Ok(false);
    }
    phase.note("bundling the style sheets");
    let complaints = node(
        &["style", &text(&main), &text(&sheet), browsers],
        "site-style",
    )?;
    if !complaints.trim().is_empty() {
        bail!("the style sheets have faults:\n{complaints}");
    }
    stamp.set()?;
    Ok(true)
}

/// Runs a task of `site.mjs`.
fn node(arguments: &[&str], log: &str) -> Result<String> {
    process::run(
        process::command("node").arg(script()).args(arguments),
        log,
        |_| (),
    )
}

fn script() -> PathBuf {
    checkout::root().join("xtask/site.mjs")
}

/// The file that changes when a tool from npm does.
fn tool_versions() -> PathBuf {
    checkout::root().join("package-lock.json")
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Remembers what an output was made of, so that it is made again only when that has changed.
struct Stamp {
    file: PathBuf,
    inputs: u64,
}

impl Stamp {
    fn of(name: &str, inputs: &[&Path]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            let bytes = std::fs::read(input)
                .with_context(|| format!("can't read {}", checkout::short(input)))?;
            input.hash(&mut hasher);
            bytes.hash(&mut hasher);
        }
        Ok(Self {
            file: checkout::workshop().join(format!("site-{name}.stamp")),
            inputs: hasher.finish(),
        })
    }

    /// Whether these outputs are there and were made of the same inputs.
    fn holds(&self, outputs: &[&Path]) -> bool {
        let made_of = std::fs::read_to_string(&self.file)
            .ok()
            .and_then(|text| text.parse::<u64>().ok());
        made_of == Some(self.inputs) && outputs.iter().all(|output| output.is_file())
    }

    fn set(&self) -> Result<()> {
        std::fs::write(&self.file, self.inputs.to_string())
            .map_err(|e| process::unwritable(&self.file, &e))
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn a_stamp_holds_until_an_input_changes_or_an_output_is_gone() {
        let folder = std::env::temp_dir().join(format!("rialto-stamp-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let (input, output) = (folder.join("in"), folder.join("out"));
        std::fs::write(&input, "one").expect("written");
        std::fs::write(&output, "made").expect("written");
        let file = folder.join("stamp");
        let stamp = || Stamp {
            file: file.clone(),
            ..Stamp::of("x", &[&input]).expect("read")
        };
        assert!(!stamp().holds(&[&output]));
        stamp().set().expect("written");
        assert!(stamp().holds(&[&output]));
        std::fs::write(&input, "two").expect("written");
        assert!(!stamp().holds(&[&output]));
        stamp().set().expect("written");
        std::fs::remove_file(&output).expect("removed");
        assert!(!stamp().holds(&[&output]));
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
