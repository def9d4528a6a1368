// Starts the page. Trunk writes the hashed names of the built files into a <meta>; an external script may
// read them there under a Content-Security-Policy that forbids inline scripts.
const built = document.querySelector('meta[name="resync-module"]').dataset;
const address = (name) => new URL(built[name], document.baseURI).href;

try {
  const bindings = await import(address("js"));
  await bindings.default({ module_or_path: address("wasm") });
  // The JavaScript API, for the console and for pages that embed this one.
  globalThis.wasmBindings = bindings;
} catch (error) {
  const note = document.getElementById("boot");
  if (note) note.textContent = `Resync could not start in this browser: ${error}`;
  throw error;
}
