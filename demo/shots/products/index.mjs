// The demo shop's products, in the order of its categories.
import kitchen from './kitchen.mjs';
import table from './table.mjs';
import light from './light.mjs';
import textiles from './textiles.mjs';
import living from './living.mjs';
import bath from './bath.mjs';

const typed = (type, list) => list.map((p) => ({ ...p, type }));
export const products = [
  ...typed('Kitchen', kitchen), ...typed('Table', table), ...typed('Light', light),
  ...typed('Textiles', textiles), ...typed('Living', living), ...typed('Bath', bath),
];
