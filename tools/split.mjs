#!/usr/bin/env node
// Trunk's hook after the build of a release, which is parted in two: what a first visit runs stays in the module that starts the page,
// everything else goes into a late one, which is loaded as soon as somebody is there (www/boot.js). A call from the first into
// the late module loads it on the spot, if it is not there yet, so nothing depends on when it comes.
//
// tools/first-visit.txt lists what a first visit runs, up to a first command, and which places of it do not run (tools/split/regions.mjs);
// `node tools/first-visit.mjs` writes it anew. It only decides what comes when.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { transformSync } from "esbuild";
import { partData, piecesOf, withoutLinks } from "./split/data.mjs";
import { wishesOf } from "./split/list.mjs";
import { exportsOf, functionsOf, globalsOf, importedFrom, read, runsOf, sweep } from "./split/module.mjs";
import { shortBindings, shorten, shortNames } from "./split/names.mjs";
import { bare, order } from "./split/order.mjs";
import { cutShort, resumable, takesOver } from "./split/regions.mjs";
import { joinStyles } from "./split/styles.mjs";
import { childrenOf, kindOf, survey } from "./split/tree.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** The modules of the last release before it was parted, with the names of its functions. */
export const WHOLE = join(ROOT, "target/whole/");
/** The module as the linker wrote it: Trunk adds the bindings and makes it smaller. */
const LINKED = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "wasm32-unknown-unknown/page/resync.wasm");
export const LIST = join(ROOT, "tools/first-visit.txt");

const { i32, none, funcref } = binaryen;

/** Makes a function of the module one that it imports. */
function moveOut(module, one, from, name) {
  module.removeFunction(one.name);
  module.addFunctionImport(one.name, from, name, one.params, one.results);
}

/** Parts a module. `wish` tells of a function `{ first: true, cuts }` when it stays, without the places in `cuts`; `names` are short ones for imports and
 * exports; `linked` is the module as the linker wrote it. Returns both parts. */
export function split(bytes, wish, names, linked) {
  const [first, late] = [read(bytes), read(bytes)];
  for (const part of [first, late]) shorten(part, names);
  const plan = planOf(first, wish);
  const wanted = toFirst(first, plan);
  const handed = new Set(wanted.map((one) => one.name));
  const data = partData(late, first, (name) => handed.has(name), piecesOf(linked));
  const { initial, max } = first.getMemoryInfo("0");
  first.setMemory(initial, max ?? -1, null, segmentsFor(first, data.first), false, false, "0");
  const called = toLate(late, plan, wanted, data.late);

  // What the late part calls in the first it finds in a table: numbers take less room than names.
  for (const one of plan.stays) first.removeExport(plan.label(one));
  first.addTable(CALLED, called.length, called.length, funcref);
  first.addTableExport(CALLED, CALLED);
  first.addActiveElementSegment(CALLED, CALLED, called, first.i32.const(0));
  sweep(first);
  if (!first.validate() || !late.validate()) throw new Error("split: a part is not valid");
  return [first, late];
}

/** Makes both parts as small as they can be packed. Returns their bytes. */
function small(parts, folder) {
  binaryen.setDebugInfo(true);
  const [first, late] = parts.map((part) => {
    const file = join(folder, "part.wasm");
    // Their functions keep their names until they are in order.
    writeFileSync(file, part.emitBinary());
    execFileSync("wasm-opt", ["-Oz", "--converge", "--low-memory-unused", "-g", file, "-o", file]);
    const made = read(readFileSync(file));
    rmSync(file);
    order(made);
    return made;
  });
  renumber(first, late);
  return [first, late].map(bare);
}

/** Has the table of functions that the late part calls in their own order, which takes less room. */
function renumber(first, late) {
  const places = new Map(functionsOf(first).map((one, i) => [one.name, i]));
  const called = binaryen.getElementSegmentInfo(first.getElementSegment(CALLED)).data;
  const sorted = [...called].sort((one, other) => places.get(one) - places.get(other));
  first.removeElementSegment(CALLED);
  first.addActiveElementSegment(CALLED, CALLED, sorted, first.i32.const(0));
  const slots = new Map(sorted.map((name, slot) => [name, slot]));
  for (const one of importedFrom(late, "first")) moveOut(late, one, "first", slots.get(called[parseInt(one.base, 36)]).toString(36));
}

/** What goes where: the functions that stay, those that go, and those that stay cut short, each with its places and with the late function that takes
 * over; the table of functions, whose first slot is empty; the globals that both parts have. */
function planOf(module, wish) {
  const own = functionsOf(module).filter((one) => !one.module);
  const wishes = new Map(own.map((one) => [one.name, wish(one)]));
  const stays = own.filter((one) => wishes.get(one.name).first);
  const goes = own.filter((one) => !wishes.get(one.name).first);
  const late = new Set(goes.map((one) => one.name));
  if (module.getNumElementSegments() !== 1) throw new Error("split: one table of functions is expected");
  return {
    stays,
    goes,
    cut: stays.map((one) => ({ one, cuts: wishes.get(one.name).cuts, over: { name: `${one.name} late`, ...takesOver(one) } }))
      .filter(({ cuts }) => cuts.size),
    table: { ...binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(0)), start: 1 },
    isLate: (name) => late.has(name),
    mutable: globalsOf(module).filter((one) => one.mutable),
    // A name among the exports, different from those that the page uses.
    label: (one) => `=${one.name}`,
  };
}

