#!/usr/bin/env node
// Writes tools/first-visit.txt: the functions that a first visit runs, up to a first command, found by counting in headless Chromium. Needs a release
// (`make build`); build again afterwards, because the list decides what the release's first module holds.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { DESKTOP, PHONE, startSite } from "../tests/e2e/browser.mjs";
import { entry, functionsOf, importing, isNameless, LIST, read, WHOLE } from "./split.mjs";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
/** Who comes, how long one of them watches, in milliseconds, and what is typed then: a first command must not wait. */
const VISITS = [
  { size: DESKTOP, watch: 40_000, typed: [["a", "SET city Bergen"], ["a", "GET city"], ["c", "SLAVEOF a 6379"]] },
  { size: DESKTOP, scheme: "light", reducedMotion: true, watch: 8_000 },
  { size: PHONE, scheme: "light", locale: "zh-CN", watch: 8_000 },
];

/** The module with a call at the beginning of each of its functions; and their names. */
function counting(bytes) {
  const module = read(bytes);
  const own = functionsOf(module).filter((one) => !one.module);
  module.addFunctionImport("ran$", "ran", "ran", binaryen.i32, binaryen.none);
  own.forEach((one, i) => {
    const body = [module.call("ran$", [module.i32.const(i)], binaryen.none), one.body];
    binaryen._BinaryenFunctionSetBody(module.getFunction(one.name), module.block(null, body, one.results));
  });
  return { bytes: module.emitBinary(), names: own.map((one) => one.name) };
}

const folder = mkdtempSync(join(tmpdir(), "first-visit-"));
cpSync(DIST, folder, { recursive: true });
const [wasm] = readdirSync(folder).filter((name) => name.endsWith("_bg.wasm"));
const { bytes, names } = counting(readFileSync(join(WHOLE, "resync_bg.wasm")));
writeFileSync(join(folder, wasm), bytes);
writeFileSync(
  join(folder, wasm.replace("_bg.wasm", ".js")),
  importing(readFileSync(join(WHOLE, "resync.js"), "utf8"), "ran", "{ ran: (i) => (globalThis.ran ??= new Set()).add(i) }"),
);

const site = await startSite({ folder });
const ran = new Set();
for (const { watch, typed = [], ...visit } of VISITS) {
  const page = await site.open(visit);
  await page.waitForTimeout(watch);
  for (const [node, line] of typed) {
    await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: node, exact: true }).click();
    const command = page.getByRole("textbox", { name: `Command for ${node}`, exact: true });
    await command.pressSequentially(line, { delay: 30 });
    await command.press("Enter");
    await page.waitForTimeout(2_000);
  }
  for (const i of await page.evaluate(() => [...globalThis.ran])) ran.add(i);
  await page.context().close();
}
await site.close();
rmSync(folder, { recursive: true });
const byName = (a, b) => (a.slice(13) < b.slice(13) ? -1 : a.slice(13) > b.slice(13) ? 1 : a < b ? -1 : 1);
const list = [...new Set([...ran].map((i) => names[i]).filter((name) => !isNameless(name)).map(entry))].sort(byName);
writeFileSync(LIST, `${list.join("\n")}\n`);
console.log(`${ran.size} of ${names.length} functions run on a first visit, up to a first command`);
