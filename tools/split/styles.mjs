// The styles of a release: one file for the first look, one for all that only shows when somebody has done something (www/late-*.css).
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LINK = /<link rel="stylesheet"[^>]*\bhref="\.\/([^"]+\.css)"[^>]*>\s*/g;

/** Joins the style sheets that index.html links to as `name`.css and `name`_late.css, and has it link to the first alone. Returns its new text. */
export function joinStyles(folder, html, name) {
  const files = [...html.matchAll(LINK)].map(([, file]) => file);
  const isLate = (file) => file.startsWith("late-");
  if (!files.some(isLate) || files.every(isLate)) throw new Error("split: index.html has no style sheets of both kinds");
  const together = (chosen) => chosen.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  writeFileSync(join(folder, `${name}.css`), together(files.filter((file) => !isLate(file))));
  writeFileSync(join(folder, `${name}_late.css`), together(files.filter(isLate)));
  for (const file of files) rmSync(join(folder, file));
  let first = true;
  return html.replace(LINK, () => (first ? ((first = false), `<link rel="stylesheet" href="./${name}.css">`) : ""));
}
