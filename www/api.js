// The engine for pages of other people: `import { load } from ".../resync/api.js"`. The built module has a hashed
// name, which the page's own address tells.
const base = new URL("./", import.meta.url);

/** Loads the engine. What comes back has the class `Session`; nothing is shown anywhere. */
export async function load() {
  const answer = await fetch(base);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const built = page.querySelector('meta[name="resync-module"]').dataset;
  const bindings = await import(new URL(built.js, base).href);
  await bindings.default({ module_or_path: new URL(built.wasm, base).href });
  await bindings.late?.();
  return bindings;
}
