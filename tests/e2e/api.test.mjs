// The JavaScript API as a script on the page uses it: worlds and events as plain, typed objects.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startSite } from "./browser.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

/** Runs `script` in the page with a new session of two nodes that are in sync. */
async function withPair(script) {
  const page = await site.open();
  await page.waitForFunction(() => globalThis.wasmBindings);
  const result = await page.evaluate(`(() => {
    const session = new wasmBindings.Session(7);
    const loaded = session.load('resync 1\\nnode a redis=2.8\\nnode b redis=2.8 slaveof="a 6379"\\nuntil b.synced\\n');
    if (loaded.stopped) throw new Error(loaded.stopped);
    return (${script})(session);
  })()`);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
  return result;
}

test("a write is seen in the state of the replica, with equal offsets", async () => {
  const { reply, keys, offsets } = await withPair((session) => {
    const reply = session.type("a", "SET name resync");
    session.runTo(session.now + 1000);
    const [a, b] = session.state().nodes;
    return { reply, keys: b.keys, offsets: [a.replication.offset, b.replication.master.applied] };
  });
  assert.equal(reply, "OK");
  assert.deepEqual(keys.map(({ db, key, type, value }) => ({ db, key, type, value })), [
    { db: 0, key: "name", type: "string", value: "resync" },
  ]);
  assert.ok(offsets[0] > 0);
  assert.equal(offsets[0], offsets[1]);
});

test("events carry their type, their numbers and a sentence", async () => {
  const { events, counted } = await withPair((session) => {
    const heard = [];
    const off = session.subscribe((event) => heard.push(event));
    session.act("cut a-b");
    session.type("a", "SET missed 1");
    session.runTo(session.now + 500);
    session.act("heal a-b");
    session.runTo(session.now + 3000);
    off();
    const counted = heard.length;
    session.type("a", "SET unheard 1");
    return { events: heard, counted: [counted, heard.length] };
  });
  const decided = events.find((event) => event.kind.type === "psyncDecided");
  assert.ok(decided, events.map((event) => event.kind.type).join(" "));
  assert.equal(decided.node, "a");
  assert.match(decided.sentence, /continue/);
  assert.equal(counted[0], counted[1], "a listener that was ended hears nothing");
});

test("the same session gives the same digest again, and another seed another one", async () => {
  const [digest, again, other] = await withPair((session) => {
    const play = (seed) => {
      const fresh = new session.constructor();
      fresh.load(`resync 1\nseed ${seed}\nnode a redis=7.0\nnode b redis=7.0\n`);
      fresh.type("b", "REPLICAOF a 6379");
      fresh.runTo(20_000);
      return fresh.digest();
    };
    return [play(1), play(1), play(2)];
  });
  assert.equal(digest, again);
  assert.notEqual(digest, other);
});

test("a mistake is an error with words, not a panic", async () => {
  const messages = await withPair((session) => {
    const message = (deed) => {
      try {
        deed();
        return "no error";
      } catch (error) {
        return error.message;
      }
    };
    return [message(() => session.act("cut a-zebra")), message(() => session.load("resync 9")), message(() => session.open("#s=nonsense"))];
  });
  for (const text of messages) assert.match(text, /\w+ \w+/);
  assert.ok(!messages.includes("no error"));
});

const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("the example of the documentation runs in a page that is not Resync", async () => {
  const page = await site.open();
  const example = source("src/bridge.rs").match(/```js\n([^]*?)```/)[1].replaceAll(/^\/\/! ?/gm, "");
  assert.match(example, /^import \{ load \} from "\.\/api\.js"/);
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  const html = "<!doctype html><title>A notebook</title><script type=module src=example.js></script>";
  await page.route("**/notebook/", (route) => route.fulfill({ body: html, contentType: "text/html" }));
  const script = example.replace("./api.js", "../api.js");
  await page.route("**/notebook/example.js", (route) => route.fulfill({ body: script, contentType: "text/javascript" }));
  await page.goto(`${site.address}notebook/`);
  while (!said.some((line) => line.startsWith("#s=1"))) await page.waitForEvent("console", { timeout: 15_000 });
  assert.ok(said.includes("OK") && said.includes("true"), said.join("\n"));
  assert.ok(said.some((line) => /^[\d.]+ Somebody types at a: SET name redis/.test(line)), said.join("\n"));
  assert.equal(await page.locator("body > *").count(), 0);
  assert.equal(await page.evaluate(() => document.adoptedStyleSheets.length), 0, "the page keeps its own looks");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a page of another host shows a moment in a frame, and imports the module where the host allows it", async () => {
  const page = await site.open();
  const link = await page.evaluate(() => {
    const session = new globalThis.wasmBindings.Session();
    session.load("resync 1\nnode solo redis=7.0\nsolo> SET name resync\nafter 1s\n");
    return session.link();
  });
  const script = `import { load } from "${site.address}api.js"; const { Session } = await load(); document.title = new Session().digest();`;
  const html = `<!doctype html><title>x</title><iframe src="${site.address}${link}" width=1200 height=700></iframe><script type=module>${script}</script>`;
  await page.route("http://elsewhere.test/", (route) => route.fulfill({ body: html, contentType: "text/html" }));
  await page.route(`${site.address}**`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, headers: { ...answer.headers(), "access-control-allow-origin": "*" } });
  });
  await page.goto("http://elsewhere.test/");
  await page.frameLocator("iframe").getByRole("group", { name: "Node solo", exact: true }).waitFor();
  await page.waitForFunction(() => /^[0-9a-f]{16}$/.test(document.title));
  await page.context().close();
});

test("the types name every method there is, and no other", async () => {
  const declared = source("www/api.d.ts").match(/export class Session \{([^]*?)\n\}/)[1];
  const typed = [...declared.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map((found) => found[1]).sort();
  const page = await site.open();
  await page.waitForFunction(() => globalThis.wasmBindings);
  const names = await page.evaluate(() => Object.getOwnPropertyNames(globalThis.wasmBindings.Session.prototype));
  assert.deepEqual(typed, names.filter((name) => !name.startsWith("__")).sort());
  await page.context().close();
});
