// Kitchen things: pots, boards, tools. Each draws around the point where it touches the floor.
import { at, fill, stroke, dot, lit, mix, WOODS, BRASS, INK, n } from './tools.mjs';
import { lathe, curve, segments, oval, poly, limb, tube, pile, plank, rounded, emerging, folds } from './tools.mjs';
import { loaf, dough } from './props.mjs';

const CLAY = [['cloud', 0.28], ['speck', 0.55], ['grain', 0.5]];

export function mug(s, c, o = {}) {
  const p = curve([[100, 0], [117, 9], [125, 46], [129, 170], [130, 318]]);
  const y = (h) => -h * s.cos, side = o.turn ?? 1;
  const handle = tube(s, [[120, y(262)], [176, y(278)], [222, y(236)], [222, y(160)], [184, y(92)], [118, y(70)]].map(([x, yy]) => [x * side, yy]), 30, c);
  return s.shadow(126, 320) + handle + lathe(s, p, c, { open: 11, inside: mix(c, '#efe6d8', 0.35), liquid: o.empty ? null : [0.86, '#3b2416'], textures: CLAY, gloss: 0.55, bands: [[0, 20, '#c9a67f', 0]] });
}

export function teapot(s, c) {
  const y = (h) => -h * s.cos;
  const spout = `M${n(-90)} ${n(y(30))}C-190 ${n(y(44))} -206 ${n(y(132))} -268 ${n(y(206))}Q-254 ${n(y(230))} -228 ${n(y(220))}C-184 ${n(y(190))} -170 ${n(y(150))} -100 ${n(y(158))}Z`;
  const cane = '#bd8d53';
  const arch = [[-96, y(198)], [-120, y(280)], [-84, y(352)], [0, y(376)], [84, y(352)], [120, y(280)], [96, y(198)]];
  const wraps = Array.from({ length: 17 }, (_, i) => { const t = Math.PI * (0.12 + 0.76 * (i / 16)); return stroke(`M${n(-112 * Math.cos(t))} ${n(y(262 + 106 * Math.sin(t)))}L${n(-128 * Math.cos(t))} ${n(y(264 + 122 * Math.sin(t)))}`, lit(cane, 0.2), 2.2, 'opacity=".5"'); }).join('');
  const body = curve([[78, 0], [112, 8], [158, 62], [170, 112], [150, 172], [98, 212], [70, 220]]);
  const lid = curve([[74, 221], [70, 230], [46, 246], [16, 254], [13, 262], [20, 276], [16, 290], [2, 296]]);
  return s.shadow(168, 300) + fill(spout, s.linear([[0, lit(c, 0.56)], [0.5, lit(c, 0.44)], [1, lit(c, 0.3)]], [0, 0, 0.5, 1])) + fill(spout, s.linear([[0, '#fff', 0.16], [0.5, '#fff', 0], [1, INK, 0.4]], [0, 0, 0.6, 1]))
    + dot(-249, y(215), 20, 8, lit(c, 0.08), 'transform="rotate(-24 -249 ' + n(y(215)) + ')"') + s.texture('speck', spout, 0.5)
    + lathe(s, body, c, { textures: CLAY, gloss: 0.6 }) + lathe(s, lid, c, { textures: CLAY, gloss: 0.6, ao: 0.1 })
    + stroke(`M-70 ${n(y(221))}A70 ${n(70 * s.k)} 0 0 0 70 ${n(y(221))}`, lit(c, 0.08), 2.4, 'opacity=".6"')
    + tube(s, arch, 17, cane) + wraps
    + [-1, 1].map((d) => limb(s, [d * 97, y(186)], [d * 98, y(212)], 22, 18, BRASS, { gloss: 0.8 })).join('');
}

