// Nothing is lost: reload, the back button, a closed tab, two tabs, a browser that keeps nothing; links, files, lessons.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { startSite } from "./browser.mjs";
import { card, data, inSync, pause, see, sentences, terminal, type } from "./steps.mjs";
import { stories } from "./story.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const story = stories(() => site, { timeout: 60_000 });

const notice = (page) => page.getByRole("alert");
const backToIt = (page) => notice(page).getByRole("button", { name: "Back to it" });
const dialog = (page) => page.getByRole("dialog");
const clock = (page) => page.locator('[data-field="now"]').innerText();

/** Waits until the tab has kept the work in which `line` was typed. */
const kept = (page, line) =>
  page.waitForFunction((line) => Object.keys(localStorage).some((key) => localStorage[key].includes(line)), line);

/** Presses Share and gives the link. */
async function share(page) {
  await page.getByRole("button", { name: "Share" }).click();
  return dialog(page).getByRole("textbox", { name: "Link to this moment" }).inputValue();
}

/** What the link in the dialog opens, as a script sees it. */
const digest = (page, link) =>
  page.evaluate((link) => {
    const session = new globalThis.wasmBindings.Session();
    const { now, mismatch, stopped } = session.open(link);
    return { now, mismatch, stopped, digest: session.digest() };
  }, link);

story("a link opens the same moment in a fresh profile", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await type(page, "c", "SLAVEOF a 6379");
  await page.waitForTimeout(1500);
  await pause(page);
  const link = await share(page);
  assert.match(link, /#s=1/);
  await see(dialog(page), /\d+ characters/);
  const before = await digest(page, link);
  const numbers = async (page) => (await card(page, "a").innerText()).split("\n").slice(0, 7);
  const shown = await numbers(page);
  const other = await site.open({ hash: link.slice(link.indexOf("#")) });
  await see(notice(other), /shared moment/);
  assert.deepEqual(await digest(other, link), before);
  assert.equal(before.mismatch ?? before.stopped ?? null, null);
  assert.deepEqual(await numbers(other), shown);
  assert.equal(Math.round(parseFloat(await clock(other)) * 1000), Math.floor(before.now));
  assert.deepEqual(other.troubles, []);
  await other.context().close();
});

story("a reload keeps the work, its moment and its branches", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await pause(page);
  await page.getByRole("button", { name: "Previous milestone" }).click();
  await type(page, "a", "SET city Oslo");
  const at = await clock(page);
  await page.reload();
  await see(terminal(page, "c").or(terminal(page, "a")), /./);
  assert.equal(await clock(page), at);
  await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(page, "a"), "SET city Oslo");
  const saved = await page.evaluate(() => Object.values(localStorage).find((text) => text.startsWith("resync-work")));
  assert.match(saved, /SET city Bergen/);
  assert.equal(saved.match(/^branch /gm).length, 2);
});

story("a tab that ends at once has lost nothing, and the next visit leads back to it", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await kept(page, "SET city Bergen");
  const next = await page.context().newPage();
  await page.close();
  await next.goto(site.address);
  await see(notice(next), /SET city Bergen/);
  await backToIt(next).click();
  await next.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(next, "a"), "SET city Bergen");
});

story("starting over keeps what there was one click away, and so does the back button", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await page.getByRole("button", { name: "Start over" }).first().click();
  await see(notice(page), "What you had is kept.");
  await backToIt(page).click();
  await type(page, "a", "GET city");
  await see(terminal(page, "a"), '"Bergen"');
  await page.goBack();
  await page.goBack();
  await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(page, "a"), '"Bergen"');
});

story("a lesson has an address, and the back button leads out of it to one's own work", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await page.getByRole("button", { name: "Lessons" }).click();
  await dialog(page).getByRole("button", { name: /Becoming a replica/ }).click();
  await page.getByRole("complementary", { name: "Lesson" }).waitFor();
  assert.match(page.url(), /#lesson=1$/);
  await page.reload();
  await page.getByRole("complementary", { name: "Lesson" }).waitFor();
  await page.goBack();
  await page.getByRole("complementary", { name: "Lesson" }).waitFor({ state: "detached" });
  await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(page, "a"), "SET city Bergen");
  const other = await site.open({ hash: "#lesson=2" });
  await other.getByRole("complementary", { name: "Lesson" }).waitFor();
  assert.deepEqual(other.troubles, []);
  await other.context().close();
});

story("a lesson that is opened again from the shelf is still a lesson after a reload", async (page) => {
  await inSync(page, "b");
  await page.getByRole("button", { name: "Lessons" }).click();
  await dialog(page).getByRole("button", { name: /Becoming a replica/ }).click();
  const lesson = page.getByRole("complementary", { name: "Lesson" });
  await lesson.waitFor();
  // Only what something was done on is listed.
  await type(page, "a", "SET city Bergen");
  await see(terminal(page, "a"), "SET city Bergen");
  await page.getByRole("button", { name: "Start over" }).first().click();
  await lesson.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await dialog(page).getByRole("button", { name: /Becoming a replica/ }).first().click();
  await lesson.waitFor();
  await page.reload();
  await lesson.waitFor();
});

