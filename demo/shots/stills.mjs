// Pictures with several things: the two heroes (wide, and tall for half a screen) and the story.
import { Stage, at, fill, stroke, dot, lit, n, WOODS, INK } from './paint.mjs';
import { plank } from './forms.mjs';
import * as K from './kinds/kitchen.mjs';
import * as T from './kinds/table.mjs';
import * as L from './kinds/light.mjs';
import * as V from './kinds/living.mjs';

const [lagoon, sand, chalk, slate, terracotta] = ['#2f6b66', '#d9b48a', '#e9e1d2', '#3f4f5c', '#c0674a'];

/** The front edge of a long table, from `y` down. */
function table(s, y, width, height, wood = WOODS.ash) {
  const top = `M0 ${y}H${width}V${height - 70}H0Z`, edge = `M0 ${height - 70}H${width}V${height}H0Z`;
  const joints = [0.34, 0.71].map((f) => stroke(`M0 ${n(y + (height - 70 - y) * f)}H${width}`, lit(wood, 0.2), 2, 'opacity=".5"')).join('');
  return fill(top, s.linear([[0, lit(wood, 0.5)], [0.4, lit(wood, 0.62)], [1, lit(wood, 0.54)]], [0, 0, 0.3, 1])) + s.texture('woodx', top, 0.42) + joints + fill(top, s.linear([[0, INK, 0.22], [0.16, INK, 0]], [0, 0, 0, 1])) + plank(s, edge, lit(wood, 0.36), 'woodx', [0.46, 0.3]) + stroke(`M0 ${height - 70}H${width}`, lit(wood, 0.9), 3, 'opacity=".6"');
}

