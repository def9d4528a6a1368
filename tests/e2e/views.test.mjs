// What stands on the page at a moment of each topic, in words: everything that has a name or a text, as those hear it who
// do not see it. Recorded in views/; `RECORD=1 node --test tests/e2e/views.test.mjs` records anew, for `git diff` to show.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startSite } from "./browser.mjs";
import { showTopic, TOPICS } from "./steps.mjs";

const folder = new URL("./views/", import.meta.url);

let site;
before(async () => (site = await startSite()));
after(() => site.close());

for (const topic of Object.keys(TOPICS)) {
  test(`the view of topic ${topic} is the recorded one`, { timeout: 90_000 }, async () => {
    const page = await site.open({ reducedMotion: true });
    await showTopic(page, topic);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const view = `${await page.locator("main").ariaSnapshot()}\n`;
    const file = new URL(`${topic}.yml`, folder);
    if (process.env.RECORD) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, view);
    }
    assert.ok(existsSync(file), `no ${file.pathname}: RECORD=1 makes it`);
    const recorded = readFileSync(file, "utf8");
    const [is, was] = [view, recorded].map((text) => text.split("\n"));
    const at = is.findIndex((line, i) => line !== was[i]);
    assert.equal(view, recorded, `line ${at + 1} is ${is[at]} and was ${was[at]}`);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}