story("a link typed into the address over unsaved work keeps the work", async (page) => {
  const golden = readFileSync(new URL("../links/05-psync-full-and-partial.txt", import.meta.url), "utf8").split(/[\s]/)[0];
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await page.evaluate((link) => (location.hash = link), golden);
  await see(notice(page), /shared moment.*What you had is kept/);
  await page.goBack();
  await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(page, "a"), "SET city Bergen");
});

story("a bad link explains itself, and the page stays usable", async (page) => {
  await see(notice(page), "This link cannot be opened: characters are missing");
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await see(terminal(page, "a"), "OK");
}, { hash: "#s=1nonsense" });

story("two tabs with one history, as a duplicated tab has, part instead of overwriting each other", async (page) => {
  await inSync(page, "b");
  await type(page, "a", "SET town Bergen");
  await kept(page, "SET town Bergen");
  const name = await page.evaluate(() => history.state);
  const twin = await page.context().newPage();
  await twin.goto(site.address);
  // Once it is there, it has named its own work in the history.
  await inSync(twin, "b");
  await twin.evaluate((name) => history.replaceState(name, ""), name);
  await twin.reload();
  await see(data(twin, "a"), "Bergen");
  await twin.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name: "a", exact: true }).click();
  await see(terminal(twin, "a"), "SET town Bergen");
  // As good as at once, so that each may write before it sees what the other wrote.
  await Promise.all([type(page, "a", "SET town Oslo"), type(twin, "a", "SET town Rome")]);
  await kept(page, "SET town Oslo");
  await kept(page, "SET town Rome");
  await page.waitForTimeout(1000);
  assert.notEqual(await twin.evaluate(() => history.state), await page.evaluate(() => history.state));
  const works = await page.evaluate(() => Object.values(localStorage).filter((text) => text.startsWith("resync-work")));
  assert.equal(works.filter((text) => text.includes("SET town Oslo")).length, 1);
  assert.equal(works.filter((text) => text.includes("SET town Rome")).length, 1);
});

story("a browser that keeps nothing is survived, and said", async (page) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await page.reload();
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await see(notice(page), /does not let the page keep anything/);
  await page.getByRole("button", { name: "Start over" }).first().click();
  await backToIt(page).click();
  await type(page, "a", "GET city");
  await see(terminal(page, "a"), '"Bergen"');
});

story("a scenario file and an RDB file are opened, and saved again", async (page) => {
  const choose = async (name, buffer) => {
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await dialog(page).locator("input[type=file]").setInputFiles({ name, mimeType: "text/plain", buffer });
  };
  const saved = async (name) => {
    await share(page);
    const [download] = await Promise.all([page.waitForEvent("download"), dialog(page).getByRole("button", { name }).click()]);
    await page.keyboard.press("Escape");
    return readFileSync(await download.path());
  };
  await choose("two.resync", Buffer.from('resync 1\ntitle Two\nnode a redis=7.0\na> SET name resync\nnode b redis=7.0\nafter 1s\n'));
  await see(notice(page), "two.resync is open");
  const told = await sentences(page).allInnerTexts();
  assert.ok(told.length > 0 && !told.some((text) => text.includes("2.8")), told.join("\n"));
  const rdb = await saved("RDB of a");
  assert.equal(rdb.subarray(0, 9).toString(), "REDIS0010");
  await choose("dump.rdb", rdb);
  await see(notice(page), "b has restarted with dump.rdb: 1 keys");
  await type(page, "b", "GET name");
  await see(terminal(page, "b"), '"resync"');
  assert.match((await saved("Scenario")).toString(), /^resync 1\ntitle Two\n[^]*load b UkVESVM/);
  assert.match((await saved("What happened")).toString(), /0ms  a joins the world/);
  await choose("bad.resync", Buffer.from("resync 1\nnoed a\n"));
  await see(notice(page), "bad.resync cannot be opened: line 2, column 1");
  await choose("picture.png", Buffer.from([0xff, 0xd8, 0xff, 0x00]));
  await see(notice(page), "neither a scenario nor an RDB file");
});

story("a long replay shows how far it is and can be given up", async (page) => {
  const lines = Array.from({ length: 900 }, (_, n) => `a> SET key:${n} ${"v".repeat(40)}\nafter 700ms`).join("\n");
  const text = `resync 1\nnode a\nnode b slaveof="a 6379"\nnode c slaveof="b 6379"\nevery 1ms a> INCR n\n${lines}\n`;
  await inSync(page, "b");
  await type(page, "a", "SET city Bergen");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await dialog(page).locator("input[type=file]").setInputFiles({ name: "long.resync", mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByRole("progressbar").waitFor();
  await dialog(page).getByRole("button", { name: "Cancel" }).click();
  await see(notice(page), "What you had is still here");
  await see(terminal(page, "a"), "SET city Bergen");
});
