// The mark, a bridge and its reflection, and the icons made from it.
import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';

const out = new URL('../../public/icons/', import.meta.url);
const PAPER = '#faf7f2', LAGOON = '#0f5b57', DEEP = '#0a413e';

/** The mark in a square of 100; `strong` for small sizes. */
function mark(colour, strong = false) {
  const bridge = strong
    ? 'M8 62V50C24 50 36 22 50 22S76 50 92 50V62H78C76 48 66 38 50 38S24 48 22 62Z'
    : 'M10 60V52.5C27 52.5 36 25 50 25S73 52.5 90 52.5V60H77.5C75.5 46.5 65 37.5 50 37.5S24.5 46.5 22.5 60Z';
  const waves = strong
    ? '<path d="M24 72H76M36 83H64" stroke-width="6.5"/>'
    : '<path d="M25 67.5H75M33 74.5H67M42 81.5H58" stroke-width="3.2"/>';
  return `<path d="${bridge}" fill="${colour}"/><g stroke="${colour}" stroke-linecap="round">${waves}</g>`;
}
const square = (size, { radius = 0, scale = 1, ground = PAPER, ink = LAGOON, strong = false }) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="${size}" height="${size}"><rect width="100" height="100" rx="${radius}" fill="${ground}"/><g transform="translate(${50 - 50 * scale} ${50 - 52 * scale}) scale(${scale})">${mark(ink, strong)}</g></svg>`;

mkdirSync(out, { recursive: true });
const png = async (name, size, options) => sharp(Buffer.from(square(size, options)), { density: 72 }).resize(size, size).png({ compressionLevel: 9, palette: true }).toFile(new URL(name, out).pathname);
await png('icon-192.png', 192, { radius: 20, scale: 0.84 });
await png('icon-512.png', 512, { radius: 20, scale: 0.84 });
// A launcher may cut a maskable icon down to its inner circle of 80 %.
await png('maskable-512.png', 512, { scale: 0.66, ground: DEEP, ink: PAPER });
await png('apple-touch-icon.png', 180, { scale: 0.82 });
await png('favicon-32.png', 32, { radius: 18, scale: 0.98, strong: true });
writeFileSync(new URL('favicon.svg', out), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><style>.g{fill:${PAPER}}.m{color:${LAGOON}}@media (prefers-color-scheme:dark){.g{fill:${DEEP}}.m{color:${PAPER}}}</style><rect class="g" width="100" height="100" rx="18"/><g class="m" transform="translate(0 -2)">${mark('currentColor', true)}</g></svg>\n`);
