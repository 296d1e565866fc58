// Brings a page's islands to life. The one script that a document names; there is none inside it.
const here = document.querySelector("script[data-wasm]");

// leptos looks these up while it hydrates; nothing is serialised into our documents, so they are empty.
Object.assign(window, { __RESOLVED_RESOURCES: [], __SERIALIZED_ERRORS: [], __INCOMPLETE_CHUNKS: [] });

// An island's children are rendered by the page; each time they are met they tell the island around them.
const surrounding = [];

async function walk(node, islands) {
  const tag = node.localName;
  if (tag === "leptos-island") {
    surrounding.at(-1)?.();
    window.__island = node; // where an island finds its props: in the element before it
    await islands[node.dataset.component]?.(node);
  }
  if (tag === "leptos-children") surrounding.push(node.$$on_hydrate);
  for (const child of [...node.children]) await walk(child, islands);
  if (tag === "leptos-children") surrounding.pop();
}

async function start() {
  const islands = await import(here.dataset.js);
  await islands.default({ module_or_path: here.dataset.wasm });
  islands.hydrate();
  await walk(document.body, islands);
  document.documentElement.dataset.ready = "";
}

start();

// Forms that ask for one choice are sent when it is made.
const wide = matchMedia("(min-width: 60rem)");
addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-eager]");
  // On small screens what narrows a list is a sheet: there, several things are chosen before it is sent.
  if (!form || (form.dataset.eager === "wide" && !wide.matches)) return;
  // Who chooses by keyboard goes on from there on the page that comes.
  if (target.matches(":focus-visible")) remember(place(target));
  form.requestSubmit();
});

const place = ({ name, type, value }) => (/checkbox|radio/.test(type) ? `${name}=${value}` : name);

/** Keeps where the focus was for the next page, and says where it was on the one before; nothing where nothing may be kept. */
function remember(where) {
  try {
    const before = sessionStorage.chosen;
    if (where) sessionStorage.chosen = where;
    else delete sessionStorage.chosen;
    return before;
  } catch {
    return undefined;
  }
}

const chosen = remember();
if (chosen) {
  const fields = [...document.querySelectorAll("form[data-eager] :is(input, select)")];
  const field = fields.find((field) => field.type !== "hidden" && place(field) === chosen);
  const fold = field?.closest("details");
  if (fold) fold.open = true;
  field?.focus();
}

// What is offered while somebody types is loaded when somebody begins to.
addEventListener("focusin", ({ target }) => {
  const from = target.form?.dataset.suggest;
  if (from) import(from);
});
document.querySelector(".finder")?.addEventListener("toggle", ({ target }) => target.open && target.querySelector("input").focus());

// What goes with what was looked at.
const viewed = document.querySelector("[data-viewed]")?.dataset.viewed;
if (viewed) import(viewed).catch(() => {});
// The search page has a script of its own.
const counted = document.querySelector("[data-script]")?.dataset.script;
if (counted) import(counted).catch(() => {});

// A fold in the header closes when something else is meant.
const folds = document.querySelectorAll(".head details");
addEventListener("click", ({ target }) => {
  for (const fold of folds) if (!fold.contains(target)) fold.open = false;
});
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const fold of folds) {
    if (fold.open && fold.contains(document.activeElement)) fold.querySelector("summary").focus();
    fold.open = false;
  }
});

if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js"));
}
