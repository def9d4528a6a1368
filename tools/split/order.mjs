// The order in which a module has its functions. It means nothing to the module, but much to how small it can be packed.
import binaryen from "binaryen";
import { functionsOf, read } from "./module.mjs";

/** So many bytes of code in a row are told apart. */
const LONG = 4;
/** What is found in more functions than this says nothing of two of them. */
const COMMON = 400;
const [CUSTOM, CODE] = [0, 10];

/** The sections of a module: `{ id, bytes, body }`, `bytes` being all of it. */
function sectionsOf(module) {
  const [found, cursor] = [[], cursorIn(module, 8)];
  while (cursor.at < module.length) {
    const start = cursor.at++;
    const length = cursor.number();
    const body = module.subarray(cursor.at, (cursor.at += length));
    found.push({ id: module[start], bytes: module.subarray(start, cursor.at), body });
  }
  return found;
}

/** Reads numbers of variable length, from a place on. */
const cursorIn = (bytes, at) => ({
  at,
  number() {
    let [number, shift, byte] = [0, 0, 0x80];
    for (; byte & 0x80; shift += 7) number |= ((byte = bytes[this.at++]) & 0x7f) << shift;
    return number >>> 0;
  },
});

/** The code of each function that the module has itself, in bytes. */
function codesOf(module) {
  const { body } = sectionsOf(emitted(module)).find(({ id }) => id === CODE);
  const cursor = cursorIn(body, 0);
  return Array.from({ length: cursor.number() }, () => {
    const length = cursor.number();
    return body.subarray(cursor.at, (cursor.at += length));
  });
}

/** What a piece of code has in it, in numbers. */
function marksOf(code) {
  const marks = new Set();
  for (let i = 0; i + LONG <= code.length; i++) marks.add(Buffer.from(code.buffer, code.byteOffset + i, LONG).readUInt32LE());
  return marks;
}

/** An order of pieces of code in which each follows the one that it has most in common with, by its own share. */
export function inLine(codes) {
  const marks = codes.map(marksOf);
  const where = new Map();
  for (const [i, own] of marks.entries()) for (const mark of own) where.set(mark, [...(where.get(mark) ?? []), i]);
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
  return Buffer.concat([bytes.subarray(0, 8), ...sectionsOf(bytes).filter(({ id }) => id !== CUSTOM).map(({ bytes }) => bytes)]);
}

function emitted(module) {
  const names = binaryen.getDebugInfo();
  binaryen.setDebugInfo(false);
  const bytes = Buffer.from(module.emitBinary());
  binaryen.setDebugInfo(names);
  return bytes;
}
