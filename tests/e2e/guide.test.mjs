// What leads through the page: the first steps, the tour, the help, the lessons.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startSite } from "./browser.mjs";
import { decision, inSync, openLesson, pause, playFast, see, toLastPage } from "./steps.mjs";

let site;
before(async () => (site = await startSite()));
after(() => site.close());

async function withPage(options, play) {
  const page = await site.open(options);
  await inSync(page, "b");
  await play(page);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
}

for (const [device, options] of [["laptop", {}], ["phone", { size: PHONE }]]) {
  test(`on a ${device} the first steps alone lead to each of the three answers`, { timeout: 120_000 }, () =>
    withPage(options, async (page) => {
      const steps = page.getByRole("region", { name: "What to try next" });
      await playFast(page);
      const press = async (words) => {
        await see(steps, words);
        await steps.getByRole("button").first().click();
      };
      await press("SLAVEOF a 6379");
      await press(/Now let b miss something/);
      await press("SET city Bergen");
      await press(/Heal the link: will a send everything again/);
      await see(steps, /\+CONTINUE: b got only the \d+ bytes it had missed/);
      await press(/Give a a backlog of only 128 bytes/);
      await press(/Cut the link to b again/);
      // The scripted writes may be faster than a hand, so time stands still for it.
      await pause(page);
      await see(steps, /Write more than 128 bytes|but the backlog of a begins at/);
      if (await steps.getByText(/Write more than 128 bytes/).isVisible()) await press(/Write more/);
      await playFast(page);
      await press(/but the backlog of a begins at/);
      await see(steps, /\+FULLRESYNC: byte \d+, which b wanted, was gone/);
      await press(/Put an empty Redis 2.6 in the place of a/);
      await see(steps, /-ERR: a master from before 2.8 does not know PSYNC; its replicas fell back to SYNC/);
      await press(/The lessons explain/);
      await page.getByRole("dialog", { name: "Lessons" }).waitFor();
    }));
}

test("the first steps can be hidden, stay hidden, and the help brings them back", () =>
  withPage({}, async (page) => {
    const steps = page.getByRole("region", { name: "What to try next" });
    await steps.getByRole("button", { name: /^Hide/ }).click();
    assert.equal(await steps.count(), 0);
    await page.reload();
    await page.getByRole("button", { name: "Help", exact: true }).click();
    assert.equal(await steps.count(), 0);
    await page.getByRole("dialog", { name: "Help" }).getByRole("button", { name: "First steps again" }).click();
    await steps.waitFor();
  }));

test("the tour is walked by keyboard, lights up what it speaks of, and Escape ends it", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Show me around" }).click();
    const tour = page.getByRole("dialog", { name: "Tour" });
    for (const [title, part] of [
      ["The stage", ".room"], ["The terminals", ".terminals"], ["The backlog", ".tape"],
      ["Why it happened", ".inspector"], ["Time", ".timeline"], [/a link to this moment/, ".top-tools"],
    ]) {
      await tour.getByRole("heading", { name: title }).waitFor();
      await page.locator(`${part}[data-lit]`).waitFor();
      assert.equal(await page.locator("[data-lit]").count(), 1);
      await page.keyboard.press("Enter");
    }
    assert.equal(await tour.count(), 0);
    await page.getByRole("button", { name: "Help", exact: true }).click();
    await page.getByRole("button", { name: "Show me around" }).last().click();
    await tour.getByRole("heading", { name: "The stage" }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await tour.count(), 0);
  }));

test("the help explains a full resynchronisation and shows it in a scenario", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Help", exact: true }).click();
    const help = page.getByRole("dialog", { name: "Help" });
    await see(help, "Partial resynchronisation");
    await help.getByRole("tab", { name: "Why a full resync?" }).click();
    await help.getByText("What it missed was evicted").click();
    await see(help, /repl-backlog-size/);
    await help.getByRole("button", { name: "Watch it happen" }).locator("visible=true").click();
    const lesson = page.getByRole("complementary", { name: "Lesson" });
    await lesson.getByRole("heading", { name: "What it missed was evicted" }).waitFor();
    await toLastPage(page);
    await see(decision(page), "+FULLRESYNC");
    assert.equal(await page.locator(".decision[data-lit]").count(), 1);
  }));

test("what happened stands in one place, whatever is decided above it", () =>
  withPage({ reducedMotion: true }, async (page) => {
    await openLesson(page, "Two questions, three answers");
    const lesson = page.getByRole("complementary", { name: "Lesson" });
    const top = async () => (await page.getByRole("heading", { name: "What happened" }).boundingBox()).y;
    const first = await top();
    await page.getByText("two questions decide").waitFor();
    const seen = new Set();
    for (let turned = 0; turned < 7; turned++) {
      await lesson.getByRole("button", { name: "Next", exact: true }).click();
      await page.getByRole("toolbar", { name: "Playback" }).getByRole("button", { name: "Play", exact: true }).waitFor();
      assert.equal(await top(), first, `page ${turned + 2}`);
      if (await decision(page).count()) seen.add(await decision(page).getAttribute("data-verdict"));
    }
    assert.deepEqual([...seen].sort(), ["continue", "full", "unknown"]);
  }));

test("a lesson remembers that it was finished and leads to the next one", () =>
  withPage({}, async (page) => {
    await openLesson(page, "The run ID");
    const lesson = page.getByRole("complementary", { name: "Lesson" });
    await toLastPage(page);
    await lesson.getByRole("button", { name: "Next lesson Two questions, three answers" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Lessons" }).first().click();
    await page.getByRole("button", { name: /The run ID.*finished/s }).waitFor();
  }));
