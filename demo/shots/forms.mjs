// Solid forms: turned bodies, boxes, limbs and cloth, seen by the stage's camera.
import { mix, lit, n, INK, fill, stroke, dot } from './paint.mjs';

/** A smooth curve through points, sampled. */
export function curve(points, steps = 10) {
  const out = [];
  for (let i = 0; i < points.length - 1; i++) {
    const [p0, p1, p2, p3] = [points[Math.max(0, i - 1)], points[i], points[i + 1], points[Math.min(points.length - 1, i + 2)]];
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      out.push([0, 1].map((d) => 0.5 * (2 * p1[d] + (p2[d] - p0[d]) * t + (2 * p0[d] - 5 * p1[d] + 4 * p2[d] - p3[d]) * t * t + (3 * p1[d] - p0[d] - 3 * p2[d] + p3[d]) * t ** 3)));
    }
  }
  out.push(points.at(-1));
  return out.map(([r, h]) => [Math.max(0.5, r), h]);
}
/** Straight segments, sampled, for hard-edged profiles. */
export function segments(points, steps = 6) {
  const out = [];
  for (let i = 0; i < points.length - 1; i++) {
    for (let s = 0; s < steps; s++) out.push([0, 1].map((d) => points[i][d] + ((points[i + 1][d] - points[i][d]) * s) / steps));
  }
  out.push(points.at(-1));
  return out;
}

export const oval = (cx, cy, rx, ry) => `M${n(cx - rx)} ${n(cy)}A${n(rx)} ${n(ry)} 0 0 0 ${n(cx + rx)} ${n(cy)}A${n(rx)} ${n(ry)} 0 0 0 ${n(cx - rx)} ${n(cy)}Z`;
export const poly = (pts, close = true) => `M${pts.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}${close ? 'Z' : ''}`;

/** The outline that two neighbouring rings cover: a tangent hull of two ovals on one axis. */
function band(a, b, k) {
  const [r1, y1] = a, [r2, y2] = b;
  const dy = y1 - y2;
  const u = dy === 0 ? 2 : (k * (r2 - r1)) / dy;
  if (Math.abs(u) >= 1) {
    const [r, y] = r1 > r2 ? a : b;
    return oval(0, y, r, r * k);
  }
  const c = Math.sqrt(1 - u * u);
  // The lower ring's front and the upper ring's back, joined by the tangents.
  return `M${n(-r1 * c)} ${n(y1 + k * r1 * u)}A${n(r1)} ${n(r1 * k)} 0 ${u < 0 ? 1 : 0} 0 ${n(r1 * c)} ${n(y1 + k * r1 * u)}L${n(r2 * c)} ${n(y2 + k * r2 * u)}A${n(r2)} ${n(r2 * k)} 0 ${u > 0 ? 1 : 0} 0 ${n(-r2 * c)} ${n(y2 + k * r2 * u)}Z`;
}

/** The silhouette of a turned body as one path (for clipping, textures and shadows). */
export function silhouette(s, profile) {
  const rings = profile.map(([r, h]) => [r, -h * s.cos]);
  let d = '';
  for (let i = 0; i < rings.length - 1; i++) d += band(rings[i], rings[i + 1], s.k);
  return d;
}

/**
 * A body turned on a lathe. `profile`: `[radius, height]` from foot to rim.
 * Options: gloss, texture(s) `[name, opacity]`, open (wall thickness, or 0 for a closed top), inside colour,
 * fillTo/liquid (level as a share of the height, colour), top (colour of a closed top), bands `[from, to, colour]` by height.
 */
