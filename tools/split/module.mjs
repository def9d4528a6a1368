// What binaryen tells of a module.
import binaryen from "binaryen";

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

export const exportsOf = (module) =>
  Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)));
export const globalsOf = (module) =>
  Array.from({ length: module.getNumGlobals() }, (_, i) => binaryen.getGlobalInfo(module.getGlobalByIndex(i)));
export const importedFrom = (module, from) => functionsOf(module).filter((one) => one.module === from);
export const sweep = (module) => module.runPasses(["remove-unused-module-elements"]);

/** Where the numbers below `length` are that `isMine`: from, and up to but without. Fewer than `gap` others in between are taken along. */
export function runsOf(length, isMine, gap = 1) {
  const found = [];
  for (let i = 0; i < length; i++) {
    if (!isMine(i)) continue;
    const last = found.at(-1);
    if (last && i - last[1] < gap) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}
