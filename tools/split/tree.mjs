// The tree of a function's body, as binaryen gives it: children, shape, and the places behind which code may never run.
import { createHash } from "node:crypto";
import binaryen from "binaryen";

const { Block, Call, CallIndirect, If, Loop } = binaryen;
export const kindOf = binaryen.getExpressionId;

const fields = (kind, ...names) => (expr) =>
  names.map((name) => [kind[`get${name}`](expr), (child) => kind[`set${name}`](expr, child)]).filter(([child]) => child);
const list = (kind, many, one) => (expr) =>
  Array.from({ length: kind[`getNum${many}`](expr) }, (_, i) => [kind[`get${one}At`](expr, i), (child) => kind[`set${one}At`](expr, i, child)]);

/** By kind: the children of an expression in the order of evaluation, each with the way to replace it. */
const CHILDREN = new Map([
  [binaryen.BlockId, list(Block, "Children", "Child")],
  [binaryen.IfId, fields(If, "Condition", "IfTrue", "IfFalse")],
  [binaryen.LoopId, fields(Loop, "Body")],
  [binaryen.BreakId, fields(binaryen.Break, "Value", "Condition")],
  [binaryen.SwitchId, fields(binaryen.Switch, "Value", "Condition")],
  [binaryen.CallId, list(Call, "Operands", "Operand")],
  [binaryen.CallIndirectId, (expr) => [...list(CallIndirect, "Operands", "Operand")(expr), ...fields(CallIndirect, "Target")(expr)]],
  [binaryen.LocalSetId, fields(binaryen.LocalSet, "Value")],
  [binaryen.GlobalSetId, fields(binaryen.GlobalSet, "Value")],
  [binaryen.LoadId, fields(binaryen.Load, "Ptr")],
  [binaryen.StoreId, fields(binaryen.Store, "Ptr", "Value")],
  [binaryen.UnaryId, fields(binaryen.Unary, "Value")],
  [binaryen.BinaryId, fields(binaryen.Binary, "Left", "Right")],
  [binaryen.SelectId, fields(binaryen.Select, "IfTrue", "IfFalse", "Condition")],
  [binaryen.DropId, fields(binaryen.Drop, "Value")],
  [binaryen.ReturnId, fields(binaryen.Return, "Value")],
  [binaryen.MemoryGrowId, fields(binaryen.MemoryGrow, "Delta")],
  [binaryen.MemoryCopyId, fields(binaryen.MemoryCopy, "Dest", "Source", "Size")],
  [binaryen.MemoryFillId, fields(binaryen.MemoryFill, "Dest", "Value", "Size")],
  [binaryen.TableGetId, fields(binaryen.TableGet, "Index")],
  [binaryen.RefIsNullId, fields(binaryen.RefIsNull, "Value")],
  [binaryen.TableSetId, fields(binaryen.TableSet, "Index", "Value")],
  [binaryen.TupleMakeId, list(binaryen.TupleMake, "Operands", "Operand")],
  // Binaryen does not give the operands of these, which are numbers of slots.
  [binaryen._BinaryenTableFillId(), () => []],
  [binaryen._BinaryenTableGrowId(), () => []],
  ...["LocalGet", "GlobalGet", "Const", "MemorySize", "Nop", "Unreachable", "RefNull", "RefFunc"].map((leaf) => [binaryen[`${leaf}Id`], () => []]),
]);

/** About how many bytes an expression takes without its children. */
const BYTES = new Map([[binaryen.UnaryId, 1], [binaryen.BinaryId, 1], [binaryen.DropId, 1], [binaryen.LoadId, 3], [binaryen.StoreId, 3], [binaryen.CallId, 3]]);
/** What leads somewhere else than to the next expression. */
const TURNS = new Set([binaryen.BreakId, binaryen.SwitchId, binaryen.ReturnId, binaryen.UnreachableId]);
const OPERATION = new Map([[binaryen.UnaryId, binaryen.Unary], [binaryen.BinaryId, binaryen.Binary]]);
const LOCAL = new Map([[binaryen.LocalGetId, binaryen.LocalGet], [binaryen.LocalSetId, binaryen.LocalSet]]);

/** The children of an expression: `[child, replace]` each. */
export function childrenOf(expr) {
  const children = CHILDREN.get(kindOf(expr));
  if (!children) throw new Error(`split: an expression of kind ${kindOf(expr)} is not known`);
  return children(expr);
}

/** What a tree is like: its size in bytes, about, and what makes it the same from build to build, when addresses and the numbers of functions
 * are others. */
export function survey(expr) {
  const signs = createHash("sha256");
  const go = (expr) => {
    const kind = kindOf(expr);
    signs.update(`${kind} ${OPERATION.get(kind)?.getOp(expr) ?? LOCAL.get(kind)?.getIndex(expr) ?? ""};`);
    return childrenOf(expr).reduce((sum, [child]) => sum + go(child), BYTES.get(kind) ?? 2);
  };
  return { bytes: go(expr), shape: () => signs.digest("hex").slice(0, 8) };
}

const turns = (expr) => TURNS.has(kindOf(expr)) || childrenOf(expr).some(([child]) => turns(child));

/** The places of a body in a fixed order. A place is the arm of an `if` (`arm` names it), or the rest of a block, from child `from` on, after a
 * child that may lead elsewhere. `open` says that the way from the top of the body to the place has no half evaluated expression on it,
 * `inner` which numbers the places in this one have: from, and up to but without. */
export function places(body) {
  const found = [];
  (function go(expr, open) {
    const kind = kindOf(expr);
    const children = childrenOf(expr);
    const rests = [];
    children.forEach(([child], i) => {
      const before = found.length;
      go(child, open && (i === 0 || kind === binaryen.BlockId || kind === binaryen.IfId));
      if (kind === binaryen.IfId && i > 0) found.push({ expr, arm: i === 1 ? "IfTrue" : "IfFalse", open, inner: [before, found.length] });
      if (kind === binaryen.BlockId && i + 1 < children.length && turns(child)) {
        const rest = { expr, from: i + 1, open, inner: [found.length + 1] };
        rests.push(rest);
        found.push(rest);
      }
    });
    for (const { inner } of rests) inner.push(found.length);
  })(body, true);
  return found;
}

/** The code of a place. */
export function codeOf({ expr, arm, from }) {
  return arm ? [If[`get${arm}`](expr)] : Block.getChildren(expr).slice(from);
}