export function lathe(s, profile, c, o = {}) {
  const { gloss = 0.4, textures = [['grain', 0.5]], open = 0, inside = c, top = null, bands = [], liquid = null, ao = 0.3 } = o;
  const k = s.k;
  const H = Math.max(...profile.map(([, h]) => h)) || 1;
  let out = '';
  for (let i = 0; i < profile.length - 1; i++) {
    const [r1, h1] = profile[i], [r2, h2] = profile[i + 1];
    const d = band([r1, -h1 * s.cos], [r2, -h2 * s.cos], k);
    const hit = bands.find(([from, to]) => (h1 + h2) / 2 >= from && (h1 + h2) / 2 < to);
    const len = Math.hypot(r2 - r1, h2 - h1) || 1;
    const up = ((r1 - r2) / len) * (o.flip ? -1 : 1); // 1 faces the sky, −1 the floor
    // Quantised so that neighbouring strips share gradients.
    const base = hit ? hit[2] : c;
    const tone = Math.round(up * 10) / 10;
    const shaded = tone > 0 ? lit(base, 0.5 + tone * 0.16) : lit(base, 0.5 + tone * 0.2);
    out += fill(d, s.round(shaded, hit?.[3] ?? gloss));
  }
  const sil = silhouette(s, profile);
  const shade = s.linear([[0, '#fff', 0.07], [0.45, '#fff', 0], [0.6, INK, 0], [1, INK, ao]], [0, -H * s.cos, 0, profile[0][0] * k], true);
  out += fill(sil, shade);
  for (const [name, opacity] of textures) out += s.texture(name, sil, opacity);
  const [R, top_h] = profile.at(-1);
  const y = -top_h * s.cos;
  if (open) {
    const inner = R - open;
    out += fill(oval(0, y, R, R * k), s.linear([[0, lit(c, 0.72)], [0.5, lit(c, 0.62)], [1, lit(c, 0.42)]]));
    const wall = profile.filter(([r, h]) => r > open + 1).map(([r, h]) => [r - open, h]).reverse();
    const floorH = o.floorH ?? Math.min(14, H * 0.12);
    let bowl = fill(oval(0, y, inner, inner * k), lit(inside, 0.16));
    for (const [r, h] of wall) {
      if (h < floorH || (liquid && h < liquid[0] * H)) break;
      const depth = (top_h - h) / H;
      bowl += fill(oval(0, -h * s.cos, r, r * k), s.linear([[0, lit(inside, 0.2 - depth * 0.06)], [0.35, lit(inside, 0.3 - depth * 0.06)], [0.8, lit(inside, 0.54 - depth * 0.1)], [1, lit(inside, 0.5 - depth * 0.1)]], [0, 0, 1, 0.35]));
    }
    const level = liquid ? liquid[0] * H : floorH;
    const at = wall.reduce((best, p) => (Math.abs(p[1] - level) < Math.abs(best[1] - level) ? p : best), wall[0]);
    const lr = at[0];
    if (liquid) bowl += fill(oval(0, -level * s.cos, lr, lr * k), s.linear([[0, lit(liquid[1], 0.4)], [0.5, liquid[1]], [1, lit(liquid[1], 0.62)]], [0, 0, 1, 0.6]));
    else bowl += fill(oval(0, -level * s.cos, lr, lr * k), s.radial([[0, lit(inside, 0.56)], [1, lit(inside, 0.42)]], [0.6, 0.6, 0.6]));
    if (!liquid) for (const [name, opacity] of textures) bowl += s.texture(name, oval(0, y, inner, inner * k), opacity);
    out += s.clip(oval(0, y, inner, inner * k), bowl);
    out += stroke(oval(0, y, R - 1, (R - 1) * k), lit(c, 0.82), 1.6, 'opacity=".5"');
  } else if (top !== null) {
    out += fill(oval(0, y, R, R * k), s.linear([[0, lit(top, 0.68)], [1, lit(top, 0.46)]], [0, 0, 1, 0.6]));
  }
  return out;
}

