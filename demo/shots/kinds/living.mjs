// Furniture, things on the wall, paper.
import { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from './tools.mjs';
import { lathe, curve, segments, oval, poly, limb, tube, raise, plank, project, box, rounded, emerging, pathThrough } from './tools.mjs';
import { sprig, bush } from './props.mjs';
import { cushion, slippers } from './textiles.mjs';
import { espresso } from './table.mjs';
import { apron } from './kitchen.mjs';

const MATT = [['cloud', 0.35], ['speck', 0.45], ['grain', 0.6]];
const rings = (s, p, c, from, to, step) => { let d = ''; for (let h = from; h < to; h += step) { const q = p.find(([, hh]) => hh >= h); if (q) d += `M${n(-q[0] * 0.98)} ${n(-h * s.cos)}A${n(q[0])} ${n(q[0] * s.k)} 0 0 0 ${n(q[0] * 0.98)} ${n(-h * s.cos)}`; } return stroke(d, lit(c, 0.1), 1.5, 'opacity=".16"'); };

export function stool(s, c) {
  const P = project(s, 32), H = 400;
  const legs = [[-1, -1], [1, -1], [-1, 1], [1, 1]].map(([x, z]) => ({ top: P(x * 74, z * 74, H - 10), foot: P(x * 128, z * 128, 0), mid: P(x * 108, z * 108, 150) }));
  const leg = (l) => limb(s, l.foot, l.top, 19, 27, WOODS.ash, { textures: [['woody', 0.7]], gloss: 0.2 });
  const rung = (a, b) => limb(s, a.mid, b.mid, 13, 13, lit(WOODS.ash, 0.42), { textures: [['woodx', 0.5]] });
  const seat = [...segments([[150, H - 8], [164, H + 2], [166, H + 20]], 3), ...curve([[168, H + 20], [172, H + 34], [160, H + 50], [120, H + 58], [2, H + 60]], 6)];
  return s.under(170, 0, 4) + legs.map((l) => dot(l.foot[0] + 8, l.foot[1] + 3, 24, 8, INK, `opacity=".4" filter="${s.blur(4)}"`)).join('') + leg(legs[0]) + leg(legs[1]) + rung(legs[0], legs[1]) + rung(legs[1], legs[3]) + rung(legs[0], legs[2]) + leg(legs[2]) + leg(legs[3]) + rung(legs[2], legs[3])
    + lathe(s, seat, c, { gloss: 0.3, textures: [['stone', 0.3], ['grain', 0.6]], bands: [[0, H + 20, WOODS.ash, 0.2]], ao: 0.05 }) + dot(-50, -(H + 56) * s.cos - 6, 86, 16, '#fff', `opacity=".2" filter="${s.blur(9)}"`) + stroke(oval(0, -(H + 44) * s.cos, 160, 160 * s.k), lit(c, 0.2), 1.6, 'stroke-dasharray="6 5" opacity=".5"');
}
const VASE = curve([[74, 0], [100, 10], [128, 70], [132, 130], [104, 226], [66, 300], [44, 366], [44, 430], [52, 452]]);
export function vase(s, c, o = {}) {
  return s.shadow(126, 420) + lathe(s, VASE, c, { open: 7, gloss: 0.28, textures: MATT, bands: [[0, 12, '#c9a67f', 0]] }) + rings(s, VASE, c, 60, 420, 13) + (o.bare ? '' : emerging(s, 45, 452, at(sprig(s, 270, 'olive', 3), 0, -410)));
}
export function amphora(s, c) {
  const y = (h) => -h * s.cos;
  const p = curve([[70, 0], [84, 8], [128, 130], [158, 270], [140, 380], [84, 450], [58, 500], [62, 560], [80, 578]]);
  const ear = (d) => tube(s, [[d * 60, y(540)], [d * 122, y(560)], [d * 158, y(500)], [d * 150, y(420)], [d * 132, y(392)]], 24, c);
  const branch = at(stroke('M0 0C10 -120 -40 -200 -10 -330M-6 -160C40 -220 50 -260 96 -300M-18 -230C-60 -270 -76 -300 -110 -320', '#6a5138', 7) + [[-10, -330], [96, -300], [-110, -320], [40, -226], [-30, -270], [70, -270], [-64, -280], [-16, -200], [4, -290], [-90, -296]].map(([x, yy], i) => [0, 72, 144, 216, 288].map((a) => `<ellipse cx="0" cy="-12" rx="8.5" ry="12" transform="translate(${x} ${yy}) rotate(${a + i * 17}) " fill="${['#f6e3dd', '#efd0c8', '#fbf0ea'][i % 3]}"/>`).join('') + dot(x, yy, 4.5, 4.5, '#c88a5a')).join(''), 0, y(560), 1);
  return s.shadow(140, 420) + ear(-1) + ear(1) + lathe(s, p, c, { open: 10, gloss: 0.06, textures: [['stone', 0.55], ['cloud', 0.4], ['grain', 0.7]] }) + rings(s, p, c, 100, 480, 17) + emerging(s, 70, 578, branch);
}
export function sidetable(s, c) {
  const H = 430, P = project(s, 20);
  const ang = [90, 210, 330].map((a) => (a * Math.PI) / 180);
  const legs = ang.map((a) => [P(Math.cos(a) * 150, Math.sin(a) * 150, 0), P(Math.cos(a) * 96, Math.sin(a) * 96, H)]).sort((a, b) => a[0][1] - b[0][1]);
  const top = segments([[190, H], [204, H + 8], [204, H + 26]], 3), y = -(H + 26) * s.cos;
  return s.under(185, 0, 4) + legs.map(([f]) => dot(f[0] + 8, f[1] + 3, 24, 8, INK, `opacity=".4" filter="${s.blur(4)}"`)).join('') + legs.map(([f, t]) => limb(s, f, t, 20, 30, c, { textures: [['woody', 0.7]] })).join('') + lathe(s, top, c, { gloss: 0.2, top: c, textures: [['woodx', 0.5], ['grain', 0.4]], ao: 0.1 }) + s.texture('woodx', oval(0, y, 204, 204 * s.k), 0.9) + stroke(oval(0, y, 202, 202 * s.k), lit(c, 0.9), 2.4, 'opacity=".5"');
}
export function sidetableTea(s, c) {
  const y = -456 * s.cos;
  return sidetable(s, c) + at(box(s, 150, 110, 26, '#c0674a', { yaw: 24, side: '#efe6d4', top: '#c0674a' }).svg, -70, y + 8, 0.95) + at(espresso(s, '#e9e1d2'), 84, y + 12, 0.62);
}
export function bench(s, c) {
  const b = (w, d, h, o) => box(s, w, d, h, c, { yaw: 18, soft: 2, textures: [['woodx', 0.7], ['grain', 0.4]], ...o });
  const leg = (x) => b(34, 128, 236, { x, z: 0 }).svg;
  const top = b(560, 150, 30, { lift: 236 });
  const tenon = (x) => { const q = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([i, j]) => project(s, 18)(x + i * 14, j * 34, 266)); return fill(poly(q), lit(c, 0.4)) + stroke(poly(q), lit(c, 0.16), 1.6, 'opacity=".7"'); };
  return `<g transform="translate(12 -8)">${fill(poly([top.corner(-1, 1, -236), top.corner(1, 1, -236), top.corner(1, -1, -236), top.corner(-1, -1, -236)]), '#3a2d1a', `opacity=".38" filter="${s.blur(16)}"`)}</g>` + leg(-190) + at(b(340, 20, 34, { x: 0, lift: 110 }).svg, 0, 0) + leg(190) + top.svg + tenon(-190) + tenon(190);
}
export function benchScene(s, c) {
  return bench(s, c) + at(cushion(s, '#c0674a', { cord: true }), -130, -252, 0.42) + at(slippers(s, '#2f6b66'), 60, 70, 0.36);
}
export function pouf(s, c) {
  const p = curve([[120, 0], [176, 14], [206, 90], [204, 150], [170, 220], [90, 250], [2, 254]]);
  let knit = '';
  for (let i = 0; i < p.length; i += 4) { const [r, h] = p[i]; if (r < 20) continue; for (let a = 6; a <= 174; a += 7.2) { const t = (a * Math.PI) / 180, x = r * Math.cos(t), y = -h * s.cos + r * s.k * Math.sin(t); const f = Math.max(0.25, Math.sin(t)); knit += `<path d="M${n(x - 11 * f)} ${n(y - 9)}q${n(11 * f)} 3 ${n(11 * f)} 13q0 -10 ${n(11 * f)} -13" fill="none" stroke="${lit(c, 0.5 + 0.3 * Math.cos(t) * -1)}" stroke-width="5" stroke-linecap="round" opacity=".5"/>`; } }
  return s.shadow(196, 220) + lathe(s, p, c, { gloss: 0.05, textures: [['wool', 0.9], ['grain', 0.4]], ao: 0.34 }) + knit + dot(0, -254 * s.cos, 20, 7, lit(c, 0.2));
}
export function clock(s, c) {
  const r = 208, cy = -330, dark = c === '#e9e1d2';
  const ink = dark ? '#2b2722' : '#f1e8d6';
  const marks = Array.from({ length: 60 }, (_, i) => { const big = i % 5 === 0; const a = i * 6; return `<rect x="${big ? -3 : -1}" y="${-r + 30}" width="${big ? 6 : 2}" height="${big ? 26 : 10}" rx="1" fill="${ink}" opacity="${big ? 0.9 : 0.45}" transform="translate(0 ${cy}) rotate(${a})"/>`; }).join('');
  const hand = (len, w, a) => `<g transform="translate(6 ${cy + 9}) rotate(${a})">${fill(rounded(-w / 2, -len, w, len + 34, w / 2), '#000', `opacity=".3" filter="${s.blur(3)}"`)}</g><g transform="translate(0 ${cy}) rotate(${a})">${fill(rounded(-w / 2, -len, w, len + 34, w / 2), s.linear([[0, lit(BRASS, 0.85)], [1, lit(BRASS, 0.35)]]))}</g>`;
  return s.wallShadow(oval(0, cy, r, r), 20, 26) + dot(0, cy, r, r, s.linear([[0, lit(WOODS.ash, 0.8)], [0.5, WOODS.ash], [1, lit(WOODS.ash, 0.2)]], [0.1, 0, 0.9, 1])) + s.texture('woodx', oval(0, cy, r, r), 0.8) + dot(0, cy, r - 13, r - 13, lit(c, 0.2)) + dot(1.5, cy + 2, r - 15, r - 15, s.linear([[0, lit(c, 0.44)], [0.5, lit(c, 0.54)], [1, lit(c, 0.6)]], [0, 0, 1, 1])) + s.texture('grain', oval(0, cy, r - 15, r - 15), 0.6)
    + fill(`M${-r + 15} ${cy}A${r - 15} ${r - 15} 0 0 1 0 ${cy - r + 15}A${r + 20} ${r + 20} 0 0 0 ${-r + 15} ${cy}Z`, INK, `opacity=".22" filter="${s.blur(8)}"`) + marks + hand(104, 11, 304) + hand(152, 8, 54) + dot(0, cy, 13, 13, s.round(BRASS, 1));
}
const ARCHED = (w, h) => `M${-w} 0V${-h}A${w} ${w} 0 0 1 ${w} ${-h}V0Q${w} 8 ${w - 8} 8H${-w + 8}Q${-w} 8 ${-w} 0Z`;
export function mirror(s, c) {
  const out = ARCHED(190, 410), inn = 'M-170 -12V-410A170 170 0 0 1 170 -410V-12Z';
  const reflection = fill(inn, s.linear([[0, '#e9ece8'], [0.5, '#cfd6d3'], [1, '#a9b2b0']], [0, 0, 1, 1])) + s.clip(inn, `<rect x="-200" y="-150" width="400" height="180" fill="${s.linear([[0, '#bdb6a6', 0], [0.3, '#b7ae9c', 0.75], [1, '#a79c87']], [0, 0, 0, 1])}"/>` + fill('M-220 -120L60 -640H150L-130 -120Z', '#fff', 'opacity=".3"') + fill('M-90 -80L190 -600H216L-64 -80Z', '#fff', 'opacity=".22"'));
  return s.wallShadow(out, 20, 22) + fill(out, s.linear([[0, lit(c, 0.78)], [0.35, c], [1, lit(c, 0.16)]], [0, 0, 1, 0.7])) + s.texture('woody', out, 0.8) + stroke(inn, lit(c, 0.06), 7, 'opacity=".7"') + reflection + stroke('M-168 -14V-410A168 168 0 0 1 168 -410', INK, 6, `opacity=".3" filter="${s.blur(4)}"`) + stroke(out, lit(c, 0.92), 2, 'opacity=".4"');
}
export function mirrorScene(s, c) {
  const shelf = 'M-290 60H290V84H-290Z';
  return at(mirror(s, c), 0, -80, 0.86) + `<g transform="translate(12 26)">${fill(shelf, '#3a2d1a', `opacity=".4" filter="${s.blur(11)}"`)}</g>` + fill('M-290 60L-266 34H266L290 60Z', lit(c, 0.66)) + s.texture('woodx', 'M-290 60L-266 34H266L290 60Z', 0.8) + plank(s, shelf, c, 'woodx', [0.5, 0.3]) + at(vase(s, '#c0674a'), -170, 48, 0.5) + at(box(s, 190, 120, 30, '#3f4f5c', { yaw: 16, side: '#efe6d4', top: '#3f4f5c' }).svg, 150, 44, 0.8);
}
function weave(s, p, c, rows, o = {}) {
  // Rows of willow: short rods passing over and under the stakes.
  const H = p.at(-1)[1];
  let out = '';
  for (let i = 0; i < rows; i++) {
    const h = ((i + 0.5) / rows) * H, q = p.find(([, hh]) => hh >= h), r = q[0], y = -h * s.cos, t = (H / rows) * s.cos * 0.96;
    for (let j = 0; j < 19; j++) {
      const a = Math.PI - ((j + (i % 2) * 0.5) / 18.5) * Math.PI, b = a - Math.PI / 19;
      if (b < -0.02) continue;
      const x1 = r * Math.cos(a), x2 = r * Math.cos(b), m = (x1 + x2) / 2 / r, y1 = y + r * s.k * Math.sin(a), y2 = y + r * s.k * Math.sin(b);
      const v = 0.3 + 0.34 * Math.exp(-(((m + 0.42) / 0.5) ** 2)) - 0.14 * Math.max(0, m) + (s.random() - 0.5) * 0.14;
      out += stroke(`M${n(x1)} ${n(y1)}Q${n((x1 + x2) / 2)} ${n((y1 + y2) / 2 + t * 0.5)} ${n(x2)} ${n(y2)}`, lit(c, v - 0.16), t * 1.02) + stroke(`M${n(x1 + 2)} ${n(y1 - t * 0.14)}Q${n((x1 + x2) / 2)} ${n((y1 + y2) / 2 + t * 0.3)} ${n(x2 - 2)} ${n(y2 - t * 0.14)}`, lit(c, v + 0.1), t * 0.5);
    }
  }
  return out;
}
const BASKET = curve([[128, 0], [150, 8], [172, 110], [184, 232]]);
export function basket(s, c, o = {}) {
  const y = -232 * s.cos, hide = '#8a5530';
  const grip = (d) => tube(s, [[d * 176, y + 12], [d * 204, y - 30], [d * 216, y - 62], [d * 190, y - 84], [d * 160, y - 58], [d * 150, y - 10]], 13, hide);
  let rim = '';
  for (let i = 0; i < 40; i++) { const a = (i / 40) * Math.PI * 2, x = 184 * Math.cos(a), yy = y + 184 * s.k * Math.sin(a); rim += at(dot(0, 0, 19, 8, lit(c, 0.4 + 0.2 * -Math.cos(a) + (s.random() - 0.5) * 0.1)) + stroke('M-14 -2Q0 -7 14 -3', lit(c, 0.74), 2, 'opacity=".5"'), x, yy, 1, 18 * Math.sin(a) * Math.sign(Math.cos(a)) + 14); }
  return s.shadow(160, 230) + lathe(s, BASKET, lit(c, 0.3), { open: 9, inside: lit(c, 0.34), gloss: 0, textures: [['woodx', 0.6]] }) + weave(s, BASKET, c, 13) + (o.inside ?? '') + rim + grip(-1) + grip(1);
}
export function basketThrow(s, c) {
  const y = -232 * s.cos, k = '#e9e1d2', w = '#3f4f5c';
  const d = `M-150 ${n(y + 4)}C-140 ${n(y - 90)} -60 ${n(y - 130)} 10 ${n(y - 110)}C90 ${n(y - 130)} 150 ${n(y - 70)} 152 ${n(y)}C120 ${n(y + 50)} 150 ${n(y + 110)} 132 ${n(y + 170)}C90 ${n(y + 160)} 60 ${n(y + 176)} 30 ${n(y + 160)}C20 ${n(y + 100)} 10 ${n(y + 60)} -30 ${n(y + 40)}C-90 ${n(y + 40)} -130 ${n(y + 30)} -150 ${n(y + 4)}Z`;
  const tail = Array.from({ length: 12 }, (_, i) => stroke(`M${34 + i * 8.5} ${n(y + 163)}q${n((s.random() - 0.5) * 6)} 16 0 34`, lit(w, 0.4 + s.random() * 0.3), 4)).join('');
  return basket(s, c) + `<g transform="translate(6 10)">${fill(d, INK, `opacity=".4" filter="${s.blur(8)}"`)}</g>` + tail + fill(d, s.linear([[0, lit(w, 0.62)], [0.5, lit(w, 0.5)], [1, lit(w, 0.3)]], [0, 0, 1, 0.6])) + s.clip(d, [0, 1, 2, 3].map((i) => stroke(`M${-130 + i * 70} ${n(y + 30)}C${-110 + i * 66} ${n(y - 40)} ${-60 + i * 40} ${n(y - 90)} ${-20 + i * 26} ${n(y - 130)}`, lit(w, 0.14), 12, `opacity=".45" filter="${s.blur(5)}"`)).join('') + stroke(`M90 ${n(y - 60)}C60 ${n(y + 20)} 100 ${n(y + 90)} 84 ${n(y + 170)}`, lit(w, 0.12), 14, `opacity=".5" filter="${s.blur(6)}"`) + `<path d="M0 ${n(y + 130)}H160" stroke="${k}" stroke-width="6" opacity=".7"/>`) + s.texture('wool', d, 0.9);
}
export function hamper(s, c, o = {}) {
  const p = curve([[136, 0], [148, 8], [158, 200], [162, 400]]), y = -400 * s.cos;
  const lid = raise(curve([[168, 0], [170, 14], [150, 28], [90, 44], [2, 48]]), 402);
  return s.shadow(156, 380) + lathe(s, p, lit(c, 0.34), { open: 8, inside: '#efe6d6', gloss: 0, textures: [['woodx', 0.5]] }) + weave(s, p, c, 21)
    + (o.open ? (o.inside ?? '') : lathe(s, lid, c, { gloss: 0.05, textures: [['linen', 0.9], ['woodx', 0.7]], ao: 0.1 }) + Array.from({ length: 5 }, (_, i) => stroke(oval(0, -(404 + i * 9) * s.cos - i * 2, 166 - i * 30, (166 - i * 30) * s.k), lit(c, 0.22), 3, 'opacity=".4"')).join('') + tube(s, [[-34, y - 44], [-26, y - 76], [0, y - 86], [26, y - 76], [34, y - 44]], 14, '#8a5530'));
}
export function hamperScene(s, c) {
  const y = -400 * s.cos, w = '#a3a786', k = s.k;
  const d = `M-60 ${n(y + 20)}C-70 ${n(y - 30)} 0 ${n(y - 46)} 50 ${n(y - 30)}C90 ${n(y - 18)} 96 ${n(y + 10)} 98 ${n(y + 190)}Q40 ${n(y + 206)} -44 ${n(y + 196)}Z`;
  return hamper(s, c, { open: true }) + `<g transform="translate(8 8)">${fill(d, INK, `opacity=".4" filter="${s.blur(7)}"`)}</g>` + fill(d, s.linear([[0, lit(w, 0.62)], [0.3, lit(w, 0.46)], [0.5, lit(w, 0.6)], [1, lit(w, 0.3)]])) + s.texture('wool', d, 0.8) + stroke(`M-52 ${n(y + 168)}Q30 ${n(y + 182)} 98 ${n(y + 164)}`, '#efe6d6', 7, 'opacity=".8"') + dot(0, 0, k, k, 'none')
    + at(lathe(s, curve([[168, 0], [170, 14], [150, 24], [2, 30]]), c, { gloss: 0.05, textures: [['linen', 0.9], ['woodx', 0.7]], ao: 0.1 }), 210, 50, 0.9);
}
const POT = [...curve([[92, 0], [100, 6], [128, 186]], 8), [140, 188], [142, 196], [142, 234]];
export function planter(s, c) {
  const y = -234 * s.cos;
  const saucer = curve([[118, 0], [132, 4], [140, 22]], 5);
  return s.shadow(140, 260) + lathe(s, saucer, c, { open: 8, gloss: 0.25, textures: MATT }) + at(lathe(s, POT, c, { open: 14, inside: '#3a2c20', gloss: 0.25, textures: MATT, floorH: 190, ao: 0.3 }), 0, -8) + dot(0, y - 2, 122, 122 * s.k, '#33271c') + emerging(s, 128, 240, at(bush(s, 1.05), 0, y + 8));
}
export function hooks(s, c, o = {}) {
  const rail = rounded(-300, -60, 600, 104, 10);
  const peg = (x) => `<g transform="translate(${x + 20} 26)">${fill(rounded(-12, -10, 24, 70, 12), '#3a2d1a', `opacity=".45" filter="${s.blur(7)}"`)}</g>` + limb(s, [x, -14], [x - 2, 22], 20, 17, BRASS, { gloss: 1 }) + dot(x - 3, 30, 23, 23, s.radial([[0, '#fff3c9'], [0.35, lit(BRASS, 0.62)], [0.75, lit(BRASS, 0.36)], [1, lit(BRASS, 0.12)]], [0.34, 0.3, 0.8]));
  return at(s.wallShadow(rail, 16, 20) + plank(s, rail, c, 'woodx', [0.68, 0.46]) + stroke('M-296 -58H296', lit(c, 0.92), 3, 'opacity=".5"') + stroke('M-296 43H296', lit(c, 0.08), 3, 'opacity=".5"') + [-270, 270].map((x) => dot(x, -8, 7, 7, lit(BRASS, 0.5)) + stroke(`M${x - 4} -11L${x + 4} -5`, lit(BRASS, 0.1), 2)).join('') + [-180, 0, 180].map(peg).join('') + (o.hang ?? ''), 0, -330);
}
export const hooksScene = (s, c) => at(hooks(s, c), 0, -190) + at(apron(s, '#2f6b66'), -182, -30, 0.62) + at(stroke('M-40 0C-40 -110 -20 -150 0 -160C20 -150 40 -110 40 0', '#c0674a', 13) + fill('M-84 -4H84L96 190Q0 204 -96 190Z', s.linear([[0, lit('#c0674a', 0.62)], [0.5, lit('#c0674a', 0.48)], [1, lit('#c0674a', 0.26)]])) + s.texture('linen', 'M-84 -4H84L96 190Q0 204 -96 190Z', 1), 178, -340, 1.15);

