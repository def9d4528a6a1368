// axe-core against WCAG 2.2 A and AA on every view of the page, in both themes and both languages. One page serves
// for all of them: what differs is chosen as a person would.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFindings, DESKTOP, PHONE, startSite } from "./browser.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

const escape = (page) => page.keyboard.press("Escape");

/** Each view: how to reach it from the first visit, and how to leave it. Places are by structure: words change. */
const VIEWS = {
  "first visit": [],
  "wire": [(page) => page.locator("#tab-wire").click()],
  "state": [(page) => page.locator("#tab-state").click()],
  "invariants": [(page) => page.locator("#tab-invariants").click(), (page) => page.locator("#tab-why").click()],
  "menu of a node": [(page) => page.locator('[data-node="a"] .menu-of button').first().click(), escape],
  "menu of a link": [(page) => page.locator('[data-link="a-b"] .menu-of button').click(), escape],
  "own values of a node": [async (page) => {
    await page.locator('[data-node="a"] .menu-of button').first().click();
    await page.locator(".menu-item").filter({ hasText: /Own values|自定义数值/ }).click();
  }, escape],
  "add a node": [(page) => page.locator(".tab-row > .menu-of button, .tab-row .icon-button").first().click(), escape],
  "breakpoints": [(page) => page.locator(".breaks > button, .breaks button").first().click(), escape],
  "open": [(page) => page.locator(".top-tools .icon-button").first().click(), escape],
  "help, words": [(page) => page.locator(".help-button").click()],
  "help, full resync": [async (page) => {
    await page.locator("#help-full").click();
    await page.locator(".cause summary").first().click();
  }],
  "help, scenario text": [(page) => page.locator("#help-scenario").click()],
  "help, keys": [(page) => page.locator("#help-keys").click(), escape],
  "lessons": [(page) => page.locator(".lessons-button").click(), escape],
  "share": [(page) => page.locator(".share-button").click(), async (page) => {
    await escape(page);
    const close = page.locator(".notice .icon-button");
    if (await close.count()) await close.click();
  }],
  "tour": [async (page) => {
    await page.locator(".help-button").click();
    await page.locator(".help-foot button").first().click();
    await page.locator(".tour h2").waitFor();
  }, escape],
  "lesson": [async (page) => {
    await page.locator(".lessons-button").click();
    await page.locator(".lesson-list button").first().click();
    await page.locator(".lesson h2").waitFor();
    await page.locator(".lesson footer .primary").click();
  }],
};

for (const [device, size] of Object.entries({ laptop: DESKTOP, phone: PHONE })) {
  for (const scheme of ["dark", "light"]) {
    for (const locale of ["en-US", "zh-CN"]) {
      test(`axe finds nothing on any view, ${device}, ${scheme}, ${locale}`, { timeout: 120_000 }, async () => {
        const page = await site.open({ size, scheme, locale });
        await page.locator('.card[data-node="b"] .arrived').waitFor();
        await page.waitForFunction(() => globalThis.wasmBindings);
        const found = [];
        for (const [name, [enter, leave]] of Object.entries(VIEWS)) {
          // On a phone the inspector shares its place.
          if (size === PHONE && /wire|state|invariants/.test(name)) await page.locator(".pane-tabs button").nth(1).click();
          if (size === PHONE && name === "add a node") await page.locator(".pane-tabs button").first().click();
          await enter?.(page);
          for (const finding of await axeFindings(page)) found.push(`${name}: ${finding}`);
          await leave?.(page);
        }
        assert.deepEqual([...new Set(found)], []);
        assert.deepEqual(page.troubles, []);
        await page.context().close();
      });
    }
  }
}