/** Blown glass: the same profile, seen through. */
export function glass(s, profile, c, o = {}) {
  const { base = 16, water = null, alpha = 1 } = o;
  const k = s.k;
  const sil = silhouette(s, profile);
  const [R, H] = profile.at(-1);
  const y = -H * s.cos;
  const foot = profile[0][0];
  let out = fill(oval(0, y, R, R * k), lit(c, 0.6), 'opacity=".22"');
  out += fill(sil, s.linear([[0, lit(c, 0.3), 0.62 * alpha], [0.1, c, 0.34 * alpha], [0.3, lit(c, 0.75), 0.2 * alpha], [0.6, c, 0.24 * alpha], [0.88, lit(c, 0.4), 0.42 * alpha], [1, lit(c, 0.25), 0.66 * alpha]]));
  if (water) {
    const wet = profile.filter(([, h]) => h <= water[0] * H && h >= base);
    const w = wet.map(([r, h]) => [r * 0.93, h]);
    out += fill(silhouette(s, w), s.linear([[0, lit(water[1], 0.35), 0.75], [0.4, water[1], 0.55], [1, lit(water[1], 0.3), 0.8]]));
    const [wr, wh] = w.at(-1);
    out += fill(oval(0, -wh * s.cos, wr, wr * k), lit(water[1], 0.72), 'opacity=".75"');
  }
  const br = profile.reduce((b, p) => (Math.abs(p[1] - base) < Math.abs(b[1] - base) ? p : b))[0] * 0.86;
  out += fill(oval(0, -base * s.cos, br, br * k), s.linear([[0, lit(c, 0.3), 0.5], [1, lit(c, 0.8), 0.5]], [0, 0, 1, 0.4]));
  out += fill(oval(0, 0, foot * 0.97, foot * 0.97 * k), lit(c, 0.25), 'opacity=".18"');
  const left = profile.filter(([, h]) => h > H * 0.18 && h < H * 0.9).map(([r, h]) => [-r * 0.74, -h * s.cos + r * k * 0.5]);
  const right = profile.filter(([, h]) => h > H * 0.3 && h < H * 0.8).map(([r, h]) => [r * 0.84, -h * s.cos + r * k * 0.4]);
  out += stroke(poly(left, false), '#fff', R * 0.1, `opacity=".6" filter="${s.blur(2)}"`);
  out += stroke(poly(right, false), '#fff', R * 0.05, `opacity=".45" filter="${s.blur(1.5)}"`);
  out += stroke(oval(0, y, R - 1.5, (R - 1.5) * k), lit(c, 0.86), 3, 'opacity=".85"');
  out += stroke(oval(0, y, R, R * k), lit(c, 0.22), 1.2, 'opacity=".5"');
  return out;
}
/** Keeps what stands in an opening of radius `r` at height `h` behind its front rim. */
export function emerging(s, r, h, inner) {
  const y = -h * s.cos;
  const out = r + 26;
  return s.clip(`M-900 -1400H900V400H${n(out)}V${n(y)}H${n(r)}A${n(r)} ${n(r * s.k)} 0 0 1 ${n(-r)} ${n(y)}H${n(-out)}V400H-900Z`, inner);
}
/** The profile, raised by `by`. */
export const raise = (profile, by) => profile.map(([r, h]) => [r, h + by]);
export const scaled = (profile, f, fh = f) => profile.map(([r, h]) => [r * f, h * fh]);
/** Light that coloured glass lets through onto the floor. */
export const caustic = (s, r, c) => dot(r * 0.75, r * 0.16, r * 0.62, r * s.k * 0.5, lit(c, 0.85), `opacity=".5" filter="${s.blur(8)}"`);

/** A point of a turned scene on the sheet: x right, z towards the camera, h up; yaw in degrees. */
export function project(s, yaw = 0) {
  const a = (yaw * Math.PI) / 180;
  return (x, z, h = 0) => [x * Math.cos(a) + z * Math.sin(a), (-x * Math.sin(a) + z * Math.cos(a)) * s.k - h * s.cos];
}

/** A box with its centre over the origin, lifted by `lift`. Sides take the light by their direction. */
export function box(s, w, d, h, c, o = {}) {
  const { yaw = 25, lift = 0, soft = 3, textures = [['grain', 0.5]], top = c, side = null, x = 0, z = 0 } = o;
  const p = project(s, yaw);
  const corner = (sx, sz, hh) => p(x + (sx * w) / 2, z + (sz * d) / 2, lift + hh);
  const front = poly([corner(-1, 1, 0), corner(1, 1, 0), corner(1, 1, h), corner(-1, 1, h)]);
  const end = yaw >= 0 ? poly([corner(1, 1, 0), corner(1, -1, 0), corner(1, -1, h), corner(1, 1, h)]) : poly([corner(-1, 1, 0), corner(-1, -1, 0), corner(-1, -1, h), corner(-1, 1, h)]);
  const lid = poly([corner(-1, 1, h), corner(1, 1, h), corner(1, -1, h), corner(-1, -1, h)]);
  const lightFront = yaw >= 0 ? 0.52 - yaw * 0.001 : 0.4, lightEnd = yaw >= 0 ? 0.24 : 0.6;
  const face = (path, colour, a, b, dir) => fill(path, s.linear([[0, lit(colour, a)], [1, lit(colour, b)]], dir), soft ? `stroke="${lit(colour, (a + b) / 2)}" stroke-width="${soft}" stroke-linejoin="round"` : '');
  let out = face(end, side ?? c, lightEnd + 0.04, lightEnd - 0.06, [0, 0, 1, 1]) + face(front, side ?? c, lightFront + 0.06, lightFront - 0.1, [0, 0, 1, 1]) + face(lid, top, 0.74, 0.6, [0, 0, 1, 1]);
  for (const [name, opacity] of textures) for (const path of [front, end, lid]) out += s.texture(name, path, opacity);
  return { svg: out, front, end, lid, corner };
}