/** Makes the first part of a module, without its data. Returns the late functions that it calls. */
function toFirst(first, { stays, goes, cut, table, isLate, mutable, label }) {
  for (const one of goes) moveOut(first, one, "late", "");
  for (const { one, cuts, over } of cut) {
    first.addFunctionImport(over.name, "late", "", over.params, over.results);
    setBody(first, one, cutShort(first, one, cuts, (all) => first.call(over.name, all, over.results)));
  }
  fill(first, table, (name) => !isLate(name));
  guard(first, table.table);
  // Until it is known which of them the late part calls.
  for (const one of stays) first.addFunctionExport(one.name, label(one));
  for (const one of mutable) first.addGlobalExport(one.name, `=${one.name}`);
  first.addTableExport(table.table, "=table");
  sweep(first);
  const wanted = importedFrom(first, "late").filter((one) => one.name !== "load");
  bridge(first, wanted);
  return wanted;
}

/** Makes the late part of a module: memory, tables and globals are those of the first. Returns the names of the functions that it calls there. */
function toLate(late, { stays, cut, table, isLate, mutable }, wanted, data) {
  for (const one of exportsOf(late)) late.removeExport(one.name);
  fill(late, table, isLate);
  const again = new Map(functionsOf(late).map((one) => [one.name, one]));
  for (const { one, cuts, over } of cut) {
    late.addFunction(over.name, over.params, over.results, [], resumable(late, again.get(one.name), cuts));
  }
  const isCut = new Set(cut.map(({ one }) => one));
  for (const one of stays) if (isCut.has(one) || survey(one.body).bytes > IN_BOTH) moveOut(late, one, "first", "");
  late.setMemory(1, -1, null, segmentsFor(late, data), false, false, "0");
  late.addMemoryImport("0", "first", "memory");
  late.addTableImport(table.table, "first", "=table");
  late.addTableImport("__wbindgen_externrefs", "first", "__wbindgen_externrefs");
  late.addTable(LATE, wanted.length, wanted.length, funcref);
  late.addTableImport(LATE, "first", LATE);
  late.addActiveElementSegment(LATE, LATE, wanted.map((one) => one.name), late.i32.const(0));
  for (const one of mutable) {
    late.removeGlobal(one.name);
    late.addGlobalImport(one.name, "first", `=${one.name}`, one.type, true);
  }
  sweep(late);
  const called = importedFrom(late, "first");
  called.forEach((one, slot) => moveOut(late, one, "first", slot.toString(36)));
  return called.map((one) => one.name);
}

/** Leaves those functions in the table of a module that are `mine`. */
function fill(module, { name, table, data, start }, mine) {
  module.removeElementSegment(name);
  for (const [from, to] of runsOf(data.length, (slot) => mine(data[slot]))) {
    module.addActiveElementSegment(table, `slots ${from}`, data.slice(from, to), module.i32.const(start + from));
  }
}

/** A function of so many bytes, about, is in both parts: the way to it would take as much room. */
const IN_BOTH = 80;

/** Below this address nothing lies (the stack ends there), which lets wasm-opt draw numbers into the places of accesses. */
const LOW = 1024;

function segmentsFor(module, runs) {
  if (runs.some(({ address }) => address < LOW)) throw new Error(`split: data lie below ${LOW}`);
  return runs.map(({ address, data }) => ({ offset: module.i32.const(address), data, passive: false }));
}

const setBody = (module, one, body) => binaryen._BinaryenFunctionSetBody(module.getFunction(one.name), body);

/** Tables and a global of the first part: the late functions that it calls, its own that the late part calls, and whether that is there. */
const LATE = "=late";
const CALLED = "=called";
const READY = "=ready";

/** Has each call through the table look whether the function is there. */
function guard(first, table) {
  const { CallIndirect, CallIndirectId } = binaryen;
  const go = (expr) => {
    for (const [child] of childrenOf(expr)) go(child);
    if (kindOf(expr) === CallIndirectId) CallIndirect.setTarget(expr, first.call("there", [CallIndirect.getTarget(expr)], i32));
  };
  for (const one of functionsOf(first)) if (one.body) go(one.body);
  first.addFunctionImport("load", "late", "load", none, none);
  first.addGlobal(READY, i32, true, first.i32.const(0));
  first.addGlobalExport(READY, READY);
  const slot = () => first.local.get(0, i32);
  const missing = first.ref.is_null(first.table.get(table, slot(), funcref));
  const body = [first.if(first.i32.eqz(first.global.get(READY, i32)), first.if(missing, first.call("load", [], none))), slot()];
  first.addFunction("there", i32, i32, [], first.block(null, body, i32));
}