export function jug(s, c, o = {}) {
  const y = (h) => -h * s.cos;
  const p = curve([[78, 0], [100, 8], [122, 86], [116, 176], [86, 268], [78, 312], [90, 356]]);
  const lip = `M-58 ${n(y(372))}Q-104 ${n(y(392))} -128 ${n(y(386))}Q-112 ${n(y(352))} -82 ${n(y(300))}L-60 ${n(y(330))}Z`;
  return s.shadow(116, 360) + tube(s, [[82, y(322)], [140, y(330)], [186, y(286)], [180, y(210)], [150, y(150)], [112, y(132)]], 25, c)
    + fill(lip, s.linear([[0, lit(c, 0.52)], [0.6, lit(c, 0.44)], [1, lit(c, 0.36)]], [0, 0, 1, 1])) + stroke(`M-60 ${n(y(374))}Q-104 ${n(y(393))} -128 ${n(y(387))}`, lit(c, 0.86), 4) + lathe(s, p, c, { open: 8, inside: mix(c, '#efe6d8', 0.3), textures: CLAY, gloss: 0.35, bands: [[0, 14, '#c9a67f', 0]] }) + (o.flowers ?? '');
}

const BOARD = 'M-46 -452Q-46 -500 0 -500Q46 -500 46 -452Q46 -412 78 -404Q132 -394 132 -344L132 -26Q132 0 106 0L-106 0Q-132 0 -132 -26L-132 -344Q-132 -394 -78 -404Q-46 -412 -46 -452Z';
const HOLE = oval(0, -456, 16, 16);
export function board(s, c, o = {}) {
  const wood = c;
  const shade = `<g transform="translate(26 6)">${fill(BOARD, '#4a3b28', `opacity=".3" filter="${s.blur(13)}"`)}</g>`;
  const edge = `<g transform="translate(9 -3)">${fill(BOARD, s.linear([[0, lit(wood, 0.26)], [1, lit(wood, 0.12)]]))}</g>`;
  return at(s.shadow(132, 90, 16, 2) + shade + edge + plank(s, BOARD, wood, 'woody') + stroke(BOARD, lit(wood, 0.86), 2, 'opacity=".45"') + fill(HOLE, '#6b5a45') + stroke('M-13 -466A16 16 0 0 1 13 -466', INK, 4, 'opacity=".45"') + (o.extra ?? ''), 0, 0, 1, o.turn ?? 3);
}
export function boardWithBread(s, c) {
  const flat = 'M-300 -60L-210 -190H290L330 -60Q332 -40 310 -40H-284Q-306 -42 -300 -60Z';
  return s.shadow(320, 20, 10, -40) + `<g transform="translate(0 16)">${fill(flat, lit(c, 0.14))}</g>` + plank(s, flat, c) + at(loaf(s), -10, -112, 1) ;
}

export function mortar(s, c) {
  const p = curve([[92, 0], [98, 12], [88, 30], [112, 66], [140, 124], [150, 196]]);
  const y = (h) => -h * s.cos;
  const pestle = limb(s, [-8, y(150)], [96, y(352)], 30, 24, WOODS.ash, { textures: [['woody', 0.5]] }) + dot(98, y(356), 19, 19, s.round(WOODS.ash, 0.3));
  const leaves = [[-40, 0, 20], [-14, 9, -30], [16, 6, 40]].map(([x, dy, r]) => `<ellipse cx="${x}" cy="${n(y(176) + dy)}" rx="22" ry="9" transform="rotate(${r} ${x} ${n(y(176) + dy)})" fill="#6f8150"/>`).join('');
  return s.shadow(140, 200) + lathe(s, p, c, { open: 24, textures: [['stone', 0.9], ['grain', 0.5]], gloss: 0.05, floorH: 90 }) + emerging(s, 126, 196, leaves + pestle);
}