/** A round bar from `[x1, y1]` to `[x2, y2]` on the sheet, shaded across. */
export function limb(s, [x1, y1], [x2, y2], w1, w2, c, o = {}) {
  const { gloss = 0.25, textures = [], cap = true } = o;
  const len = Math.hypot(x2 - x1, y2 - y1) || 1;
  let nx = -(y2 - y1) / len, ny = (x2 - x1) / len;
  if (nx < 0 || (Math.abs(nx) < 0.05 && ny < 0)) { nx = -nx; ny = -ny; }
  const a = w1 / 2, b = w2 / 2;
  const d = poly([[x1 - nx * a, y1 - ny * a], [x2 - nx * b, y2 - ny * b], [x2 + nx * b, y2 + ny * b], [x1 + nx * a, y1 + ny * a]]);
  const m = Math.max(a, b), cx = (x1 + x2) / 2, cy = (y1 + y2) / 2;
  const f = s.round(c, gloss, [cx - nx * m, cy - ny * m, cx + nx * m, cy + ny * m], true);
  let out = fill(d, f);
  if (cap) out += dot(x1, y1, a, a, f) + dot(x2, y2, b, b, f);
  for (const [name, opacity] of textures) out += s.texture(name, d, opacity);
  return out;
}

/** A tube along points, shaded by stacked strokes. */
export function tube(s, pts, w, c, smooth = true) {
  const line = smooth ? pathThrough(pts) : poly(pts, false);
  return stroke(line, lit(c, 0.2), w) + `<g transform="translate(${n(-w * 0.07)} ${n(-w * 0.07)})">${stroke(line, lit(c, 0.42), w * 0.82)}</g>`
    + `<g transform="translate(${n(-w * 0.14)} ${n(-w * 0.14)})">${stroke(line, lit(c, 0.6), w * 0.44, `filter="${s.blur(w * 0.07)}"`)}</g>`
    + `<g transform="translate(${n(-w * 0.2)} ${n(-w * 0.2)})">${stroke(line, lit(c, 0.86), w * 0.14, `opacity=".6" filter="${s.blur(w * 0.05)}"`)}</g>`;
}
export function pathThrough(pts) {
  let d = `M${n(pts[0][0])} ${n(pts[0][1])}`;
  for (let i = 0; i < pts.length - 1; i++) {
    const [p0, p1, p2, p3] = [pts[Math.max(0, i - 1)], pts[i], pts[i + 1], pts[Math.min(pts.length - 1, i + 2)]];
    d += `C${n(p1[0] + (p2[0] - p0[0]) / 6)} ${n(p1[1] + (p2[1] - p0[1]) / 6)} ${n(p2[0] - (p3[0] - p1[0]) / 6)} ${n(p2[1] - (p3[1] - p1[1]) / 6)} ${n(p2[0])} ${n(p2[1])}`;
  }
  return d;
}

/** Soft hanging folds: a horizontal gradient of light and shade. */
export function folds(s, c, count, depth = 0.12, seed = 0) {
  const stops = [];
  for (let i = 0; i <= count * 4; i++) {
    const t = i / (count * 4);
    const wave = Math.sin(t * count * Math.PI * 2 + seed) * (0.6 + 0.4 * Math.sin(t * 9 + seed * 3));
    stops.push([t, lit(c, 0.56 - t * 0.16 + wave * depth)]);
  }
  return s.linear(stops);
}

