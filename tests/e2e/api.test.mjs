// The JavaScript API as a script on the page uses it: worlds and events as plain, typed objects.
import assert from "node:assert/strict";
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
