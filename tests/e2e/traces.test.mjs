// Native and WebAssembly are one engine: the same scenario and the same seed give the same history, to the byte.
// `examples/trace_hashes.rs` is built both ways, the WebAssembly as the page is built, and runs here in Node.js.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

const SEEDS = 100;
const root = fileURLToPath(new URL("../../", import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });

let native;
let wasm;
before(() => {
  native = run("cargo", "run", "--quiet", "--locked", "--example", "trace_hashes", "--", `${SEEDS}`).trim().split("\n");
  const target = "wasm32-unknown-unknown";
  run("cargo", "build", "--quiet", "--locked", "--profile", "page", "--target", target, "--example", "trace_hashes");
  const metadata = JSON.parse(run("cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"));
  const built = join(metadata.target_directory, target, "page", "examples", "trace_hashes.wasm");
  const out = join(metadata.target_directory, "trace_hashes");
  run("wasm-bindgen", "--target", "nodejs", "--no-typescript", "--out-dir", out, built);
  wasm = createRequire(import.meta.url)(join(out, "trace_hashes.js"));
});

test(`${SEEDS} random worlds have the same history natively and as WebAssembly`, () => {
  const worlds = native.filter((line) => line.startsWith("world "));
  assert.equal(worlds.length, SEEDS);
  for (const line of worlds) {
    const [, seed, hashes] = line.match(/^world (\d+): (.*)$/);
    assert.equal(wasm.worldHashes(Number(seed)), hashes, `world ${seed}`);
  }
});
