// Colour, light and the sheet of paper: what every shot shares.

export const INK = '#1b1712';
const rgb = (h) => [1, 3, 5].map((i) => parseInt(h.slice(i, i + 2), 16));
/** The colour between `a` and `b`, `t` from 0 to 1. */
export function mix(a, b, t) {
  const [x, y] = [rgb(a), rgb(b)];
  return '#' + x.map((v, i) => Math.round(v + (y[i] - v) * Math.min(1, Math.max(0, t))).toString(16).padStart(2, '0')).join('');
}
/** `c` under light `v`: 0.5 is the colour itself, less goes to shade, more to light. */
export const lit = (c, v) => (v < 0.5 ? mix(c, shade(c), (0.5 - v) * 1.6) : mix(c, '#fffaf0', (v - 0.5) * 0.95));
/** The colour in deep, warm shade: darker, and a little redder, not merely greyer. */
const shade = (c) => '#' + rgb(c).map((v, i) => Math.round(v * [0.3, 0.26, 0.22][i] + [8, 6, 5][i]).toString(16).padStart(2, '0')).join('');
export const n = (x) => String(Math.round(x * 100) / 100);

/** A small seeded random source (mulberry32). */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TEXTURES = {
  grain: '<feTurbulence type="fractalNoise" baseFrequency=".8" numOctaves="2" seed="7"/><feColorMatrix values="0 0 0 0 .2 0 0 0 0 .17 0 0 0 0 .12 0 0 0 .16 -.02"/>',
  speck: '<feTurbulence type="fractalNoise" baseFrequency=".17" numOctaves="2" seed="11"/><feColorMatrix values="0 0 0 0 .2 0 0 0 0 .13 0 0 0 0 .07 16 0 0 0 -11.9"/>',
  cloud: '<feTurbulence type="fractalNoise" baseFrequency=".014 .022" numOctaves="3" seed="5"/><feColorMatrix values="0 0 0 0 .12 0 0 0 0 .09 0 0 0 0 .05 .7 0 0 0 -.31"/>',
  woodx: '<feTurbulence type="fractalNoise" baseFrequency=".006 .13" numOctaves="3" seed="3"/><feColorMatrix values="0 0 0 0 .24 0 0 0 0 .13 0 0 0 0 .05 2.2 0 0 0 -.95"/>',
  woody: '<feTurbulence type="fractalNoise" baseFrequency=".13 .006" numOctaves="3" seed="3"/><feColorMatrix values="0 0 0 0 .24 0 0 0 0 .13 0 0 0 0 .05 2.2 0 0 0 -.95"/>',
  linen: '<feTurbulence type="fractalNoise" baseFrequency=".03 .55" numOctaves="2" seed="2" result="a"/><feTurbulence type="fractalNoise" baseFrequency=".55 .03" numOctaves="2" seed="4" result="b"/><feBlend in="a" in2="b" mode="multiply"/><feColorMatrix values="0 0 0 0 .14 0 0 0 0 .1 0 0 0 0 .06 .75 0 0 0 -.15"/>',
  wool: '<feTurbulence type="fractalNoise" baseFrequency=".22 .3" numOctaves="3" seed="9"/><feColorMatrix values="0 0 0 0 .1 0 0 0 0 .08 0 0 0 0 .05 1.1 0 0 0 -.42"/>',
  stone: '<feTurbulence type="fractalNoise" baseFrequency=".06 .08" numOctaves="4" seed="21"/><feColorMatrix values="0 0 0 0 .16 0 0 0 0 .13 0 0 0 0 .1 1.3 0 0 0 -.58"/>',
};

