// The page's line to the engine: a shared worker where there is one; else one page, elected by Web
// Locks, runs the engine and the others speak with it over a channel. The engine is part of the page
// only where it is needed, so it is loaded then.
import { preferredLanguage } from "../base/i18n";
import { newKey } from "./order";
import { Ask, Asks, Push, Refusal } from "./shapes";
import type { Port } from "./engine";

interface Waiting {
  ask: Ask;
  resolve(out: any): void;
  reject(error: Refusal): void;
}

export const SIGNED_IN = "signed_in"; // kept on this device: somebody was, the last time

type Listener = (push: Push) => void;

const listeners = new Set<Listener>();
const waiting = new Map<number, Waiting>();
let last = 0;
let transmit: (ask: Ask) => void = () => undefined;
let room: string | null = null;

export function listen(listener: Listener): void {
  listeners.add(listener);
}

export function ask<N extends keyof Asks>(name: N, input: Asks[N]["in"]): Promise<Asks[N]["out"]> {
  if (name === "open") room = (input as Asks["open"]["in"]).conversation;
  const id = ++last;
  const request: Ask = { ask: name, id, in: input };
  return new Promise((resolve, reject) => {
    waiting.set(id, { ask: request, resolve, reject });
    transmit(request);
  });
}

function receive(push: Push): void {
  if (!("reply" in push)) return listeners.forEach(l => l(push));
  const one = waiting.get(push.reply);
  waiting.delete(push.reply);
  if (push.error) one?.reject(new Refusal(push.error));
  else one?.resolve(push.out);
}

// To a new engine: everything not answered yet, and where this page is.
function repeat(): void {
  tellLanguage();
  for (const { ask: request } of waiting.values()) transmit(request);
  if (room) transmit({ ask: "open", id: 0, in: { conversation: room } });
}

function useWorker(): void {
  const worker = new SharedWorker(WORKER_URL, { name: "carillon" });
  worker.port.onmessage = event => receive(event.data);
  transmit = request => worker.port.postMessage(request);
  worker.port.start();
}

// This page runs the engine itself, for itself and for those on the channel.
async function lead(channel: BroadcastChannel | null): Promise<void> {
  const { Engine } = await import("./engine");
  const engine = new Engine(localStorage.getItem(SIGNED_IN) === "yes");
  const own: Port = { room: null, watched: [], tell: receive };
  const others = new Map<string, Port>();
  transmit = request => void engine.answer(own, request);
  engine.attach(own);
  repeat();
  if (!channel) return;
  channel.onmessage = event => {
    const { from, request } = event.data as { from?: string; request?: Ask };
    if (!from || !request) return;
    let port = others.get(from);
    if (!port) {
      port = { room: null, watched: [], tell: push => channel.postMessage({ to: from, push }) };
      others.set(from, port);
      engine.attach(port);
    }
    if (request.ask === "bye") others.delete(from);
    void engine.answer(port, request);
  };
  channel.postMessage({ is_leader: true });
}

function follow(channel: BroadcastChannel, name: string): void {
  transmit = request => channel.postMessage({ from: name, request });
  channel.onmessage = event => {
    const { to, push, is_leader } = event.data as { to?: string; push?: Push; is_leader?: boolean };
    if (to === name && push) receive(push);
    else if (is_leader) repeat();
  };
}

export const tellLanguage = (): void => transmit({ ask: "speak", id: 0, in: { language: preferredLanguage() } });

export function connect(): void {
  if (typeof SharedWorker !== "undefined") useWorker();
  else if (navigator.locks && typeof BroadcastChannel !== "undefined") {
    const channel = new BroadcastChannel("carillon");
    follow(channel, newKey());
    void import("./engine").catch(() => undefined); // on its way while the lock is asked for
    void navigator.locks.request("carillon-engine", async () => {
      await lead(channel);
      await new Promise(() => undefined);
    });
    void ask("wake", {});
  } else void lead(null);
  tellLanguage();
  addEventListener("pagehide", () => transmit({ ask: "bye", id: 0, in: {} }));
  addEventListener("pageshow", event => event.persisted && location.reload());
  addEventListener("online", () => void ask("wake", {}));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void ask("wake", {});
  });
}
