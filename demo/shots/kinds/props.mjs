// Things that are in pictures but not for sale: fruit, bread, flames, leaves.
import { at, fill, stroke, dot, lit, n, INK } from './tools.mjs';
import { lathe, curve, oval } from './tools.mjs';

export const glow = (s, x, y, rx, ry, strength = 0.5) =>
  dot(x, y, rx, ry, s.radial([[0, '#fff0c8', 0.95 * strength], [0.45, '#ffe9b8', 0.45 * strength], [1, '#ffe9b8', 0]]));
export function flame(s, x, y, f = 1) {
  return glow(s, x, y - 34 * f, 110 * f, 130 * f, 0.55) + at(stroke('M0 4Q2 -10 1 -22', '#33261a', 4.5)
    + fill('M0 -96C20 -60 24 -34 16 -18C10 -6 -10 -6 -16 -18C-24 -34 -18 -62 0 -96Z', s.linear([[0, '#ffdf8e'], [0.6, '#ffc04e'], [1, '#f0953a']], [0, 0, 0, 1]))
    + fill('M0 -62C10 -42 12 -28 8 -18C4 -10 -6 -10 -9 -18C-12 -30 -8 -44 0 -62Z', '#fff6da') + dot(0, -13, 7, 6, '#9fb6cf', 'opacity=".55"'), x, y, f);
}
export function lemon(s, x, y, f = 1, turn = 0, c = '#e8bf45') {
  const d = 'M-62 2C-58 -34 -30 -48 4 -46C36 -44 54 -22 62 -6Q74 -2 72 8Q62 12 56 18C40 42 10 48 -18 44C-46 40 -58 22 -62 2Z';
  return dot(x + 14, y + 34 * f, 60 * f, 18 * f, '#2a2117', `opacity=".35" filter="${s.blur(8)}"`) + at(fill(d, s.radial([[0, lit(c, 0.84)], [0.4, c], [1, lit(c, 0.14)]], [0.32, 0.28, 0.85])) + s.texture('stone', d, 0.25), x, y, f, turn);
}
export function olive(s, x, y, f = 1, c = '#6d7a41') {
  return dot(x, y, 17 * f, 14 * f, s.radial([[0, lit(c, 0.85)], [0.4, c], [1, lit(c, 0.08)]], [0.32, 0.3, 0.8])) + dot(x + 7 * f, y + 1, 3 * f, 3 * f, '#b04a35');
}
export function loaf(s) {
  const d = 'M-190 30C-204 -40 -150 -98 -40 -106C80 -114 184 -76 194 0C198 30 180 44 150 46H-150C-176 46 -188 40 -190 30Z';
  const c = '#b9783f';
  const cuts = [-110, -40, 30, 100].map((x) => fill(`M${x} -14C${x + 12} -46 ${x + 34} -78 ${x + 58} -90C${x + 56} -62 ${x + 40} -34 ${x + 22} -10Z`, s.linear([[0, '#f3dfbb'], [1, '#d9ac71']], [0, 0, 1, 1]))).join('');
  return dot(30, 44, 196, 26, '#2a2117', `opacity=".45" filter="${s.blur(10)}"`) + fill(d, s.radial([[0, lit(c, 0.76)], [0.5, c], [1, lit(c, 0.1)]], [0.34, 0.24, 0.9])) + s.clip(d, cuts) + s.texture('cloud', d, 0.8) + s.texture('stone', d, 0.3) + fill(d, s.linear([[0, '#fff', 0.1], [0.6, '#fff', 0], [1, INK, 0.35]], [0, 0, 0, 1]));
}
export function dough(s) {
  const d = 'M-300 -10C-310 -90 -160 -150 10 -146C190 -142 310 -90 300 -6C292 80 150 120 -10 116C-170 112 -290 70 -300 -10Z';
  const flour = Array.from({ length: 90 }, () => dot((s.random() - 0.5) * 760, (s.random() - 0.5) * 360 - 10, 1 + s.random() * 3, 0.8 + s.random() * 1.6, '#fffdf6', 'opacity=".8"')).join('');
  return dot(0, 0, 360, 160, '#fffdf4', `opacity=".7" filter="${s.blur(26)}"`) + `<g transform="translate(8 10)">${fill(d, '#4a3b28', `opacity=".35" filter="${s.blur(8)}"`)}</g>` + fill(d, s.linear([[0, '#f8ecd2'], [1, '#e3cfa9']], [0, 0, 0.6, 1])) + s.texture('cloud', d, 0.25) + stroke('M-286 10C-276 70 -160 106 -10 110C150 114 280 76 292 2', '#c8ad7e', 4, 'opacity=".6"') + flour;
}
export function cake(s) {
  const body = curve([[150, 0], [154, 6], [154, 84], [148, 94]], 8);
  const c = '#efe0c4';
  const berries = [[-70, -10], [-24, 14], [26, -14], [64, 10], [-100, 8], [4, -4], [104, -6], [-48, -22], [60, -24]].map(([x, y], i) => dot(x, -94 * s.cos + y * 0.9, 15, 14, s.radial([[0, lit(i % 3 ? '#a33a3f' : '#5f3350', 0.8)], [0.5, i % 3 ? '#a33a3f' : '#5f3350'], [1, INK]], [0.32, 0.28, 0.95]))).join('');
  return lathe(s, body, c, { gloss: 0.1, top: '#f6ecd6', textures: [['cloud', 0.3], ['grain', 0.5]], bands: [[30, 42, '#c98f53', 0], [60, 68, '#a8484a', 0]] }) + berries;
}
/** Stems with leaves from a point. `spread` in degrees, `len` in units. */
export function sprig(s, len = 240, kind = 'olive', count = 3) {
  const tones = ['#8a9668', '#77845a', '#94a074', '#6d7a50'];
  let out = '';
  for (let i = 0; i < count; i++) {
    const lean = (i - (count - 1) / 2) * 22 + (s.random() - 0.5) * 6, L = len * (0.82 + s.random() * 0.3);
    let stem = stroke(`M0 0C0 ${n(-L * 0.4)} ${n(L * 0.05)} ${n(-L * 0.7)} 0 ${n(-L)}`, '#6f7a52', 5);
    const leaf = (t, side) => {
      const y = -L * t, x = L * 0.04 * Math.sin(t * 3), c = tones[Math.floor(s.random() * 4)];
      const d = kind === 'round' ? oval(0, -22, 19, 24) : 'M0 0C16 -16 18 -44 0 -66C-16 -46 -16 -18 0 0Z';
      return at(fill(d, s.linear([[0, lit(c, 0.66)], [0.5, c], [0.52, lit(c, 0.36)], [1, lit(c, 0.42)]])), x, y, 1, side * (52 - t * 18) + (s.random() - 0.5) * 16);
    };
    for (let t = 0.42; t < 0.98; t += 0.17) stem += leaf(t, -1) + leaf(t + 0.07, 1);
    out += at(stem + leaf(1, 0), 0, 0, 1, lean);
  }
  return out;
}
export function bush(s, f = 1) {
  let out = '';
  const tones = ['#5f7450', '#70855c', '#7f9268', '#54684a'];
  for (let i = 0; i < 30; i++) {
    const a = -78 + (i % 15) * 11.2 + (s.random() - 0.5) * 8, L = (150 + s.random() * 130) * (1 - Math.abs(a) / 260) * f, c = tones[i % 4];
    const bend = a * 0.55;
    out += at(stroke(`M0 0Q0 ${n(-L * 0.6)} ${n(bend * 0.3)} ${n(-L)}`, lit(c, 0.34), 4) + at(fill('M0 8C30 -10 34 -58 0 -96C-34 -58 -30 -10 0 8Z', s.linear([[0, lit(c, 0.7)], [0.49, c], [0.51, lit(c, 0.36)], [1, lit(c, 0.46)]])) + stroke('M0 4V-84', lit(c, 0.7), 1.4, 'opacity=".5"'), bend * 0.3, -L, 0.8 * f, bend * 0.4), 0, 0, 1, a);
  }
  return out;
}
