// What Lighthouse says of the built page on a desktop and on a phone: performance, accessibility, best practices, out
// of 100. Needs dist/ as `make build` writes it.
import lighthouse, { desktopConfig } from "lighthouse";
import { startSite } from "../../tests/e2e/browser.mjs";

const PORT = 9333;
const CATEGORIES = ["performance", "accessibility", "best-practices"];

const site = await startSite({ port: PORT, packed: true });
for (const [name, config] of [["desktop", desktopConfig], ["phone", undefined]]) {
  const { lhr } = await lighthouse(site.address, { port: PORT, onlyCategories: CATEGORIES, logLevel: "error" }, config);
  const scores = CATEGORIES.map((id) => `${id} ${Math.round(lhr.categories[id].score * 100)}`);
  console.log(`Lighthouse, ${name}: ${scores.join(", ")} (aim 100 each)`);
  const metrics = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"];
  console.log(`  ${metrics.map((id) => `${lhr.audits[id].title} ${lhr.audits[id].displayValue}`).join(", ")}`);
  for (const id of CATEGORIES.slice(1)) {
    for (const { id: audit } of lhr.categories[id].auditRefs) {
      const { score, title, scoreDisplayMode } = lhr.audits[audit];
      if (score !== null && score < 1 && scoreDisplayMode === "binary") console.log(`  ${id}: ${title}`);
    }
  }
}
await site.close();
