// The page as a whole: it starts under its Content-Security-Policy, everywhere it may be opened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startSite } from "./browser.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

for (const [device, size] of Object.entries({ laptop: DESKTOP, phone: PHONE })) {
  test(`the page starts on a ${device} without a console error or a policy violation`, async () => {
    const page = await site.open({ size });
    assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /Resync/i);
    await page.waitForTimeout(500);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

test("an inline script and an inline style are refused by the policy", async () => {
  const page = await site.open();
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.inlineRan = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", '<i id="probe" style="position: fixed">x</i>');
    return [globalThis.inlineRan === true, getComputedStyle(document.getElementById("probe")).position];
  });
  assert.deepEqual(ran, [false, "static"]);
  assert.equal(page.troubles.filter((trouble) => /policy/i.test(trouble)).length >= 2, true);
  await page.context().close();
});


for (const [device, size] of Object.entries({ laptop: DESKTOP, phone: PHONE })) {
  test(`nothing jumps on a first visit on a ${device}, though much happens`, { timeout: 60_000 }, async () => {
    const page = await site.open({ size });
    const moved = await page.evaluate(async () => {
      const shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: "layout-shift", buffered: true });
      await new Promise((done) => setTimeout(done, 15_000));
      return shifts.map(({ value, sources }) => [value, sources.map(({ node }) => `${node?.nodeName} ${node?.className}`).join(", ")]);
    });
    const sum = moved.reduce((sum, [value]) => sum + value, 0);
    assert.ok(sum < 0.001, `${sum}: ${JSON.stringify(moved)}`);
    await page.context().close();
  });
}

test("the first look has the theme that the system asks for, before any script", async () => {
  for (const [colorScheme, ground] of [["light", "rgb(238, 240, 244)"], ["dark", "rgb(10, 13, 19)"]]) {
    const context = await site.browser.newContext({ colorScheme, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(site.address);
    assert.equal(await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor), ground);
    await context.close();
  }
});
