// Replication as a person meets it: four stories, played on the built page with keyboard and mouse alone.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { startSite } from "./browser.mjs";
import { act, card, cut, data, decision, heal, inSync, pause, playFast, see, sentences, terminal, type } from "./steps.mjs";
import { stories } from "./story.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const story = stories(() => site, {
  prepare: async (page) => {
    await inSync(page, "b");
    await playFast(page);
  },
});

story("a SET typed on the master arrives at the replica, and at a node that becomes one", async (page) => {
  await type(page, "a", "SET greeting hello");
  await see(terminal(page, "a"), "OK");
  await see(data(page, "b"), "hello");
  await type(page, "c", "SLAVEOF a 6379");
  await inSync(page, "c");
  await type(page, "c", "GET greeting");
  await see(terminal(page, "c"), '"hello"');
  await type(page, "c", "SET own 1");
  await see(terminal(page, "c"), /READONLY/);
});

story("a link that is cut and healed costs only what was missed", async (page) => {
  await cut(page, "a–b");
  await type(page, "a", "SET missed while-away");
  await see(terminal(page, "a"), "OK");
  assert.equal(await data(page, "b").getByText("while-away").count(), 0);
  await heal(page, "a–b");
  await see(data(page, "b"), "while-away");
  await see(decision(page), /\+CONTINUE/);
  assert.equal(await decision(page).getAttribute("data-verdict"), "continue");
});

story("a backlog that is overrun while the link is cut costs everything", async (page) => {
  await act(page, "a", "Teaching backlog 128 B (restarts)");
  await inSync(page, "b");
  await cut(page, "a–b");
  for (const n of [1, 2, 3, 4, 5]) await type(page, "a", `SET city a-city-with-a-name-of-forty-characters-${n}`);
  await type(page, "a", "SET city Rome");
  await page.locator('[data-part="tape"][data-node="a"] [data-marker="b"][data-lost="true"]').waitFor();
  await heal(page, "a–b");
  await see(data(page, "b"), "Rome");
  await see(decision(page), /\+FULLRESYNC/);
  assert.equal(await decision(page).getAttribute("data-verdict"), "full");
  await see(decision(page), /still in the backlog/);
});

story("a master of 2.6 does not know PSYNC, and the replica falls back to SYNC", async (page) => {
  await act(page, "a", "Redis 2.6 (restarts)");
  await see(card(page, "a"), /2\.6/);
  await see(decision(page), /ERR unknown command/);
  await pause(page);
  assert.equal(await decision(page).getAttribute("data-verdict"), "unknown");
  const told = (await sentences(page).allInnerTexts()).reverse();
  const refused = told.findIndex((text) => text.includes("ERR unknown command"));
  assert.ok(refused >= 0 && told.slice(refused).some((text) => /\bSYNC\b/.test(text)), told.join("\n"));
  await playFast(page);
  await type(page, "a", "SET city Rome");
  await see(data(page, "b"), "Rome");
});
