// Which pictures a product gets: one per colour, then the other views its entry asks for.
import { readFileSync } from 'node:fs';

export const swatches = JSON.parse(readFileSync(new URL('../swatches.json', import.meta.url), 'utf8'));

const slug = (s) => s.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
const lower = (s) => s[0].toLowerCase() + s.slice(1);
const list = (words) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);

/** The option that changes how the product looks, or undefined. */
export function colourOption(p) {
  return Object.keys(p.options ?? {}).find((name) => p.options[name].every((v) => swatches[v]));
}

const VIEWS = {
  group: (p, names) => `${p.title[0]}: ${list(names)} side by side`,
  pair: (p, names) => `${p.title[0]} in ${list(names.slice(0, 2))}`,
  sizes: (p) => `${p.title[0]} in its sizes, next to each other`,
  close: (p, names) => `${p.title[0]}${names.length ? ` in ${names[1] ?? names[0]}` : ''}, seen close`,
  above: (p, names) => `${p.title[0]}${names.length ? ` in ${names[0]}` : ''}, seen from above`,
  stack: (p) => `${p.title[0]}, stacked`,
  flat: (p) => `${p.title[0]}, laid out`,
  fold: (p) => `${p.title[0]}, folded`,
  folded: (p) => `${p.title[0]}, folded`,
  lit: (p) => `${p.title[0]}, lit, in brass holders`,
  drape: (p) => `${p.title[0]}, hung over a rail`,
  hang: (p) => `${p.title[0]}, hung over a rail`,
  roll: (p) => `${p.title[0]}, rolled`,
  open: (p) => `${p.title[0]}, open`,
  stackbooks: (p) => `${p.title[0]} on a pile of books`,
  tableset: (p) => `${p.title[0]} on a laid table`,
};
const SCENES = {
  lemons: 'with lemons, from above', bread: 'with a loaf of bread', dough: 'with dough and flour', water: 'filled, with a glass', aperitivo: 'with two glasses and olives',
  cake: 'with a cake', tea: 'with a cup and a book', bench: 'with a cushion and slippers', mirror: 'above a vase on a shelf', throwbasket: 'holding a throw',
  hooksapron: 'with an apron and a bag', bath: 'with soap and a towel', hamper: 'with a towel over the rim',
};

/**
 * The pictures of a product, first picture first:
 * `{ stem, alt, kind, params, view, colours, value }`, where `value` is the option value that the picture belongs to.
 */
export function pictures(p) {
  const option = colourOption(p);
  const values = option ? p.options[option] : [];
  const colours = values.length ? values.map((v) => swatches[v]) : [p.shot.color];
  const base = { kind: p.shot.kind, params: p.shot, colours, handle: p.handle };
  const firsts = values.length
    ? values.map((value, i) => ({ ...base, stem: `${p.handle}-${slug(value)}`, alt: `${p.title[0]} in ${value}: ${lower(p.what[0])}`, view: 'front', index: i, value }))
    : [{ ...base, stem: p.handle, alt: `${p.title[0]}: ${lower(p.what[0])}`, view: 'front', index: 0 }];
  const others = p.more.map((entry) => {
    const [view, detail] = entry.split(':');
    const name = detail ?? view;
    const alt = detail ? `${p.title[0]} ${SCENES[detail]}` : VIEWS[view](p, values);
    if (detail && !SCENES[detail]) throw new Error(`${p.handle}: no scene ${detail}`);
    return { ...base, stem: `${p.handle}-${slug(name)}`, alt, view: entry, index: 0 };
  });
  return [...firsts, ...others];
}
