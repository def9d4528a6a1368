import lighthouse, { desktopConfig } from "lighthouse";
import { startSite } from "../../tests/e2e/browser.mjs";
const PORT = 9344;
const site = await startSite({ port: PORT, packed: true, folder: process.argv[2] });
for (let i = 0; i < Number(process.argv[3]); i++)
for (const [name, config] of [["desktop", desktopConfig], ["phone", undefined]]) {
  const { lhr } = await lighthouse(site.address, { port: PORT, onlyCategories: ["performance", "best-practices"], logLevel: "error" }, config);
  console.log(name, lhr.categories.performance.score, lhr.categories["best-practices"].score, lhr.audits["total-blocking-time"].displayValue, JSON.stringify((lhr.audits["errors-in-console"].details?.items ?? []).map((x) => x.description.slice(0, 1500))));
}
await site.close();
