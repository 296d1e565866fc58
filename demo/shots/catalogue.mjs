// Writes demo/catalogue.csv (Shopify's product export format) and demo/catalogue.de.csv from the product list.
import { writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { products } from './products/index.mjs';
import { makers, care, taxonomy } from './makers.mjs';
import { pictures } from './pictures.mjs';

const COLUMNS = [
  'Handle', 'Title', 'Body (HTML)', 'Vendor', 'Product Category', 'Type', 'Tags', 'Published',
  ...[1, 2, 3].flatMap((n) => [`Option${n} Name`, `Option${n} Value`, `Option${n} Linked To`]),
  'Variant SKU', 'Variant Grams', 'Variant Inventory Tracker', 'Variant Inventory Qty', 'Variant Inventory Policy',
  'Variant Fulfillment Service', 'Variant Price', 'Variant Compare At Price', 'Variant Requires Shipping', 'Variant Taxable',
  'Unit Price Total Measure', 'Unit Price Total Measure Unit', 'Unit Price Base Measure', 'Unit Price Base Measure Unit',
  'Variant Barcode', 'Image Src', 'Image Position', 'Image Alt Text', 'Gift Card', 'SEO Title', 'SEO Description',
  ...['Google Product Category', 'Gender', 'Age Group', 'MPN', 'Condition', 'Custom Product',
    'Custom Label 0', 'Custom Label 1', 'Custom Label 2', 'Custom Label 3', 'Custom Label 4'].map((c) => `Google Shopping / ${c}`),
  'Variant Image', 'Variant Weight Unit', 'Variant Tax Code', 'Cost per item',
  'Included / United States', 'Price / United States', 'Compare At Price / United States', 'Status',
];

const quote = (v) => (/[",\n\r]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v);
const line = (columns, row) => columns.map((c) => quote(String(row[c] ?? ''))).join(',') + '\n';
const money = (n) => n.toFixed(2);
/** A price in dollars as a shopkeeper would round it: whole below 60, else to the next five. */
const dollars = (eur) => (eur < 60 ? Math.ceil(eur * 1.12) : Math.ceil((eur * 1.12) / 5) * 5);
const escape = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const code = (value) => value.toUpperCase().replaceAll('×', 'X').replace(/[^A-Z0-9]/g, '');
const hash = (s) => createHash('sha256').update(s).digest().readUInt32BE(0);

/** A valid EAN-13 of the range 20-29, which is reserved for a shop's own use. */
function barcode(number) {
  const digits = `20${String(number).padStart(10, '0')}`;
  const sum = [...digits].reduce((s, d, i) => s + Number(d) * (i % 2 ? 3 : 1), 0);
  return digits + ((10 - (sum % 10)) % 10);
}

/** The body in language 0 (English) or 1 (German); its first paragraph is the lead. */
function body(p, lang) {
  const items = [p.what[lang], p.size[lang], makers[p.by][1 + lang]].map((s) => `<li>${escape(s)}</li>`).join('\n');
  return `<p>${escape(p.lead[lang])}</p>\n<h3>Details</h3>\n<ul>\n${items}\n</ul>\n<h3>${['Care', 'Pflege'][lang]}</h3>\n<p>${escape(care[p.care][lang])}</p>`;
}

const seo = (p, lang) => {
  const text = `${p.what[lang]}. ${p.lead[lang]}`;
  return text.length <= 160 ? text : text.slice(0, 159).replace(/[\s,.:;]+\S*$/, '') + '…';
};

/** Every combination of option values, the last option turning fastest. */
function variants(p) {
  const names = Object.keys(p.options ?? {});
  let rows = [[]];
  for (const name of names) rows = rows.flatMap((r) => p.options[name].map((v) => [...r, [name, v]]));
  return rows.map((values) => {
    const pick = (by) => (by && typeof by === 'object' ? values.map(([, v]) => by[v]).find((x) => x !== undefined) : by);
    const suffix = values.map(([, v]) => code(v)).join('-');
    const sku = p.sku ?? [p.handle.toUpperCase(), suffix].filter(Boolean).join('-');
    const qty = p.stock?.[suffix] ?? 8 + (hash(sku) % 73);
    return { values, sku, qty, suffix, price: pick(p.price), was: pick(p.was), grams: pick(p.grams) };
  });
}

let csv = COLUMNS.map(quote).join(',') + '\n';
const DE = ['Handle', 'Title', 'Body (HTML)', 'SEO Title', 'SEO Description'];
let german = DE.join(',') + '\n';
const seen = new Set();
const report = { products: 0, variants: 0, soldOut: 0, few: 0, onSale: 0 };
let serial = 0;

for (const p of products) {
  const shots = pictures(p);
  const vs = variants(p);
  const known = new Set(vs.map((v) => v.suffix));
  for (const key of Object.keys(p.stock ?? {})) if (!known.has(key)) throw new Error(`${p.handle}: no variant ${key}`);
  report.products++;
  if (vs.some((v) => v.was)) report.onSale++;
  for (let i = 0; i < Math.max(vs.length, shots.length); i++) {
    const row = { Handle: p.handle };
    if (i === 0) {
      Object.assign(row, {
        Title: p.title[0], 'Body (HTML)': body(p, 0), Vendor: makers[p.by][0], 'Product Category': taxonomy[p.cat], Type: p.type,
        Tags: p.tags.split(' ').sort().join(', '), Published: 'true', 'Gift Card': 'false',
        'SEO Title': `${p.title[0]} by ${makers[p.by][0]}`, 'SEO Description': seo(p, 0), 'Included / United States': 'true', Status: 'active',
      });
      if (!taxonomy[p.cat]) throw new Error(`${p.handle}: no category ${p.cat}`);
    }
    const v = vs[i];
    if (v) {
      if (seen.has(v.sku)) throw new Error(`${v.sku} twice`);
      seen.add(v.sku);
      report.variants++;
      if (v.qty === 0) report.soldOut++;
      else if (v.qty <= 3) report.few++;
      const values = v.values.length ? v.values : [['Title', 'Default Title']];
      values.forEach(([name, value], n) => {
        if (i === 0) row[`Option${n + 1} Name`] = name;
        row[`Option${n + 1} Value`] = value;
      });
      const own = shots.find((s) => s.value && v.values.some(([, x]) => x === s.value));
      Object.assign(row, {
        'Variant SKU': v.sku, 'Variant Grams': v.grams, 'Variant Inventory Tracker': 'shopify', 'Variant Inventory Qty': v.qty,
        'Variant Inventory Policy': 'deny', 'Variant Fulfillment Service': 'manual', 'Variant Price': money(v.price),
        'Variant Compare At Price': v.was ? money(v.was) : '', 'Variant Requires Shipping': 'true', 'Variant Taxable': 'true',
        'Variant Barcode': barcode(++serial), 'Variant Image': own ? `/media/${own.stem}.jpg` : '',
        'Variant Weight Unit': v.grams >= 1000 ? 'kg' : 'g', 'Variant Tax Code': p.cat === 'books' ? 'reduced' : '',
        'Cost per item': money(Math.round(v.price * 0.42)),
        'Price / United States': money(dollars(v.price)), 'Compare At Price / United States': v.was ? money(dollars(v.was)) : '',
      });
    }
    const shot = shots[i];
    if (shot) Object.assign(row, { 'Image Src': `/media/${shot.stem}.jpg`, 'Image Position': i + 1, 'Image Alt Text': shot.alt });
    csv += line(COLUMNS, row);
  }
  german += line(DE, {
    Handle: p.handle, Title: p.title[1], 'Body (HTML)': body(p, 1), 'SEO Title': `${p.title[1]} von ${makers[p.by][0]}`, 'SEO Description': seo(p, 1),
  });
}
writeFileSync(new URL('../catalogue.csv', import.meta.url), csv);
writeFileSync(new URL('../catalogue.de.csv', import.meta.url), german);
console.log(report);
