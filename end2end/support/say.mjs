// What the shop says, from its own message files: tests name messages, not sentences, and speak every language.
import { readFileSync, readdirSync } from "node:fs";

const LOCALES = new URL("../../locales/", import.meta.url);
/** @type {Map<string, Map<string, string>>} */
const known = new Map();

/**
 * A message on one line, with `{ $name }` and `{name}` filled in.
 * @param {string} locale
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(locale, key, values = {}) {
  const text = messages(locale).get(key);
  if (text === undefined) throw new Error(`locales/${locale} has no message ${key}`);
  return text
    .replaceAll(/\{"(\{\w+\})"\}/g, "$1")
    .replaceAll(/\{ ?\$?(\w+) ?\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function messages(locale) {
  if (!known.has(locale)) known.set(locale, read(new URL(`${locale}/`, LOCALES)));
  return known.get(locale) ?? new Map();
}

/** @param {URL} folder */
function read(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ftl"));
  const lines = files.flatMap((name) => readFileSync(new URL(name, folder), "utf8").split("\n"));
  const pairs = lines.flatMap((line) => {
    const [, key, text] = /^([a-z][\w-]*) = (.+)$/.exec(line) ?? [];
    return key ? [/** @type {[string, string]} */ ([key, text])] : [];
  });
  return new Map(pairs);
}