function coverMark(s, face, c, kind) {
  // `face` maps 0..1 coordinates of the cover to the sheet.
  const ink = '#f1e6cf', pt = (u, v) => face(u, v);
  const arc = (r) => pathThrough(Array.from({ length: 13 }, (_, i) => { const t = Math.PI * (1 - i / 12); return pt(0.5 + r * Math.cos(t), 0.56 - r * 0.72 * Math.sin(t)); }));
  const row = (v, a, b, w) => stroke(`M${pt(a, v).map(n).join(' ')}L${pt(b, v).map(n).join(' ')}`, ink, w, 'opacity=".9"');
  return kind === 'arch' ? stroke(arc(0.27), ink, 5) + stroke(arc(0.17), ink, 5) + row(0.56, 0.14, 0.86, 5) + row(0.61, 0.2, 0.8, 3) + row(0.78, 0.3, 0.7, 5) + row(0.84, 0.38, 0.62, 3.4) : row(0.24, 0.2, 0.62, 7) + row(0.32, 0.2, 0.76, 7) + row(0.4, 0.2, 0.5, 7) + row(0.84, 0.2, 0.46, 3.4) + stroke(arc(0.0), c, 0.1);
}
/** A book standing, slightly turned: cover to the left, pages at the right. */
export function book(s, c, o = {}) {
  const f = o.small ? 0.8 : 1, w = 300 * f, h = 400 * f, t = o.small ? 26 : 42;
  const b = box(s, w, t, h, c, { yaw: 30, side: c, top: '#efe6d4', soft: 2, textures: [['linen', 0.7], ['grain', 0.3]] });
  const P = project(s, 30), pages = poly([P(w / 2, t / 2 - 5, 8), P(w / 2, -t / 2 + 5, 8), P(w / 2, -t / 2 + 5, h - 6), P(w / 2, t / 2 - 5, h - 6)]);
  const lines = Array.from({ length: 9 }, (_, i) => { const z = -t / 2 + 7 + (i * (t - 14)) / 8; return stroke(`M${P(w / 2, z, 10).map(n).join(' ')}L${P(w / 2, z, h - 8).map(n).join(' ')}`, '#a8977a', 1, 'opacity=".5"'); }).join('');
  const hinge = [P(-w / 2 + 20, t / 2, 0), P(-w / 2 + 20, t / 2, h)];
  return s.shadow(150 * f, 260, 10, 4) + b.svg + fill(pages, s.linear([[0, '#efe5d0'], [1, '#cbbc9d']])) + lines + stroke(poly(hinge, false), lit(c, 0.12), 4, `opacity=".5" filter="${s.blur(1.5)}"`) + coverMark(s, (u, v) => P(-w / 2 + u * w, t / 2, h - v * h), c, o.small ? 'words' : 'arch');
}
export function bookOpen(s, c, o = {}) {
  const left = 'M0 -30C-60 -76 -180 -84 -300 -60L-330 150C-210 124 -70 130 0 170Z', right = 'M0 -30C60 -76 180 -84 300 -60L330 150C210 124 70 130 0 170Z';
  const cover = 'M-312 -50L-346 168C-200 150 -60 150 0 186C60 150 200 150 346 168L312 -50Z';
  const text = (side) => Array.from({ length: 10 }, (_, i) => { const v = i / 10, x0 = side * (50 + v * 3), x1 = side * (250 + v * 22 - (i === 9 ? 110 : 0)), y = -44 + v * 170; return o.plain ? (o.ruled ? stroke(`M${n(x0)} ${n(y + 14)}Q${n((x0 + x1) / 2)} ${n(y - 20)} ${n(x1)} ${n(y - 6)}`, '#9fb0b0', 1.2, 'opacity=".7"') : '') : stroke(`M${n(x0)} ${n(y + 14)}Q${n((x0 + x1) / 2)} ${n(y - 20)} ${n(x1)} ${n(y - 6)}`, '#5f5548', 3, 'opacity=".5"'); }).join('');
  const picture = o.plain ? '' : fill('M-276 -40C-190 -54 -100 -50 -46 -20L-54 92C-110 68 -200 66 -296 84Z', s.linear([[0, '#8fb0a8'], [0.55, '#d5cdb4'], [0.57, '#3f7872'], [1, '#1f4f4b']], [0, 0, 0, 1])) + fill('M-230 26Q-190 -24 -150 22Z', '#c0674a') + fill('M-214 28H-166V40H-214Z', '#0f3d3a', 'opacity=".6"');
  const ribbon = o.plain ? stroke('M6 -40C10 60 -10 150 16 230', '#c0674a', 9) : '';
  return at(`<g transform="translate(16 22)">${fill(cover, '#2a2117', `opacity=".45" filter="${s.blur(12)}"`)}</g>` + fill(cover, lit(c, 0.42)) + [6, 3, 0].map((k) => `<g transform="translate(0 ${k})">${fill(left, lit('#f4ecdc', 0.5 - k * 0.03))}${fill(right, lit('#f4ecdc', 0.5 - k * 0.03))}</g>`).join('') + fill(left, s.linear([[0, '#fdf9f0'], [0.8, '#efe5d2'], [1, '#c9bb9f']])) + fill(right, s.linear([[0, '#bdae92'], [0.14, '#efe5d2'], [0.6, '#faf4e8'], [1, '#e6dac3']])) + (o.plain ? text(-1) : picture) + text(1) + s.texture('grain', left + right, 0.5) + ribbon, 0, -150, 1.05, -6);
}
export function bookPile(s, c) {
  const colours = ['#3f4f5c', '#d9b48a', '#2f6b66', c];
  let out = s.shadow(190, 160, 0, 6), lift = 0;
  colours.forEach((cc, i) => { const yaw = [22, 30, 16, 34][i], w = 330 - i * 24, d = 240 - i * 20, h = [44, 34, 50, 28][i]; const b = box(s, w, d, h, '#efe4cf', { yaw, lift, side: '#e6d9c0', top: cc, soft: 2, textures: [['linen', 0.5]] }); const P = project(s, yaw); const face = (z, hh) => poly([P(-w / 2 - 4, d / 2 + 3, lift + z), P(w / 2, d / 2 + 3, lift + z), P(w / 2, d / 2 + 3, lift + hh), P(-w / 2 - 4, d / 2 + 3, lift + hh)]); out += b.svg + fill(face(0, h), s.linear([[0, lit(cc, 0.56)], [1, lit(cc, 0.36)]])) + s.texture('linen', face(0, h), 0.6) + stroke(poly([P(-w / 4, d / 2 + 4, lift + h / 2), P(w / 5, d / 2 + 4, lift + h / 2)], false), '#f1e6cf', 4, 'opacity=".8"'); lift += h + 2; });
  return out;
}
export function notebook(s, c) {
  const w = 290, d = 400, h = 34, yaw = 24, P = project(s, yaw);
  const b = box(s, w, d, h, '#efe5d2', { yaw, side: '#e9ddc6', top: c, soft: 2, textures: [['grain', 0.4]] });
  const lid = (lift, grow) => poly([P(-w / 2 - grow, d / 2 + grow, lift), P(w / 2 + grow, d / 2 + grow, lift), P(w / 2 + grow, -d / 2 - grow, lift), P(-w / 2 - grow, -d / 2 - grow, lift)]);
  const band = poly([P(w / 2 - 60, d / 2 + 5, h + 4), P(w / 2 - 44, d / 2 + 5, h + 4), P(w / 2 - 44, -d / 2 - 5, h + 4), P(w / 2 - 60, -d / 2 - 5, h + 4)]);
  const tag = poly([[-0.62, 0.2], [0.1, 0.2], [0.1, -0.3], [-0.62, -0.3]].map(([u, v]) => P((u * w) / 2, (v * d) / 2, h + 4.5)));
  const rib = [P(-20, d / 2 + 2, h), P(-24, d / 2 + 50, 2), P(-10, d / 2 + 80, 0)];
  return `<g transform="translate(20 16)">${fill(lid(0, 6), '#2a2117', `opacity=".5" filter="${s.blur(13)}"`)}</g>` + fill(lid(0, 5), lit(c, 0.24)) + b.svg + fill(lid(h + 4, 5), s.linear([[0, lit(c, 0.7)], [1, lit(c, 0.4)]], [0, 0, 1, 1]), `stroke="${lit(c, 0.3)}" stroke-width="3" stroke-linejoin="round"`) + s.texture('linen', lid(h + 4, 5), 0.9) + fill(band, lit(c, 0.2)) + fill(tag, '#f2e9d8') + stroke(poly([P(-w * 0.24, -d * 0.02, h + 5), P(w * -0.02, -d * 0.02, h + 5)], false), INK, 3, 'opacity=".6"') + stroke(poly([P(-w * 0.24, d * 0.04, h + 5), P(w * -0.08, d * 0.04, h + 5)], false), INK, 2.4, 'opacity=".4"') + stroke(pathThrough(rib), '#c0674a', 9);
}
export function print(s, c) {
  const outer = 'M-210 -560H210V0H-210Z', mat = 'M-192 -542H192V-18H-192Z', sheet = 'M-150 -500H150V-70H-150Z';
  let lines = '';
  for (let i = 0; i < 40; i++) { const y = -470 + i * 9.4; let d = `M-126 ${n(y)}`; for (let x = -120; x <= 126; x += 6) d += `L${x} ${n(y - 8 * Math.sin(x * 0.05 + i * 0.22) - 5 * Math.sin(x * 0.11 + i * 0.5) - (i > 30 ? 18 * Math.exp(-(((x - 40) / 30) ** 2)) * Math.exp(-(((i - 34) / 3) ** 2)) : 0))}`; lines += `<path d="${d}" fill="none" stroke="${c}" stroke-width="${n(1.4 + (i % 7 === 0 ? 1.2 : 0))}" opacity=".85"/>`; }
  return at(s.wallShadow(outer, 18, 24) + fill(outer, s.linear([[0, lit(WOODS.ash, 0.76)], [1, lit(WOODS.ash, 0.3)]], [0, 0, 1, 1])) + s.texture('woody', outer, 0.7) + fill(mat, '#e5dccb') + fill(mat, s.linear([[0, INK, 0.2], [0.04, INK, 0], [1, INK, 0]], [0, 0, 0.6, 1])) + fill(mat, '#faf5ea', 'transform="translate(2 3)" opacity=".92"') + fill(sheet, '#f6efe0') + stroke(sheet, '#cdbfa5', 1.2) + lines + stroke('M-126 -84H-40M70 -84H126', INK, 2.4, 'opacity=".55"') + fill('M-192 -542H60L-192 -120Z', '#fff', 'opacity=".14"'), 0, -20);
}
export function bookends(s, c) {
  const half = (flip) => {
    const d = 'M0 0V-250C-100 -240 -180 -160 -190 0H-124C-120 -84 -80 -142 0 -160Z';
    const D = (dx, dy) => `<g transform="translate(${dx} ${dy})">`;
    return `<g transform="scale(${flip} 1)">${D(flip * 18, -14)}${fill('M0 0V-250C-100 -240 -180 -160 -190 0H-124C-120 -84 -80 -142 0 -160Z', lit(c, flip > 0 ? 0.24 : 0.3))}</g>${fill(d, s.linear([[0, lit(c, 0.68)], [1, lit(c, 0.4)]], flip > 0 ? [0, 0, 1, 1] : [1, 0, 0, 1]))}${s.texture('stone', d, 0.8)}${s.texture('grain', d, 0.6)}${[0.2, 0.4, 0.6, 0.8].map((t) => { const a = (Math.PI / 2) * t + 0.02; return stroke(`M${n(-128 * Math.sin(a))} ${n(-160 * Math.cos(a) + 2)}L${n(-190 * Math.sin(a))} ${n(-250 * Math.cos(a))}`, lit(c, 0.16), 2, 'opacity=".4"'); }).join('')}</g>`;
  };
  const spines = [['#2f6b66', 40, 250], ['#e9e1d2', 30, 226], ['#3f4f5c', 46, 262], ['#d9b48a', 26, 236], ['#8a9668', 36, 250], ['#efe6d4', 28, 220]];
  let x = -103, books = '';
  for (const [cc, w, h] of spines) { const d = rounded(x, -h, w, h, 3); books += fill(d, s.round(cc, 0.05)) + s.texture('linen', d, 0.7) + stroke(`M${x + 8} ${-h + 40}H${x + w - 8}M${x + 8} ${-h + 52}H${x + w - 8}`, lit(cc, cc > '#d' ? 0.2 : 0.9), 2.4, 'opacity=".5"') + fill(`M${x + 2} ${-h}l6 -12H${x + w + 4}l-4 12Z`, '#efe5d0'); x += w + 1; }
  return s.under(280, 0, -6) + dot(10, -2, 290, 12, INK, `opacity=".35" filter="${s.blur(6)}"`) + books + at(half(1), -106, 0) + at(half(-1), 108, 0);
}
