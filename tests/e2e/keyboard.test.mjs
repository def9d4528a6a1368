// The four main stories with the keyboard alone, and what a keyboard needs: a focus that is seen, keys that rest.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "./browser.mjs";
import { card, data, decision, inSync, see, sentences, terminal } from "./steps.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

/** What has the focus: its name, and whether it can be seen to have it. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const label = element.getAttribute("aria-label") ?? element.getAttribute("title") ?? element.textContent;
    const { left, top, width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    // What is drawn has no outline: its strokes become thick instead.
    const thick = [...element.children].some((child) => parseFloat(getComputedStyle(child).strokeWidth) >= 3);
    const shown = (element instanceof SVGElement && thick) || style.outlineStyle !== "none" || getComputedStyle(element.closest("label") ?? element).boxShadow !== "none";
    const at = document.elementFromPoint(left + Math.min(width / 2, innerWidth), top + height / 2);
    const covered = !(at && (element.contains(at) || at.contains(element)));
    return { name: label.trim().replace(/\s+/g, " "), shown, covered, size: Math.min(width, height), tag: element.tagName };
  });

/** Moves on with Tab until something with this name has the focus. */
async function tabTo(page, name) {
  for (let i = 0; i < 200; i++) {
    const here = await focused(page);
    if (here && (name instanceof RegExp ? name.test(here.name) : here.name === name)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${name}`);
}

async function press(page, name) {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

/** Opens the menu of a node and chooses from it. */
async function choose(page, node, item) {
  await press(page, `Actions for ${node}`);
  for (let i = 0; i < 30; i++) {
    if ((await focused(page))?.name === item) return page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`no ${item} in the menu of ${node}`);
}

/** Types a line at the n-th node, and leaves the terminal. */
async function type(page, n, line) {
  await page.keyboard.press(`${n}`);
  await page.waitForFunction(() => document.activeElement?.id === "command");
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Tab");
}

function story(name, play) {
  test(name, { timeout: 90_000 }, async () => {
    const page = await site.open();
    await inSync(page, "b");
    await tabTo(page, "Speed");
    await page.keyboard.press("End");
    try {
      await play(page);
    } catch (error) {
      await page.screenshot({ path: site.out(`keys-${name.slice(0, 40)}.png`) });
      throw error;
    }
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

story("by keyboard: a SET on the master arrives at the replica, and at a node that becomes one", async (page) => {
  await type(page, 1, "SET greeting hello");
  await see(data(page, "b"), "hello");
  await type(page, 3, "SLAVEOF a 6379");
  await inSync(page, "c");
  await type(page, 3, "GET greeting");
  await see(terminal(page, "c"), '"hello"');
});

story("by keyboard: a cut that is healed costs only what was missed", async (page) => {
  await press(page, /^Cut the link a–b/);
  await type(page, 1, "SET missed while-away");
  await press(page, /^Heal the link a–b/);
  await see(decision(page), "+CONTINUE");
});

story("by keyboard: a backlog that is overrun costs everything", async (page) => {
  await choose(page, "a", "Teaching backlog 128 B (restarts)");
  await inSync(page, "b");
  await press(page, /^Cut the link a–b/);
  await type(page, 1, `SET long ${"x".repeat(150)}`);
  await page.locator('[data-part="tape"] [data-marker="b"][data-lost="true"]').waitFor();
  await press(page, /^Heal the link a–b/);
  await see(decision(page), /still in the backlog/);
  await see(decision(page), "+FULLRESYNC");
});

story("by keyboard: a master of 2.6 does not know PSYNC, and the replica falls back to SYNC", async (page) => {
  await choose(page, "a", "Redis 2.6 (restarts)");
  await see(card(page, "a"), /2\.6/);
  await see(decision(page), /-ERR unknown command/);
  await sentences(page).filter({ hasText: /b sends SYNC/ }).first().waitFor();
});

test("every stop of the Tab key is seen to have the focus, is not covered, and is large enough", async () => {
  const page = await site.open();
  await inSync(page, "b");
  await page.keyboard.press("k");
  const stops = [];
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    const here = await focused(page);
    if (!here || (stops.length > 5 && here.name === stops[0].name)) break;
    stops.push(here);
  }
  assert.ok(stops.length > 25, stops.map((stop) => stop.name).join(" | "));
  const wrong = stops.filter((stop) => !stop.shown || stop.covered || !stop.name || (stop.size < 23.5 && stop.tag === "BUTTON"));
  assert.deepEqual(wrong, []);
  await page.context().close();
});

test("single keys step and play, rest while somebody types, and can be turned off", async () => {
  const page = await site.open();
  await inSync(page, "b");
  const now = () => page.locator('[data-field="now"]').innerText();
  // The page opens in the instant of its first write: before the first frame a step stays in it.
  const opened = await now();
  await page.waitForFunction((opened) => document.querySelector('[data-field="now"]').innerText !== opened, opened);
  await page.keyboard.press("k");
  const before = await now();
  await page.keyboard.press(".");
  const later = await now();
  assert.notEqual(later, before);
  await page.keyboard.press(",");
  assert.notEqual(await now(), later);
  await page.getByRole("slider", { name: "Speed" }).press("Home");
  await page.keyboard.press(".");
  assert.equal(await now(), later, "a slider is no place to type");
  await page.keyboard.press("1");
  await page.waitForFunction(() => document.activeElement?.id === "command");
  await page.keyboard.type("k.");
  assert.equal(await page.locator("#command").inputValue(), "k.");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Help" });
  await help.getByRole("switch", { name: "Single-key shortcuts" }).click();
  await page.keyboard.press("Escape");
  const still = await now();
  await page.keyboard.press(".");
  assert.equal(await now(), still);
  await page.context().close();
});

test("a milestone is told to who does not see it", async () => {
  const page = await site.open();
  await inSync(page, "b");
  const live = page.locator('[data-part="live"]');
  assert.equal(await live.getAttribute("role"), "status");
  await page.getByRole("button", { name: "Cut the link a–b" }).click();
  await see(live, /link|connection/);
  await page.context().close();
});

test("the page reflows at 320 px, at twice the size of text, and keeps still where motion is unwanted", async () => {
  for (const options of [{ size: { width: 320, height: 640 } }, { size: { width: 720, height: 450 } }]) {
    const page = await site.open({ ...options, reducedMotion: true });
    await inSync(page, "b");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${options.size.width}: ${wide} px too wide`);
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll(".top button, .first-steps button, .transport button, .pane-tabs button")]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
          const { left, right, top, bottom } = element.getBoundingClientRect();
          // A low page scrolls down to them.
          const end = Math.max(innerHeight, document.documentElement.scrollHeight) - scrollY;
          return left < -1 || right > innerWidth + 1 || top + scrollY < -1 || bottom > end + 1;
        })
        .map((element) => element.getAttribute("aria-label") ?? element.textContent));
    assert.deepEqual(outside, []);
    const { height } = await page.getByRole("group", { name: "Nodes and links" }).boundingBox();
    assert.ok(height >= 200, `the stage has ${height} px`);
    await page.context().close();
  }
});
