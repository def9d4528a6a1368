// What the page teaches, topic by topic: a person's actions in, what must be visible out, by role and name.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { startSite } from "./browser.mjs";
import { act, bytes, card, cut, data, decision, heal, inSync, offset, openLesson, pause, playFast, see, sentences, tape, terminal, toLastPage, type } from "./steps.mjs";
import { stories } from "./story.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const topic = stories(() => site, {
  prepare: async (page) => {
    await inSync(page, "b");
    await playFast(page);
  },
});

topic("1: a node becomes a replica by a typed command and by its configuration, and ends it", async (page) => {
  await see(card(page, "b"), "replica of a");
  assert.equal(await terminal(page, "b").getByText("SLAVEOF").count(), 0, "b was configured: nobody typed it");
  await see(card(page, "c"), "alone");
  await type(page, "c", "SLAVEOF a 6379");
  await see(card(page, "c"), "replica of a");
  await inSync(page, "c");
  await type(page, "c", "SLAVEOF NO ONE");
  await see(card(page, "c"), "alone");
});

topic("2: SYNC: a snapshot, writes buffered meanwhile, the RDB, the buffer, equal data", async (page) => {
  await openLesson(page, "The old way: SYNC");
  const lesson = page.getByRole("complementary", { name: "Lesson" });
  const next = lesson.getByRole("button", { name: "Next", exact: true });
  const turn = async (words) => {
    await next.click();
    await see(lesson, words);
  };
  await turn(/sends one word/);
  await turn(/starts BGSAVE/);
  await turn(/output buffer/);
  await page.getByRole("img", { name: /2 commands kept for b, \d+ bytes/ }).waitFor();
  await turn(/travels to b/);
  await turn(/loads the RDB/);
  await see(card(page, "b"), /loading RDB/);
  await turn(/executed them in their order/);
  await see(data(page, "b"), "resync");
  assert.equal(await data(page, "b").innerText(), await data(page, "a").innerText());
});

topic("3: a later write travels to every replica and is applied", async (page) => {
  await type(page, "c", "SLAVEOF a 6379");
  await inSync(page, "c");
  await type(page, "a", "SET greeting hello");
  await see(sentences(page), /b executes SET greeting hello/);
  await see(sentences(page), /c executes SET greeting hello/);
  await type(page, "a", "GET greeting");
  await pause(page);
  const told = await sentences(page).allInnerTexts();
  assert.ok(!told.some((text) => /b executes GET/.test(text)), "a read is not propagated");
});

topic("4: the old way copies everything again after one missed write, and says what that cost", async (page) => {
  await openLesson(page, "The flaw of the old way");
  const lesson = page.getByRole("complementary", { name: "Lesson" });
  await toLastPage(page);
  await see(lesson, /a second snapshot, \d+ bytes over the slow link/);
  await see(lesson, /It took \d+ ms, because of one missed command/);
  await see(data(page, "b"), "key:");
});

topic("5: full and partial resynchronisation beside the old way", async (page) => {
  // While time stands still the scripted writes add nothing.
  await pause(page);
  await cut(page, "a–b");
  await type(page, "a", "SET missed while-away");
  await heal(page, "a–b");
  await playFast(page);
  await see(decision(page), "+CONTINUE");
  const missed = await bytes(decision(page), /then ([\d ]+) bytes: only what was missed/);
  assert.ok(missed > 0 && missed < 400, `${missed} bytes`);
  await act(page, "a", "Redis 2.6 (restarts)");
  await see(decision(page), /falls back to SYNC: the whole data set/);
});

topic("6: master and replica count the same bytes, and the page checks what that means", async (page) => {
  await type(page, "a", "SET counted yes");
  await see(data(page, "b"), /yes|\+/);
  await pause(page);
  const [a, b] = [await offset(page, "a"), await offset(page, "b")];
  assert.ok(a > 100 && a - b >= 0 && a - b < 200, `${a} and ${b}`);
  await page.getByRole("tab", { name: "Invariants" }).click();
  const inspector = page.getByRole("tabpanel", { name: "Invariants" });
  await see(inspector, "equal offsets, equal data");
  await see(inspector, "Equal offsets alone mean equal data");
});

topic("7: the backlog evicts its oldest bytes, and a replica's position falls off", async (page) => {
  await act(page, "a", "Teaching backlog 128 B (restarts)");
  await inSync(page, "b");
  await see(tape(page, "a"), /of 128 bytes/);
  await cut(page, "a–b");
  await type(page, "a", `SET long ${"x".repeat(150)}`);
  await see(tape(page, "a"), /[1-9][\d ]* evicted/);
  await tape(page, "a").locator('[data-marker="b"][data-lost="true"]').waitFor();
  assert.match(await tape(page, "a").locator('[data-marker="b"]').textContent(), /gone: everything must be copied/);
});

topic("8: a restart draws a new run ID, and the other one forces a full resynchronisation", async (page) => {
  const id = () => card(page, "a").locator('[data-field="id"]').innerText();
  const before = await id();
  await act(page, "a", "Restart");
  await card(page, "a").locator('[data-field="id"]').filter({ hasNotText: before }).waitFor();
  await inSync(page, "b");
  await see(decision(page), "+FULLRESYNC");
  const after = await id();
  assert.notEqual(after, before);
  assert.match(await decision(page).innerText(), new RegExp(`Same history\\?\\s+no[\\s\\S]*${before}[\\s\\S]*${after}`));
});

topic("9: the two questions and the three answers", async (page) => {
  await see(decision(page), "PSYNC ? -1");
  await see(decision(page), "+FULLRESYNC");
  await cut(page, "a–b");
  await heal(page, "a–b");
  await see(decision(page), /PSYNC [0-9a-f]{8}… \d+/);
  await see(decision(page), "+CONTINUE");
  await act(page, "a", "Redis 2.6 (restarts)");
  await see(decision(page), /-ERR unknown command/);
  await inSync(page, "b");
  await pause(page);
  const told = (await sentences(page).allInnerTexts()).reverse();
  const refused = told.findIndex((text) => /ERR unknown command/.test(text));
  const sync = told.findIndex((text, i) => i > refused && /\bSYNC\b/.test(text) && !/PSYNC/.test(text));
  assert.ok(refused >= 0 && sync > refused, "first -ERR is seen, then SYNC");
});

topic("10: a second copy, a stale read, a dead master, and a promotion by hand", async (page) => {
  await pause(page);
  await type(page, "a", "SET city Bergen");
  await type(page, "b", "GET city");
  await see(terminal(page, "b"), '"Oslo"');
  await playFast(page);
  await see(data(page, "b"), "Bergen");
  await act(page, "a", "Crash");
  await see(card(page, "a"), "crashed");
  await type(page, "b", "GET city");
  await see(terminal(page, "b"), '"Bergen"');
  await type(page, "b", "SET city Tromso");
  await see(terminal(page, "b"), /READONLY/);
  await act(page, "b", "Promote: SLAVEOF NO ONE");
  await type(page, "b", "SET city Tromso");
  await see(data(page, "b"), "Tromso");
});
