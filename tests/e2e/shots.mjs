// Screenshots of the built page, for looking at: both sizes, both themes, both languages, into shots/.
// Words after the command choose: `node tests/e2e/shots.mjs phone dark` takes only those.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DESKTOP, PHONE, startSite } from "./browser.mjs";

const folder = fileURLToPath(new URL("../../shots/", import.meta.url));
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);

const site = await startSite();
let troubled = false;
for (const [device, size] of Object.entries({ laptop: DESKTOP, phone: PHONE })) {
  for (const scheme of ["dark", "light"]) {
    for (const locale of ["en-US", "zh-CN"]) {
      const name = `${device}-${scheme}-${locale.slice(0, 2)}`;
      if (!wanted.every((word) => name.split("-").includes(word))) continue;
      const page = await site.open({ size, scheme, locale });
      await page.waitForTimeout(4000);
      await page.screenshot({ path: `${folder}${name}.png` });
      console.log(`shots/${name}.png`);
      for (const trouble of page.troubles) {
        troubled = true;
        console.log(`  ${trouble}`);
      }
      await page.context().close();
    }
  }
}
await site.close();
process.exitCode = troubled ? 1 : 0;
