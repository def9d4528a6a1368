// The order in which a module has its functions. It means nothing to the module, but much to how small it can be packed.
import binaryen from "binaryen";
import { Reader, sectionsOf } from "./bytes.mjs";
import { functionsOf } from "./module.mjs";

/** So many bytes of code in a row are told apart. */
const LONG = 4;
/** What is found in more functions than this says nothing of two of them. */
const COMMON = 400;
const [CUSTOM, CODE] = [0, 10];

/** The code of each function that the module has itself, in bytes. */
function codesOf(module) {
  const bytes = emitted(module);
  const reader = new Reader(bytes, sectionsOf(bytes).find(({ kind }) => kind === CODE).start);
  return Array.from({ length: reader.number() }, () => {
    const length = reader.number();
    return bytes.subarray(reader.at, (reader.at += length));
  });
}

/** What a piece of code has in it, in numbers. */
function marksOf(code) {
  const marks = new Set();
  for (let i = 0; i + LONG <= code.length; i++) marks.add(Buffer.from(code.buffer, code.byteOffset + i, LONG).readUInt32LE());
  return marks;
}

/** An order of pieces of code in which each follows the one that it has most in common with, by its own share. */
function inLine(codes) {
  const marks = codes.map(marksOf);
  const where = new Map();
  for (const [i, own] of marks.entries()) {
    for (const mark of own) {
      if (!where.has(mark)) where.set(mark, []);
      where.get(mark).push(i);
    }
  }
  const left = new Set(codes.keys());
  const line = [];
  for (let last = 0; left.size; ) {
    left.delete(last);
    line.push(last);
    const shared = new Uint32Array(codes.length);
    for (const mark of marks[last]) {
      const others = where.get(mark);
      if (others.length <= COMMON) for (const other of others) shared[other]++;
    }
    const share = (i) => shared[i] / (marks[i].size + 1);
    let next = -1;
    for (const i of left) if (next < 0 || share(i) > share(next)) next = i;
    last = next;
  }
  return line;
}

/** Puts the functions of a module in the order that is packed best. */
export function order(module) {
  const own = functionsOf(module).filter((one) => !one.module);
  for (const i of inLine(codesOf(module))) {
    const { name, params, results, vars, body } = own[i];
    module.removeFunction(name);
    module.addFunction(name, params, results, vars, body);
  }
}

/** A module's bytes with nothing in them that no browser needs. */
export function bare(module) {
  const bytes = emitted(module);
  const needed = sectionsOf(bytes).filter(({ kind }) => kind !== CUSTOM);
  return Buffer.concat([bytes.subarray(0, 8), ...needed.map(({ begin, end }) => bytes.subarray(begin, end))]);
}

function emitted(module) {
  const names = binaryen.getDebugInfo();
  binaryen.setDebugInfo(false);
  const bytes = Buffer.from(module.emitBinary());
  binaryen.setDebugInfo(names);
  return bytes;
}
