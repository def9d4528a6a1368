// Starts the page. Trunk writes the hashed names of the built files into a <meta>; an external script may
// read them there under a Content-Security-Policy that forbids inline scripts.
const built = document.querySelector('meta[name="resync-module"]').dataset;
const address = (name) => new URL(built[name], document.baseURI).href;

/** A release has a late module with all that a first visit does not need: it comes as soon as somebody is there. */
function lateFor(bindings) {
  const signs = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown", "focusin"];
  const come = () => {
    for (const sign of signs) removeEventListener(sign, come);
    bindings.late();
  };
  for (const sign of signs) addEventListener(sign, come, { passive: true });
  setTimeout(come, 10_000);
  // Whoever follows a link or comes back needs it at once.
  if (location.hash || kept()) come();
}

function kept() {
  try {
    return localStorage.length > 0;
  } catch {
    return false;
  }
}

// A theme that was chosen stands before anything is painted in the other one.
const chosen = kept() && localStorage["resync.theme"];
if (chosen) document.documentElement.dataset.theme = chosen;

/** When what stands in index.html can be read; in a page that nobody looks at yet, at once. */
function painted() {
  if (document.hidden) return;
  return new Promise((done) => {
    new PerformanceObserver(done).observe({ type: "paint", buffered: true });
    setTimeout(done, 1000);
  });
}

try {
  // The engine is asked for after the first paint: on a slow line the two would take each other's room.
  await painted();
  const engine = fetch(address("wasm"));
  const bindings = await import(address("js"));
  if (bindings.late) lateFor(bindings);
  await bindings.default({ module_or_path: engine });
  // The JavaScript API, for the console and for pages that embed this one.
  globalThis.wasmBindings = bindings;
} catch (error) {
  const note = document.getElementById("boot");
  if (note) note.textContent = `Resync could not start in this browser: ${error}`;
  throw error;
}
