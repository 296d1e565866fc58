// Runs the golden carts in WebAssembly: node run.mjs <golden.wasm>, built from examples/golden.rs for wasm32-unknown-unknown.
// Ends with 1 when a cart comes out wrong.

import { readFile } from "node:fs/promises";

const carts = JSON.parse(await readFile(new URL("carts.json", import.meta.url), "utf8"));
const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});

// A Rust program's `main(argc, argv)` returns its exit code; a panic is a trap, which ends Node with an error.
const wrong = instance.exports.main(0, 0);
if (wrong !== 0) {
  console.error(`golden cart ${wrong} of ${carts.length} comes out wrong in WebAssembly: ${carts[wrong - 1]?.name}`);
  process.exit(1);
}
console.log(`${carts.length} golden carts come out right in WebAssembly`);
