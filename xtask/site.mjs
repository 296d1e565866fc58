// The parts of the site's build for which the tools come from npm, with the engines and options of cargo-leptos.
//
//   node xtask/site.mjs script IN OUT          minifies the script that wasm-bindgen wrote
//   node xtask/site.mjs style IN OUT BROWSERS  bundles a sheet with those it imports, for "chrome 120, safari 17.5"
//   node xtask/site.mjs compress FILE…         writes FILE.br and FILE.gz, as small as they get

import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [task, ...rest] = process.argv.slice(2);

switch (task) {
  case 'script': {
    const { minifySync } = await import('@swc/core');
    const [from, to] = rest;
    const options = { compress: true, mangle: true, module: true };
    writeFileSync(to, minifySync(readFileSync(from, 'utf8'), options).code);
    break;
  }
  case 'style': {
    const { browserslistToTargets, bundle, transform } = await import('lightningcss');
    const [from, to, browsers] = rest;
    const targets = browserslistToTargets(browsers.split(',').map((browser) => browser.trim()));
    const { code, warnings } = bundle({ filename: from });
    for (const { message, loc } of warnings) {
      console.error(`${loc?.filename ?? from}:${loc?.line ?? 0}: ${message}`);
    }
    writeFileSync(to, transform({ filename: from, code, minify: true, targets }).code);
    break;
  }
  case 'compress':
    for (const file of rest) {
      const bytes = readFileSync(file);
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    }
    break;
  default:
    console.error(`site.mjs: no task "${task}"`);
    process.exitCode = 2;
}
