// The list of what a first visit runs, tools/first-visit.txt. A line: a hash of the function's name without what differs from build to build; the shape
// of its body and the numbers of the places in it that do not run, or "-"; as much of the name as a reader needs.
import { createHash } from "node:crypto";
import { survey } from "./tree.mjs";

/** A name without what differs from build to build. */
export const plain = (name) => name.replace(/\[[0-9a-f]{16}\]/g, "");
const key = (name) => createHash("sha256").update(plain(name)).digest("hex").slice(0, 12);
/** What wasm-bindgen adds has numbers instead of names. It is little, and always stays. */
const isNameless = (name) => /^\d+$/.test(name);

/** The text of the list, from functions with names, shapes and places to cut. */
export function listed(functions) {
  const lines = functions.filter((one) => !isNameless(one.name)).map(({ name, shape, cuts }) => ({
    name: plain(name),
    line: `${key(name)} ${cuts.length ? `${shape}:${cuts}` : "-"} ${plain(name).slice(0, 72)}`,
  }));
  lines.sort((a, b) => (a.name < b.name ? -1 : 1));
  return lines.map(({ line }) => `${line}\n`).join("");
}

/** Tells of a function of the module (its name, and its body or the shape of that) whether it stays, and without which places. A body that is another than
 * when the list was written stays whole. */
export function wishesOf(text) {
  const list = new Map(text.trim().split("\n").map((line) => [line.slice(0, 12), line.split(" ")[1]]));
  return ({ name, body, shape }) => {
    const known = list.get(key(name));
    if (!known || known === "-") return { first: isNameless(name) || known === "-", cuts: new Set() };
    const [then, cuts] = known.split(":");
    return { first: true, cuts: new Set((shape ?? survey(body).shape()) === then ? cuts.split(",").map(Number) : []) };
  };
}
