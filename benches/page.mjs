// What the page costs in Chromium: time to a first look and a first touch, frames, commands, what is transferred. Needs
// dist/ as `make build` writes it; `node benches/page.mjs short` takes seconds and says less.
//
// Aims: a frame's script at most 4 ms in the median with 8 nodes and 200 messages under way, and at most 1.1 times that
// after 100,000 events; a typed command painted within 100 ms; on a processor slowed down four times a largest paint within
// 1.3 times that of an empty Yew page (examples/empty_page.rs) and at most 50 ms of blocking; no layout shift.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSite } from "../tests/e2e/browser.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SLOWDOWN = 4;

/** A master with seven replicas, each write on its way to all of them for 28 ms. */
const CROWD = [
  "resync 1",
  "node a redis=7.0 repl-diskless-sync-delay=0 bgsave-time=1ms",
  ...[..."bcdefgh"].map((name) => `node ${name} redis=7.0 replicaof="a 6379"`),
  ...[..."bcdefgh"].map((name) => `until ${name}.synced limit=60s`),
  ...[..."bcdefgh"].map((name) => `latency a->${name} 28ms`),
  "every 1ms a> INCR visits",
  "",
].join("\n");

export const median = (numbers) => share(numbers, 0.5);
const share = (numbers, part) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) * part)] ?? NaN;
const ms = (number) => `${number.toFixed(1)} ms`;

// -- frames ------------------------------------------------------------------------------------------------------

