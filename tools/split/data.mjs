// Which data the code of a part needs, from what the linker says: the symbols of the data, and what refers to them (`--emit-relocs`).
import binaryen from "binaryen";
import { Reader, sectionsOf } from "./bytes.mjs";
import { functionsOf, globalsOf, runsOf } from "./module.mjs";
import { childrenOf, kindOf } from "./tree.mjs";

const DATA = 11;
/** The size of a place in the source. */
const PLACE = 16;
const [DATA_SYMBOL, SECTION_SYMBOL] = [1, 3];
const [UNDEFINED, NAMED] = [0x10, 0x40];
/** Kinds of references with an addend; those to an address in memory come first. */
const ADDRESSES = new Set([3, 4, 5, 11]);
const WITH_ADDEND = new Set([...ADDRESSES, 8, 9]);

/** A module without what the linker says of it, which is not true any more when the module has been changed. */
export function withoutLinks(bytes) {
  const parts = [bytes.subarray(0, 8)];
  for (const { name, begin, end } of sectionsOf(bytes)) if (!/^(linking|reloc\..*)$/.test(name)) parts.push(bytes.subarray(begin, end));
  return Buffer.concat(parts);
}

/** The segments of memory: address, length, and where in the section their bytes are. */
function segmentsOf(bytes, { start }) {
  const reader = new Reader(bytes, start);
  return Array.from({ length: reader.number() }, () => {
    if (reader.number() !== 0 || reader.byte() !== 0x41) throw new Error("data: a segment with a constant address is expected");
    const address = reader.signed();
    reader.byte();
    const length = reader.number();
    const at = reader.at - start;
    reader.at += length;
    return { address, length, at };
  });
}

/** The symbols, by number: those of data have an address and a size. */
function symbolsOf(bytes, linking, segments) {
  const reader = new Reader(bytes, linking.start);
  if (reader.number() !== 2) throw new Error("data: version 2 of the linking section is expected");
  while (reader.at < linking.end) {
    const part = reader.byte();
    const end = reader.number() + reader.at;
    if (part === 8) return Array.from({ length: reader.number() }, () => symbol(reader, segments));
    reader.at = end;
  }
  throw new Error("data: no symbols");
}

function symbol(reader, segments) {
  const kind = reader.byte();
  const flags = reader.number();
  if (kind === DATA_SYMBOL) {
    reader.name();
    if (flags & UNDEFINED) return {};
    const segment = segments[reader.number()];
    const offset = reader.number();
    return { address: segment.address + offset, size: reader.number() };
  }
  reader.number();
  if (kind !== SECTION_SYMBOL && (!(flags & UNDEFINED) || flags & NAMED)) reader.name();
  return {};
}

/** The references in a section to addresses: where in the section, the symbol, and what is added to it. */
function referencesOf(bytes, section, symbols) {
  const reader = new Reader(bytes, section.start);
  reader.number();
  return Array.from({ length: reader.number() }, () => {
    const kind = reader.byte();
    const at = reader.number();
    const symbol = reader.number();
    const addend = WITH_ADDEND.has(kind) ? reader.signed() : 0;
    return { at, addend, ...(ADDRESSES.has(kind) ? symbols[symbol] : {}) };
  }).filter((one) => one.address !== undefined);
}

/** The data of a linked module in pieces: `from`, `to`, and `leads`, the addresses to which a piece refers. `named` are the addresses
 * in its code, `always` those of pieces that it reaches by an address outside of them. `segments` and `bytes` are what the linker has written. */
export function piecesOf(bytes) {
  const sections = sectionsOf(bytes);
  const named = (name) => sections.find((one) => one.name === name) ?? fail(name);
  const data = sections.find((one) => one.kind === DATA);
  const segments = segmentsOf(bytes, data);
  const symbols = symbolsOf(bytes, named("linking"), segments);

  // Symbols that overlap are one piece.
  const pieces = [];
  for (const { address, size } of symbols.filter((one) => one.size).sort((a, b) => a.address - b.address)) {
    const last = pieces.at(-1);
    if (last && address < last.to) last.to = Math.max(last.to, address + size);
    else pieces.push({ from: address, to: address + size, leads: [] });
  }
  const find = finder(pieces);
  for (const { at, address, addend } of referencesOf(bytes, named("reloc.DATA"), symbols)) {
    const segment = segments.find((one) => at >= one.at && at < one.at + one.length);
    find(segment.address + at - segment.at).leads.push(address, address + addend);
  }
  const inCode = referencesOf(bytes, named("reloc.CODE"), symbols);
  const outside = inCode.filter(({ addend, size }) => addend < 0 || addend >= size);
  return { pieces, named: inCode.map((one) => one.address + one.addend), always: outside.map((one) => one.address), segments, bytes: bytes.subarray(data.start) };
}

