// The service worker: keeps the shell, so that a cold start without a network paints. What belongs
// to the server's interface is never kept here.
declare const SHELL: string[];
declare const SHELL_NAME: string;

interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends LifeEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = self as unknown as {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: string, listener: (event: any) => void): void;
};

const NAME = `shell-${SHELL_NAME}`;

async function keepShell(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(SHELL);
  await scope.skipWaiting();
}

// The former shell stays until the next change, for pages that still run it.
async function dropOldShells(): Promise<void> {
  const old = (await caches.keys()).filter(n => n.startsWith("shell-") && n !== NAME);
  await Promise.all(old.slice(0, -1).map(n => caches.delete(n)));
  await scope.clients.claim();
}

async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(NAME)).match("/");
  return kept ?? fetch(request);
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

scope.addEventListener("install", (event: LifeEvent) => event.waitUntil(keepShell()));
scope.addEventListener("activate", (event: LifeEvent) => event.waitUntil(dropOldShells()));
scope.addEventListener("fetch", (event: FetchEvent) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate" && pathname === "/") event.respondWith(page(event.request));
  else if (SHELL.includes(pathname)) event.respondWith(file(event.request));
});
