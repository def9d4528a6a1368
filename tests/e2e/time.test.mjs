// Time and terminals as a person uses them: breakpoints, branches, bytes, differences, history, completion.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { startSite } from "./browser.mjs";
import { cut, decision, heal, inSync, pause, playFast, see, terminal, type } from "./steps.mjs";
import { stories } from "./story.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const story = stories(() => site, { prepare: (page) => inSync(page, "b") });

const tool = (page, name) => page.getByRole("toolbar", { name: "Playback" }).getByRole("button", { name });
const moment = (page) => page.getByRole("slider", { name: "Moment", exact: true });
const inspect = (page, tab) => page.getByRole("tab", { name: tab, exact: true }).click();
const prompt = (page) => page.locator('[data-part="prompt"]').innerText();
const command = (page, name) => page.getByRole("textbox", { name: `Command for ${name}`, exact: true });

async function breakpoint(page, choose) {
  await tool(page, /^Breakpoints/).click();
  await choose(page.getByRole("dialog", { name: "Breakpoints" }));
  await page.keyboard.press("Escape");
}

story("a breakpoint stops play at its event, says which and where, and play goes on from there", async (page) => {
  await breakpoint(page, (list) => list.getByRole("switch", { name: "+CONTINUE" }).click());
  await playFast(page);
  await cut(page, "a–b");
  await type(page, "a", "SET missed 1");
  await heal(page, "a–b");
  await see(page.locator('[data-field="pulse"]'), "Stopped: +CONTINUE, at b");
  await tool(page, "Play").waitFor();
  await see(decision(page), /\+CONTINUE/);
  const chips = page.getByRole("list", { name: "Breakpoints" });
  assert.equal(await chips.getByRole("button", { name: "Stop at +CONTINUE" }).getAttribute("aria-pressed"), "true");
  await tool(page, "Play").click();
  await inSync(page, "b");
  await chips.getByRole("button", { name: "Remove the breakpoint +CONTINUE" }).click();
  assert.equal(await chips.count(), 0);
});

story("a condition can be typed, and a wrong one says what is wrong", async (page) => {
  await breakpoint(page, async (list) => {
    await list.getByRole("textbox", { name: "Own condition" }).fill("b.ofset > 3");
    await page.keyboard.press("Enter");
    await see(list.getByRole("alert"), "did you mean “offset”");
    await list.getByRole("textbox", { name: "Own condition" }).fill("b.offset >= 150");
    await list.getByRole("button", { name: "Add", exact: true }).click();
  });
  await playFast(page);
  await see(page.locator('[data-field="pulse"]'), "Stopped: b.offset >= 150, at b");
});

story("who acts in the past begins a branch, and the old future is one click or one key away", async (page) => {
  await type(page, "c", "SET first future");
  await playFast(page);
  await page.waitForTimeout(500);
  await pause(page);
  const end = await moment(page).getAttribute("aria-valuenow");
  await moment(page).focus();
  await page.keyboard.press("Home");
  await tool(page, "Next milestone").click();
  await type(page, "c", "SET second future");
  const branches = page.getByRole("button", { name: "Branch 2 of 2" });
  await branches.click();
  const list = page.getByRole("dialog", { name: "Branches" });
  await see(list, "c> SET second future");
  await list.getByRole("button", { name: /^Branch 1/ }).click();
  await page.getByRole("button", { name: "Branch 1 of 2" }).waitFor();
  await moment(page).focus();
  await page.keyboard.press("End");
  assert.equal(await moment(page).getAttribute("aria-valuenow"), end);
  await see(terminal(page, "c"), "SET first future");
  assert.equal(await terminal(page, "c").getByText("SET second future").count(), 0);
  await page.keyboard.press("]");
  await branches.waitFor();
  await see(terminal(page, "c"), "SET second future");
});

story("an arrow leads to its bytes, and bytes and meaning light each other", async (page) => {
  await pause(page);
  await type(page, "a", "SET city Rome");
  await moment(page).focus();
  await page.keyboard.press("Enter");
  const rows = page.getByRole("grid", { name: "Wire" }).getByRole("row");
  await see(page.getByRole("grid", { name: "Wire" }), "Rome");
  await rows.nth(1).focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await rows.nth(2).getAttribute("aria-selected"), "true");
  const strip = page.locator(".strip rect");
  assert.equal(await strip.nth(1).getAttribute("class"), "odd lit");
  await strip.nth(0).click({ position: { x: 2, y: 8 } });
  assert.equal(await rows.nth(1).getAttribute("aria-selected"), "true");
  assert.equal(await rows.nth(2).getAttribute("aria-selected"), "false");
});