export function apron(s, c) {
  const body = 'M-92 -560Q0 -532 92 -560Q104 -470 190 -420Q206 -200 198 40Q100 62 0 50Q-110 62 -198 40Q-206 -200 -190 -420Q-104 -470 -92 -560Z';
  const loop = 'M-86 -556C-80 -660 -30 -706 0 -716C30 -706 80 -660 86 -556';
  const ties = 'M186 -410C226 -380 222 -300 236 -190M-186 -410C-232 -370 -218 -290 -240 -200';
  const pocket = 'M-92 -250H92V-96Q92 -80 76 -80H-76Q-92 -80 -92 -96Z';
  return s.wallShadow(body, 20, 20) + stroke(ties, lit(c, 0.34), 11) + stroke(loop, lit(c, 0.36), 12) + stroke(loop, lit(c, 0.6), 5, 'opacity=".5"')
    + limb(s, [0, -726], [10, -716], 22, 26, BRASS, { gloss: 0.8 })
    + fill(body, folds(s, c, 3, 0.09, 1)) + fill(body, s.linear([[0, '#fff', 0.1], [0.4, '#fff', 0], [1, INK, 0.2]], [0, 0, 0.2, 1])) + s.texture('linen', body, 0.75)
    + stroke('M-86 -546Q0 -518 86 -546M-188 26Q-100 46 0 36Q110 46 188 26', lit(c, 0.16), 1.6, 'stroke-dasharray="6 4" opacity=".6"')
    + `<g transform="translate(5 8)">${fill(pocket, INK, `opacity=".28" filter="${s.blur(5)}"`)}</g>` + fill(pocket, folds(s, c, 1.3, 0.06, 2)) + s.texture('linen', pocket, 0.75) + stroke('M-86 -240H86M-84 -100Q-84 -88 -72 -88H72Q84 -88 84 -100V-236M-84 -236V-100', lit(c, 0.16), 1.6, 'stroke-dasharray="6 4" opacity=".6"')
    + fill('M-26 -256H26V-232Q0 -222 -26 -232Z', '#a9633a');
}

export function oil(s, c) {
  const y = (h) => -h * s.cos;
  const p = curve([[66, 0], [82, 8], [88, 60], [86, 170], [64, 244], [32, 292], [27, 340], [31, 352]]);
  const cork = segments([[21, 352], [23, 380]]);
  return s.shadow(88, 400) + lathe(s, p, c, { textures: CLAY, gloss: 0.5, bands: [[0, 22, '#c9a67f', 0]], top: lit(c, 0.3) }) + lathe(s, cork, '#c69c68', { gloss: 0, top: '#c69c68', textures: [['stone', 0.9]] })
    + limb(s, [2, y(384)], [4, y(410)], 11, 10, '#b9bcbc', { gloss: 0.9 }) + limb(s, [4, y(408)], [-26, y(438)], 10, 7, '#b9bcbc', { gloss: 0.9 })
}

export function canister(s, c) {
  const y = (h) => -h * s.cos;
  const p = [...curve([[104, 0], [116, 6], [120, 30], [120, 210]]), [112, 214]];
  const lid = segments([[121, 216], [121, 246]]);
  const knob = curve([[16, 246], [14, 256], [24, 266], [24, 278], [6, 286]]);
  const tag = `M-44 ${n(y(148) + 28)}q44 10 88 0v46q-44 10 -88 0Z`;
  return s.shadow(120, 270) + lathe(s, p, c, { textures: CLAY, gloss: 0.4 }) + lathe(s, lid, WOODS.ash, { gloss: 0.1, top: WOODS.ash, textures: [['woodx', 0.8], ['grain', 0.4]], ao: 0.1 })
    + s.texture('woodx', oval(0, y(246), 121, 121 * s.k), 0.8) + stroke(oval(0, y(246), 120, 120 * s.k), lit(WOODS.ash, 0.9), 2, 'opacity=".6"') + dot(5, y(246) + 3, 22, 8, INK, 'opacity=".3"') + lathe(s, knob, WOODS.ash, { gloss: 0.2, textures: [['woodx', 0.6]], ao: 0.1 })
    + fill(tag, '#f4eee2', 'opacity=".9"') + stroke(`M-24 ${n(y(148) + 52)}q24 5 48 0M-16 ${n(y(148) + 62)}q16 3 32 0`, INK, 2.6, 'opacity=".6"');
}