export class Stage {
  /** `k`: how far the camera looks down, 0 level, 1 from above. */
  constructor({ k = 0.24, seed = 1 } = {}) {
    this.k = k;
    this.random = random(seed);
    this.defs = new Map();
    this.count = 0;
  }
  get cos() { return Math.sqrt(1 - this.k * this.k); }
  /** Stores a definition once and gives `url(#id)`. */
  def(xml) {
    if (!this.defs.has(xml)) this.defs.set(xml, `d${this.defs.size}`);
    return `url(#${this.defs.get(xml)})`;
  }
  linear(stops, [x1, y1, x2, y2] = [0, 0, 1, 0], user = false) {
    const units = user ? ' gradientUnits="userSpaceOnUse"' : '';
    return this.def(`<linearGradient${units} x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}">${stopsOf(stops)}</linearGradient>`);
  }
  radial(stops, [cx, cy, r] = [0.5, 0.5, 0.5], user = false) {
    const units = user ? ' gradientUnits="userSpaceOnUse"' : '';
    return this.def(`<radialGradient${units} cx="${n(cx)}" cy="${n(cy)}" r="${n(r)}">${stopsOf(stops)}</radialGradient>`);
  }
  blur(d) { return this.def(`<filter x="-80%" y="-80%" width="260%" height="260%"><feGaussianBlur stdDeviation="${n(d)}"/></filter>`); }
  /** Lays a texture over a path. */
  texture(name, d, opacity = 1) {
    const filter = this.def(`<filter x="-5%" y="-5%" width="110%" height="110%">${TEXTURES[name]}<feComposite in2="SourceGraphic" operator="in"/></filter>`);
    return `<path d="${d}" filter="${filter}" opacity="${n(opacity)}"/>`;
  }
  clip(d, inner) {
    const c = this.def(`<clipPath><path d="${d}"/></clipPath>`);
    return `<g clip-path="${c}">${inner}</g>`;
  }
  /** The light across a round body: key from the upper left, a little bounce at the right. */
  round(c, gloss = 0.4, from = [0, 0, 1, 0], user = false) {
    const stops = [];
    for (let i = 0; i <= 16; i++) {
      const x = -1 + i / 8, z = Math.sqrt(Math.max(0, 1 - x * x));
      const key = Math.max(0, -0.62 * x + 0.72 * z);
      let v = 0.12 + 0.52 * key + 0.12 * Math.max(0, x) ** 3;
      v += gloss * 0.42 * Math.exp(-(((x + 0.52) / 0.13) ** 2));
      stops.push([i / 16, lit(c, v)]);
    }
    return this.linear(stops, from, user);
  }
  /** The shadow on the floor of something `r` wide and `h` tall. */
  shadow(r, h = r, x = 0, y = 0, strength = 1) {
    const ry = Math.max(8, r * this.k * 0.95);
    const reach = Math.min(h, 420);
    return `<g transform="translate(${n(x)} ${n(y)})">`
      + `<ellipse cx="${n(r * 0.22 + reach * 0.1)}" cy="${n(ry * 0.34)}" rx="${n(r * 1.04 + reach * 0.1)}" ry="${n(ry * 1.02)}" fill="#4a3b28" opacity="${n(0.3 * strength)}" filter="${this.blur(15)}"/>`
      + `<ellipse cx="${n(r * 0.05)}" cy="${n(ry * 0.16)}" rx="${n(r * 0.98)}" ry="${n(ry * 0.98)}" fill="#2a2117" opacity="${n(0.46 * strength)}" filter="${this.blur(5)}"/></g>`;
  }
  /** The shadow under something that stands on legs: soft only, since light comes in from the sides. */
  under(r, x = 0, y = 0) {
    return dot(x + r * 0.2, y + r * this.k * 0.2, r * 1.12, r * this.k * 0.9, '#4a3b28', `opacity=".34" filter="${this.blur(17)}"`);
  }
  /** A shape's shadow on the wall behind it. */
  wallShadow(d, dx = 16, dy = 22, strength = 1) {
    return `<g transform="translate(${dx} ${dy})"><path d="${d}" fill="#4a3b28" opacity="${n(0.3 * strength)}" filter="${this.blur(14)}"/></g><g transform="translate(4 6)"><path d="${d}" fill="#2a2117" opacity="${n(0.28 * strength)}" filter="${this.blur(4)}"/></g>`;
  }
  /** The finished picture. `floor`: where wall meets floor, as a share of the height, or null for a wall or a table from above. */
  sheet(inner, { width = 800, height = 1000, floor = 0.62, dim = 0 } = {}) {
    const bg = this.radial([[0, '#f5f0e8'], [0.55, '#ebe4d8'], [1, '#d9cfbf']], [0.36, 0.28, 0.9]);
    const ground = this.linear([[0, '#d8cdbb', 0], [0.35, '#d3c7b4', 0.5], [1, '#c7bba7', 0.85]], [0, 0, 0, 1]);
    const edge = this.radial([[0, '#000', 0], [0.7, '#000', 0], [1, '#3a2d1a', 0.13 + dim]], [0.42, 0.4, 0.78]);
    const all = `M0 0H${width}V${height}H0Z`;
    const body = `<path d="${all}" fill="${bg}"/>`
      + (floor === null ? '' : `<path d="M0 ${n(height * floor)}H${width}V${height}H0Z" fill="${ground}"/>`)
      + `<path d="${all}" fill="${edge}"/>${inner}${this.texture('grain', all, 0.28)}`;
    const defs = [...this.defs].map(([xml, id]) => xml.replace(/^<(\w+)/, `<$1 id="${id}"`)).join('');
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><defs>${defs}</defs>${body}</svg>`;
  }
}

function stopsOf(stops) {
  return stops.map(([o, c, a]) => `<stop offset="${n(o)}" stop-color="${c}"${a === undefined ? '' : ` stop-opacity="${n(a)}"`}/>`).join('');
}

export const at = (svg, x, y, scale = 1, turn = 0) =>
  `<g transform="translate(${n(x)} ${n(y)})${scale === 1 ? '' : ` scale(${n(scale)})`}${turn ? ` rotate(${n(turn)})` : ''}">${svg}</g>`;
export const fill = (d, f, extra = '') => `<path d="${d}" fill="${f}"${extra ? ' ' + extra : ''}/>`;
export const stroke = (d, c, w, extra = '') => `<path d="${d}" fill="none" stroke="${c}" stroke-width="${n(w)}" stroke-linecap="round" stroke-linejoin="round"${extra ? ' ' + extra : ''}/>`;
export const dot = (x, y, rx, ry, f, extra = '') => `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${f}"${extra ? ' ' + extra : ''}/>`;

export const WOODS = { ash: '#d9b98d', walnut: '#7b5436', beech: '#dbb389', oak: '#c79c66' };
export const BRASS = '#c39a4e';
