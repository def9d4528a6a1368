#!/usr/bin/env node
// Trunk's hook after the build of a release, which is parted in two: what a first visit runs stays in the module that starts the page,
// everything else goes into a late one, which is loaded as soon as somebody is there (www/boot.js). A call from the first into
// the late module loads it on the spot, if it is not there yet, so nothing depends on when it comes.
//
// tools/first-visit.txt lists what a first visit runs, up to a first command; `node tools/first-visit.mjs` writes it anew. It only decides what comes
// when: a function that is not in it is late.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** The modules of the last release before it was parted, with the names of its functions. */
export const WHOLE = join(ROOT, "target/whole/");
export const LIST = join(ROOT, "tools/first-visit.txt");

/** A function as the list has it: a hash of its name without what differs from build to build, and as much of the name as a reader needs. */
export function entry(name) {
  const plain = name.replace(/\[[0-9a-f]{16}\]/g, "");
  return `${createHash("sha256").update(plain).digest("hex").slice(0, 12)} ${plain.slice(0, 72)}`;
}

/** What wasm-bindgen adds has numbers instead of names. It is little, and always stays. */
export const isNameless = (name) => /^\d+$/.test(name);

/** A module from its bytes, such as every browser of today can read. */
export function read(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(module.getFeatures() & ~binaryen.Features.CompactImports);
  return module;
}

/** What binaryen tells of each function: name, types, body; `module` is empty for those that the module has itself. */
export function functionsOf(module) {
  return Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
}

const exportsOf = (module) =>
  Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)));
const globalsOf = (module) =>
  Array.from({ length: module.getNumGlobals() }, (_, i) => binaryen.getGlobalInfo(module.getGlobalByIndex(i)));
const importedFrom = (module, from) => functionsOf(module).filter((one) => one.module === from).map((one) => one.name);
const sweep = (module) => module.runPasses(["remove-unused-module-elements"]);

/** Makes a function of the module one that it imports. */
function moveOut(module, one, from, name) {
  module.removeFunction(one.name);
  module.addFunctionImport(one.name, from, name, one.params, one.results);
}

/** Parts a module. `isFirst` tells of a name whether the function stays. Returns the bytes of both parts. */
export function split(bytes, isFirst) {
  const first = read(bytes);
  const late = read(bytes);
  const own = functionsOf(first).filter((one) => !one.module);
  const stays = own.filter((one) => isFirst(one.name));
  const goes = own.filter((one) => !isFirst(one.name));
  // Names for the way between the parts: short, and different from the exports that the page uses.
  const label = new Map(own.map((one, i) => [one.name, `=${i.toString(36)}`]));
  const mutable = globalsOf(first).filter((one) => one.mutable);
  if (first.getNumElementSegments() !== 1) throw new Error("split: one table of functions is expected");
  const table = binaryen.getElementSegmentInfo(first.getElementSegmentByIndex(0));
  const start = 1;

  for (const one of goes) moveOut(first, one, "late", label.get(one.name));
  // Made anew, because the functions in it have changed.
  first.removeElementSegment(table.name);
  first.addActiveElementSegment(table.table, table.name, table.data, first.i32.const(start));
  for (const one of stays) first.addFunctionExport(one.name, label.get(one.name));
  for (const one of mutable) first.addGlobalExport(one.name, `=${one.name}`);
  first.addTableExport(table.table, "=table");
  sweep(first);
  const wanted = importedFrom(first, "late");

  for (const one of exportsOf(late)) late.removeExport(one.name);
  late.removeElementSegment(table.name);
  const isLate = new Set(goes.map((one) => one.name));
  for (let from = 0; from < table.data.length; ) {
    let to = from;
    while (to < table.data.length && isLate.has(table.data[to])) to++;
    if (to > from) late.addActiveElementSegment(table.table, `slots ${from}`, table.data.slice(from, to), late.i32.const(start + from));
    from = to + 1;
  }
  for (const one of stays) moveOut(late, one, "first", label.get(one.name));
  // Memory, with all data in it, tables and globals are those of the first.
  late.setMemory(1, -1, null, [], false, false, "0");
  late.addMemoryImport("0", "first", "memory");
  late.addTableImport(table.table, "first", "=table");
  late.addTableImport("__wbindgen_externrefs", "first", "__wbindgen_externrefs");
  for (const one of mutable) {
    late.removeGlobal(one.name);
    late.addGlobalImport(one.name, "first", `=${one.name}`, one.type, true);
  }
  for (const name of wanted) late.addFunctionExport(name, label.get(name));
  sweep(late);

  const needed = new Set(importedFrom(late, "first"));
  for (const one of stays) if (!needed.has(one.name)) first.removeExport(label.get(one.name));
  sweep(first);
  if (!first.validate() || !late.validate()) throw new Error("split: a part is not valid");
  return { first: first.emitBinary(), late: late.emitBinary() };
}