function spoon(s, wood, head, len) {
  const heads = {
    round: oval(0, -len - 38, 33, 46), flat: `M-26 ${-len - 84}Q0 ${-len - 96} 28 ${-len - 84}L24 ${-len - 6}Q0 ${-len + 14} -22 ${-len - 6}Z`, slot: `M-30 ${-len - 88}L32 ${-len - 72}L22 ${-len - 4}Q0 ${-len + 14} -20 ${-len - 4}Z`,
  };
  return limb(s, [0, 0], [0, -len], 17, 13, wood, { gloss: 0.15 }) + fill(heads[head], s.linear([[0, lit(wood, 0.7)], [0.5, lit(wood, 0.52)], [1, lit(wood, 0.28)]])) + s.texture('woody', heads[head], 0.8)
    + (head === 'round' ? dot(2, -len - 40, 24, 36, s.linear([[0, lit(wood, 0.3)], [1, lit(wood, 0.6)]])) : '') + (head === 'slot' ? fill(rounded(-3, -len - 62, 7, 40, 3), INK, 'opacity=".55"') : '');
}
export function spoons(s) {
  const p = curve([[88, 0], [100, 6], [106, 60], [104, 214]]);
  const tools = at(spoon(s, WOODS.beech, 'flat', 330), -30, -60, 1, -11) + at(spoon(s, WOODS.walnut, 'round', 350), 8, -60, 1, 2) + at(spoon(s, WOODS.ash, 'slot', 320), 36, -60, 1, 14);
  return s.shadow(106, 300) + lathe(s, p, '#e6dccb', { open: 10, textures: CLAY, gloss: 0.35, bands: [[0, 20, '#c9a67f', 0]] }) + emerging(s, 94, 214, tools);
}
export function spoonsFlat(s) {
  const one = (wood, head, x, r) => at(`<g transform="translate(14 14)" opacity=".34" filter="${s.blur(7)}">${limb(s, [0, 0], [0, -400], 17, 14, '#3a2d1a')}${fill(oval(0, -434, 32, 44), '#3a2d1a')}</g>` + spoon(s, wood, head, 400), x, 0, 1.12, r);
  return one(WOODS.beech, 'flat', -150, -2) + one(WOODS.walnut, 'round', -20, 4) + one(WOODS.ash, 'slot', 110, 9);
}
export function rollingpin(s, c, o = {}) {
  const w = WOODS.oak;
  const body = 'M-318 -32C-318 -52 -290 -60 -220 -64C-80 -70 80 -70 220 -64C290 -60 318 -52 318 -32C318 -12 290 -4 220 0C80 6 -80 6 -220 0C-290 -4 -318 -12 -318 -32Z';
  const pin = `<g transform="translate(16 16)">${fill(body, '#3a2d1a', `opacity=".42" filter="${s.blur(9)}"`)}</g>` + fill(body, s.linear([[0, lit(w, 0.5)], [0.22, lit(w, 0.82)], [0.5, w], [0.85, lit(w, 0.14)], [1, lit(w, 0.28)]], [0, 0, 0, 1])) + s.texture('woodx', body, 0.9) + [-262, 262].map((x) => stroke(`M${x} -61Q${x + 10} -32 ${x} -3`, lit(w, 0.16), 3, 'opacity=".6"') + stroke(`M${x + 8} -61Q${x + 18} -32 ${x + 8} -3`, lit(w, 0.16), 3, 'opacity=".6"')).join('');
  return (o.under ?? '') + at(pin, 0, o.y ?? -70, 1, -14);
}
export const rollingpinDough = (s, c) => rollingpin(s, c, { under: at(dough(s), 0, -60, 1), y: -110 });

