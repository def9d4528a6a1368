// How a test file tells stories: each is a test with a page of its own.
import assert from "node:assert/strict";
import { test } from "node:test";

/**
 * Returns `story(name, play, options)`: a test that opens a page with these options, prepares it and plays. It must end
 * without a console error; of one that fails there is a picture. `site` is a function, since the site starts later.
 */
export function stories(site, { prepare = async () => {}, timeout = 90_000 } = {}) {
  return (name, play, options = {}) =>
    test(name, { timeout }, async () => {
      const page = await site().open(options);
      await prepare(page);
      try {
        await play(page);
      } catch (error) {
        await page.screenshot({ path: site().out(`${name.slice(0, 40)}.png`) });
        throw error;
      }
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    });
}