function laid(s, w, h, y, mid) {
  const things = [
    [at(K.board(s, WOODS.walnut), mid - 440, y + 70, 1.08)], [at(V.vase(s, slate), mid - 170, y + 150, 0.98)], [at(K.jug(s, chalk), mid + 330, y + 130, 1.05)],
    [at(T.bowlLemons(s, lagoon), mid + 90, y + 330, 1.05)], [at(K.mug(s, sand), mid - 390, y + 330, 0.86)], [at(T.plateStack(s, chalk, { colours: [chalk, sand, lagoon] }), mid + 520, y + 330, 0.92)],
  ];
  return s.sheet(table(s, y, w, h) + things.join(''), { width: w, height: h, floor: null });
}
function evening(s, w, h, y, mid) {
  return s.sheet(table(s, y, w, h, WOODS.walnut)
    + at(V.mirror(s, WOODS.ash), mid - 360, y - 70, 1.0) + at(L.lamp(s, chalk), mid + 60, y + 170, 1.42) + at(V.bookPile(s, terracotta), mid - 330, y + 250, 0.95) + at(T.espresso(s, chalk), mid - 330, y + 108, 0.62)
    + at(V.planter(s, terracotta), mid + 470, y + 170, 1.02) + at(L.candle(s, '#dcb765', { h: 180, r: 82 }), mid + 290, y + 290, 1) + at(V.notebook(s, lagoon), mid - 20, y + 320, 0.72), { width: w, height: h, floor: null, dim: 0.1 });
}
/** The same, upright: what matters stands in the middle, so that half a screen may crop it. */
function tallTable(s) {
  return s.sheet(table(s, 1080, 1200, 1500) + at(V.vase(s, slate), 590, 1230, 1.42) + at(K.jug(s, chalk), 960, 1190, 0.95) + at(K.board(s, WOODS.walnut), 190, 1150, 1.05) + at(T.bowlLemons(s, lagoon), 720, 1370, 0.92) + at(K.mug(s, sand), 370, 1375, 0.74), { width: 1200, height: 1500, floor: null });
}
function tallLamp(s) {
  return s.sheet(table(s, 1080, 1200, 1500, WOODS.walnut) + at(L.lamp(s, chalk), 600, 1250, 1.6) + at(V.bookPile(s, terracotta), 260, 1290, 0.84) + at(T.espresso(s, chalk), 262, 1168, 0.56) + at(L.candle(s, '#dcb765', { h: 190, r: 80 }), 890, 1340, 1), { width: 1200, height: 1500, floor: null, dim: 0.1 });
}
/** A deep window over the lagoon at low water, with a sill to put things on. */
function story(s, w, h) {
  const cx = 860, sill = 800, r = 400, arch = `M${cx - r} ${sill}V${sill - 300}A${r} ${r} 0 0 1 ${cx + r} ${sill - 300}V${sill}Z`;
  const sky = s.linear([[0, '#dfe3dc'], [0.5, '#f3e3cc'], [0.78, '#f2cfae'], [1, '#e9b991']], [0, 100, 0, 560], true);
  const sea = s.linear([[0, '#9fb7ac'], [0.25, '#5d8c85'], [1, '#215e59']], [0, 556, 0, 810], true);
  let water = fill(`M0 556H${w}V820H0Z`, sea);
  for (let i = 0; i < 90; i++) { const t = s.random(), y = 562 + t * t * 240, len = 20 + t * 130, x = cx - r + s.random() * 2 * r; water += stroke(`M${n(x)} ${n(y)}q${n(len / 2)} ${n(2 + t * 5)} ${n(len)} 0`, s.random() > 0.5 ? '#f3d9b8' : '#16504c', 1 + t * 3, `opacity="${n(0.18 + s.random() * 0.2)}"`); }
  const sun = dot(cx + 150, 500, 46, 46, '#fff3dc') + dot(cx + 150, 500, 190, 190, s.radial([[0, '#fff0d2', 0.8], [1, '#fff0d2', 0]])) + Array.from({ length: 12 }, (_, i) => stroke(`M${n(cx + 150 - 46 + i * 2)} ${562 + i * 17}h${n(92 - i * 3 + (i % 2) * 18)}`, '#ffeccb', 4, 'opacity=".6"')).join('');
  const islands = fill(`M0 556V546Q460 534 640 540L660 520V470L672 456L684 470V522L760 544Q900 536 1000 548L1240 540V556Z`, '#7f9690', 'opacity=".8"');
  const post = (x, y, len, wid) => stroke(`M${x} ${y}L${x + 4} ${y - len}`, '#3d342a', wid) + stroke(`M${n(x - wid * 0.25)} ${y}L${n(x + 4 - wid * 0.25)} ${y - len}`, '#8a745a', wid * 0.3) + stroke(`M${x - 20} ${y + 4}h44`, '#16504c', 4, 'opacity=".5"');
  const bricole = post(620, 660, 210, 20) + post(652, 668, 226, 20) + post(684, 660, 204, 20) + stroke('M612 520H696', '#2c261f', 8) + post(960, 600, 90, 9) + post(976, 603, 98, 9) + post(1060, 584, 52, 6) + post(1070, 586, 56, 6);
  const boat = at(fill('M-190 -6C-120 30 120 30 180 -8C196 -20 206 -56 214 -74C196 -64 176 -34 150 -24C60 0 -100 2 -150 -16C-176 -26 -190 -44 -204 -58C-204 -36 -202 -18 -190 -6Z', '#1d1a17') + stroke('M-150 -16C-100 2 60 0 150 -24', '#b4512f', 4) + fill('M-180 12C-100 44 110 44 180 14L150 34C80 54 -90 54 -150 34Z', '#123f3c', 'opacity=".5"'), 930, 676, 0.62);
  const view = fill(arch, sky) + s.clip(arch, sun + islands + water + bricole + boat);
  const wall = `M0 0V${h}H${w}V0Z${arch}`;
  const reveal = stroke(arch, '#c9bda8', 40) + stroke(`M${cx - r - 4} ${sill}V${sill - 300}A${r + 4} ${r + 4} 0 0 1 ${cx + 120} ${sill - 300 - r + 14}`, '#a89a82', 26, `opacity=".6" filter="${s.blur(6)}"`) + stroke(arch, '#f6f0e4', 5, 'opacity=".8"');
  const frame = stroke(`M${cx} ${sill}V${sill - 300 - r}M${cx - r} ${sill - 300}H${cx + r}`, '#3e3a33', 14) + stroke(`M${cx - 4} ${sill}V${sill - 300 - r}M${cx - r} ${sill - 304}H${cx + r}`, '#8b8474', 3);
  const ledge = `M${cx - r - 160} ${sill}H${cx + r + 160}L${cx + r + 210} ${sill + 120}H${cx - r - 210}Z`, front = `M${cx - r - 210} ${sill + 120}H${cx + r + 210}V${sill + 168}H${cx - r - 210}Z`;
  const stone = '#d6cdbd';
  return s.sheet(view + frame + fill(wall, s.linear([[0, '#eee6d9'], [0.6, '#e2d8c7'], [1, '#cdc1ad']], [0, 0, 1, 1]), '') + s.texture('stone', wall, 0.12) + reveal
    + `<g transform="translate(20 40)">${fill(front, '#3a2d1a', `opacity=".4" filter="${s.blur(18)}"`)}</g>` + fill(ledge, s.linear([[0, lit(stone, 0.78)], [1, lit(stone, 0.6)]], [0, 0, 0, 1])) + s.texture('stone', ledge, 0.5) + fill(front, s.linear([[0, lit(stone, 0.5)], [1, lit(stone, 0.34)]], [0, 0, 0, 1])) + s.texture('stone', front, 0.5)
    + at(V.vase(s, terracotta), cx - 430, sill + 56, 0.8) + at(K.jug(s, chalk), cx + 450, sill + 56, 0.82) + at(T.bowlStack(s, lagoon, { colours: [lagoon, sand, chalk] }), cx + 220, sill + 84, 0.66) + at(K.mug(s, slate), cx - 210, sill + 90, 0.5), { width: w, height: h, floor: null });
}

export const stills = [
  { stem: 'hero-table', width: 1600, height: 1100, draw: (s) => laid(s, 1600, 1100, 640, 740) },
  { stem: 'hero-table-tall', width: 1200, height: 1500, draw: (s) => tallTable(s) },
  { stem: 'hero-lamp', width: 1600, height: 1100, draw: (s) => evening(s, 1600, 1100, 680, 780) },
  { stem: 'hero-lamp-tall', width: 1200, height: 1500, draw: (s) => tallLamp(s) },
  { stem: 'story-lagoon', width: 1600, height: 1100, draw: (s) => story(s, 1600, 1100) },
];
/** The SVG of a still. */
export const renderStill = (still) => still.draw(new Stage({ k: 0.26, seed: still.stem.length * 97 }));
