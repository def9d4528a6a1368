#!/usr/bin/env node
// Writes tools/first-visit.txt: the functions that a first visit runs, up to a first command, found by counting in headless Chromium. Needs a release
// (`make build`); build again afterwards, because the list decides what the release's first module holds. `node tools/first-visit.mjs also` adds to the
// list of the same release: some of what runs is chance.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { DESKTOP, PHONE, startSite } from "../tests/e2e/browser.mjs";
import { listed, plain, wishesOf } from "./split/list.mjs";
import { functionsOf, read } from "./split/module.mjs";
import { codeOf, places, survey } from "./split/tree.mjs";
import { importing, LIST, WHOLE } from "./split.mjs";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
/** Who comes, how long one of them watches, in milliseconds, whether the window becomes another, and what is typed then: a first command must not wait.
 * What runs also depends on how fast it does. */
const VISITS = [
  { size: DESKTOP, watch: 40_000, resized: true, typed: [["a", "SET city Bergen"], ["a", "GET city"], ["c", "SLAVEOF a 6379"]] },
  { size: DESKTOP, watch: 12_000, slowdown: 4 },
  { size: { width: 1350, height: 940 }, watch: 8_000, resized: true },
  { size: DESKTOP, watch: 15_000, slowdown: 10 },
  { size: DESKTOP, scheme: "light", reducedMotion: true, watch: 8_000 },
  { size: PHONE, scheme: "light", locale: "zh-CN", watch: 8_000 },
];

/** Looks a text up among those of a first look, and else among all (src/narrate/table.rs). That one must come late, whatever chance has shown. */
const LOOKUP = /(words::Word|narrate::\w+::\w+)>::(pair|row|template|id)$/;
/** Which keys share a place in a hash table is chance: what looks into one that is used at all is always there, and whole, also where that is part of
 * what calls it. */
const [TABLE, WITH_TABLE] = [/hashbrown::raw::RawTable<(.+?)>>?::/, /hashbrown::|indexmap::|vtag::VTag as yew::dom_bundle/];
/** A place of fewer bytes is not worth a way to a late function. */
const SMALL = 14;
const { Block, If } = binaryen;

/** The module with a call at the beginning of each of its functions and of each place in them; how many these are; and the functions, `number` being
 * that of its first call. */
function counting(bytes) {
  const module = read(bytes);
  module.addFunctionImport("ran$", "ran", "ran", binaryen.i32, binaryen.none);
  let many = 0;
  const call = (i) => module.call("ran$", [module.i32.const(i)], binaryen.none);
  const functions = functionsOf(module).filter((one) => !one.module).map((one) => {
    const own = { ...one, number: many++, ...partsOf(one.body) };
    many += own.parts.length;
    // From behind, because what is put into a block moves the rest of it.
    for (const [i, { expr, arm, from }] of [...own.parts.entries()].reverse()) {
      if (arm) {
        const code = If[`get${arm}`](expr);
        If[`set${arm}`](expr, module.block(null, [call(own.number + 1 + i), code], binaryen.getExpressionType(code)));
      } else Block.insertChildAt(expr, from, call(own.number + 1 + i));
    }
    const body = module.block(null, [call(own.number), one.body], one.results);
    binaryen._BinaryenFunctionSetBody(module.getFunction(one.name), body);
    return own;
  });
  return { bytes: module.emitBinary(), many, functions };
}

/** The shape of a body, and its places with their sizes. */
function partsOf(body) {
  const sizeOf = (place) => codeOf(place).reduce((sum, expr) => sum + survey(expr).bytes, 0);
  return { shape: survey(body).shape(), parts: places(body).map((place) => ({ ...place, bytes: sizeOf(place) })) };
}

/** The numbers of the places that are worth cutting away: the outermost that did not run. */
function cutsOf({ name, number, parts, vars }, ran) {
  // What is left to drop differs from visit to visit.
  if (/drop_in_place/.test(name) || WITH_TABLE.test(plain(name)) || vars.some((type) => binaryen.expandType(type).length > 1)) return [];
  const gone = new Set();
  const others = LOOKUP.test(name) ? parts.findIndex(({ arm }) => !arm) : -1;
  const goes = ({ i }) => !ran[number + 1 + i] || i === others;
  const cuts = parts.map((part, i) => ({ ...part, i })).filter((part) => part.open && part.bytes >= SMALL && goes(part));
  for (const { inner: [from, to] } of cuts) for (let i = from; i < to; i++) gone.add(i);
  return cuts.map(({ i }) => i).filter((i) => !gone.has(i));
}

const folder = mkdtempSync(join(tmpdir(), "first-visit-"));
cpSync(DIST, folder, { recursive: true });
const [wasm] = readdirSync(folder).filter((name) => name.endsWith("_bg.wasm"));
const { bytes, many, functions } = counting(readFileSync(join(WHOLE, "resync_bg.wasm")));
writeFileSync(join(folder, wasm), bytes);
writeFileSync(
  join(folder, wasm.replace("_bg.wasm", ".js")),
  importing(readFileSync(join(WHOLE, "resync.js"), "utf8"), "ran", `{ ran: (i) => { (globalThis.ran ??= new Uint8Array(${many}))[i] = 1; } }`),
);

const site = await startSite({ folder });
const ran = new Uint8Array(many);
for (const { watch, resized, typed = [], slowdown = 1, ...visit } of VISITS) {
  const page = await site.open({ ...visit, slowdown });
  await page.waitForTimeout(watch);
  if (resized) {
    await page.setViewportSize({ ...visit.size, height: 2 * visit.size.height });
    await page.waitForTimeout(500);
    await page.setViewportSize(visit.size);
  }
  for (const [node, line] of typed) {
    await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: node, exact: true }).click();
    const command = page.getByRole("textbox", { name: `Command for ${node}`, exact: true });
    await command.pressSequentially(line, { delay: 30 });
    await command.press("Enter");
    await page.waitForTimeout(2_000);
  }
  // The end of a visit is part of it.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
  (await page.evaluate(() => [...globalThis.ran])).forEach((did, i) => (ran[i] |= did));
  await page.context().close();
}
await site.close();
rmSync(folder, { recursive: true });
const known = process.argv[2] === "also" ? wishesOf(readFileSync(LIST, "utf8")) : () => ({ first: false });
const tableOf = ({ name }) => plain(name).match(TABLE)?.[1];
const tables = new Set(functions.filter((one) => ran[one.number]).map(tableOf));
const first = functions.flatMap((one) => {
  const before = known(one);
  if (tableOf(one) && tables.has(tableOf(one))) return [{ ...one, cuts: [] }];
  if (!ran[one.number]) return before.first ? [{ ...one, cuts: [...before.cuts] }] : [];
  return [{ ...one, cuts: cutsOf(one, ran).filter((i) => !before.first || before.cuts.has(i)) }];
});
writeFileSync(LIST, listed(first));
const cut = first.reduce((sum, one) => sum + one.cuts.length, 0);
console.log(`${first.length} of ${functions.length} functions run on a first visit, up to a first command, without ${cut} places in them`);