story("what differs between two nodes and two moments is named exactly", async (page) => {
  await playFast(page);
  await cut(page, "a–b");
  await type(page, "a", "HSET table x 1");
  await pause(page);
  await inspect(page, "State");
  const beside = page.getByRole("table", { name: "Data of a beside b" });
  await see(beside, "table");
  const text = `${"x".repeat(80)}`;
  await type(page, "a", `SET long ${text}1`);
  const step = page.getByRole("combobox", { name: /earlier moment/ });
  await step.selectOption({ index: 1 });
  const then = page.getByRole("table", { name: "Data then and now" });
  await see(then, "long");
  await see(page.getByRole("table", { name: "INFO replication then and now" }), "master_repl_offset");
  await tool(page, "Step back").click();
});

story("every claim is checked up to the moment, and the saying about equal offsets shows its limits", async (page) => {
  const goTo = page.getByRole("textbox", { name: "Go to second …" });
  await goTo.fill("1.3");
  await goTo.press("Enter");
  await type(page, "b", "CONFIG SET slave-read-only no");
  await type(page, "b", "SET own 1");
  await inspect(page, "Invariants");
  for (const claim of ["StreamUnbroken", "OffsetsGrow", "ReplicaBehindMaster", "BacklogArithmetic", "LegalStates"]) {
    await page.locator(`[data-claim="${claim}"][data-holds="true"]`).waitFor();
  }
  await see(page.locator('[data-claim="OftenSaid"] .here'), "takes writes of its own");
});

story("the terminal completes, hints, shows the database and recalls its history after a reload", async (page) => {
  await pause(page);
  await type(page, "a", "SELECT 1");
  assert.equal(await prompt(page), "a:6379[1]>");
  await type(page, "a", "MULTI");
  assert.equal(await prompt(page), "a:6379[1](TX)>");
  await type(page, "a", "DISCARD");
  await command(page, "a").fill("zrem");
  const seen = new Set();
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press("Tab");
    seen.add(await command(page, "a").inputValue());
  }
  assert.ok(seen.size > 1 && [...seen].every((text) => text.startsWith("zrem")), [...seen].join());
  await command(page, "a").fill("expire k ");
  await see(page.locator("#command-hint"), "seconds");
  await command(page, "a").fill("HELP @list");
  await page.keyboard.press("Enter");
  await see(terminal(page, "a"), "Add to the tail of a list.");
  await page.keyboard.press("Alt+ArrowDown");
  await command(page, "b").waitFor();
  assert.equal(await command(page, "b").evaluate((field) => field === document.activeElement), true);
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("textbox", { name: /^Command for/ }).focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.getByRole("textbox", { name: /^Command for/ }).inputValue(), "DISCARD");
});

story("a browser that keeps nothing still has a history for as long as the page is open", async (page) => {
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await pause(page);
  await type(page, "a", "SET one 1");
  await page.keyboard.press("Alt+ArrowDown");
  await command(page, "b").waitFor();
  await page.keyboard.press("ArrowUp");
  assert.equal(await command(page, "b").inputValue(), "SET one 1");
});

story("a pointer on the diagram goes to the moment below it, and an arrow shows its bytes", async (page) => {
  await pause(page);
  const now = async () => Number(await moment(page).getAttribute("aria-valuenow"));
  const flag = page.locator(".chart [data-flag]").last();
  await flag.click();
  const there = await now();
  await tool(page, "Step back").click();
  assert.notEqual(await now(), there);
  const [{ x }, chart] = [await flag.locator("rect").boundingBox(), await page.locator(".chart").boundingBox()];
  await page.mouse.click(x + 0.5, chart.y + chart.height - 4);
  assert.ok(Math.abs((await now()) - there) <= 2, `${await now()} ms instead of ${there}`);
  const middle = await page.locator(".chart .arrow.a-question").first().evaluate((path) => {
    const [fromX, fromY, toX, toY] = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const { x, y } = new DOMPoint((fromX + toX) / 2, (fromY + toY) / 2).matrixTransform(path.getScreenCTM());
    return [x, y];
  });
  await page.mouse.click(...middle);
  await see(page.getByRole("tabpanel", { name: "Wire", exact: true }), /PSYNC/);
  assert.equal(await page.getByRole("tab", { name: "Wire", exact: true }).getAttribute("aria-selected"), "true");
});
