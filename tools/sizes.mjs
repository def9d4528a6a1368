#!/usr/bin/env node
// sizes FOLDER: every file of a built page with its size as stored and as a host sends it (brotli 11), what a first visit
// transfers, and whether that keeps to the budget; exits with 1 when it does not.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

/** What may travel in kB, brotli: a little more than what does. Lower it when there is less. */
export const BUDGET = { wasm: 235, first: 250 };

/** Only asked for when somebody does something, or when another page loads the engine. */
const LATER = /^(lessons|help)\/|^(scenario\.md|api\.(js|d\.ts))$|_late\.(wasm|css)$/;

/** The files of a folder: path, size as stored, and as a host sends them. */
export function filesOf(folder) {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = readFileSync(path);
    return { path, raw: bytes.length, sent: brotliCompressSync(bytes, options) };
  });
}

/** The files of a folder: name, size as stored and packed, in bytes. */
export const sizes = (folder) =>
  filesOf(folder).map(({ path, raw, sent }) => ({ name: path.slice(join(folder, "/").length), raw, packed: sent.length }));

/** What a first visit transfers, in kB: the WebAssembly and everything. */
export function firstVisit(files) {
  const sum = (chosen) => chosen.reduce((sum, file) => sum + file.packed, 0) / 1000;
  const first = files.filter((file) => !LATER.test(file.name));
  return { wasm: sum(first.filter((file) => file.name.endsWith(".wasm"))), first: sum(first) };
}

function main(folder) {
  const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
  const files = sizes(folder);
  console.log(`       kB   brotli  ${folder}/`);
  for (const { name, raw, packed } of files) console.log(`${kb(raw)}${kb(packed)}  ${name}`);
  const together = (field) => files.reduce((sum, file) => sum + file[field], 0);
  console.log(`${kb(together("raw"))}${kb(together("packed"))}  together`);
  const visit = firstVisit(files);
  console.log(`         ${kb(visit.first * 1000)}  on a first visit`);
  for (const [what, most] of Object.entries(BUDGET)) {
    if (visit[what] <= most) continue;
    console.error(`${folder}: ${visit[what].toFixed(1)} kB of ${what === "wasm" ? "WebAssembly" : "a first visit"}, the budget is ${most} kB`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main((process.argv[2] ?? "dist").replace(/\/$/, ""));