/** The address of the crowd once so many events are recorded, and what it is then. Runs in the page. */
function crowdAt({ text, events }) {
  const session = new globalThis.wasmBindings.Session(1);
  session.load(text);
  do session.runTo(session.now + 40);
  while (session.eventCount < events);
  const { nodes, inFlight } = session.state();
  return { hash: session.link().replace(/^.*#/, "#"), nodes: nodes.length, messages: inFlight.length, events: session.eventCount };
}

/** The script's time in each frame (milliseconds) while the crowd plays, with so many events behind it. */
export async function frames(site, { events, count }) {
  const maker = await site.open();
  const crowd = await maker.evaluate(crowdAt, { text: CROWD, events });
  await maker.context().close();
  const page = await site.open({ hash: crowd.hash });
  // A link is simulated anew, in slices, and opens paused; until then the first visit is there, which plays.
  await page.waitForFunction((nodes) => document.querySelectorAll(".card").length === nodes, crowd.nodes, { timeout: 120_000 });
  const clock = () => page.locator('[data-field="now"]').innerText();
  const before = await clock();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForTimeout(500);
  const trace = await record(page, () => page.evaluate(passed, count));
  if ((await clock()) === before) throw new Error("the crowd did not play: its frames cost nothing");
  await page.context().close();
  return { ...crowd, ...costs(trace) };
}

/** Runs in the page: resolves after so many frames. */
function passed(count) {
  return new Promise((resolve) => {
    const next = () => (count-- > 0 ? requestAnimationFrame(next) : resolve());
    next();
  });
}

async function record(page, deed) {
  const client = await page.context().newCDPSession(page);
  const events = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const done = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
  await client.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline", "v8"] } });
  await deed();
  await client.send("Tracing.end");
  await done;
  return events;
}

const SCRIPT = new Set(["FireAnimationFrame", "FunctionCall", "RunMicrotasks", "TimerFire", "EventDispatch", "MinorGC", "MajorGC"]);
const DRAWING = new Set(["UpdateLayoutTree", "Layout", "PrePaint", "Paint", "Layerize", "Commit"]);

/** Script and drawing of each frame, from a trace. */
function costs(trace) {
  const main = trace.find((event) => event.name === "FireAnimationFrame");
  if (!main) throw new Error("the page drew no frame");
  const own = trace.filter((event) => event.pid === main.pid && event.tid === main.tid);
  // One a frame, however many callbacks it has.
  const frames = own.filter((event) => event.ph === "b" && event.name === "AnimationFrame::Render").map((event) => event.ts);
  frames.sort((a, b) => a - b);
  const sums = (names) => {
    const spans = own.filter((event) => event.ph === "X" && names.has(event.name)).map(({ ts, dur }) => [ts, ts + dur]).sort((a, b) => a[0] - b[0]);
    const sums = frames.map(() => 0);
    let [frame, end] = [0, 0];
    for (const [from, to] of spans) {
      while (frame + 1 < frames.length && frames[frame + 1] <= from) frame++;
      if (from >= frames[0]) sums[frame] += Math.max(0, to - Math.max(from, end)) / 1000;
      end = Math.max(end, to);
    }
    return sums.slice(0, -1);
  };
  return { script: sums(SCRIPT), drawing: sums(DRAWING) };
}

// -- a typed command ---------------------------------------------------------------------------------------------

/** How long each of so many typed commands took until it was painted (milliseconds), as INP counts it. */
export async function commands(site, { count }) {
  const page = await site.open();
  await page.evaluate(() => {
    globalThis.interactions = new Map();
    const seen = (list) => {
      for (const { interactionId, duration } of list.getEntries()) {
        if (interactionId) globalThis.interactions.set(interactionId, Math.max(duration, globalThis.interactions.get(interactionId) ?? 0));
      }
    };
    new PerformanceObserver(seen).observe({ type: "event", durationThreshold: 16 });
  });
  await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  const command = page.getByRole("textbox", { name: "Command for a", exact: true });
  for (let i = 0; i < count; i++) {
    await command.pressSequentially(`SET k${i} v`);
    await command.press("Enter");
  }
  await page.waitForTimeout(300);
  const found = await page.evaluate(() => [...globalThis.interactions.values()]);
  await page.context().close();
  // An interaction below the observer's threshold took less than 16 ms.
  return found.length ? found : [16];
}

// -- the first visit ---------------------------------------------------------------------------------------------

/** Loads a page in a fresh profile with a slower processor; what was painted, blocked and moved, in milliseconds. */
export async function load(site, { slowdown = 1, ready }) {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await page.addInitScript((ready) => {
    const seen = (globalThis.seen = { largest: 0, what: "", shift: 0, tasks: [], ready: 0 });
    const observe = (type, take) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    observe("largest-contentful-paint", (entry) => {
      [seen.largest, seen.what] = [entry.startTime, `${entry.element?.tagName} ${entry.element?.textContent?.slice(0, 40)}`];
    });
    observe("layout-shift", (entry) => (seen.shift += entry.hadRecentInput ? 0 : entry.value));
    observe("longtask", (entry) => seen.tasks.push([entry.startTime, entry.duration]));
    const look = () => (document.querySelector(ready) ? (seen.ready = performance.now()) : setTimeout(look, 4));
    look();
  }, ready);
  await page.goto(site.address, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.seen.ready);
  await page.waitForTimeout(slowdown * 500);
  const { seen, first } = await page.evaluate(() => ({
    seen: globalThis.seen,
    first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  }));
  await context.close();
  // Only the part beyond 50 ms of a task after the first paint blocks.
  const blocked = seen.tasks.reduce((sum, [start, dur]) => sum + Math.max(0, Math.min(dur, start + dur - first) - 50), 0);
  return { first, largest: seen.largest, what: seen.what, blocked, shift: seen.shift, ready: seen.ready };
}

/** Builds the empty page beside dist/, with the same tools. */
function buildEmpty() {
  const out = join(ROOT, "target/empty-page/");
  const run = (command, ...args) => execFileSync(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  run("cargo", "build", "--locked", "--quiet", "--profile", "page", "--target", "wasm32-unknown-unknown", "--example", "empty_page");
  run("wasm-bindgen", "--target", "web", "--no-typescript", "--out-dir", out, "target/wasm32-unknown-unknown/page/examples/empty_page.wasm");
  run("wasm-opt", "-Oz", `${out}empty_page_bg.wasm`, "-o", `${out}empty_page_bg.wasm`);
  copyFileSync(join(ROOT, "www/boot.js"), `${out}boot.js`);
  writeFileSync(`${out}index.html`, `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Empty</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><meta name="resync-module" data-js="empty_page.js" data-wasm="empty_page_bg.wasm">
<script type="module" src="boot.js"></script></head><body><div id="resync"></div></body></html>
`);
  return out;
}

// -- the report --------------------------------------------------------------------------------------------------

async function medians(site, rounds, options) {
  const all = [];
  for (let i = 0; i < rounds; i++) all.push(await load(site, options));
  const of = (name) => median(all.map((one) => one[name]));
  return { first: of("first"), largest: of("largest"), blocked: of("blocked"), shift: of("shift"), ready: of("ready"), what: all[0].what };
}

async function report(short) {
  const rounds = short ? 1 : 7;
  const site = await startSite();
  const line = (name, value, aim = "") => console.log(`${name.padEnd(58)}${`${value}`.padStart(12)}  ${aim}`);
  const warm = await medians(site, rounds, { ready: ".terminal input" });
  line("from the address to a terminal that takes a command", ms(warm.ready));
  const slow = await medians(site, rounds, { slowdown: SLOWDOWN, ready: ".terminal input" });
  line(`the same, processor ${SLOWDOWN} times slower`, ms(slow.ready));
  line("  first paint", ms(slow.first));
  line("  largest paint", ms(slow.largest), slow.what);
  line("  blocked", ms(slow.blocked), "aim 50 ms");
  line("  layout shift", slow.shift.toFixed(3), "aim 0");
  if (!short) {
    const empty = await startSite({ folder: buildEmpty() });
    const base = await medians(empty, rounds, { slowdown: SLOWDOWN, ready: "h1" });
    await empty.close();
    line("  an empty Yew page's largest paint", ms(base.largest));
    line("  ratio", (slow.largest / base.largest).toFixed(2), "aim 1.3");
  }
  const typed = await commands(site, { count: short ? 3 : 20 });
  line("a typed command until it is painted, longest", ms(Math.max(...typed)), "aim 100 ms");
  let least;
  for (const events of short ? [100] : [100, 100_000]) {
    const found = await frames(site, { events, count: short ? 30 : 300 });
    const [half, most] = [median(found.script), share(found.script, 0.95)];
    least ??= half;
    line(`script a frame: ${found.nodes} nodes, ${found.messages} messages, ${found.events} events`, ms(half), `p95 ${ms(most)}, aim 4 ms; drawing ${ms(median(found.drawing))}`);
    if (events > 100) line("  growth", (half / least).toFixed(2), "aim 1.1");
  }
  await site.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await report(process.argv[2] === "short");
