// A static host for dist/ (or another folder): the answers that a plain web host gives, in a folder below the root, because
// that is where project pages usually live and where a wrong absolute address shows.
import { createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { filesOf } from "../../tools/sizes.mjs";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const FOLDER = "/resync/";
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".resync": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Serves a folder on a free port; `packed` sends everything as brotli, which takes a while to begin. Returns its address (with the
 * closing slash) and a function that stops it. */
export async function serve(folder = DIST, packed = false) {
  await access(join(folder, "index.html")).catch(() => {
    throw new Error(`${folder}index.html is missing: run \`make build\` first`);
  });
  const stored = new Map((packed ? filesOf(folder) : []).map(({ path, sent }) => [path, sent]));
  const server = createServer((request, response) => {
    answer(folder, stored, request, response).catch(() => response.writeHead(404).end("not found"));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return { address: `http://127.0.0.1:${server.address().port}${FOLDER}`, stop };
}

async function answer(folder, stored, request, response) {
  const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
  if (!path.startsWith(FOLDER)) throw new Error("outside the site");
  const inside = normalize(path.slice(FOLDER.length));
  if (inside.startsWith("..")) throw new Error("outside the site");
  const file = join(folder, path.endsWith("/") ? join(inside, "index.html") : inside);
  const { size } = await stat(file);
  const packed = stored.get(file);
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": packed?.length ?? size,
    ...(packed && { "content-encoding": "br" }),
    "cache-control": "max-age=600",
  });
  if (packed) response.end(packed);
  else createReadStream(file).pipe(response);
}
