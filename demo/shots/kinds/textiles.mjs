// Cloth: cushions, throws, rugs, and what is sewn.
import { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from './tools.mjs';
import { oval, limb, pile, folds, rounded } from './tools.mjs';
import { drape } from './kitchen.mjs';
import { plate, gobletOne } from './table.mjs';

export function cushion(s, c, o = {}) {
  const d = 'M-208 -392C-196 -404 -178 -400 -160 -396C-60 -412 60 -412 160 -396C180 -400 198 -404 208 -390C214 -376 206 -360 202 -346C216 -250 216 -150 204 -62C208 -44 216 -24 206 -12C194 0 176 -8 158 -10C60 6 -60 6 -158 -10C-178 -6 -196 0 -206 -12C-216 -26 -208 -44 -204 -62C-218 -150 -218 -250 -202 -346C-208 -362 -216 -378 -208 -392Z';
  let print = '';
  if (o.cord) for (let i = -21; i <= 21; i++) { const x = i * 10; print += stroke(`M${x} -410C${n(x * 1.07)} -300 ${n(x * 1.07)} -120 ${x} 10`, lit(c, 0.12), 2.2, 'opacity=".34"') + stroke(`M${x + 3} -410C${n((x + 3) * 1.07)} -300 ${n((x + 3) * 1.07)} -120 ${x + 3} 10`, lit(c, 0.85), 1.6, 'opacity=".28"'); }
  if (o.stripe) for (let i = 0; i < 6; i++) { const y = -372 + i * 66; print += fill(`M-240 ${y}Q0 ${y - 14 + i * 5} 240 ${y}V${y + 34}Q0 ${y + 20 + i * 5} -240 ${y + 34}Z`, c, 'opacity=".94"'); }
  const ground = o.stripe ? '#ece3d3' : c;
  return s.shadow(196, 130, 6, -6) + fill(d, s.linear([[0, lit(ground, 0.66)], [0.4, lit(ground, 0.54)], [1, lit(ground, 0.26)]], [0, 0, 1, 0.5])) + s.clip(d, print)
    + fill(d, s.radial([[0, '#fff', 0.26], [0.45, '#fff', 0.03], [0.75, INK, 0.05], [1, INK, 0.3]], [0.38, 0.36, 0.72])) + s.texture('linen', d, 0.75)
    + stroke(d, lit(c, 0.28), 7, 'opacity=".9"') + stroke(d, lit(c, 0.66), 2.6, 'opacity=".55" transform="translate(-1.4 -1.4)"')
    + [[-196, -380, 40, 60], [196, -380, -40, 60], [-194, -22, 44, -50], [194, -22, -44, -50]].map(([x, y, dx, dy]) => stroke(`M${x} ${y}Q${x + dx * 0.7} ${y + dy * 0.3} ${x + dx * 1.5} ${y + dy * 1.3}`, lit(c, 0.08), 5, `opacity=".3" filter="${s.blur(3)}"`)).join('');
}
export function bolster(s, c) {
  const L = 205, r = 112, d = `M${-L} ${-2 * r}H${L}V0H${-L}A40 ${r} 0 0 1 ${-L} ${-2 * r}Z`;
  const gathers = Array.from({ length: 22 }, (_, i) => { const a = (i / 22) * Math.PI * 2; return stroke(`M${n(L + 8 * Math.cos(a))} ${n(-r + 20 * Math.sin(a))}L${n(L + 38 * Math.cos(a))} ${n(-r + (r - 6) * Math.sin(a))}`, lit(c, 0.1), 2, 'opacity=".4"'); }).join('');
  return at(s.shadow(L + 20, 120, 4, -6) + fill(d, s.linear([[0, lit(c, 0.5)], [0.22, lit(c, 0.8)], [0.5, lit(c, 0.5)], [0.85, lit(c, 0.16)], [1, lit(c, 0.26)]], [0, 0, 0, 1])) + s.texture('linen', d, 0.9)
    + stroke(`M${L} ${-2 * r}A40 ${r} 0 0 1 ${L} 0`, lit(c, 0.25), 6) + dot(L, -r, 40, r, s.linear([[0, lit(c, 0.5)], [1, lit(c, 0.2)]], [0, 0, 0.4, 1])) + gathers + dot(L + 2, -r, 11, 22, s.round(lit(c, 0.4), 0.3)) + stroke(`M${-L + 4} ${-2 * r + 1}A40 ${r} 0 0 0 ${-L + 4} -1`, lit(c, 0.3), 5, 'opacity=".7"'), 0, 0, 1, -5);
}
const WOOL = [['wool', 0.6], ['grain', 0.5]];
export function throwFolded(s, c) {
  const p = pile(s, 400, 380, 5, 34, c, { textures: WOOL, wobble: 14 });
  const d = 380 * s.k, y0 = d / 2;
  let fr = '';
  for (let i = 0; i < 34; i++) { const x = -186 + i * 11.4; fr += stroke(`M${n(x)} ${n(y0 - 34 * s.cos * 4 - 6)}q${n((s.random() - 0.5) * 8)} 24 ${n((s.random() - 0.5) * 7)} ${n(44 + s.random() * 10)}`, lit(c, 0.3 + s.random() * 0.36), 5); }
  return p.svg + fr;
}
export const throwDrape = (s, c) => drape(s, c, { w: 340, h: 560, textures: WOOL, fringe: true, count: 2.5, paint: (x, top, w, h) => [[h - 60, 10], [h - 84, 5]].map(([yy, t]) => `<rect x="${x - 20}" y="${n(top + yy)}" width="${w + 40}" height="${t}" fill="${lit(c, 0.78)}" opacity=".8"/>`).join('') });
const waffleOf = (s, d, c, step = 20) => {
  const id = s.def(`<pattern width="${step}" height="${step}" patternUnits="userSpaceOnUse"><rect x="3" y="3" width="${step - 6}" height="${step - 6}" rx="2" fill="${lit(c, 0.16)}" opacity=".3"/><path d="M0 0H${step}M0 0V${step}" stroke="${lit(c, 0.9)}" stroke-width="3" opacity=".42"/></pattern>`);
  return fill(d, id);
};
export const waffle = waffleOf;
export const waffleDrape = (s, c, o = {}) => drape(s, c, { w: o.w ?? 380, h: o.h ?? 600, textures: WOOL, count: 1.8, paint: (x, top, w, h) => waffleOf(s, `M${x - 20} ${top - 40}h${w + 40}v${h + 70}h${-w - 40}Z`, c, o.step ?? 24) });
export const waffleFolded = (s, c, o = {}) => pile(s, 410, 390, o.layers ?? 4, o.thick ?? 46, c, { textures: WOOL, wobble: 14, paint: (dx, ww, y, d) => waffleOf(s, `M${n(dx - ww)} ${n(y - d)}h${n(2 * ww)}v${n(d)}h${n(-2 * ww)}Z`, c, 16) }).svg;

function rugBands(c) {
  const cream = '#eadfca';
  return [[0, 1, c], [0.04, 0.07, cream], [0.1, 0.2, mix(c, INK, 0.3)], [0.2, 0.23, cream], [0.3, 0.33, cream], [0.36, 0.37, cream], [0.4, 0.54, mix(c, cream, 0.62)], [0.58, 0.6, mix(c, INK, 0.4)], [0.64, 0.67, cream], [0.77, 0.87, mix(c, INK, 0.3)], [0.74, 0.77, cream], [0.9, 0.93, cream]];
}
/** A rug seen from well above, one corner turned up. */
export function rug(s, c) {
  const w = 430, h = 660;
  const d = `M${-w / 2} ${-h / 2}H${w / 2}V${h / 2 - 70}Q${w / 2 - 20} ${h / 2 - 24} ${w / 2 - 80} ${h / 2}H${-w / 2}Z`;
  const bands = rugBands(c).map(([a, b, f]) => `<rect x="${-w / 2}" y="${n(-h / 2 + a * h)}" width="${w}" height="${n((b - a) * h)}" fill="${f}"/>`).join('');
  let fr = '';
  for (let i = 0; i < 54; i++) { const x = -w / 2 + 4 + i * 8, l = 22 + s.random() * 8, q = (s.random() - 0.5) * 6; fr += stroke(`M${n(x)} ${-h / 2}q${n(q)} ${n(-l / 2)} ${n(q)} ${n(-l)}`, '#e4d8c0', 3); if (x < w / 2 - 90) fr += stroke(`M${n(x)} ${h / 2}q${n(q)} ${n(l / 2)} ${n(q)} ${n(l)}`, '#e4d8c0', 3); }
  const curl = `M${w / 2} ${h / 2 - 70}Q${w / 2 - 20} ${h / 2 - 24} ${w / 2 - 80} ${h / 2}Q${w / 2 - 96} ${h / 2 - 66} ${w / 2 - 74} ${h / 2 - 84}Q${w / 2 - 40} ${h / 2 - 96} ${w / 2} ${h / 2 - 70}Z`;
  return at(`<g transform="translate(10 14)">${fill(d, '#3a2d1a', `opacity=".4" filter="${s.blur(10)}"`)}</g>` + fr + s.clip(d, bands) + fill(d, s.linear([[0, '#fff', 0.14], [0.5, '#fff', 0], [1, INK, 0.16]], [0, 0, 1, 1])) + s.texture('wool', d, 0.8) + s.texture('linen', d, 0.7)
    + `<g transform="translate(6 10)">${fill(curl, '#3a2d1a', `opacity=".45" filter="${s.blur(9)}"`)}</g>` + fill(curl, s.linear([[0, lit('#d9ccb2', 0.5)], [0.5, lit('#d9ccb2', 0.7)], [1, lit('#d9ccb2', 0.24)]], [0, 0, 1, 1])) + s.texture('linen', curl, 0.8), 0, 0, 1, -7);
}
export function rugRoll(s, c) {
  const L = 560, r = 92, x0 = -L / 2;
  const d = `M${x0} ${-2 * r}H${-x0}A40 ${r} 0 0 1 ${-x0} 0H${x0}A40 ${r} 0 0 1 ${x0} ${-2 * r}Z`;
  const bands = rugBands(c).map(([a, b, f]) => `<rect x="${n(x0 - 40 + a * (L + 80))}" y="${-2 * r}" width="${n((b - a) * (L + 80))}" height="${2 * r}" fill="${f}"/>`).join('');
  let spiral = '';
  for (let i = 1; i <= 5; i++) spiral += stroke(oval(-x0, -r, 40 * (1 - i * 0.17), r * (1 - i * 0.17)), i % 2 ? mix(c, INK, 0.35) : '#e3d7bf', 6);
  return at(s.shadow(L / 2, 120, 6, -6) + s.clip(d, bands) + fill(d, s.linear([[0, '#fff', 0.04], [0.22, '#fff', 0.4], [0.5, '#fff', 0], [0.85, INK, 0.5], [1, INK, 0.36]], [0, 0, 0, 1])) + s.texture('wool', d, 0.8) + s.texture('linen', d, 0.5) + dot(-x0, -r, 40, r, lit(c, 0.22)) + spiral
    + [-120, 130].map((x) => stroke(`M${x} ${-2 * r}Q${x + 30} ${-r} ${x} 0`, '#b98d55', 8) + stroke(`M${x - 2} ${-2 * r + 6}Q${x + 26} ${-r - 10} ${x + 8} -40`, '#e0bd88', 2.4)).join(''), 0, 0, 1, -6);
}
export function bedlinen(s, c) {
  const base = pile(s, 430, 400, 4, 42, c, { textures: [['linen', 0.85]], wobble: 14 });
  const top = pile(s, 350, 300, 2, 34, lit(c, 0.56), { textures: [['linen', 0.85]], wobble: 8 });
  const y = -base.height + 200 * s.k - 400 * s.k * 0.5;
  const buttons = [-120, -40, 40, 120].map((x) => dot(x, -base.height - 8, 7, 5, s.radial([[0, '#fbf7ee'], [1, '#c9bda7']]))).join('');
  return base.svg + `<g opacity=".9">${at(top.svg.replace(/^<g/, '<g opacity=".6"'), 8, y - 4)}</g>` + at(top.svg, 8, y - 4) + buttons;
}
export function tablecloth(s, c) {
  const p = pile(s, 420, 340, 5, 26, c, { textures: [['linen', 0.9]], wobble: 8 });
  const d = 340 * s.k, y = -p.height;
  const band = `M-52 ${n(y + 1)}L-44 ${n(y - d)}H44L52 ${n(y + 1)}V${n(y + 131 * s.cos)}H-52Z`;
  return p.svg + fill(band, s.linear([[0, '#efe4d0'], [0.6, '#dfd0b5'], [1, '#cbb995']])) + stroke(`M-24 ${n(y + 50)}H24M-14 ${n(y + 62)}H14`, INK, 3, 'opacity=".6"') + dot(0, y + 34, 7, 7, '#0f5b57');
}
export function tableSet(s, c) {
  const top = 'M-420 -330L-330 -440H330L420 -330Z', front = 'M-420 -330H420V-60Q340 -40 250 -62Q150 -84 60 -58Q-40 -34 -140 -60Q-250 -84 -340 -56Q-390 -46 -420 -60Z';
  const legs = [-300, 300].map((x) => limb(s, [x, -60], [x, 70], 34, 26, WOODS.ash, { textures: [['woody', 0.6]], cap: false })).join('');
  return s.under(300, 0, 66) + legs + `<g transform="translate(0 14)">${fill(front, '#3a2d1a', `opacity=".35" filter="${s.blur(10)}"`)}</g>` + fill(top, s.linear([[0, lit(c, 0.76)], [1, lit(c, 0.6)]])) + s.texture('linen', top, 0.7) + fill(front, folds(s, c, 4, 0.1, 2)) + fill(front, s.linear([[0, '#fff', 0.2], [0.06, '#fff', 0], [0.5, INK, 0], [1, INK, 0.22]], [0, 0, 0, 1])) + s.texture('linen', front, 0.85)
    + at(plate(s, '#d9b48a'), -150, -372, 0.62) + at(plate(s, '#2f6b66'), 170, -372, 0.62) + at(gobletOne(s, '#cfdcd8', '#7d2434'), 10, -366, 0.74);
}
/** A pair of velvet slippers, from above and a little in front. */
export function slippers(s, c) {
  const sole = 'M-6 -250C60 -252 78 -190 70 -120C66 -70 74 -20 74 40C74 110 44 150 0 150C-46 150 -78 112 -76 40C-76 -20 -62 -60 -66 -120C-70 -190 -60 -248 -6 -250Z';
  const upper = 'M-73 0C-80 60 -74 152 0 152C74 152 80 60 73 0C62 26 36 40 0 40C-36 40 -62 26 -73 0Z';
  const collar = 'M-70 -120C-74 -196 -58 -254 -4 -256C60 -256 80 -196 74 -120C70 -70 78 -40 74 6C62 28 36 42 0 42C-36 42 -62 28 -73 4C-76 -40 -66 -70 -70 -120Z';
  const inside = 'M-52 -124C-56 -190 -44 -232 -4 -234C44 -234 58 -190 54 -124C52 -76 58 -46 56 -14C44 8 26 18 0 18C-26 18 -46 8 -56 -14C-58 -46 -50 -76 -52 -124Z';
  const one = (flip) => `<g transform="scale(${flip} 1)"><g transform="translate(${12 * flip} 14)">${fill(sole, '#2a2117', `opacity=".5" filter="${s.blur(9)}"`)}</g>${stroke(sole, '#3a322a', 12)}${stroke(sole, '#cdb48a', 5, 'transform="translate(0 -2)"')}${fill(collar, s.linear([[0, lit(c, 0.6)], [0.5, lit(c, 0.42)], [1, lit(c, 0.22)]], flip > 0 ? [0, 0, 1, 0.4] : [1, 0, 0, 0.4]))}${fill(inside, s.linear([[0, '#8e7650'], [1, '#d8bd8e']], flip > 0 ? [0, 0, 1, 0.5] : [1, 0, 0, 0.5]))}${s.texture('linen', inside, 0.9)}${fill(upper, s.radial([[0, lit(c, 0.84)], [0.4, lit(c, 0.52)], [1, lit(c, 0.12)]], [flip > 0 ? 0.34 : 0.66, 0.42, 0.75]))}${s.texture('wool', upper, 0.5)}${stroke('M-73 4C-62 28 -36 42 0 42C36 42 62 28 73 4', lit(c, 0.1), 5)}${stroke('M-73 2C-62 26 -36 40 0 40C36 40 62 26 73 2', lit(c, 0.8), 2, 'opacity=".7"')}${stroke(inside, lit(c, 0.12), 4, 'opacity=".6"')}${s.texture('wool', collar, 0.25)}</g>`;
  return at(one(1), -100, -170, 1.12, 6) + at(one(-1), 104, -150, 1.12, -8);
}
export function mitt(s, c) {
  const d = 'M-92 0C-100 -110 -112 -220 -100 -300C-90 -380 -40 -412 20 -404C80 -396 102 -330 100 -262C122 -296 150 -316 176 -304C206 -288 202 -244 180 -206C156 -164 124 -128 108 -92C102 -60 100 -30 100 0Q0 18 -92 0Z';
  const cuff = 'M-96 -4Q0 16 104 -4V52Q0 72 -96 52Z';
  const quilt = Array.from({ length: 16 }, (_, i) => stroke(`M${-300 + i * 46} 20L${-60 + i * 46} -430M${-300 + i * 46} -430L${-60 + i * 46} 20`, lit(c, 0.14), 2, 'opacity=".34"') + stroke(`M${-297 + i * 46} 21L${-57 + i * 46} -429M${-297 + i * 46} -429L${-57 + i * 46} 21`, lit(c, 0.9), 1.4, 'opacity=".3"')).join('');
  return at(s.wallShadow(d + cuff, 16, 18) + fill(d, s.linear([[0, lit(c, 0.68)], [0.45, lit(c, 0.52)], [1, lit(c, 0.24)]], [0, 0, 1, 0.5])) + s.clip(d, quilt) + fill(d, s.radial([[0, '#fff', 0.2], [0.6, '#fff', 0], [1, INK, 0.24]], [0.36, 0.3, 0.8])) + s.texture('linen', d, 0.85)
    + stroke('M100 -262C92 -226 92 -190 104 -150', lit(c, 0.1), 4, `opacity=".5" filter="${s.blur(2)}"`) + fill(cuff, folds(s, '#ece3d3', 1.2, 0.05)) + s.texture('linen', cuff, 0.85) + stroke('M-94 50Q0 70 102 50', '#b8a98d', 2, 'stroke-dasharray="6 4"') + stroke('M98 52C120 90 120 116 104 126C92 130 88 100 98 56', lit(c, 0.4), 8), 0, 0, 1.25, 176);
}
export const mittHung = (s, c) => at(mitt(s, c), 0, -330, 1) + limb(s, [-136, -500], [-128, -490], 18, 22, BRASS, { gloss: 0.9 });
export function tote(s, c) {
  const d = 'M-178 -330H178C184 -220 190 -110 196 20Q100 36 0 26Q-100 36 -196 20C-190 -110 -184 -220 -178 -330Z';
  const handle = (dx, v) => stroke(`M${-92 + dx} -322C${-92 + dx} -470 -40 -560 ${dx * 0.2} -576C40 -560 ${92 + dx} -470 ${92 + dx} -322`, lit(c, v), 24);
  const strap = (x) => fill(rounded(x - 12, -340, 24, 96, 2), lit(c, 0.6)) + stroke(`M${x - 8} -250L${x + 8} -326M${x + 8} -250L${x - 8} -326`, lit(c, 0.2), 1.6, 'opacity=".6"');
  return s.wallShadow(d, 18, 20) + `<g transform="translate(12 14)">${stroke('M-92 -322C-92 -470 -40 -560 0 -576C40 -560 92 -470 92 -322', '#3a2d1a', 22, `opacity=".3" filter="${s.blur(8)}"`)}</g>` + handle(10, 0.24) + fill(oval(0, -330, 178, 14), lit(c, 0.14)) + limb(s, [4, -586], [10, -572], 26, 30, BRASS, { gloss: 0.8 }) + handle(0, 0.5)
    + fill(d, folds(s, c, 1.6, 0.09, 0.6)) + fill(d, s.linear([[0, '#fff', 0.12], [0.4, '#fff', 0], [1, INK, 0.2]], [0, 0, 0.2, 1])) + s.texture('linen', d, 1) + stroke('M-178 -306H178', lit(c, 0.2), 1.8, 'stroke-dasharray="7 4" opacity=".6"') + strap(-92) + strap(92) + fill('M150 -120H192V-84H152Z', '#a9633a') + s.texture('stone', 'M150 -120H192V-84H152Z', 0.5);
}
