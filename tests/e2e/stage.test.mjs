// The stage: a function of the moment, with nothing covered or cut off, and everything on it within reach of keys.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startSite } from "./browser.mjs";
import { act, card, inSync, pause, playFast, see } from "./steps.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const toolbar = (page) => page.getByRole("toolbar", { name: "Playback" });
const stopped = (page) => toolbar(page).getByRole("button", { name: "Play", exact: true }).waitFor({ timeout: 30_000 });

/** The stage as the browser has it, with every place and size: a line for each tag. */
const picture = async (page) => {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page.locator('[data-part="stage"]').evaluate((stage) => {
    // Attributes, classes and properties have no order; which terminal is in front is no part of the moment.
    const parts = { class: " ", style: ";" };
    const value = ({ name, value }) => value.split(parts[name] ?? "\n").map((part) => part.trim()).sort()
      .filter((part) => part !== "is-selected").join(" ");
    const tag = (node, depth) => node.nodeType === Node.TEXT_NODE ? [" ".repeat(depth) + node.data] : [
      `${" ".repeat(depth)}<${node.nodeName} ${[...node.attributes].map((one) => `${one.name}="${value(one)}"`).sort().join(" ")}>`,
      ...[...node.childNodes].flatMap((child) => tag(child, depth + 1)),
    ];
    return tag(stage, 0).join("\n");
  });
};

/** Two pictures are the same; otherwise says which lines differ. */
function same(actual, expected, where) {
  if (actual === expected) return;
  const [one, other] = [actual, expected].map((text) => text.split("\n"));
  const at = one.findIndex((line, i) => line !== other[i]);
  assert.fail(`${where}: line ${at} of ${one.length} and ${other.length}\n is  ${one.slice(at, at + 3).join("")}\n was ${other.slice(at, at + 3).join("")}`);
}