/** Cloth over a rail on the wall. Also towels and blankets. */
export function drape(s, c, o = {}) {
  const { w = 330, h = 560, back = 0.78, count = 2.2, paint = null, textures = [['linen', 0.8]], fringe = false, rail = WOODS.ash, span = 560 } = o;
  const x = -w / 2, top = -h - 40;
  const front = `M${x} ${top}Q${x - 4} ${top - 26} ${x + 14} ${top - 30}H${-x - 14}Q${-x + 4} ${top - 26} ${-x} ${top}C${-x + 8} ${n(top + h * 0.4)} ${-x - 6} ${n(top + h * 0.7)} ${-x + 6} ${top + h}Q${n(-x * 0.5)} ${top + h + 10} 0 ${top + h}Q${n(x * 0.5)} ${top + h - 8} ${x - 4} ${top + h + 4}C${x + 8} ${n(top + h * 0.7)} ${x - 8} ${n(top + h * 0.4)} ${x} ${top}Z`;
  const rear = `M${x + 26} ${top}H${-x + 22}V${n(top + h * back)}Q20 ${n(top + h * back + 12)} ${x + 26} ${n(top + h * back)}Z`;
  const fr = fringe ? Array.from({ length: Math.round(w / 9) }, (_, i) => { const fx = x + 4 + i * 9, wob = (s.random() - 0.5) * 5; return stroke(`M${n(fx)} ${n(top + h + 2)}q${n(wob)} 18 ${n(wob * 0.6)} 36`, lit(c, 0.34 + s.random() * 0.3), 3.6); }).join('') : '';
  const bar = [-span / 2, span / 2].map((px) => `<g transform="translate(12 18)">${dot(px, top - 16, 15, 15, '#3a2d1a', `opacity=".4" filter="${s.blur(6)}"`)}</g>` + dot(px, top - 16, 14, 14, s.round(rail, 0.2))).join('');
  const railD = poly([[-span / 2, top - 26], [span / 2, top - 26], [span / 2, top - 6], [-span / 2, top - 6]]);
  return s.wallShadow(front, 22, 18) + `<g transform="translate(14 22)">${fill(railD, '#3a2d1a', `opacity=".3" filter="${s.blur(8)}"`)}</g>` + fill(rear, s.linear([[0, lit(c, 0.2)], [1, lit(c, 0.34)]])) + s.texture(textures[0][0], rear, 0.6)
    + fill(railD, s.linear([[0, lit(rail, 0.74)], [0.4, rail], [1, lit(rail, 0.12)]], [0, 0, 0, 1])) + s.texture('woodx', railD, 0.6) + bar + fr
    + fill(front, folds(s, c, count, 0.085, 1.4)) + (paint ? s.clip(front, paint(x, top, w, h)) : '') + fill(front, s.linear([[0, '#fff', 0.3], [0.05, '#fff', 0.06], [0.12, INK, 0.08], [0.3, INK, 0], [1, INK, 0.14]], [0, 0, 0, 1])) + fill(front, s.linear([[0, '#fff', 0], [0.3, INK, 0.07], [0.42, '#fff', 0.1], [0.62, INK, 0.1], [0.75, '#fff', 0.06], [1, INK, 0.12]]))
    + textures.map(([t, v]) => s.texture(t, front, v)).join('');
}
const bandsOf = (c) => (x, top, w, h) => [[h - 92, 34], [h - 44, 8], [h - 110, 5]].map(([yy, t]) => `<rect x="${x - 20}" y="${n(top + yy)}" width="${w + 40}" height="${t}" fill="${c}" opacity=".88"/>`).join('') + [20, w - 26].map((xx) => `<rect x="${n(x + xx)}" y="${top - 30}" width="7" height="${h + 60}" fill="${c}" opacity=".8"/>`).join('');
export function teatowel(s, c) {
  return at(drape(s, '#ece4d6', { w: 250, h: 470, count: 1.6, paint: bandsOf(c), span: 560, rail: BRASS }), -80, 0) + '';
}
export function teatowelFold(s, c) {
  const one = pile(s, 320, 300, 4, 24, '#ece4d6', { paint: (dx, ww, y, d) => [-0.72, -0.6, 0.6].map((f, i) => `<rect x="${n(dx + ww * f)}" y="${n(y - d)}" width="${[26, 7, 7][i]}" height="${n(d)}" fill="${c}" opacity=".85"/>`).join(''), edge: (i) => (i === 1 ? mix('#ece4d6', c, 0.85) : '#ece4d6') });
  return one.svg;
}

