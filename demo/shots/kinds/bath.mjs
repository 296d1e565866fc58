// Soap, towels, brushes.
import { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from './tools.mjs';
import { lathe, glass, curve, segments, oval, poly, limb, pile, project, raise, silhouette } from './tools.mjs';
import { drape } from './kitchen.mjs';
import { waffle } from './textiles.mjs';

function label(s, r, h0, h1, c, wide = 0.82, mark = '#0f5b57') {
  const y = (h) => -h * s.cos, x = r * wide, sag = r * s.k * Math.sqrt(1 - wide * wide), front = r * s.k;
  const d = `M${n(-x)} ${n(y(h1) + sag)}Q0 ${n(y(h1) + front * 1.35)} ${n(x)} ${n(y(h1) + sag)}V${n(y(h0) + sag)}Q0 ${n(y(h0) + front * 1.35)} ${n(-x)} ${n(y(h0) + sag)}Z`;
  const row = (f, w, t, o) => { const yy = y(h0 + (h1 - h0) * f) + front; return stroke(`M${n(-x * w)} ${n(yy - 2)}Q0 ${n(yy + 4)} ${n(x * w)} ${n(yy - 2)}`, INK, t, `opacity="${o}"`); };
  return fill(d, s.linear([[0, '#ece4d5'], [0.25, '#fbf7ee'], [0.6, '#f3ecdf'], [1, '#c5baa7']])) + s.texture('grain', d, 0.4) + dot(0, y(h0 + (h1 - h0) * 0.8) + front, 7, 7, mark) + row(0.58, 0.56, 5, 0.75) + row(0.42, 0.4, 3, 0.45) + row(0.3, 0.3, 3, 0.45);
}
const BOTTLE = curve([[82, 0], [94, 6], [100, 30], [100, 214], [92, 258], [58, 304], [42, 330], [40, 392]], 8);
const soft = { gloss: 0.55, textures: [['grain', 0.4]] };
export function bottle(s, c) {
  const cork = segments([[43, 390], [45, 442]], 4);
  return s.shadow(98, 420) + lathe(s, BOTTLE, c, { ...soft, top: c }) + lathe(s, cork, WOODS.ash, { gloss: 0.2, top: WOODS.ash, textures: [['woodx', 0.8]], ao: 0.1 }) + label(s, 100, 66, 206);
}
export function pump(s, c) {
  const y = (h) => -h * s.cos;
  const body = curve([[86, 0], [96, 6], [98, 30], [98, 262], [86, 292], [44, 306], [38, 312]], 8);
  const black = '#2c2b29';
  return s.shadow(98, 400) + lathe(s, body, c, { ...soft, top: c }) + lathe(s, segments([[42, 310], [42, 348]], 4), black, { gloss: 0.5, top: black, ao: 0.1 }) + lathe(s, segments([[11, 348], [11, 392]], 4), '#a9a9a5', { gloss: 0.9 }) + lathe(s, curve([[26, 390], [28, 396], [26, 414]], 4), black, { gloss: 0.5, top: '#3a3936', ao: 0.1 }) + limb(s, [-18, y(402)], [-96, y(398)], 18, 12, black, { gloss: 0.5 }) + limb(s, [-94, y(398)], [-98, y(382)], 11, 10, black) + label(s, 98, 80, 228, null, 0.8, lit(c, 0.3));
}
export function jar(s, c, o = {}) {
  const body = curve([[94, 0], [106, 6], [110, 24], [110, 106], [100, 116]], 6);
  const lid = raise(segments([[107, 0], [108, 46]], 6), 116);
  const y = (h) => -h * s.cos;
  const ridges = Array.from({ length: 46 }, (_, i) => { const t = Math.PI * ((i + 0.5) / 46), x = 108 * Math.cos(t), yy = 108 * s.k * Math.sin(t); return stroke(`M${n(x)} ${n(y(122) + yy)}V${n(y(156) + yy)}`, '#55514a', 1.4, 'opacity=".35"'); }).join('');
  if (o.open) return s.shadow(108, 120) + lathe(s, [...body, [98, 120]], c, { gloss: 0.7, open: 9, inside: '#f0e2c2', liquid: [0.86, '#f3e7cd'] }) + stroke(`M-40 ${n(y(104))}q20 -14 44 -4q20 10 40 0`, '#d8c8a4', 6, `opacity=".7" filter="${s.blur(2)}"`) + at(lathe(s, segments([[108, 0], [109, 44]], 6), '#c9c5bc', { gloss: 0.9, top: '#d6d2c9', textures: [['grain', 0.4]] }), 170, 70);
  return s.shadow(108, 150) + lathe(s, body, c, { gloss: 0.8, textures: [] }) + lathe(s, lid, '#c4c0b7', { gloss: 0.9, top: '#cfcbc2', textures: [['grain', 0.4]], ao: 0.1 }) + ridges + stroke(oval(0, y(162), 92, 92 * s.k), '#fff', 2, 'opacity=".5"') + label(s, 110, 22, 94, null, 0.86, '#b4512f');
}
function bar(s, c, w = 300, d = 190, h = 84) {
  const rx = w / 2, ry = (d * s.k) / 2 + 8, hh = h * s.cos, q = 0.62;
  const top = `M${-rx} ${-hh}C${-rx} ${n(-hh - ry * 1.3)} ${-rx * q} ${n(-hh - ry * 1.5)} 0 ${n(-hh - ry * 1.5)}S${rx} ${n(-hh - ry * 1.3)} ${rx} ${-hh}S${rx * q} ${n(-hh + ry * 1.5)} 0 ${n(-hh + ry * 1.5)}S${-rx} ${n(-hh + ry * 1.3)} ${-rx} ${-hh}Z`;
  const side = `M${-rx} ${-hh}C${n(-rx - 6)} ${n(-hh * 0.4)} ${n(-rx + 2)} ${n(ry * 0.2)} ${n(-rx * q)} ${n(ry * 1.1)}Q0 ${n(ry * 1.7)} ${n(rx * q)} ${n(ry * 1.1)}C${n(rx - 2)} ${n(ry * 0.2)} ${n(rx + 6)} ${n(-hh * 0.4)} ${rx} ${-hh}Z`;
  return fill(side, s.round(c, 0.15)) + fill(side, s.linear([[0, '#fff', 0], [1, INK, 0.26]], [0, 0, 0, 1])) + s.texture('stone', side, 0.16) + fill(top, s.radial([[0, lit(c, 0.8)], [0.6, lit(c, 0.62)], [1, lit(c, 0.5)]], [0.36, 0.34, 0.8])) + s.texture('stone', top, 0.18) + stroke(top, lit(c, 0.86), 3, 'opacity=".4"')
    + `<g transform="translate(0 ${n(-hh - 2)}) scale(1 ${n(s.k * 1.5)})">${stroke('M-52 26A52 60 0 0 1 52 26M-30 26A30 36 0 0 1 30 26M-78 26H78', lit(c, 0.24), 6, 'opacity=".6"')}<g transform="translate(0 5)">${stroke('M-52 26A52 60 0 0 1 52 26M-30 26A30 36 0 0 1 30 26M-78 26H78', lit(c, 0.95), 3, 'opacity=".55"')}</g></g>`;
}
export const soap = (s, c) => s.shadow(150, 90) + bar(s, c);
export const soapStack = (s, c, o) => s.shadow(150, 240) + o.colours.slice(0, 4).map((cc, i) => at(bar(s, cc), [0, 10, -8, 6][i], -i * 86 * s.cos, 1 - i * 0.02)).join('');
export function soapdish(s, c, o = {}) {
  const p = curve([[120, 0], [130, 6], [168, 22], [176, 44]]);
  const ribs = Array.from({ length: 9 }, (_, i) => stroke(`M${-128 + i * 32} ${n(-20 - 84 * s.k)}V${n(-14 + 90 * s.k)}`, lit(c, 0.78), 8, 'opacity=".5"')).join('');
  return s.shadow(150, 60) + lathe(s, p, c, { open: 9, inside: c, gloss: 0.6, textures: [['grain', 0.4]], floorH: 10 }) + s.clip(oval(0, -20, 150, 150 * s.k), ribs) + (o.bare ? '' : dot(8, -22, 108, 34, INK, `opacity=".35" filter="${s.blur(6)}"`) + at(bar(s, '#c6bd8e', 220, 140, 64), 0, -34));
}
const WOOL = [['wool', 0.4], ['grain', 0.4]];
const wafflePaint = (s, c) => (dx, ww, y, d) => waffle(s, `M${n(dx - ww)} ${n(y - d)}h${n(2 * ww)}v${n(d)}h${n(-2 * ww)}Z`, c, 13);
export const towel = (s, c) => pile(s, 380, 320, 4, 40, c, { textures: WOOL, wobble: 12, paint: wafflePaint(s, c) }).svg;
export function towelStack(s, c, o) {
  const all = o.colours;
  return pile(s, 390, 330, 8, 40, all[0], { textures: WOOL, wobble: 16, edge: (i) => all[(3 - (i >> 1) + all.length * 4) % all.length], paint: wafflePaint(s, all[0]) }).svg;
}
export const towelHang = (s, c) => drape(s, c, { w: 300, h: 560, textures: WOOL, count: 1.6, rail: BRASS, paint: (x, top, w, h) => waffle(s, `M${x - 20} ${top - 40}h${w + 40}v${h - 60}h${-w - 40}Z`, c, 15) });
/** A looped mat on the floor, its near corner turned over. */
export function bathmat(s, c) {
  const w = 470, d = 330, P = project(s, 24);
  const quad = (x, z, h) => poly([P(-x, z, h), P(x, z, h), P(x, -z, h), P(-x, -z, h)]);
  const rand = s.random;
  let loops = '';
  for (let z = -d / 2 + 30; z < d / 2 - 26; z += 11.5) for (let x = -w / 2 + 30; x < w / 2 - 26; x += 11.5) {
    const [px, py] = P(x + (rand() - 0.5) * 6, z + (rand() - 0.5) * 6, 20 + rand() * 5), groove = Math.abs(((z + d) % 56) - 28) < 7;
    loops += dot(px, py, 7.4, 6.2, lit(c, (groove ? 0.22 : 0.42) + rand() * 0.22)) + dot(px - 1.6, py - 2, 3.6, 2.6, lit(c, 0.8), 'opacity=".35"');
  }
  const tassels = Array.from({ length: 30 }, (_, i) => { const z = -d / 2 + 6 + (i * (d - 12)) / 29; return [-1, 1].map((q) => { const [a, b] = [P(q * w * 0.5, z, 6), P(q * (w / 2 + 30), z + (rand() - 0.5) * 8, 0)]; return stroke(`M${a.map(n).join(' ')}L${b.map(n).join(' ')}`, lit(c, 0.34 + rand() * 0.3), 5); }).join(''); }).join('');
  return `<g transform="translate(14 14)">${fill(quad(w / 2 + 6, d / 2 + 6, 0), '#2a2117', `opacity=".5" filter="${s.blur(11)}"`)}</g>` + tassels + fill(quad(w / 2, d / 2, 0), lit(c, 0.12)) + fill(poly([P(-w / 2, d / 2, 0), P(w / 2, d / 2, 0), P(w / 2, d / 2, 18), P(-w / 2, d / 2, 18)]), lit(c, 0.34)) + fill(poly([P(w / 2, d / 2, 0), P(w / 2, -d / 2, 0), P(w / 2, -d / 2, 18), P(w / 2, d / 2, 18)]), lit(c, 0.18))
    + fill(quad(w / 2, d / 2, 18), s.linear([[0, lit(c, 0.68)], [1, lit(c, 0.44)]], [0, 0, 1, 1])) + s.texture('linen', quad(w / 2, d / 2, 18), 0.9) + fill(quad(w / 2 - 24, d / 2 - 24, 19), lit(c, 0.2)) + loops + fill(quad(w / 2, d / 2, 20), s.linear([[0, '#fff', 0.14], [0.5, '#fff', 0], [1, INK, 0.22]], [0, 0, 1, 1]));
}
export const bathmatFold = (s, c) => pile(s, 400, 300, 3, 58, c, { textures: [['wool', 1], ['stone', 0.3]], wobble: 10 }).svg;
function bristles(s, w, len, c = '#dcc79a') {
  let out = '';
  for (let i = 0; i < w / 3.4; i++) { const x = -w / 2 + i * 3.4, l = len * (0.92 + s.random() * 0.12), sp = (x / w) * 14; out += stroke(`M${n(x)} 0L${n(x + sp)} ${n(l)}`, lit(c, 0.26 + s.random() * 0.42 - Math.max(0, x / w) * 0.2), 2.8); }
  return out;
}
export function bathbrush(s, c, o = {}) {
  const wood = WOODS.beech;
  const headTop = 'M0 -70C62 -70 78 -10 78 70C78 140 50 190 0 190C-50 190 -78 140 -78 70C-78 -10 -62 -70 0 -70Z';
  // Standing against the wall, bristles away from us at the top of a long handle, face turned to the left.
  const body = `<g transform="translate(18 16)">${fill(headTop + 'M-14 180L-22 560Q0 584 22 560L14 180Z', '#3a2d1a', `opacity=".4" filter="${s.blur(11)}"`)}</g>`;
  const tufts = []; for (let r = 0; r < 9; r++) for (let q = -3; q <= 3; q++) { const y = -40 + r * 26, x = q * 19 + (r % 2) * 9; if ((x / 64) ** 2 + ((y - 62) / 112) ** 2 < 1) tufts.push([x, y]); }
  const tuft = tufts.map(([x, y]) => Array.from({ length: 9 }, (_, i) => { const a = i * 0.7 + x; return stroke(`M${x} ${y}l${n(Math.cos(a) * 7 - 3)} ${n(Math.sin(a) * 7 - 5)}`, lit('#dcc79a', 0.34 + s.random() * 0.5), 2.6); }).join('') ).join('');
  return at(body + limb(s, [0, 170], [0, 560], 28, 40, wood, { textures: [['woody', 0.7]], gloss: 0.25 }) + dot(0, 548, 8, 8, '#5b452c') + stroke('M0 552C-14 590 -10 622 0 640C10 622 14 590 0 552', '#a9633a', 5) + fill(headTop, s.linear([[0, lit(wood, 0.72)], [0.4, wood], [1, lit(wood, 0.2)]], [0, 0, 1, 0.3])) + s.texture('woody', headTop, 0.7) + tufts.map(([x, y]) => dot(x, y + 2, 9, 9, '#6e5533', 'opacity=".5"')).join('') + tuft, 0, -560, 1, o.turn ?? 14);
}
export function nailbrush(s, c) {
  const y = -118, w = 290;
  const block = `M${-w / 2} ${y}Q${-w / 2} ${y - 46} ${-w / 2 + 46} ${y - 50}H${w / 2 - 46}Q${w / 2} ${y - 46} ${w / 2} ${y}Q${w / 2 - 4} ${y + 26} ${w / 2 - 30} ${y + 28}H${-w / 2 + 30}Q${-w / 2 + 4} ${y + 26} ${-w / 2} ${y}Z`;
  const tops = [-1, 0, 1].map((r) => at(bristlesUp(s, 190 - Math.abs(r) * 8, 44), 4 + r * 5, y - 50 + r * 4)).join('');
  return s.shadow(146, 120, 0, -8) + [-10, 0, 10].map((dy, i) => at(bristles(s, 250, 96, i === 2 ? '#e3cfa2' : '#c9b383'), 0, y + 20 + dy)).join('') + tops + fill(block, s.linear([[0, lit(c, 0.82)], [0.35, lit(c, 0.56)], [1, lit(c, 0.16)]], [0, 0, 0, 1])) + s.texture('woodx', block, 0.9) + fill(block, s.linear([[0, '#fff', 0.1], [0.5, '#fff', 0], [1, INK, 0.3]])) + stroke(`M${-w / 2 + 20} ${y - 8}H${w / 2 - 20}`, lit(c, 0.14), 5, 'opacity=".4"');
}
const bristlesUp = (s, w, len) => `<g transform="scale(1 -1)">${bristles(s, w, len)}</g>`;
export function saltjar(s, c) {
  const y = (h) => -h * s.cos, p = curve([[96, 0], [108, 7], [112, 40], [112, 220], [98, 252], [90, 268], [92, 292]], 8);
  const salt = p.filter(([, h]) => h >= 12 && h < 196).map(([r, h]) => [r * 0.94, h]);
  const tint = mix('#f6f1e8', c, 0.4), sil = silhouette(s, salt);
  const spoon = at(limb(s, [0, 0], [0, -190], 12, 11, WOODS.beech) + fill(oval(0, -214, 22, 32), s.round(WOODS.beech, 0.2)) + s.texture('woody', oval(0, -214, 22, 32), 0.7), 122, y(40) + 40, 1, 8);
  return s.shadow(112, 300) + lathe(s, salt, tint, { gloss: 0, top: lit(tint, 0.7), textures: [['stone', 0.6], ['grain', 0.9]], ao: 0.15 }) + s.texture('speck', sil, 0.35) + glass(s, p, '#dfe8e4', { base: 12, alpha: 0.7 }) + lathe(s, segments([[86, 284], [98, 336]], 5), '#c69c68', { gloss: 0, top: '#c69c68', textures: [['stone', 0.9], ['cloud', 0.5]], ao: 0.1 }) + label(s, 112, 66, 178, null, 0.74, lit(c, 0.3)) + `<g transform="translate(10 8)" opacity=".35">${fill(oval(128, y(40) - 60, 12, 100), '#2a2117', `filter="${s.blur(6)}"`)}</g>` + spoon + stroke(`M-100 ${n(y(246))}Q0 ${n(y(246) + 44)} 108 ${n(y(246) + 6)}`, '#a9633a', 3);
}
export function sponge(s, c) {
  const pts = Array.from({ length: 20 }, (_, i) => { const a = (i / 20) * Math.PI * 2, r = 172 * (0.94 + s.random() * 0.1), y = -128 + Math.sin(a) * r * 0.8; return [Math.cos(a) * r * 1.12, Math.min(y, -6 + (s.random() - 0.5) * 6)]; });
  const d = `M${pts.map((p, i) => { const q = pts[(i + 1) % pts.length]; return `${i ? '' : `${n((p[0] + pts.at(-1)[0]) / 2)} ${n((p[1] + pts.at(-1)[1]) / 2)}`}Q${n(p[0])} ${n(p[1])} ${n((p[0] + q[0]) / 2)} ${n((p[1] + q[1]) / 2)}`; }).join('')}Z`;
  let holes = '';
  const taken = [];
  for (let i = 0; i < 1500 && taken.length < 330; i++) {
    const a = s.random() * Math.PI * 2, q = Math.sqrt(s.random()), x = Math.cos(a) * q * 190, y = -128 + Math.sin(a) * q * 140, r = (i < 60 ? 9 + s.random() * 7 : 3 + s.random() * 4.5) * (1.1 - q * 0.45);
    if (taken.some(([X, Y, R]) => Math.hypot(X - x, Y - y) < R + r + 3)) continue;
    taken.push([x, y, r]);
    holes += dot(x, y, r * 1.12, r * 1.02, lit(c, 0.76), 'opacity=".7"') + dot(x - r * 0.06, y - r * 0.12, r, r * 0.86, s.linear([[0, lit(c, 0.02)], [1, lit(c, 0.26)]], [0, 0, 0.6, 1]), 'opacity=".92"');
  }
  return s.shadow(165, 180, 0, -12) + fill(d, s.radial([[0, lit(c, 0.7)], [0.5, c], [1, lit(c, 0.16)]], [0.34, 0.3, 0.8])) + s.clip(d, holes) + s.texture('wool', d, 0.5) + fill(d, s.radial([[0, '#fff', 0.24], [0.5, '#fff', 0], [1, INK, 0.34]], [0.34, 0.28, 0.8]));
}
export const spongeScene = (s, c) => at(pile(s, 420, 340, 3, 46, '#a3a786', { textures: WOOL, wobble: 12, paint: wafflePaint(s, '#a3a786') }).svg, 0, 0) + at(sponge(s, c), -70, -150, 0.72) + at(s.shadow(100, 60) + bar(s, '#eee9df', 200, 130, 60), 150, -128, 0.8);