/** Puts in place of each imported late function one that looks it up in the table, which `load` fills. */
function bridge(first, wanted) {
  first.addTable(LATE, wanted.length, wanted.length, funcref);
  first.addTableExport(LATE, LATE);
  wanted.forEach(({ name, params, results }, slot) => {
    const all = binaryen.expandType(params).map((type, i) => first.local.get(i, type));
    const body = [
      first.if(first.i32.eqz(first.global.get(READY, i32)), first.call("load", [], none)),
      first.call_indirect(LATE, first.i32.const(slot), all, params, results),
    ];
    first.removeFunction(name);
    first.addFunction(name, params, results, [], first.block(null, body, results));
  });
}

/** The bindings with one more module to import from: its name, and the expression for what it holds. */
export function importing(bindings, name, expression) {
  const imports = /( {8}"\.\/\w+_bg\.js": import0,\n)/;
  if (!imports.test(bindings)) throw new Error("split: the bindings have no imports where they are expected");
  return bindings.replace(imports, (known) => `${known}        ${name}: ${expression},\n`);
}

/** The bindings with the way to the late module: its imports, and `late()`, which loads it. */
function bridged(bindings, name) {
  return `${importing(bindings, "late", "(lateNeeds = import0, { load: lateStart })")}
// The late module and its styles. What calls it before it is there waits for it.
const lateAddress = new URL("${name}_late.wasm", import.meta.url);
// Another page that loads the engine keeps its own looks.
const lateStyles = globalThis.document?.getElementById("resync") && new URL("${name}_late.css", import.meta.url);
let lateNeeds, lateThere, lateAsked;

function lateStart() {
  if (wasm["${READY}"].value) return;
  const [module, styles] = lateThere ?? [new WebAssembly.Module(lateBytes()), lateStyles && lateNow(lateStyles)];
  if (styles) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    document.adoptedStyleSheets.push(sheet);
  }
  const [name] = WebAssembly.Module.imports(module).filter((one) => one.module.endsWith("_bg.js")).map((one) => one.module);
  const first = { ...wasm };
  for (let i = 0; i < wasm["${CALLED}"].length; i++) first[i.toString(36)] = wasm["${CALLED}"].get(i);
  new WebAssembly.Instance(module, { first, [name]: lateNeeds });
  wasm["${READY}"].value = 1;
}

function lateNow(address, charset = "utf-8") {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.overrideMimeType(\`text/plain; charset=\${charset}\`);
  request.send();
  if (request.status !== 200) throw new Error(\`\${address.pathname}: \${request.status}\`);
  return request.responseText;
}

const lateBytes = () => Uint8Array.from(lateNow(lateAddress, "x-user-defined"), (sign) => sign.charCodeAt(0) & 255);

/** Loads the late module. */
export function late() {
  const text = (answer) => (answer.ok ? answer.text() : Promise.reject(answer.status));
  lateAsked ??= Promise.all([WebAssembly.compileStreaming(fetch(lateAddress)), lateStyles && fetch(lateStyles).then(text)]).then(
    (there) => {
      lateThere = there;
      if (wasm) lateStart();
    },
    // It is asked for again when it is needed.
    () => (lateAsked = undefined),
  );
  return lateAsked;
}
`;
}

function main(folder) {
  const [wasm] = readdirSync(folder).filter((name) => name.endsWith("_bg.wasm"));
  const base = wasm.slice(0, -"_bg.wasm".length);
  const bytes = withoutLinks(readFileSync(join(folder, wasm)));
  const bindings = readFileSync(join(folder, `${base}.js`), "utf8");
  const names = shortNames(bindings);
  rmSync(WHOLE, { recursive: true, force: true });
  mkdirSync(WHOLE, { recursive: true });
  writeFileSync(join(WHOLE, "resync_bg.wasm"), bytes);
  writeFileSync(join(WHOLE, "resync.js"), bindings);

  const [first, late] = small(split(bytes, wishesOf(readFileSync(LIST, "utf8")), names, readFileSync(LINKED)), folder);
  // Trunk's hash is of the whole; the parts depend on the list as well, and the styles that go with them have hashes in index.html.
  const index = join(folder, "index.html");
  const html = readFileSync(index, "utf8");
  const hash = createHash("sha256").update(first).update(late).update(html).digest("hex").slice(0, 16);
  const name = `resync-${hash}`;
  rmSync(join(folder, wasm));
  rmSync(join(folder, `${base}.js`));
  writeFileSync(join(folder, `${name}_bg.wasm`), first);
  writeFileSync(join(folder, `${name}_late.wasm`), late);
  writeFileSync(join(folder, `${name}.js`), bridged(shortBindings(bindings, names), name));
  writeFileSync(`${index}.new`, joinStyles(folder, html, name).replaceAll(base, name));
  for (const file of readdirSync(folder)) {
    const [, loader] = file.match(/-\w+\.(js|css)$/) ?? [];
    if (loader) writeFileSync(join(folder, file), transformSync(readFileSync(join(folder, file), "utf8"), { loader, minify: true }).code);
  }
  renameSync(`${index}.new`, index);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.env.TRUNK_STAGING_DIR);
