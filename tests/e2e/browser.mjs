// One headless Chromium for a test file, and pages that report what went wrong in them: console errors,
// uncaught exceptions, requests that failed or left the site, violations of the Content-Security-Policy.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./host.mjs";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
/** Where pictures of failed tests go. */
const OUT = fileURLToPath(new URL("./out/", import.meta.url));

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser (debugged at `port`, if one is given) and a host for `folder` (dist/), which sends brotli if `packed`; `close` stops both. */
export async function startSite({ folder, port, packed } = {}) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`no browser at ${executablePath}: run \`tools/setup browser\` or set CHROMIUM`);
  }
  const host = await serve(folder, packed);
  const browser = await chromium.launch({ executablePath, args: port ? [...FLAGS, `--remote-debugging-port=${port}`] : FLAGS });
  return {
    address: host.address,
    browser,
    /** The path for a picture of something that went wrong. */
    out: (name) => (mkdirSync(OUT, { recursive: true }), OUT + name.replaceAll(/[^\w.]+/g, "-")),
    open: (options) => openPage(browser, host.address, options),
    close: async () => {
      await browser.close();
      await host.stop();
    },
  };
}

/**
 * Opens the page in a fresh profile. Options: `size`, `scheme` ("dark" or "light"), `locale`,
 * `reducedMotion`, `hash` (what follows the address), `slowdown` (how many times slower the processor is).
 * `page.troubles` is the list of everything that a correct page does not do.
 */
async function openPage(browser, address, options = {}) {
  const context = await browser.newContext({
    viewport: options.size ?? DESKTOP,
    colorScheme: options.scheme ?? "dark",
    locale: options.locale ?? "en-US",
    reducedMotion: options.reducedMotion ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  const troubles = [];
  page.troubles = troubles;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`uncaught: ${error}`));
  page.on("requestfailed", (request) => troubles.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob):/.test(url)) troubles.push(`left the site: ${url}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`);
    });
  });
  if (options.slowdown) {
    const client = await context.newCDPSession(page);
    await client.send("Emulation.setCPUThrottlingRate", { rate: options.slowdown });
  }
  await page.goto(address + (options.hash ?? ""), { waitUntil: "load" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against WCAG 2.2 A and AA: one line a rule and place, empty when there is nothing. */
export async function axeFindings(page) {
  // A colour on its way to another one has no contrast of its own.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))));
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    return globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
  });
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} (${rule.impact}) at ${node.target.join(" ")}: ${rule.help}`));
}
