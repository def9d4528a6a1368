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