export function casserole(s, c, o = {}) {
  const y = (h) => -h * s.cos;
  const pot = curve([[150, 0], [170, 8], [178, 40], [180, 160]]);
  const lid = curve([[187, 160], [187, 172], [176, 184], [120, 208], [40, 220], [14, 222]]);
  const knob = curve([[15, 222], [12, 234], [26, 244], [30, 256], [18, 266], [2, 268]]);
  const ear = (d) => tube(s, [[d * 168, y(148)], [d * 226, y(152)], [d * 236, y(130)], [d * 222, y(110)], [d * 170, y(112)]], 20, c);
  return s.shadow(182, 240) + ear(-1) + ear(1) + lathe(s, pot, c, { gloss: 0.75, textures: [['grain', 0.4]] }) + fill(oval(0, y(158), 183, 183 * s.k), INK, 'opacity=".55"') + lathe(s, lid, c, { gloss: 0.7, textures: [['grain', 0.4]], ao: 0.08 })
    + dot(-62, y(206) + 6, 54, 12, '#fff', `opacity=".3" filter="${s.blur(6)}" transform="rotate(-9 -62 ${n(y(206))})"`) + dot(6, y(222) + 2, 24, 6, INK, 'opacity=".3"') + lathe(s, knob, BRASS, { gloss: 0.9, ao: 0.1 }) + (o.extra ?? '');
}
export function kettle(s, c) {
  const y = (h) => -h * s.cos;
  const body = curve([[128, 0], [158, 8], [164, 40], [140, 116], [92, 176], [64, 190]]);
  const lid = curve([[66, 191], [64, 199], [40, 212], [12, 218]]);
  const knob = curve([[11, 218], [10, 228], [19, 238], [18, 250], [3, 256]]);
  const spout = `M-116 ${n(y(64))}C-186 ${n(y(84))} -196 ${n(y(150))} -232 ${n(y(196))}L-206 ${n(y(214))}C-166 ${n(y(178))} -156 ${n(y(150))} -110 ${n(y(146))}Z`;
  const arm = (d) => tube(s, [[d * 112, y(162)], [d * 136, y(250)], [d * 108, y(320)], [d * 62, y(344)]], 12, '#4a4d4e');
  return s.shadow(162, 290) + fill(spout, s.linear([[0, lit(c, 0.6)], [0.45, lit(c, 0.46)], [1, lit(c, 0.28)]], [0, 0, 0.5, 1])) + fill(spout, s.linear([[0, '#fff', 0.2], [0.5, '#fff', 0], [1, INK, 0.35]], [0, 0, 0.7, 1])) + dot(-219, y(205), 17, 7, lit(c, 0.04), `transform="rotate(-36 -219 ${n(y(205))})"`)
    + lathe(s, body, c, { gloss: 0.85, textures: [['grain', 0.4]] }) + lathe(s, lid, c, { gloss: 0.8, ao: 0.1 }) + stroke(`M-65 ${n(y(191))}A65 ${n(65 * s.k)} 0 0 0 65 ${n(y(191))}`, lit(c, 0.05), 2, 'opacity=".6"') + lathe(s, knob, WOODS.ash, { gloss: 0.2, textures: [['woodx', 0.6]], ao: 0.1 })
    + stroke(`M-163 ${n(y(30))}A163 ${n(163 * s.k)} 0 0 0 163 ${n(y(30))}`, lit(c, 0.08), 2, 'opacity=".25"') + arm(-1) + arm(1) + limb(s, [-66, y(345)], [66, y(345)], 28, 28, WOODS.ash, { textures: [['woodx', 0.7]] });
}