for (let number = 1; number <= 10; number += 1) {
  test(`lesson ${number}: the stage is the same played to, sought and stepped back to`, { timeout: 120_000 }, async () => {
    // Cards glide to new places in real time, unless one wants no motion.
    const page = await site.open({ reducedMotion: true });
    await page.getByRole("button", { name: "Lessons" }).click();
    await page.getByRole("dialog", { name: "Lessons" }).getByRole("listitem").nth(number - 1).getByRole("button").click();
    const next = page.getByRole("button", { name: "Next", exact: true });
    await next.waitFor();
    await page.getByRole("slider", { name: "Speed" }).press("End");
    await stopped(page);
    const back = page.getByRole("button", { name: "Back", exact: true });
    const played = [await picture(page)];
    while (await next.count()) {
      await next.click();
      await stopped(page);
      played.push(await picture(page));
    }
    assert.ok(played.length > 2, "a lesson has pages");
    assert.ok(new Set(played).size > 1, "something happens on the stage");
    for (let at = played.length - 2; at >= 0; at -= 1) {
      await back.click();
      same(await picture(page), played[at], `page ${at + 1}, sought`);
    }
    const stepOn = toolbar(page).getByRole("button", { name: "Step", exact: true });
    const stepBack = toolbar(page).getByRole("button", { name: "Step back", exact: true });
    const steps = [];
    for (let step = 0; step < 12; step += 1) {
      await stepOn.click();
      steps.push(await picture(page));
    }
    for (let step = steps.length - 2; step >= 0; step -= 1) {
      await stepBack.click();
      same(await picture(page), steps[step], `step ${step + 1}, stepped back to`);
    }
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

const SIZES = { laptop: DESKTOP, "large screen": { width: 1920, height: 1080 }, tablet: { width: 768, height: 1024 }, phone: PHONE };
for (const [device, size] of Object.entries(SIZES)) {
  test(`on a ${device} no card, tag or tool covers another, and no card is cut off`, { timeout: 60_000 }, async () => {
    const page = await site.open({ size, reducedMotion: true });
    await inSync(page, "b");
    await act(page, "c", "Replicate: SLAVEOF a 6379");
    await playFast(page);
    await inSync(page, "c");
    await pause(page);
    const found = await page.locator('[data-part="stage"]').evaluate((stage) => {
      const boxes = [...stage.querySelectorAll(".card, .link-tools")].map((element) => [element.className, element.getBoundingClientRect()]);
      const covered = boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
        .filter(([, b]) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)
        .map(([other]) => `${one} covers ${other}`));
      const cut = [...stage.querySelectorAll(".card")].filter((one) => one.scrollHeight > one.clientHeight + 1);
      const tables = [...stage.querySelectorAll(".card .data")].filter((one) => one.getBoundingClientRect().height > 15);
      return { covered, cut: cut.map((one) => `${one.dataset.node} ${one.scrollHeight} > ${one.clientHeight}`), tables: tables.length };
    });
    assert.deepEqual(found, { covered: [], cut: [], tables: 3 });
    await page.context().close();
  });
}

test("a phone has a master with five replicas in sight, all of it, while it buffers for them and after", { timeout: 60_000 }, async () => {
  const page = await site.open({ size: PHONE, reducedMotion: true });
  const replicas = ["b", "c", "d", "e", "f"];
  const text = ["resync 1", "node a redis=2.8 bgsave-time=400ms", ...replicas.map((name) => `node ${name} redis=2.8 slaveof="a 6379"`),
    "after 300ms", "a> SET name redis", "after 20ms"].join("\n");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.getByRole("dialog").locator("input[type=file]").setInputFiles({ name: "star.resync", mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.locator('[data-buffered="2"]').nth(4).waitFor();
  const seen = () => page.getByRole("group", { name: "Nodes and links" }).evaluate((room) => {
    const { left, right, top, bottom } = room.getBoundingClientRect();
    const inside = (box) => box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
    const cards = [...room.querySelectorAll(".card")];
    return [cards.length, cards.filter((card) => inside(card.getBoundingClientRect())).length, room.scrollHeight <= room.clientHeight];
  });
  assert.deepEqual(await seen(), [6, 6, true]);
  await playFast(page);
  await page.getByRole("list", { name: "Replicas of a" }).getByText("online").nth(4).waitFor();
  assert.deepEqual(await seen(), [6, 6, true]);
  await page.context().close();
});

test("menus are walked with arrows; Escape gives the focus back; own values and single directions take effect", { timeout: 60_000 }, async () => {
  const page = await site.open({ reducedMotion: true });
  await inSync(page, "b");
  const more = page.getByRole("button", { name: "More for the link a–b" });
  await more.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Cut", exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), "Cut a → b only");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "More for the link a–b");
  await more.click();
  await page.getByRole("menuitem", { name: "Own values …" }).click();
  await page.getByLabel("Latency (ms)").fill("35");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Cut the link a–b, 35.0 ms" }).or(page.getByRole("button", { name: "Cut the link a–b, 35 ms" })).waitFor();
  await more.click();
  await page.getByRole("menuitem", { name: "Cut b → a only" }).click();
  await page.getByRole("button", { name: /Heal the link a–b, b → a: cut/ }).waitFor();
  await act(page, "a", "Own values …");
  await page.getByLabel("BGSAVE takes (ms)").fill("500");
  await page.keyboard.press("Enter");
  await see(page.getByRole("list", { name: "What happened" }), /bgsave-time/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the stage is enlarged and fitted by buttons and by keys, and scrolls when it is larger than its room", async () => {
  const page = await site.open({ reducedMotion: true });
  await inSync(page, "b");
  const width = async () => (await card(page, "a").boundingBox()).width;
  const fitted = await width();
  const stage = page.getByRole("region", { name: "Stage" });
  await stage.getByRole("button", { name: /Zoom in/ }).click();
  await stage.getByRole("button", { name: /Zoom in/ }).click();
  const becomes = async (fits) => {
    for (let tried = 0; tried < 50 && !fits(await width()); tried++) await page.waitForTimeout(40);
    assert.ok(fits(await width()), `${await width()} of ${fitted}`);
  };
  await becomes((now) => now > fitted * 1.4);
  const room = stage.getByRole("group", { name: "Nodes and links" });
  assert.ok(await room.evaluate((room) => room.scrollWidth > room.clientWidth));
  await room.focus();
  await page.keyboard.press("Shift+Z");
  await becomes((now) => now < fitted * 1.4);
  await page.keyboard.press("0");
  await becomes((now) => Math.abs(now - fitted) < 1);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
