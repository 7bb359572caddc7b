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
interface Page {
  visibilityState: string;
  focus(): Promise<Page>;
  navigate(url: string): Promise<unknown>;
}
interface Notice {
  title: string;
  body: string;
  conversation?: string;
  seq?: number;
}
interface PushEvent extends LifeEvent {
  data: { json(): Notice } | null;
}
interface TellEvent extends LifeEvent {
  data: { notice?: Notice };
}
interface ClickEvent extends LifeEvent {
  notification: Notification;
}
const scope = self as unknown as {
  skipWaiting(): Promise<void>;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  registration: ServiceWorkerRegistration;
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

// ---- notices --------------------------------------------------------------------------------------

const pages = () => scope.clients.matchAll({ type: "window", includeUncontrolled: true });
let last = "";

// One notice a conversation: a later one takes the place of the former.
async function showNotice(n: Notice): Promise<void> {
  const mark = `${n.conversation} ${n.seq}`;
  const isAgain = n.seq !== undefined && mark === last;
  last = mark;
  const options = { body: n.body, tag: n.conversation ?? "carillon", renotify: !isAgain, data: n.conversation, icon: "/icon.svg" };
  await scope.registration.showNotification(n.title, options);
}

// A page that lies behind others tells; one that somebody looks at makes it needless.
async function showForPage(n: Notice): Promise<void> {
  if ((await pages()).every(p => p.visibilityState !== "visible")) await showNotice(n);
}

async function openFrom(notification: Notification): Promise<void> {
  const id = notification.data as string | undefined;
  const url = id ? `/#/c/${encodeURIComponent(id)}` : "/";
  notification.close();
  const [page] = await pages();
  if (!page) return void (await scope.clients.openWindow(url));
  await page.focus();
  if (id) await page.navigate(url).catch(() => scope.clients.openWindow(url));
}

scope.addEventListener("push", (event: PushEvent) => {
  if (event.data) event.waitUntil(showNotice(event.data.json()));
});
scope.addEventListener("message", (event: TellEvent) => {
  if (event.data.notice) event.waitUntil(showForPage(event.data.notice));
});
scope.addEventListener("notificationclick", (event: ClickEvent) => event.waitUntil(openFrom(event.notification)));

// ---- the shell ------------------------------------------------------------------------------------

scope.addEventListener("install", (event: LifeEvent) => event.waitUntil(keepShell()));
scope.addEventListener("activate", (event: LifeEvent) => event.waitUntil(dropOldShells()));
scope.addEventListener("fetch", (event: FetchEvent) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate" && pathname === "/") event.respondWith(page(event.request));
  else if (SHELL.includes(pathname)) event.respondWith(file(event.request));
});
