// Contact sheets for looking: node sheet.mjs OUT.png [filter] [columns] [width]
import sharp from 'sharp';
import { products } from './products/index.mjs';
import { pictures } from './pictures.mjs';
import { render } from './views.mjs';

const [out = 'sheet.png', filter = '', columns = '10', width = '180'] = process.argv.slice(2);
const w = Number(width), h = Math.round(w * 1.25), per = Number(columns);
const wanted = new RegExp(filter);
const shots = products.flatMap(pictures).filter((s) => wanted.test(`${s.stem} ${s.kind} ${s.view}${s.view === 'front' && !s.index ? ' first' : ''}`));
const tiles = [];
sharp.concurrency(1);
for (const [i, shot] of shots.entries()) {
  const input = await sharp(Buffer.from(render(shot)), { density: (72 * w) / 800 }).resize(w, h).png().toBuffer();
  tiles.push({ input, left: (i % per) * (w + 6), top: Math.floor(i / per) * (h + 6) });
}
const rows = Math.ceil(tiles.length / per);
await sharp({ create: { width: per * (w + 6), height: rows * (h + 6), channels: 3, background: '#faf7f2' } }).composite(tiles).png().toFile(out);
console.log(tiles.length, 'pictures');