/** The bindings with one more module to import from: its name, and the expression for what it holds. */
export function importing(bindings, name, expression) {
  const imports = /( {8}"\.\/\w+_bg\.js": import0,\n)/;
  if (!imports.test(bindings)) throw new Error("split: the bindings have no imports where they are expected");
  return bindings.replace(imports, (known) => `${known}        ${name}: ${expression},\n`);
}

/** The bindings with the way to the late module: its imports, and `late()`, which loads it. */
function bridged(bindings, file) {
  return `${importing(bindings, "late", "(lateNeeds = import0, lateCalls)")}
// The late module. What calls it before it is there waits for it.
const lateAddress = new URL("${file}", import.meta.url);
let lateNeeds, lateModule, lateExports, lateAsked;
const lateCalls = new Proxy({}, { get: (_, name) => (...args) => (lateExports ?? lateStart())[name](...args) });

function lateStart() {
  const module = lateModule ?? new WebAssembly.Module(lateBytes());
  const [name] = WebAssembly.Module.imports(module).filter((one) => one.module.endsWith("_bg.js")).map((one) => one.module);
  lateExports = new WebAssembly.Instance(module, { first: wasm, [name]: lateNeeds }).exports;
  return lateExports;
}

function lateBytes() {
  const request = new XMLHttpRequest();
  request.open("GET", lateAddress, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(\`\${lateAddress.pathname}: \${request.status}\`);
  return Uint8Array.from(request.responseText, (sign) => sign.charCodeAt(0) & 255);
}

/** Loads the late module. */
export function late() {
  lateAsked ??= WebAssembly.compileStreaming(fetch(lateAddress)).then(
    (module) => {
      lateModule = module;
      if (wasm && !lateExports) lateStart();
    },
    // It is asked for again when it is needed.
    () => (lateAsked = undefined),
  );
  return lateAsked;
}
`;
}

function main(folder) {
  const names = readdirSync(folder);
  const [wasm] = names.filter((name) => name.endsWith("_bg.wasm"));
  const base = wasm.slice(0, -"_bg.wasm".length);
  const bytes = readFileSync(join(folder, wasm));
  const bindings = readFileSync(join(folder, `${base}.js`), "utf8");
  rmSync(WHOLE, { recursive: true, force: true });
  mkdirSync(WHOLE, { recursive: true });
  writeFileSync(join(WHOLE, "resync_bg.wasm"), bytes);
  writeFileSync(join(WHOLE, "resync.js"), bindings);

  const list = new Set(readFileSync(LIST, "utf8").split("\n"));
  const parts = split(bytes, (name) => isNameless(name) || list.has(entry(name)));
  // Trunk's hash is of the whole; the parts depend on the list as well.
  const hash = createHash("sha256").update(parts.first).update(parts.late).digest("hex").slice(0, 16);
  const name = `resync-${hash}`;
  rmSync(join(folder, wasm));
  rmSync(join(folder, `${base}.js`));
  writeFileSync(join(folder, `${name}_bg.wasm`), parts.first);
  writeFileSync(join(folder, `${name}_late.wasm`), parts.late);
  writeFileSync(join(folder, `${name}.js`), bridged(bindings, `${name}_late.wasm`));
  const index = join(folder, "index.html");
  writeFileSync(`${index}.new`, readFileSync(index, "utf8").replaceAll(base, name));
  renameSync(`${index}.new`, index);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.env.TRUNK_STAGING_DIR);
