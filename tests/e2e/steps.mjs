// What a person does on the page and looks at, by role and name (English). The names are the page's promise to
// those who hear it instead of seeing it; the tests hold it to them.

/** The card of a node. */
export const card = (page, name) => page.getByRole("group", { name: `Node ${name}`, exact: true });

/** The dataset shown on a node's card. */
export const data = (page, name) => card(page, name).getByRole("table", { name: `Data of ${name}`, exact: true });

/** The decision on the newest PSYNC. */
export const decision = (page) => page.getByRole("region", { name: "Decision", exact: true });

/** The sentences on what happened, newest first. */
export const sentences = (page) => page.getByRole("list", { name: "What happened" }).getByRole("listitem");

/** Types a line into the terminal of a node. */
export async function type(page, name, line) {
  const command = page.getByRole("textbox", { name: `Command for ${name}`, exact: true });
  if (!(await command.isVisible())) {
    await page.getByRole("tablist", { name: "Nodes" }).getByRole("tab", { name, exact: true }).click();
  }
  await command.fill(line);
  await command.press("Enter");
}

/** What the terminal of a node shows. */
export const terminal = (page, name) => page.getByRole("log", { name: `Terminal of ${name}`, exact: true });

/** Chooses from the menu of a node. */
export async function act(page, name, item) {
  await page.getByRole("button", { name: `Actions for ${name}`, exact: true }).click();
  await page.getByRole("menu").getByText(item, { exact: true }).click();
}

export const cut = (page, link) => page.getByRole("button", { name: `Cut the link ${link}` }).click();
export const heal = (page, link) => page.getByRole("button", { name: `Heal the link ${link}` }).click();

/** Lets the page play as fast as it can. */
export async function playFast(page) {
  await page.getByRole("slider", { name: "Speed" }).press("End");
  const play = page.getByRole("toolbar", { name: "Playback" }).getByRole("button", { name: "Play", exact: true });
  if (await play.isVisible()) await play.click();
}

/** Stops play. */
export const pause = (page) =>
  page.getByRole("toolbar", { name: "Playback" }).getByRole("button", { name: "Pause", exact: true }).click();

/** Waits until a text with these words (a string or a pattern) stands in `place`. */
export const see = (place, words) => place.getByText(words).first().waitFor({ timeout: 20_000 });

/** Waits until the replica says that it is in sync. */
export const inSync = (page, name) => see(card(page, name), /in sync/);

/** The tape of a node's backlog. */
export const tape = (page, name) => page.getByRole("region", { name: `Backlog of ${name}`, exact: true });

/** The number in the first text of `place` that has this pattern. */
export async function bytes(place, pattern) {
  const text = await place.getByText(pattern).first().innerText();
  return Number(text.match(pattern)[1].replaceAll(/\D/g, ""));
}

/** The offset on a node's card. */
export const offset = async (page, name) =>
  Number((await card(page, name).locator('[data-field="offset"]').innerText()).replaceAll(/\D/g, ""));

/** Opens a lesson by its title. */
export async function openLesson(page, title) {
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.getByRole("dialog", { name: "Lessons" }).getByRole("button", { name: title }).click();
  await page.getByRole("complementary", { name: "Lesson" }).getByRole("heading", { name: title }).waitFor();
}

/** Turns the pages of the open lesson up to the last one. */
export async function toLastPage(page) {
  const lesson = page.getByRole("complementary", { name: "Lesson" });
  const jump = lesson.getByRole("button", { name: /^(Next|Jump there)$/ });
  // While it plays, the last page may come by itself, and the button becomes one that leads to the next lesson: it is pressed as it is found.
  while ((await jump.count()) > 0) await jump.evaluateAll(([button]) => button?.click());
}

/** The lessons by their number, with the page that shows the most of each topic. */
export const TOPICS = { "01": 5, "02": 3, "03": 1, "04": 3, "05": 4, "06": 4, "07": 6, "08": 4, "09": 4, "10": 4 };

/** Opens a topic's lesson at that page; time stands still there. */
export async function showTopic(page, topic) {
  await page.locator(".lessons-button").click();
  await page.locator(".lesson-list button").nth(Number(topic) - 1).click();
  await page.locator(".lesson h2").waitFor();
  for (let turned = 0; turned < TOPICS[topic]; turned++) {
    // Pressed again while it plays, the page is there at once.
    const next = page.locator(".lesson footer .primary");
    await next.click();
    if ((await next.innerText()) === "Jump there") await next.click();
  }
}
