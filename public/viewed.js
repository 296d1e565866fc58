// Remembers, in this browser alone, which products were looked at last, and shows what goes with them. Without it nothing is missing.
const KEPT = 12;
const ASKED = 5;
const here = document.querySelector("[data-viewed]");
const { row, slug } = here.dataset;

/** The slugs that were kept, the latest first, without this page's; none where nothing may be kept, or it is something else. */
function known() {
  try {
    return JSON.parse(localStorage.viewed).filter((text) => typeof text === "string" && text !== slug);
  } catch {
    return [];
  }
}

function keep(slugs) {
  try {
    localStorage.viewed = JSON.stringify(slugs.slice(0, KEPT));
  } catch {
    // No room, or not allowed: there will be no row.
  }
}

async function show(slugs) {
  try {
    const answer = await fetch(`${row}?p=${slugs.map(encodeURIComponent).join(",")}`);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("for-you");
    // What this page is about needs no card.
    if (slug) found?.querySelector(`a[href$="/product/${CSS.escape(slug)}"]`)?.closest("li").remove();
    if (found?.querySelector("li")) here.replaceWith(found);
  } catch {
    // There is no network: there is no row.
  }
}

const viewed = known();
if (slug) keep([slug, ...viewed]);
if (viewed.length && navigator.onLine) show(viewed.slice(0, ASKED));
