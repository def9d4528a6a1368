// Parts a function: the code that runs on a first visit stays, and where it would go on into code that does not run then, a late function takes
// over. That one is the whole function again, with a way to begin in the middle: it gets all locals, and the number of the place.
import binaryen from "binaryen";
import { childrenOf, kindOf, places } from "./tree.mjs";

const { Block, If } = binaryen;
const { i32, none, unreachable } = binaryen;
const BAIL = "=bail";

/** The locals of a function, its parameters first: their types. */
function localsOf(one) {
  return [...binaryen.expandType(one.params), ...one.vars];
}

/** The type of the late function that takes over: all locals, then the number of the place, from 1. */
export function takesOver(one) {
  return { params: binaryen.createType([...localsOf(one), i32]), results: one.results };
}

/** The places with the numbers in `cuts`, in the order of the code. */
const chosen = (body, cuts) => places(body).filter((_, number) => cuts.has(number));

/** The body that stays. `goOn` makes the call of the late function from its arguments. Adds a local to the function. */
export function cutShort(module, one, cuts, goOn) {
  const locals = localsOf(one);
  const where = locals.length;
  binaryen._BinaryenFunctionAddVar(module.getFunction(one.name), i32);
  chosen(one.body, cuts).forEach((place, i) => {
    const bail = module.block(null, [module.local.set(where, module.i32.const(i + 1)), module.br(BAIL)], unreachable);
    if (place.arm) return If[`set${place.arm}`](place.expr, bail);
    for (let child = Block.getNumChildren(place.expr); child > place.from; child--) Block.removeChildAt(place.expr, child - 1);
    Block.appendChild(place.expr, bail);
  });
  const body = binaryen.getExpressionType(one.body) === unreachable ? [one.body]
    : one.results === none ? [one.body, module.return()] : [module.return(one.body)];
  const all = [...locals, i32].map((type, i) => module.local.get(i, type));
  return module.block(null, [module.block(BAIL, body, none), goOn(all)], one.results);
}

/** The body of the late function. */
export function resumable(module, one, cuts) {
  const where = localsOf(one).length;
  const number = () => module.local.get(where, i32);
  const begun = () => module.i32.eqz(number());
  const upTo = (most) => module.i32.le_u(number(), module.i32.const(most));
  const arrived = () => module.local.set(where, module.i32.const(0));

  // By expression: the places at it, and the highest number of a place in it.
  const at = new Map();
  chosen(one.body, cuts).forEach((place, i) => at.set(place.expr, { ...at.get(place.expr), [place.arm ?? "rest"]: { ...place, number: i + 1 } }));
  const highest = new Map();
  (function look(expr) {
    const own = Object.values(at.get(expr) ?? {}).map((place) => place.number);
    const most = Math.max(0, ...own, ...childrenOf(expr).map(([child]) => look(child)));
    if (most) highest.set(expr, most);
    return most;
  })(one.body);

  const inside = (expr) => highest.get(expr) ?? 0;
  function to(expr) {
    if (!inside(expr)) return expr;
    const kind = kindOf(expr);
    if (kind === binaryen.BlockId) toBlock(expr);
    else if (kind === binaryen.IfId) toIf(expr);
    else {
      const [[child, replace]] = childrenOf(expr);
      replace(to(child));
    }
    return expr;
  }

  /** Children before the one that leads to the place are left out, unless the function runs from its beginning or on from a place. */
  function toBlock(expr) {
    const rest = at.get(expr)?.rest;
    const children = Block.getChildren(expr);
    const last = rest?.from ?? children.findLastIndex(inside);
    const out = [];
    let skipped = [];
    const flush = () => {
      if (skipped.length) out.push(module.if(begun(), module.block(null, skipped, none)));
      skipped = [];
    };
    children.forEach((child, i) => {
      if (i === last || (i < last && inside(child))) flush();
      if (i === rest?.from) out.push(arrived());
      if (i >= last) out.push(to(child));
      else if (inside(child)) out.push(module.if(upTo(inside(child)), to(child)));
      else skipped.push(child);
    });
    for (let child = children.length; child > 0; child--) Block.removeChildAt(expr, child - 1);
    for (const child of out) Block.appendChild(expr, child);
  }

  function toIf(expr) {
    const arms = at.get(expr) ?? {};
    const condition = If.getCondition(expr);
    const [yes, no] = ["IfTrue", "IfFalse"].map((name) => {
      const code = If[`get${name}`](expr);
      if (!code) return 0;
      const most = arms[name]?.number ?? inside(code);
      If[`set${name}`](expr, arms[name] ? module.block(null, [arrived(), code], binaryen.getExpressionType(code)) : to(code));
      return most;
    });
    if (!yes && !no) return If.setCondition(expr, to(condition));
    const asked = inside(condition) ? upTo(inside(condition)) : begun();
    const way = yes && no ? upTo(yes) : module.i32.const(yes ? 1 : 0);
    If.setCondition(expr, module.if(asked, to(condition), way));
  }

  return to(one.body);
}
