// What `make bench` measures, briefly and with room for a busy machine: that nothing has become many times slower, that
// the first look does not wait for the engine, and that the page keeps to its budget of bytes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { commands, frames, load, median } from "../../benches/page.mjs";
import { BUDGET, firstVisit, sizes } from "../../tools/sizes.mjs";
import { startSite } from "./browser.mjs";

let site;
before(async () => { site = await startSite(); });
after(() => site.close());

test("a first visit transfers no more than the budget allows", () => {
  const visit = firstVisit(sizes(fileURLToPath(new URL("../../dist", import.meta.url))));
  for (const [what, most] of Object.entries(BUDGET)) assert.ok(visit[what] <= most, `${what}: ${visit[what]} kB of ${most}`);
});

test("a first visit runs without the late module, which comes as soon as somebody is there", async () => {
  const page = await site.open();
  const late = () => page.evaluate(() => performance.getEntriesByType("resource").filter((one) => one.name.endsWith("_late.wasm")).length);
  await page.waitForTimeout(3000);
  assert.equal(await late(), 0, "nobody was there yet");
  await page.mouse.move(200, 200);
  await page.waitForFunction(() => performance.getEntriesByType("resource").some((one) => one.name.endsWith("_late.wasm")));
  await page.waitForFunction(() => document.adoptedStyleSheets.length === 1);
  assert.equal(await late(), 1, "it was not waited for");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what needs the late module before it is there waits for it", async () => {
  const page = await site.open();
  const text = await page.evaluate(() => {
    const session = new globalThis.wasmBindings.Session(1);
    session.load("resync 1\nnode a redis=7.0\na> ZADD z 1 one\n");
    session.runTo(50);
    return session.type("a", "ZRANGE z 0 -1 WITHSCORES");
  });
  assert.match(text, /one/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the first look comes before the engine, and little moves after it", async () => {
  const { first, largest, ready, shift, what } = await load(site, { slowdown: 4, ready: ".terminal input" });
  assert.ok(largest < ready, `the largest paint (${what}) at ${largest} ms, a terminal at ${ready} ms`);
  assert.ok(first <= largest);
  assert.ok(shift < 0.05, `layout shift ${shift}`);
});

test("a typed command is painted soon", async () => {
  const took = await commands(site, { count: 3 });
  assert.ok(median(took) <= 400, `${took} ms`);
});

test("eight nodes and two hundred messages are drawn within a frame or two", async () => {
  const { nodes, messages, script } = await frames(site, { events: 100, count: 60 });
  assert.equal(nodes, 8);
  assert.ok(messages >= 150, `${messages} messages`);
  assert.ok(script.length > 10);
  assert.ok(median(script) <= 33, `${median(script)} ms of script a frame`);
});