function fail(name) {
  throw new Error(`data: no section ${name}: is the module linked with --emit-relocs?`);
}

/** Finds the piece with an address. */
function finder(pieces) {
  return (address) => {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].to <= address) low = middle + 1;
      else high = middle;
    }
    return pieces[low]?.from <= address ? pieces[low] : undefined;
  };
}

/** The addresses that the code of a module may name: every constant that could be one, in an `i64` with a length beside it, or together with the
 * offset of an access. What is only handed to a function that `isLate` is not among them: by the time it looks there, the late data are in place.
 * Most of that tells where a panic is. */
function addressesIn(module, isLate = () => false) {
  const found = new Set();
  const { Call, Const, Load, Store } = binaryen;
  const look = (expr) => {
    const kind = kindOf(expr);
    if (kind === binaryen.ConstId) constantsOf(expr).forEach((value) => found.add(value));
    if (kind === binaryen.CallId && isLate(Call.getTarget(expr))) {
      for (const [child] of childrenOf(expr)) if (kindOf(child) !== binaryen.ConstId) look(child);
      return;
    }
    const access = kind === binaryen.LoadId ? Load : kind === binaryen.StoreId ? Store : undefined;
    if (access) {
      const [offset, place] = [access.getOffset(expr), access.getPtr(expr)];
      found.add(offset);
      if (kindOf(place) === binaryen.ConstId) found.add(Const.getValueI32(place) + offset);
    }
    for (const [child] of childrenOf(expr)) look(child);
  };
  for (const one of functionsOf(module)) if (one.body) look(one.body);
  for (const one of globalsOf(module)) if (one.init) look(one.init);
  return found;
}

function constantsOf(expr) {
  const type = binaryen.getExpressionType(expr);
  if (type === binaryen.i32) return [binaryen.Const.getValueI32(expr)];
  if (type !== binaryen.i64) return [];
  const value = BigInt.asUintN(64, BigInt(binaryen.Const.getValueI64(expr)));
  return [Number(value & 0xffffffffn), Number(value >> 32n)];
}

/** Whether a piece says where in the source a panic would be: file, length of its name, line, column. Only who tells of a panic looks there, and that
 * is late. */
function isPlace(image, base, { from, to }) {
  if (to - from !== PLACE) return false;
  const [file, length] = new Uint32Array(image.slice(from - base, to - base).buffer);
  return length > 3 && Buffer.from(image.slice(file + length - 3 - base, file + length - base)).toString() === ".rs";
}

/** Parts the data of a module, whose first part has the code in `first`, with ways to the functions that `isLate`. Gives the segments of both parts:
 * address and bytes each. A piece is late when nothing in the first part leads to it. */
export function partData(whole, first, isLate, { pieces, named, always, segments, bytes }) {
  const stored = Array.from({ length: whole.getNumDataSegments() }, (_, i) => whole.getDataSegmentInfo(whole.getDataSegmentByIndex(i)));
  const base = Math.min(...stored.map((one) => one.offset));
  const image = new Uint8Array(Math.max(...stored.map((one) => one.offset + one.data.byteLength)) - base);
  for (const { offset, data } of stored) image.set(new Uint8Array(data), offset - base);
  const isAsLinked = segments.every(({ address, length, at }) =>
    bytes.subarray(at, at + length).every((byte, i) => byte === (image[address - base + i] ?? 0)));
  if (!isAsLinked) throw new Error("data: not what the linker has written");

  const find = finder(pieces);
  const needed = new Set();
  const reach = (address) => {
    const piece = find(address);
    if (!piece || needed.has(piece) || isPlace(image, base, piece)) return;
    needed.add(piece);
    piece.leads.forEach(reach);
  };
  // What the linked code names, but nothing in the made one, may be hidden in it.
  const known = addressesIn(whole);
  const hidden = named.filter((address) => !known.has(address));
  for (const address of [...addressesIn(first, isLate), ...always, ...hidden]) reach(address);
  // Only what is never written may come later.
  const constants = stored.filter((one) => one.name.startsWith(".rodata"));
  const isConstant = ({ from, to }) => constants.some(({ offset, data }) => offset < to && from < offset + data.byteLength);
  const later = new Uint8Array(image.length);
  for (const piece of pieces) if (!needed.has(piece) && isConstant(piece)) later.fill(1, piece.from - base, piece.to - base);
  // A few other bytes in between take less room than a segment of their own.
  const runs = (mine) => runsOf(image.length, (i) => image[i] !== 0 && later[i] === mine, 8)
    .map(([from, to]) => ({ address: base + from, data: image.slice(from, to) }));
  return { first: runs(0), late: runs(1) };
}
