// Loading a screen when it is first used, with what all such screens share: their words, icons and
// styles.

let shared: Promise<unknown> | null = null;

function loadStyles(): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = document.documentElement.dataset.later!;
  return new Promise((done, failed) => {
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      failed(new Error("styles"));
    };
    document.head.insertBefore(link, null);
  });
}

// What `load` loads, once it can be drawn. A failed attempt may be repeated.
export async function onUse<T>(load: () => Promise<T>): Promise<T> {
  if (!shared) shared = Promise.all([loadStyles(), import("./later").then(m => m.learn())]);
  const [screen] = await Promise.all([
    load(),
    shared.catch(error => {
      shared = null;
      throw error;
    }),
  ]);
  return screen;
}
