// Native and WebAssembly are one engine: the same scenario and the same seed give the same history, to the byte.
// `examples/trace_hashes.rs` is built both ways, the WebAssembly as the page is built, and runs here in Node.js.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

const SEEDS = 100;
const root = fileURLToPath(new URL("../../", import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
const scenarios = ["tests/scenarios", "www/lessons"].flatMap((folder) =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".resync")).map((name) => `${folder}/${name}`));

let native;
let wasm;
before(() => {
  const example = ["--quiet", "--locked", "--example", "trace_hashes"];
  const lines = run("cargo", "run", ...example, "--", `${SEEDS}`, ...scenarios).trim().split("\n");
  native = new Map(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  const target = "wasm32-unknown-unknown";
  run("cargo", "build", ...example, "--profile", "page", "--target", target);
  const metadata = JSON.parse(run("cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"));
  const built = join(metadata.target_directory, target, "page", "examples", "trace_hashes.wasm");
  const out = join(metadata.target_directory, "trace_hashes");
  run("wasm-bindgen", "--target", "nodejs", "--no-typescript", "--out-dir", out, built);
  wasm = createRequire(import.meta.url)(join(out, "trace_hashes.js"));
});

test(`${SEEDS} random worlds have the same history natively and as WebAssembly`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    assert.equal(wasm.worldHashes(seed), native.get(`world ${seed}`), `world ${seed}`);
  }
});

for (const path of scenarios) {
  test(`${path} has the same history natively and as WebAssembly`, () => {
    const hashes = wasm.scenarioHashes(readFileSync(join(root, path), "utf8"));
    assert.match(hashes, /^[0-9a-f]{16} [0-9a-f]{16} [1-9][0-9]* events/);
    assert.equal(hashes, native.get(path));
  });
}
