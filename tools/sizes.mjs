#!/usr/bin/env node
// sizes FOLDER: every file of a built page with its size as stored and as a host sends it (brotli 11).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const folder = process.argv[2] ?? "dist";
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
let raw = 0;
let packed = 0;
console.log(`       kB   brotli  ${folder}/`);
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const small = brotliCompressSync(bytes, options).length;
  raw += bytes.length;
  packed += small;
  console.log(`${kb(bytes.length)}${kb(small)}  ${path.slice(folder.length + 1)}`);
}
console.log(`${kb(raw)}${kb(packed)}  together`);
