// From a picture's description to its SVG.
import { Stage, at } from './paint.mjs';
import { kinds } from './kinds/index.mjs';

const seedOf = (text) => [...text].reduce((h, ch) => Math.imul(h ^ ch.charCodeAt(0), 16777619) >>> 0, 2166136261);
const floorOf = (o) => (o.wall ? null : o.flat ? 0.05 : 0.62);

/** The SVG of one picture from `pictures()`. */
export function render(shot) {
  const kind = kinds[shot.kind];
  if (!kind) throw new Error(`no kind ${shot.kind}`);
  const [view, detail] = shot.view.split(':');
  const own = kind.views?.[detail ?? view];
  const o = own ? { ...kind, x: undefined, wall: false, flat: false, ...own[1] } : kind;
  // One seed per product and view: its colours share every leaf and fold.
  const s = new Stage({ k: view === 'above' && !own ? kind.aboveK : o.k, seed: seedOf(`${shot.handle}/${view}`) });
  const colours = shot.colours;
  const draw = (c, extra = {}) => (own ? own[0] : kind.draw)(s, c, { ...shot.params, colours, ...extra });
  const x = o.x ?? 400;
  if (own || view === 'front') return s.sheet(at(draw(colours[shot.index]), x, o.y, o.scale), { floor: floorOf(o) });
  const scale = o.scale;
  switch (view) {
    case 'above': return s.sheet(at(draw(colours[0]), x, 500 + 130 * scale, scale * 1.12), { floor: 0.05 });
    case 'close': {
      const f = 2.1 * scale, [fx, fy] = o.focus;
      return s.sheet(at(draw(colours[Math.min(1, colours.length - 1)]), 400 - fx * f, 500 - fy * f, f), { floor: o.wall ? null : 0.8, dim: 0.04 });
    }
    case 'pair': return s.sheet(cluster(o, x, scale, [colours[1] ?? colours[0], colours[0]].map((c, i) => [draw(c, { single: true, turn: i ? 1 : undefined }), 1])), { floor: floorOf(o) });
    case 'group': return s.sheet(cluster(o, x, scale, colours.slice(0, 4).reverse().map((c) => [draw(c, { single: true }), 1])), { floor: floorOf(o) });
    case 'sizes': return s.sheet(cluster(o, x, scale, (colours.length > 1 ? [colours[0], colours[1 % colours.length], colours[2 % colours.length]] : [colours[0], colours[0], colours[0]]).map((c, i) => [draw(c, { single: true }), [1, 0.82, 0.64][i]])), { floor: floorOf(o) });
    default: throw new Error(`${shot.stem}: no view ${shot.view}`);
  }
}

/** Several things standing together, the ones behind first. */
function cluster(o, x, scale, things) {
  const many = things.length;
  const f = scale * ({ 2: 0.86, 3: 0.76, 4: 0.7 }[many] ?? 1);
  const step = o.gap * f * (many === 2 ? 1.05 : 0.92);
  const mid = 400 + (x - 400) * 0.6;
  if (o.hang) return things.map(([svg, size], i) => at(svg, mid + (i - (many - 1) / 2) * step * 1.1, o.y - 120 + [0, 190, -40, 130][i], f * size)).join('');
  // Two rows: the back row a little higher on the sheet.
  const dy = o.dy ?? (o.wall ? 0 : 70);
  const spots = things.map((_, i) => {
    if (many === 2) return [i ? 0.55 : -0.55, i ? 1 : 0];
    if (many === 3) return [[-0.95, 0.95, 0][i], [0, 0, 1][i]];
    return [[-0.6, 0.75, -1.05, 0.35][i], [0, 0.1, 1, 1.15][i]];
  });
  const shift = o.wall ? -30 : -40;
  return things.map(([svg, size], i) => at(svg, mid + spots[i][0] * step, o.y + shift + spots[i][1] * dy * (many > 2 ? 1.25 : 1), f * size)).join('');
}
