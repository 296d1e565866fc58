// Lamps and candles.
import { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from './tools.mjs';
import { lathe, glass, curve, segments, oval, poly, limb, silhouette, project, raise } from './tools.mjs';
import { glow, flame } from './props.mjs';

const brassOf = { gloss: 1, textures: [['grain', 0.25]] };
function shadeOf(s, r1, r2, h0, h1, c) {
  const p = segments([[r1, h0], [r2, h1]], 14), y = (h) => -h * s.cos;
  const sil = silhouette(s, p);
  return lathe(s, p, c, { gloss: 0.05, textures: [['linen', 0.75], ['grain', 0.3]], ao: 0 })
    + fill(sil, s.linear([[0, '#fff2cf', 0.1], [0.55, '#ffedbd', 0.3], [1, '#fff0c4', 0.66]], [0, 0, 0, 1])) + fill(sil, s.radial([[0, '#fff4d2', 0.75], [0.6, '#ffefc4', 0.22], [1, '#ffefc4', 0]], [0.45, 0.72, 0.5]))
    + fill(oval(0, y(h1), r2, r2 * s.k), lit(c, 0.7)) + fill(oval(0, y(h1) + 1, r2 - 6, (r2 - 6) * s.k), s.radial([[0, '#fffaf0'], [0.6, '#fff1cb'], [1, '#ecd6a4']], [0.5, 0.7, 0.7]))
    + stroke(`M${-r1} ${n(y(h0))}A${r1} ${n(r1 * s.k)} 0 0 0 ${r1} ${n(y(h0))}`, '#fff6dd', 3, 'opacity=".8"');
}
export function lamp(s, c) {
  const base = curve([[112, 0], [116, 5], [112, 13], [40, 20], [12, 30]], 8), stem = segments([[9, 28], [9, 330]], 10);
  const y = (h) => -h * s.cos;
  return glow(s, 0, y(360), 420, 380, 0.5) + s.shadow(112, 160) + glow(s, 0, 10, 240, 70, 0.5) + lathe(s, base, BRASS, brassOf) + lathe(s, stem, BRASS, brassOf) + fill(poly([[-9, y(336)], [9, y(336)], [9, y(240)], [-9, y(240)]]), s.linear([[0, INK, 0.4], [1, INK, 0]], [0, 0, 0, 1]))
    + stroke(`M70 ${n(y(300))}V${n(y(232))}`, '#8a6a2e', 2.5) + dot(70, y(226), 6, 8, s.round(BRASS, 0.9)) + shadeOf(s, 190, 104, 310, 530, c);
}
export function floorlamp(s, c) {
  const y = (h) => -h * s.cos;
  const base = curve([[96, 0], [100, 5], [96, 20]], 6), stem = segments([[5.5, 18], [5.5, 610]], 10);
  return glow(s, 0, y(560), 330, 300, 0.5) + s.shadow(96, 300) + lathe(s, base, '#cfc8bb', { gloss: 0.1, top: '#d6d0c4', textures: [['stone', 0.8]] }) + lathe(s, curve([[16, 20], [10, 30], [6, 36]], 4), BRASS, brassOf) + lathe(s, stem, BRASS, brassOf) + limb(s, [-5, y(470)], [28, y(470)], 6, 4, BRASS) + shadeOf(s, 132, 84, 590, 750, c);
}
/** Draws a bell seen from below: the profile's rim is its last point, h counted downwards. */
function bell(s, p, c, o) {
  return `<g transform="scale(1 -1)">${lathe(s, p, c, { ...o, flip: true, ao: 0 })}</g>`;
}
export function pendant(s, c) {
  const p = curve([[18, -226], [30, -222], [84, -204], [142, -150], [178, -70], [190, 0]]);
  const y = s.cos;
  const cable = stroke(`M0 -1200V${n(-240 * y)}`, '#2c2824', 5);
  const cap = bell(s, curve([[10, -262], [15, -256], [17, -222]], 6), BRASS, { gloss: 1, top: BRASS });
  return cable + cap + bell(s, p, c, { gloss: 0.5, open: 5, inside: '#f2ead8', textures: [['grain', 0.4]], floorH: -200 })
    + s.clip(oval(0, 0, 185, 185 * s.k), fill(oval(0, 0, 185, 185 * s.k), s.radial([[0, '#fffdf4'], [0.35, '#fff3d0'], [1, '#e8d3a2', 0.35]], [0.5, 0.35, 0.6])) + dot(0, -8, 38, 26, '#fffefa'))
    + glow(s, 0, 60, 300, 240, 0.45);
}
export function globe(s, c, o = {}) {
  const r = o.r ?? 160;
  return stroke(`M0 -1200V${n(-r * 2 - 60)}`, '#2c2824', 5) + glow(s, 0, -r, r * 2.1, r * 2.1, 0.65) + dot(0, -r, r, r, s.radial([[0, '#fffdf6'], [0.45, '#fff4dc'], [0.8, '#f1e0bd'], [1, '#d5bd8d']], [0.44, 0.46, 0.58])) + s.texture('grain', oval(0, -r, r, r), 0.3)
    + dot(-r * 0.38, -r * 1.42, r * 0.24, r * 0.14, '#fff', `opacity=".8" filter="${s.blur(9)}" transform="rotate(-38 ${n(-r * 0.38)} ${n(-r * 1.42)})"`) + at(lathe(s, curve([[34, 0], [35, 20], [18, 42], [9, 60]], 6), BRASS, brassOf), 0, -r * 2 + 12);
}
export function lantern(s) {
  const P = project(s, 28), w = 92, H = 330;
  const c = BRASS, corner = [[-w, w], [w, w], [w, -w], [-w, -w]];
  const post = ([x, z]) => limb(s, P(x, z, 24), P(x, z, H), 11, 11, c, { gloss: 0.9 });
  const slab = (a, h0, h1) => { const q = [[-a, a], [a, a], [a, -a], [-a, -a]]; const f = (i, j, v) => fill(poly([P(...q[i], h0), P(...q[j], h0), P(...q[j], h1), P(...q[i], h1)]), s.linear([[0, lit(c, v + 0.2)], [1, lit(c, v - 0.08)]])); return f(0, 1, 0.56) + f(1, 2, 0.22) + fill(poly(q.map(([x, z]) => P(x, z, h1))), s.linear([[0, lit(c, 0.82)], [1, lit(c, 0.5)]], [0, 0, 1, 1])); };
  const pane = (i, j, v) => { const a = corner[i], b = corner[j]; const d = poly([P(...a, 26), P(...b, 26), P(...b, H), P(...a, H)]); return fill(d, s.linear([[0, '#eaf1ea', v], [0.45, '#fff6da', v * 0.4], [1, '#cfdad2', v]], [0, 0, 1, 1])); };
  const roof = (i, j, v) => { const q = [[-w - 14, w + 14], [w + 14, w + 14], [w + 14, -w - 14], [-w - 14, -w - 14]]; const t = [[-22, 22], [22, 22], [22, -22], [-22, -22]]; return fill(poly([P(...q[i], H + 10), P(...q[j], H + 10), P(...t[j], H + 96), P(...t[i], H + 96)]), s.linear([[0, lit(c, v + 0.22)], [0.6, lit(c, v)], [1, lit(c, v - 0.12)]], [0, 0, 1, 0.4])); };
  const arch = (i, j) => { const a = corner[i], b = corner[j], m = (t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]; const pts = []; for (let k = 0; k <= 12; k++) { const t = k / 12; pts.push(P(...m(t), H - 62 + 52 * Math.sin(Math.PI * t))); } return stroke(poly(pts, false), lit(c, 0.34), 7) + stroke(poly(pts, false), lit(c, 0.66), 3); };
  const candle = lathe(s, raise(segments([[40, 0], [40, 120]]), 26), '#ead9b4', { gloss: 0.1, top: '#f3e4c4', ao: 0.1 });
  const y = (h) => -h * s.cos;
  return glow(s, 0, y(200), 330, 330, 0.6) + s.shadow(140, 300) + slab(w + 12, 0, 22) + post(corner[3]) + pane(3, 2, 0.16) + pane(0, 3, 0.16) + arch(3, 2) + arch(0, 3) + candle + flame(s, 0, y(150) + 3, 0.95)
    + post(corner[0]) + post(corner[2]) + pane(0, 1, 0.22) + pane(1, 2, 0.3) + post(corner[1]) + arch(0, 1) + arch(1, 2) + slab(w + 14, H, H + 10) + roof(3, 2, 0.4) + roof(0, 3, 0.5) + roof(0, 1, 0.52) + roof(1, 2, 0.2)
    + at(lathe(s, curve([[32, 0], [32, 8], [16, 26], [18, 36], [6, 46]], 5), c, brassOf), 0, y(H + 92)) + `<g transform="translate(0 ${n(y(H + 180))})">${stroke(oval(0, 0, 42, 42), lit(c, 0.2), 9)}${stroke(oval(-1, -1, 42, 42), lit(c, 0.6), 5)}${stroke('M-34 -24A42 42 0 0 1 10 -41', '#fff4cf', 2.5)}</g>`;
}
export function candle(s, c, o = {}) {
  const h = o.h ?? 250, r = o.r ?? 104, y = -h * s.cos;
  const p = curve([[r - 6, 0], [r, 6], [r, h - 8], [r - 5, h]], 6);
  return s.shadow(r, h) + lathe(s, p, c, { gloss: 0.12, top: lit(c, 0.66), textures: [['cloud', 0.35], ['grain', 0.4]], ao: 0.22 }) + fill(silhouette(s, p), s.linear([[0, '#fff2c4', 0.5], [0.3, '#ffedb8', 0.12], [0.5, '#fff', 0]], [0, 0, 0, 1]))
    + dot(0, y, r * 0.78, r * 0.78 * s.k, s.radial([[0, '#fff7df'], [0.5, lit(c, 0.78)], [1, lit(c, 0.5)]])) + flame(s, 0, y + 2, 1);
}
function taper(s, c, h, lit_ = true) {
  const d = `M-15 0L-13 ${-h + 40}Q-10 ${-h} -1 ${-h - 4}H1Q10 ${-h} 13 ${-h + 40}L15 0Q0 6 -15 0Z`;
  return fill(d, s.round(c, 0.25)) + s.texture('grain', d, 0.4) + (lit_ ? fill(d, s.linear([[0, '#fff1c4', 0.5], [0.2, '#fff', 0]], [0, 0, 0, 1])) + flame(s, 0, -h + 2, 0.62) : '');
}
export function tapers(s, c) {
  const peg = `<g transform="translate(12 16)">${dot(0, -640, 20, 20, '#3a2d1a', `opacity=".4" filter="${s.blur(6)}"`)}</g>` + dot(0, -640, 19, 19, s.round(WOODS.ash, 0.3)) + dot(-2, -643, 11, 11, lit(WOODS.ash, 0.7));
  const hang = (x, h) => `<g transform="translate(${x} -90)">${s.wallShadow(poly([[-20, 0], [-16, -h], [16, -h], [20, 0]]), 14, 16)}${at(taper(s, c, h, false), 0, 0, 1.35)}</g>`;
  const wick = (x, h) => stroke(`M0 -652Q${x * 0.6} -640 ${x} ${n(-90 - h * 1.35 - 2)}`, '#e9e0cd', 4) + stroke(`M0 -652Q${x * 0.6} -640 ${x} ${n(-90 - h * 1.35 - 2)}`, '#9d927b', 1, 'opacity=".6"');
  return [[-118, 330], [-40, 345], [40, 340], [118, 330]].map(([x, h]) => wick(x, h)).join('') + peg + hang(-118, 330) + hang(118, 330) + hang(-40, 345) + hang(40, 340);
}
function stick(s, h) {
  return lathe(s, curve([[58, 0], [62, 5], [56, 14], [24, 24], [12, 38], [10, h * 0.45], [20, h * 0.52], [10, h * 0.6], [9, h - 34], [20, h - 26], [16, h - 14], [22, h - 6], [22, h]], 6), BRASS, { ...brassOf, top: lit(BRASS, 0.3) });
}
export function candlestick(s, c, o = {}) {
  const h = o.h ?? 280;
  return s.shadow(58, h + 120) + stick(s, h) + at(taper(s, c, 230), 0, -h * s.cos + 2);
}
export const tapersLit = (s, c) => at(candlestick(s, c, { h: 210 }), -170, -30, 1) + at(candlestick(s, c, { h: 300 }), 0, -70, 1) + at(candlestick(s, c, { h: 150 }), 160, 30, 1);
export function desklamp(s, c) {
  const y = (h) => -h * s.cos;
  const base = curve([[104, 0], [108, 5], [104, 22]], 6);
  const a = [0, y(30)], b = [-100, y(330)], e = [110, y(540)];
  const head = 'M-34 -60Q0 -76 34 -60L98 78Q0 110 -98 78Z';
  return s.shadow(106, 220) + lathe(s, base, c, { gloss: 0.4, top: c, textures: [['grain', 0.4]] }) + lathe(s, curve([[18, 22], [16, 36]], 3), BRASS, brassOf) + limb(s, a, b, 12, 12, c, { gloss: 0.4 }) + limb(s, b, e, 12, 12, c, { gloss: 0.4 }) + limb(s, [-100, y(330)], [-150, y(282)], 10, 10, c) + dot(-158, y(272), 24, 24, s.round(BRASS, 0.9))
    + dot(b[0], b[1], 17, 17, s.round(BRASS, 0.9)) + dot(b[0], b[1], 6, 6, lit(BRASS, 0.15)) + glow(s, 190, y(340), 260, 260, 0.6)
    + at(fill(head, s.round(c, 0.5)) + s.texture('grain', head, 0.4) + dot(0, 78, 97, 30, s.radial([[0, '#fffdf4'], [0.5, '#fff0c8'], [1, '#e3cd9c']])) + dot(0, -64, 34, 11, lit(c, 0.7)) + fill('M-12 -96H12V-62Q0 -56 -12 -62Z', s.round(BRASS, 0.9)), e[0] + 36, e[1] + 44, 1, -24) + dot(e[0], e[1], 15, 15, s.round(BRASS, 0.9));
}
export function mushroom(s, c) {
  const y = (h) => -h * s.cos;
  const stem = curve([[92, 0], [96, 6], [78, 60], [52, 140], [46, 210]]), cap = curve([[196, 196], [204, 214], [186, 276], [130, 336], [60, 366], [4, 374]]);
  const d = silhouette(s, cap);
  return glow(s, 0, y(260), 400, 360, 0.5) + s.shadow(96, 260) + lathe(s, stem, mix(c, '#fff3da', 0.4), { gloss: 0.6, textures: [['grain', 0.2]], ao: 0.1 }) + fill(silhouette(s, stem), s.linear([[0, '#fff1cc', 0.75], [1, '#fff1cc', 0.05]], [0, 0, 0, 1])) + fill(oval(0, y(196), 196, 196 * s.k), lit(c, 0.2)) + lathe(s, cap, c, { gloss: 0.75, textures: [['grain', 0.2]], ao: 0 })
    + fill(d, s.radial([[0, '#fff6da', 0.85], [0.5, '#ffeaba', 0.35], [1, '#ffeaba', 0]], [0.5, 0.8, 0.55])) + dot(-76, y(322), 58, 22, '#fff', `opacity=".55" filter="${s.blur(9)}" transform="rotate(-26 -76 ${n(y(322))})"`);
}
export function sconce(s) {
  const plateD = oval(0, -300, 130, 130), r = 112;
  return s.wallShadow(plateD, 18, 24) + glow(s, 0, -190, 460, 460, 0.7) + dot(0, -300, 130, 130, s.linear([[0, lit(BRASS, 0.9)], [0.3, lit(BRASS, 0.62)], [0.6, BRASS], [1, lit(BRASS, 0.16)]], [0.1, 0, 0.9, 1])) + stroke(oval(0, -300, 122, 122), lit(BRASS, 0.86), 2, 'opacity=".6"') + s.texture('grain', plateD, 0.4)
    + `<g transform="translate(14 16)">${dot(0, -190, r, r, '#3a2d1a', `opacity=".35" filter="${s.blur(14)}"`)}</g>` + limb(s, [0, -330], [0, -282], 30, 44, BRASS, { gloss: 1 }) + dot(0, -180, r, r, s.radial([[0, '#fffefa'], [0.5, '#fff6e0'], [0.85, '#f3e2be'], [1, '#dcc493']], [0.45, 0.48, 0.56])) + dot(-42, -228, 26, 15, '#fff', `opacity=".85" filter="${s.blur(7)}" transform="rotate(-38 -42 -228)"`);
}
export function jarcandle(s, c) {
  const y = (h) => -h * s.cos, p = curve([[88, 0], [98, 7], [100, 40], [100, 220]]);
  const wax = segments([[92, 14], [92, 166]], 8);
  const label = `M-56 ${n(y(136) + 88 * s.k)}q56 ${n(16)} 112 0v78q-56 16 -112 0Z`;
  return s.shadow(98, 220) + lathe(s, wax, mix(c, '#f4ecdc', 0.3), { gloss: 0.1, top: mix(c, '#fff8e6', 0.5), textures: [['cloud', 0.2]], ao: 0.1 }) + flame(s, 0, y(168) + 4, 0.72) + glass(s, p, mix(c, '#e6ece8', 0.55), { base: 12, alpha: 0.7 })
    + fill(label, '#f6f1e6') + stroke(`M-30 ${n(y(136) + 88 * s.k + 38)}q30 8 60 0`, INK, 4, 'opacity=".7"') + stroke(`M-22 ${n(y(136) + 88 * s.k + 54)}q22 6 44 0`, INK, 2.4, 'opacity=".45"') + dot(0, y(136) + 88 * s.k + 22, 8, 8, c) + s.texture('grain', label, 0.3);
}
