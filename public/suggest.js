// Suggestions while somebody types into the header's search: a combobox (WAI-ARIA 1.2) over a list of links. Loaded when the
// field is focused first. Without it the form searches all the same.
const DELAY = 120;
const form = document.querySelector("form[data-suggest]");
const input = form.querySelector("input");
const list = document.createElement("ul");
const known = new Map();
let asking;
let timer;
let current = -1;

Object.assign(list, { id: "suggestions", className: "suggestions", hidden: true });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", form.dataset.label);
for (const [name, value] of [
  ["role", "combobox"],
  ["aria-autocomplete", "list"],
  ["aria-controls", list.id],
  ["aria-expanded", "false"],
])
  input.setAttribute(name, value);
form.append(list);

const options = () => [...list.querySelectorAll('[role="option"]')];

function close() {
  list.hidden = true;
  current = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const all = options();
  current = all.length ? (index + all.length + 1) % (all.length + 1) : -1;
  // One place beyond the last is the field itself.
  if (current === all.length) current = -1;
  all.forEach((option, at) => option.setAttribute("aria-selected", String(at === current)));
  if (current < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", all[current].id);
  all[current].scrollIntoView({ block: "nearest" });
}

function show({ categories, products }) {
  const option = ({ name, href }, kind) => {
    const link = document.createElement("a");
    Object.assign(link, { href, textContent: name, tabIndex: -1, className: kind });
    link.id = `suggestion-${list.children.length}`;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    const item = document.createElement("li");
    item.setAttribute("role", "presentation");
    item.append(link);
    list.append(item);
  };
  list.replaceChildren();
  for (const category of categories) option(category, "aisle");
  for (const product of products) option(product, "thing");
  const isEmpty = list.children.length === 0;
  close();
  list.hidden = isEmpty;
  input.setAttribute("aria-expanded", String(!isEmpty));
}

async function ask() {
  const text = input.value.trim();
  asking?.abort();
  if (text.length < 2) return close();
  if (known.has(text)) return show(known.get(text));
  asking = new AbortController();
  const { signal } = asking;
  try {
    const answer = await fetch(`${form.dataset.api}?${new URLSearchParams({ q: text })}`, { signal });
    if (!answer.ok) return close();
    const found = await answer.json();
    known.set(text, found);
    // What was typed meanwhile asks for itself.
    if (!signal.aborted && document.activeElement === input) show(found);
  } catch {
    // Overtaken by the next letter, or there is no network: the form still searches.
    if (!signal.aborted) close();
  }
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, DELAY);
});
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && !list.hidden) {
    close();
    // Only the list closes, not the fold around it.
    event.stopPropagation();
    event.preventDefault();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) return void ask();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(current < 0 && step < 0 ? options().length - 1 : current + step);
  } else if (event.key === "Enter" && current >= 0) {
    event.preventDefault();
    location.assign(options()[current].href);
  }
});
input.addEventListener("focusout", ({ relatedTarget }) => {
  if (!list.contains(relatedTarget)) close();
});
// A press on a suggestion must not take the focus before it is a click.
list.addEventListener("mousedown", (event) => event.preventDefault());
if (input.value) ask();
