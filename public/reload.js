// Development only: reloads the page, or only its style, when `cargo leptos watch` says that something was built.
const { port } = document.querySelector("script[data-port]").dataset;

function listen(isFirst) {
  const socket = new WebSocket(`ws://${location.hostname}:${port}/live_reload`);
  socket.onopen = () => isFirst || location.reload();
  socket.onclose = () => setTimeout(listen, 500, false);
  socket.onmessage = ({ data }) => {
    const { css, all } = JSON.parse(data);
    if (all) location.reload();
    if (!css) return;
    for (const link of document.querySelectorAll("link[rel=stylesheet]")) {
      const url = new URL(link.href);
      url.searchParams.set("at", Date.now());
      link.href = url;
    }
  };
}

listen(true);
