// Screenshots for looking at: each topic at both sizes and in both themes, the first visit in both languages, into
// shots/. Words after the command choose: `node tests/e2e/shots.mjs phone dark 07` takes only those.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DESKTOP, PHONE, startSite } from "./browser.mjs";
import { showTopic, TOPICS } from "./steps.mjs";

const folder = fileURLToPath(new URL("../../shots/", import.meta.url));
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);

const site = await startSite();
let troubled = false;

async function shoot(page, name) {
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`shots/${name}.png`);
  for (const trouble of page.troubles.splice(0)) {
    troubled = true;
    console.log(`  ${trouble}`);
  }
}

const chosen = (name) => wanted.every((word) => name.split("-").includes(word));

for (const [device, size] of Object.entries({ laptop: DESKTOP, phone: PHONE })) {
  for (const scheme of ["dark", "light"]) {
    const visits = ["en", "zh"].map((language) => [language, `first-${device}-${scheme}-${language}`]);
    for (const [language, name] of visits.filter(([, name]) => chosen(name))) {
      const page = await site.open({ size, scheme, locale: language === "zh" ? "zh-CN" : "en-US" });
      await page.waitForTimeout(2500);
      await shoot(page, name);
      await page.context().close();
    }
    const topics = Object.keys(TOPICS).map((topic) => [topic, `${topic}-${device}-${scheme}`]);
    if (!topics.some(([, name]) => chosen(name))) continue;
    // One page for all topics: a lesson is opened over another one.
    const page = await site.open({ size, scheme });
    for (const [topic, name] of topics.filter(([, name]) => chosen(name))) {
      await showTopic(page, topic);
      await page.waitForTimeout(400);
      await shoot(page, name);
    }
    await page.context().close();
  }
}
await site.close();
process.exitCode = troubled ? 1 : 0;
