// Table things: bowls, plates, glasses and what stands between them.
import { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from './tools.mjs';
import { lathe, glass, caustic, curve, segments, oval, limb, tube, pile, raise, scaled, rounded, emerging } from './tools.mjs';
import { lemon, olive, cake } from './props.mjs';

const GLAZE = [['cloud', 0.4], ['speck', 0.5], ['grain', 0.45]];
const inner = (c) => mix(c, '#efe6d8', 0.22);

const BOWL = curve([[80, 0], [84, 14], [78, 20], [128, 44], [182, 116], [208, 214]]);
export function bowl(s, c, o = {}) {
  const f = o.small ? 0.72 : 1, p = scaled(BOWL, f);
  return s.shadow(150 * f, 200 * f) + lathe(s, p, c, { open: 9 * f, inside: inner(c), textures: GLAZE, gloss: 0.5, bands: [[0, 18 * f, '#c9a67f', 0]] }) + (o.filling ?? '');
}
export function bowlLemons(s, c) {
  const y = -150 * s.cos;
  return bowl(s, c) + emerging(s, 199, 214, lemon(s, 10, y - 66, 0.92, 80, '#ecc95a') + lemon(s, -64, y - 10, 0.95, -12) + lemon(s, 58, y + 8, 0.95, 26, '#e3b53c'));
}
export function bowlStack(s, c, o) {
  const all = o.colours;
  let out = s.shadow(120, 260);
  for (let i = 0; i < Math.min(4, all.length); i++) {
    const one = lathe(s, raise(scaled(BOWL, 0.72), i * 46), all[i], { open: 7, inside: inner(all[i]), textures: GLAZE, gloss: 0.5 });
    // The wall of the bowl below hides the foot of this one.
    out += i ? emerging(s, 149, 154 + (i - 1) * 46, one) : one;
  }
  return out;
}

const PLATE = curve([[112, 0], [120, 8], [156, 14], [196, 24], [218, 42]]);
export function plate(s, c, o = {}) {
  const y = (h) => -h * s.cos, k = s.k, lift = o.lift ?? 0;
  const rim = stroke(oval(0, y(22 + lift), 150, 150 * k), lit(c, 0.26), 3, `opacity=".4" filter="${s.blur(2)}"`) + stroke(oval(0, y(20 + lift), 152, 152 * k), lit(c, 0.84), 2, 'opacity=".4"');
  return (lift ? '' : s.shadow(180, 60)) + lathe(s, raise(PLATE, lift), c, { open: 6, inside: mix(c, '#efe6d8', 0.1), textures: GLAZE, gloss: 0.35, floorH: lift + 16 }) + rim;
}
export function plateStack(s, c, o) {
  const all = o.colours, order = [0, 1, 2, 0, 1, 2].map((i) => all[i % all.length]);
  return s.shadow(200, 150) + order.map((cc, i) => (i ? emerging(s, 217, 42 + (i - 1) * 26, plate(s, cc, { lift: i * 26 })) : plate(s, cc, { lift: 0.01 }))).join('');
}
export function dishes(s) {
  const cs = ['#2f6b66', '#d9b48a', '#e9e1d2', '#c0674a'];
  const p = curve([[70, 0], [76, 6], [112, 18], [128, 56]]);
  const one = (c, lift) => lathe(s, raise(p, lift), c, { open: 7, inside: inner(c), textures: GLAZE, gloss: 0.45, floorH: lift + 14 });
  const near = s.shadow(110, 60) + one(cs[3], 0);
  return at(s.shadow(112, 130) + one(cs[0], 0) + emerging(s, 126, 56, one(cs[1], 34)) + emerging(s, 126, 90, one(cs[2], 68)), -110, -60) + at(near + olive(s, -20, -22) + olive(s, 18, -14) + olive(s, 2, -38), 110, 20);
}
export function dishesAbove(s) {
  const cs = ['#2f6b66', '#d9b48a', '#e9e1d2', '#c0674a'];
  const p = curve([[70, 0], [76, 6], [112, 18], [128, 56]]);
  return cs.map((c, i) => at(s.shadow(118, 60) + lathe(s, p, c, { open: 7, inside: inner(c), textures: GLAZE, gloss: 0.45 }) + (i === 0 ? olive(s, -24, -10) + olive(s, 20, 6) + olive(s, -4, 24) + olive(s, 12, -34) : ''), [-145, 150, -140, 156][i], [-170, -130, 150, 190][i])).join('');
}

const TUMBLER = curve([[60, 0], [66, 6], [70, 60], [78, 172]]);
export function tumbler(s, c, o = {}) {
  const one = (x, y, w) => at(s.shadow(66, 120, 0, 0, 0.6) + caustic(s, 66, c) + glass(s, TUMBLER, c, { base: 20, water: w }), x, y, 1.2);
  return o.single ? one(0, 0, null) : one(-78, -40, null) + one(74, 24, null);
}
const GOBLET = curve([[64, 0], [62, 5], [20, 14], [8, 28], [7, 104], [12, 122], [46, 150], [66, 200], [58, 276]]);
export function gobletOne(s, c, wine = null) {
  const bowlPart = GOBLET.filter(([, h]) => h >= 122);
  const foot = glass(s, GOBLET.filter(([, h]) => h <= 122), lit(c, 0.42), { base: 4, alpha: 1.5 });
  const w = wine ? bowlPart.filter(([, h]) => h < 206).map(([r, h]) => [r * 0.92, h]) : null;
  const fillW = w ? lathe(s, w, wine, { gloss: 0.3, top: lit(wine, 0.6), textures: [], ao: 0.1 }) : '';
  return s.shadow(58, 200, 0, 0, 0.55) + caustic(s, 60, wine ?? c) + foot + `<g opacity=".9">${fillW}</g>` + glass(s, bowlPart, c, { base: 124 });
}
export const goblet = (s, c, o = {}) => (o.single ? at(gobletOne(s, c), 0, 0, 1.2) : at(gobletOne(s, c), -84, -40, 1.25) + at(gobletOne(s, c, '#7d2434'), 84, 26, 1.25));
const CARAFE = curve([[86, 0], [98, 8], [106, 70], [94, 150], [56, 224], [46, 280], [60, 330]]);
export function carafe(s, c, o = {}) {
  const cap = curve([[48, 300], [48, 372], [44, 380]]);
  return s.shadow(100, 360, 0, 0, 0.6) + caustic(s, 90, c) + glass(s, CARAFE, c, { base: 14, water: o.water }) + (o.open ? '' : glass(s, cap, c, { base: 302 }));
}
export const carafeScene = (s, c) => at(carafe(s, c, { water: [0.62, '#bcd3d2'], open: true }), -70, -30, 1.2) + at(s.shadow(62, 120, 0, 0, 0.6) + caustic(s, 62, c) + glass(s, TUMBLER, c, { base: 20, water: [0.66, '#bcd3d2'] }), 150, 40, 1.1);

const TRAY = curve([[214, 0], [226, 6], [230, 40]]);
export function tray(s, c) {
  return s.shadow(222, 60) + lathe(s, TRAY, c, { open: 10, inside: c, gloss: 0.5, textures: [['grain', 0.5]], floorH: 12 }) + s.texture('woodx', oval(0, -14 * s.cos, 208, 208 * s.k), 0.35) + dot(-60, -14 * s.cos - 20 * s.k, 110, 60 * s.k, '#fff', `opacity=".16" filter="${s.blur(16)}"`);
}
export function trayScene(s, c) {
  const d = curve([[40, 0], [44, 4], [62, 12], [70, 32]]);
  return tray(s, c) + at(gobletOne(s, '#dce5e1', '#c9652f'), -96, -40, 0.82) + at(gobletOne(s, '#dce5e1', '#c9652f'), 30, -76, 0.82) + at(s.shadow(60, 30) + lathe(s, d, '#e9e1d2', { open: 5, textures: GLAZE }) + olive(s, -16, -20, 0.8) + olive(s, 14, -16, 0.8) + olive(s, 2, -30, 0.8), 92, 26);
}

export function napkins(s, c) {
  const p = pile(s, 330, 330, 4, 26, c, { textures: [['linen', 0.85]], wobble: 12 });
  const y = -p.height, d = 330 * s.k;
  const ribbon = fill(`M-14 ${n(y + 1)}L-11 ${n(y - d)}H13L14 ${n(y + 1)}V${n(y + 104 * s.cos)}H-14Z`, s.linear([[0, '#efe7d8'], [1, '#cfc3ad']]));
  return p.svg + ribbon + s.texture('linen', `M-14 ${n(y - d)}H14V${n(y + 100)}H-14Z`, 0.5);
}
export function saltcellar(s, c) {
  const y = (h) => -h * s.cos;
  const p = curve([[86, 0], [100, 8], [108, 50], [104, 104]]);
  const salt = fill(oval(0, y(92), 92, 92 * s.k), s.radial([[0, '#fbf9f3'], [1, '#d9d3c6']], [0.4, 0.4, 0.7])) + s.texture('stone', oval(0, y(92), 92, 92 * s.k), 0.5);
  const lid = at(lathe(s, raise(segments([[108, 106], [108, 120]]), 0), WOODS.walnut, { gloss: 0.15, top: WOODS.walnut, textures: [['woodx', 0.9]] }) + s.texture('woodx', oval(0, y(120), 108, 108 * s.k), 0.9), 104, -8);
  const spoon = limb(s, [-20, y(98)], [-84, y(176)], 9, 8, WOODS.walnut) ;
  return s.shadow(108, 120) + lathe(s, p, c, { open: 10, inside: inner(c), textures: GLAZE, gloss: 0.5 }) + s.clip(oval(0, y(104), 94, 94 * s.k), salt) + spoon + `<g opacity=".35">${s.clip(oval(0, y(104), 104, 104 * s.k), dot(112, y(100) + 10, 108, 108 * s.k, INK))}</g>` + lid + dot(70, y(124), 8, 4, s.round(BRASS, 0.8));
}
export function espresso(s, c, o = {}) {
  const y = (h) => -h * s.cos;
  const saucer = curve([[66, 0], [72, 5], [120, 12], [148, 28]]), cup = raise(curve([[48, 0], [56, 6], [78, 40], [86, 80], [87, 126]]), 12);
  const side = o.turn ?? 1;
  return s.shadow(130, 90) + lathe(s, saucer, c, { open: 6, inside: inner(c), textures: GLAZE, gloss: 0.45, floorH: 10 }) + dot(10, y(14) + 4, 64, 64 * s.k, INK, `opacity=".4" filter="${s.blur(6)}"`)
    + tube(s, [[78, y(116)], [112, y(122)], [124, y(94)], [104, y(62)], [74, y(56)]].map(([x, yy]) => [x * side, yy]), 15, c) + lathe(s, cup, c, { open: 8, inside: inner(c), liquid: [0.86, '#3a2114'], textures: GLAZE, gloss: 0.55 })
    + stroke(oval(2, y(118), 66, 66 * s.k), '#c38a4e', 3.5, `opacity=".55" filter="${s.blur(1.5)}"`);
}
const STAND = curve([[96, 0], [100, 6], [60, 22], [30, 50], [26, 80], [40, 112], [120, 128], [206, 134]]);
export function cakestand(s, c, o = {}) {
  const y = (h) => -h * s.cos;
  const p = [...STAND, [214, 138], [214, 156]];
  return s.shadow(110, 120) + `<g opacity=".5">${dot(40, 10, 190, 190 * s.k * 0.7, '#4a3b28', `opacity=".5" filter="${s.blur(18)}"`)}</g>` + lathe(s, p, c, { open: 7, inside: mix(c, '#efe6d8', 0.2), textures: GLAZE, gloss: 0.6, floorH: 148 }) + (o.cake ? dot(14, y(150), 150, 150 * s.k, INK, `opacity=".28" filter="${s.blur(7)}"`) + at(cake(s), 0, y(150) + 2) : '');
}
export function eggcupOne(s, c) {
  const p = curve([[46, 0], [50, 6], [24, 22], [18, 40], [34, 62], [54, 88], [58, 118]]);
  const egg = curve([[44, 104], [50, 126], [47, 152], [34, 178], [16, 192], [2, 195]]);
  return s.shadow(52, 170) + lathe(s, p, c, { open: 7, textures: GLAZE, gloss: 0.45 }) + lathe(s, egg, '#ecd5b8', { gloss: 0.12, textures: [['speck', 0.5], ['grain', 0.6]], ao: 0.3 });
}
export const eggcup = (s, c, o = {}) => (o.single ? at(eggcupOne(s, c), 0, 0, 1.3) : at(eggcupOne(s, c), -92, -36, 1.35) + at(eggcupOne(s, c), 92, 26, 1.35));
export function mill(s, c) {
  const y = (h) => -h * s.cos;
  const p = curve([[60, 0], [66, 6], [66, 40], [46, 74], [38, 150], [52, 206], [56, 220]], 8);
  const head = curve([[54, 226], [58, 236], [58, 290], [40, 322], [14, 334]], 8);
  const ball = curve([[10, 334], [20, 344], [24, 358], [20, 372], [3, 381]], 6);
  return s.shadow(64, 360) + lathe(s, p, c, { gloss: 0.25, textures: [['woody', 0.9], ['grain', 0.3]], top: lit(c, 0.2) }) + fill(oval(0, y(223), 50, 50 * s.k), lit(BRASS, 0.4)) + lathe(s, head, c, { gloss: 0.25, textures: [['woody', 0.9], ['grain', 0.3]], ao: 0.15 }) + lathe(s, ball, BRASS, { gloss: 1, ao: 0.1 });
}
export function beaker(s, c) {
  const p = curve([[62, 0], [80, 8], [92, 40], [94, 214]]);
  const brush = (x, turn, col) => at(limb(s, [0, 0], [0, -330], 12, 10, col) + fill(rounded(-16, -386, 14, 52, 3), '#f7f3ea') + stroke('M-13 -382V-338M-9 -382V-338M-5 -382V-338', '#cfc7b6', 1.6) + limb(s, [3, -330], [3, -382], 10, 9, col), x, -30, 1, turn);
  const y = -214 * s.cos;
  return s.shadow(94, 260) + lathe(s, p, c, { open: 9, textures: GLAZE, gloss: 0.6, bands: [[0, 14, '#c9a67f', 0]] })
    + s.clip(`M-900 -1400H900V${n(y)}H85A85 ${n(85 * s.k)} 0 0 1 -85 ${n(y)}H-900Z`, brush(-6, -12, '#d9b98d') + brush(20, 14, '#7b5436'));
}
