// Short names for what module and bindings share: wasm-bindgen makes theirs long, with a hash in each.
import { exportsOf, functionsOf } from "./module.mjs";

const IMPORT = /^ {8}(__wb\w+): function/gm;
const CLOSURE = /\bwasm_bindgen_[0-9a-f]{16}_\w+/g;

/** The short name of each function that the bindings give to the module, and of each closure's call, which the module gives to them. */
export function shortNames(bindings) {
  const imports = [...bindings.matchAll(IMPORT)].map(([, name]) => name);
  const closures = [...new Set(bindings.match(CLOSURE))];
  if (!imports.length || !closures.length) throw new Error("split: the bindings name nothing as they did");
  return new Map([...imports.map((name, i) => [name, `i${i.toString(36)}`]), ...closures.map((name, i) => [name, `call${i}`])]);
}

/** The bindings with short names. */
export const shortBindings = (bindings, names) =>
  bindings.replace(IMPORT, (line, name) => line.replace(name, names.get(name))).replace(CLOSURE, (name) => names.get(name));

/** Has a module use the short names. */
export function shorten(module, names) {
  for (const one of functionsOf(module)) {
    if (!names.has(one.base)) continue;
    module.removeFunction(one.name);
    module.addFunctionImport(one.name, one.module, names.get(one.base), one.params, one.results);
  }
  for (const { name, value } of exportsOf(module)) {
    if (!names.has(name)) continue;
    module.removeExport(name);
    module.addFunctionExport(value, names.get(name));
  }
}
