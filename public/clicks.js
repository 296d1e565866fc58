// Says which result of a search is opened, and nothing of who opened it: the shop learns what its search is good for.
const { clicks } = document.querySelector("[data-clicks]").dataset;
const q = new URLSearchParams(location.search).get("q");

function tell({ target, button }) {
  const item = target.closest("a") && target.closest(".shelf-list .grid > li");
  // Not the menu of the right button.
  if (!item || button === 2) return;
  const product = item.querySelector("a").pathname.split("/").pop();
  const rank = [...item.parentElement.children].indexOf(item) + 1;
  navigator.sendBeacon(clicks, new URLSearchParams({ q, product, rank }));
}

addEventListener("click", tell);
addEventListener("auxclick", tell);
