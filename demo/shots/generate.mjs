// Draws every picture of the demo shop into demo/media.
//
//   node generate.mjs                 what changed since the manifest, or is missing
//   node generate.mjs --all           everything
//   node generate.mjs --only PATTERN  stems that match
//   node generate.mjs --check         nothing is written: compares drawings with the manifest
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { products } from './products/index.mjs';
import { pictures } from './pictures.mjs';
import { render } from './views.mjs';
import { stills, renderStill } from './stills.mjs';

const media = new URL('../media/', import.meta.url);
const manifestFile = new URL('manifest.json', import.meta.url);
const placeholdersFile = new URL('placeholders.json', media);
const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
const sorted = (o) => JSON.stringify(Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1))), null, 1) + '\n';

const jobs = [
  ...products.flatMap(pictures).map((shot) => ({ stem: shot.stem, svg: () => render(shot), width: 800, avif: [400, 800, 1200], jpg: [400, 800] })),
  ...stills.map((still) => ({ stem: still.stem, svg: () => renderStill(still), width: still.width, avif: still.width > 1200 ? [400, 800, 1200, 1600] : [400, 800, 1200], jpg: [400, 800, 1200] })),
];
const hash = (svg) => createHash('sha256').update(svg).digest('hex');
const args = process.argv.slice(2);
const manifest = read(manifestFile);

if (args.includes('--check')) {
  // Every kind draws from one pen, so a few far apart tell; --check --all compares each one.
  const some = args.includes('--all') ? jobs : [0, 0.37, 0.71, 1].map((t) => jobs[Math.round(t * (jobs.length - 1))]);
  const wrong = some.filter((job) => manifest[job.stem] !== hash(job.svg())).map((job) => job.stem);
  const lacking = jobs.filter((job) => !manifest[job.stem] || files(job).some((f) => !existsSync(new URL(f, media)))).map((job) => job.stem);
  const extra = Object.keys(manifest).filter((stem) => !jobs.some((job) => job.stem === stem));
  for (const stem of wrong) console.error(`${stem}: the drawing differs from manifest.json; run generate.mjs`);
  for (const stem of lacking) console.error(`${stem}: pictures are missing from demo/media; run generate.mjs`);
  for (const stem of extra) console.error(`${stem}: in manifest.json, but no product shows it`);
  console.log(`${some.length} of ${jobs.length} drawings compared`);
  process.exit(wrong.length + lacking.length + extra.length ? 1 : 0);
}

function files(job) {
  return [...job.avif.map((w) => `${job.stem}-${w}.avif`), ...job.jpg.map((w) => `${job.stem}-${w}.jpg`)];
}

const { default: sharp } = await import('sharp');
sharp.concurrency(1);
mkdirSync(media, { recursive: true });
const placeholders = read(placeholdersFile);
const only = args.includes('--only') ? new RegExp(args[args.indexOf('--only') + 1]) : null;
let done = 0;
for (const job of jobs) {
  if (only && !only.test(job.stem)) continue;
  const svg = job.svg(), sum = hash(svg);
  const fresh = manifest[job.stem] === sum && placeholders[job.stem] && files(job).every((f) => existsSync(new URL(f, media)));
  if (fresh && !args.includes('--all')) continue;
  const largest = Math.max(...job.avif);
  const { data, info } = await sharp(Buffer.from(svg), { density: (72 * largest) / job.width }).flatten({ background: '#ebe4d8' }).raw().toBuffer({ resolveWithObject: true });
  const at = (w) => sharp(data, { raw: info }).resize({ width: w, kernel: 'lanczos3' });
  for (const w of job.avif) writeFileSync(new URL(`${job.stem}-${w}.avif`, media), await at(w).avif({ quality: 67, effort: 3, chromaSubsampling: '4:2:0' }).toBuffer());
  for (const w of job.jpg) writeFileSync(new URL(`${job.stem}-${w}.jpg`, media), await at(w).jpeg({ quality: 74, mozjpeg: true }).toBuffer());
  const mean = await at(1).removeAlpha().raw().toBuffer();
  placeholders[job.stem] = '#' + [...mean.subarray(0, 3)].map((v) => v.toString(16).padStart(2, '0')).join('');
  manifest[job.stem] = sum;
  if (++done % 20 === 0) { save(); console.log(`${done} drawn, last ${job.stem}`); }
}
/** Writes both lists, without stems that no longer exist, whose files go too. */
function save() {
  for (const list of [manifest, placeholders]) for (const stem of Object.keys(list)) if (!jobs.some((job) => job.stem === stem)) delete list[stem];
  writeFileSync(manifestFile, sorted(manifest));
  writeFileSync(placeholdersFile, sorted(placeholders));
}
save();
const kept = new Set(jobs.flatMap(files));
for (const file of readdirSync(media)) if (/\.(avif|jpg)$/.test(file) && !kept.has(file)) rmSync(new URL(file, media));
console.log(`${done} drawn, ${jobs.length} in all`);