/**
 * Folded cloth, a pile of `layers`: rounded folds to the front, a soft top. Returns svg and height.
 * `edge(i)` may give each layer its own colour.
 */
export function pile(s, w, d, layers, thick, c, o = {}) {
  const { textures = [['linen', 0.7]], edge = () => c, lift = 0, wobble = 5, paint = null } = o;
  let out = '';
  const half = w / 2, depth = d * s.k;
  let y = -lift * s.cos + depth / 2;
  const rnd = s.random;
  for (let i = 0; i < layers; i++) {
    const colour = edge(i);
    const dx = (rnd() - 0.5) * wobble, ww = half + (rnd() - 0.5) * wobble;
    const t = thick * s.cos, r = t / 2;
    const front = `M${n(dx - ww + r)} ${n(y - t)}H${n(dx + ww - r * 0.6)}Q${n(dx + ww + r * 0.2)} ${n(y - t * 0.5)} ${n(dx + ww - r * 0.6)} ${n(y)}H${n(dx - ww + r)}Q${n(dx - ww - r * 0.5)} ${n(y - t * 0.5)} ${n(dx - ww + r)} ${n(y - t)}Z`;
    out += fill(front, s.linear([[0, lit(colour, 0.62)], [0.35, lit(colour, 0.52)], [0.8, lit(colour, 0.3)], [1, lit(colour, 0.12)]], [0, 0, 0, 1]));
    out += fill(front, s.linear([[0, '#fff', 0.1], [0.3, '#fff', 0], [0.7, INK, 0], [1, INK, 0.34]]));
    for (const [name, opacity] of textures) out += s.texture(name, front, opacity);
    y -= t;
    if (i === layers - 1) {
      const lid = `M${n(dx - ww + r)} ${n(y + 1)}C${n(dx - ww + r * 1.2)} ${n(y - depth * 0.5)} ${n(dx - ww * 0.9)} ${n(y - depth * 0.9)} ${n(dx - ww * 0.88)} ${n(y - depth)}H${n(dx + ww * 0.86)}C${n(dx + ww * 0.9)} ${n(y - depth * 0.8)} ${n(dx + ww - r * 0.6)} ${n(y - depth * 0.3)} ${n(dx + ww - r * 0.6)} ${n(y + 1)}Z`;
      out += fill(lid, s.linear([[0, lit(colour, 0.74)], [1, lit(colour, 0.5)]], [0, 0, 1, 0.6]));
      if (paint) out += s.clip(lid, paint(dx, ww, y, depth));
      for (const [name, opacity] of textures) out += s.texture(name, lid, opacity);
    }
  }
  const y0 = -lift * s.cos + depth / 2, rise = Math.min(60, layers * thick * 0.3);
  const under = fill(`M${n(-half + 4)} ${n(y0 - depth * 0.6)}H${n(half + 6 + rise)}L${n(half + 16 + rise * 0.6)} ${n(y0 + 4)}H${n(-half + 6)}Z`, '#4a3b28', `opacity=".42" filter="${s.blur(14)}"`)
    + fill(`M${n(-half + 8)} ${n(y0 - 14)}H${n(half + 6)}V${n(y0 + 5)}H${n(-half + 8)}Z`, '#2a2117', `opacity=".6" filter="${s.blur(4.5)}"`);
  return { svg: under + out, height: -y };
}

/** A wooden board or rail face drawn flat, with grain. */
export function plank(s, d, c, along = 'woodx', light = [0.64, 0.44]) {
  return fill(d, s.linear([[0, lit(c, light[0])], [1, lit(c, light[1])]], [0, 0, 1, 1])) + s.texture(along, d, 0.8) + s.texture('grain', d, 0.4);
}
export const rounded = (x, y, w, h, r) => `M${n(x + r)} ${n(y)}h${n(w - 2 * r)}q${n(r)} 0 ${n(r)} ${n(r)}v${n(h - 2 * r)}q0 ${n(r)} ${n(-r)} ${n(r)}h${n(-(w - 2 * r))}q${n(-r)} 0 ${n(-r)} ${n(-r)}v${n(-(h - 2 * r))}q0 ${n(-r)} ${n(r)} ${n(-r)}Z`;
export { mix };
