// A way to the shop that can be cut, and that can pretend a new release. Browsers keep service workers to an origin, so what
// happens on a worker's own connections is only seen from here.
import { createServer, request } from "node:http";
import { BASE_URL } from "./environment.mjs";

/** Headers that belong to one connection. */
const HOP = new Set(["connection", "keep-alive", "transfer-encoding", "host", "accept-encoding"]);

/**
 * Listens on a port of its own. `answer(path)` may answer a request instead of the shop, with a status and a text.
 */
export async function openProxy() {
  /** @type {(path: string) => { status: number, type?: string, text?: string } | undefined} */
  let answer = () => undefined;
  const target = new URL(BASE_URL);
  const server = createServer((asked, reply) => {
    const own = answer(asked.url ?? "/");
    if (own) {
      reply.writeHead(own.status, { "content-type": own.type ?? "text/plain", "cache-control": "no-cache" });
      reply.end(own.text ?? "");
      return;
    }
    const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !HOP.has(name)));
    const onward = request({ host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers }, (answered) => {
      const kept = Object.entries(answered.headers).filter(([name]) => !HOP.has(name));
      reply.writeHead(answered.statusCode ?? 502, Object.fromEntries(kept));
      answered.pipe(reply);
    });
    onward.on("error", () => reply.destroy());
    asked.pipe(onward);
  });
  const listen = (port) => new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(null)));
  await listen(0);
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () =>
    new Promise((resolve) => {
      if (!server.listening) return resolve(null);
      server.close(() => resolve(null));
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    /** Answers instead of the shop from here on. */
    pretend(instead) {
      answer = instead;
    },
    /** Nobody is reached any more. */
    cut: close,
    close,
  };
}
